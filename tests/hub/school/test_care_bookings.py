"""What is booked stays booked: by whom, since when, and never over another guardian's head."""

import asyncio
from datetime import date, timedelta

import pytest

from hub.asker import Trust, operator_asker
from hub.clock import StoppedClock
from hub.desk import Work
from hub.people.families import Block, Child
from hub.school.absences import Reason, report
from hub.school.care_bookings import WeekLockedError, get_bookings, give_way, list_of_child, restore
from hub.school.care_bookings import take_back as take_bookings_back
from hub.school.care_decisions import Per, decide_hours, find_step, forecast
from hub.school.care_hours import OFF, Hours, pack, read_hours
from hub.school.care_patterns import list_patterns, set_week
from hub.school.care_plans import Plan, Standing, agree, list_expected, list_plans, list_plans_of
from hub.school.care_rules import FeeStep, Rules, set_rules
from hub.school.care_staffing import count_quarters
from tests.hub.school.care_homes import MONDAY, Homes, homes
from tests.village import Village

TEST = operator_asker("test")
WEEK = [MONDAY + timedelta(days=n) for n in range(5)]
FULL: Hours = read_hours("8-16")


async def in_work(village: Village, verb: object, **kwargs: object) -> object:
    def do(work: Work) -> object:
        return verb(homes(work, village), **kwargs)  # type: ignore[operator]

    return await village.desk.work(TEST, do)


async def test_a_booking_keeps_who_when_and_what_it_took_the_place_of(village: Village) -> None:
    def verb(at: Homes) -> None:
        first = at.book(at.marte, dict.fromkeys(WEEK, FULL))
        again = at.book(at.marte, {MONDAY: read_hours("9-15")})
        same = at.book(at.marte, {MONDAY: read_hours("9-15")})

        assert len(first.fresh) == 5
        assert again.replaced == (first.fresh[0],)
        assert (again.fresh[0].told_by, again.fresh[0].told_at) == (at.marte, at.work.now)
        assert (first.fresh[0].ceased_at, first.fresh[0].ceased_by) == (at.work.now, at.marte)
        assert same.fresh == same.replaced == same.rivals == ()

    await in_work(village, verb)


async def test_another_guardian_s_times_wait_and_overwrite_nothing(village: Village) -> None:
    def verb(at: Homes) -> None:
        at.book(at.marte, {MONDAY: FULL})
        booked = at.book(at.lars, {MONDAY: read_hours("9-15"), WEEK[1]: FULL})

        (monday, tuesday) = list_plans_of(at.work, at.unit, at.child.id, WEEK[:2])
        assert [row.day for row in booked.rivals] == [MONDAY]
        assert (monday.standing, pack(monday.hours), monday.told_by) == (Standing.CLASH, "08:00-16:00", at.marte)
        assert (tuesday.standing, tuesday.told_by) == (Standing.BOOKED, at.lars)

        give_way(at.work, booked.rivals, at.marte)
        at.work.session.flush()
        (monday,) = list_plans_of(at.work, at.unit, at.child.id, [MONDAY])
        assert (monday.standing, pack(monday.hours), monday.told_by) == (Standing.BOOKED, "09:00-15:00", at.lars)

    await in_work(village, verb)


async def test_two_guardians_who_book_at_the_same_moment_overwrite_nothing(village: Village) -> None:
    def marte(at: Homes) -> None:
        at.book(at.marte, {MONDAY: FULL})

    def lars(at: Homes) -> None:
        at.book(at.lars, {MONDAY: read_hours("9-15")})

    await asyncio.gather(in_work(village, marte), in_work(village, lars))

    def rows(at: Homes) -> list[bool]:
        return sorted(row.is_rival for row in list_of_child(at.work, at.child.id, at.unit.id, [MONDAY]))

    assert await in_work(village, rows) == [False, True]


