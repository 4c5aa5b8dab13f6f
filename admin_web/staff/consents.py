"""*Consents*: what is given and what is missing, for a unit, a group and a kind; the lists that end on a wall or in a bag.

The page opens with what needs a person: guardians who disagree, and what was withdrawn lately. It stays true while open.
"""

from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from aiohttp import web

from admin_web.consent_pills import PILL, word_of
from admin_web.page import Pages
from admin_web.parameters import Asked, PublicId
from admin_web.staff.export_asking import PrintWay, ask_first, hold_print, open_print
from admin_web.staff.visiting import Visit
from hub.desk import Look
from hub.people.places import Group
from hub.post.reading import get_reader
from hub.safety.access import NotThereError, get_unit, visible_children
from hub.safety.export_wishes import ExportKind, Wish
from hub.safety.starts import Function, find_begins
from hub.school.campaigns import Asking
from hub.school.consent_board import Board, Withdrawn, list_askings, list_withdrawn, read_board
from hub.school.consent_kinds import Kind

pages = Pages()

WIDE = 300
"""How wide a bar is drawn, in its own units."""


class UnitAsked(Asked):
    unit_id: PublicId


class GroupAsked(UnitAsked):
    group_id: PublicId


class KindAsked(UnitAsked):
    kind_id: PublicId
    group: PublicId | None = None


@dataclass(frozen=True, slots=True)
class Overview:
    """A unit's consents, what was withdrawn lately, and what is being asked. `begins` when consents are not in use yet."""

    board: Board
    withdrawn: list[Withdrawn]
    askings: list[tuple[Asking, Group | None]]
    begins: date | None


def gather_overview(look: Look, unit_id: str | None) -> Overview:
    """Raises: NotThereError."""
    board = read_board(look, unit_id)
    begins = find_begins(look, board.unit, Function.CONSENTS)
    return Overview(board, list_withdrawn(look, board), list_askings(look, board), begins)


@pages.get("/consents")
async def show_consents(visit: Visit) -> web.StreamResponse:
    """The consents of my first unit."""
    return await _show(visit, None, "staff/consents.j2")


@pages.get("/consents/{unit_id}")
async def show_unit(visit: Visit, asked: UnitAsked) -> web.StreamResponse:
    """The consents of one unit."""
    return await _show(visit, asked.unit_id, "staff/consents.j2")


@pages.get("/consents/{unit_id}/now")
async def show_now(visit: Visit, asked: UnitAsked) -> web.StreamResponse:
    """The page's middle alone, for a page that is open; anyone else is led to the whole page."""
    if not visit.is_partial:
        return visit.go(f"/consents/{asked.unit_id}")
    return await _show(visit, asked.unit_id, "staff/consents_now.j2")


async def _show(visit: Visit, unit_id: str | None, template: str) -> web.Response:
    overview = await visit.look(gather_overview, unit_id)
    board = overview.board
    await visit.note_reading([board.unit.id, *(change.child.id for change in overview.withdrawn)])
    path = f"/consents/{board.unit.id}"
    conflicts = board.conflicts()
    return visit.show(
        template,
        here=path,
        path=path,
        live=f"{path}/live",
        overview=overview,
        conflicts=conflicts,
        head=visit.say("consents.head", missing=board.incomplete(), conflicts=len(conflicts)),
        may_ask=bool(board.children) and overview.begins is None,
        begins=overview.begins,
        **board_facts(visit, board),
    )


@pages.get("/consents/{unit_id}/groups/{group_id}")
async def show_group(visit: Visit, asked: GroupAsked) -> web.StreamResponse:
    """Every child of a group and every kind, at a glance."""
    board = await visit.look(read_board, asked.unit_id, asked.group_id)
    return await _show_group(visit, asked, board, hold_print(_wish_of_group(asked), len(board.children)))


@pages.get("/consents/{unit_id}/groups/{group_id}/print", fresh=True)
async def print_group(visit: Visit, asked: GroupAsked) -> web.StreamResponse:
    """The same for paper."""
    board = await visit.look(read_board, asked.unit_id, asked.group_id)
    wish, rows = _wish_of_group(asked), len(board.children)
    if (asks := await ask_first(visit, wish, rows)) is not None:
        return asks
    return await _show_group(visit, asked, board, open_print(wish, rows))


def _wish_of_group(asked: GroupAsked) -> Wish:
    return Wish(ExportKind.ON_PAPER_GROUP, asked.unit_id, about=(asked.group_id,))


