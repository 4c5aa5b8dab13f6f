"""The *Diary of the day* of a unit of many children who are here, and its *Hours* of a month, against a page that is almost
empty.

All are asked over HTTP, one after the other, by the unit's leader; the median of many counts.
"""

import asyncio
import tempfile
from datetime import date, datetime, time, timedelta

import sqlalchemy as sa

from hub.clock import StoppedClock
from hub.desk import Work
from hub.people.families import Placement
from hub.people.places import Unit
from hub.school.attendance import Attendance
from hub.upgrade import bring_up_to_date
from tests.admin_web.school_day import SchoolDay, run_school_day

from .installation import BENCH
from .row import Row
from .week import BOOKED, EMPTY, ask_page, fill_unit

NOW = datetime.fromisoformat("2025-03-21T11:00:00+00:00")
"""The Friday of the week that is booked."""
CAME, LEFT = time(8, 5), time(15, 50)


def measure(children: int = 200, times: int = 40) -> list[Row]:
    """So many children; each page is asked so many times."""
    diary, hours, empty = asyncio.run(_measure(children, times))
    return [
        Row(f"Diary of the day for {children} children, against an empty page", diary, empty, "ms", 6, 3,
            more_is_better=False),
        Row(f"Hours of a month for {children} children, against an empty page", hours, empty, "ms", 20, 8,
            more_is_better=False),
    ]  # fmt: skip


async def _measure(children: int, times: int) -> tuple[float, float, float]:
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/store.sqlite"
        bring_up_to_date(url)
        async with run_school_day(url, StoppedClock(NOW)) as day:
            await day.site.desk.work(BENCH, fill_unit, day, children)
            await day.site.desk.work(BENCH, mark_all, day)
            leader, unit = await day.as_("Astrid Vik"), day.village.unit("preschool").id
            return (
                await ask_page(leader, f"/diary/{unit}", times),
                await ask_page(leader, f"/hours/{unit}", times),
                await ask_page(leader, EMPTY, times),
            )


def mark_all(work: Work, day: SchoolDay) -> None:
    """Every child came on each day from the week that is booked until today, where it still is."""
    unit = day.village.unit("preschool")
    today = unit.today(work.now)
    for child_id in work.session.scalars(sa.select(Placement.child_id).where(Placement.unit_id == unit.id)).all():
        work.session.add_all(
            _seen(work, unit, child_id, BOOKED + timedelta(days=n), is_over=BOOKED + timedelta(days=n) < today)
            for n in range((today - BOOKED).days + 1)
        )


def _seen(work: Work, unit: Unit, child_id: str, day: date, *, is_over: bool) -> Attendance:
    left = unit.moment(day, LEFT) if is_over else None
    return Attendance(
        id=work.new_id(),
        owner_id=unit.owner_id,
        child_id=child_id,
        unit_id=unit.id,
        day=day,
        came_at=unit.moment(day, CAME),
        marked_at=unit.moment(day, CAME),
        marked_by="bench",
        left_at=left,
        left_marked_at=left,
        left_marked_by=None if left is None else "bench",
    )
