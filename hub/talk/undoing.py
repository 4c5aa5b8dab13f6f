"""What one UNDO takes back beyond the unit it was sent to.

A text about children at several units is kept in a thread of each, and each answers it by itself. So its UNDO is kept and
answered in each of them too, and none learns of another. One that is sent to another unit's number than the receipt came
from is taken to the unit where the latest act was settled.
"""

from dataclasses import dataclass

import sqlalchemy as sa

from hub.clock import first_id
from hub.database import Utc
from hub.desk import Look, Work
from hub.post.messages import Author, Message, Thread, ThreadGuardian
from hub.quick_select import QuickSelect
from hub.talk.conversations import AT_OTHER_UNITS, Conversation, ConversationState
from hub.talk.heard import Heard, Intent
from hub.talk.routing import Route, find_thread, route_to
from hub.talk.speaker import Speaker
from hub.talk.standing import UNDOABLE, get_standing, list_undoable, without_told_again


@dataclass(frozen=True, slots=True)
class Twin:
    """The message that the same text became at another unit, where it settled what can be taken back, and the way there."""

    route: Route
    message_id: str


_BY_ID = QuickSelect(sa.select(Message).where(Message.id == sa.bindparam("id")))
_TWINS = QuickSelect(
    sa.select(Message.id, Thread)
    .join(Thread, Thread.id == Message.thread_id)
    .join(ThreadGuardian, ThreadGuardian.thread_id == Thread.id)
    .where(
        ThreadGuardian.guardian_id.in_(sa.bindparam("guardians", expanding=True)),
        Thread.owner_id == sa.bindparam("owner"),
        Thread.unit_id != sa.bindparam("unit"),
        Message.id >= sa.bindparam("first"),
        Message.at == sa.bindparam("at", type_=Utc),
        Message.text == sa.bindparam("text"),
        Message.author == Author.GUARDIAN,
    )
    .order_by(Message.id)
    .distinct()
)


@dataclass(frozen=True, slots=True)
class Reach:
    """Where an UNDO takes something back: at the unit where it is answered, and at the others that the same text went to."""

    is_here: bool = True
    twins: tuple[Twin, ...] = ()


def reach_of_undo(work: Work, route: Route, speaker: Speaker, heard: Heard | None) -> Reach:
    """What the latest text only told again at one unit is passed by, there too, where it changed something at another."""
    if heard is None or all(act.intent is not Intent.UNDO for act in heard.acts):
        return Reach()
    asked_of, thread = speaker.addresses[0].value, find_thread(work, route)
    latest = _find_latest(work, thread, asked_of) if thread is not None else None
    if thread is None or latest is None:
        return Reach()
    found = _TWINS.rows(
        work,
        guardians=speaker.guardian_ids,
        owner=latest.owner_id,
        unit=route.unit.id,
        first=first_id(latest.at),
        at=latest.at,
        text=latest.text,
    )
    here = list_undoable(work, thread.id, asked_of, latest.id)
    there = {
        message_id: (list_undoable(work, other.id, asked_of, message_id), route_to(work, route, other))
        for message_id, other in found
    }
    kept = without_told_again([*here, *(one for settled, _ in there.values() for one in settled)])
    twins = (
        Twin(way, message_id)
        for message_id, (settled, way) in there.items()
        if way is not None and any(one in kept for one in settled)
    )
    return Reach(not here or any(one in kept for one in here), tuple(twins))


_SETTLED_ELSEWHERE = QuickSelect(
    AT_OTHER_UNITS.where(
        Conversation.state == ConversationState.SETTLED,
        Conversation.ended_at > sa.bindparam("since", type_=Utc),
    )
    .order_by(Conversation.ended_at.desc(), Conversation.id.desc())
    .limit(10)
)


def find_undo_elsewhere(look: Look, route: Route, speaker: Speaker, heard: Heard | None) -> Route | None:
    """The way to another unit, when what these people settled there is later than all that an UNDO could mean here."""
    if heard is None or all(act.intent is not Intent.UNDO for act in heard.acts):
        return None
    asked_of, since = speaker.addresses[0].value, look.now - UNDOABLE
    thread = find_thread(look, route)
    if thread is not None:
        asked = get_standing(look, thread.id, asked_of).newest(ConversationState.OPEN)
        if asked is not None and asked.expires_at > look.now:
            return None
        since = max([since, *(c.ended_at for c in list_undoable(look, thread.id, asked_of) if c.ended_at is not None)])
    asked_for = {
        "guardian": speaker.guardian_ids[0],
        "owner": route.unit.owner_id,
        "unit": route.unit.id,
        "asked_of": asked_of,
        "since": since,
    }
    for conversation, other in _SETTLED_ELSEWHERE.rows(look, **asked_for):
        way = route_to(look, route, other) if conversation.undo is not None else None
        if way is not None:
            return way
    return None


def _find_latest(look: Look, thread: Thread, asked_of: str) -> Message | None:
    """The message that an UNDO in this thread is about."""
    asked = get_standing(look, thread.id, asked_of).newest(ConversationState.OPEN)
    if asked is not None and asked.expires_at > look.now:
        return _BY_ID.rows(look, id=asked.began_with)[0][0]
    undoable = list_undoable(look, thread.id, asked_of)
    return _BY_ID.rows(look, id=undoable[0].began_with)[0][0] if undoable else None
