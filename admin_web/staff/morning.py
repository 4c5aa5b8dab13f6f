"""*Morning*, where a day begins: who is here, who is away and why, whom we have not heard of, and what waits for a person.

A mark is one tap, for a child or for the rest of a group, and can be undone. Without script each tap is a form that
leads back here; with it, the row, its group's count and the sentence on top are drawn anew.
"""

from typing import Any

import sqlalchemy as sa
from aiohttp import web

from admin_web.page import Pages, Visit
from admin_web.parameters import Asked, PublicId
from admin_web.staff.morning_board import (
    PILL,
    Board,
    GroupOnBoard,
    Morning,
    Row,
    Standing,
    Waiting,
    find_marking,
    gather_board,
    gather_morning,
    gather_waiting,
)
from hub.address import shown_phone
from hub.desk import Look, Work
from hub.people.families import Child, Placement
from hub.people.places import Unit
from hub.post.reading import get_reader
from hub.safety.access import NotThereError, Reach, get_reach, get_unit, list_groups, placed, visible_children
from hub.school.attendance import Presence, list_board, mark_here, unmark
from hub.talk.waiting import WaitingThread, settle_unknown
from hub.words import say_clock

pages = Pages()


class MorningAsked(Asked):
    marked: PublicId | None = None


class UnitAsked(MorningAsked):
    unit_id: PublicId


class BoardAsked(Asked):
    unit_id: PublicId


class GroupAsked(BoardAsked):
    group_id: PublicId


class ChildAsked(GroupAsked):
    child_id: PublicId


class MarkAsked(BoardAsked):
    mark_id: PublicId


class TextAsked(BoardAsked):
    arrival_id: PublicId


@pages.get("/morning")
async def show_morning(visit: Visit, asked: MorningAsked) -> web.StreamResponse:
    """The board of my first unit."""
    return await _show(visit, None, asked.marked)


@pages.get("/morning/{unit_id}")
async def show_unit(visit: Visit, asked: UnitAsked) -> web.StreamResponse:
    """The board of one unit."""
    return await _show(visit, asked.unit_id, asked.marked)


async def _show(visit: Visit, unit_id: str | None, marked: str | None) -> web.Response:
    morning = await visit.look(gather_morning, unit_id)
    await visit.note_reading(_ids_read(morning))
    count = await visit.look(count_marking, morning.board.unit.id, marked) if marked is not None else 0
    path = f"/morning/{morning.board.unit.id}"
    toast = {
        "text": visit.say("morning.marked", n=count),
        "undo": f"{path}/marks/{marked}/undo",
        "seconds": 60,
    }
    return visit.show(
        "staff/morning.j2",
        here=path,
        live=f"{path}/live",
        toasts=[toast] if count else [],
        unknown=morning.unknown,
        **_facts(visit, morning.board),
        **_waiting_facts(visit, morning.waiting),
    )


@pages.get("/morning/{unit_id}/board")
async def show_board(visit: Visit, asked: BoardAsked) -> web.StreamResponse:
    """The board alone, as it is now, for a page that is open; anyone else is led to the whole page."""
    if not visit.is_partial:
        return visit.go(f"/morning/{asked.unit_id}")
    board = await visit.look(gather_board, asked.unit_id)
    await visit.note_reading([board.unit.id, *(group.id for group in board.groups)])
    return visit.show("staff/morning_board.j2", **_facts(visit, board))


@pages.get("/morning/{unit_id}/waiting")
async def show_waiting(visit: Visit, asked: BoardAsked) -> web.StreamResponse:
    """The rows of what waits alone."""
    if not visit.is_partial:
        return visit.go(f"/morning/{asked.unit_id}")
    waiting = await visit.look(gather_waiting, asked.unit_id)
    await visit.note_reading([waiting.unit.id, *(waits.row.thread.id for waits in waiting.threads)])
    return visit.show("staff/morning_waiting.j2", **_waiting_facts(visit, waiting))


@pages.get("/morning/{unit_id}/live")
async def follow(visit: Visit, asked: BoardAsked) -> web.StreamResponse:
    """Tells an open page that something at the unit has changed."""
    unit_id = asked.unit_id

    def concerns(look: Look, ids: frozenset[str]) -> bool:
        return get_unit(look, get_reach(look), unit_id).id in ids

    await visit.look(concerns, frozenset())
    return await visit.live(concerns)


