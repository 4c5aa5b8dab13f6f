"""Whom to ring because of an emergency: whose child is missing, who asked for help, and whom no way has reached. A call is told
of in one tap.

Only what whoever asks may see: children whom they serve, protected ones by their named readers alone; and no phone that
somebody answers who may not know. Source: security rules S1.5, S4.1 and S4.4.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.database import ID_LENGTH, Base, Id, Moment, Ref
from hub.desk import Look, Work
from hub.doorbell import LIVE
from hub.people.families import Child, Guardian, Right
from hub.people.places import Unit
from hub.post.alarms import CALLS, CHILD_MISSING, Alarm, list_running_at
from hub.post.audience import list_entitled
from hub.post.broadcast_picture import End
from hub.post.broadcast_progress import Standing, list_standings
from hub.post.broadcast_receivers import BroadcastReceiver
from hub.post.broadcast_seen import list_theirs
from hub.post.broadcasts import Broadcast
from hub.post.unreached import Called, Unreached, list_phones_for
from hub.safety.access import NotThereError, get_reach
from hub.safety.audit import note
from hub.safety.guests import visible_at_unit

GUARDED = "guarded"
"""Told only that there is something to read, since a child of theirs is protected."""
NO_SIGN = "no_sign"


class AlarmCall(Base):
    """One call about an alarm. Who was not reached stays on the list, with when it was tried."""

    __tablename__ = "alarm_calls"
    __table_args__ = (sa.Index(None, "broadcast_id", "guardian_id"),)
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    broadcast_id: Mapped[Ref] = mapped_column(sa.ForeignKey("broadcasts.id"))
    guardian_id: Mapped[Ref] = mapped_column(sa.ForeignKey("guardians.id"))
    at: Mapped[Moment]
    by: Mapped[str] = mapped_column(sa.String(ID_LENGTH))
    how: Mapped[str] = mapped_column(sa.String(12))


@dataclass(frozen=True, slots=True)
class ToRing:
    """One line of the list. `why` is a code; None where they asked for help, or a child is missing. `tried` is the latest call
    in vain."""

    receiver: BroadcastReceiver
    guardian: Guardian
    children: tuple[Child, ...]
    phones: tuple[str, ...]
    why: str | None
    tried: AlarmCall | None

    @property
    def needs_help(self) -> bool:
        return self.why is None

    @property
    def misses_child(self) -> bool:
        return self.receiver.answer == CHILD_MISSING


def list_to_ring(look: Look, broadcast: Broadcast) -> list[ToRing]:
    """Whose child is missing first, then who needs help, then by name. It asks no rights to the broadcast: its callers do."""
    standings = {one.receiver.id: one for one in list_standings(look, broadcast)}
    given_up = _list_given_up(look, broadcast)
    wanted = [(one, why) for one in standings.values() for why in _why_to_ring(one, given_up)]
    calls = _find_calls(look, broadcast.id)
    wanted = [each for each in wanted if not _is_settled(each[0].receiver, calls)]
    theirs = list_theirs(look, broadcast, [one.receiver for one, _ in wanted])
    lines = [line for one, why in wanted for line in _write(look, one, why, theirs, calls)]
    return sorted(lines, key=lambda x: (not x.misses_child, not x.needs_help, x.guardian.name, x.receiver.id))


def list_needing_help(look: Look, unit: Unit) -> list[ToRing]:
    """Those at a unit who asked for help in an emergency that runs, or in it or a drill told that a child is missing, and whom
    nobody has reached since; whose child is missing first."""
    found = [
        line
        for alarm in list_running_at(look, unit)
        for line in list_to_ring(look, look.session.get_one(Broadcast, alarm.broadcast_id))
        if line.misses_child or (line.needs_help and not alarm.is_drill)
    ]
    ids = {child.id for line in found for child in line.children}
    here = visible_at_unit(look, get_reach(look), ids, unit.id, unit.today(look.now)) if ids else set()
    found = [line for line in found if any(child.id in here for child in line.children)]
    first = sorted(found, key=lambda line: not line.misses_child)
    return list({line.guardian.id: line for line in reversed(first)}.values())[::-1]


def tell_rung(work: Work, alarm: Alarm, receiver_id: str, how: Called) -> None:
    """What came of a call to somebody on the list; nothing where they have left it since, for a colleague was quicker, or they
    have answered. Audited. Raises: NotThereError."""
    broadcast = work.session.get_one(Broadcast, alarm.broadcast_id)
    line = next((each for each in list_to_ring(work, broadcast) if each.receiver.id == receiver_id), None)
    if line is None:
        if not _may_see(work, broadcast, receiver_id):
            raise NotThereError
        return
    call = AlarmCall(
        id=work.new_id(),
        owner_id=alarm.owner_id,
        broadcast_id=broadcast.id,
        guardian_id=line.guardian.id,
        at=work.now,
        by=work.asker.id,
        how=how,
    )
    work.session.add(call)
    if how is Called.REACHED:
        rows = sa.select(Unreached).where(
            Unreached.message_id == line.receiver.message_id, Unreached.guardian_id == line.guardian.id
        )
        for row in work.session.scalars(rows):
            row.called_at, row.called_by, row.called_how, row.settled_at = work.now, work.asker.id, how, work.now
    note(work, "alarm.called", [alarm.id, line.guardian.id], how)
    work.ring(LIVE, broadcast.id)


def _may_see(look: Look, broadcast: Broadcast, receiver_id: str) -> bool:
    receiver = look.session.get(BroadcastReceiver, receiver_id)
    if receiver is None or receiver.broadcast_id != broadcast.id:
        return False
    return bool(list_theirs(look, broadcast, [receiver]))


def _list_given_up(look: Look, broadcast: Broadcast) -> set[tuple[str, str]]:
    """Message and guardian where every way was tried and nobody gave a sign."""
    rows = look.session.execute(
        sa.select(Unreached.message_id, Unreached.guardian_id)
        .join(BroadcastReceiver, BroadcastReceiver.message_id == Unreached.message_id)
        .where(BroadcastReceiver.broadcast_id == broadcast.id, Unreached.settled_at.is_(None))
    )
    return {(message_id, guardian_id) for message_id, guardian_id in rows}


def _why_to_ring(one: Standing, given_up: Collection[tuple[str, str]]) -> Iterator[str | None]:
    receiver = one.receiver
    if receiver.answer in CALLS:
        yield None
    elif receiver.answer is not None or one.why == "no_right":
        return
    elif one.end is End.FAILED:
        yield one.why
    elif receiver.why_not == GUARDED:
        yield GUARDED
    elif one.end is not End.REACHED and (receiver.message_id or "", receiver.guardian_id) in given_up:
        yield NO_SIGN


def _find_calls(look: Look, broadcast_id: str) -> dict[str, AlarmCall]:
    """The latest to each guardian."""
    asked = sa.select(AlarmCall).where(AlarmCall.broadcast_id == broadcast_id).order_by(AlarmCall.id)
    return {call.guardian_id: call for call in look.session.scalars(asked)}


def _is_settled(receiver: BroadcastReceiver, calls: dict[str, AlarmCall]) -> bool:
    """Whether they were reached, and have not asked for help since."""
    call = calls.get(receiver.guardian_id)
    if call is None or call.how != Called.REACHED:
        return False
    return receiver.answer not in CALLS or receiver.answered_at is None or receiver.answered_at <= call.at


def _write(
    look: Look, one: Standing, why: str | None, theirs: Mapping[str, Sequence[str]], calls: dict[str, AlarmCall]
) -> Iterator[ToRing]:
    receiver = one.receiver
    unit = look.session.get_one(Unit, receiver.unit_id)
    today = unit.today(look.now)
    known = list_entitled(look, [receiver.guardian_id], Right.INFORM, today).get(receiver.guardian_id, set())
    ids = [id_ for id_ in theirs.get(receiver.id, ()) if id_ in known]
    if not ids or (receiver.guarded and len(ids) < len(receiver.child_ids)):
        return
    guardian = look.session.get_one(Guardian, receiver.guardian_id)
    phones = list_phones_for(look, guardian.id, ids, today)
    call = calls.get(guardian.id)
    children = tuple(look.session.get_one(Child, id_) for id_ in ids)
    yield ToRing(receiver, guardian, children, tuple(phones), why, call)
