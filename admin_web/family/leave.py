"""Leave for a child: where one applies for it by a form, sees where each application stands, and withdraws one.

What was filled in is held as the conversation that it stands for, by the bot that hears it in words, and is answered in the
child's book. What is wrong is said beside its field; before it is sent, what it does is shown. Source: security rule S1.2.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal

from aiohttp import web
from pydantic import Field

from admin_web.family.faults import say_faults
from admin_web.family.visiting import HOME, FamilyVisit
from admin_web.page import Pages
from admin_web.parameters import Asked, PublicId
from hub.desk import Look, Refusal, Work
from hub.faults import FormNotRightError
from hub.people.families import Child
from hub.safety.access import NotThereError
from hub.school.leave import LeaveReason
from hub.school.own_leave import (
    Fault,
    LeaveForm,
    OwnApplication,
    OwnLeave,
    Standing,
    read_days,
    read_own_leave,
)
from hub.sign_in.app_addresses import keep_app_addresses
from hub.sign_in.family_sessions import get_acting_session, get_family_session
from hub.talk.bot import Bot
from hub.talk.filled_in import WORDS, YES, FilledIn, FormChangedError, Held, find_way, hold, take
from hub.talk.heard import Act, Intent
from hub.talk.routing import Route
from hub.words import Words

pages = Pages()

LEAVE = f"{HOME}/children/{{child_id}}/leave"
MOST_LETTERS = 500
FIELDS = ("first", "last", "reason", "words")
"""Beside which something may be wrong."""
IS_RIGHT, INSTEAD = "leave.is_this_right", "leave.instead"
"""What the dialogue asks last, and what it asks where earlier days would make room: both are shown before it is sent."""
PILLS = {
    Standing.ASKS_OTHER: "waiting",
    Standing.WAITS: "waiting",
    Standing.GRANTED: "here",
    Standing.PARTLY: "late",
    Standing.REFUSED: "away",
    Standing.DECIDED: "here",
    Standing.WITHDRAWN: "unheard",
}


class LeaveAsked(Asked):
    child_id: PublicId


class Filled(LeaveAsked):
    """Whatever was typed, so that all of it can stand there again. `also` are other children for the same days, and `before`
    the days of earlier applications that whoever sends it was shown as making room."""

    first: Annotated[str, Field(max_length=40)] = ""
    last: Annotated[str, Field(max_length=40)] = ""
    reason: LeaveReason | Literal[""] = ""
    words: Annotated[str, Field(max_length=2 * MOST_LETTERS)] = ""
    also: tuple[PublicId, ...] = ()
    before: tuple[date, ...] = ()

    @property
    def form(self) -> LeaveForm:
        return LeaveForm(self.first, self.last, LeaveReason(self.reason) if self.reason else None, self.own_words)

    @property
    def own_words(self) -> str:
        return self.words.replace("\r\n", "\n").strip()[:MOST_LETTERS]


class OneAsked(LeaveAsked):
    application_id: PublicId


@dataclass(frozen=True, slots=True)
class LeavePage:
    """`acts`: something may be filled in here, and not read alone."""

    own: OwnLeave
    acts: bool


def gather_leave(look: Look, session_id: str, child_id: str) -> LeavePage:
    """By rights as they are now. Raises: NotThereError."""
    found = get_family_session(look, session_id)
    return LeavePage(read_own_leave(look, found.family, child_id), not found.by_mail)


@dataclass(frozen=True, slots=True)
class Ready:
    """A form that is whole, and the conversation that it stands for."""

    filled: FilledIn
    route: Route
    children: tuple[Child, ...]
    held: Held

    @property
    def before(self) -> tuple[date, ...]:
        """The days of earlier applications of theirs that make room for it."""
        instead = self.held.find(INSTEAD)
        return tuple(instead.parameters["before"]) if instead is not None else ()


def make_ready(
    work: Work, bots: Mapping[str, Bot], session_id: str, child_id: str, asked: Filled, words: Words
) -> Ready:
    """Everything but the doing of it. Raises: NotThereError, NotByMailError, FormNotRightError, FormChangedError."""
    own, route = _begin(work, session_id, child_id)
    days = read_days(work, own, asked.form)
    beside = {child.id: child for child in own.beside}
    if not beside.keys() >= set(asked.also):
        raise NotThereError
    children = (own.child, *(beside[id_] for id_ in dict.fromkeys(asked.also)))
    names = [child.called for child in children]
    filled = FilledIn(
        Act(Intent.LEAVE_APPLICATION, children=tuple(child.id for child in children), days=days),
        {INSTEAD: YES, "leave.why": f"leave_{asked.reason}", "leave.in_own_words": WORDS, IS_RIGHT: YES},
        words.language,
        words.say("own_leave.in_the_book", children=names, days=days, today=own.today),
        asked.own_words,
    )
    held = hold(work, bots, route, filled)
    if held.find(IS_RIGHT) is None:
        raise FormNotRightError({"first": Fault.APPLIED})
    return Ready(filled, route, children, held)


def _begin(work: Work, session_id: str, child_id: str) -> tuple[OwnLeave, Route]:
    """Raises: NotThereError, NotByMailError."""
    found = get_acting_session(work, session_id)
    own = read_own_leave(work, found.family, child_id)
    address = keep_app_addresses(work, found, session_id)
    work.session.flush()
    return own, find_way(work, own.unit, child_id, address)


def apply_here(
    work: Work, bots: Mapping[str, Bot], session_id: str, child_id: str, asked: Filled, words: Words
) -> None:
    """Raises: what `make_ready` raises; FormChangedError also where an earlier one would make room that was not shown."""
    work.take_turns([child_id, *asked.also])
    ready = make_ready(work, bots, session_id, child_id, asked, words)
    if ready.before != asked.before:
        raise FormChangedError
    take(work, bots, ready.route, ready.filled, [child.id for child in ready.children])


def withdraw_here(
    work: Work, bots: Mapping[str, Bot], session_id: str, child_id: str, application_id: str, words: Words
) -> None:
    """Raises: NotThereError, NotByMailError, FormChangedError."""
    work.take_turns([child_id])
    own, route = _begin(work, session_id, child_id)
    one = own.get(application_id)
    filled = FilledIn(
        Act(Intent.LEAVE_APPLICATION, children=(child_id,), change="withdraw", matter=one.id),
        {"leave.withdraw": YES},
        words.language,
        words.say("own_leave.withdrawn_in_the_book", children=[own.child.called], days=one.days, today=own.today),
    )
    take(work, bots, route, filled, [child_id])


@pages.get(LEAVE)
async def show_leave(visit: FamilyVisit, asked: LeaveAsked) -> web.StreamResponse:
    """The form, and what was applied for."""
    return await _show(visit, Filled(child_id=asked.child_id))


@pages.post(LEAVE)
async def look_through(visit: FamilyVisit, asked: Filled) -> web.StreamResponse:
    """Show what it will do, or what is wrong."""
    outcome = await _try(visit, make_ready, asked)
    if isinstance(outcome, Refusal):
        return await _show(visit, asked, outcome)
    page = await visit.look(gather_leave, visit.signed_in.id, asked.child_id)
    is_right = outcome.held.find(IS_RIGHT)
    assert is_right is not None
    await visit.note_reading([child.id for child in outcome.children])
    return visit.show(
        "family/leave_check.j2",
        here=_path(asked.child_id),
        path=_path(asked.child_id),
        head=visit.say("own_leave.check", **_only(is_right.parameters, "children", "days", "today")),
        count=len(is_right.parameters["days"]),
        blocked=is_right.parameters["blocked"],
        before=outcome.before,
        reason=visit.say(f"options.leave_{asked.reason}"),
        words=asked.own_words,
        late=page.own.today > page.own.terms.deadline(is_right.parameters["days"][0]),
        deadline_days=page.own.terms.deadline_days,
        today=page.own.today,
        filled=[(name, getattr(asked, name)) for name in FIELDS],
        also=asked.also,
    )


def _only(parameters: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: parameters[name] for name in names}


@pages.post(f"{LEAVE}/change")
async def change(visit: FamilyVisit, asked: Filled) -> web.StreamResponse:
    """Back to the form, with what was filled in."""
    return await _show(visit, asked)


@pages.post(f"{LEAVE}/send")
async def send(visit: FamilyVisit, asked: Filled) -> web.StreamResponse:
    """Apply."""
    outcome = await _try(visit, apply_here, asked)
    if isinstance(outcome, Refusal):
        return await _show(visit, asked, outcome)
    return visit.go(f"{_path(asked.child_id)}#applied")


async def _try(visit: FamilyVisit, verb: Any, asked: Filled) -> Any:
    return await visit.try_work(verb, visit.house.parts.bots, visit.signed_in.id, asked.child_id, asked, visit.words)


@pages.post(f"{LEAVE}/{{application_id}}/withdraw")
async def withdraw(visit: FamilyVisit, asked: OneAsked) -> web.StreamResponse:
    """It is wanted no longer."""
    told = (visit.house.parts.bots, visit.signed_in.id, asked.child_id, asked.application_id, visit.words)
    outcome = await visit.try_work(withdraw_here, *told)
    if isinstance(outcome, Refusal):
        return await _show(visit, Filled(child_id=asked.child_id), outcome)
    return visit.go(f"{_path(asked.child_id)}#applied")


async def _show(visit: FamilyVisit, asked: Filled, refusal: Refusal | None = None) -> web.Response:
    page = await visit.look(gather_leave, visit.signed_in.id, asked.child_id)
    own = page.own
    await visit.note_reading([own.child.id, *(one.id for one in own.applications)])
    return visit.show(
        "family/leave.j2",
        status=422 if refusal is not None else 200,
        here=_path(own.child.id),
        path=_path(own.child.id),
        book=f"{HOME}/children/{own.child.id}",
        child=own.child.called,
        unit=own.unit.name,
        head=_say_head(visit, own),
        may_fill=page.acts and own.begins is None,
        by_mail=not page.acts,
        begins=own.begins,
        today=own.today,
        typed=asked,
        beside=[(child.id, child.called) for child in own.beside],
        reasons=[(reason.value, visit.say(f"options.leave_{reason}")) for reason in LeaveReason],
        most=MOST_LETTERS,
        deadline_days=own.terms.deadline_days,
        practice=own.terms.practice,
        wrong=say_faults(visit, refusal, FIELDS, "own_leave.wrong"),
        refused=visit.explain(refusal) if refusal is not None else "",
        applications=[_row(visit, own, one, page.acts) for one in own.applications],
    )


def _say_head(visit: FamilyVisit, own: OwnLeave) -> str:
    waiting = sum(1 for one in own.applications if one.standing in (Standing.WAITS, Standing.ASKS_OTHER))
    return visit.say("own_leave.head", child=own.child.called, n=waiting)


def _row(visit: FamilyVisit, own: OwnLeave, one: OwnApplication, acts: bool) -> dict[str, Any]:
    until = own.unit.local(one.until).date() if one.until is not None else None
    return {
        "id": one.id,
        "days": visit.say("own_leave.days", days=one.days, today=own.today),
        "pill": PILLS[one.standing],
        "word": visit.say("own_leave.standing", standing=one.standing.value),
        "told": visit.say("own_leave.told", standing=one.standing.value, until=until, today=own.today),
        "is_own": one.is_own,
        "may_withdraw": acts and one.may_withdraw,
        "letter": f"{HOME}/letters/{one.letter_id}" if one.letter_id is not None else "",
    }


def _path(child_id: str) -> str:
    return f"{HOME}/children/{child_id}/leave"
