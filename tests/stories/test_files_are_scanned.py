"""Every file is looked through by a virus scanner before anything opens it: by text, by a family's form, by staff."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from hub.clock import StoppedClock
from hub.desk import Look
from hub.post.file_fetching import TRY_LIMIT
from hub.post.files import Attachment, AttachmentBody, FileState
from tests.admin_web.family_pages import FamilyPages, family_pages
from tests.admin_web.staff_site import Browsing, Seen
from tests.living_hub import OPERATOR
from tests.ports import hold_port
from tests.rehearsal.virus_scanner import MARK, VirusScanner, run_scanner
from tests.sent_files import (
    ANNE,
    KARI,
    TEACHER,
    Chosen,
    as_staff_of,
    document,
    fetch,
    files_on,
    photo,
    send_form,
    write_about,
)

SEAT = "contact teacher 7A"
pytestmark = pytest.mark.one_store
NOT_TAKEN = "Filen ble ikke tatt imot: "


@pytest.fixture
async def clamd() -> AsyncIterator[VirusScanner]:
    async with run_scanner(hold_port()) as clamd:
        yield clamd


@pytest.fixture
async def pages(
    tmp_path: Path, village_store_url: str, clock: StoppedClock, clamd: VirusScanner
) -> AsyncIterator[FamilyPages]:
    async with family_pages(tmp_path, village_store_url, clock, scanner=clamd.address) as pages:
        yield pages


async def by_text(pages: FamilyPages, content: bytes) -> None:
    number = pages.living.village.number(SEAT).value
    await pages.living.phone(ANNE).text(number, "Se hva Kari fant", media=[("image/jpeg", content)])
    await pages.living.settled()


async def by_form(pages: FamilyPages, anne: Browsing, content: bytes) -> Seen:
    path = f"/family/children/{pages.child(KARI)}"
    await anne.get(path)
    role_id = pages.living.village.role(SEAT).id
    return await send_form(anne, f"{path}/write", [Chosen(content)], role_id=role_id, text="Se her", key="k" * 26)


async def states(pages: FamilyPages) -> tuple[list[tuple[str, str | None]], int]:
    """How each file stands and why, and of how many there are bytes."""

    def read(look: Look) -> tuple[list[tuple[str, str | None]], int]:
        rows = look.session.execute(sa.select(Attachment.state, Attachment.reason).order_by(Attachment.id))
        bodies = look.session.scalar(sa.select(sa.func.count()).select_from(AttachmentBody)) or 0
        return [(state, reason) for state, reason in rows], bodies

    return await pages.living.hub.desk.look(OPERATOR, read)


async def test_what_the_scanner_finds_is_kept_nowhere_and_said_plainly(pages: FamilyPages, clamd: VirusScanner) -> None:
    anne, staff = await pages.signed_in(ANNE), await as_staff_of(pages, TEACHER)
    picture, paper = photo() + MARK, document() + MARK

    await by_text(pages, picture)
    await pages.living.fetched()
    book = await staff.get(f"/children/{pages.child(KARI)}")
    form = await by_form(pages, anne, picture)
    answer = await write_about(pages, staff, KARI, "Programmet", [Chosen(paper, "program.pdf", "application/pdf")])

    assert "kunne ikke tas imot: den inneholder skadelig programvare, og ble ikke åpnet." in book.text
    for refused, typed in ((form, "Se her"), (answer, "Programmet")):
        assert refused.status == 422
        assert f"{NOT_TAKEN}den inneholder skadelig programvare. Ingenting er sendt." in refused.text
        assert typed in refused.text
    assert await states(pages) == ([(FileState.REFUSED, "infected")], 0)
    assert clamd.scanned == [picture, picture, paper]

    await write_about(pages, staff, KARI, "Programmet", [Chosen(document(), "program.pdf", "application/pdf")])
    [link] = files_on(await staff.get(f"/children/{pages.child(KARI)}"))
    assert (await fetch(staff, link))[0] == 200


async def test_while_the_scanner_is_away_files_wait_unseen_and_forms_keep_what_was_typed(
    pages: FamilyPages, clamd: VirusScanner, clock: StoppedClock
) -> None:
    anne, staff = await pages.signed_in(ANNE), await as_staff_of(pages, TEACHER)
    clamd.odd = b"ERROR\0"

    await by_text(pages, photo())
    for _ in range(TRY_LIMIT + 1):
        clock.move(timedelta(minutes=2))
        await pages.living.hub.routines.fetch_files()
    waiting = await staff.get(f"/children/{pages.child(KARI)}")
    form = await by_form(pages, anne, photo())
    clamd.odd, clamd.is_full = None, True
    for _ in range(TRY_LIMIT + 1):
        clock.move(timedelta(minutes=17))
        await pages.living.hub.routines.fetch_files()

    assert await states(pages) == ([(FileState.WAITING, "not_scanned")], 0)
    assert "Det fulgte med en fil. Den venter på å bli sjekket for virus." in waiting.text
    assert f"{NOT_TAKEN}filer kan ikke sjekkes for virus akkurat nå, prøv igjen om noen minutter." in form.text
    assert "Se her" in form.text
    assert clamd.scanned == [photo()]

    clamd.is_full = False
    clock.move(timedelta(minutes=17))
    await pages.living.fetched()
    assert await states(pages) == ([(FileState.KEPT, None)], 1)
    later = await as_staff_of(pages, TEACHER)
    assert files_on(await later.get(f"/children/{pages.child(KARI)}"))
