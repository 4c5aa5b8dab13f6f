"""What those who stay see of a trip: in *Diary*, at *Door* and on the phones there, asked over HTTP."""

import json
from collections.abc import AsyncIterator, Collection
from datetime import timedelta

import pytest
import sqlalchemy as sa

from hub.clock import StoppedClock
from hub.desk import Work
from hub.door.looking import Found, Shown, settle_clash, stands_as
from hub.door.marks import list_open
from hub.door.readers import TagReader
from hub.door.trips import Said, Trip, begin_trip, count_trip
from hub.people.families import Child
from hub.people.places import Unit
from hub.safety.access import get_reach
from hub.school.attendance import mark_here
from hub.school.day_board import find_on_whole_board, list_whole_board
from tests.admin_web.school_day import SchoolDay, run_school_day
from tests.admin_web.test_diary import row_of
from tests.hub.post.spoken import as_staff
from tests.hub.sign_in.school import TEST

HEAD, TEACHER, NOAH, ODIN = "Astrid Vik", "Mette Strand", "Noah Bakken", "Odin Fjeld"


@pytest.fixture
async def day(village_store_url: str, clock: StoppedClock) -> AsyncIterator[SchoolDay]:
    async with run_school_day(village_store_url, clock) as day:
        browser = await day.as_(TEACHER)
        door = f"/door/{day.village.unit('preschool').id}"
        await browser.get(door)
        await browser.post(f"{door}/pair")
        await day.site.desk.work(TEST, set_out, day)
        yield day


def set_out(work: Work, day: SchoolDay) -> None:
    """Noah and Odin go on a trip at 7.12."""
    unit = work.session.get_one(Unit, day.village.unit("preschool").id)
    children = [work.session.get_one(Child, day.village.child(name).id) for name in (NOAH, ODIN)]
    mark_here(work, unit, children, "teacher")
    ids = {child.id for child in children}
    board = [on for on in list_whole_board(work, unit, unit.today(work.now)) if on.child.id in ids]
    begin_trip(work, unit, board, "Skogen", 15, _said(work, day, 1))


def _said(work: Work, day: SchoolDay, number: int) -> Said:
    phone_id = work.session.scalars(sa.select(TagReader.id).order_by(TagReader.id.desc())).first() or ""
    return Said(day.village.staff(TEACHER).id, phone_id, number, work.now)


async def count(day: SchoolDay, clock: StoppedClock, number: int, missing: Collection[str] = ()) -> None:
    """A quarter of an hour later."""
    clock.move(timedelta(minutes=15))

    def act(work: Work) -> None:
        unit = work.session.get_one(Unit, day.village.unit("preschool").id)
        trip = work.session.scalars(sa.select(Trip)).one()
        board = list_whole_board(work, unit, unit.today(work.now))
        count_trip(work, unit, trip, board, [day.village.child(name).id for name in missing], _said(work, day, number))

    await day.site.desk.work(TEST, act)


async def diary(day: SchoolDay, who: str = HEAD) -> tuple[str, str, str]:
    """The diary, and of it the rows of Noah and Odin."""
    seen = await (await day.as_(who)).get(f"/diary/{day.village.unit('preschool').id}")
    return seen.text, row_of(seen, day, NOAH), row_of(seen, day, ODIN)


@pytest.mark.capability("N-16")
async def test_of_a_child_that_was_missing_nobody_says_that_it_was_counted(day: SchoolDay, clock: StoppedClock) -> None:
    await count(day, clock, 2)
    await count(day, clock, 3, [ODIN])

    page, noah, odin = await diary(day)
    phone = await (await day.as_(HEAD)).get(f"/door/{day.village.unit('preschool').id}/here")

    assert "På tur til Skogen, sist talt 07.42" in noah
    assert "På tur til Skogen. Savnet 07.42, sist talt 07.27" in odin
    assert "Meldt savnet: Odin Fjeld. Noen må se etter." in page
    assert "Meldt savnet: Odin Fjeld." in phone.text
    assert "Savnet 07.42, sist talt 07.27" in phone.text


async def test_a_missing_child_that_is_counted_later_is_shown_as_missing_until_a_person_has_looked(
    day: SchoolDay, clock: StoppedClock
) -> None:
    await count(day, clock, 2, [ODIN])
    await count(day, clock, 3)
    before, _, waits = await diary(day)

    def find(work: Work) -> None:
        unit, odin = day.village.unit("preschool"), day.village.child(ODIN).id
        today = unit.today(work.now)
        stands = find_on_whole_board(work, unit, odin, today)
        assert stands is not None
        shown = Shown([row.id for row in list_open(work, unit, today, [odin])], stands_as(stands))
        settle_clash(work, get_reach(work), unit, odin, shown, Found.HERE)

    await day.site.desk.work(as_staff(day.village.staff(HEAD)), find)
    after, _, found = await diary(day)

    assert "Meldt savnet: Odin Fjeld." in before
    assert "Savnet 07.27, sist talt 07.42" in waits
    assert "Meldt savnet" not in after
    assert "På tur til Skogen, sist talt 07.42" in found


async def test_a_phone_at_home_knows_who_is_missing_on_the_trip(day: SchoolDay, clock: StoppedClock) -> None:
    await count(day, clock, 2, [ODIN])
    browser = await day.as_(HEAD)
    door = f"/door/{day.village.unit('preschool').id}"
    await browser.get(door)
    await browser.post(f"{door}/pair")

    told = json.loads((await browser.get(f"{door}/children")).text)

    seen = {child["name"]: child["seen"] for group in told["groups"] for child in group["children"]}
    assert seen["Noah"] == "På tur til Skogen, sist talt 07.27"
    assert seen["Odin"] == "På tur til Skogen. Savnet 07.27, sist talt 07.12"


async def test_whoever_may_not_know_of_a_missing_child_sees_neither_its_name_nor_that_one_more_is_missing(
    day: SchoolDay, clock: StoppedClock
) -> None:
    def protect(work: Work) -> None:
        work.session.get_one(Child, day.village.child(ODIN).id).protected = True

    await day.site.desk.work(TEST, protect)
    await count(day, clock, 2, [ODIN])

    page, noah, _ = await diary(day)

    assert "På tur til Skogen, sist talt 07.27" in noah
    assert "1 barn er på tur til Skogen" in page
    assert "avnet" not in page
