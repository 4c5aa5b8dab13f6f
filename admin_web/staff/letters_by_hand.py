"""*Letters nobody could receive*: those that went by no way, each with why, until somebody says that they have given it; and
those that went to a number which was corrected since, until somebody has taken note; and those of leave that has ended, until
somebody has told their guardian."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from aiohttp import web

from admin_web.page import Pages
from admin_web.parameters import Asked, PublicId
from admin_web.staff.visiting import Visit
from hub.mailroom.by_hand import (
    ByHand,
    count_unseen,
    give,
    list_astray,
    list_by_hand,
    list_ended,
    list_given,
    note_astray,
    take_back,
    tell_end,
)
from hub.mailroom.status import Step
from hub.people.places import Unit

pages = Pages()
PATH = "/letters/by-hand"


class ListAsked(Asked):
    after: PublicId | None = None


class GivenAsked(Asked):
    sending_id: PublicId


@pages.get(PATH)
async def show_by_hand(visit: Visit, asked: ListAsked) -> web.StreamResponse:
    """The list, the oldest first, a page at a time; what is told beside it stands before its first."""
    page = await visit.look(list_by_hand, asked.after)
    astray = await visit.look(list_astray) if asked.after is None else []
    ended = await visit.look(list_ended) if asked.after is None else []
    given = await visit.look(list_given) if asked.after is None else []
    unseen = await visit.look(count_unseen) if asked.after is None else 0
    await visit.note_reading(
        [part for one in (*astray, *ended, *given, *page.letters) for part in (one.sending.id, one.guardian.id)]
    )
    return visit.show(
        "staff/letters_by_hand.j2",
        here=PATH,
        astray=[_lay_out_astray(visit, one) for one in astray],
        ended=[_lay_out_ended(visit, one) for one in ended],
        letters=[_lay_out(visit, one) for one in page.letters],
        given=[(one.sending.id, one.guardian.name) for one in given],
        unseen=unseen,
        more=f"{PATH}?after={page.last_id}" if page.last_id is not None else "",
    )


@pages.post(f"{PATH}/{{sending_id}}")
async def give_one(visit: Visit, asked: GivenAsked) -> web.StreamResponse:
    """It was given."""
    await visit.work(give, asked.sending_id)
    return visit.go(PATH)


@pages.post(f"{PATH}/{{sending_id}}/undo")
async def take_back_one(visit: Visit, asked: GivenAsked) -> web.StreamResponse:
    """It was not given after all."""
    await visit.work(take_back, asked.sending_id)
    return visit.go(PATH)


@pages.post(f"{PATH}/{{sending_id}}/astray")
async def take_note(visit: Visit, asked: GivenAsked) -> web.StreamResponse:
    """Somebody knows that it went astray."""
    await visit.work(note_astray, asked.sending_id)
    return visit.go(PATH)


@pages.post(f"{PATH}/{{sending_id}}/end-told")
async def tell_one_of_end(visit: Visit, asked: GivenAsked) -> web.StreamResponse:
    """Its guardian was told that the leave has ended."""
    await visit.work(tell_end, asked.sending_id)
    return visit.go(PATH)


def _lay_out_ended(visit: Visit, one: ByHand) -> dict[str, Any]:
    today, at = one.unit.today(visit.house.parts.clock.now()), one.sending.end_untold_at
    assert at is not None
    return {**_lay_out(visit, one), "went": visit.say("by_hand.ended", day=one.unit.today(at), today=today)}


def _lay_out_astray(visit: Visit, one: ByHand) -> dict[str, Any]:
    today, at = one.unit.today(visit.house.parts.clock.now()), one.sending.astray_at
    assert at is not None
    state = one.sending.astray_state
    return {
        **_lay_out(visit, one),
        "went": visit.say("by_hand.astray", state=state, day=one.unit.today(at), today=today),
    }


def _lay_out(visit: Visit, one: ByHand) -> dict[str, Any]:
    today = one.unit.today(visit.house.parts.clock.now())
    return {
        "id": one.sending.id,
        "name": one.guardian.name,
        "child": one.child,
        "unit": one.unit.name,
        "made": visit.say("by_hand.made", day=one.unit.today(one.sending.made_at), today=today),
        "why": visit.say("letter_status.why", why=one.sending.why or ""),
        "leave": f"/leave/{one.application_id}" if one.application_id is not None else "",
        "letter": f"/leave/letters/{one.sending.letter_id}",
        "about": f"/children/{one.child.id}" if one.is_served else "",
    }


def say_steps(visit: Visit, unit: Unit, steps: Iterable[Step], today: date) -> list[str]:
    """Each step of a letter as a sentence."""
    return [
        visit.say(
            "letter_status.step",
            code=step.code,
            day=unit.today(step.at) if step.at is not None else None,
            today=today,
            detail=step.detail,
        )
        for step in steps
    ]
