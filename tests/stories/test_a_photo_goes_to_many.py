"""A photo for a whole class: whoever is on it has consented, when it is composed, when it leaves and each time it is opened."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bots.broadcast import BroadcastBot
from hub.clock import StoppedClock
from hub.desk import Work
from hub.people.numbers import VirtualNumber
from hub.school.consents import Consent
from tests.admin_web.family_pages import FamilyPages, family_pages
from tests.admin_web.staff_site import Browsing, Seen
from tests.living_hub import OPERATOR
from tests.sent_files import (
    ANNE,
    KARI,
    OLA,
    TEACHER,
    Chosen,
    agree_to_photos,
    as_staff_of,
    document,
    fetch,
    files_on,
    photo,
    send_form,
    withdraw_photos,
)

SAID = "Bilder fra turen"
HOLD = timedelta(minutes=3)


@pytest.fixture
async def pages(tmp_path: Path, village_store_url: str, clock: StoppedClock) -> AsyncIterator[FamilyPages]:
    async with family_pages(tmp_path, village_store_url, clock) as pages:
        yield pages


async def compose(pages: FamilyPages, staff: Browsing, *chosen: Chosen) -> dict[str, Any]:
    """The composer for class 7A with these files put up, and what its form holds then."""
    village = pages.living.village
    fields: dict[str, Any] = {
        "unit": village.unit("school").id,
        "groups": village.group("7A").id,
        "language": "nb",
        "text_nb": SAID,
        "reply": "bulletin",
    }
    await staff.get("/broadcasts/new")
    page = await send_form(staff, "/broadcasts/look", chosen, **fields)
    assert page.status == 200, page.text
    readers = re.search(r'name="readers" value="(\w+)"', page.text)
    assert readers is not None
    return {**fields, "readers": readers[1], "files": re.findall(r'name="files" value="(\w+)" checked', page.text)}


async def send(staff: Browsing, fields: dict[str, Any], **marks: Any) -> Seen:
    return await send_form(staff, "/broadcasts/send", **{**fields, **marks})


def let_all_go_at_once(work: Work) -> None:
    """The clock stands still, and with it the pace of the numbers."""
    work.session.execute(sa.update(VirtualNumber).values(pace_per_second=1000))


async def let_leave(pages: FamilyPages, clock: StoppedClock) -> None:
    await pages.living.hub.desk.work(OPERATOR, let_all_go_at_once)
    clock.move(HOLD)
    for _ in range(4):
        await pages.living.hub.routines.prompt(BroadcastBot())
    await pages.living.settled()


async def texts_of(pages: FamilyPages, guardian: str) -> list[str]:
    return [text.body for text in pages.living.phone(guardian).received if SAID in text.body]


async def sign_in(pages: FamilyPages, guardian: str) -> Browsing:
    """With the code that comes behind what was sent."""
    for _ in await texts_of(pages, guardian):
        await pages.living.phone(guardian).next_text()
    return await pages.signed_in(guardian)


@pytest.mark.capability("N-18")
async def test_a_photo_is_sent_with_consent_alone_and_not_when_it_is_withdrawn_while_it_waits(
    pages: FamilyPages, clock: StoppedClock
) -> None:
    staff = await as_staff_of(pages, TEACHER)
    fields = await compose(pages, staff, Chosen(photo()))
    kari = pages.child(KARI)

    unmarked = await send(staff, fields)
    refused = await send(staff, fields, pictured=[kari])
    await agree_to_photos(pages, KARI, ANNE)
    one_of_two = await send(staff, fields, pictured=[kari])
    await agree_to_photos(pages, KARI, OLA)
    sent = await send(staff, fields, pictured=[kari])
    assert (unmarked.status, refused.status, one_of_two.status, sent.status) == (422, 422, 422, 200)
    assert "Si først hvem som kan kjennes igjen" in unmarked.text
    assert f"det er ikke samtykke til bilder av {KARI}" in refused.text

    await withdraw_photos(pages, KARI, OLA)
    await let_leave(pages, clock)

    assert await texts_of(pages, ANNE) == []
    told = await staff.get(sent.path)
    assert "Noen på et bilde har ikke lenger samtykke" in told.text
    last = await pages.living.hub.desk.look(
        OPERATOR, lambda look: look.session.scalars(sa.select(Consent).order_by(Consent.id)).all()[-1]
    )
    assert (last.granted, last.how) == (False, "paper")


async def test_each_family_is_led_to_it_and_nobody_opens_it_once_it_is_withdrawn(
    pages: FamilyPages, clock: StoppedClock
) -> None:
    await agree_to_photos(pages, KARI, ANNE, OLA)
    staff = await as_staff_of(pages, TEACHER)
    fields = await compose(pages, staff, Chosen(photo()), Chosen(document(), "Turplan.pdf", "application/pdf"))
    await send(staff, fields, pictured=[pages.child(KARI)])

    await let_leave(pages, clock)

    [text] = await texts_of(pages, ANNE)
    link = re.search(r"2 vedlegg\. Logg inn for å se: (\S+)$", text)
    assert link is not None
    anne = await sign_in(pages, ANNE)
    picture, letter = files_on(await anne.get(link[1].removeprefix(pages.url)))
    assert [(await fetch(anne, path))[0] for path in (picture, f"{picture}/small", letter)] == [200, 200, 200]
    other = await sign_in(pages, "Camilla Hansen")
    assert (await other.get(link[1].removeprefix(pages.url))).status == 404
    assert (await fetch(other, picture))[0] == (200 if await texts_of(pages, "Camilla Hansen") else 404)

    await withdraw_photos(pages, KARI, OLA)

    page = await anne.get(f"/family/children/{pages.child(KARI)}")
    assert files_on(page) == [letter]
    assert "Bildet vises ikke lenger." in page.text
    assert [(await fetch(anne, path))[0] for path in (picture, f"{picture}/small", letter)] == [404, 404, 200]


async def test_a_recalled_photo_opens_for_nobody(pages: FamilyPages, clock: StoppedClock) -> None:
    staff = await as_staff_of(pages, TEACHER)
    sent = await send(staff, await compose(pages, staff, Chosen(photo())), nobody="yes")
    await let_leave(pages, clock)
    anne = await sign_in(pages, ANNE)
    [picture] = files_on(await anne.get(f"/family/children/{pages.child(KARI)}"))
    assert (await fetch(anne, picture))[0] == 200

    await staff.get(sent.path)
    await staff.post(f"{sent.path}/recall")

    assert (await fetch(anne, picture))[0] == 404
    assert files_on(await anne.get(f"/family/children/{pages.child(KARI)}")) == []


async def test_who_is_on_it_is_only_whom_the_writer_serves(pages: FamilyPages) -> None:
    staff = await as_staff_of(pages, TEACHER)
    fields = await compose(pages, staff, Chosen(photo()))

    assert (await send(staff, fields, pictured=[pages.child("Ada Lien")])).status == 404
    both = await send(staff, fields, pictured=[pages.child(KARI)], nobody="yes")
    assert both.status == 422
    assert "Velg ett av dem" in both.text


async def test_a_colleagues_loose_file_is_nobody_elses_to_see_or_send(pages: FamilyPages) -> None:
    staff, leader = await as_staff_of(pages, TEACHER), await as_staff_of(pages, "Ingrid Solberg")
    file_id = str((await compose(pages, staff, Chosen(photo())))["files"][0])
    fields = await compose(pages, leader)

    assert (await fetch(staff, f"/files/{file_id}"))[0] == 200
    assert (await fetch(leader, f"/files/{file_id}"))[0] == 404
    stolen = await send(leader, fields, files=[file_id], nobody="yes")
    assert stolen.status == 422
    assert "ligger her ikke lenger" in stolen.text


@pytest.mark.parametrize("page", ["look", "send"])
async def test_a_file_larger_than_a_form_may_bring_leaves_what_was_typed(pages: FamilyPages, page: str) -> None:
    staff = await as_staff_of(pages, TEACHER)
    fields = await compose(pages, staff)

    answer = await send_form(staff, f"/broadcasts/{page}", [Chosen(photo() + b"\0" * 26 * 1024 * 1024)], **fields)

    assert answer.status == 422
    assert "den er større enn 10 MB. Ingenting er sendt." in answer.text
    assert f">{SAID}</textarea>" in answer.text
