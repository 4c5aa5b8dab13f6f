"""The hours of one day are read, written and judged alike wherever they come from."""

from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.school.care_hours import (
    OFF,
    Hours,
    HoursOverlapError,
    HoursUnreadableError,
    Period,
    clip,
    length_of,
    lies_within,
    make_hours,
    pack,
    read_hours,
    unpack,
)

CLOCKS = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30, 45]))


@pytest.mark.parametrize(
    ("typed", "packed"),
    [
        ("8-16", "08:00-16:00"),
        ("8.30–15", "08:30-15:00"),
        ("14-17, 8-12", "08:00-12:00 14:00-17:00"),
        ("22-6", "22:00-06:00"),
        ("7:15 - 16:45", "07:15-16:45"),
        ("18-24", "18:00-00:00"),
        ("", ""),
    ],
)
def test_what_people_type_is_read(typed: str, packed: str) -> None:
    assert pack(read_hours(typed)) == packed


@pytest.mark.parametrize("typed", ["8", "8-", "8-26", "åtte-fire", "8-16-18", "-8", "8.5.1-9", "²-3"])
def test_what_is_no_hours_is_refused(typed: str) -> None:
    with pytest.raises(HoursUnreadableError):
        read_hours(typed)


@pytest.mark.parametrize("typed", ["8-12, 11-16", "6-8, 9-10, 12-14", "22-6, 21-23", "5-8, 22-6"])
def test_periods_that_overlap_or_are_too_many_are_refused(typed: str) -> None:
    with pytest.raises(HoursOverlapError):
        read_hours(typed)


@given(st.lists(st.builds(Period, CLOCKS, CLOCKS), max_size=2))
def test_hours_come_back_from_the_store_as_they_went_in(periods: list[Period]) -> None:
    try:
        hours = make_hours(periods)
    except HoursOverlapError:
        return

    assert unpack(pack(hours)) == hours
    assert 0 <= length_of(hours) <= 24 * 60


def test_a_night_ends_on_the_next_day() -> None:
    night: Hours = read_hours("22-6")

    assert length_of(night) == 8 * 60
    assert night[0].is_overnight
    assert not lies_within(night, time(6, 0), time(23, 0))


def test_what_lies_outside_opening_hours_is_cut_off() -> None:
    assert pack(clip(read_hours("6-18"), time(7, 0), time(17, 0))) == "07:00-17:00"
    assert clip(read_hours("18-20"), time(7, 0), time(17, 0)) == OFF
    assert lies_within(read_hours("7-17"), time(7, 0), time(17, 0))
