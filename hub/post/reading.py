"""Which threads and messages a member of staff may read, as conditions that every question about them carries.

A message about several children is read only by who may read for each, in the unit whose thread it stands in: a guest for
a week after its last day, so that nothing waits there for nobody. One about no child is read by who serves the whole unit,
holds the seat it was written to, or serves every child of its thread.
Whoever is not named for a protected child sees nothing unattributed of that child's guardians.
Source: security rules S3.1, S3.5, S4.3 and S4.4.

The conditions are made once, when this file is read; whose reading it is comes with each asking, as `reader.bound()`.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, aliased

from hub.asker import Trust
from hub.desk import Look
from hub.people.families import Block, Child, Guardianship, Placement
from hub.people.guest_places import aliased_guests
from hub.people.numbers import NumberAllocation
from hub.people.places import Unit
from hub.post.messages import Message, MessageChild, Thread, ThreadGuardian, ThreadKind
from hub.quick_select import QuickSelect
from hub.safety.access import NotThereError, Reach, get_reach, list_units
from hub.safety.named_readers import NamedReader

LOOK_BACK = 200
DATES_AT_ONCE = 3
"""How many dates it can be on Earth at one moment: zones lie 26 hours apart at most."""
READ_ON = timedelta(days=7)
"""So long after a guest's last day it is still read about where it was."""

TODAY, LATELY = "day", "since"
"""The day to which a place must last, at least: today, or READ_ON before."""

Condition = sa.ColumnElement[bool]
Column = InstrumentedAttribute[str]


@dataclass(frozen=True, slots=True)
class Reader:
    """A member of staff who reads: their reach, its units with today there, and the protected children they may know of."""

    reach: Reach
    units: dict[str, Unit]
    days: dict[str, date]
    named: frozenset[str]

    def bound(self, **own: Any) -> dict[str, Any]:
        """What the conditions of this file need to be told of the reader, and what the question itself asks about."""
        dates = sorted(set(self.days.values()))
        told: dict[str, Any] = {
            "reader_owner": self.reach.owner_id,
            "reader_units": list(self.reach.units),
            "reader_whole_units": list(self.reach.whole_units),
            "reader_groups": list(self.reach.groups),
            "reader_roles": list(self.reach.roles),
            "reader_named": list(self.named),
        }
        for slot in range(DATES_AT_ONCE):
            day = dates[slot] if slot < len(dates) else dates[0]
            told[f"reader_day_{slot}"], told[f"reader_since_{slot}"] = day, day - READ_ON
            told[f"reader_units_{slot}"] = (
                [u for u, today in self.days.items() if today == day] if slot < len(dates) else []
            )
        return told | own


def _several(name: str) -> sa.BindParameter[Any]:
    return sa.bindparam(f"reader_{name}", expanding=True)


_WHOLE_UNITS, _GROUPS, _ROLES, _NAMED = (_several(name) for name in ("whole_units", "groups", "roles", "named"))


def is_today(place: type[Placement], last: str = TODAY) -> Condition:
    """A place that some child has today, in a unit of the reader's; or had, to no earlier than the `last` day."""
    return sa.or_(
        *(
            sa.and_(place.unit_id.in_(_several(f"units_{slot}")), _holds(place, slot, last))
            for slot in range(DATES_AT_ONCE)
        )
    )


def _holds(place: type[Placement], slot: int, last: str) -> Condition:
    day, since = (sa.bindparam(f"reader_{name}_{slot}", type_=sa.Date) for name in ("day", last))
    return sa.and_(place.from_day <= day, sa.or_(place.to_day.is_(None), place.to_day >= since))


def covers(place: type[Placement], last: str = TODAY) -> Condition:
    """Such a place within the reach."""
    return sa.and_(is_today(place, last), sa.or_(place.unit_id.in_(_WHOLE_UNITS), place.group_id.in_(_GROUPS)))


def may_know_of(child: type[Child]) -> Condition:
    """A child that is not protected, or whose named reader it is."""
    return sa.or_(~child.protected, child.id.in_(_NAMED))


def is_blocked(tie: type[Guardianship]) -> Condition:
    """The guardian must not learn of the child."""
    return sa.exists().where(
        Block.guardian_id == tie.guardian_id, Block.child_id == tie.child_id, Block.lifted_at.is_(None)
    )


_READ_PLACES, _READ_CHILD = ((aliased(Placement), TODAY), (aliased_guests(), LATELY)), aliased(Child)
"""A child is read about where it has a place today, or is a guest, or was lately."""


def reads_child(child_id: Column, unit_id: Column) -> Condition:
    """The child has a place today, or is a guest or was lately, in that unit and within the reach."""
    return sa.or_(
        *(
            sa.exists(
                sa.select(sa.literal(1))
                .select_from(place)
                .join(_READ_CHILD, _READ_CHILD.id == place.child_id)
                .where(
                    place.child_id == child_id, place.unit_id == unit_id, covers(place, last), may_know_of(_READ_CHILD)
                )
            )
            for place, last in _READ_PLACES
        )
    )


_MEMBER, _TIE, _CHILD = aliased(ThreadGuardian), aliased(Guardianship), aliased(Child)


