"""*Lists*, for those who cook, drive and plan: a unit's day in numbers, who eats, who rides, who goes on to the club.

Made for paper too. Leaders, offices and others who serve a whole unit put children on its lists and take them off.
"""

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from aiohttp import web
from pydantic import Field

from admin_web.page import Pages
from admin_web.parameters import Asked, Day, PublicId
from admin_web.staff.export_asking import PrintWay, ask_first, hold_print, open_print
from admin_web.staff.visiting import Visit
from hub.desk import Look, Work
from hub.people.families import Child
from hub.people.places import Unit
from hub.safety.access import (
    NotThereError,
    get_reach,
    get_unit,
    list_children,
    list_groups,
    list_units,
    visible_children,
)
from hub.safety.export_wishes import ExportKind, Wish
from hub.school.care_notes import get_caring
from hub.school.days import UnitDay, read_day
from hub.school.services import NAME_LENGTH, Enrolment, ServiceKind, enrol, leave_service

pages = Pages()


class ListsAsked(Asked):
    day: Day | None = None


class UnitListsAsked(ListsAsked):
    unit_id: PublicId


class EnrolAsked(Asked):
    unit_id: PublicId
    about: PublicId
    service: ServiceKind
    called: Annotated[str, Field(min_length=1, max_length=NAME_LENGTH, pattern=r"^[^\x00-\x1f]*\S[^\x00-\x1f]*$")]


class EndAsked(Asked):
    unit_id: PublicId
    enrolment_id: PublicId


@dataclass(frozen=True, slots=True)
class Lists:
    """`children` are those who may be put on a list by the reader, by name; empty when they may not. `leads`: the unit.
    `cares`: they look after some of its children."""

    units: tuple[Unit, ...]
    today: date
    day: UnitDay
    children: tuple[Child, ...]
    leads: bool
    cares: bool


def gather_lists(look: Look, unit_id: str | None, day: date | None) -> Lists:
    """The lists of a unit, the first of mine where none is named, today unless told otherwise. Raises: NotThereError."""
    reach = get_reach(look)
    units = list_units(look, reach)
    unit = units[0] if unit_id is None else get_unit(look, reach, unit_id)
    today = unit.today(look.now)
    may_change = unit.id in reach.whole_units
    children = {child.id: child for child, _ in list_children(look, reach, unit, today)} if may_change else {}
    caring = get_caring(look, reach)
    cares = any(caring.covers(unit.id, group.id) for group in list_groups(look, reach, unit.id))
    shown = read_day(look, reach, unit, day or today)
    return Lists(tuple(units), today, shown, tuple(children.values()), unit.id in reach.leads, cares)


@pages.get("/lists")
async def show_lists(visit: Visit, asked: ListsAsked) -> web.StreamResponse:
    """The lists of my first unit."""
    return await _show_held(visit, None, asked.day)


@pages.get("/lists/{unit_id}")
async def show_unit_lists(visit: Visit, asked: UnitListsAsked) -> web.StreamResponse:
    """The lists of one unit."""
    return await _show_held(visit, asked.unit_id, asked.day)


@pages.get("/lists/{unit_id}/print", fresh=True)
async def print_lists(visit: Visit, asked: UnitListsAsked) -> web.StreamResponse:
    """The same for paper."""
    lists = await visit.look(gather_lists, asked.unit_id, asked.day)
    wish, rows = _wish_of(lists), _count_rows(lists)
    if (asks := await ask_first(visit, wish, rows)) is not None:
        return asks
    return await _show(visit, lists, open_print(wish, rows))


async def _show_held(visit: Visit, unit_id: str | None, day: date | None) -> web.Response:
    lists = await visit.look(gather_lists, unit_id, day)
    return await _show(visit, lists, hold_print(_wish_of(lists), _count_rows(lists)))


def _wish_of(lists: Lists) -> Wish:
    return Wish(ExportKind.ON_PAPER_LISTS, lists.day.unit.id, lists.day.day, lists.day.day)


def _count_rows(lists: Lists) -> int:
    """The children who are named."""
    return sum(len(service.rows) for service in lists.day.services)


async def _show(visit: Visit, lists: Lists, prints: PrintWay) -> web.Response:
    shown = lists.day
    await visit.note_reading([shown.unit.id, *shown.child_ids])
    return visit.show(
        "staff/lists.j2",
        lists=lists,
        prints=prints,
        shown=shown,
        path=f"/lists/{shown.unit.id}",
        answer=visit.say("lists.answer", expected=shown.total.expected, day=shown.day, today=lists.today),
        kinds=list(ServiceKind),
    )


@pages.post("/lists/{unit_id}/enrolments")
async def put_on_list(visit: Visit, asked: EnrolAsked) -> web.StreamResponse:
    """Put a child on a list of the unit from today on."""
    await visit.work(enrol_one, asked.unit_id, asked.about, asked.service, asked.called.strip())
    return visit.go(f"/lists/{asked.unit_id}")


@pages.post("/lists/{unit_id}/enrolments/{enrolment_id}/end")
async def take_off_list(visit: Visit, asked: EndAsked) -> web.StreamResponse:
    """Take a child off a list from today on."""
    await visit.work(end_one, asked.unit_id, asked.enrolment_id)
    return visit.go(f"/lists/{asked.unit_id}")


def enrol_one(work: Work, unit_id: str, child_id: str, kind: ServiceKind, name: str) -> None:
    """Raises: NotThereError."""
    unit, staff_id = _get_own_unit(work, unit_id, child_id)
    enrol(work, unit, work.session.get_one(Child, child_id), kind, name, unit.today(work.now), by=staff_id)


def end_one(work: Work, unit_id: str, enrolment_id: str) -> None:
    """Raises: NotThereError."""
    row = work.session.get(Enrolment, enrolment_id)
    if row is None or row.unit_id != unit_id or row.to_day is not None:
        raise NotThereError
    unit, _ = _get_own_unit(work, unit_id, row.child_id)
    leave_service(work, row, unit.today(work.now))


def _get_own_unit(look: Look, unit_id: str, child_id: str) -> tuple[Unit, str]:
    """A unit that the asker serves whole, with this child in it. Raises: NotThereError."""
    reach = get_reach(look)
    unit = get_unit(look, reach, unit_id)
    if unit.id not in reach.whole_units:
        raise NotThereError
    if not visible_children(look, reach, [child_id], unit.id, unit.today(look.now)):
        raise NotThereError
    return unit, reach.staff_id
