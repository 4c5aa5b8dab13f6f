"""What of a day counts: booked and attended time together, by the clock that was on the wall, and as the owner's rules say."""

from dataclasses import replace
from datetime import date, datetime, time

import pytest

from hub.people.places import Unit
from hub.school.attendance import CLOCK, Attendance
from hub.school.care_hours import read_hours
from hub.school.care_plans import Plan, Standing
from hub.school.care_rules import Counts, Rules
from hub.school.used_hours import Reckoning, UsedDay

MONDAY = date(2025, 3, 3)
UNIT = Unit(
    id="u", owner_id="o", source_id="u", kind="preschool", name="u", zone="Europe/Oslo", languages=["nb"],
    opens=time(7), closes=time(16, 45), phone=None,
)  # fmt: skip
RULES = Rules()


def here(*spans: tuple[datetime, datetime | None], day: date = MONDAY, by: str = "staff") -> list[Attendance]:
    return [
        Attendance(
            id=str(n), owner_id="o", child_id="c", unit_id="u", day=day, came_at=came, marked_by="staff",
            left_at=left, left_marked_by=None if left is None else by, phone_id=None, marked_at=None, tap_id=None,
            left_marked_at=None, left_tap_id=None, fetched_by=None, fetched_name=None, taken_back_at=None,
        )
        for n, (came, left) in enumerate(spans)
    ]  # fmt: skip


def at(hour: int, minute: int = 0, day: date = MONDAY) -> datetime:
    return UNIT.moment(day, time(hour, minute))


def day_of(hours: str, marks: list[Attendance], rules: Rules = RULES, day: date = MONDAY) -> UsedDay:
    booked = read_hours(hours)
    return Reckoning(UNIT, rules).reckon(Plan("c", day, Standing.BOOKED if booked else Standing.OFF, booked), marks)


@pytest.mark.parametrize(
    ("hours", "spans", "used"),
    [
        pytest.param("8-16", [(at(8), at(16))], 480, id="as booked"),
        pytest.param("8-16", [(at(9), at(15))], 480, id="shorter than booked"),
        pytest.param("8-16", [(at(7, 30), at(16, 15))], 525, id="longer than booked"),
        pytest.param("8-12", [(at(10), at(14))], 360, id="later than booked"),
        pytest.param("8-9", [(at(14), at(15))], 120, id="at another time"),
        pytest.param("8-12, 14-16", [(at(8), at(16))], 480, id="between two periods too"),
        pytest.param("8-16", [(at(8), at(10)), (at(13), at(17))], 540, id="came twice"),
        pytest.param("", [(at(9), at(11))], 120, id="came on a day off"),
        pytest.param("8-16", [], 480, id="did not come"),
        pytest.param("", [], 0, id="neither"),
    ],
)
def test_each_minute_booked_or_attended_counts_once(
    hours: str, spans: list[tuple[datetime, datetime | None]], used: int
) -> None:
    day = day_of(hours, here(*spans))

    assert (day.used, day.counted) == (used, used)


def test_where_the_rule_says_so_what_was_booked_counts_and_what_was_used_is_told_beside_it() -> None:
    day = day_of("8-16", here((at(7, 30), at(16, 15))), replace(RULES, counts=Counts.BOOKED))

    assert (day.booked, day.attended, day.used, day.counted) == (480, 525, 525, 480)


def test_a_leaving_that_nobody_saw_counts_for_nothing_and_is_said() -> None:
    day = day_of("8-16", here((at(8), at(23, 59)), by=CLOCK))

    assert (day.is_unseen, day.attended, day.counted) == (True, None, 480)


def test_a_child_who_is_here_has_used_what_was_booked() -> None:
    day = day_of("8-16", here((at(8), None)))

    assert (day.is_unseen, day.attended, day.counted) == (False, None, 480)


@pytest.mark.parametrize(
    ("day", "minutes"),
    [
        pytest.param(date(2025, 3, 29), 540, id="the clock goes forward"),
        pytest.param(date(2025, 10, 25), 660, id="the clock goes back"),
        pytest.param(date(2025, 12, 31), 600, id="a year ends"),
    ],
)
def test_a_night_counts_for_as_long_as_it_was(day: date, minutes: int) -> None:
    morning = date.fromordinal(day.toordinal() + 1)

    found = day_of("20-6", here((at(20, day=day), at(6, day=morning)), day=day), day=day)

    assert (found.booked, found.attended, found.counted) == (minutes, minutes, minutes)


def test_what_was_told_for_practice_counts_for_nothing() -> None:
    day = day_of("8-16", [], Rules(binding=date(2025, 4, 1)))

    assert (day.booked, day.counted) == (0, 0)
