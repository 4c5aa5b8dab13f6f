"""A care place as a family asks for it on the family pages: where they may, and what they have asked for, however they said it.

What is asked goes to staff whole, as from any other channel; a thread that waits no more was taken care of by a person.
Source: security rules S1.2, S3.4 and S6.1.
"""

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from hub.desk import Look
from hub.people.families import Child, Right
from hub.people.places import Unit
from hub.post.audience import list_children_for
from hub.post.family import Family
from hub.post.family_book import is_in_book, list_threads_of
from hub.post.messages import Message, Thread
from hub.safety.access import NotThereError
from hub.talk.conversations import Conversation

BOT = "place"
AT_MOST = 10


@dataclass(frozen=True, slots=True)
class Wished:
    """One thing that they asked for. `text` is None where only a strong sign-in shows it; `waits`: for an answer by staff."""

    id: str
    at: datetime
    unit: str
    text: str | None
    waits: bool


@dataclass(frozen=True, slots=True)
class OwnPlaces:
    """A child, and the units that they may ask at; `wished` are the newest first."""

    child: Child
    units: tuple[Unit, ...]
    wished: tuple[Wished, ...]

    def unit(self, unit_id: str) -> Unit:
        """One that they may ask at. Raises: NotThereError."""
        found = next((unit for unit in self.units if unit.id == unit_id), None)
        if found is None:
            raise NotThereError
        return found


_WISHED = (
    sa.select(Message, Thread)
    .join(Conversation, Conversation.began_with == Message.id)
    .join(Thread, Thread.id == Message.thread_id)
    .where(Conversation.bot == BOT, Message.thread_id.in_(sa.bindparam("threads", expanding=True)))
    .order_by(Message.id.desc())
    .limit(AT_MOST)
)


def may_ask_for_place(look: Look, family: Family, child_id: str) -> bool:
    """Whether each of them speaks for the child at one of its units today."""
    return bool(_list_units(look, family, child_id))


def _list_units(look: Look, family: Family, child_id: str) -> tuple[Unit, ...]:
    """By the right that the dialogue asks: whoever may report a child's absence there."""
    found: dict[str, Unit] = {}
    for place in family.knows:
        unit = family.units[place.unit_id]
        if place.child.id == child_id and _speaks(look, family, child_id, unit, unit.today(look.now)):
            found[unit.id] = unit
    return tuple(found.values())


def _speaks(look: Look, family: Family, child_id: str, unit: Unit, today: date) -> bool:
    (places,) = list_children_for(look, family.guardian_ids, (Right.ABSENCE,), today)
    return any(place.child.id == child_id and place.unit_id == unit.id for place in places)


def read_own_places(look: Look, family: Family, child_id: str) -> OwnPlaces:
    """By rights as they are now. Raises: NotThereError."""
    units = _list_units(look, family, child_id)
    if not units:
        raise NotThereError
    child = family.places_of(child_id)[0].child
    wished = tuple(
        Wished(
            id=message.id,
            at=family.unit(thread.unit_id).local(message.at),
            unit=family.unit(thread.unit_id).name,
            text=None if message.sensitive and not family.is_strong else message.text,
            waits=_waits(thread, message),
        )
        for thread, message in _list_wished(look, family, child_id)
    )
    return OwnPlaces(child, units, wished)


def is_asked_already(look: Look, family: Family, child_id: str, text: str) -> bool:
    """Whether the same waits for staff word for word, also what only a strong sign-in shows."""
    return any(_waits(*one) and one[1].text == text for one in _list_wished(look, family, child_id))


def _list_wished(look: Look, family: Family, child_id: str) -> list[tuple[Thread, Message]]:
    rows = look.session.execute(_WISHED, {"threads": list(list_threads_of(look, family))})
    return [(thread, message) for message, thread in rows if is_in_book(look, family, child_id, [message.id])]


def _waits(thread: Thread, message: Message) -> bool:
    return thread.waits_since is not None and thread.waits_since <= message.at
