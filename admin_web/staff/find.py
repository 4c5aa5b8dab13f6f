"""*Find*: a child, a family, a group, a page or an act, by some of its letters. The command bar asks it for rows alone;
without script the same address is a page."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from aiohttp import web
from pydantic import Field
from yarl import URL

from admin_web.page import Pages
from admin_web.parameters import Asked
from admin_web.staff.talks import concerns_reader
from admin_web.staff.visiting import Visit
from hub.desk import Look
from hub.people.finding import words_of
from hub.safety.access import get_reach, list_units
from hub.safety.finding import Found, FoundChild, FoundGroup, FoundGuardian, find
from hub.safety.roles import may_run
from hub.school.day_care_homes import list_homes
from hub.school.leave_queue import leads

pages = Pages()

MOST_WAYS = 4
WAYS = {
    "not_arrived": "/morning",
    "morning": "/morning",
    "waiting": "/threads?only=waiting",
    "mine": "/threads?only=mine",
    "threads": "/threads",
    "check": "/numbers/check",
    "lists": "/lists",
    "leave": "/leave",
    "by_hand": "/letters/by-hand",
    "consents": "/consents",
    "calendar": "/calendar",
    "week": "/week",
    "diary": "/diary",
    "hours": "/hours",
    "door": "/door",
    "numbers": "/numbers",
    "listener": "/listener",
    "exports": "/exports",
    "staff": "/staff",
}
TO_MORNING = ("not_arrived", "morning")
TO_THREADS = ("waiting", "threads")


class FindAsked(Asked):
    q: Annotated[str, Field(max_length=80)] = ""


@dataclass(frozen=True, slots=True)
class Hit:
    """One row: where it leads, what it is called, and what it is."""

    href: str
    name: str
    detail: str


@pages.get("/find")
async def show_found(visit: Visit, asked: FindAsked) -> web.StreamResponse:
    """What fits the words typed; with none, where one can go."""
    text = asked.q.strip()
    found = await visit.look(find, text)
    ways = await visit.look(list_ways)
    if found.people:
        await visit.note_reading(_ids_read(found))
    hits = [*(_person(visit, one) for one in found.people), *_groups(visit, found.groups), *_ways(visit, text, ways)]
    template = "staff/find_rows.j2" if visit.is_partial else "staff/find.j2"
    return visit.show(template, text=text, hits=hits)


def _ids_read(found: Found) -> list[str]:
    ids: list[str] = []
    for person in found.people:
        ids.append(person.id)
        if isinstance(person, FoundGuardian):
            ids.extend(child.id for child in person.children)
    return list(dict.fromkeys(ids))


def _person(visit: Visit, person: FoundChild | FoundGuardian) -> Hit:
    if isinstance(person, FoundChild):
        return Hit(f"/children/{person.id}", person.name, " · ".join(person.groups))
    names = [child.name for child in person.children]
    return Hit(f"/children/{person.children[0].id}", person.name, visit.say("find.guardian_of", names=names))


def _groups(visit: Visit, groups: Iterable[FoundGroup]) -> Iterable[Hit]:
    for group in groups:
        if _says(visit, group.rest, TO_MORNING):
            name = visit.say("find.group_morning", group=group.name)
            yield Hit(f"/morning/{group.unit_id}#g-{group.id}", name, group.unit)
        if _says(visit, group.rest, TO_THREADS):
            name = visit.say("find.group_threads", group=group.name)
            yield Hit(str(URL("/threads").with_query(group=group.id)), name, group.unit)


def list_ways(look: Look) -> dict[str, str]:
    """The pages that the reader may open, and where they are: those of one unit are of the first that they may open it for."""
    reach = get_reach(look)
    units = list_units(look, reach)
    ways = dict(WAYS)
    if not reach.leads:
        del ways["staff"]
    if any(leads(look, reach, unit) for unit in units):
        ways["starts"] = "/starts"
    if any(may_run(look, reach, unit.id) for unit in units):
        ways["prints"] = "/prints"
    if units:
        ways["codes"] = f"/codes/{units[0].id}"
    talks = next((unit for unit in units if concerns_reader(look, reach, unit)), None)
    if talks is not None:
        ways["talks"] = f"/talks/{talks.id}"
    if reach.administers:
        ways["weekly"] = "/weekly"
        ways["leave_of_all"] = "/leave/rules/all"
        ways["records"] = "/records"
        ways["week_of_all"] = "/week/rules/all"
    homes = list_homes(look, reach)
    if homes:
        ways["home"] = "/home"
        ways["home_month"] = f"/home/{homes[0].id}/month"
    if homes or reach.administers:
        ways["home_rates"] = "/home-rates"
    return ways


def _ways(visit: Visit, text: str, ways: Mapping[str, str]) -> list[Hit]:
    typed = words_of(text)
    fit = [way for way in ways if _says(visit, typed, (way,))] if typed or not text else []
    shown = fit[:MOST_WAYS] if typed else fit
    return [Hit(ways[way], visit.say("find.way", code=way), visit.say("find.page")) for way in shown]


def _says(visit: Visit, typed: Sequence[str], ways: Iterable[str]) -> bool:
    """Whether each word typed begins a word that one of these pages is known by."""
    known = _known_words(visit, ways)
    return all(any(word.startswith(start) for word in known) for start in typed)


def _known_words(visit: Visit, ways: Iterable[str]) -> set[str]:
    """Folded, what pages are called and what else people call them."""
    said = (visit.say(f"find.{part}", code=way) for way in ways for part in ("way", "known_as"))
    return {word for sentence in said for phrase in sentence.split(";") for word in words_of(phrase)}
