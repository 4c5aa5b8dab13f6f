"""*Family day care*: a carer's few children on one phone. A usual day is three taps; each child has buttons of its own."""

from collections.abc import Iterable
from datetime import time
from typing import Any, Literal

from aiohttp import web

from admin_web.page import Pages
from admin_web.parameters import Asked, BadInputError, Day, PublicId, WallClock
from admin_web.staff.home_acts import (
    Said,
    come_one,
    first_home,
    leave_one,
    tap_all,
    tell_meal,
    undo_all,
    undo_one,
)
from admin_web.staff.home_board import HomeDay, gather_home_day
from admin_web.staff.morning_words import board_facts
from admin_web.staff.visiting import Visit
from admin_web.staff.week_words import hour_facts
from hub.desk import Refusal
from hub.people.families import Child
from hub.school.day_board import Presence
from hub.school.home_days import Done, Moved, Usual, clock_of
from hub.school.meals import MealKind

pages = Pages()

CHILD = "/home/{unit_id}/children/{child_id}"


class UnitAsked(Asked):
    unit_id: PublicId


class HomeAsked(UnitAsked):
    """`done` and `mark` are what the last tap did, `left_out` whom it left out though the page had named them."""

    day: Day | None = None
    done: Done | None = None
    mark: PublicId | None = None
    left_out: tuple[PublicId, ...] = ()


class TapAsked(UnitAsked):
    """`children` are whom the page named."""

    children: tuple[PublicId, ...] = ()


class LeftAsked(TapAsked):
    """`times` are those that the page said, child by child; an empty one is now."""

    times: tuple[WallClock | Literal[""], ...] = ()

    def shown(self) -> dict[str, time | None]:
        """Raises: BadInputError."""
        if len(self.times) != len(self.children):
            raise BadInputError(["times"])
        return {child: at or None for child, at in zip(self.children, self.times, strict=True)}


class AteAsked(TapAsked):
    """Every meal of the last time, where none is named."""

    meal: MealKind | None = None


class UndoAsked(UnitAsked):
    done: Done
    mark: PublicId


class ChildAsked(UnitAsked):
    child_id: PublicId


class UndoChildAsked(ChildAsked):
    """`shown` is how the page said that the child stands."""

    shown: Presence


class MealAsked(ChildAsked):
    day: Day | None = None
    meal: MealKind
    said: Said


@pages.get("/home")
async def show_mine(visit: Visit) -> web.StreamResponse:
    """My home, or the first that I lead."""
    return visit.go(f"/home/{await visit.look(first_home)}")


@pages.get("/home/{unit_id}")
async def show_day(visit: Visit, asked: HomeAsked) -> web.StreamResponse:
    """A day in a home: today, or one of this month and the last."""
    return await _show(visit, asked)


@pages.get("/home/{unit_id}/part")
async def show_part(visit: Visit, asked: HomeAsked) -> web.StreamResponse:
    """What changes on an open page; anyone else is led to the whole page."""
    if not visit.is_partial:
        return visit.go(f"/home/{asked.unit_id}")
    return await _show(visit, asked, template="staff/home_part.j2")


async def _show(
    visit: Visit, asked: HomeAsked, wrong: Refusal | None = None, template: str = "staff/home_day.j2"
) -> web.Response:
    home = await visit.look(gather_home_day, asked.unit_id, asked.day, asked.done, asked.mark)
    stands = home.done if home.stands else None
    left_out = [one.child for one in home.children if one.child.id in asked.left_out]
    await visit.note_reading(home.read_ids)
    live = {} if template != "staff/home_day.j2" or not home.is_today else {"live": f"/diary/{home.unit.id}/live"}
    return visit.show(
        template,
        status=422 if wrong else 200,
        wrong="" if wrong is None else visit.explain(wrong),
        left_out=left_out,
        part=f"/home/{home.unit.id}/part{_after(stands, home.mark, [child.id for child in left_out])}",
        **live,
        **_facts(visit, home),
    )


