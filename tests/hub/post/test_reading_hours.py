"""When somebody reads: by the clock on the unit's wall, also when clocks are moved, and not on days when it is closed."""

from datetime import UTC, date, datetime, time

import pytest

from hub.calendars import close
from hub.desk import Work
from hub.people.places import Unit
from hub.post.reading_hours import last_reading, next_reading
from tests.hub.post.outboxes import TEST
from tests.village import Village

pytestmark = pytest.mark.one_store
NOW = "now"


def at(moment: str) -> datetime:
    return datetime.fromisoformat(moment).replace(tzinfo=UTC)


CLOCKS = [
    ("Europe/Oslo", "2025-03-03T14:00", NOW),
    ("Europe/Oslo", "2025-03-03T19:00", "2025-03-04T06:30"),
    ("Europe/Oslo", "2025-03-04T04:59", "2025-03-04T06:30"),
    ("Europe/Oslo", "2025-03-04T05:00", NOW),  # an hour and a half before it opens
    ("Europe/Oslo", "2025-03-04T16:29", NOW),  # an hour after it closes
    ("Europe/Oslo", "2025-03-04T16:30", "2025-03-05T06:30"),
    ("Europe/Oslo", "2025-03-28T18:00", "2025-03-31T05:30"),  # over the night that lacks an hour
    ("Europe/Oslo", "2025-10-24T18:00", "2025-10-27T06:30"),  # over the night that has one more
    ("Europe/Stockholm", "2025-03-28T18:00", "2025-03-31T05:30"),
    ("Europe/Helsinki", "2025-03-28T18:00", "2025-03-31T04:30"),
    ("Europe/Helsinki", "2025-10-24T18:00", "2025-10-27T05:30"),
    ("Europe/Copenhagen", "2025-06-10T20:00", "2025-06-11T05:30"),
    ("Atlantic/Reykjavik", "2025-03-28T20:00", "2025-03-31T07:30"),  # clocks stand still there
    ("Atlantic/Reykjavik", "2025-10-24T20:00", "2025-10-27T07:30"),
]


@pytest.mark.capability("N-09")
@pytest.mark.parametrize(("zone", "now", "reads"), CLOCKS)
async def test_somebody_reads_by_the_clock_on_the_units_wall(village: Village, zone: str, now: str, reads: str) -> None:
    def ask(work: Work) -> datetime | None:
        unit = work.session.get_one(Unit, village.unit("school").id)
        unit.zone, unit.opens, unit.closes = zone, time(7, 30), time(16, 30)
        return next_reading(work, unit, at(now))

    found = await village.desk.work(TEST, ask)

    assert found == (at(now) if reads == NOW else at(reads))


@pytest.mark.parametrize(
    ("now", "reads", "since"),
    [
        ("2025-04-16T18:00", "2025-04-22T05:30", "2025-04-16T15:30"),  # the Wednesday before Easter
        ("2025-04-30T18:00", "2025-05-02T05:30", "2025-04-30T15:30"),  # the first of May
        ("2025-12-24T23:00", "2025-12-29T06:30", "2025-12-24T16:30"),
        ("2025-06-22T12:00", "2025-08-18T05:30", "2025-06-20T15:30"),  # a summer of the owner's own
    ],
)
async def test_nobody_is_said_to_read_on_a_day_when_it_is_closed(
    village: Village, now: str, reads: str, since: str
) -> None:
    def ask(work: Work) -> tuple[datetime | None, datetime]:
        unit = work.session.get_one(Unit, village.unit("school").id)
        unit.zone, unit.opens, unit.closes = "Europe/Oslo", time(7, 30), time(16, 30)
        close(work, unit, date(2025, 6, 21), date(2025, 8, 17), "Sommerferie", "test")
        work.session.flush()
        return next_reading(work, unit, at(now)), last_reading(work, unit, at(now))

    assert await village.desk.work(TEST, ask) == (at(reads), at(since))


async def test_where_no_open_day_is_known_none_is_told(village: Village) -> None:
    def ask(work: Work) -> datetime | None:
        unit = work.session.get_one(Unit, village.unit("school").id)
        close(work, unit, date(2025, 3, 1), date(2026, 3, 1), "Ombygging", "test")
        work.session.flush()
        return next_reading(work, unit, at("2025-03-03T12:00"))

    assert await village.desk.work(TEST, ask) is None
