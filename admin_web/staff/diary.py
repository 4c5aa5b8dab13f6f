"""*Diary of the day*: when each child is booked, came and left, who fetches it, and whether there are adults enough, now and in
the quarter hours to come; the same on every screen where it is open, and on the wall.
"""

from functools import partial
from typing import Annotated, Literal

from aiohttp import web
from pydantic import Field

from admin_web.page import Pages
from admin_web.parameters import Asked, PublicId
from admin_web.staff.diary_acts import leave_one, undo_one, write_adults
from admin_web.staff.diary_board import Diary, concerns_diary, gather_diary
from admin_web.staff.diary_words import diary_facts
from admin_web.staff.morning_marks import mark_one
from admin_web.staff.visiting import Visit
from hub.desk import Look, Refusal
from hub.safety.access import get_reach, list_units
from hub.school.day_board import Presence

pages = Pages()

CHILD = "/diary/{unit_id}/groups/{group_id}/children/{child_id}"


class DiaryAsked(Asked):
    unit_id: PublicId
    group: PublicId | None = None


class UnitAsked(Asked):
    unit_id: PublicId


class MarkAsked(DiaryAsked):
    group_id: PublicId
    child_id: PublicId


class UndoAsked(MarkAsked):
    """`shown` is how the page said that the child stands."""

    shown: Presence


class AdultsAsked(DiaryAsked):
    group_id: PublicId
    adults: Annotated[str, Field(max_length=500)] = ""
    holds: Literal["today", "weekly"] = "today"


def first_unit(look: Look) -> str:
    """Raises: NotThereError."""
    return list_units(look, get_reach(look))[0].id


@pages.get("/diary")
async def show_mine(visit: Visit) -> web.StreamResponse:
    """The day of my first unit."""
    return visit.go(f"/diary/{await visit.look(first_unit)}")


@pages.get("/diary/{unit_id}")
async def show_diary(visit: Visit, asked: DiaryAsked) -> web.StreamResponse:
    """The day of a unit, or of one of its groups."""
    return await _show(visit, asked.unit_id, asked.group)


async def _show(
    visit: Visit, unit_id: str, group: str | None, wrong: Refusal | None = None, typed: AdultsAsked | None = None
) -> web.Response:
    diary = await visit.look(gather_diary, unit_id, group)
    calls = [id_ for one in diary.board.still for id_ in one.called_ids]
    await visit.note_reading([diary.unit.id, *diary.child_ids, *calls, *diary.out.missing_ids])
    return visit.show(
        "staff/diary.j2",
        status=422 if wrong else 200,
        live=f"/diary/{unit_id}/live",
        wrong="" if wrong is None else visit.explain(wrong),
        typed=typed,
        **diary_facts(visit, diary),
    )


@pages.get("/diary/{unit_id}/part")
async def show_part(visit: Visit, asked: DiaryAsked) -> web.StreamResponse:
    """What changes on an open page; anyone else is led to the whole page."""
    if not visit.is_partial:
        return _back(visit, asked)
    return await _show_part(visit, asked)


async def _show_part(visit: Visit, asked: DiaryAsked) -> web.Response:
    diary: Diary = await visit.look(gather_diary, asked.unit_id, asked.group)
    await visit.note_reading([diary.unit.id, *(group.on_board.id for group in diary.groups)])
    return visit.show("staff/diary_part.j2", **diary_facts(visit, diary))


@pages.live("/diary/{unit_id}/live")
async def follow(visit: Visit, asked: UnitAsked) -> web.StreamResponse:
    """Tells an open page that something at the unit has changed."""
    return await visit.live(partial(concerns_diary, unit_id=asked.unit_id))


@pages.post(f"{CHILD}/here")
async def mark_child(visit: Visit, asked: MarkAsked) -> web.StreamResponse:
    """The child is here."""
    await visit.work(mark_one, asked.unit_id, asked.group_id, asked.child_id)
    return await _go_on(visit, asked)


@pages.post(f"{CHILD}/left")
async def mark_gone(visit: Visit, asked: MarkAsked) -> web.StreamResponse:
    """The child has left."""
    await visit.work(leave_one, asked.unit_id, asked.group_id, asked.child_id)
    return await _go_on(visit, asked)


@pages.post(f"{CHILD}/undo")
async def undo_mark(visit: Visit, asked: UndoAsked) -> web.StreamResponse:
    """It was as before, after all."""
    await visit.work(undo_one, asked.unit_id, asked.group_id, asked.child_id, asked.shown)
    return await _go_on(visit, asked)


@pages.post("/diary/{unit_id}/groups/{group_id}/adults")
async def set_adults(visit: Visit, asked: AdultsAsked) -> web.StreamResponse:
    """The leader tells how many adults a group has, for today or for each such weekday."""
    is_weekly = asked.holds == "weekly"
    done = await visit.try_work(write_adults, asked.unit_id, asked.group_id, asked.adults, is_weekly=is_weekly)
    if isinstance(done, Refusal):
        return await _show(visit, asked.unit_id, asked.group, done, asked)
    return _back(visit, asked, f"#g-{asked.group_id}")


async def _go_on(visit: Visit, asked: MarkAsked) -> web.Response:
    if visit.is_partial:
        return await _show_part(visit, asked)
    return _back(visit, asked, f"#c-{asked.group_id}-{asked.child_id}")


def _back(visit: Visit, asked: DiaryAsked, where: str = "") -> web.Response:
    group = f"?group={asked.group}" if asked.group is not None else ""
    return visit.go(f"/diary/{asked.unit_id}{group}{where}")