def _facts(visit: Visit, home: HomeDay) -> dict[str, Any]:
    path = f"/home/{home.unit.id}"
    here = sum(one.was_here and (one.row is None or not one.row.may_be_marked) for one in home.children)
    return {
        **hour_facts(visit),
        **({} if home.board is None else board_facts(visit, home.board)),
        "care": home,
        "path": path,
        "here": path if home.is_today else f"{path}?day={home.day}",
        "answer": visit.say("home.answer" if home.is_today else "home.answer_then", here=here, of=len(home.children)),
        "lead": visit.say("home.lead", unit=home.unit.name, day=home.day, today=home.today),
        "called": _called,
        "child_of": _child_of,
        "clock_of": clock_of,
        "local": home.unit.local,
    }


def _child_of(one: Child | Moved | Usual) -> Child:
    return one if isinstance(one, Child) else one.child


def _called(those: Iterable[Child | Moved]) -> list[str]:
    return [_child_of(one).called for one in those]


@pages.post("/home/{unit_id}/came")
async def mark_come(visit: Visit, asked: TapAsked) -> web.StreamResponse:
    """All as booked are here."""
    return await _tap(visit, asked.unit_id, Done.CAME, dict.fromkeys(asked.children))


@pages.post("/home/{unit_id}/ate")
async def mark_eaten(visit: Visit, asked: AteAsked) -> web.StreamResponse:
    """All had a meal, or what they had the last time."""
    return await _tap(visit, asked.unit_id, Done.ATE, dict.fromkeys(asked.children), asked.meal)


@pages.post("/home/{unit_id}/left")
async def mark_left(visit: Visit, asked: LeftAsked) -> web.StreamResponse:
    """All left at their times."""
    return await _tap(visit, asked.unit_id, Done.LEFT, asked.shown())


async def _tap(
    visit: Visit, unit_id: str, done: Done, shown: dict[str, time | None], meal: MealKind | None = None
) -> web.Response:
    tapped = await visit.try_work(tap_all, unit_id, done, shown, meal)
    if isinstance(tapped, Refusal):
        return await _show(visit, HomeAsked(unit_id=unit_id), tapped)
    return visit.go(f"/home/{unit_id}{_after(done, tapped.mark, tapped.left_out)}")


def _after(done: Done | None, mark: str | None, left_out: Iterable[str]) -> str:
    """The query that tells a page what the last tap did."""
    told = [f"done={done}", f"mark={mark}"] if done is not None and mark is not None else []
    told += [f"left_out={id_}" for id_ in left_out]
    return f"?{'&'.join(told)}" if told else ""


@pages.post("/home/{unit_id}/undo")
async def undo_tap(visit: Visit, asked: UndoAsked) -> web.StreamResponse:
    """What one tap did is as it was before."""
    await visit.work(undo_all, asked.unit_id, asked.done, asked.mark)
    return visit.go(f"/home/{asked.unit_id}")


@pages.post(f"{CHILD}/here")
async def mark_child(visit: Visit, asked: ChildAsked) -> web.StreamResponse:
    """The child is here."""
    await visit.work(come_one, asked.unit_id, asked.child_id)
    return _to_child(visit, asked)


@pages.post(f"{CHILD}/left")
async def mark_gone(visit: Visit, asked: ChildAsked) -> web.StreamResponse:
    """The child has left."""
    await visit.work(leave_one, asked.unit_id, asked.child_id)
    return _to_child(visit, asked)


@pages.post(f"{CHILD}/undo")
async def undo_child(visit: Visit, asked: UndoChildAsked) -> web.StreamResponse:
    """It was as before, after all."""
    await visit.work(undo_one, asked.unit_id, asked.child_id, asked.shown)
    return _to_child(visit, asked)


@pages.post(f"{CHILD}/meals")
async def mark_meal(visit: Visit, asked: MealAsked) -> web.StreamResponse:
    """The child had a meal, or had not."""
    done = await visit.try_work(tell_meal, asked.unit_id, asked.child_id, asked.day, asked.meal, asked.said)
    if isinstance(done, Refusal):
        return await _show(visit, HomeAsked(unit_id=asked.unit_id, day=None), done)
    return _to_child(visit, asked, "" if asked.day is None else f"?day={asked.day}")


def _to_child(visit: Visit, asked: ChildAsked, query: str = "") -> web.Response:
    return visit.go(f"/home/{asked.unit_id}{query}#c-{asked.child_id}")