def _children(place: type[Placement], last: str) -> "sa.Select[int]":
    """The children at the unit, by such places, of somebody in the thread, blocks aside."""
    return (
        sa.select(sa.literal(1))
        .select_from(_MEMBER)
        .join(_TIE, _TIE.guardian_id == _MEMBER.guardian_id)
        .join(place, place.child_id == _TIE.child_id)
        .where(
            _MEMBER.thread_id == Thread.id, place.unit_id == Thread.unit_id, is_today(place, last), ~is_blocked(_TIE)
        )
    )


_PLACES = ((aliased(Placement), TODAY), (aliased_guests(), LATELY))
_READS_SOME_CHILD = sa.or_(
    *(sa.exists(_children(place, last).where(reads_child(place.child_id, Thread.unit_id))) for place, last in _PLACES)
)
_READS_EVERY_CHILD = sa.and_(
    sa.or_(*(sa.exists(_children(place, last)) for place, last in _PLACES)),
    *(
        ~sa.exists(_children(place, last).where(~reads_child(place.child_id, Thread.unit_id)))
        for place, last in _PLACES
    ),
)
_HAS_HIDDEN_CHILD = sa.exists(
    sa.select(sa.literal(1))
    .select_from(_MEMBER)
    .join(_TIE, _TIE.guardian_id == _MEMBER.guardian_id)
    .join(_CHILD, _CHILD.id == _TIE.child_id)
    .where(_MEMBER.thread_id == Thread.id, ~may_know_of(_CHILD))
)
_OURS = sa.and_(
    Thread.owner_id == sa.bindparam("reader_owner"),
    Thread.unit_id.in_(_several("units")),
    Thread.kind.not_in((ThreadKind.STRANGERS, ThreadKind.STAFF)),
)
_SERVES_WHOLE = Thread.unit_id.in_(_WHOLE_UNITS)
_HOLDS_SEAT = sa.exists().where(NumberAllocation.number_id == Message.number_id, NumberAllocation.role_id.in_(_ROLES))
_READS_UNATTRIBUTED = sa.and_(~_HAS_HIDDEN_CHILD, sa.or_(_SERVES_WHOLE, _HOLDS_SEAT, _READS_EVERY_CHILD))
_ABOUT = aliased(MessageChild)
_IS_ABOUT = sa.select(sa.literal(1)).where(_ABOUT.message_id == Message.id)
READS_MESSAGE: Condition = sa.and_(
    _OURS,
    ~sa.exists(_IS_ABOUT.where(~reads_child(_ABOUT.child_id, Thread.unit_id))),
    sa.or_(sa.exists(_IS_ABOUT), _READS_UNATTRIBUTED),
)
"""On a question that joins Message and Thread."""


def newest_read(*narrower: Condition) -> sa.ScalarSelect[str]:
    """The id of the newest message of a Thread that the reader may read, or nothing."""
    return (
        sa.select(Message.id)
        .where(Message.thread_id == Thread.id, *narrower, READS_MESSAGE)
        .order_by(Message.id.desc())
        .limit(1)
        .correlate(Thread)
        .scalar_subquery()
    )


_NEWER = aliased(Message)
_OLDEST = (
    sa.select(_NEWER.id)
    .where(_NEWER.thread_id == Thread.id)
    .order_by(_NEWER.id.desc())
    .offset(LOOK_BACK - 1)
    .limit(1)
    .correlate(Thread)
    .scalar_subquery()
)
RECENT: Condition = Message.id >= sa.func.coalesce(_OLDEST, "")
LAST_READ = newest_read(RECENT)
"""It walks an index backwards, and no further than the newest few hundred: what is older is found in the books."""
READS_THREAD: Condition = sa.and_(
    _OURS,
    sa.or_(_SERVES_WHOLE, Thread.role_id.in_(_ROLES), _READS_SOME_CHILD),
    LAST_READ.is_not(None),
)
"""There is anything in the thread that the reader may read. Threads of other groups fall away before a message of theirs
is looked at."""
_THREAD = sa.select(Thread).where(Thread.id == sa.bindparam("thread"), READS_THREAD)
_MESSAGE = (
    sa.select(Message, Thread)
    .join(Thread, Thread.id == Message.thread_id)
    .where(Message.id == sa.bindparam("message"), READS_MESSAGE)
)
_NAMED_FOR = QuickSelect(sa.select(NamedReader.child_id).where(NamedReader.staff_id == sa.bindparam("staff")))


def get_reader(look: Look, least: Trust = Trust.STRONG) -> Reader:
    """Whoever asks, as a reader now. Raises: NotThereError when they serve nothing, are not staff, or it is less sure than
    `least` that it is they who ask."""
    reach = get_reach(look, least)
    units = {unit.id: unit for unit in list_units(look, reach)}
    named = frozenset(child_id for (child_id,) in _NAMED_FOR.rows(look, staff=reach.staff_id))
    return Reader(reach, units, {unit.id: unit.today(look.now) for unit in units.values()}, named)


def get_thread(look: Look, reader: Reader, thread_id: str) -> Thread:
    """Raises: NotThereError."""
    thread = look.session.scalar(_THREAD, reader.bound(thread=thread_id))
    if thread is None:
        raise NotThereError
    return thread


def get_message(look: Look, reader: Reader, message_id: str) -> tuple[Message, Thread]:
    """Raises: NotThereError."""
    found = look.session.execute(_MESSAGE, reader.bound(message=message_id)).first()
    if found is None:
        raise NotThereError
    return found[0], found[1]
