"""*Try the listener*: what a guardian's text is taken to mean, and by which words. Nothing of it is kept, sent or done."""

from collections.abc import Sequence
from typing import Annotated

from aiohttp import web
from pydantic import Field

from admin_web.page import Pages
from admin_web.parameters import Asked
from admin_web.staff.visiting import Visit
from hub.desk import Look
from hub.people.places import Unit
from hub.post.reading import get_reader
from hub.talk.heard import KnownChild, ListenerAwayError, Said
from hub.talk.meaning import Meaning

pages = Pages()

LONGEST_TEXT, LONGEST_NAMES, MOST_CHILDREN = 1600, 200, 6


class TryAsked(Asked):
    text: Annotated[str, Field(max_length=LONGEST_TEXT)]
    children: Annotated[str, Field(max_length=LONGEST_NAMES)] = ""


@pages.get("/listener")
async def show_listener(visit: Visit) -> web.StreamResponse:
    """Where a text is typed."""
    await visit.look(get_a_unit)
    return visit.show("staff/listener.j2", text="", children=visit.say("listener.two_children"), told=None)


@pages.post("/listener")
async def try_listener(visit: Visit, asked: TryAsked) -> web.StreamResponse:
    """What it is taken to mean, just now at the reader's own unit."""
    unit = await visit.look(get_a_unit)
    told = await _tell(visit, unit, asked) if asked.text.strip() else None
    return visit.show("staff/listener.j2", here="/listener", text=asked.text, children=asked.children, told=told)


def get_a_unit(look: Look) -> Unit:
    """One of the reader's own: it tells the zone and the day. Raises: NotThereError."""
    return next(iter(get_reader(look).units.values()))


async def _tell(visit: Visit, unit: Unit, asked: TryAsked) -> list[str]:
    """Sentences; none when the listener is away."""
    now = unit.local(visit.house.parts.clock.now())
    names = list(dict.fromkeys(name.strip() for name in asked.children.split(",") if name.strip()))[:MOST_CHILDREN]
    known = [KnownChild(name, name) for name in names]

    def name_of(keys: Sequence[str]) -> list[str]:
        return [key for key in keys if key in names]

    try:
        heard = await visit.house.parts.listener.hear(Said(asked.text.replace("\r\n", "\n"), now), known, None)
    except ListenerAwayError:
        return []
    return list(Meaning(visit.words, name_of, now.date()).sentences(heard))