async def test_the_same_times_from_the_other_guardian_are_no_clash(village: Village) -> None:
    def verb(at: Homes) -> None:
        at.book(at.marte, {MONDAY: FULL})
        booked = at.book(at.lars, {MONDAY: FULL})

        assert booked.rivals == booked.fresh == ()

    await in_work(village, verb)


async def test_staff_s_word_ends_a_clash(village: Village) -> None:
    def verb(at: Homes) -> None:
        at.book(at.marte, {MONDAY: FULL})
        at.book(at.lars, {MONDAY: read_hours("9-15")})
        at.book("staff", {MONDAY: read_hours("10-14")}, kind="staff")

        (plan,) = list_plans_of(at.work, at.unit, at.child.id, [MONDAY])
        assert (plan.standing, pack(plan.hours), plan.rival) == (Standing.BOOKED, "10:00-14:00", None)

    await in_work(village, verb)


async def test_after_the_lock_a_guardian_books_nothing_and_staff_still_can(
    village: Village, clock: StoppedClock
) -> None:
    clock.move(timedelta(days=7, hours=6))

    def verb(at: Homes) -> None:
        with pytest.raises(WeekLockedError):
            at.book(at.marte, {MONDAY: FULL, WEEK[0] + timedelta(days=7): FULL})
        assert list_of_child(at.work, at.child.id, at.unit.id, WEEK) == []

        at.book("staff", {MONDAY: FULL}, kind="staff")
        assert len(list_of_child(at.work, at.child.id, at.unit.id, WEEK)) == 1

    await in_work(village, verb)


async def test_what_was_replaced_can_hold_again(village: Village) -> None:
    def verb(at: Homes) -> None:
        at.book(at.marte, {MONDAY: FULL})
        booked = at.book(at.marte, {MONDAY: OFF})

        take_bookings_back(at.work, booked.fresh, at.marte)
        restore(at.work, get_bookings(at.work, [row.id for row in booked.replaced]), at.marte)
        at.work.session.flush()

        (plan,) = list_plans_of(at.work, at.unit, at.child.id, [MONDAY])
        assert pack(plan.hours) == "08:00-16:00"

    await in_work(village, verb)


async def test_what_somebody_booked_who_is_blocked_by_now_keeps_no_child_from_being_expected(village: Village) -> None:
    def verb(at: Homes) -> None:
        at.book(at.lars, {MONDAY: OFF})
        assert list_expected(at.work, at.unit, MONDAY) == {at.child.id: None}

        at.work.session.add(
            Block(
                id=at.work.new_id(),
                owner_id=at.child.owner_id,
                guardian_id=at.lars,
                child_id=at.child.id,
                reason="test",
                set_by="a leader",
                set_at=at.work.now,
            )
        )
        at.work.session.flush()
        assert list_expected(at.work, at.unit, MONDAY) == {}

    await in_work(village, verb)


async def test_who_is_expected_from_when_is_known_of_those_who_are_booked_and_agreed_on(village: Village) -> None:
    def verb(at: Homes) -> None:
        assert list_expected(at.work, at.unit, MONDAY) == {}

        at.book(at.marte, {MONDAY: OFF, WEEK[1]: FULL})
        assert list_expected(at.work, at.unit, MONDAY) == {at.child.id: None}
        assert list_expected(at.work, at.unit, WEEK[1]) == {at.child.id: FULL[0].start}

        at.book(at.lars, {MONDAY: FULL})
        assert list_expected(at.work, at.unit, MONDAY) == {}, "guardians who disagree are asked about"

    await in_work(village, verb)


async def test_a_base_week_holds_where_nothing_else_was_told(village: Village) -> None:
    def verb(at: Homes) -> None:
        week: list[Hours | None] = [FULL, FULL, None, FULL, OFF]
        set_week(at.work, at.unit, at.child, week, from_day=MONDAY, by="staff")
        at.work.session.flush()
        at.book(at.lars, {WEEK[1]: read_hours("9-15")})

        plans = list_plans_of(at.work, at.unit, at.child.id, [MONDAY - timedelta(days=3), *WEEK])
        assert [(plan.standing, pack(plan.hours)) for plan in plans] == [
            (Standing.UNTOLD, ""),
            (Standing.BOOKED, "08:00-16:00"),
            (Standing.BOOKED, "09:00-15:00"),
            (Standing.UNTOLD, ""),
            (Standing.BOOKED, "08:00-16:00"),
            (Standing.OFF, ""),
        ]

    await in_work(village, verb)


