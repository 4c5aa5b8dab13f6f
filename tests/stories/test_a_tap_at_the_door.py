"""A tag is touched at the gate; the teacher's phone shows it, she confirms, and the child is here from when it was touched.
Later it goes home with grandma, whom nobody knew before, and the log tells both times of both."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import sqlalchemy as sa

from hub.asker import Trust
from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.door.readers import TagReader
from hub.door.taps import Tap, TapState, keep_tap
from hub.people.families import Child
from hub.school.attendance import Attendance
from hub.school.fetching import report_fetching
from tests.admin_web.school_day import SchoolDay, run_school_day
from tests.hub.door.devices import hang_tag, pair_gate, touch
from tests.hub.sign_in.school import TEST

TEACHER, NOAH = "Mette Strand", "Noah Bakken"


@pytest.fixture
async def day(village_store_url: str, clock: StoppedClock) -> AsyncIterator[SchoolDay]:
    async with run_school_day(village_store_url, clock) as day:
        yield day


async def touch_gate(day: SchoolDay, number: int) -> str:
    """A touch of Noah's tag at the front door; its id."""

    def tap(work: Work) -> str:
        gate = work.session.scalars(sa.select(TagReader).where(TagReader.kind == "gate")).first()
        if gate is None:
            gate = pair_gate(work, day.village)
            hang_tag(work, day.village, NOAH)
        return keep_tap(work, gate, touch(number, work.now)).id

    return await day.site.desk.work(TEST, tap)


async def tell_grandma(day: SchoolDay) -> str:
    """Noah's mother told who fetches today; the id of what she told."""

    def tell(work: Work) -> str:
        noah = work.session.get_one(Child, day.village.child(NOAH).id)
        mother, today = day.village.guardian("Marte Bakken").id, day.village.unit("preschool").today(work.now)
        (told,), _ = report_fetching(work, [noah], [today], "Mormor Ruth", None, told_by=mother, trust=Trust.STRONG)
        return told.id

    return await day.site.desk.work(TEST, tell)


@pytest.mark.capability("L-10", "L-15", "L-22")
async def test_a_touch_in_the_morning_and_one_in_the_afternoon(day: SchoolDay, clock: StoppedClock) -> None:
    door, noah = f"/door/{day.village.unit('preschool').id}", day.village.child(NOAH).id
    teacher = await day.as_(TEACHER)
    await teacher.get(door)
    await teacher.post(f"{door}/pair")
    came_at = clock.now()
    morning = await touch_gate(day, 1)
    clock.move(timedelta(minutes=4))

    rests = await teacher.get(door)
    shown = await teacher.get(f"{door}/next")
    before = await day.here()
    await teacher.post(f"{door}/taps/{morning}/confirm", said="coming", children=noah)

    assert "1 berøring venter" in rests.text
    assert "Noah: her?" in shown.text
    assert (before, await day.here()) == (set(), {NOAH})

    clock.move(timedelta(minutes=10))
    told, stranger = await tell_grandma(day), day.village.guardian("Anne Nordmann").id
    left_at = clock.now()
    afternoon = await touch_gate(day, 2)
    clock.move(timedelta(minutes=1))

    leaving = await teacher.get(f"{door}/taps/{afternoon}")
    may_not = await teacher.post(f"{door}/taps/{afternoon}/confirm", said="leaving", children=noah, who=stranger)
    unchecked = await teacher.post(f"{door}/taps/{afternoon}/confirm", said="leaving", children=noah, who=told)
    await teacher.post(f"{door}/taps/{afternoon}/confirm", said="leaving", children=noah, who=told, is_checked="true")

    assert "Mormor Ruth" in leaving.text
    assert (may_not.status, unchecked.status) == (422, 422)

    def kept(look: Look) -> tuple[Attendance, list[str]]:
        states = look.session.scalars(sa.select(Tap.state).order_by(Tap.number))
        return look.session.scalars(sa.select(Attendance)).one(), list(states)

    row, states = await day.site.desk.look(TEST, kept)
    log = await teacher.get(f"{door}/children/{noah}")
    assert states == [TapState.CONFIRMED, TapState.CONFIRMED]
    assert (row.came_at, row.tap_id, row.left_at, row.left_tap_id) == (came_at, morning, left_at, afternoon)
    assert row.fetched_name == "Mormor Ruth"
    assert "Kom 07.12, sagt 07.16 av Mette Strand" in log.text
    assert "Gikk 07.26, sagt 07.27 av Mette Strand" in log.text