@pages.post("/morning/{unit_id}/groups/{group_id}/children/{child_id}/here")
async def mark_child(visit: Visit, asked: ChildAsked) -> web.StreamResponse:
    """This child is here."""
    await visit.work(mark_one, asked.unit_id, asked.group_id, asked.child_id)
    return await _answer_row(visit, asked)


@pages.post("/morning/{unit_id}/groups/{group_id}/children/{child_id}/undo")
async def undo_child(visit: Visit, asked: ChildAsked) -> web.StreamResponse:
    """It is not, after all."""
    await visit.work(unmark_one, asked.unit_id, asked.group_id, asked.child_id)
    return await _answer_row(visit, asked)


@pages.post("/morning/{unit_id}/groups/{group_id}/here")
async def mark_group(visit: Visit, asked: GroupAsked) -> web.StreamResponse:
    """Everybody of this group whom nothing was heard of is here."""
    first_mark = await visit.work(mark_rest, asked.unit_id, asked.group_id)
    if not visit.is_partial:
        path = f"/morning/{asked.unit_id}"
        return visit.go(path if first_mark is None else f"{path}?marked={first_mark}")
    board = await visit.look(gather_board, asked.unit_id)
    count = 0 if first_mark is None else await visit.look(count_marking, asked.unit_id, first_mark)
    return visit.show(
        "staff/morning_group.j2",
        group=board.get_group(asked.group_id),
        marked=visit.say("morning.marked", n=count) if count else "",
        undo=f"/morning/{asked.unit_id}/marks/{first_mark}/undo",
        **_facts(visit, board),
    )


@pages.post("/morning/{unit_id}/marks/{mark_id}/undo")
async def undo_marking(visit: Visit, asked: MarkAsked) -> web.StreamResponse:
    """Take back all that one tap marked."""
    await visit.work(unmark_marking, asked.unit_id, asked.mark_id)
    return visit.go(f"/morning/{asked.unit_id}")


@pages.post("/morning/{unit_id}/texts/{arrival_id}/done")
async def settle_text(visit: Visit, asked: TextAsked) -> web.StreamResponse:
    """Somebody has taken care of a text from an unknown number."""
    await visit.work(settle_one_unknown, asked.unit_id, asked.arrival_id)
    return visit.go(f"/morning/{asked.unit_id}")


async def _answer_row(visit: Visit, asked: ChildAsked) -> web.Response:
    if not visit.is_partial:
        return visit.go(f"/morning/{asked.unit_id}")
    board = await visit.look(gather_board, asked.unit_id)
    group = board.get_group(asked.group_id)
    row = next((row for row in group.rows if row.child_id == asked.child_id), None)
    if row is None:
        raise NotThereError
    return visit.show("staff/morning_row.j2", group=group, row=row, **_facts(visit, board))


def mark_one(work: Work, unit_id: str, group_id: str, child_id: str) -> None:
    """Raises: NotThereError."""
    reach, unit = _reach_unit(work, unit_id)
    mark_here(work, unit, [_get_child(work, reach, unit, group_id, child_id)], reach.staff_id)


def unmark_one(work: Work, unit_id: str, group_id: str, child_id: str) -> None:
    """Raises: NotThereError."""
    reach, unit = _reach_unit(work, unit_id)
    unmark(work, unit, [_get_child(work, reach, unit, group_id, child_id).id])


def mark_rest(work: Work, unit_id: str, group_id: str) -> str | None:
    """Mark those of a group whom nothing was heard of; answers one of the marks. Raises: NotThereError."""
    reach, unit = _reach_unit(work, unit_id)
    if group_id not in {group.id for group in list_groups(work, reach, unit.id)}:
        raise NotThereError
    rest = [
        on.child
        for on in list_board(work, reach, unit, unit.today(work.now))
        if on.group_id == group_id and on.presence is Presence.NOT_HEARD and not on.is_disputed
    ]
    fresh = mark_here(work, unit, rest, reach.staff_id)
    return fresh[0].id if fresh else None


def unmark_marking(work: Work, unit_id: str, mark_id: str) -> None:
    """Raises: NotThereError."""
    reach, unit = _reach_unit(work, unit_id)
    ids = [mark.child_id for mark in find_marking(work, reach, unit, mark_id)]
    unmark(work, unit, sorted(visible_children(work, reach, ids, unit.id, unit.today(work.now))))


def count_marking(look: Look, unit_id: str, mark_id: str | None) -> int:
    """How many marks one tap made that still stand; 0 when it was nobody's, or another's."""
    reach, unit = _reach_unit(look, unit_id)
    try:
        return 0 if mark_id is None else len(find_marking(look, reach, unit, mark_id))
    except NotThereError:
        return 0


