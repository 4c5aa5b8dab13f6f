"""*Morning*, where a day begins: who is here, who is away and why, whom we have not heard of, and what waits for a person.

A mark is one tap, for a child or for the rest of a group, and can be undone. Without script each tap is a form that
leads back here; with it, the row, its group's count and the sentence on top are drawn anew.
"""

from functools import partial
from typing import Any

from aiohttp import web

from admin_web.page import Pages
from admin_web.parameters import Asked, PublicId
from admin_web.staff.exports import gather_notice
from admin_web.staff.morning_board import Morning, gather_board, gather_morning, gather_waiting
from admin_web.staff.morning_marks import count_marking, mark_one, mark_rest, unmark_marking, unmark_one
from admin_web.staff.morning_missing import find_closed
from admin_web.staff.morning_words import board_facts, waiting_facts
from admin_web.staff.visiting import Visit
from hub.desk import Look, Work
from hub.post.news import list_news
from hub.post.reading import get_reader
from hub.safety.access import NotThereError, get_unit
from hub.safety.guests import visible_at_unit
from hub.talk.waiting import hears_of_unknown, settle_unknown

pages = Pages()


class MorningAsked(Asked):
    marked: PublicId | None = None
    closed: PublicId | None = None


class UnitAsked(MorningAsked):
    unit_id: PublicId


class BoardAsked(Asked):
    unit_id: PublicId


class GroupAsked(BoardAsked):
    group_id: PublicId


class RestAsked(GroupAsked):
    """`children` are whom the page named."""

    children: tuple[PublicId, ...] = ()


class ChildAsked(GroupAsked):
    child_id: PublicId


class MarkAsked(BoardAsked):
    mark_id: PublicId


class TextAsked(BoardAsked):
    arrival_id: PublicId


@pages.get("/morning")
async def show_morning(visit: Visit, asked: MorningAsked) -> web.StreamResponse:
    """The board of my first unit."""
    return await _show(visit, None, asked)


@pages.get("/morning/{unit_id}")
async def show_unit(visit: Visit, asked: UnitAsked) -> web.StreamResponse:
    """The board of one unit."""
    return await _show(visit, asked.unit_id, asked)


async def _show(visit: Visit, unit_id: str | None, asked: MorningAsked) -> web.Response:
    morning = await visit.look(gather_morning, unit_id)
    await visit.note_reading(_ids_read(morning))
    path = f"/morning/{morning.board.unit.id}"
    return visit.show(
        "staff/morning.j2",
        here=path,
        live=f"{path}/live",
        toasts=await _list_toasts(visit, morning.board.unit.id, path, asked),
        exports=await visit.look(gather_notice),
        unknown=morning.unknown,
        need_help=morning.need_help,
        talks=morning.talks,
        **board_facts(visit, morning.board),
        **waiting_facts(visit, morning.waiting),
    )


async def _list_toasts(visit: Visit, unit_id: str, path: str, asked: MorningAsked) -> list[dict[str, Any]]:
    """What was just done by one tap, and may be undone."""
    count = await visit.look(count_marking, unit_id, asked.marked) if asked.marked is not None else 0
    closed = await visit.look(find_closed, unit_id, asked.closed) if asked.closed is not None else None
    told = []
    if count:
        told.append((visit.say("morning.marked", n=count), f"{path}/marks/{asked.marked}/undo"))
    if closed is not None:
        name, how = closed
        told.append((visit.say("missing.closed", name=name, how=how), f"{path}/missing/{asked.closed}/undo"))
    return [{"text": text, "undo": undo, "seconds": 60} for text, undo in told]


@pages.get("/morning/{unit_id}/board")
async def show_board(visit: Visit, asked: BoardAsked) -> web.StreamResponse:
    """The board alone, as it is now, for a page that is open; anyone else is led to the whole page."""
    if not visit.is_partial:
        return visit.go(f"/morning/{asked.unit_id}")
    board = await visit.look(gather_board, asked.unit_id)
    await visit.note_reading([board.unit.id, *(group.id for group in board.groups)])
    return visit.show("staff/morning_board.j2", **board_facts(visit, board))


@pages.get("/morning/{unit_id}/waiting")
async def show_waiting(visit: Visit, asked: BoardAsked) -> web.StreamResponse:
    """The rows of what waits alone."""
    if not visit.is_partial:
        return visit.go(f"/morning/{asked.unit_id}")
    waiting = await visit.look(gather_waiting, asked.unit_id)
    await visit.note_reading([waiting.unit.id, *(waits.row.thread.id for waits in waiting.threads)])
    return visit.show("staff/morning_waiting.j2", **waiting_facts(visit, waiting))


@pages.live("/morning/{unit_id}/live")
async def follow(visit: Visit, asked: BoardAsked) -> web.StreamResponse:
    """Tells an open page that something at the unit has changed."""
    return await visit.live(partial(concerns_board, unit_id=asked.unit_id))


def concerns_board(look: Look, ids: frozenset[str], unit_id: str) -> bool:
    """Whether any of these ids is about what the viewer sees of the unit's morning. Raises: NotThereError."""
    reader = get_reader(look)
    unit = get_unit(look, reader.reach, unit_id)
    return (
        unit_id in ids
        or bool(ids and visible_at_unit(look, reader.reach, ids, unit_id, unit.today(look.now)))
        or any(news.unit_id == unit_id for news in list_news(look, reader, ids))
        or hears_of_unknown(look, reader, unit, ids)
    )


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
async def mark_group(visit: Visit, asked: RestAsked) -> web.StreamResponse:
    """Everybody of this group whom nothing was heard of is here."""
    first_mark = await visit.work(mark_rest, asked.unit_id, asked.group_id, asked.children)
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
        **board_facts(visit, board),
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
    return visit.show("staff/morning_row.j2", group=group, row=row, **board_facts(visit, board))


def settle_one_unknown(work: Work, unit_id: str, arrival_id: str) -> None:
    """Raises: NotThereError."""
    reader = get_reader(work)
    settle_unknown(work, reader, get_unit(work, reader.reach, unit_id), arrival_id)


def _ids_read(morning: Morning) -> list[str]:
    return [
        morning.board.unit.id,
        *morning.board.child_ids,
        *(known.id for one in morning.board.missing for known in one.guardians),
        *(id_ for one in morning.board.still for id_ in one.called_ids),
        *(known.id for one in morning.board.denied for known in one.guardians),
        *(waits.row.thread.id for waits in morning.waiting.threads),
        *(one.guardian.id for one in morning.need_help),
        *(text.arrival.id for text in morning.unknown),
    ]
