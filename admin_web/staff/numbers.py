"""*Numbers*: who answers each number today, and who stands in and until when.

A number belongs to a role; nobody's private phone is ever shown. Leaders and the office change who holds a role and which
number it has, with fresh proof.
"""

from datetime import date
from typing import Any

from aiohttp import web

from admin_web.page import Pages
from admin_web.parameters import Asked, PublicId
from admin_web.staff.numbers_acts import allocate_number, end_standing_in, give_role, put_stand_in, release_number
from admin_web.staff.numbers_board import Changing, gather_changing, gather_numbers
from admin_web.staff.visiting import Visit
from hub.desk import Refusal
from hub.people.numbers import QUARANTINE

pages = Pages()


class UnitAsked(Asked):
    unit_id: PublicId


class RoleAsked(Asked):
    role_id: PublicId


class ChangeAsked(RoleAsked):
    released: PublicId | None = None


class StandInAsked(RoleAsked):
    staff: PublicId
    from_day: date
    to_day: date


class EndAsked(RoleAsked):
    holding_id: PublicId


class HandOverAsked(RoleAsked):
    staff: PublicId
    from_day: date
    before: PublicId | None = None


class NumberAsked(RoleAsked):
    number: PublicId


class ReleaseAsked(RoleAsked):
    number_id: PublicId


@pages.get("/numbers")
async def show_numbers(visit: Visit) -> web.StreamResponse:
    """The numbers of my first unit."""
    return await _show_unit(visit, None)


async def _show_unit(visit: Visit, unit_id: str | None) -> web.Response:
    numbers = await visit.look(gather_numbers, unit_id)
    await visit.note_reading([numbers.unit.id, *(seat.role.id for seat in (*numbers.seats, *numbers.without))])
    return visit.show(
        "staff/numbers.j2",
        numbers=numbers,
        answer=visit.say("numbers.answer", n=len(numbers.seats), unanswered=numbers.unanswered),
        here=f"/numbers/{numbers.unit.id}",
    )


@pages.get("/numbers/roles/{role_id}")
async def show_role(visit: Visit, asked: ChangeAsked) -> web.StreamResponse:
    """Who holds a role and which number it has, to be changed."""
    return await _show_role(visit, asked.role_id, released=asked.released)


@pages.post("/numbers/roles/{role_id}/stand-in", fresh=True)
async def begin_stand_in(visit: Visit, asked: StandInAsked) -> web.StreamResponse:
    """Somebody stands in from a day to a day."""
    return await _change(
        visit, asked, "stand_in", put_stand_in, asked.role_id, asked.staff, asked.from_day, asked.to_day
    )


@pages.post("/numbers/roles/{role_id}/stand-in/{holding_id}/end", fresh=True)
async def end_stand_in(visit: Visit, asked: EndAsked) -> web.StreamResponse:
    """They stand in no longer."""
    return await _change(visit, asked, "stand_in", end_standing_in, asked.role_id, asked.holding_id)


@pages.post("/numbers/roles/{role_id}/holder", fresh=True)
async def hand_over(visit: Visit, asked: HandOverAsked) -> web.StreamResponse:
    """Somebody holds the role from a day on."""
    return await _change(visit, asked, "holder", give_role, asked.role_id, asked.before, asked.staff, asked.from_day)


@pages.post("/numbers/roles/{role_id}/numbers", fresh=True)
async def allocate(visit: Visit, asked: NumberAsked) -> web.StreamResponse:
    """Give the role a number of the pool."""
    return await _change(visit, asked, "number", allocate_number, asked.role_id, asked.number)


@pages.post("/numbers/roles/{role_id}/numbers/{number_id}/release", fresh=True)
async def release(visit: Visit, asked: ReleaseAsked) -> web.StreamResponse:
    """Take the number back; it rests, and the role can have it again meanwhile."""
    await visit.work(release_number, asked.role_id, asked.number_id)
    return visit.go(f"/numbers/roles/{asked.role_id}?released={asked.number_id}")


@pages.post("/numbers/roles/{role_id}/numbers/{number_id}/keep", fresh=True)
async def keep(visit: Visit, asked: ReleaseAsked) -> web.StreamResponse:
    """Undo a release."""
    return await _change(visit, asked, "number", allocate_number, asked.role_id, asked.number_id)


async def _change(visit: Visit, asked: RoleAsked, form: str, verb: Any, *args: Any) -> web.Response:
    """Do it and show the role again; a rule's no stands beside the form it came from, with what was typed."""
    done = await visit.try_work(verb, *args)
    if isinstance(done, Refusal):
        return await _show_role(visit, asked.role_id, form, done, asked)
    return visit.go(f"/numbers/roles/{asked.role_id}")


async def _show_role(
    visit: Visit,
    role_id: str,
    form: str = "",
    wrong: Refusal | None = None,
    typed: Asked | None = None,
    released: str | None = None,
) -> web.Response:
    changing = await visit.look(gather_changing, role_id)
    await visit.note_reading([role_id, *(holder.staff.id for holder in changing.seat.holders)])
    path = f"/numbers/roles/{role_id}"
    return visit.show(
        "staff/numbers_role.j2",
        status=422 if wrong else 200,
        changing=changing,
        seat=changing.seat,
        path=path,
        here=path,
        is_fresh=visit.signed_in.is_fresh,
        typed={form: typed.model_dump()} if typed else {},
        wrong={form: visit.explain(wrong)} if wrong else {},
        rest_days=QUARANTINE.days,
        toasts=_toasts(visit, changing, released, path),
    )


def _toasts(visit: Visit, changing: Changing, released: str | None, path: str) -> list[dict[str, Any]]:
    number = next((number for number, _ in changing.resting if number.id == released), None)
    if number is None:
        return []
    undo = f"{path}/numbers/{number.id}/keep"
    return [{"text": visit.say("numbers.released", number=number.shown), "undo": undo, "seconds": 120}]


@pages.get("/numbers/{unit_id}")
async def show_unit(visit: Visit, asked: UnitAsked) -> web.StreamResponse:
    """The numbers of one unit."""
    return await _show_unit(visit, asked.unit_id)
