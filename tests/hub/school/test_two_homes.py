"""A child of two homes: whatever the two tell, in whatever order, each day is agreed on or an open question to both."""

from datetime import date, timedelta
from random import Random

import pytest

from hub.asker import Trust
from hub.clock import StoppedClock
from hub.school.absences import Reason, report
from hub.school.care_bookings import give_way, list_of_child, take_back
from hub.school.care_hours import OFF, Hours, pack, read_hours, unpack
from hub.school.care_patterns import Pattern, end_week, find_pick_up, get_week, is_hand_over, list_patterns, set_week
from hub.school.care_plans import Plan, Standing, list_plans_of
from tests.hub.school.care_homes import MONDAY, Homes
from tests.hub.school.test_care_bookings import in_work
from tests.village import Village

WEEKS = 6
DAYS = [MONDAY + timedelta(weeks=week, days=day) for week in range(WEEKS) for day in range(5)]
TIMES: list[Hours] = [read_hours(typed) for typed in ("8-16", "9-15", "7-9, 14-16", "22-6")] + [OFF]
SETTLED = {Standing.BOOKED, Standing.OFF, Standing.AWAY, Standing.CLOSED}


def set_turns(at: Homes, chance: Random, *, hands_over: int = 0, holes: bool = True) -> None:
    """Each home gets every second week, with times of its own and here and there a day left open."""
    for turn, who in enumerate(chance.sample([at.marte, at.lars], 2)):
        own = [None if holes and chance.random() < 0.2 else chance.choice(TIMES) for _ in range(5)]
        set_week(
            at.work,
            at.unit,
            at.child,
            own,
            from_day=MONDAY + timedelta(weeks=turn),
            by="staff",
            guardian_id=who,
            every_weeks=2,
            hands_over=hands_over,
        )
        at.work.session.flush()


def something_happens(at: Homes, chance: Random) -> None:
    """One of all that the two, or the staff, may do about a few days."""
    who = chance.choice([at.marte, at.lars])
    days = chance.sample(DAYS, chance.randint(1, 4))
    standing = list_of_child(at.work, at.child.id, at.unit.id, days)
    what = chance.choice(["book", "book", "book", "agree", "take back", "staff", "away", "end"])
    if what == "book":
        at.book(who, {day: chance.choice(TIMES) for day in days})
    elif what == "agree":
        give_way(at.work, [row for row in standing if row.is_rival and row.told_by != who], who)
    elif what == "take back":
        take_back(at.work, [row for row in standing if row.told_by == who], who)
    elif what == "staff":
        at.book("staff", {days[0]: chance.choice(TIMES)}, kind="staff")
    elif what == "away":
        report(at.work, at.child, days[:1], Reason.SICK, told_by=who, told_kind="guardian", trust=Trust.CLAIMED)
    elif chance.random() < 0.2:
        rows = [get_week(at.work, at.unit.id, one.id) for one in list_patterns(at.work, at.unit.id, at.child.id)]
        end_week(at.work, next(row for row in rows if row is not None)) if rows else None
    at.work.session.flush()


def is_agreed(plan: Plan) -> bool:
    return plan.standing in SETTLED and (plan.standing is Standing.AWAY or plan.rival is None)


def is_open_to_both(plan: Plan) -> bool:
    """Two different words stand against each other, or nobody has told anything at all."""
    if plan.standing is Standing.UNTOLD:
        return plan.booking is None and plan.rival is None and plan.pattern is None
    told = {plan.told_by, plan.rival.told_by if plan.rival is not None else None}
    return plan.standing is Standing.CLASH and (plan.is_open or (len(told) == 2 and _differs(plan)))


def _differs(plan: Plan) -> bool:
    return plan.rival is not None and unpack(plan.rival.hours) != plan.hours


