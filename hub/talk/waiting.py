"""What waits for a person at a unit: threads that nobody has answered, and texts from people we do not know.

Both are shown only to staff whose reach covers a child they are about, and never when a protected child is among them
whose named reader the asker is not. Source: security rules S3.3, S4.4 and S9.8.
"""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from hub.desk import Look, Work
from hub.doorbell import LIVE
from hub.people.families import GuardianAddress
from hub.people.numbers import NumberAllocation, VirtualNumber
from hub.people.places import Unit
from hub.people.staff import Role
from hub.post.inbox import Arrival, ArrivalState
from hub.post.inboxes import Row, list_waiting_at
from hub.post.messages import Author, Message, Thread
from hub.post.reading import Reader, newest_read
from hub.safety.access import NotThereError, Reach
from hub.safety.audit import note
from hub.safety.families import children_within, has_hidden_child
from hub.talk.strangers import list_strangers


@dataclass(frozen=True, slots=True)
class WaitingThread:
    """A thread that waits for a person. `said` is what the family said last of what the reader may read, if anything."""

    row: Row
    said: Message | None


@dataclass(frozen=True, slots=True)
class UnknownText:
    """A text that nobody could be matched with, and the number it came to."""

    arrival: Arrival
    number: VirtualNumber


_LAST_SAID = aliased(Message)
_SAID = (
    sa.select(_LAST_SAID)
    .select_from(Thread)
    .join(_LAST_SAID, _LAST_SAID.id == newest_read(Message.author == Author.GUARDIAN))
    .where(Thread.id.in_(sa.bindparam("threads", expanding=True)))
)
"""What the family said last in each of these threads, of what the reader may read."""


def list_waiting(look: Look, reader: Reader, unit: Unit) -> list[WaitingThread]:
    """The threads of a unit that wait and that the reader may read, the one that has waited longest first."""
    rows = list_waiting_at(look, reader, unit.id)
    if not rows:
        return []
    asked = reader.bound(threads=[row.thread.id for row in rows])
    said = {message.thread_id: message for message in look.session.scalars(_SAID, asked)}
    return [WaitingThread(row, said.get(row.thread.id)) for row in rows]


def list_unknown(look: Look, reach: Reach, unit: Unit) -> list[UnknownText]:
    """What came from people we do not know to the numbers the asker answers for, newest first."""
    numbers = {number.value: number for number in _numbers_within(look, reach, unit)}
    return [
        UnknownText(arrival, numbers[arrival.recipient])
        for arrival in list_strangers(look, list(numbers))
        if _may_read(look, reach, unit, arrival)
    ]


def _numbers_within(look: Look, reach: Reach, unit: Unit) -> list[VirtualNumber]:
    """The unit's numbers, those that rest too, for whoever serves the whole unit; for others those of their own roles."""
    question = (
        sa.select(VirtualNumber)
        .join(NumberAllocation, NumberAllocation.number_id == VirtualNumber.id)
        .join(Role, Role.id == NumberAllocation.role_id)
        .where(
            Role.owner_id == reach.owner_id,
            Role.unit_id == unit.id,
            sa.or_(NumberAllocation.released_at.is_(None), NumberAllocation.rests_until > look.now),
        )
    )
    if unit.id not in reach.whole_units:
        question = question.where(Role.id.in_(reach.roles))
    return list(look.session.scalars(question))


def _may_read(look: Look, reach: Reach, unit: Unit, arrival: Arrival) -> bool:
    """A sender who turns out to be a guardian is read by those who serve the guardian's children, and by nobody from
    whom one of these is hidden."""
    known = list(
        look.session.scalars(
            sa.select(GuardianAddress.guardian_id).where(
                GuardianAddress.owner_id == reach.owner_id,
                GuardianAddress.kind == arrival.kind,
                GuardianAddress.value == arrival.sender,
            )
        )
    )
    if not known:
        return True
    return not has_hidden_child(look, reach, known) and bool(children_within(look, reach, unit, known))


def settle_unknown(work: Work, reach: Reach, unit: Unit, arrival_id: str) -> Arrival:
    """A person has taken care of such a text: it is kept, and waits no longer. Audited. Raises: NotThereError."""
    found = next((text.arrival for text in list_unknown(work, reach, unit) if text.arrival.id == arrival_id), None)
    if found is None:
        raise NotThereError
    found.state = ArrivalState.FILED
    note(work, "stranger.settle", [found.id])
    work.ring(LIVE, unit.id)
    return found
