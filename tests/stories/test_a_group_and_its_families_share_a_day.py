"""A mother books, tells and reads in the app; her child's group sees it in its diary, marks the day and puts up a notice."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bots.broadcast import BroadcastBot
from hub.clock import StoppedClock
from hub.desk import Work
from hub.people.numbers import VirtualNumber
from hub.post.broadcasts import HOLD
from tests.admin_web.family_pages import FamilyPages, bubbles_of, family_pages
from tests.admin_web.staff_site import Browsing, Seen
from tests.living_hub import OPERATOR
from tests.sent_files import as_staff_of, send_form

MOTHER, CHILD, SEAT, TEACHER = "Lene Berg", "Mathias Berg", "teacher blabaer", "Mette Strand"
MONDAY = datetime(2025, 3, 10, 7, 0, tzinfo=UTC)
NOTICE = "Fredag er vi i skogen. Ta med matpakke."


@pytest.fixture
async def pages(tmp_path: Path, village_store_url: str, clock: StoppedClock) -> AsyncIterator[FamilyPages]:
    async with family_pages(tmp_path, village_store_url, clock) as pages:
        yield pages


def row_of(page: Seen, child_id: str) -> str:
    """A child's row of the diary, as its words."""
    row = page.text.partition(f'-{child_id}">')[2].partition("</tr>")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", row).split())


async def put_up_notice(pages: FamilyPages, staff: Browsing, clock: StoppedClock) -> None:
    """For the whole group, as its teacher does it, until it has left."""
    village = pages.living.village
    fields: dict[str, Any] = {
        "unit": village.unit("preschool").id,
        "groups": village.group("blabaer").id,
        "language": "nb",
        "text_nb": NOTICE,
        "reply": "bulletin",
    }
    await staff.get("/broadcasts/new")
    shown = await send_form(staff, "/broadcasts/look", **fields)
    readers = re.search(r'name="readers" value="(\w+)"', shown.text)
    assert readers is not None, shown.text
    await send_form(staff, "/broadcasts/send", **fields, readers=readers[1])

    def go_at_once(work: Work) -> None:
        work.session.execute(sa.update(VirtualNumber).values(pace_per_second=1000))

    await pages.living.hub.desk.work(OPERATOR, go_at_once)
    clock.move(HOLD)
    for _ in range(4):
        await pages.living.hub.routines.prompt(BroadcastBot())
    await pages.living.settled()


@pytest.mark.one_store
@pytest.mark.capability("W-23")
async def test_a_day_of_a_group_in_the_families_app_and_in_the_staffs_diary(
    pages: FamilyPages, clock: StoppedClock
) -> None:
    child, group = pages.child(CHILD), pages.living.village.group("blabaer").id
    diary = f"/diary/{pages.living.village.unit('preschool').id}"
    row = f"{diary}/groups/{group}/children/{child}"
    mother = await pages.signed_in(MOTHER)

    await pages.write(mother, CHILD, "Mathias neste uke man-tor 8-16, fre fri", SEAT)
    booked = await pages.write(mother, CHILD, "ja", SEAT)
    week = await mother.get(f"/family/children/{child}/days?day=2025-03-10")
    clock.jump(MONDAY)
    staff = await as_staff_of(pages, TEACHER)
    awaited = await staff.get(diary)
    here = await staff.post(f"{row}/here")
    left = await staff.post(f"{row}/left")
    clock.jump(MONDAY.replace(day=11))
    mother, staff = await pages.signed_in(MOTHER), await as_staff_of(pages, TEACHER)
    ill = await pages.write(mother, CHILD, "Mathias er syk i dag", SEAT)
    away = await staff.get(diary)
    empty = await mother.get("/family/board")
    await put_up_notice(pages, staff, clock)
    board = await mother.get("/family/board")

    assert bubbles_of(booked)[-1][0] == "bot"
    assert bubbles_of(booked)[-1][1].startswith("Notert: Mathias, uke 11: man-tor 8-16, fre fri.")
    assert week.text.count("08.00-16.00") == 4, week.text
    assert "8-16" in row_of(awaited, child)
    assert "Ikke hørt" in row_of(awaited, child)
    assert "Her" in row_of(here, child)
    assert "Gått" in row_of(left, child)
    assert any(said.startswith("Notert: Mathias er syk i dag") for _, said in bubbles_of(ill))
    assert "Borte" in row_of(away, child)
    assert "Ingen oppslag ennå" in empty.text
    assert NOTICE in board.text
    assert 'href="/family/board"' in (await mother.get("/family")).text
    assert NOTICE not in (await (await pages.signed_in("Camilla Hansen")).get("/family/board")).text
