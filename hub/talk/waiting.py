"""What waits for a person at a unit: threads that nobody has answered, and texts from people we do not know.

Both are shown only to staff whose reach covers a child they are about, and never when a protected child is among them
whose named reader the asker is not. Source: security rules S3.3, S4.4 and S9.8.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from hub.database import Utc
from hub.desk import Look, Work
from hub.doorbell import LIVE
from hub.people.families import Child, GuardianAddress, Guardianship, Placement
from hub.people.numbers import NumberAllocation, VirtualNumber
from hub.people.places import Unit
from hub.people.staff import Role
from hub.post.arrivals import Arrival, ArrivalState
from hub.post.inbox_rows import WAITS_WITH, Row
from hub.post.inboxes import list_waiting_at
from hub.post.messages import Message, Thread
from hub.post.reading import Reader, covers, is_blocked, may_know_of, newest_read
from hub.safety.access import NotThereError
from hub.safety.audit import note
from hub.talk.strangers import list_strangers


@dataclass(frozen=True, slots=True)
class WaitingThread:
    """A thread that waits for a person. `said` is what it waits with: what the family said last before it began to wait, of
    what the reader may read, if anything."""

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
    .join(_LAST_SAID, _LAST_SAID.id == newest_read(*WAITS_WITH))
    .where(Thread.id.in_(sa.bindparam("threads", expanding=True)))
)
"""What each of these threads waits with, of what the reader may read."""


def list_waiting(look: Look, reader: Reader, unit: Unit) -> list[WaitingThread]:
    """The threads of a unit that wait and that the reader may read, the one that has waited longest first."""
    rows = list_waiting_at(look, reader, unit.id)
    if not rows:
        return []
    asked = reader.bound(threads=[row.thread.id for row in rows])
    said = {message.thread_id: message for message in look.session.scalars(_SAID, asked)}
    return [WaitingThread(row, said.get(row.thread.id)) for row in rows]


_NUMBERS = (
    sa.select(VirtualNumber)
    .join(NumberAllocation, NumberAllocation.number_id == VirtualNumber.id)
    .join(Role, Role.id == NumberAllocation.role_id)
    .where(
        Role.owner_id == sa.bindparam("reader_owner"),
        Role.unit_id == sa.bindparam("unit"),
        sa.or_(NumberAllocation.released_at.is_(None), NumberAllocation.rests_until > sa.bindparam("now", type_=Utc)),
        sa.or_(
            Role.unit_id.in_(sa.bindparam("reader_whole_units", expanding=True)),
            Role.id.in_(sa.bindparam("reader_roles", expanding=True)),
        ),
    )
)
"""The unit's numbers, those that rest too, for whoever serves the whole unit; for others those of their own roles."""
_SENDERS = sa.select(GuardianAddress.kind, GuardianAddress.value, GuardianAddress.guardian_id).where(
    GuardianAddress.owner_id == sa.bindparam("reader_owner"),
    GuardianAddress.value.in_(sa.bindparam("senders", expanding=True)),
)
_TIES: sa.BindParameter[Sequence[str]] = sa.bindparam("guardians", expanding=True)
_SERVED = (
    sa.select(Guardianship.guardian_id)
    .join(Placement, Placement.child_id == Guardianship.child_id)
    .join(Child, Child.id == Guardianship.child_id)
    .where(
        Guardianship.guardian_id.in_(_TIES),
        Placement.unit_id == sa.bindparam("unit"),
        covers(Placement),
        may_know_of(Child),
        ~is_blocked(Guardianship),
    )
)
_HIDDEN = (
    sa.select(Guardianship.guardian_id)
    .join(Child, Child.id == Guardianship.child_id)
    .where(Guardianship.guardian_id.in_(_TIES), ~may_know_of(Child))
)


def list_unknown(look: Look, reader: Reader, unit: Unit) -> list[UnknownText]:
    """What came from people we do not know to the numbers the reader answers for, newest first.

    A sender who turns out to be a guardian is read by those who serve the guardian's children, and by nobody from whom
    one of these is hidden.
    """
    numbers = _list_numbers(look, reader, unit)
    return _readable(look, reader, unit, numbers, list_strangers(look, list(numbers)) if numbers else [])


def hears_of_unknown(look: Look, reader: Reader, unit: Unit, ids: Collection[str]) -> bool:
    """Whether one of the ids is such a text that the reader may read, or might have read before it was settled."""
    arrivals = look.session.scalars(sa.select(Arrival).where(Arrival.id.in_(ids))).all()
    numbers = _list_numbers(look, reader, unit) if arrivals else {}
    return bool(_readable(look, reader, unit, numbers, [one for one in arrivals if one.recipient in numbers]))


def _list_numbers(look: Look, reader: Reader, unit: Unit) -> dict[str, VirtualNumber]:
    found = look.session.scalars(_NUMBERS, reader.bound(unit=unit.id, now=look.now))
    return {number.value: number for number in found}


def _readable(
    look: Look, reader: Reader, unit: Unit, numbers: Mapping[str, VirtualNumber], arrivals: Sequence[Arrival]
) -> list[UnknownText]:
    if not arrivals:
        return []
    known: dict[tuple[str, str], set[str]] = {}
    for kind, value, guardian_id in look.session.execute(
        _SENDERS, reader.bound(senders=list({arrival.sender for arrival in arrivals}))
    ):
        known.setdefault((kind, value), set()).add(guardian_id)
    asked = reader.bound(unit=unit.id, guardians=list({id_ for ids in known.values() for id_ in ids}))
    served = set(look.session.scalars(_SERVED, asked)) if known else set()
    hidden = set(look.session.scalars(_HIDDEN, asked)) if known else set()

    def may_read(arrival: Arrival) -> bool:
        guardians = known.get((arrival.kind, arrival.sender), set())
        return not guardians or (hidden.isdisjoint(guardians) and not served.isdisjoint(guardians))

    return [UnknownText(arrival, numbers[arrival.recipient]) for arrival in arrivals if may_read(arrival)]


def settle_unknown(work: Work, reader: Reader, unit: Unit, arrival_id: str) -> Arrival:
    """A person has taken care of such a text: it is kept, and waits no longer. Audited. Raises: NotThereError."""
    found = next((text.arrival for text in list_unknown(work, reader, unit) if text.arrival.id == arrival_id), None)
    if found is None:
        raise NotThereError
    found.state = ArrivalState.FILED
    note(work, "stranger.settle", [found.id])
    work.ring(LIVE, found.id)
    return found
