"""*Files and lists*: what colleagues ask to save or print and one may say yes to, and what came of one's own questions."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from aiohttp import web
from pydantic import Field

from admin_web.page import Pages
from admin_web.parameters import Asked, Day, NothingAsked, PublicId
from admin_web.staff.export_asking import file_of, page_of, say_state, say_what
from admin_web.staff.visiting import Visit
from hub.desk import Look, Refusal, Work
from hub.people.naming import names_of
from hub.people.places import Unit
from hub.safety.access import get_reach
from hub.safety.export_wishes import ExportKind, Wish
from hub.safety.exports import LIMIT, Export, answer, ask, list_own, list_waiting
from hub.safety.second_people import serves

pages = Pages()

HERE = "/exports"
MOST_UNITS = 500
Rows = Annotated[int, Field(ge=0, le=10_000_000)]


class WishAsked(Asked):
    """A list, and how many rows the page said that it has."""

    what: ExportKind
    unit_id: PublicId
    first: Day | None = None
    last: Day | None = None
    about: Annotated[tuple[PublicId, ...], Field(max_length=MOST_UNITS)] = ()
    rows: Rows

    @property
    def wish(self) -> Wish:
        return Wish(self.what, self.unit_id, self.first, self.last, self.about)


class AnswerAsked(Asked):
    export_id: PublicId
    rows: Rows


@dataclass(frozen=True, slots=True)
class Exports:
    """`waiting` for me, and my `own`; `served` are the units whose lists I may look at."""

    waiting: list[Export]
    own: list[Export]
    units: Mapping[str, Unit]
    served: frozenset[str]
    names: Mapping[str, str]


def gather_exports(look: Look) -> Exports:
    """Raises: NotThereError."""
    waiting, own = list_waiting(look), list_own(look)
    reach = get_reach(look)
    units = {row.unit_id: look.session.get_one(Unit, row.unit_id) for row in (*waiting, *own)}
    people = {row.asked_by for row in waiting} | {row.answered_by for row in own if row.answered_by is not None}
    served = frozenset(unit_id for unit_id in units if serves(look, reach, unit_id))
    return Exports(waiting, own, units, served, names_of(look, guardians=(), staff=people))


@dataclass(frozen=True, slots=True)
class Notice:
    """How many lists wait for my yes, and how many of mine lie ready."""

    waiting: int
    ready: int


def gather_notice(look: Look) -> Notice:
    """Raises: NotThereError."""
    ready = sum(row.allows(row.rows, look.now) and not row.uses for row in list_own(look))
    return Notice(len(list_waiting(look)), ready)


def ask_for(work: Work, wish: Wish, rows: int) -> None:
    """Raises: NotThereError."""
    ask(work, wish, rows)


def answer_one(work: Work, export_id: str, rows: int, *, yes: bool) -> None:
    """Raises: NotThereError, AnsweredError, OtherRowsError."""
    answer(work, export_id, rows, yes=yes)


@pages.get(HERE)
async def show_exports(visit: Visit, asked: NothingAsked) -> web.StreamResponse:
    """What waits for my yes, and what I asked for."""
    return await _show(visit)


@pages.post(HERE)
async def ask_second(visit: Visit, asked: WishAsked) -> web.StreamResponse:
    """Somebody else is asked to say yes."""
    await visit.work(ask_for, asked.wish, asked.rows)
    return visit.go(f"{HERE}#own")


@pages.post(f"{HERE}/{{export_id}}/yes", fresh=True)
async def say_yes(visit: Visit, asked: AnswerAsked) -> web.StreamResponse:
    """It may go."""
    return await _answer(visit, asked, yes=True)


@pages.post(f"{HERE}/{{export_id}}/no")
async def say_no(visit: Visit, asked: AnswerAsked) -> web.StreamResponse:
    """It stays here."""
    return await _answer(visit, asked, yes=False)


async def _answer(visit: Visit, asked: AnswerAsked, *, yes: bool) -> web.Response:
    done = await visit.try_work(answer_one, asked.export_id, asked.rows, yes=yes)
    return await _show(visit, done) if isinstance(done, Refusal) else visit.go(HERE)


async def _show(visit: Visit, wrong: Refusal | None = None) -> web.Response:
    found = await visit.look(gather_exports)
    await visit.note_reading([row.id for row in (*found.waiting, *found.own)])
    return visit.show(
        "staff/exports.j2",
        status=422 if wrong is not None else 200,
        here=HERE,
        limit=LIMIT,
        waiting=[_lay_out_waiting(visit, found, row) for row in found.waiting],
        own=[_lay_out_own(visit, found, row) for row in found.own],
        is_fresh=visit.signed_in.is_fresh,
        wrong=visit.explain(wrong) if wrong is not None else "",
    )


def _lay_out_waiting(visit: Visit, found: Exports, row: Export) -> dict[str, Any]:
    unit = found.units[row.unit_id]
    today = unit.today(visit.house.parts.clock.now())
    return {
        "id": row.id,
        "who": found.names.get(row.asked_by, ""),
        "what": say_what(visit, unit, row.wish),
        "rows": row.rows,
        "asked": visit.say("morning.when", at=unit.local(row.asked_at), today=today),
        "page": page_of(row.wish) if row.unit_id in found.served else "",
        "at": f"{HERE}/{row.id}",
    }


def _lay_out_own(visit: Visit, found: Exports, row: Export) -> dict[str, Any]:
    unit = found.units[row.unit_id]
    return {
        "id": row.id,
        "what": say_what(visit, unit, row.wish),
        "rows": row.rows,
        "state": say_state(visit, unit, row, found.names),
        "file": file_of(row.wish) if row.allows(row.rows, visit.house.parts.clock.now()) else "",
        "is_paper": row.wish.kind.is_paper,
    }
