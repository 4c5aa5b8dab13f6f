"""Works out in a broadcast's hold what each family will read, and writes it when the hold is over.

It is worked out by the verbs that tell it, in a session that writes nothing. Only what is plain is prepared: one guardian alone
at an address, nothing that waits for their answer, no protected child. Everything else, and whatever has changed by the end of
the hold, is told then as if nothing had been prepared.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa

from bots.broadcast_telling import tell_one
from bots.broadcast_told import Told, read_groups, read_told, read_units, say_of
from hub.database import Base
from hub.desk import Work
from hub.doorbell import DELIVERIES, LIVE
from hub.people.families import Guardian, GuardianAddress, Right
from hub.post.audience import list_addresses, list_entitled, list_guarded
from hub.post.broadcast_audience import Member
from hub.post.broadcast_receivers import BroadcastReceiver, mark_told
from hub.post.broadcasts import Broadcast
from hub.post.files import count_enclosed
from hub.post.messages import Thread, ThreadKind, find_thread_of
from hub.post.posting import find_number_at
from hub.post.prepared_texts import Prepared, PreparedText, take_next
from hub.quick_select import QuickSelect
from hub.quick_update import QuickUpdate
from hub.rows_ahead import shape, take_down, trial, write_down
from hub.talk.bot import Bot
from hub.talk.prompting import Prompted, read_ahead
from hub.talk.standing import get_standing, list_standing_in

RELEASED_AT_ONCE = 300


@dataclass(frozen=True, slots=True)
class _Facts:
    """What a prepared text rests on, beside the rights to its children. `is_new`: its thread is opened with it."""

    message_id: str
    thread_id: str
    is_new: bool
    role_id: str
    number_id: str
    kind: str
    value: str
    address_id: str
    language: str
    groups: list[str]
    files: int


def prepare(bot: Bot, work: Work, broadcast: Broadcast, members: Sequence[Member]) -> None:
    """Work out what these will read when the hold is over."""
    made_for = broadcast.starts_at
    with trial(work, made_for) as tried:
        receivers = [_as_receiver(work, broadcast, member) for member in members]
        told = read_told(tried, broadcast, receivers)
        for unit_id in told.units:
            here = [one.guardian_id for one in receivers if one.unit_id == unit_id]
            read_ahead(tried, unit_id, here, told.roles.get(unit_id))
        work.session.add_all([_try_out(bot, tried, broadcast, receiver, told) for receiver in receivers])


def _as_receiver(work: Work, broadcast: Broadcast, member: Member) -> BroadcastReceiver:
    return BroadcastReceiver(
        id=work.new_id(),
        owner_id=broadcast.owner_id,
        broadcast_id=broadcast.id,
        unit_id=member.unit.id,
        guardian_id=member.guardian.id,
        child_ids=member.child_ids,
        guarded=member.guarded,
    )


def _try_out(bot: Bot, tried: Work, broadcast: Broadcast, receiver: BroadcastReceiver, told: Told) -> PreparedText:
    facts, rows = None, None
    children = told.children_of(receiver)
    if not receiver.guarded and [child.id for child in children] == receiver.child_ids:
        guardian, unit = told.guardians[receiver.guardian_id], told.units[receiver.unit_id]
        said = say_of(broadcast, guardian, unit, children, told)
        outcome = tell_one(bot, tried, broadcast, unit, guardian, said, receiver.child_ids, told)
        rows, changed = take_down(tried)
        facts = _find_facts(tried, receiver, told, outcome, changed)
    return PreparedText(
        id=receiver.id,
        owner_id=receiver.owner_id,
        broadcast_id=receiver.broadcast_id,
        unit_id=receiver.unit_id,
        guardian_id=receiver.guardian_id,
        child_ids=receiver.child_ids,
        guarded=receiver.guarded,
        made_for=tried.now,
        shape=shape(),
        told=None if facts is None else asdict(facts),
        rows=None if facts is None else rows,
    )


def _find_facts(
    tried: Work, receiver: BroadcastReceiver, told: Told, outcome: Prompted, changed: Sequence[Base]
) -> _Facts | None:
    """None where it is not plain."""
    guardian, unit = told.guardians[receiver.guardian_id], told.units[receiver.unit_id]
    message, value, role = outcome.message, outcome.address, told.roles.get(unit.id)
    if message is None or value is None or outcome.why_not is not None or role is None:
        return None
    people = list_addresses(tried, message.channel, value, guardian.owner_id)
    number = find_number_at(tried, unit.id, role.id)
    thread = find_thread_of(tried, unit.id, [guardian.id], ThreadKind.PRIVATE)
    is_alone = len(people) == 1 and not guardian.is_pupil and not guardian.shares_thread
    is_of_seat = number is not None and message.number_id == number.id
    is_told_there = thread is None or thread.id == message.thread_id
    has_changed_more = any(not isinstance(each, Thread) for each in changed)
    if not is_alone or not is_of_seat or not is_told_there or has_changed_more:
        return None
    if get_standing(tried, message.thread_id, value).conversations:
        return None
    return _Facts(
        message.id,
        message.thread_id,
        thread is None,
        role.id,
        message.number_id or "",
        message.channel,
        value,
        people[0][0].id,
        guardian.language,
        list(told.groups_of(told.children_of(receiver))),
        told.files,
    )


def release(work: Work, broadcast: Broadcast) -> list[str]:
    """Write the next of what was prepared, as far as it holds. The ids of the others, who are to be told as all are."""
    taken = take_next(work, broadcast.id, broadcast.starts_at, RELEASED_AT_ONCE)
    ready = [one for one in taken if one.told is not None and one.rows is not None]
    facts = {one.id: _Facts(**one.told) for one in ready if one.told is not None}
    holding = _Holding(work, broadcast, ready, facts)
    written = [one for one in ready if holding.holds(one, facts[one.id])]
    write_down(work, [one.rows for one in written if one.rows is not None])
    known = [facts[one.id] for one in written if not facts[one.id].is_new]
    if known:
        _MOVE_ON.run(work.connection, [(broadcast.starts_at, each.role_id, each.thread_id) for each in known])
    mark_told(work, {one.id: facts[one.id].message_id for one in written})
    for one in written:
        work.ring(LIVE, facts[one.id].message_id)
    work.ring(DELIVERIES)
    work.ring(LIVE, broadcast.id)
    done = {one.id for one in written}
    return [one.id for one in taken if one.id not in done]


_MOVE_ON = QuickUpdate(Base.metadata.tables[Thread.__tablename__], ("last_at", "role_id"))
_READERS = QuickSelect(
    sa.select(
        GuardianAddress.kind,
        GuardianAddress.value,
        GuardianAddress.id,
        GuardianAddress.gone_at,
        Guardian.language,
        Guardian.shares_thread,
    )
    .join(Guardian, Guardian.id == GuardianAddress.guardian_id)
    .where(
        GuardianAddress.kind.in_(sa.bindparam("kinds", expanding=True)),
        GuardianAddress.value.in_(sa.bindparam("values", expanding=True)),
        GuardianAddress.owner_id == sa.bindparam("owner"),
    )
)
_THREADS = QuickSelect(
    sa.select(Thread.unit_id, Thread.party, Thread.id, Thread.last_at, Thread.waits_since).where(
        Thread.unit_id.in_(sa.bindparam("units", expanding=True)),
        Thread.kind == ThreadKind.PRIVATE,
        Thread.party.in_(sa.bindparam("guardians", expanding=True)),
    )
)


class _Holding:
    """What is so now of that on which some prepared texts rest: asked once for all of them."""

    def __init__(
        self, work: Work, broadcast: Broadcast, ready: Sequence[Prepared], facts: Mapping[str, _Facts]
    ) -> None:
        self._starts_at = broadcast.starts_at
        self._files = count_enclosed(work, broadcast.id)
        if not ready:
            return
        guardian_ids = [one.guardian_id for one in ready]
        child_ids = list({id_ for one in ready for id_ in one.child_ids})
        units = read_units(work, {one.unit_id for one in ready})
        self._groups = read_groups(work, broadcast, units.values(), child_ids)
        self._entitled = {
            unit.id: list_entitled(work, guardian_ids, Right.INFORM, unit.today(work.now)) for unit in units.values()
        }
        self._guarded = list_guarded(work, guardian_ids)
        self._numbers = {
            place: find_number_at(work, *place) for place in {(one.unit_id, facts[one.id].role_id) for one in ready}
        }
        kinds, values = {each.kind for each in facts.values()}, {each.value for each in facts.values()}
        asked = {"kinds": list(kinds), "values": list(values), "owner": broadcast.owner_id}
        self._readers: defaultdict[tuple[str, str], list[tuple[Any, ...]]] = defaultdict(list)
        for kind, value, *reader in _READERS.rows(work, **asked):
            self._readers[kind, value].append(tuple(reader))
        self._threads = {
            (unit_id, party): (id_, last_at, waits_since)
            for unit_id, party, id_, last_at, waits_since in _THREADS.rows(
                work, units=list(units), guardians=guardian_ids
            )
        }
        self._standing = list_standing_in(work, [each.thread_id for each in facts.values()])

    def holds(self, one: Prepared, facts: _Facts) -> bool:
        """Whether they would be told the same, there and from there."""
        may_know = self._entitled[one.unit_id].get(one.guardian_id, set())
        is_for_all = all(id_ in may_know and id_ in self._groups for id_ in one.child_ids)
        if not is_for_all or one.guardian_id in self._guarded or facts.thread_id in self._standing:
            return False
        groups = list(dict.fromkeys(self._groups[id_] for id_ in one.child_ids))
        number = self._numbers[one.unit_id, facts.role_id]
        readers = self._readers[facts.kind, facts.value]
        is_same = number is not None and (number.id, self._files, groups) == (
            facts.number_id,
            facts.files,
            facts.groups,
        )
        return is_same and readers == [(facts.address_id, None, facts.language, False)] and self._is_quiet(one, facts)

    def _is_quiet(self, one: Prepared, facts: _Facts) -> bool:
        """Their thread is as it was, and waits for nobody."""
        thread = self._threads.get((one.unit_id, one.guardian_id))
        if thread is None or facts.is_new:
            return thread is None and facts.is_new
        id_, last_at, waits_since = thread
        return id_ == facts.thread_id and last_at <= self._starts_at and waits_since is None
