"""Where a message from staff would go: into which thread, from which seat, and whom it would reach.

Asked when the page shows it, and again when it is sent. Source: security rules S3.4 and S5.1.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from hub.address import SMS
from hub.desk import Look, Work
from hub.people.families import Child, Guardian, GuardianAddress, Guardianship, Right
from hub.people.naming import names_of
from hub.people.numbers import NumberAllocation, VirtualNumber, find_number_of_role
from hub.people.places import Unit
from hub.people.staff import Role
from hub.post.audience import find_pupil, list_guardians_for
from hub.post.messages import Author, Message, Thread, ThreadKind, find_thread_of, get_or_open_thread
from hub.post.posting import find_sender
from hub.post.pupil_threads import list_reading
from hub.post.reading import Reader, get_thread, reads_child
from hub.post.recipients import Recipients, find_recipients
from hub.safety.access import NotThereError, get_child
from hub.talk.routing import list_sharing
from hub.talk.seats import find_seat

_CHILDREN_IN = (
    sa.select(Child)
    .join(Guardianship, Guardianship.child_id == Child.id)
    .join(Thread, Thread.id == sa.bindparam("thread"))
    .where(
        Guardianship.guardian_id.in_(sa.bindparam("guardians", expanding=True)), reads_child(Child.id, Thread.unit_id)
    )
    .order_by(Child.first_name, Child.id)
    .distinct()
)


@dataclass(frozen=True, slots=True)
class Plan:
    """Where an answer goes: into a thread there is, or one still to be opened, about these children. `along` are who may read
    it on their own pages besides, by id and name."""

    recipients: Recipients
    guardian_ids: tuple[str, ...]
    kind: ThreadKind
    thread: Thread | None
    role: Role | None
    children: tuple[Child, ...]
    answers_sensitive: bool
    along: tuple[tuple[str, str], ...] = ()

    @property
    def key(self) -> str:
        """Names exactly these readers, for a form to bring back."""
        return ",".join(filter(None, [self.recipients.key, *(id_ for id_, _ in self.along)]))


def plan_answer(look: Look, reader: Reader, thread_id: str, child_ids: Sequence[str] = ()) -> Plan:
    """An answer in a thread, about some of its children; about all that the writer serves unless told.

    Raises: NotThereError.
    """
    thread = get_thread(look, reader, thread_id)
    children = list_children_in(look, reader, thread)
    chosen = tuple(child for child in children if child.id in child_ids) if child_ids else tuple(children)
    if child_ids and len(chosen) != len(set(child_ids)):
        raise NotThereError
    unit = reader.units[thread.unit_id]
    return _plan(look, reader, unit, tuple(thread.guardian_ids), ThreadKind(thread.kind), chosen, thread)


def list_children_in(look: Look, reader: Reader, thread: Thread) -> list[Child]:
    """The children at the unit of somebody in the thread, whom the reader may read about, by first name."""
    return list(look.session.scalars(_CHILDREN_IN, reader.bound(thread=thread.id, guardians=thread.guardian_ids)))


def list_plans(look: Look, reader: Reader, child_id: str) -> list[Plan]:
    """The ways to write about a child: for each unit and each guardian, alone or with those they share with.

    Raises: NotThereError.
    """
    child, places = get_child(look, reader.reach, child_id)
    plans: dict[tuple[str, str], Plan] = {}
    for unit in {unit.id: unit for unit, _ in places}.values():
        day = reader.days[unit.id]
        pupil = find_pupil(look, child.id, Right.INFORM, day)
        guardians = list_guardians_for(look, child.id, Right.INFORM, day)
        apart = [] if pupil is None or pupil in guardians else [pupil]
        for guardian in (*guardians, *apart):
            ids, kind = _party(look, guardian, unit)
            key = unit.id, ",".join(ids)
            if key not in plans:
                thread = find_thread_of(look, unit.id, ids, kind)
                plans[key] = _plan(look, reader, unit, tuple(ids), kind, (child,), thread)
    return [plan for plan in plans.values() if plan.recipients.people]


def _party(look: Look, guardian: Guardian, unit: Unit) -> tuple[list[str], ThreadKind]:
    """Who reads along with a guardian, by id, and as what."""
    same = _on_the_same_phone(look, guardian)
    ids = sorted(same or list_sharing(look, guardian, unit))
    if len(ids) == 1:
        return ids, ThreadKind.PUPIL if guardian.is_pupil else ThreadKind.PRIVATE
    return ids, ThreadKind.SHARED_PHONE if same else ThreadKind.JOINT


_FIRST = aliased(GuardianAddress)
_SAME_PHONE = sa.select(GuardianAddress).where(
    GuardianAddress.owner_id == sa.bindparam("owner"),
    GuardianAddress.kind == SMS,
    GuardianAddress.value
    == (
        sa.select(_FIRST.value)
        .where(_FIRST.guardian_id == sa.bindparam("guardian"), _FIRST.kind == SMS)
        .order_by(_FIRST.rank, _FIRST.id)
        .limit(1)
        .scalar_subquery()
    ),
)


def _on_the_same_phone(look: Look, guardian: Guardian) -> list[str]:
    """Everyone at the guardian's first phone when they are several; else nobody."""
    same = look.session.scalars(_SAME_PHONE, {"owner": guardian.owner_id, "guardian": guardian.id})
    ids = sorted({address.guardian_id for address in same if address.is_live(look.now)})
    return ids if len(ids) > 1 and guardian.id in ids else []


