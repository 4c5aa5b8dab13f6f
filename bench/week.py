"""The page *Week* of a unit of many children, all of them booked, against a page with next to nothing on it.

Both are asked over HTTP, one after the other, by the unit's leader; the median of many counts.
"""

import asyncio
import tempfile
import time
from datetime import date, timedelta
from statistics import median

from hub.asker import Trust
from hub.clock import StoppedClock
from hub.desk import Work
from hub.people.families import Child, Placement
from hub.school.care_bookings import CareBooking
from hub.upgrade import bring_up_to_date
from tests.admin_web.school_day import SchoolDay, run_school_day
from tests.admin_web.staff_site import Browsing
from tests.conftest import MONDAY_MORNING

from .installation import BENCH
from .row import Row

BOOKED = date(2025, 3, 17)
EMPTY = "/you/password"
HOURS = ("08:00-16:00", "07:30-15:45", "08:15-12:00 13:00-16:30")
WARM_UP = 3


def measure(children: int = 200, times: int = 60) -> list[Row]:
    """So many children; each page is asked so many times."""
    week, empty = asyncio.run(_measure(children, times))
    note = "an empty page takes 2 ms on a quiet two-core machine: 75 times that are 150 ms"
    return [
        Row(f"Week for {children} children, against an empty page", week, empty, "ms", 75, 50,
            more_is_better=False, note=note),
    ]  # fmt: skip


async def _measure(children: int, times: int) -> tuple[float, float]:
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/store.sqlite"
        bring_up_to_date(url)
        async with run_school_day(url, StoppedClock(MONDAY_MORNING)) as day:
            await day.site.desk.work(BENCH, fill_unit, day, children)
            leader = await day.as_("Astrid Vik")
            path = f"/week/{day.village.unit('preschool').id}?day={BOOKED}"
            return await ask_page(leader, path, times), await ask_page(leader, EMPTY, times)


async def ask_page(browser: Browsing, path: str, times: int) -> float:
    """Milliseconds."""
    took: list[float] = []
    for _ in range(WARM_UP + times):
        begun = time.perf_counter()
        seen = await browser.get(path)
        took.append((time.perf_counter() - begun) * 1e3)
        if seen.status != 200:
            raise RuntimeError(f"{path.partition('?')[0]} answered {seen.status}")
    return median(took[WARM_UP:])


def fill_unit(work: Work, day: SchoolDay, children: int) -> None:
    """Children of many ages in one group, each with five booked days."""
    unit, group = day.village.unit("preschool"), day.village.group("blabaer")
    told_by = day.village.guardian("Lene Berg").id
    for n in range(children):
        child = Child(
            id=work.new_id(),
            owner_id=unit.owner_id,
            source_id=f"bench-{n}",
            first_name=f"Barn{n}",
            last_name="Benk",
            birth_date=date(2020, 1, 1) + timedelta(days=n * 5),
        )
        work.session.add(child)
        work.session.flush()
        work.session.add(
            Placement(
                id=work.new_id(),
                owner_id=unit.owner_id,
                child_id=child.id,
                group_id=group.id,
                unit_id=unit.id,
                from_day=date(2024, 8, 1),
            )
        )
        work.session.add_all(
            CareBooking(
                id=work.new_id(),
                owner_id=unit.owner_id,
                child_id=child.id,
                unit_id=unit.id,
                day=BOOKED + timedelta(days=weekday),
                hours=HOURS[n % len(HOURS)],
                told_by=told_by,
                told_kind="guardian",
                trust=Trust.CONFIRMED,
                told_at=work.now,
            )
            for weekday in range(5)
        )
