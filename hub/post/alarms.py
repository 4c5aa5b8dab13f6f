"""Alarms: broadcasts that hurry. An emergency goes before everything, asks who is safe, and is ended with a closing word; an
urgent notice passes quiet hours and what is sent to many. A drill goes as what does not hurry, and says in each text that it
is one.

Nothing holds an alarm, and what is sent to many waits while an emergency leaves. Source: security rules S5.2, S5.3 and S9.5.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.address import PUSH
from hub.database import ID_LENGTH, Base, Id, Moment, Ref, Utc
from hub.desk import Look, Refusal, Work
from hub.doorbell import ALARMS
from hub.people.places import Unit
from hub.post.broadcast_recalls import call_off
from hub.post.broadcast_rights import get_place
from hub.post.broadcasts import (
    Broadcast,
    BroadcastState,
    Place,
    Reply,
    Scope,
    Written,
    check_written,
    find_repeated,
    keep_broadcast,
)
from hub.post.deliveries import RANK, Delivery, Status
from hub.post.messages import Lane
from hub.post.topics import Topic
from hub.quick_select import QuickSelect
from hub.safety.access import NotThereError, Reach, get_reach
from hub.safety.audit import note

SAFE, NEED_HELP, CHILD_MISSING = 0, 1, 2
"""What may be answered to an emergency, as its broadcast counts its choices; that a child is missing is no choice of its own,
and is told in words alone."""
CALLS = frozenset({NEED_HELP, CHILD_MISSING})
"""What a person must hear of at once."""
CHOICES = ("alarm_safe", "alarm_help")
RUNS_FOR = timedelta(hours=12)
"""An emergency that nobody ends is over then, as far as a second one is concerned."""
HOLDS_UP_FOR = timedelta(minutes=30)
"""So long at most an emergency that does not get away keeps back what is sent to many."""


class AlarmKind(StrEnum):
    """`over` is the closing word of an emergency."""

    EMERGENCY = "emergency"
    URGENT = "urgent"
    OVER = "over"


class AlreadyRunningError(Refusal):
    """Somebody has raised an alarm for some of the same people already, which whoever asks has not seen."""

    words = "refusals.alarm_already_running"

    def __init__(self, running: "Alarm") -> None:
        super().__init__()
        self.running = running


class Alarm(Base):
    """What makes a broadcast hurry. `closes_id` is the alarm whose closing word it is; `over_at` is when it was ended."""

    __tablename__ = "alarms"
    __table_args__ = (sa.UniqueConstraint("broadcast_id"),)
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"), index=True)
    broadcast_id: Mapped[Ref] = mapped_column(sa.ForeignKey("broadcasts.id"))
    kind: Mapped[str] = mapped_column(sa.String(10))
    is_drill: Mapped[bool]
    raised_at: Mapped[Moment] = mapped_column(index=True)
    closes_id: Mapped[str | None] = mapped_column(sa.String(ID_LENGTH), default=None)
    over_at: Mapped[Moment | None] = mapped_column(default=None)
    over_by: Mapped[str | None] = mapped_column(sa.String(ID_LENGTH), default=None)

    @property
    def asks(self) -> bool:
        """Whether it asks who is safe."""
        return self.kind == AlarmKind.EMERGENCY

    @property
    def lane(self) -> Lane:
        if self.is_drill:
            return Lane.BULK
        return Lane.EMERGENCY if self.kind == AlarmKind.EMERGENCY else Lane.SAFETY

    @property
    def topic(self) -> Topic:
        return topic_of(AlarmKind(self.kind), is_drill=self.is_drill)


def topic_of(kind: AlarmKind, *, is_drill: bool) -> Topic:
    """A drill is none to those who want emergencies alone. Who got an emergency gets its end."""
    if is_drill:
        return Topic.NOTICE
    return Topic.URGENT if kind is AlarmKind.URGENT else Topic.EMERGENCY


def may_raise(reach: Reach, place: Place, kind: AlarmKind) -> bool:
    """An emergency is for leaders of the unit, and for who administers the owner's; an urgent notice for all who may send
    there, as `get_place` has asked."""
    leads = reach.administers if place.scope is Scope.OWNER else place.unit_id in reach.leads
    return kind is AlarmKind.URGENT or leads


def check_may_raise(reach: Reach, place: Place, kind: AlarmKind) -> None:
    """Raises: NotThereError."""
    if not may_raise(reach, place, kind):
        raise NotThereError


def raise_alarm(
    work: Work, place: Place, written: Written, kind: AlarmKind, *, is_drill: bool, seen: Collection[str] = ()
) -> Alarm:
    """It leaves at once. `seen` are the running alarms that whoever asks knows of and means this one beside. An urgent notice
    whose button was pressed twice goes once. Audited.

    It asks no rights: its callers do. Raises: AlreadyRunningError, and what `keep_broadcast` raises.
    """
    work.take_turns([place.owner_id])
    if kind is AlarmKind.URGENT and (repeated := _find_repeated(work, place, written, kind, is_drill=is_drill)):
        return repeated
    if kind is AlarmKind.EMERGENCY:
        unseen = [alarm for alarm in list_running(work, place, is_drill=is_drill) if alarm.id not in seen]
        if unseen:
            raise AlreadyRunningError(unseen[-1])
        written = Written(written.texts, written.language, Reply.CHOICES, CHOICES)
    return _raise(work, place, written, kind, is_drill=is_drill)


def _find_repeated(look: Look, place: Place, written: Written, kind: AlarmKind, *, is_drill: bool) -> Alarm | None:
    repeated = find_repeated(look, place, written)
    alarm = find_alarm(look, repeated.id) if repeated is not None else None
    return alarm if alarm is not None and (alarm.kind, alarm.is_drill) == (kind, is_drill) else None


def _raise(
    work: Work, place: Place, written: Written, kind: AlarmKind, *, is_drill: bool, closes_id: str | None = None
) -> Alarm:
    broadcast = keep_broadcast(work, place, written, work.now)
    alarm = Alarm(
        id=work.new_id(),
        owner_id=place.owner_id,
        broadcast_id=broadcast.id,
        kind=kind,
        is_drill=is_drill,
        raised_at=work.now,
        closes_id=closes_id,
    )
    work.session.flush()
    work.session.add(alarm)
    work.session.flush()
    note(work, "alarm.raise", [alarm.id, broadcast.id], f"{kind} drill" if is_drill else kind)
    work.ring(ALARMS, broadcast.id)
    return alarm


def end_alarm(work: Work, alarm: Alarm, closing: Written) -> Alarm:
    """It is over, and all to whom it went are told so; to nobody else does it go any more. Its own closing word where somebody
    has ended it already. Audited.

    Nothing is ended where its closing word cannot go. Raises: NotThereError where the asker may not raise one there,
    UnknownPlaceholderError.
    """
    work.take_turns([alarm.owner_id])
    work.session.refresh(alarm)
    if alarm.over_at is not None:
        return work.session.scalars(sa.select(Alarm).where(Alarm.closes_id == alarm.id)).one()
    place = get_place_to_end(work, alarm)
    check_written(closing)
    alarm.over_at, alarm.over_by = work.now, work.asker.id
    note(work, "alarm.end", [alarm.id, alarm.broadcast_id])
    call_off(work, work.session.get_one(Broadcast, alarm.broadcast_id))
    words = Written(closing.texts, closing.language, Reply.WORDS)
    return _raise(work, place, words, AlarmKind.OVER, is_drill=alarm.is_drill, closes_id=alarm.id)


def get_place_to_end(look: Look, alarm: Alarm) -> Place:
    """Where the closing word goes: to all to whom the alarm went.

    Raises: NotThereError where the asker may not raise one there.
    """
    broadcast = look.session.get_one(Broadcast, alarm.broadcast_id)
    groups, children = tuple(broadcast.group_ids), tuple(broadcast.child_ids)
    place = get_place(look, Scope(broadcast.scope), broadcast.unit_id, groups, children)
    check_may_raise(get_reach(look), place, AlarmKind(alarm.kind))
    return replace(place, group_ids=groups, child_ids=children, corrects_id=broadcast.id)


def may_end(look: Look, alarm: Alarm) -> bool:
    """Whether the asker may say that it is over, or take it back."""
    try:
        get_place_to_end(look, alarm)
    except NotThereError:
        return False
    return True


_OF_BROADCAST = QuickSelect(sa.select(Alarm).where(Alarm.broadcast_id == sa.bindparam("broadcast")))
RUNS = sa.and_(
    Alarm.kind == AlarmKind.EMERGENCY,
    Alarm.over_at.is_(None),
    sa.or_(
        Broadcast.state.not_in((BroadcastState.RECALLED, BroadcastState.STOPPED)),
        sa.and_(Broadcast.state == BroadcastState.RECALLED, Broadcast.began_at.is_not(None)),
    ),
)
"""One that was taken back runs for those whom it had reached, who may need help."""
_RUNNING = (
    sa.select(Alarm, Broadcast)
    .join(Broadcast, Broadcast.id == Alarm.broadcast_id)
    .where(
        Alarm.owner_id == sa.bindparam("owner"),
        Alarm.is_drill == sa.bindparam("is_drill"),
        RUNS,
        Alarm.raised_at > sa.bindparam("since", type_=Utc),
    )
    .order_by(Alarm.id)
)
_HURRY = (AlarmKind.EMERGENCY, AlarmKind.OVER, AlarmKind.URGENT)
"""The kinds in the order in which they go."""
_LEAVING = QuickSelect(
    sa.select(Alarm.broadcast_id, Alarm.kind)
    .join(Broadcast, Broadcast.id == Alarm.broadcast_id)
    .where(
        Alarm.raised_at > sa.bindparam("since", type_=Utc),
        ~Alarm.is_drill,
        Broadcast.state.in_((BroadcastState.HELD, BroadcastState.SENDING)),
    )
    .order_by(sa.case({kind: at for at, kind in enumerate(_HURRY)}, value=Alarm.kind), Alarm.id)
)
_ON_THEIR_WAY = QuickSelect(
    sa.select(Delivery.id)
    .where(
        Delivery.lane == Lane.EMERGENCY,
        Delivery.kind != PUSH,
        Delivery.rank == RANK[Status.WAITING],
        Delivery.due <= sa.bindparam("now", type_=Utc),
        Delivery.due > sa.bindparam("since", type_=Utc),
        Delivery.channel.not_in(sa.bindparam("paused", expanding=True)),
    )
    .limit(1)
)


def find_alarm(look: Look, broadcast_id: str) -> Alarm | None:
    """What makes a broadcast an alarm, if it is one."""
    found = _OF_BROADCAST.rows(look, broadcast=broadcast_id)
    return found[0][0] if found else None


def list_running(look: Look, place: Place, *, is_drill: bool) -> list[Alarm]:
    """The emergencies, or drills of one, that nobody has ended and that are for some of the same people; the oldest first."""
    asked = {"owner": place.owner_id, "is_drill": is_drill, "since": look.now - RUNS_FOR}
    return [alarm for alarm, broadcast in look.session.execute(_RUNNING, asked) if _overlap(broadcast, place)]


def list_running_at(look: Look, unit: Unit) -> list[Alarm]:
    """Those that are for anybody of a unit, drills too; the newest last."""
    place = Place(unit.owner_id, Scope.UNIT, unit.name, "", unit.id)
    return sorted(
        (alarm for is_drill in (False, True) for alarm in list_running(look, place, is_drill=is_drill)),
        key=lambda alarm: alarm.id,
    )


def _overlap(broadcast: Broadcast, place: Place) -> bool:
    if Scope.OWNER in (broadcast.scope, place.scope):
        return True
    if broadcast.unit_id != place.unit_id:
        return False
    is_of_groups = broadcast.scope == place.scope == Scope.GROUPS
    return not is_of_groups or not set(broadcast.group_ids).isdisjoint(place.group_ids)


def list_leaving(look: Look) -> list[str]:
    """The broadcasts that are alarms and have not told everybody yet, no drills; what hurries most first."""
    return [id_ for id_, _ in _LEAVING.rows(look, since=look.now - HOLDS_UP_FOR)]


def is_emergency_leaving(look: Look, paused: Collection[str] = ()) -> bool:
    """Whether what is sent to many is to wait: an emergency's texts are being made, or wait for a channel not `paused`."""
    since = look.now - HOLDS_UP_FOR
    if any(kind == AlarmKind.EMERGENCY for _, kind in _LEAVING.rows(look, since=since)):
        return True
    return bool(_ON_THEIR_WAY.rows(look, now=look.now, since=since, paused=list(paused)))