async def test_two_homes_take_turns_over_a_year_of_53_weeks(village: Village) -> None:
    """The year 2026 has 53 weeks; turns counted by the number of the week would give one home two weeks in a row."""

    def verb(at: Homes) -> None:
        monday = date(2026, 12, 14)
        for turn, who in enumerate((at.marte, at.lars)):
            own: list[Hours | None] = [read_hours("8-16" if who == at.marte else "9-15")] * 5
            set_week(
                at.work,
                at.unit,
                at.child,
                own,
                from_day=monday + timedelta(weeks=turn),
                by="staff",
                guardian_id=who,
                every_weeks=2,
            )
            at.work.session.flush()

        patterns = list_patterns(at.work, at.unit.id, at.child.id)
        tuesdays = [monday + timedelta(weeks=n, days=1) for n in range(8)]
        whose = [next(p.guardian_id for p in patterns if p.covers(day)) for day in tuesdays]
        assert whose == [at.marte, at.lars] * 4

        booked = at.book(at.lars, {tuesdays[0]: OFF, tuesdays[1]: OFF})
        assert [row.day for row in booked.rivals] == [tuesdays[0]], "the week is the other's own"
        assert [row.day for row in booked.fresh] == [tuesdays[1]]

    await in_work(village, verb)


@pytest.mark.capability("N-13")
async def test_a_forecast_is_what_the_month_comes_to_in_the_end(village: Village, clock: StoppedClock) -> None:
    """Booked ahead, with a day away told in time, one told too late, and a day changed by staff."""

    def ahead(at: Homes) -> int:
        steps = (FeeStep(30, "A"), FeeStep(40, "B"), FeeStep(60, "C"))
        set_rules(at.work, at.unit, Rules(fee_steps=steps), "staff")
        decide_hours(at.work, at.unit, at.child, 40, Per.MONTH, from_day=date(2025, 3, 1), by="staff")
        at.work.session.flush()
        told = forecast(at.work, at.unit, at.child.id, MONDAY, at.rules, dict.fromkeys(WEEK[:4], FULL))
        at.book(at.marte, dict.fromkeys(WEEK[:4], FULL))

        assert (told.hours, told.agreed, told.beyond) == (32, 40, 0)
        assert (told.step, told.next_step) == ("B", None)
        more = forecast(at.work, at.unit, at.child.id, MONDAY, at.rules, {WEEK[4]: FULL})
        assert (more.hours, more.step, more.next_step, more.beyond) == (40, "B", "C", 0)
        away(at, WEEK[3])
        return forecast(at.work, at.unit, at.child.id, MONDAY, at.rules).hours

    def away(at: Homes, day: date) -> None:
        reported = report(
            at.work, at.child, [day], Reason.SICK, told_by=at.marte, told_kind="guardian", trust=Trust.CLAIMED
        )
        at.work.session.flush()
        assert reported

    def in_the_end(at: Homes) -> int:
        away(at, WEEK[2])
        at.book("staff", {WEEK[4]: FULL}, kind="staff")
        told = forecast(at.work, at.unit, at.child.id, MONDAY, at.rules)
        assert find_step(at.rules.fee_steps, told.hours) == told.step == "B"
        return told.hours

    assert await in_work(village, ahead) == 24, "told before the lock, the day is not counted"
    clock.move(timedelta(days=28))
    assert await in_work(village, in_the_end) == 32, "told after it, the hours are used; and staff added a day"