def settle_one_unknown(work: Work, unit_id: str, arrival_id: str) -> None:
    """Raises: NotThereError."""
    reader = get_reader(work)
    settle_unknown(work, reader, get_unit(work, reader.reach, unit_id), arrival_id)


def _reach_unit(look: Look, unit_id: str) -> tuple[Reach, Unit]:
    reach = get_reach(look)
    return reach, get_unit(look, reach, unit_id)


def _get_child(look: Look, reach: Reach, unit: Unit, group_id: str, child_id: str) -> Child:
    """A child of a group that the reach covers today. Raises: NotThereError."""
    today = unit.today(look.now)
    place = sa.select(Placement.id).where(
        Placement.child_id == child_id, Placement.group_id == group_id, Placement.unit_id == unit.id, placed(today)
    )
    if not reach.covers(unit.id, group_id) or look.session.scalars(place).first() is None:
        raise NotThereError
    if child_id not in visible_children(look, reach, [child_id], unit.id, today):
        raise NotThereError
    return look.session.get_one(Child, child_id)


def _ids_read(morning: Morning) -> list[str]:
    return [
        morning.board.unit.id,
        *morning.board.child_ids,
        *(waits.row.thread.id for waits in morning.waiting.threads),
        *(text.arrival.id for text in morning.unknown),
    ]


def _facts(visit: Visit, morning: Board) -> dict[str, Any]:
    """What the templates of the board are given."""
    return {
        "morning": morning,
        "path": f"/morning/{morning.unit.id}",
        "answer": visit.say(
            "morning.answer",
            children=morning.worrying,
            families=morning.families,
            is_closed=morning.is_closed,
        ),
        "lead": visit.say(
            "morning.lead",
            today=morning.today,
            week=morning.today.isocalendar().week,
            here=morning.count(Standing.HERE),
            away=morning.count(Standing.AWAY),
            late=morning.count(Standing.LATE, Standing.OVERDUE),
        ),
        "clock": lambda at: "" if at is None else say_clock(at, visit.language),
        "pill_of": lambda row: PILL[row.standing],
        "counts": lambda group: _counts(visit, group),
        "said": lambda row: _said(visit, morning, row),
        "word": lambda row: _word(visit, row),
    }


def _waiting_facts(visit: Visit, waiting: Waiting) -> dict[str, Any]:
    """What the templates of that which waits are given."""
    return {
        "waiting": waiting.threads,
        "when": lambda at: visit.say("morning.when", at=waiting.unit.local(at), today=waiting.today),
        "shown_phone": shown_phone,
        "waits_said": lambda waits: _waits_said(visit, waits),
    }


def _waits_said(visit: Visit, waits: WaitingThread) -> str:
    if waits.row.waits_why == "not_delivered":
        return visit.say("morning.not_delivered")
    return visit.say("morning.hidden") if waits.said is None or waits.said.sensitive else waits.said.text


def _counts(visit: Visit, group: GroupOnBoard) -> str:
    return visit.say(
        "morning.counts",
        here=group.count(Standing.HERE),
        away=group.count(Standing.AWAY),
        late=group.count(Standing.LATE, Standing.OVERDUE),
        unheard=group.count(Standing.DISPUTED, Standing.MISSING, Standing.UNHEARD),
    )


def _word(visit: Visit, row: Row) -> str:
    """The pill's word, where it is not the usual one of its state."""
    if row.standing is Standing.DISPUTED:
        return visit.say("morning.disputed")
    return visit.say("morning.comes_late") if row.standing is Standing.LATE and row.comes_at is None else ""


def _said(visit: Visit, morning: Board, row: Row) -> str:
    """What is known beside the state, as a sentence; "" when nothing is."""
    if row.standing is Standing.MISSING:
        return visit.say("morning.was_due", at=morning.unit.opens)
    if row.standing is Standing.OVERDUE:
        return visit.say("morning.was_due", at=row.comes_at)
    if row.told_at is None or row.standing is Standing.LATE:
        return ""
    if row.standing is Standing.HERE:
        return visit.say("morning.was_away")
    told = {"who": row.told_by, "at": row.told_at, "today": morning.today}
    if row.standing is Standing.DISPUTED:
        return visit.say("morning.why_disputed", **told)
    return visit.say("morning.why_away", reason=row.reason, **told)