def _plan(
    look: Look,
    reader: Reader,
    unit: Unit,
    guardian_ids: tuple[str, ...],
    kind: ThreadKind,
    children: tuple[Child, ...],
    thread: Thread | None,
) -> Plan:
    role, sender = None, None
    if thread is not None and thread.role_id is not None:
        role, sender = look.session.get(Role, thread.role_id), find_sender(look, thread)
    if sender is None:
        role, sender = find_seat(look, unit.id, [child.id for child in children], list(reader.reach.roles)) or (
            None,
            None,
        )
    elif role is None or find_number_of_role(look, role.id) != sender:
        role = _role_of(look, sender)
    child_ids = [child.id for child in children]
    sensitive = thread is not None and _was_sensitive(look, thread)
    recipients = find_recipients(look, unit, guardian_ids, child_ids, sender, thread)
    along = _list_along(look, thread, reader.days[unit.id]) if thread is not None and recipients.reached else ()
    return Plan(recipients, guardian_ids, kind, thread, role, children, sensitive, along)


def _list_along(look: Look, thread: Thread, day: date) -> tuple[tuple[str, str], ...]:
    ids = list_reading(look, [thread], day).get(thread.id, ())
    return tuple(sorted(names_of(look, guardians=set(ids)).items())) if ids else ()


_ROLE_OF = (
    sa.select(Role)
    .join(NumberAllocation, NumberAllocation.role_id == Role.id)
    .where(NumberAllocation.number_id == sa.bindparam("number"), NumberAllocation.released_at.is_(None))
    .limit(1)
)
_WAS_SENSITIVE = (
    sa.select(Message.sensitive)
    .where(Message.thread_id == sa.bindparam("thread"), Message.author == Author.GUARDIAN)
    .order_by(Message.id.desc())
    .limit(1)
)


def _role_of(look: Look, number: VirtualNumber) -> Role | None:
    return look.session.scalar(_ROLE_OF, {"number": number.id})


def _was_sensitive(look: Look, thread: Thread) -> bool:
    """What is answered was sensitive: an answer keeps the class."""
    return bool(look.session.scalar(_WAS_SENSITIVE, {"thread": thread.id}))


def open_thread(work: Work, plan: Plan) -> Thread:
    """The plan's thread, opened when there is none."""
    if plan.thread is not None:
        return plan.thread
    unit = plan.recipients.unit
    thread = get_or_open_thread(work, unit.owner_id, unit.id, plan.guardian_ids, plan.kind)
    thread.role_id = plan.role.id if plan.role is not None else None
    return thread
