"""*Consents* of a school of a thousand children who have all answered everything, against the emptiest page of the site.

Both are asked over HTTP of the same site by the same leader, in turn, so that what every page costs stands in both.
"""

import asyncio
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import sqlalchemy as sa
from yarl import URL

from admin_web import cookies
from hub.asker import Trust, operator_asker
from hub.clock import StoppedClock
from hub.desk import Work
from hub.people.families import Child, Guardianship
from hub.people.places import Unit
from hub.people.staff import Staff
from hub.school.consent_kinds import list_kinds
from hub.school.consents import Choice, How, Told, say_words
from hub.sign_in.sessions import open_session
from tests.admin_web.staff_site import run_site

from .installation import install, settle
from .neighbourhood import LEADER
from .row import Row

BENCH = operator_asker("bench")
WARM_UP = 3
MUST_MS, AIM_MS = 300, 150
"""What the page itself may take above an empty one, in milliseconds."""


def measure(children: int = 1000, times: int = 20) -> list[Row]:
    with tempfile.TemporaryDirectory() as name:
        installation = install(Path(name) / "hub")
        settle(installation, children)
        page, empty = asyncio.run(_ask(installation.settings.hub.url, times))
    named = f"consents: the page of {children:,} children"
    return [
        Row(f"{named}, against an empty page", page, empty, "ms", more_is_better=False),
        Row(f"{named}, above an empty page", page - empty, None, "ms", MUST_MS, AIM_MS, more_is_better=False),
    ]


async def _ask(url: str, times: int) -> tuple[float, float]:
    """The median times of both pages, in milliseconds."""
    async with run_site(url, StoppedClock(datetime.now(UTC))) as site:
        await site.desk.work(BENCH, _answer_everything)
        staff, unit = await site.desk.work(BENCH, _find_leader)
        token = await site.desk.work(BENCH, open_session, staff, None, fresh=True)
        browser = site.browser()
        browser.session.cookie_jar.update_cookies({cookies.SESSION: token}, URL(site.url))
        took: dict[str, list[float]] = {f"/consents/{unit.id}": [], "/find": []}
        for _ in range(WARM_UP + times):
            for path, list_ in took.items():
                began = time.perf_counter()
                seen = await browser.get(path)
                list_.append(1000 * (time.perf_counter() - began))
                assert seen.status == 200
        page, empty = (median(each[WARM_UP:]) for each in took.values())
    return page, empty


def _answer_everything(work: Work) -> None:
    ties = work.session.execute(
        sa.select(Child, Guardianship.guardian_id)
        .join(Guardianship, Guardianship.child_id == Child.id)
        .join(Staff, Staff.owner_id == Child.owner_id)
        .where(Staff.source_id == LEADER)
    ).all()
    kinds = list_kinds(work, ties[0][0].owner_id)
    for at, (child, guardian_id) in enumerate(ties):
        choices = [Choice(kind, granted=kind.is_general or (at + n) % 7 != 0) for n, kind in enumerate(kinds)]
        say_words(work, child, guardian_id, choices, Told(How.PAPER, guardian_id, Trust.STRONG))


def _find_leader(work: Work) -> tuple[Staff, Unit]:
    staff = work.session.scalars(sa.select(Staff).where(Staff.source_id == LEADER)).one()
    return staff, work.session.scalars(sa.select(Unit).where(Unit.owner_id == staff.owner_id)).one()
