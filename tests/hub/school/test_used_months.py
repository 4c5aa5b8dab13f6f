"""A month that is only summed comes to the same as one that is read day by day, whatever was told and marked in it."""

import random
from datetime import UTC, date, datetime, time, timedelta

import pytest

from hub.asker import Trust
from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.people.families import Child
from hub.people.places import Unit
from hub.school.absences import Reason, report
from hub.school.attendance import CLOCK, Attendance
from hub.school.care_bookings import CareBooking
from hub.school.care_decisions import Per, decide_hours
from hub.school.care_hours import pack, read_hours
from hub.school.care_patterns import set_week
from hub.school.care_rules import Counts, Rules, set_rules
from hub.school.used_hours import UsedMonth, read_month, sum_month
from tests.hub.post.outboxes import TEST
from tests.village import Village

MARCH = [date(2025, 3, 1) + timedelta(days=n) for n in range(37)]
"""With the night in which the clocks change, and the week that goes on into April."""
HOURS = ("", "8-16", "7.30-12, 13-17", "20-6")
CHILDREN = ("Noah Bakken", "Odin Fjeld", "Tuva Fjeld")


def fill(work: Work, village: Village, seed: int) -> None:
    chance = random.Random(seed)  # which days, and no secret
    unit = work.session.get_one(Unit, village.unit("preschool").id)
    tellers = [village.guardian(name).id for name in ("Marte Bakken", "Lars Bakken")]
    rules = Rules(counts=chance.choice(list(Counts)), binding=chance.choice([None, date(2025, 3, 10)]))
    set_rules(work, unit, rules, "leader")
    for name in CHILDREN:
        child = work.session.get_one(Child, village.child(name).id)
        if chance.random() < 0.4:
            set_week(work, unit, child, [read_hours("8-15")] * 5, from_day=date(2025, 3, 3), by="leader")
        if chance.random() < 0.7:
            per = chance.choice(list(Per))
            decide_hours(work, unit, child, chance.randint(5, 160), per, from_day=date(2025, 2, 1), by="leader")
        for day in MARCH:
            if chance.random() < 0.4:
                told = [
                    book_of(work, unit, child, day, by, chance) for by in chance.sample(tellers, chance.randint(1, 2))
                ]
                told[-1].is_rival = len(told) > 1
                work.session.add_all(told)
            if chance.random() < 0.1:
                report(work, child, [day], Reason.SICK, told_by=tellers[0], told_kind="guardian", trust=Trust.CLAIMED)
            if chance.random() < 0.4:
                work.session.add(mark_of(work, unit, child, day, chance))


def book_of(work: Work, unit: Unit, child: Child, day: date, by: str, chance: random.Random) -> CareBooking:
    return CareBooking(
        id=work.new_id(), owner_id=unit.owner_id, child_id=child.id, unit_id=unit.id, day=day,
        hours=pack(read_hours(chance.choice(HOURS))), told_by=by, told_kind="guardian", trust=Trust.CONFIRMED,
        told_at=work.now, is_practice=chance.random() < 0.1,
    )  # fmt: skip


def mark_of(work: Work, unit: Unit, child: Child, day: date, chance: random.Random) -> Attendance:
    came = unit.moment(day, time(chance.randint(6, 20), chance.randint(0, 59)))
    left = came + timedelta(minutes=chance.randint(1, 700)) if chance.random() < 0.9 else None
    return Attendance(
        id=work.new_id(), owner_id=unit.owner_id, child_id=child.id, unit_id=unit.id, day=day, came_at=came,
        marked_by="staff", left_at=left,
        left_marked_by=None if left is None else CLOCK if chance.random() < 0.1 else "staff",
        taken_back_at=work.now if chance.random() < 0.1 else None,
    )  # fmt: skip


def sums_of(month: UsedMonth) -> tuple[object, ...]:
    of_month = month.booked, month.attended, month.used, month.counted, month.unseen
    return month.child_id, *of_month, month.weeks, month.left, month.figures.beyond


@pytest.mark.parametrize("seed", range(8))
async def test_a_month_that_is_summed_comes_to_what_its_days_come_to(
    village: Village, clock: StoppedClock, seed: int
) -> None:
    clock.jump(datetime(2025, 3, 20, 12, 0, tzinfo=UTC))
    await village.desk.work(TEST, fill, village, seed)
    ids = [village.child(name).id for name in CHILDREN]

    def ask(look: Look) -> tuple[list[UsedMonth], list[UsedMonth]]:
        unit = look.session.get_one(Unit, village.unit("preschool").id)
        return sum_month(look, unit, ids, MARCH[0]), read_month(look, unit, ids, MARCH[0])

    summed, read = await village.desk.look(TEST, ask)

    assert [sums_of(month) for month in summed] == [sums_of(month) for month in read]
    assert all(len(month.days) == 31 for month in read)
    assert any(month.counted for month in read)
