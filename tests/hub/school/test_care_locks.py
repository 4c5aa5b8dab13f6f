"""A week locks by the clock on the wall of its unit, whatever happens to that clock."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.people.places import Unit, UnitKind
from hub.school.care_rules import Lock, Rules, first_open_week, is_locked, monday_of


def unit_in(zone: str) -> Unit:
    return Unit(id="u", owner_id="o", source_id="u", kind=UnitKind.PRESCHOOL, name="U", zone=zone, languages=["nb"])


@pytest.mark.parametrize(
    ("monday", "lock", "moment"),
    [
        (date(2025, 3, 17), Lock(), datetime(2025, 3, 10, 11, 0, tzinfo=UTC)),
        # the clock goes forward on Sunday 30 March 2025: a lock of that week is still at noon on the wall
        (date(2025, 4, 7), Lock(), datetime(2025, 3, 31, 10, 0, tzinfo=UTC)),
        (date(2025, 3, 31), Lock(weekday=6, at=time(18, 0)), datetime(2025, 3, 30, 16, 0, tzinfo=UTC)),
        # and back on Sunday 26 October
        (date(2025, 10, 27), Lock(weekday=6, at=time(18, 0)), datetime(2025, 10, 26, 17, 0, tzinfo=UTC)),
        (date(2025, 10, 27), Lock(weekday=5, at=time(18, 0)), datetime(2025, 10, 25, 16, 0, tzinfo=UTC)),
        # a time that does not exist is the next that does, one that comes twice is its first
        (date(2025, 3, 31), Lock(weekday=6, at=time(2, 30)), datetime(2025, 3, 30, 1, 0, tzinfo=UTC)),
        (date(2025, 10, 27), Lock(weekday=6, at=time(2, 30)), datetime(2025, 10, 26, 0, 30, tzinfo=UTC)),
        # over the end of a year
        (date(2026, 1, 5), Lock(weeks=2, weekday=3), datetime(2025, 12, 25, 11, 0, tzinfo=UTC)),
    ],
)
def test_a_week_locks_at_its_owner_s_wall_clock_time(monday: date, lock: Lock, moment: datetime) -> None:
    unit = unit_in("Europe/Oslo")
    rules = Rules(lock=lock)

    assert lock.moment(unit, monday) == moment
    assert not is_locked(rules, unit, monday + timedelta(days=4), moment - timedelta(seconds=1))
    assert is_locked(rules, unit, monday, moment)


def test_finland_locks_an_hour_before_norway() -> None:
    oslo, helsinki = (Lock().moment(unit_in(z), date(2025, 3, 17)) for z in ("Europe/Oslo", "Europe/Helsinki"))

    assert oslo - helsinki == timedelta(hours=1)


@given(
    st.datetimes(datetime(2025, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),
    st.builds(Lock, st.integers(1, 4), st.integers(0, 6), st.times()),
)
def test_the_first_open_week_is_the_first_that_has_not_locked(now: datetime, lock: Lock) -> None:
    unit, rules = unit_in("Europe/Oslo"), Rules(lock=lock)

    monday = first_open_week(rules, unit, now)

    assert monday == monday_of(monday)
    assert not is_locked(rules, unit, monday, now)
    before = monday - timedelta(days=7)
    assert is_locked(rules, unit, before, now) or before < monday_of(unit.today(now))
