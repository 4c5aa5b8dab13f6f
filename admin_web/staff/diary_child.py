"""One child's day in *Diary*: its times, what was put right of them and why; and the days that nobody ended."""

from datetime import date
from typing import Annotated

from aiohttp import web
from pydantic import AwareDatetime, Field

from admin_web.page import Pages
from admin_web.parameters import Asked, Day, PublicId, WallClock
from admin_web.staff.diary_acts import (
    Shown,
    come_at,
    gather_child_day,
    gather_unseen,
    keep_away,
    put_right,
    settle_unseen,
)
from admin_web.staff.diary_words import child_day_facts
from admin_web.staff.visiting import Visit
from hub.desk import Refusal
from hub.school.attendance_corrections import REASON_LENGTH, Times, TimesChangedError

pages = Pages()

CHILD = "/diary/{unit_id}/children/{child_id}"


class UnitAsked(Asked):
    unit_id: PublicId


class ChildAsked(UnitAsked):
    child_id: PublicId


class ChildDayAsked(ChildAsked):
    day: Day | None = None


class ComeAsked(ChildAsked):
    came: WallClock


class TimesAsked(ChildAsked):
    """`came_before` and `left_before` are the times that the page had, the second empty while the child was here."""

    mark: PublicId
    came_before: AwareDatetime
    left_before: AwareDatetime | None = None
    came: WallClock
    left: WallClock | None = None
    left_on: Day | None = None
    reason: Annotated[str, Field(max_length=REASON_LENGTH)] = ""
    day: Day | None = None


@pages.get(CHILD)
async def show_child(visit: Visit, asked: ChildDayAsked) -> web.StreamResponse:
    """One child's day, today unless told otherwise."""
    return await _show(visit, asked, asked.day)


async def _show(visit: Visit, asked: ChildAsked, day: date | None, wrong: Refusal | None = None) -> web.Response:
    """What was typed stays in the form, but for times that were meant for others than those that stand now."""
    found = await visit.look(gather_child_day, asked.unit_id, asked.child_id, day)
    keeps = wrong is not None and not isinstance(wrong, TimesChangedError)
    await visit.note_reading([asked.unit_id, asked.child_id, *(row.id for row in found.marks)])
    return visit.show(
        "staff/diary_child.j2",
        status=422 if wrong else 200,
        wrong="" if wrong is None else visit.explain(wrong),
        typed=asked.model_dump() if keeps else {},
        **child_day_facts(visit, found),
    )


@pages.post(f"{CHILD}/came")
async def mark_came(visit: Visit, asked: ComeAsked) -> web.StreamResponse:
    """The child came at this time."""
    return await _go_on(visit, asked, await visit.try_work(come_at, asked.unit_id, asked.child_id, asked.came))


@pages.post(f"{CHILD}/away")
async def mark_away(visit: Visit, asked: ChildAsked) -> web.StreamResponse:
    """The child does not come today."""
    return await _go_on(visit, asked, await visit.try_work(keep_away, asked.unit_id, asked.child_id))


@pages.post(f"{CHILD}/times")
async def correct_times(visit: Visit, asked: TimesAsked) -> web.StreamResponse:
    """The times of a mark were others."""
    shown = Shown(asked.came, asked.left, asked.left_on)
    before = Times(asked.came_before, asked.left_before)
    done = await visit.try_work(put_right, asked.unit_id, asked.child_id, asked.mark, before, shown, asked.reason)
    return await _go_on(visit, asked, done, asked.day)


async def _go_on(visit: Visit, asked: ChildAsked, done: object, day: date | None = None) -> web.Response:
    if isinstance(done, Refusal):
        return await _show(visit, asked, day, done)
    shown = f"?day={day}" if day is not None else ""
    return visit.go(f"/diary/{asked.unit_id}/children/{asked.child_id}{shown}")


@pages.get("/diary/{unit_id}/unseen")
async def show_unseen(visit: Visit, asked: UnitAsked) -> web.StreamResponse:
    """Whom nobody saw leave."""
    unit, today, rows = await visit.look(gather_unseen, asked.unit_id)
    await visit.note_reading([unit.id, *(row.id for row, _ in rows)])
    path = f"/diary/{unit.id}"
    return visit.show(
        "staff/diary_unseen.j2",
        unit=unit,
        rows=rows,
        path=path,
        here=f"{path}/unseen",
        local=unit.local,
        today=today,
    )


@pages.post("/diary/{unit_id}/unseen")
async def settle_them(visit: Visit, asked: UnitAsked) -> web.StreamResponse:
    """All of them left as booked."""
    await visit.work(settle_unseen, asked.unit_id, visit.say("diary.as_booked_reason"))
    return visit.go(f"/diary/{asked.unit_id}/unseen")
