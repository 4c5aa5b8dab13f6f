"""A care place for a child: where one asks for it, for a part-time place, for a change or for its end, by a form.

It goes to the staff of the unit whole, as words about a place do, and what became of each stands below. Source: security
rules S1.2 and S6.1.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated, Literal

from aiohttp import web
from pydantic import Field

from admin_web.family.book import list_beside
from admin_web.family.faults import say_faults
from admin_web.family.visiting import HOME, FamilyVisit
from admin_web.page import Pages
from admin_web.parameters import Asked, PublicId
from hub.desk import Look, Refusal, Work
from hub.faults import FormNotRightError
from hub.safety.access import NotThereError
from hub.sign_in.app_addresses import keep_app_addresses
from hub.sign_in.family_sessions import FoundFamily, get_acting_session, get_family_session
from hub.talk.bot import Bot
from hub.talk.filled_in import FilledIn, find_way, take
from hub.talk.heard import Act, Intent, ListenerAwayError, Said
from hub.talk.own_places import OwnPlaces, is_asked_already, read_own_places
from hub.words import Words

pages = Pages()

PLACE = f"{HOME}/children/{{child_id}}/place"
MOST_LETTERS = 500
AT_MOST_AHEAD = timedelta(days=800)
FIELDS = ("what", "extent", "day", "hours")
"""Beside which something may be wrong."""


class What(StrEnum):
    APPLY = "apply"
    CHANGE = "change"
    END = "end"


class Extent(StrEnum):
    WHOLE = "whole"
    PART = "part"


class PlaceAsked(Asked):
    child_id: PublicId


class Filled(PlaceAsked):
    """Whatever was typed, so that all of it can stand there again."""

    unit_id: PublicId | Literal[""] = ""
    what: What | Literal[""] = ""
    extent: Extent | Literal[""] = ""
    day: Annotated[str, Field(max_length=40)] = ""
    hours: Annotated[str, Field(max_length=200)] = ""
    words: Annotated[str, Field(max_length=2 * MOST_LETTERS)] = ""

    @property
    def own_words(self) -> str:
        return " ".join(self.words.split())[:MOST_LETTERS]


@dataclass(frozen=True, slots=True)
class PlacePage:
    """`beside` are others of the family who read what is asked."""

    found: FoundFamily
    own: OwnPlaces
    beside: list[str]


def gather_places(look: Look, session_id: str, child_id: str) -> PlacePage:
    """By rights as they are now; a pupil asks for no place. Raises: NotThereError."""
    found = get_family_session(look, session_id)
    if found.is_pupil:
        raise NotThereError
    own = read_own_places(look, found.family, child_id)
    return PlacePage(found, own, list_beside(look, found, own.units))


def ask_here(
    work: Work, bots: Mapping[str, Bot], session_id: str, asked: Filled, words: Words, *, sensitive: bool
) -> None:
    """To the staff of the unit; what waits there word for word is not said twice.

    Raises: NotThereError, NotByMailError, FormNotRightError.
    """
    work.take_turns([asked.child_id])
    found = get_acting_session(work, session_id)
    own = gather_places(work, session_id, asked.child_id).own
    unit = own.unit(asked.unit_id)
    day = _read_day(asked, unit.today(work.now))
    text = words.say(
        "own_places.in_the_book",
        what=asked.what,
        child=own.child.called,
        unit=unit.name,
        extent=asked.extent,
        day=day,
        hours=" ".join(asked.hours.split()),
        words=asked.own_words,
    )
    if is_asked_already(work, found.family, own.child.id, text):
        return
    address = keep_app_addresses(work, found, session_id)
    work.session.flush()
    act = Act(Intent.PLACE, children=(own.child.id,))
    filled = FilledIn(act, {}, words.language, text, sensitive=sensitive)
    take(work, bots, find_way(work, unit, own.child.id, address), filled, [own.child.id])


def _read_day(asked: Filled, today: date) -> date:
    """From when, or the last day. Raises: FormNotRightError."""
    faults: dict[str, str] = {}
    if not asked.what:
        faults["what"] = "no_what"
    if not asked.extent and asked.what != What.END:
        faults["extent"] = "no_extent"
    if asked.extent == Extent.PART and asked.what != What.END and not asked.hours.strip():
        faults["hours"] = "no_hours"
    try:
        day = date.fromisoformat(asked.day.strip())
    except ValueError:
        raise FormNotRightError({**faults, "day": "no_day"}) from None
    if day < today:
        faults["day"] = "past"
    elif day > today + AT_MOST_AHEAD:
        faults["day"] = "far"
    if faults:
        raise FormNotRightError(faults)
    return day


@pages.get(PLACE)
async def show_place(visit: FamilyVisit, asked: PlaceAsked) -> web.StreamResponse:
    """The form, and what was asked for."""
    return await _show(visit, Filled(child_id=asked.child_id))


@pages.post(PLACE)
async def ask_for_place(visit: FamilyVisit, asked: Filled) -> web.StreamResponse:
    """Send it to staff."""
    sensitive = await _is_sensitive(visit, f"{asked.hours} {asked.own_words}")
    told = (visit.house.parts.bots, visit.signed_in.id, asked, visit.words)
    outcome = await visit.try_work(ask_here, *told, sensitive=sensitive)
    if isinstance(outcome, Refusal):
        return await _show(visit, asked, outcome)
    return visit.go(f"{_path(asked.child_id)}#wished")


async def _is_sensitive(visit: FamilyVisit, typed: str) -> bool:
    """As the listener hears it, who goes by words; while it is away nobody can tell, so that it is guarded as if it were."""
    if not typed.strip():
        return False
    said = Said(typed, visit.house.parts.clock.now(), visit.language)
    try:
        heard = await visit.house.parts.listener.hear(said, (), None)
    except ListenerAwayError:
        return True
    return heard.sensitive


async def _show(visit: FamilyVisit, asked: Filled, refusal: Refusal | None = None) -> web.Response:
    page = await visit.look(gather_places, visit.signed_in.id, asked.child_id)
    own = page.own
    await visit.note_reading([own.child.id, *(one.id for one in own.wished)])
    today = own.units[0].today(visit.house.parts.clock.now())
    return visit.show(
        "family/place.j2",
        status=422 if refusal is not None else 200,
        here=_path(own.child.id),
        path=_path(own.child.id),
        book=f"{HOME}/children/{own.child.id}",
        child=own.child.called,
        head=visit.say("own_places.head", child=own.child.called, n=sum(one.waits for one in own.wished)),
        by_mail=page.found.by_mail,
        beside=page.beside,
        units=[(unit.id, unit.name) for unit in own.units],
        names=[unit.name for unit in own.units],
        whats=[(what.value, visit.say("own_places.what", what=what.value)) for what in What],
        extents=[(extent.value, visit.say("own_places.extent", extent=extent.value)) for extent in Extent],
        typed=asked,
        most=MOST_LETTERS,
        wrong=say_faults(visit, refusal, FIELDS, "own_places.wrong"),
        refused=visit.explain(refusal) if refusal is not None else "",
        wished=[(one, visit.say("threads.moment", at=one.at, day=one.at.date(), today=today)) for one in own.wished],
    )


def _path(child_id: str) -> str:
    return f"{HOME}/children/{child_id}/place"
