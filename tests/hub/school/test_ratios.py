"""A known day gives known warnings: when adults will be too few, and whom to move."""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from hub.people.families import Child
from hub.people.places import Unit
from hub.school.absences import Absence
from hub.school.adult_plans import Adults, AdultsUnreadableError, count_adults, read_adults
from hub.school.care_hours import Period, pack, read_hours
from hub.school.care_plans import Plan, Standing
from hub.school.care_staffing import QUARTERS, count_by_ratio, read_quarters
from hub.school.day_board import OnBoard, Presence
from hub.school.early_pickups import EarlyPickup
from hub.school.going_home import GoingHome
from hub.school.ratios import Ahead, Expecting, Move, Shortage, find_shortages

MONDAY = date(2025, 3, 3)
SMALL, BIG = 3, 6


def at(hour: int, minute: int = 0) -> int:
    return hour * 4 + minute // 15


def group(name: str, spans: Mapping[tuple[int, int], Counter[int]], adults: str | None) -> Ahead:
    """Children from a quarter to another; the end excluded."""
    there: list[Counter[int]] = [Counter() for _ in range(QUARTERS)]
    for (first, last), by_ratio in spans.items():
        for quarter in range(first, last):
            there[quarter] += by_ratio
    planned = None if adults is None else tuple(count_adults(read_adults(adults)))
    return Ahead(name, tuple(there), Counter(), planned)


def test_a_group_with_enough_adults_warns_of_nothing() -> None:
    groups = {"a": group("a", {(at(8), at(16)): Counter({SMALL: 9})}, "7-17: 3")}

    assert find_shortages(groups, at(7)) == []


def test_too_few_adults_are_told_of_before_it_happens_with_when_and_how_many() -> None:
    spans = {(at(8), at(16)): Counter({SMALL: 9}), (at(14), at(15)): Counter({BIG: 1})}
    groups = {"a": group("a", spans, "7-17: 3")}

    assert find_shortages(groups, at(9)) == [Shortage("a", time(14), time(15), needed=4, planned=3)]


def test_what_is_over_is_not_warned_of() -> None:
    groups = {"a": group("a", {(at(8), at(16)): Counter({SMALL: 9})}, "7-10: 2\n10-17: 3")}

    assert [one.end for one in find_shortages(groups, at(9, 45))] == [time(10)]
    assert find_shortages(groups, at(10)) == []


def test_a_group_of_whose_adults_nobody_told_warns_of_nothing() -> None:
    groups = {"a": group("a", {(at(8), at(16)): Counter({SMALL: 9})}, None)}

    assert find_shortages(groups, at(7)) == []


def test_a_group_with_no_adult_at_all_is_short_from_the_first_child_on() -> None:
    groups = {"a": group("a", {(at(6, 45), at(8)): Counter({BIG: 1})}, "7-17: 2")}

    assert find_shortages(groups, at(6)) == [Shortage("a", time(6, 45), time(7), needed=1, planned=0)]


def test_the_fewest_and_oldest_children_are_moved_to_where_there_is_room() -> None:
    full = group("full", {(at(14), at(15)): Counter({SMALL: 6, BIG: 1})}, "7-17: 2")
    roomy = group("roomy", {(at(8), at(16)): Counter({BIG: 4})}, "7-17: 1")

    (one,) = find_shortages({"full": full, "roomy": roomy}, at(9))

    assert (one.group_id, one.start, one.end) == ("full", time(14), time(15))
    assert one.move == Move("roomy", children=1, per_adult=BIG)


def test_nobody_is_moved_where_that_would_only_move_the_shortage() -> None:
    full = group("full", {(at(14), at(15)): Counter({SMALL: 7})}, "7-17: 2")
    as_full = group("as full", {(at(14), at(15)): Counter({SMALL: 6})}, "7-17: 2")
    unknown = group("unknown", {}, None)

    (one,) = find_shortages({"full": full, "as full": as_full, "unknown": unknown}, at(9))

    assert one.move is None


def test_a_move_holds_for_all_of_the_shortage() -> None:
    full = group("full", {(at(14), at(15)): Counter({SMALL: 7})}, "7-17: 2")
    later_full = group("later full", {(at(14, 45), at(16)): Counter({SMALL: 6})}, "7-17: 2")

    (one,) = find_shortages({"full": full, "later full": later_full}, at(9))

    assert one.move is None


