"""A teacher sends a photo and a letter to a family: the phone is told where they are, and they open behind sign-in alone."""

import io
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PIL import Image
from pypdf import PdfReader

from hub.clock import StoppedClock
from tests.admin_web.family_pages import FamilyPages, block, family_pages
from tests.living_hub import ANSWER_SECONDS, OPERATOR
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
    send_now,
    withdraw_photos,
    write_about,
)

BOOK = "/family/children/"
SAID = "Se hva Kari har laget!"


@pytest.fixture
async def pages(tmp_path: Path, village_store_url: str, clock: StoppedClock) -> AsyncIterator[FamilyPages]:
    async with family_pages(tmp_path, village_store_url, clock) as pages:
        yield pages


async def sent(pages: FamilyPages, *files: Chosen) -> str:
    """A message with these files to Anne leaves; returns the text on her phone."""
    staff = await as_staff_of(pages, TEACHER)
    page = await write_about(pages, staff, KARI, SAID, files, to=ANNE)
    assert page.status == 200, page.text
    await send_now(pages, staff, KARI)
    body: str = (await pages.living.phone(ANNE).next_text(ANSWER_SECONDS)).body
    return body


async def test_the_phone_is_told_where_it_is_and_the_family_sees_it_signed_in(pages: FamilyPages) -> None:
    text = await sent(pages, Chosen(photo()), Chosen(document(), "Ukeplan uke 10.pdf", "application/pdf"))

    link = re.search(r"http://\S+", text)
    assert link is not None
    assert text == f"{SAID}\n2 vedlegg. Logg inn for å se: {link[0]}"
    stranger = pages.browser()
    assert (
        (await stranger.get(link[0].removeprefix(pages.url), follow=False))
        .headers["Location"]
        .startswith("/family/sign-in?back=/family/m/")
    )
    anne = await pages.signed_in(ANNE)
    page = await anne.get(link[0].removeprefix(pages.url))
    assert page.path == f"{BOOK}{pages.child(KARI)}"
    picture, letter = files_on(page)
    assert "Ukeplan uke 10.pdf" in page.text
    status, body, headers = await fetch(anne, picture)
    assert status == 200
    assert headers["Content-Type"] == "image/jpeg"
    assert Image.open(io.BytesIO(body)).getexif() == {}
    assert b"Budkamera" not in body
    status, body, headers = await fetch(anne, letter)
    assert status == 200
    assert headers["Content-Type"] == "application/pdf"
    assert headers["Content-Disposition"].startswith("attachment;")
    assert PdfReader(io.BytesIO(body)).metadata is None
    assert len(PdfReader(io.BytesIO(body)).pages) == 1


async def test_nobody_else_opens_it(pages: FamilyPages) -> None:
    text = await sent(pages, Chosen(photo()))
    link = text.split()[-1].removeprefix(pages.url)
    anne = await pages.signed_in(ANNE)
    [picture] = files_on(await anne.get(f"{BOOK}{pages.child(KARI)}"))

    strangers = [await pages.signed_in(other) for other in (OLA, "Silje Strøm")]

    assert (await fetch(anne, picture))[0] == 200
    for other in strangers:
        assert [(await fetch(other, f"{picture}{size}"))[0] for size in ("", "/small")] == [404, 404]
        assert (await other.get(link)).status == 404
    assert (await pages.browser().get(picture, follow=False)).headers["Location"].startswith("/family/sign-in")


async def test_a_block_ends_it_even_on_a_link_that_was_made_before(pages: FamilyPages) -> None:
    await sent(pages, Chosen(photo()))
    anne = await pages.signed_in(ANNE)
    [picture] = files_on(await anne.get(f"{BOOK}{pages.child(KARI)}"))
    async with anne.session.get(picture, allow_redirects=False) as answer:
        link = answer.headers["Location"]

    await pages.living.hub.desk.work(OPERATOR, block, pages.living.village, ANNE, KARI)

    async with anne.session.get(link) as late:
        assert late.status == 404


async def test_what_was_taken_back_is_seen_by_nobody_and_comes_back_to_its_writer(pages: FamilyPages) -> None:
    staff = await as_staff_of(pages, TEACHER)
    page = await write_about(pages, staff, KARI, SAID, [Chosen(photo())], to=ANNE)
    anne = await pages.signed_in(ANNE)
    assert files_on(await anne.get(f"{BOOK}{pages.child(KARI)}")) == []
    [held] = files_on(page)
    undo = re.search(r'action="(/children/\w+/messages/\w+/undo)"', page.text)
    assert undo is not None

    again = await staff.post(undo[1])

    assert files_on(await anne.get(f"{BOOK}{pages.child(KARI)}")) == []
    assert (await fetch(anne, f"/family{held}"))[0] == 404
    file_id = held.removeprefix("/files/")
    assert f'name="files" value="{file_id}" checked' in again.text
    await write_about(pages, staff, KARI, "Her er det riktige", to=ANNE, files=[file_id])
    await send_now(pages, staff, KARI)
    [sent_again] = files_on(await anne.get(f"{BOOK}{pages.child(KARI)}"))
    assert sent_again == f"/family/files/{file_id}"
    assert (await fetch(anne, sent_again))[0] == 200


async def test_who_withdrew_while_it_was_held_is_on_no_picture_that_leaves(pages: FamilyPages) -> None:
    await agree_to_photos(pages, KARI, ANNE, OLA)
    staff = await as_staff_of(pages, TEACHER)
    kari = pages.child(KARI)
    await write_about(pages, staff, KARI, SAID, [Chosen(photo())], to=ANNE, pictured=[kari])

    await withdraw_photos(pages, KARI, OLA)
    await send_now(pages, staff, KARI)

    page = await staff.get(f"/children/{kari}")
    assert "noen på bildet har ikke lenger samtykke" in page.text
    waiting = await staff.get("/threads")
    assert ANNE in waiting.text
    assert pages.living.phone(ANNE).received == []