@pytest.mark.capability("N-08")
@pytest.mark.parametrize("seed", range(12))
async def test_every_day_of_a_random_two_home_calendar_is_agreed_on_or_open_to_both(
    village: Village, seed: int
) -> None:
    def verb(at: Homes) -> None:
        chance = Random(seed)
        if chance.random() < 0.8:
            set_turns(at, chance, hands_over=chance.choice([0, 0, 4, 2]))
        for _ in range(40):
            something_happens(at, chance)
            rows = list_of_child(at.work, at.child.id, at.unit.id, DAYS)
            patterns = list_patterns(at.work, at.unit.id, at.child.id)
            for plan in list_plans_of(at.work, at.unit, at.child.id, DAYS):
                holding = [row for row in rows if row.day == plan.day and not row.is_rival]
                assert len(holding) <= 1, plan
                assert is_agreed(plan) != is_open_to_both(plan), plan
                assert _has_one_pick_up(patterns, plan.day), plan

    await in_work(village, verb)


def _has_one_pick_up(patterns: list[Pattern], day: date) -> bool:
    """One home fetches on every day on which two homes take turns."""
    turns = {pattern.guardian_id for pattern in patterns if pattern.alternates}
    return len(turns) < 2 or find_pick_up(patterns, day) in turns


async def test_on_the_day_of_the_hand_over_the_next_home_fetches(village: Village) -> None:
    def verb(at: Homes) -> None:
        set_turns(at, Random(1), hands_over=4, holes=False)
        patterns = list_patterns(at.work, at.unit.id, at.child.id)
        first = next(pattern.guardian_id for pattern in patterns if pattern.has_turn(MONDAY))
        second = next(pattern.guardian_id for pattern in patterns if not pattern.has_turn(MONDAY))
        week = [MONDAY + timedelta(days=n) for n in range(8)]

        assert [find_pick_up(patterns, day) for day in week] == [*[first] * 4, *[second] * 4]
        assert [is_hand_over(patterns, day) for day in week] == [day.weekday() == 4 for day in week]

    await in_work(village, verb)


async def test_where_both_homes_have_been_given_the_same_week_it_is_asked_whose_it_is(village: Village) -> None:
    def verb(at: Homes) -> None:
        for who in (at.marte, at.lars):
            own: list[Hours | None] = [read_hours("8-16")] * 5
            set_week(at.work, at.unit, at.child, own, from_day=MONDAY, by="staff", guardian_id=who, every_weeks=2)
            at.work.session.flush()

        (plan,) = list_plans_of(at.work, at.unit, at.child.id, [MONDAY])
        patterns = list_patterns(at.work, at.unit.id, at.child.id)
        assert (plan.standing, plan.is_open) == (Standing.CLASH, True)
        assert find_pick_up(patterns, MONDAY) is None

    await in_work(village, verb)


async def test_what_waited_holds_when_what_it_waited_for_is_taken_back(village: Village, clock: StoppedClock) -> None:
    def verb(at: Homes) -> None:
        first = at.book(at.marte, {MONDAY: read_hours("8-16")})
        at.book(at.lars, {MONDAY: read_hours("9-15")})
        take_back(at.work, first.fresh, at.marte)
        at.work.session.flush()

        (plan,) = list_plans_of(at.work, at.unit, at.child.id, [MONDAY])
        assert (plan.standing, pack(plan.hours), plan.told_by) == (Standing.BOOKED, "09:00-15:00", at.lars)

    await in_work(village, verb)


async def test_to_book_what_the_other_wished_is_to_agree(village: Village) -> None:
    def verb(at: Homes) -> None:
        at.book(at.marte, {MONDAY: read_hours("8-16")})
        at.book(at.lars, {MONDAY: read_hours("9-15")})
        at.book(at.marte, {MONDAY: read_hours("9-15")})

        (plan,) = list_plans_of(at.work, at.unit, at.child.id, [MONDAY])
        assert (plan.standing, pack(plan.hours), plan.rival) == (Standing.BOOKED, "09:00-15:00", None)

    await in_work(village, verb)