UNIT = Unit(
    id="u", owner_id="o", source_id="u", kind="preschool", name="u", zone="Europe/Oslo", languages=["nb"],
    opens=time(7), closes=time(16, 45), phone=None,
)  # fmt: skip
CHILD = Child(id="c", owner_id="o", source_id="c", first_name="Noah", last_name="Bakken")
NOON = datetime(2025, 3, 3, 11, 0, tzinfo=UTC)
"""Twelve in Oslo."""


def stays(presence: Presence, hours: str | None = None, home: GoingHome | None = None, **known: Any) -> str:
    """When a child will be here, as it is known at noon. `hours` are booked."""
    plan = None if hours is None else Plan("c", MONDAY, Standing.BOOKED if hours else Standing.OFF, read_hours(hours))
    came_on = MONDAY if presence in (Presence.HERE, Presence.LEFT) else None
    on = OnBoard(CHILD, CHILD.id, "g", presence, **{"came_on": came_on, **known})
    return pack(Expecting(UNIT, NOON).expect(on, plan, home))


EIGHT = datetime(2025, 3, 3, 7, 0, tzinfo=UTC)
AWAY = Absence(
    id="a", owner_id="o", child_id="c", day=MONDAY, reason="sick", told_by="x", told_kind="guardian", trust=1, told_at=NOON
)  # fmt: skip
EARLY = GoingHome(
    EarlyPickup(
        id="e", owner_id="o", child_id="c", day=MONDAY, leaves_at=time(14), told_by="x", told_at=NOON
    )
)  # fmt: skip


@pytest.mark.parametrize(
    ("expected", "told"),
    [
        ("08:00-15:30", stays(Presence.HERE, "8-15.30", came_at=EIGHT)),
        ("08:00-16:45", stays(Presence.HERE, came_at=EIGHT)),
        ("08:00-14:00", stays(Presence.HERE, "8-15.30", EARLY, came_at=EIGHT)),
        ("08:00-16:45", stays(Presence.HERE, "8-11", came_at=EIGHT)),
        ("00:00-15:30", stays(Presence.HERE, "8-15.30", came_at=EIGHT, came_on=date(2025, 3, 2))),
        ("13:00-15:30", stays(Presence.LATE, "8-15.30", comes_at=time(13))),
        ("08:00-15:30", stays(Presence.NOT_HEARD, "8-15.30")),
        ("", stays(Presence.NOT_HEARD, "")),
        ("", stays(Presence.AWAY, "8-15.30", absence=AWAY)),
        ("", stays(Presence.LEFT, "8-11")),
        ("14:00-16:00", stays(Presence.LEFT, "8-11, 14-16")),
    ],
)
def test_a_child_is_expected_as_what_is_known_of_it_says(expected: str, told: str) -> None:
    assert told == expected


def test_adults_are_read_as_people_type_them() -> None:
    assert read_adults("7-9: 1\n 9–15.30 : 3 \n\n") == (
        Adults(Period(time(7), time(9)), 1),
        Adults(Period(time(9), time(15, 30)), 3),
    )
    assert read_adults("") == ()


@pytest.mark.parametrize("typed", ["7-9", "7-9: many", "early: 2", "7-9: 100", "22-6: 1", "7-8 9-10: 1", "7-9: ²"])
def test_what_is_no_list_of_adults_is_refused(typed: str) -> None:
    with pytest.raises(AdultsUnreadableError):
        read_adults(typed)


def test_a_quarter_counts_the_adults_who_are_there_for_all_of_it() -> None:
    adults = count_adults(read_adults("7-9: 1; 8.50-16: 2"))

    assert [adults[at(8, 30)], adults[at(8, 45)], adults[at(9)], adults[at(16)]] == [1, 1, 2, 0]


def test_a_quarter_counts_each_child_once_who_is_there_in_any_of_its_minutes_also_after_a_night() -> None:
    sunday = MONDAY - timedelta(days=1)
    two_periods, night = read_hours("8-12.05 12.10-16"), read_hours("21-6.30")

    there = count_by_ratio([(MONDAY, two_periods, SMALL), (MONDAY, night, BIG), (sunday, night, BIG)], MONDAY)

    told = {0: {BIG: 1}, at(6, 30): {}, at(8): {SMALL: 1}, at(16): {}, at(21): {BIG: 1}}
    begins = [quarter for quarter in range(QUARTERS) if quarter == 0 or there[quarter] != there[quarter - 1]]
    assert {quarter: dict(there[quarter]) for quarter in begins} == told
    read = read_quarters(there)
    assert [(read[at_].children, read[at_].adults) for at_ in (0, at(7), at(12), at(23, 45))] == [
        (1, 1),
        (0, 0),
        (1, 1),
        (1, 1),
    ]