async def test_hours_told_in_practice_count_for_no_fee(village: Village) -> None:
    def verb(at: Homes) -> None:
        set_rules(at.work, at.unit, Rules(binding=WEEK[2]), "staff")
        at.work.session.flush()
        booked = at.book(at.marte, dict.fromkeys(WEEK, FULL))

        assert [row.is_practice for row in booked.fresh] == [True, True, False, False, False]
        assert forecast(at.work, at.unit, at.child.id, MONDAY, at.rules).hours == 24

    await in_work(village, verb)


async def test_quarter_hours_count_children_and_round_their_adults_up_once(village: Village) -> None:
    def verb(at: Homes) -> None:
        at.book(at.marte, {WEEK[0]: read_hours("22-6"), WEEK[1]: read_hours("8-12, 13.10-16")})
        plans = list_plans(at.work, at.unit, [at.child.id], WEEK[:2])
        quarters = count_quarters(plans, {at.child.id: at.child}, WEEK[1], at.rules)
        there = [f"{quarter.at:%H:%M}" for quarter in quarters if quarter.children]

        assert there[:24] == [f"{hour:02}:{minute:02}" for hour in range(6) for minute in (0, 15, 30, 45)]
        assert there[24] == "08:00"
        assert "12:00" not in there
        assert "13:00" in there
        assert there[-1] == "15:45"
        assert {quarter.adults for quarter in quarters if quarter.children} == {1}

    await in_work(village, verb)


async def test_a_day_with_one_booking_is_that_booking_whatever_weeks_cover_other_days(village: Village) -> None:
    def verb(at: Homes) -> None:
        for hours in (FULL, OFF):
            (row,) = at.book(at.marte, {MONDAY: hours}).fresh
            set_week(at.work, at.unit, at.child, [FULL] * 5, from_day=MONDAY + timedelta(days=70), by="leader")
            later = list_patterns(at.work, at.unit.id, at.child.id)

            for is_closed in (False, True):
                alone = agree(at.child.id, MONDAY, [row], [], is_closed=is_closed)
                assert later
                assert alone == agree(at.child.id, MONDAY, [row], later, is_closed=is_closed)
                assert (alone.standing is Standing.BOOKED, alone.hours) == (bool(hours), hours)

    await in_work(village, verb)


def known_of(plan: Plan) -> tuple[object, ...]:
    """All that is reckoned with; of a booking, whichever way it was read."""
    booked = [
        None if row is None else (row.day, row.hours, row.told_by, row.told_at, row.is_rival, row.is_practice)
        for row in (plan.booking, plan.rival)
    ]
    return (*plan._replace(booking=None, rival=None), *booked)


async def test_several_children_s_plans_are_what_each_child_s_own_are_and_nobody_else_s(village: Village) -> None:
    def verb(at: Homes) -> None:
        others = [at.work.session.get_one(Child, village.child(name).id) for name in ("Odin Fjeld", "Tuva Fjeld")]
        odin, tuva = others
        at.book(at.marte, {WEEK[0]: FULL})
        set_week(at.work, at.unit, odin, [FULL] * 5, from_day=MONDAY, by="leader")
        report(at.work, odin, [WEEK[1]], Reason.SICK, told_by="x", told_kind="staff", trust=Trust.CONFIRMED)
        report(at.work, tuva, [WEEK[2]], Reason.SICK, told_by="x", told_kind="staff", trust=Trust.CONFIRMED)
        at.work.session.flush()

        together = list_plans(at.work, at.unit, [odin.id, at.child.id], WEEK)

        own = [plan for id_ in (odin.id, at.child.id) for plan in list_plans_of(at.work, at.unit, id_, WEEK)]
        assert [known_of(plan) for plan in together] == [known_of(plan) for plan in own]
        assert {plan.standing for plan in together} >= {Standing.BOOKED, Standing.AWAY, Standing.UNTOLD}
        assert list_plans(at.work, at.unit, [], WEEK) == []

    await in_work(village, verb)
