"""What stands before a file, or a list on paper, of more rows than one person lets out: a calm page from which a second person
is asked. Each such list has its road here. Source: security rules S7.9 and S13.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aiohttp import web
from yarl import URL

from admin_web.staff.visiting import Visit
from hub.desk import Look
from hub.people.naming import names_of
from hub.people.places import Unit
from hub.safety.export_wishes import ExportKind, Wish
from hub.safety.exports import LIMIT, Export, find_last, use
from hub.safety.second_people import list_second_people


@dataclass(frozen=True, slots=True)
class Road:
    """Where a list stands on the screen, and how its address goes on for the file, or for paper. "{about}" is the first id of
    what it is about; the one at `group_at` narrows it to a group."""

    page: str
    ending: str = "/print"
    is_dated: bool = False
    group_at: int | None = None

    def lay_out(self, wish: Wish) -> tuple[str, Mapping[str, str]]:
        """The address on the screen, and what is asked there."""
        asked = {"day": wish.first.isoformat()} if self.is_dated and wish.first is not None else {}
        if self.group_at is not None and len(wish.about) > self.group_at:
            asked["group"] = wish.about[self.group_at]
        return self.page.format(unit=wish.unit_id, about=next(iter(wish.about), "")), asked


ROADS = {
    ExportKind.HOURS: Road("/hours/{unit}", "/month.csv", is_dated=True),
    ExportKind.QUARTERS: Road("/week/{unit}", "/quarters.csv", is_dated=True),
    ExportKind.BOOKINGS: Road("/week/{unit}", "/bookings.csv", is_dated=True),
    ExportKind.HOME_LINES: Road("/home/{unit}/month", "/lines.csv", is_dated=True),
    ExportKind.HOME_DAYS: Road("/home/{unit}/month", "/days.csv", is_dated=True),
    ExportKind.HOMES: Road("/home/{unit}/month", "/homes.csv", is_dated=True),
    ExportKind.ON_PAPER_LISTS: Road("/lists/{unit}", is_dated=True),
    ExportKind.ON_PAPER_KITCHEN: Road("/kitchen/{unit}", is_dated=True),
    ExportKind.ON_PAPER_CODES: Road("/codes/{unit}"),
    ExportKind.ON_PAPER_GROUP: Road("/consents/{unit}/groups/{about}"),
    ExportKind.ON_PAPER_CONSENT: Road("/consents/{unit}/kinds/{about}", group_at=1),
    ExportKind.ON_PAPER_HOME: Road("/home/{unit}/month", is_dated=True),
}


def page_of(wish: Wish) -> str:
    """Where the list stands on a screen."""
    path, asked = ROADS[wish.kind].lay_out(wish)
    return str(URL(path).with_query(asked))


def file_of(wish: Wish) -> str:
    """Where the list is saved, or printed."""
    road = ROADS[wish.kind]
    path, asked = road.lay_out(wish)
    return str(URL(path + road.ending).with_query(asked))


@dataclass(frozen=True, slots=True)
class PrintWay:
    """How a page is printed: at once, or where it `is_held`, by the address that asks first."""

    rows: int
    href: str
    is_held: bool


def hold_print(wish: Wish, rows: int) -> PrintWay:
    """For a page as it stands on the screen."""
    return PrintWay(rows, file_of(wish), rows > LIMIT)


def open_print(wish: Wish, rows: int) -> PrintWay:
    """For a page that was asked for as paper."""
    return PrintWay(rows, file_of(wish), is_held=False)


async def ask_first(visit: Visit, wish: Wish, rows: int) -> web.Response | None:
    """The page that asks a second person; None where the list may go. Every road on which staff save or print a list passes
    here, before anything of it leaves."""
    if rows <= LIMIT or await visit.work(use, wish, rows):
        return None
    asking = await visit.look(gather_asking, wish)
    last, now = asking.last, visit.house.parts.clock.now()
    waits = last is not None and last.is_open(now)
    return visit.show(
        "staff/exports_ask.j2",
        status=409,
        here=page_of(wish),
        wish=wish,
        rows=rows,
        limit=LIMIT,
        what=say_what(visit, asking.unit, wish),
        state=say_state(visit, asking.unit, last, asking.names) if last is not None else "",
        waits=waits and last is not None and last.rows == rows,
        second=asking.second,
        page=page_of(wish),
    )


@dataclass(frozen=True, slots=True)
class Asking:
    """A list that somebody wishes for: what was `last` asked and answered, and the `second` people who may say yes."""

    unit: Unit
    last: Export | None
    names: Mapping[str, str]
    second: list[str]


def gather_asking(look: Look, wish: Wish) -> Asking:
    """Raises: NotThereError."""
    last = find_last(look, wish)
    answered = {last.answered_by} if last is not None and last.answered_by is not None else set()
    second = [staff.name for staff in list_second_people(look, wish)]
    return Asking(look.session.get_one(Unit, wish.unit_id), last, names_of(look, guardians=(), staff=answered), second)


def say_what(visit: Visit, unit: Unit, wish: Wish) -> str:
    """Which list it is; whom it is about stands on its own page alone."""
    return visit.say("exports.what", kind=wish.kind.value, unit=unit.name, first=wish.first, last=wish.last)


def say_state(visit: Visit, unit: Unit, row: Export, names: Mapping[str, str]) -> str:
    """What came of a question."""
    return visit.say("exports.state", **state_facts(visit, unit, row, names))


def state_facts(visit: Visit, unit: Unit, row: Export, names: Mapping[str, str]) -> dict[str, Any]:
    now = visit.house.parts.clock.now()

    def local(at: datetime | None) -> datetime | None:
        return None if at is None else unit.local(at)

    return {
        "code": _code(row, now),
        "who": names.get(row.answered_by or "", ""),
        "asked": unit.local(row.asked_at),
        "until": local(row.until),
        "today": unit.today(now),
    }


def _code(row: Export, now: datetime) -> str:
    if row.is_refused:
        return "refused"
    if row.until is not None:
        return "said" if now < row.until else "over"
    return "waits" if row.is_open(now) else "unanswered"
