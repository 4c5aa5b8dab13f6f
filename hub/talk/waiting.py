"""What waits for a person at a unit: threads that nobody has answered, and texts from people we do not know.

Both are shown only to staff whose reach covers a child they are about, and never when a protected child is among them
whose named reader the asker is not. Source: security rules S3.3, S4.4 and S9.8.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from hub.desk import Look, Work
from hub.doorbell import LIVE
from hub.people.families import Child, Guardian, GuardianAddress
from hub.people.numbers import NumberAllocation, VirtualNumber
from hub.people.places import Unit
from hub.people.staff import Role, Staff
from hub.post.inbox import Arrival, ArrivalState
from hub.post.messages import (
    Author,
    Message,
    Thread,
    ThreadGuardian,
    ThreadKind,
    list_children_of,
    list_messages,
)
from hub.safety.access import NotThereError, Reach
from hub.safety.audit import note
from hub.safety.families import children_within
from hub.talk.strangers import list_strangers

MOST = 50
LOOK_BACK = 12


@dataclass(frozen=True, slots=True)
class WaitingThread:
    """A thread that waits for a person. `last` is what the family said last, None where the asker may not read it."""

    thread: Thread
    guardians: tuple[Guardian, ...]
    children: tuple[Child, ...]
    last: Message | None
    taken_by: str | None


@dataclass(frozen=True, slots=True)
class UnknownText:
    """A text that nobody could be matched with, and the number it came to."""

    arrival: Arrival
    number: VirtualNumber


def list_waiting(look: Look, reach: Reach, unit: Unit) -> list[WaitingThread]:
    """The threads of a unit that wait and that the reach covers, the one that has waited longest first."""
    threads = look.session.scalars(
        sa.select(Thread)
        .where(
            Thread.owner_id == reach.owner_id,
            Thread.unit_id == unit.id,
            Thread.waits_since.is_not(None),
            Thread.kind != ThreadKind.STRANGERS,
        )
        .order_by(Thread.waits_since, Thread.id)
        .limit(MOST)
    ).all()
    guardians = _guardians_of(look, threads)
    found = []
    for thread in threads:
        children = children_within(look, reach, unit, [guardian.id for guardian in guardians[thread.id]])
        if children:
            found.append(
                WaitingThread(
                    thread=thread,
                    guardians=tuple(guardians[thread.id]),
                    children=tuple(children),
                    last=_find_last_said(look, thread, {child.id for child in children}),
                    taken_by=_find_name(look, thread.assigned_to),
                )
            )
    return found


def _guardians_of(look: Look, threads: Iterable[Thread]) -> dict[str, list[Guardian]]:
    out: dict[str, list[Guardian]] = {thread.id: [] for thread in threads}
    rows = look.session.execute(
        sa.select(ThreadGuardian.thread_id, Guardian)
        .join(Guardian, Guardian.id == ThreadGuardian.guardian_id)
        .where(ThreadGuardian.thread_id.in_(out))
        .order_by(Guardian.first_name, Guardian.id)
    )
    for thread_id, guardian in rows:
        out[thread_id].append(guardian)
    return out


def _find_last_said(look: Look, thread: Thread, child_ids: set[str]) -> Message | None:
    """What the family said last, if it is about nobody but these children."""
    said = [m for m in list_messages(look, thread.id, limit=LOOK_BACK) if m.author == Author.GUARDIAN]
    if not said or not set(list_children_of(look, [said[-1].id])[said[-1].id]) <= child_ids:
        return None
    return said[-1]


def _find_name(look: Look, staff_id: str | None) -> str | None:
    staff = look.session.get(Staff, staff_id) if staff_id is not None else None
    return None if staff is None else staff.name


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
    """A sender who turns out to be a guardian is read by those who serve the guardian's children, and by nobody else."""
    known = list(
        look.session.scalars(
            sa.select(GuardianAddress.guardian_id).where(
                GuardianAddress.owner_id == reach.owner_id,
                GuardianAddress.kind == arrival.kind,
                GuardianAddress.value == arrival.sender,
            )
        )
    )
    return not known or bool(children_within(look, reach, unit, known))


def settle_unknown(work: Work, reach: Reach, unit: Unit, arrival_id: str) -> Arrival:
    """A person has taken care of such a text: it is kept, and waits no longer. Audited. Raises: NotThereError."""
    found = next((text.arrival for text in list_unknown(work, reach, unit) if text.arrival.id == arrival_id), None)
    if found is None:
        raise NotThereError
    found.state = ArrivalState.FILED
    note(work, "stranger.settle", [found.id])
    work.ring(LIVE, unit.id)
    return found
