"""Sends broadcasts, family by family, and takes what comes back: a choice by number, or a yes to what waits for no answer.

What is due is asked of the store each time: a broadcast goes on where a crash left it, and nobody is told twice.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bots.alarm import AlarmSender
from bots.broadcast_duties import ANSWERED_WITHIN, list_broadcasts
from bots.broadcast_told import BroadcastFacts, Told, make_facts, read_told, say_of
from hub.desk import Look, Work
from hub.doorbell import ALARMS, LIVE
from hub.people.families import Guardian, Right
from hub.people.places import Unit
from hub.people.staff import Role
from hub.post.alarms import find_alarm, is_emergency_leaving, list_leaving
from hub.post.audience import list_addresses
from hub.post.broadcast_audience import Member, list_next_members
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
from hub.post.broadcasts import (
    NO_CONSENT,
    RIGHT_ENDED,
    Broadcast,
    BroadcastState,
    Reply,
    begin,
    finish,
    list_open,
    stop,
)
from hub.post.messages import Lane
from hub.post.placeholders import names_anybody
from hub.safety.access import NotThereError
from hub.school.narrowed import narrow
from hub.school.photos import has_barred
from hub.talk.answers import YesNo
from hub.talk.bot import Occasion, Settled
from hub.talk.broadcasting import Chosen, OneOf
from hub.talk.conversations import ConversationState, open_conversation
from hub.talk.dialogue import Dialogue, Say, ask, say
from hub.talk.duties import Duty
from hub.talk.heard import Act, Intent
from hub.talk.prompting import Notice, Prompt, Prompted, prompt, read_ahead, tell
from hub.talk.speaker import Speaker, has_right
from hub.talk.standing import get_standing

MARK = "/"
AT_ONCE = 80
GATHERED_AT_ONCE = 300
"""So many guardians are written down in one work before the first is told; it lasts as long as telling some does."""
LISTED = 1000
"""So many receivers are listed at a waking; the next one goes on."""
THANKED_WITHIN = timedelta(hours=18)
NO_RIGHT = "no_right"


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
        """ "broadcast/receiver"; without a receiver, that whom it is for is to be written down, or that all have been told.
        While an alarm leaves, there is nothing but alarms."""
        return self._list_due_of(look, self._list_alarms(look) or list_open(look))

    def list_hurried(self, look: Look) -> Sequence[str]:
        """The same of alarms alone, what hurries most first; without any, of what is being written down: the first is told only
        when all stand there."""
        alarms = self._list_alarms(look)
        if alarms or is_emergency_leaving(look):
            return self._list_due_of(look, alarms)
        return self._list_due_of(look, [(id_, state) for id_, state in list_open(look) if state is BroadcastState.HELD])

    def _list_alarms(self, look: Look) -> list[tuple[str, BroadcastState]]:
        alarms = list_leaving(look)
        states = dict(list_open(look)) if alarms else {}
        return [(id_, states[id_]) for id_ in alarms if id_ in states]

    def _list_due_of(self, look: Look, broadcasts: Sequence[tuple[str, BroadcastState]]) -> list[str]:
        due: list[str] = []
        for broadcast_id, state in broadcasts:
            waiting = list_waiting(look, broadcast_id, LISTED) if state is BroadcastState.SENDING else ()
            due += [f"{broadcast_id}{MARK}{id_}" for id_ in waiting] or [f"{broadcast_id}{MARK}"]
        return due

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
        part = list_next_members(work, broadcast, broadcast.gathered_to, GATHERED_AT_ONCE, with_guests=is_alarm)
        try:
            meant = narrow(work, broadcast, part.members)
        except NotThereError:
            stop(work, broadcast, RIGHT_ENDED)
            return
        add_receivers(work, broadcast.owner_id, broadcast.id, [_row(member) for member in meant])
        broadcast.gathered_to = part.up_to
        if part.is_last:
            begin(work, broadcast)
            self._send(work, broadcast, list_waiting(work, broadcast.id, AT_ONCE))
        else:
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
            outcome = self._say(
                work, broadcast, unit, guardian, said, ids, told.roles.get(receiver.unit_id), told.files
            )
        if outcome.message is None or outcome.address is None:
            receiver.drop(outcome.why_not or NO_RIGHT)
            return
        mates = _find_mates(work, broadcast, receiver, outcome)
        for one in (receiver, *mates):
            one.state, one.message_id = ReceiverState.TOLD, outcome.message.id
            one.told_at, one.why_not = work.now, outcome.why_not

    def _say(
        self,
        work: Work,
        broadcast: Broadcast,
        unit: Unit,
        guardian: Guardian,
        said: Say,
        ids: list[str],
        role: Role | None,
        files: int,
    ) -> Prompted:
        facts = make_facts(broadcast, said, ids)
        if broadcast.reply == Reply.CHOICES:
            question = Prompt(self, facts, ids, ANSWERED_WITHIN, Lane.BULK, files=files)
            return prompt(work, unit, guardian, question, role)
        notice = Notice(said.utterance, said.parameters, ids, Lane.BULK, author=self.name, files=files)
        outcome = tell(work, unit, guardian, notice, role)
        if broadcast.reply == Reply.BULLETIN:
            self._thank_for_yes(work, facts, outcome)
        return outcome

    def _thank_for_yes(self, work: Work, facts: BroadcastFacts, told: Prompted) -> None:
        """A bare yes or no to a bulletin is answered, but only where it cannot be meant for anything else that waits."""
        if told.message is None or told.address is None or told.why_not is not None:
            return
        if not get_standing(work, told.message.thread_id, told.address).conversations:
            open_conversation(
                work, self, facts, told.message, told.address, ConversationState.TOLD, lasts=THANKED_WITHIN
            )


def _row(member: Member) -> dict[str, Any]:
    return {
        "unit_id": member.unit.id,
        "guardian_id": member.guardian.id,
        "child_ids": member.child_ids,
        "guarded": member.guarded,
    }


def _find_mates(
    work: Work, broadcast: Broadcast, receiver: BroadcastReceiver, told: Prompted
) -> list[BroadcastReceiver]:
    """The others who read it at the same address, and for whom it names everybody whom it is about: they are told too."""
    assert told.message is not None
    assert told.address is not None
    people = list_addresses(work, told.message.channel, told.address, broadcast.owner_id)
    others = [guardian.id for _, guardian in people if guardian.id != receiver.guardian_id]
    if not others:
        return []
    names_children = names_anybody(broadcast.texts)
    return [
        mate
        for mate in list_of_guardians(work, broadcast.id, others)
        if mate.state == ReceiverState.WAITING
        and (not names_children or set(mate.child_ids) <= set(receiver.child_ids))
    ]