async def _show_group(visit: Visit, asked: GroupAsked, board: Board, prints: PrintWay) -> web.Response:
    await visit.note_reading([asked.group_id, *(child.id for child in board.children)])
    path = f"/consents/{asked.unit_id}/groups/{asked.group_id}"
    return visit.show(
        "staff/consents_group.j2",
        here=path,
        path=path,
        live=f"/consents/{asked.unit_id}/live",
        prints=prints,
        conflicts=board.conflicts(),
        pill=PILL,
        **board_facts(visit, board),
    )


@pages.get("/consents/{unit_id}/kinds/{kind_id}")
async def show_kind(visit: Visit, asked: KindAsked) -> web.StreamResponse:
    """The list for one kind: who may, to print; and who is not on it, which is not printed."""
    board = await visit.look(read_board, asked.unit_id, asked.group)
    rows = len(board.usable(find_kind(board, asked.kind_id)))
    return await _show_kind(visit, asked, board, hold_print(_wish_of_kind(asked), rows))


@pages.get("/consents/{unit_id}/kinds/{kind_id}/print", fresh=True)
async def print_kind(visit: Visit, asked: KindAsked) -> web.StreamResponse:
    """The same for paper."""
    board = await visit.look(read_board, asked.unit_id, asked.group)
    wish, rows = _wish_of_kind(asked), len(board.usable(find_kind(board, asked.kind_id)))
    if (asks := await ask_first(visit, wish, rows)) is not None:
        return asks
    return await _show_kind(visit, asked, board, open_print(wish, rows))


def _wish_of_kind(asked: KindAsked) -> Wish:
    about = (asked.kind_id,) if asked.group is None else (asked.kind_id, asked.group)
    return Wish(ExportKind.ON_PAPER_CONSENT, asked.unit_id, about=about)


async def _show_kind(visit: Visit, asked: KindAsked, board: Board, prints: PrintWay) -> web.Response:
    kind = find_kind(board, asked.kind_id)
    on_list = board.usable(kind)
    left = [child for child in board.children if child not in on_list]
    await visit.note_reading([asked.kind_id, *(child.id for child in board.children)])
    return visit.show(
        "staff/consents_kind.j2",
        here=f"/consents/{asked.unit_id}/kinds/{asked.kind_id}" + (f"?group={asked.group}" if asked.group else ""),
        path=f"/consents/{asked.unit_id}/kinds/{asked.kind_id}",
        live=f"/consents/{asked.unit_id}/live",
        kind=kind,
        prints=prints,
        on_list=on_list,
        now_at=visit.house.parts.clock.now(),
        left=[(child, board.of(child, kind)) for child in left],
        **board_facts(visit, board),
    )


def find_kind(board: Board, kind_id: str) -> Kind:
    """Raises: NotThereError."""
    found = next((kind for kind in board.kinds if kind.id == kind_id), None)
    if found is None:
        raise NotThereError
    return found


@pages.live("/consents/{unit_id}/live")
async def follow(visit: Visit, asked: UnitAsked) -> web.StreamResponse:
    """Tells an open page that a consent at the unit has changed."""
    return await visit.live(partial(concerns_consents, unit_id=asked.unit_id))


def concerns_consents(look: Look, ids: frozenset[str], unit_id: str) -> bool:
    """Whether any of these ids is a child the viewer sees here, the unit, or its owner. Raises: NotThereError."""
    reader = get_reader(look)
    unit = get_unit(look, reader.reach, unit_id)
    if {unit_id, unit.owner_id} & ids:
        return True
    return bool(ids and visible_children(look, reader.reach, ids, unit_id, unit.today(look.now)))


def board_facts(visit: Visit, board: Board) -> dict[str, Any]:
    """What the templates of consents are given."""
    return {
        "board": board,
        "name": lambda kind: kind.name(visit.language),
        "title": lambda kind: title_of(kind, visit.language),
        "bar": lambda count: bar(count.given, count.no, count.open),
        "counts": lambda count: visit.say("consents.counts", given=count.given, no=count.no, open=count.open),
        "when": lambda at: visit.say("consents.when", at=board.unit.local(at), today=board.today),
        "word": partial(word_of, visit),
        "shows_kinds": board.shows_kinds,
    }


def title_of(kind: Kind, language: str) -> str:
    """Its name with a capital letter, where it stands by itself."""
    name = kind.name(language)
    return name[:1].upper() + name[1:]


def bar(given: int, no: int, open_: int) -> list[tuple[str, float, float]]:
    """The parts of a bar: what each is, where it begins, how wide it is."""
    total = given + no + open_
    parts: list[tuple[str, float, float]] = []
    begins = 0.0
    for what, number in (("given", given), ("no", no), ("open", open_)):
        wide = WIDE * number / total if total else 0.0
        if number:
            parts.append((what, round(begins, 1), round(max(wide - 2, 1), 1)))
        begins += wide
    return parts
