"""Sends broadcasts, family by family, and takes what comes back: a choice by number, or a yes to what waits for no answer.

What is due is asked of the store each time: a broadcast goes on where a crash left it, and nobody is told twice.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bots.alarm import AlarmSender
from bots.broadcast_ahead import prepare, release
from bots.broadcast_duties import list_broadcasts
from bots.broadcast_telling import find_mates, tell_one
from bots.broadcast_told import BroadcastFacts, Told, read_told, say_of
from hub.desk import Look, Work
from hub.doorbell import ALARMS, LIVE
from hub.people.families import Right
from hub.people.places import Unit
from hub.post.alarms import find_alarm, is_emergency_leaving, list_leaving
from hub.post.broadcast_audience import Member, list_members, list_next_ids, list_next_members
from hub.post.broadcast_receivers import (
    BroadcastReceiver,
    ReceiverState,
    add_receivers,
    get_receivers,
    keep_answer,
    list_of_guardians,
    list_waiting,
)
from hub.post.broadcast_rights import may_leave
from hub.post.broadcast_times import find_next_start, list_open, list_to_prepare
from hub.post.broadcasts import (
    NO_CONSENT,
    RIGHT_ENDED,
    Broadcast,
    BroadcastState,
    begin,
    finish,
    stop,
)
from hub.post.prepared_texts import has_prepared, list_prepared_for, write_receivers
from hub.safety.access import NotThereError
from hub.school.narrowed import narrow
from hub.school.photos import has_barred
from hub.talk.answers import YesNo
from hub.talk.bot import Occasion, Settled
from hub.talk.broadcasting import Chosen, OneOf
from hub.talk.dialogue import Dialogue, Say, ask, say
from hub.talk.duties import Duty
from hub.talk.heard import Act, Intent
from hub.talk.prompting import read_ahead
from hub.talk.speaker import Speaker, has_right

MARK = "/"
AT_ONCE = 80
CHECKED_AT_ONCE = 2000
"""Of so many for whom it was prepared it is asked in one work whether it still is for them."""
GATHERED_AT_ONCE = 300
"""So many guardians are written down in one work before the first is told; it lasts as long as telling some does."""
LISTED = 1000
"""So many receivers are listed at a waking; the next one goes on."""
NO_RIGHT = "no_right"
PREPARE, RELEASE = "prepare", "release"


@dataclass(frozen=True, slots=True)
class Chose:
    """`chosen` is None where what was answered waits for no answer."""

    facts: BroadcastFacts
    chosen: Chosen | None


class BroadcastBot:
    """Takes no intents of its own: it tells and asks."""

    name = "broadcast"
    intents: frozenset[Intent] = frozenset()
    answered_by: frozenset[Intent] = frozenset()
    facts = BroadcastFacts
    prompts_in_round = True
    due_at_once = AT_ONCE
    hurried_by = ALARMS

    def gather(self, look: Look, speaker: Speaker, act: Act) -> BroadcastFacts | None:
        return None

    def may_go_on(self, look: Look, speaker: Speaker, facts: BroadcastFacts) -> bool:
        """Whether each of them may still know of every child it was about."""
        return speaker.is_fresh and has_right(look, speaker, Right.INFORM, facts.child_ids)

    def dialogue(self, facts: BroadcastFacts) -> Dialogue[Chose]:
        if not facts.choices:
            yield from ask("broadcast.bulletin", YesNo(), sender=facts.sender, text=facts.text, tongue=facts.tongue)
            return Chose(facts, None)
        chosen = yield from ask(
            "broadcast.asks", OneOf(facts.choices), sender=facts.sender, text=facts.text, tongue=facts.tongue
        )
        return Chose(facts, chosen)

    def say_on_page(self, facts: BroadcastFacts) -> Say:
        return say("broadcast.message", sender=facts.sender, text=facts.text, tongue=facts.tongue)

    def settle(self, work: Work, speaker: Speaker, outcome: Chose, occasion: Occasion) -> Settled:
        facts = outcome.facts
        chosen = outcome.chosen
        if chosen is None:
            return Settled((say("broadcast.not_read", sender=facts.sender, unit=speaker.unit.name),), facts.child_ids)
        broadcast = work.session.get_one(Broadcast, facts.broadcast_id)
        if broadcast.state == BroadcastState.RECALLED:
            more = "message" if chosen.more else None
            return Settled((say("broadcast.recalled"),), facts.child_ids, hand_over=more)
        keep_answer(work, facts.broadcast_id, speaker.guardian_ids, chosen.choice)
        says = [say("broadcast.noted", choices=list(facts.choices), chosen=chosen.choice)]
        if chosen.more:
            says.append(say("broadcast.more_read", unit=speaker.unit.name))
        undo = {"broadcast": facts.broadcast_id}
        return Settled(tuple(says), facts.child_ids, undo=undo, hand_over="message" if chosen.more else None)

    def undo(self, work: Work, speaker: Speaker, memory: Mapping[str, Any], occasion: Occasion) -> Settled | None:
        broadcast_id = str(memory["broadcast"])
        kept = list_of_guardians(work, broadcast_id, speaker.guardian_ids)
        if all(receiver.answer is None for receiver in kept):
            return None
        keep_answer(work, broadcast_id, speaker.guardian_ids, None)
        return Settled((say("broadcast.taken_back"),))

    def amend(self, look: Look, speaker: Speaker, memory: Mapping[str, Any], act: Act) -> BroadcastFacts | None:
        return None

    def list_duties(self, look: Look, unit: Unit, guardian_ids: Collection[str]) -> Sequence[Duty]:
        return list_broadcasts(look, unit, guardian_ids, self.name)

    def list_due(self, look: Look) -> Sequence[str]:
        """ "broadcast/receiver"; without a receiver, that whom it is for is to be written down, or that all have been told;
        with a word instead, that it is to be prepared, or what was prepared is to be written. While an alarm leaves, there is
        nothing but alarms."""
        alarms = self._list_alarms(look)
        return self._list_due_of(look, alarms or list_open(look)) + ([] if alarms else self._list_to_prepare(look))

    def list_hurried(self, look: Look) -> Sequence[str]:
        """The same of alarms alone, what hurries most first; without any, of what is being written down, for the first is told
        only when all stand there, and of what is prepared or is to be."""
        alarms = self._list_alarms(look)
        if alarms or is_emergency_leaving(look):
            return self._list_due_of(look, alarms)
        due = self._list_due_of(look, [one for one in list_open(look) if self._is_hurried(look, *one)])
        return due + self._list_to_prepare(look)

    def find_next(self, look: Look) -> datetime | None:
        return find_next_start(look)

    def _list_alarms(self, look: Look) -> list[tuple[str, BroadcastState]]:
        alarms = list_leaving(look)
        states = dict(list_open(look)) if alarms else {}
        return [(id_, states[id_]) for id_ in alarms if id_ in states]

    def _list_due_of(self, look: Look, broadcasts: Sequence[tuple[str, BroadcastState]]) -> list[str]:
        due: list[str] = []
        for broadcast_id, state in broadcasts:
            if state is BroadcastState.SENDING and has_prepared(look, broadcast_id):
                due.append(f"{broadcast_id}{MARK}{RELEASE}")
                continue
            waiting = list_waiting(look, broadcast_id, LISTED) if state is BroadcastState.SENDING else ()
            due += [f"{broadcast_id}{MARK}{id_}" for id_ in waiting] or [f"{broadcast_id}{MARK}"]
        return due

    def _is_hurried(self, look: Look, broadcast_id: str, state: BroadcastState) -> bool:
        return state is BroadcastState.HELD or has_prepared(look, broadcast_id)

    def _list_to_prepare(self, look: Look) -> list[str]:
        return [f"{id_}{MARK}{PREPARE}" for id_ in list_to_prepare(look)]

    def prompt_due(self, work: Work, due: Sequence[str]) -> None:
        """Each broadcast by itself; nobody else goes on with it meanwhile."""
        asked: dict[str, list[str]] = {}
        for each in due:
            broadcast_id, _, receiver_id = each.partition(MARK)
            asked.setdefault(broadcast_id, []).append(receiver_id)
        work.take_turns(asked)
        waits = is_emergency_leaving(work)
        for broadcast_id, receiver_ids in asked.items():
            broadcast = work.session.get_one(Broadcast, broadcast_id, populate_existing=True)
            if waits and find_alarm(work, broadcast_id) is None:
                continue
            if broadcast.state == BroadcastState.HELD and broadcast.starts_at <= work.now:
                self._gather(work, broadcast)
            elif broadcast.state == BroadcastState.HELD and PREPARE in receiver_ids:
                self._prepare(work, broadcast)
            elif broadcast.state == BroadcastState.SENDING and RELEASE in receiver_ids:
                self._release(work, broadcast)
            elif broadcast.state == BroadcastState.SENDING and any(receiver_ids):
                self._send(work, broadcast, receiver_ids)
            elif broadcast.state == BroadcastState.SENDING and not list_waiting(work, broadcast_id, 1):
                finish(work, broadcast)

    def _gather(self, work: Work, broadcast: Broadcast) -> None:
        """Write down the next of those whom it is for, by rights and places as they are now. Nobody is told before all of them
        stand there, since several may read at one address; where this was all of them, the first are told."""
        if not may_leave(work, broadcast):
            stop(work, broadcast, RIGHT_ENDED)
            return
        if has_barred(work, broadcast.id):
            stop(work, broadcast, NO_CONSENT)
            return
        is_alarm = find_alarm(work, broadcast.id) is not None
        after, limit = broadcast.gathered_to, CHECKED_AT_ONCE if broadcast.prepared_to else GATHERED_AT_ONCE
        ids = list_next_ids(work, broadcast, after, limit, with_guests=is_alarm)
        prepared = list_prepared_for(work, broadcast.id, after) if broadcast.prepared_to else set()
        new = [id_ for id_ in ids if id_ not in prepared]
        is_last = len(ids) < limit and len(new) <= GATHERED_AT_ONCE
        if len(new) > GATHERED_AT_ONCE:
            new = new[:GATHERED_AT_ONCE]
            ids = [id_ for id_ in ids if id_ <= new[-1]]
        try:
            meant = narrow(work, broadcast, list_members(work, broadcast, set(new), with_guests=is_alarm))
        except NotThereError:
            stop(work, broadcast, RIGHT_ENDED)
            return
        up_to = None if is_last else ids[-1]
        gone = {id_ for id_ in prepared - set(ids) if up_to is None or id_ <= up_to}
        if prepared:
            write_receivers(work, broadcast.id, after, up_to, gone)
        add_receivers(work, broadcast.owner_id, broadcast.id, [_row(member) for member in meant])
        broadcast.gathered_to = ids[-1] if ids else after
        if not is_last:
            work.ring(self.hurried_by, broadcast.id)
            return
        begin(work, broadcast)
        if broadcast.prepared_to and has_prepared(work, broadcast.id):
            self._release(work, broadcast)
        else:
            self._send(work, broadcast, list_waiting(work, broadcast.id, AT_ONCE))

    def _prepare(self, work: Work, broadcast: Broadcast) -> None:
        """Work out what the next of those whom it is for now will read; not where whom it is for may be another soon."""
        if broadcast.narrowed or broadcast.corrects_id is not None or find_alarm(work, broadcast.id) is not None:
            broadcast.is_prepared = True
            work.ring(self.hurried_by, broadcast.id)
            return
        part = list_next_members(work, broadcast, broadcast.prepared_to, AT_ONCE)
        prepare(self, work, broadcast, part.members)
        broadcast.prepared_to, broadcast.is_prepared = part.up_to, part.is_last
        work.ring(self.hurried_by, broadcast.id)

    def _release(self, work: Work, broadcast: Broadcast) -> None:
        """Write what was prepared; the first of those for whom it does not hold are told at once, the others in their turn."""
        others = release(work, broadcast)
        if others:
            self._send(work, broadcast, others[:AT_ONCE])
        work.ring(self.hurried_by, broadcast.id)

    def _send(self, work: Work, broadcast: Broadcast, receiver_ids: Collection[str]) -> None:
        found = get_receivers(work, receiver_ids)
        waiting = {id_: one for id_, one in found.items() if one.state == ReceiverState.WAITING}
        told = read_told(work, broadcast, waiting.values())
        for unit_id in told.units:
            here = [one.guardian_id for one in waiting.values() if one.unit_id == unit_id]
            read_ahead(work, unit_id, here, told.roles.get(unit_id))
        alarm = find_alarm(work, broadcast.id)
        sender = None if alarm is None else AlarmSender(work, broadcast, alarm, told)
        for receiver in waiting.values():
            if receiver.state == ReceiverState.WAITING:
                self._send_one(work, broadcast, receiver, told, sender)
                work.go_on()
        work.ring(LIVE, broadcast.id)

    def _send_one(
        self, work: Work, broadcast: Broadcast, receiver: BroadcastReceiver, told: Told, alarm: AlarmSender | None
    ) -> None:
        children = told.children_of(receiver)
        if not children:
            receiver.drop(NO_RIGHT)
            return
        guardian, unit = told.guardians[receiver.guardian_id], told.units[receiver.unit_id]
        ids = [child.id for child in children]
        said = say_of(broadcast, guardian, unit, children, told)
        if alarm is not None:
            outcome = alarm.tell(unit, guardian, said, ids)
        else:
            outcome = tell_one(self, work, broadcast, unit, guardian, said, ids, told)
        if outcome.message is None or outcome.address is None:
            receiver.drop(outcome.why_not or NO_RIGHT)
            return
        mates = find_mates(work, broadcast, receiver, outcome)
        for one in (receiver, *mates):
            one.state, one.message_id = ReceiverState.TOLD, outcome.message.id
            one.told_at, one.why_not = work.now, outcome.why_not


def _row(member: Member) -> dict[str, Any]:
    return {
        "unit_id": member.unit.id,
        "guardian_id": member.guardian.id,
        "child_ids": member.child_ids,
        "guarded": member.guarded,
    }
