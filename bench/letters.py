"""Decisions' letters made as PDFs and kept, against typst alone with the same words.

Ours asks the store what is due and who may know, makes each letter, and keeps it with its digest; the limit only makes it.
"""

import asyncio
import json
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
import typst

from hub.asker import Asker, Trust, operator_asker
from hub.clock import StoppedClock
from hub.desk import Desk, Look, Work
from hub.doorbell import LocalDoorbell
from hub.letters.letter import Letter
from hub.letters.rendering import TEMPLATE, lay_out, render
from hub.letters.showing import FONTS
from hub.people.families import Child, Guardianship
from hub.people.places import Unit
from hub.people.staff import Staff
from hub.school.leave import LeaveReason, lock
from hub.school.leave_decisions import Outcome
from hub.school.leave_papers import Asked, list_papers_due, make_papers
from hub.school.leave_verdicts import Verdict, decide
from hub.school.leave_wishes import Wish, apply

from .installation import install, settle
from .neighbourhood import LEADER
from .row import Row

BENCH = operator_asker("bench")
MUST, AIM = 0.7, 0.9
REASON = "Det er prøver i uke 13, og eleven har vært mye borte i vinter. Vi ber dere reise i ferien. " * 4


def measure(count: int = 300) -> list[Row]:
    with tempfile.TemporaryDirectory() as name:
        installation = install(Path(name) / "hub")
        settle(installation, count)
        ours, limit = asyncio.run(_race(installation.settings.hub.url))
    return [Row(f"letters: {count:,} made as PDF and kept, against typst alone", ours, limit, "/s", MUST, AIM)]


async def _race(url: str) -> tuple[float, float]:
    """Letters a second, ours and those of typst alone. In turns, a handful at a time, so that both meet the same machine."""
    desk = Desk(url, StoppedClock(datetime.now(UTC)), LocalDoorbell(), language="nb")
    try:
        await desk.work(BENCH, _refuse_everybody)
        ours = limit = 0.0
        made = 0
        while due := await desk.look(BENCH, _list_due):
            if not made:
                render(due[0])
            alone = [json.dumps(lay_out(letter)) for letter in due]
            began = time.perf_counter()
            await asyncio.to_thread(_make_alone, alone)
            limit += time.perf_counter() - began
            began = time.perf_counter()
            made += await make_papers(desk)
            ours += time.perf_counter() - began
        return made / ours, made / limit
    finally:
        await desk.close()


def _make_alone(letters: Sequence[str]) -> None:
    template = TEMPLATE.read_bytes()
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONTS)])
    for each in letters:
        typst.compile(
            template,
            format="pdf",
            font_paths=fonts,
            ignore_system_fonts=True,
            pdf_standards=["a-2a", "ua-1"],
            sys_inputs={"data": each},
        )


def _list_due(look: Look) -> list[Letter]:
    due: list[Asked] = list_papers_due(look)
    return [asked.letter for asked in due if asked.letter is not None]


def _refuse_everybody(work: Work) -> None:
    staff = work.session.scalars(sa.select(Staff).where(Staff.source_id == LEADER)).one()
    unit = work.session.scalars(sa.select(Unit).where(Unit.owner_id == staff.owner_id)).one()
    today = unit.today(work.now)
    day = today + timedelta(days=28 - today.weekday())
    ties = work.session.execute(
        sa.select(Child, Guardianship.guardian_id).join(Guardianship, Guardianship.child_id == Child.id)
    ).all()
    for child, guardian_id in ties:
        work.asker = Asker("guardian", guardian_id, Trust.STRONG, "bench", staff.owner_id)
        applied = apply(work, child, Wish([day], LeaveReason.TRAVEL, [guardian_id]))
        assert applied.application is not None
        work.session.flush()
        work.asker = Asker("staff", staff.id, Trust.STRONG, "bench", staff.owner_id)
        decide(work, lock(work, applied.application.id), unit, Verdict(Outcome.REFUSED, REASON))
        work.session.flush()
