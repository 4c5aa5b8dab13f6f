"""The clock: nights on which the hour changes, ids that sort by time, and a clock that only moves when told."""

import base64
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from hub.clock import IdMaker, StoppedClock, SystemClock, first_id, local_moment, moment_of
from tests.village import Village

OSLO, HELSINKI = "Europe/Oslo", "Europe/Helsinki"
SPRING, AUTUMN = date(2025, 3, 30), date(2025, 10, 26)


@pytest.mark.parametrize(
    ("day", "hour", "minute", "zone", "moment"),
    [
        (date(2025, 3, 3), 7, 30, OSLO, datetime(2025, 3, 3, 6, 30, tzinfo=UTC)),
        (SPRING, 1, 59, OSLO, datetime(2025, 3, 30, 0, 59, tzinfo=UTC)),
        (SPRING, 2, 0, OSLO, datetime(2025, 3, 30, 1, 0, tzinfo=UTC)),
        (SPRING, 2, 30, OSLO, datetime(2025, 3, 30, 1, 0, tzinfo=UTC)),
        (SPRING, 3, 0, OSLO, datetime(2025, 3, 30, 1, 0, tzinfo=UTC)),
        (SPRING, 3, 30, HELSINKI, datetime(2025, 3, 30, 1, 0, tzinfo=UTC)),
        (AUTUMN, 1, 59, OSLO, datetime(2025, 10, 25, 23, 59, tzinfo=UTC)),
        (AUTUMN, 2, 30, OSLO, datetime(2025, 10, 26, 0, 30, tzinfo=UTC)),
        (AUTUMN, 3, 0, OSLO, datetime(2025, 10, 26, 2, 0, tzinfo=UTC)),
        (AUTUMN, 3, 30, HELSINKI, datetime(2025, 10, 26, 0, 30, tzinfo=UTC)),
    ],
)
def test_a_local_time_is_one_moment_on_every_night(
    day: date, hour: int, minute: int, zone: str, moment: datetime
) -> None:
    assert local_moment(day, hour, minute, zone) == moment


@pytest.mark.parametrize(("day", "hours"), [(SPRING, 23), (AUTUMN, 25), (date(2025, 3, 3), 24)])
def test_a_day_is_as_long_as_it_is_and_its_moments_never_go_back(day: date, hours: int) -> None:
    begins, ends = local_moment(day, 0, 0, OSLO), local_moment(day + timedelta(days=1), 0, 0, OSLO)

    moments = [local_moment(day, minute // 60, minute % 60, OSLO) for minute in range(24 * 60)]

    assert ends - begins == timedelta(hours=hours)
    assert moments == sorted(moments)


@pytest.mark.parametrize("night", [SPRING, AUTUMN])
async def test_today_is_the_units_own_on_both_nights(village: Village, night: date) -> None:
    school = village.unit("school")
    midnight = local_moment(night, 0, 0, school.zone)

    seen = [school.today(midnight + timedelta(minutes=30 * step)) for step in range(-4, 60)]

    assert seen[3] == night - timedelta(days=1)
    assert seen[4] == night
    assert seen == sorted(seen)
    length = (local_moment(night + timedelta(days=1), 0, 0, school.zone) - midnight).total_seconds() / 1800
    assert seen.count(night) == length


async def test_two_units_at_one_moment_may_have_two_days(village: Village) -> None:
    norway, finland = village.unit("school"), village.unit("preschool", "saarela")
    moment = datetime(2025, 3, 3, 22, 30, tzinfo=UTC)

    assert (norway.today(moment), finland.today(moment)) == (date(2025, 3, 3), date(2025, 3, 4))


def test_ids_sort_by_the_moments_they_were_made_for() -> None:
    maker = IdMaker()
    now = datetime(2025, 3, 3, 6, 12, tzinfo=UTC)

    ids = [maker.make(now + timedelta(milliseconds=step // 3)) for step in range(600)]

    assert ids == sorted(set(ids))


def test_an_id_is_spelled_as_the_standard_spells_its_bits() -> None:
    maker, moment = IdMaker(), datetime(2025, 3, 3, 6, 12, tzinfo=UTC)

    ids = [maker.make(moment + timedelta(days=step)) for step in range(2000)]

    bits = [base64.b32hexdecode(f"{id_.upper()}======") for id_ in ids]
    assert [base64.b32hexencode(each).decode().rstrip("=").lower() for each in bits] == ids
    assert [moment_of(id_) for id_ in ids] == [moment + timedelta(days=step) for step in range(2000)]


def test_ids_of_a_moment_sort_as_they_are_made_while_others_are_made_for_a_later_one() -> None:
    """As when two of PostgreSQL's writers are at work, one of which began a little later."""
    maker = IdMaker()
    now = datetime(2025, 3, 3, 6, 12, tzinfo=UTC)

    ids = [maker.make(now + timedelta(milliseconds=step % 2)) for step in range(40)]

    assert ids[::2] == sorted(ids[::2])
    assert ids[1::2] == sorted(ids[1::2])


def test_ids_are_never_made_twice_when_the_clock_is_set_back() -> None:
    maker = IdMaker()
    now = datetime(2025, 3, 3, 6, 12, tzinfo=UTC)

    ids = {maker.make(now + timedelta(hours=step % 2)) for step in range(400)}

    assert len(ids) == 400


def test_the_first_id_of_a_moment_stands_between_the_ids_of_before_and_after() -> None:
    maker, moment = IdMaker(), datetime(2025, 3, 3, 7, 12, tzinfo=UTC)
    millisecond = timedelta(milliseconds=1)

    assert maker.make(moment - millisecond) < first_id(moment) <= maker.make(moment) < first_id(moment + millisecond)


def test_a_stopped_clock_set_by_hand_leaves_durations_alone() -> None:
    clock = StoppedClock(datetime(2025, 3, 3, 7, 12, tzinfo=ZoneInfo(OSLO)))
    clock.move(timedelta(seconds=5))
    clock.jump(datetime(2024, 1, 1, tzinfo=UTC))

    assert clock.now() == datetime(2024, 1, 1, tzinfo=UTC)
    assert clock.monotonic() == 5.0


def test_the_machines_clock_is_aware_and_its_durations_never_go_back() -> None:
    clock = SystemClock()
    first, second = clock.monotonic(), clock.monotonic()

    assert clock.now().utcoffset() == timedelta()
    assert second >= first
