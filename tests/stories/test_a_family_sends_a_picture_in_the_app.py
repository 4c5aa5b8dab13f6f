"""A guardian sends a picture from the family pages: it lies in the book beside the words, and staff open it there."""

import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from PIL import Image

from admin_web.uploads import MOST_PARTS
from hub.clock import StoppedClock
from hub.desk import Look
from hub.post.files import Attachment
from hub.post.put_up import LOOSE_FOR, MOST_FILES
from tests.admin_web.family_pages import FamilyPages, family_pages
from tests.admin_web.staff_site import Browsing, Seen
from tests.living_hub import OPERATOR
from tests.sent_files import ANNE, KARI, OLA, TEACHER, Chosen, as_staff_of, document, fetch, files_on, photo, send_form

SAID = "Se hva Kari fant i skogen"


@pytest.fixture
async def pages(tmp_path: Path, village_store_url: str, clock: StoppedClock) -> AsyncIterator[FamilyPages]:
    async with family_pages(tmp_path, village_store_url, clock) as pages:
        yield pages


async def write(pages: FamilyPages, browser: Browsing, *chosen: Chosen, key: str = "k" * 26) -> Seen:
    path = f"/family/children/{pages.child(KARI)}"
    await browser.get(path)
    role_id = pages.living.village.role("contact teacher 7A").id
    page = await send_form(browser, f"{path}/write", chosen, role_id=role_id, text=SAID, key=key)
    if page.status != 200:
        return page
    await pages.living.settled()
    return await browser.get(path)


async def count_files(pages: FamilyPages) -> int:
    def count(look: Look) -> int:
        return look.session.scalar(sa.select(sa.func.count()).select_from(Attachment)) or 0

    return await pages.living.hub.desk.look(OPERATOR, count)


async def test_it_lies_beside_the_words_without_its_place_and_staff_open_it(pages: FamilyPages) -> None:
    anne = await pages.signed_in(ANNE)

    [own] = files_on(await write(pages, anne, Chosen(photo())))

    staff = await as_staff_of(pages, TEACHER)
    book = await staff.get(f"/children/{pages.child(KARI)}")
    assert SAID in book.text
    [seen] = files_on(book)
    status, body, _ = await fetch(staff, seen)
    assert status == 200
    assert Image.open(io.BytesIO(body)).getexif() == {}
    assert (await fetch(anne, own))[0] == 200
    ola = await pages.signed_in(OLA)
    assert files_on(await ola.get(f"/family/children/{pages.child(KARI)}")) == []
    assert (await fetch(ola, own))[0] == 404


async def test_the_same_form_twice_is_one_message_with_one_picture(pages: FamilyPages, clock: StoppedClock) -> None:
    anne = await pages.signed_in(ANNE)

    await write(pages, anne, Chosen(photo()))
    page = await write(pages, anne, Chosen(photo()))

    assert page.text.count(f">{SAID}</p>") == 1
    assert len(files_on(page)) == 1
    clock.move(LOOSE_FOR)
    await pages.living.hub.routines.fetch_files()
    assert await count_files(pages) == 1


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (document(), "her tas bare bilder imot"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "den er verken bilde eller PDF"),
        (b"<!doctype html><script>alert(1)</script>", "den er verken bilde eller PDF"),
        (b"PK\x03\x04" + b"\0" * 60, "den er verken bilde eller PDF"),
        (photo()[:400], "den er ødelagt"),
        (b"\xff\xd8" + b"\0" * (10 * 1024 * 1024), "den er større enn 10 MB"),
        (b"\xff\xd8" + b"\0" * (26 * 1024 * 1024), "den er større enn 10 MB"),
    ],
)
async def test_what_is_no_picture_is_not_taken_and_what_was_typed_stays(
    pages: FamilyPages, content: bytes, said: str
) -> None:
    anne = await pages.signed_in(ANNE)

    page = await write(pages, anne, Chosen(content))

    assert page.status == 422
    assert said in page.text
    assert f">{SAID}</textarea>" in page.text
    assert await count_files(pages) == 0


@pytest.mark.parametrize("more", [1, 4])
async def test_more_files_than_may_come_are_refused_and_what_was_typed_stays(pages: FamilyPages, more: int) -> None:
    anne = await pages.signed_in(ANNE)

    page = await write(pages, anne, *[Chosen(photo(f"#{n}0{n}0{n}0")) for n in range(MOST_FILES + more)])

    assert page.status == 422
    assert f">{SAID}</textarea>" in page.text
    assert await count_files(pages) == 0


async def test_files_that_are_too_much_together_are_refused_and_what_was_typed_stays(pages: FamilyPages) -> None:
    anne = await pages.signed_in(ANNE)

    page = await write(pages, anne, *[Chosen(photo() + b"\0" * (9 * 1024 * 1024)) for _ in range(3)])

    assert page.status == 422
    assert "filene er til sammen større enn 25 MB" in page.text
    assert f">{SAID}</textarea>" in page.text
    assert await count_files(pages) == 0


async def test_a_form_of_endlessly_many_parts_is_read_no_further(pages: FamilyPages) -> None:
    anne = await pages.signed_in(ANNE)

    page = await write(pages, anne, *[Chosen(b"", f"{n}.jpg") for n in range(MOST_PARTS + 1)])

    assert page.status == 400
    assert await count_files(pages) == 0


async def test_two_large_files_that_fit_are_taken(pages: FamilyPages) -> None:
    anne = await pages.signed_in(ANNE)

    await write(pages, anne, *[Chosen(photo(colour) + b"\0" * (9 * 1024 * 1024)) for colour in ("#102030", "#405060")])

    assert await count_files(pages) == 2


async def test_a_form_with_a_file_from_elsewhere_or_from_nobody_keeps_nothing(pages: FamilyPages) -> None:
    path = f"/family/children/{pages.child(KARI)}"
    anne = await pages.signed_in(ANNE)
    await anne.get(path)
    assert anne.seen is not None
    role_id = pages.living.village.role("contact teacher 7A").id
    fields: dict[str, Any] = {"role_id": role_id, "text": SAID, "key": "k" * 26}

    anne.seen.text = anne.seen.text.replace(anne.seen.token, "0" * len(anne.seen.token))
    forged = await send_form(anne, f"{path}/write", [Chosen(photo())], **fields)
    guest = await send_form(pages.browser(), f"{path}/write", [Chosen(photo())], follow=False, **fields)

    assert forged.status == 403
    assert guest.status == 303
    assert guest.headers["Location"].startswith("/family/sign-in")
    assert await count_files(pages) == 0
