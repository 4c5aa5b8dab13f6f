"""The first page of a family: the general consent while nobody has answered it, what waits to be answered or opened, and its
children, each with what was said last."""

from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from admin_web.family.consents import find_general_first, is_left_for_later, lay_out_general
from admin_web.family.duties import ANSWER, AnswerAsked, WaitingLine, answer_here, list_waiting_lines
from admin_web.family.visiting import HOME, FamilyVisit
from admin_web.page import Pages
from hub.asker import Trust
from hub.desk import Look, Refusal
from hub.people.families import Child
from hub.post.family import Family
from hub.post.family_book import read_family_book
from hub.post.family_entry import FamilyEntry
from hub.post.messages import Author
from hub.school.letter_codes import list_letters_of
from hub.school.own_consents import OwnConsents
from hub.school.school_year import is_pupil_of_school
from hub.sign_in.family_sessions import FoundFamily, get_family_session
from hub.spoken import say_clock
from hub.talk.bot import Bot
from hub.talk.family_writing import list_seats

pages = Pages()


@dataclass(frozen=True, slots=True)
class OwnChild:
    """A child, the groups and units where it is, and what was said last; that a code was sent is not worth a line."""

    child: Child
    places: tuple[str, ...]
    last: FamilyEntry | None


@dataclass(frozen=True, slots=True)
class Home:
    found: FoundFamily
    children: list[OwnChild]
    letters: int
    teachers: list[str]
    general: OwnConsents | None
    waiting: list[WaitingLine]

    @property
    def read_ids(self) -> list[str]:
        shown = [one.last.id for one in self.children if one.last is not None]
        return [*(one.child.id for one in self.children), *shown]


def gather_home(look: Look, bots: Mapping[str, Bot], session_id: str, language: str) -> Home:
    """Raises: NotThereError."""
    found = get_family_session(look, session_id)
    family = found.family
    children = {place.child.id: place.child for place in family.knows}
    own = []
    for child in children.values():
        entries = read_family_book(look, family, child.id).entries
        last = next((entry for entry in reversed(entries) if entry.author is not Author.SYSTEM), None)
        own.append(OwnChild(child, name_places(family, child.id), last))
    waiting = [letter for letter in list_letters_of(look, family.guardian_ids) if letter.waits]
    teachers = _list_teachers(look, found) if found.is_pupil else []
    duties = list_waiting_lines(look, bots, found, language)
    return Home(found, own, len(waiting), teachers, find_general_first(look, found), duties)


def _list_teachers(look: Look, found: FoundFamily) -> list[str]:
    """Whom a pupil writes to: each seat that somebody sits in today, with their first name."""
    seats = list_seats(look, found.family, found.family.knows[0].child.id)
    return [f"{seat.reader} ({seat.role.title})" for seat in seats if seat.reader]


def name_places(family: Family, child_id: str) -> tuple[str, ...]:
    """The group and the unit of each place where a child is today. Raises: NotThereError."""
    return tuple(f"{place.group}, {family.units[place.unit_id].name}" for place in family.places_of(child_id))


@pages.get(HOME)
async def show_home(visit: FamilyVisit) -> web.StreamResponse:
    """What waits for me, and my children."""
    return await _show(visit)


@pages.post(ANSWER)
async def answer_duty(visit: FamilyVisit, asked: AnswerAsked) -> web.StreamResponse:
    """Answer what waits, by one touch."""
    what, number = (asked.bot, asked.key, asked.unit_id), int(asked.answer)
    told = (visit.house.parts.bots, visit.signed_in.id, what, number, visit.language)
    outcome = await visit.try_work(answer_here, *told)
    return await _show(visit, outcome) if isinstance(outcome, Refusal) else visit.go(HOME)


async def _show(visit: FamilyVisit, refusal: Refusal | None = None) -> web.Response:
    home = await visit.look(gather_home, visit.house.parts.bots, visit.signed_in.id, visit.language)
    await visit.note_reading(home.read_ids)
    general = home.general if not is_left_for_later(visit) else None
    answer = visit.show(
        "family/home.j2",
        status=422 if refusal is not None else 200,
        here=HOME,
        wrong=visit.explain(refusal) if refusal is not None else "",
        waiting=home.waiting,
        answer_at=ANSWER,
        by_mail=home.found.by_mail,
        general=lay_out_general(visit, general) if general is not None else None,
        children=[(one, _say_when(visit, home.found, one.last)) for one in home.children],
        letters=home.letters,
        is_shared=home.found.is_shared,
        is_pupil=home.found.is_pupil,
        teachers=home.teachers,
        has_year=home.found.is_pupil and is_pupil_of_school(home.found.family, home.children[0].child.id),
    )
    let_keep(visit, answer, "home")
    return answer


KEPT = "X-Budbok-Keep"
"""On pages that a browser may keep for reading offline until it signs out."""


def let_keep(visit: FamilyVisit, answer: web.Response, page: str) -> None:
    """Say that a browser may keep this page. What a strong sign-in shows stays on no device. Source: security rule S4.4."""
    if visit.signed_in.trust < Trust.STRONG:
        answer.headers[KEPT] = page


def _say_when(visit: FamilyVisit, found: FoundFamily, entry: FamilyEntry | None) -> str:
    if entry is None:
        return ""
    unit = found.family.unit(entry.unit_id)
    at, today = unit.local(entry.at), unit.today(visit.house.parts.clock.now())
    if at.date() == today:
        return say_clock(at, visit.language)
    return visit.say("threads.day", day=at.date(), today=today)
