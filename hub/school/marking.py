"""Whom one marking of a whole group takes: those of whom nothing was heard, and never a child who is looked for, or of whom a
family wrote today what no person has read yet."""

from collections.abc import Iterable, Sequence
from datetime import date, time

import sqlalchemy as sa

from hub.database import Utc
from hub.desk import Look
from hub.people.places import Unit
from hub.post.messages import Author, Message, MessageChild, Thread
from hub.safety.guests import list_guest_homes
from hub.school.day_board import OnBoard, Presence
from hub.school.not_arrived import list_cases
from hub.school.waking import find_untold


def list_looked_for(look: Look, unit: Unit, day: date) -> set[str]:
    """The children of a unit about whom a question or an alarm stands: each is marked by itself."""
    return {case.child_id for case in list_cases(look, unit, day) if case.closed_at is None}


_UNREAD = (
    sa.select(MessageChild.child_id)
    .join(Message, Message.id == MessageChild.message_id)
    .join(Thread, Thread.id == Message.thread_id)
    .where(
        MessageChild.child_id.in_(sa.bindparam("children", expanding=True)),
        Thread.unit_id.in_(sa.bindparam("units", expanding=True)),
        Thread.waits_since.is_not(None),
        Message.author == Author.GUARDIAN,
        Message.at >= sa.bindparam("since", type_=Utc),
    )
)


def list_unread_of(look: Look, unit: Unit, day: date, child_ids: Sequence[str]) -> set[str]:
    """Those of the children of whom something was written today that waits for a person, of guests at home too: it may say that
    they are not here."""
    units = {unit.id, *(home.id for home in list_guest_homes(look, unit, day).values())}
    asked = {"children": list(child_ids), "units": sorted(units), "since": unit.moment(day, time())}
    return set(look.session.scalars(_UNREAD, asked))


def list_sought(look: Look, unit: Unit, day: date, board: Iterable[OnBoard]) -> set[str]:
    """Those of a unit whom nothing explains at this moment, whatever was told of them: a question without an answer or an
    alarm stands, or no other phone knows of what was told."""
    cases = {case.child_id: case for case in list_cases(look, unit, day)}
    sought = {
        child_id
        for child_id, case in cases.items()
        if case.closed_at is None and (case.alarm_at is not None or case.quiet_at is None)
    }
    return sought | find_untold(look, board, cases).keys()


def list_rest(look: Look, unit: Unit, day: date, board: Sequence[OnBoard], group_id: str) -> list[OnBoard]:
    """Those of a group on the board whom one tap, or one text, for the group marks here."""
    rest = [on for on in board if on.group_id == group_id and on.presence is Presence.NOT_HEARD and not on.is_disputed]
    by_themselves = list_looked_for(look, unit, day) | list_unread_of(look, unit, day, [on.child.id for on in rest])
    return [on for on in rest if on.child.id not in by_themselves]


def list_open(look: Look, unit: Unit, day: date, board: Sequence[OnBoard], group_id: str) -> set[str]:
    """Those of a group, by id, of whom "the rest are here" says nothing: who is looked for, also where it was seen, and of whom
    it is not what is known."""
    doubted = {on.child.id for on in list_doubted(look, unit, day, board, group_id)}
    return doubted | list_looked_for(look, unit, day)


def list_doubted(look: Look, unit: Unit, day: date, board: Sequence[OnBoard], group_id: str) -> list[OnBoard]:
    """Those of a group of whom "all are here" is not what is known: looked for, told of, or written about and not yet read."""
    rest = {on.child.id for on in list_rest(look, unit, day, board, group_id)}
    return [on for on in board if on.group_id == group_id and not on.was_seen and on.child.id not in rest]
