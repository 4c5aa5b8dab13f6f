"""Which threads and messages a member of staff may read, as conditions that every question about them carries.

A message about several children is read only by who may read for each, in the unit whose thread it stands in. One about
no child is read by who serves the whole unit, holds the seat it was written to, or serves every child of its thread.
Whoever is not named for a protected child sees nothing unattributed of that child's guardians.
Source: security rules S3.1, S3.5, S4.3 and S4.4.
"""

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, aliased

from hub.desk import Look
from hub.people.families import Block, Child, Guardianship, Placement
from hub.people.numbers import NumberAllocation
from hub.people.places import Unit
from hub.post.messages import Message, MessageChild, Thread, ThreadGuardian, ThreadKind
from hub.safety.access import NamedReader, NotThereError, Reach, get_reach, list_units

LOOK_BACK = 200

Condition = sa.ColumnElement[bool]
Column = InstrumentedAttribute[str]


@dataclass(frozen=True, slots=True)
class Reader:
    """A member of staff who reads: their reach, its units with today there, and the protected children they may know of."""

    reach: Reach
    units: dict[str, Unit]
    days: dict[str, date]
    named: frozenset[str]

    def reads_child(self, child_id: Column, unit_id: Column) -> Condition:
        """The child has a place today, in that unit and within the reach."""
        place, child = aliased(Placement), aliased(Child)
        return sa.exists(
            sa.select(sa.literal(1))
            .select_from(place)
            .join(child, child.id == place.child_id)
            .where(
                place.child_id == child_id,
                place.unit_id == unit_id,
                self.covers(place),
                sa.or_(~child.protected, child.id.in_(self.named)),
            )
        )

    def covers(self, place: type[Placement]) -> Condition:
        """A place that some child has today, within the reach."""
        return sa.or_(
            sa.false(),
            *(
                sa.and_(
                    place.unit_id == unit_id,
                    _holds(place, day),
                    sa.true() if unit_id in self.reach.whole_units else place.group_id.in_(self.reach.groups),
                )
                for unit_id, day in self.days.items()
            ),
        )

    def reads_message(self) -> Condition:
        """On a question that joins Message and Thread."""
        about = aliased(MessageChild)
        unread = sa.exists(
            sa.select(sa.literal(1)).where(
                about.message_id == Message.id, ~self.reads_child(about.child_id, Thread.unit_id)
            )
        )
        some = sa.exists(sa.select(sa.literal(1)).where(about.message_id == Message.id))
        return sa.and_(self._ours(), ~unread, sa.or_(some, self._reads_unattributed()))

    def reads_thread(self) -> Condition:
        """There is anything in the thread that the reader may read. Threads of other groups fall away before a message of
        theirs is looked at.
        """
        may_have = sa.or_(
            Thread.unit_id.in_(self.reach.whole_units),
            Thread.role_id.in_(self.reach.roles),
            self._has_child(True),
        )
        return sa.and_(self._ours(), may_have, self.last_read().is_not(None))

    def last_read(self) -> sa.ScalarSelect[str]:
        """The id of the newest message of a Thread that the reader may read, or nothing.

        It walks an index backwards, and no further than the newest few hundred: what is older is found in the books.
        """
        newer = aliased(Message)
        oldest = (
            sa.select(newer.id)
            .where(newer.thread_id == Thread.id)
            .order_by(newer.id.desc())
            .offset(LOOK_BACK - 1)
            .limit(1)
            .correlate(Thread)
            .scalar_subquery()
        )
        return (
            sa.select(Message.id)
            .where(Message.thread_id == Thread.id, Message.id >= sa.func.coalesce(oldest, ""), self.reads_message())
            .order_by(Message.id.desc())
            .limit(1)
            .correlate(Thread)
            .scalar_subquery()
        )

    def _ours(self) -> Condition:
        return sa.and_(
            Thread.owner_id == self.reach.owner_id,
            Thread.unit_id.in_(self.reach.units),
            Thread.kind != ThreadKind.STRANGERS,
        )

    def _reads_unattributed(self) -> Condition:
        seat = sa.exists(
            sa.select(sa.literal(1)).where(
                NumberAllocation.number_id == Message.number_id, NumberAllocation.role_id.in_(self.reach.roles)
            )
        )
        everyone = sa.and_(self._has_child(None), ~self._has_child(False))
        return sa.and_(~self._has_hidden_child(), sa.or_(Thread.unit_id.in_(self.reach.whole_units), seat, everyone))

    def _has_child(self, readable: bool | None) -> Condition:
        """A child at the unit today of somebody in the thread, blocks aside; one that is read, or not, when told so."""
        member, tie, place = aliased(ThreadGuardian), aliased(Guardianship), aliased(Placement)
        blocked = sa.exists(
            sa.select(sa.literal(1)).where(
                Block.guardian_id == tie.guardian_id, Block.child_id == tie.child_id, Block.lifted_at.is_(None)
            )
        )
        today = sa.or_(
            sa.false(), *(sa.and_(place.unit_id == unit_id, _holds(place, day)) for unit_id, day in self.days.items())
        )
        found = (
            sa.select(sa.literal(1))
            .select_from(member)
            .join(tie, tie.guardian_id == member.guardian_id)
            .join(place, place.child_id == tie.child_id)
            .where(member.thread_id == Thread.id, place.unit_id == Thread.unit_id, today, ~blocked)
        )
        if readable is not None:
            reads = self.reads_child(place.child_id, Thread.unit_id)
            found = found.where(reads if readable else ~reads)
        return sa.exists(found)

    def _has_hidden_child(self) -> Condition:
        member, tie, child = aliased(ThreadGuardian), aliased(Guardianship), aliased(Child)
        return sa.exists(
            sa.select(sa.literal(1))
            .select_from(member)
            .join(tie, tie.guardian_id == member.guardian_id)
            .join(child, child.id == tie.child_id)
            .where(member.thread_id == Thread.id, child.protected, child.id.not_in(self.named))
        )


def _holds(place: type[Placement], day: date) -> Condition:
    return sa.and_(place.from_day <= day, sa.or_(place.to_day.is_(None), place.to_day >= day))


def get_reader(look: Look) -> Reader:
    """Whoever asks, as a reader now. Raises: NotThereError when they serve nothing, or are not staff signed in strongly."""
    reach = get_reach(look)
    units = {unit.id: unit for unit in list_units(look, reach)}
    named = look.session.scalars(sa.select(NamedReader.child_id).where(NamedReader.staff_id == reach.staff_id))
    return Reader(reach, units, {unit.id: unit.today(look.now) for unit in units.values()}, frozenset(named))


def get_thread(look: Look, reader: Reader, thread_id: str) -> Thread:
    """Raises: NotThereError."""
    thread = look.session.scalar(sa.select(Thread).where(Thread.id == thread_id, reader.reads_thread()))
    if thread is None:
        raise NotThereError
    return thread


def get_message(look: Look, reader: Reader, message_id: str) -> tuple[Message, Thread]:
    """Raises: NotThereError."""
    found = look.session.execute(
        sa.select(Message, Thread)
        .join(Thread, Thread.id == Message.thread_id)
        .where(Message.id == message_id, reader.reads_message())
    ).first()
    if found is None:
        raise NotThereError
    return found[0], found[1]
