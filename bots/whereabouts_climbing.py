"""Climbs the not-arrived ladder for some children of a unit: asks those who may answer, tells them when a child has come, and
brings to staff whom nobody can be asked about."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import sqlalchemy as sa

from hub.desk import Look, Work
from hub.people.families import Child, Guardian, Right
from hub.people.places import Unit
from hub.post.audience import list_entitled, list_guardians_for
from hub.post.messages import Lane, Thread
from hub.post.topics import Topic
from hub.post.ways import find_way
from hub.school.day_board import OnBoard
from hub.school.ladders import Step
from hub.school.not_arrived import Answer, NotArrived, Why, rest, take
from hub.school.waking import Due, Waking, begin, read_waking
from hub.talk.answers import Named
from hub.talk.bot import Bot
from hub.talk.conversations import Conversation, ConversationState
from hub.talk.prompting import GUARDED, Notice, Prompt, Prompted, prompt, tell

NAME = "whereabouts"
A_DAY = timedelta(days=1)
TEXTS = frozenset({Step.FIRST, Step.SECOND})
_STANDING = (ConversationState.OPEN, ConversationState.QUEUED)


@dataclass(frozen=True, slots=True)
class WhereaboutsFacts:
    """Who is asked about, where and for which day. `again` in the second text; `told`: somebody else has explained it since."""

    children: tuple[Named, ...]
    day: date
    unit: str
    again: bool = False
    told: bool = False


def list_asked(
    look: Look, unit: Unit, child_ids: Collection[str], states: Sequence[ConversationState] = _STANDING
) -> list[Conversation]:
    """The conversations that asked at this unit today about any of the children."""
    found = look.session.scalars(
        sa.select(Conversation)
        .join(Thread, Thread.id == Conversation.thread_id)
        .where(
            Conversation.bot == NAME,
            Thread.unit_id == unit.id,
            Conversation.state.in_(states),
            Conversation.opened_at > look.now - A_DAY,
        )
        .order_by(Conversation.id)
    )
    wanted = set(child_ids)
    today = unit.today(look.now).isoformat()
    return [
        conversation
        for conversation in found
        if conversation.facts["day"] == today
        and not wanted.isdisjoint(child["id"] for child in conversation.facts["children"])
    ]


def quieten(conversations: Iterable[Conversation]) -> None:
    """Who is asked in these knows by now: a "thanks" to it is no answer, and a "no" to it still is one."""
    for conversation in conversations:
        conversation.facts = {**conversation.facts, "told": True}


@dataclass(slots=True)
class Climbing:
    """The ladder of one unit, for these children and those who are asked about together with them."""

    work: Work
    bot: Bot
    unit_id: str
    child_ids: set[str]
    _reached: dict[str, tuple[set[str], Prompted]] = field(default_factory=dict)

    def climb(self) -> None:
        """All that is still due. What another waking has done meanwhile is not due any more."""
        self.work.take_turns(self.child_ids)
        unit = self.work.session.get_one(Unit, self.unit_id)
        waking = read_waking(self.work, unit)
        for case, on in waking.explained:
            if on.child.id in self.child_ids:
                self._rest(unit, case, on)
        self._ask(unit, waking)
        for due in waking.due:
            if due.child.id in self.child_ids and TEXTS.isdisjoint(due.steps):
                self._bring(unit, due, due.steps)

    def _ask(self, unit: Unit, waking: Waking) -> None:
        texts = {due.child.id: due for due in waking.due if not TEXTS.isdisjoint(due.steps)}
        guardians = self._list_guardians(unit, texts)
        asked = {child_id: due for child_id, due in texts.items() if child_id in self.child_ids}
        outcomes: dict[str, list[Prompted]] = {child_id: [] for child_id in asked}
        if any(Step.SECOND in due.steps for due in asked.values()):
            self._end_first(unit, list(asked))
        # nothing below is asked about what was just written, and there is much of it
        with self.work.session.no_autoflush:
            for guardian, child_ids in guardians:
                prompted = self._prompt(unit, guardian, [asked[child_id] for child_id in child_ids])
                for child_id in child_ids:
                    outcomes[child_id].append(prompted)
            for child_id, due in asked.items():
                self._note_asked(unit, due, outcomes[child_id])

    def _end_first(self, unit: Unit, child_ids: Sequence[str]) -> None:
        """What was asked before is asked anew, once."""
        for conversation in list_asked(self.work, unit, child_ids):
            conversation.end(ConversationState.LEFT, self.work.now)
        self.work.session.flush()

    def _list_guardians(self, unit: Unit, texts: dict[str, Due]) -> list[tuple[Guardian, list[str]]]:
        """Each guardian who may answer, with all of their children who are due: siblings come along from other batches."""
        day = unit.today(self.work.now)
        open_ids = [child_id for child_id in texts if child_id in self.child_ids]
        found: dict[str, tuple[Guardian, list[str]]] = {}
        while open_ids:
            child_id = open_ids.pop(0)
            if texts[child_id].child.protected:
                continue
            informed = {guardian.id for guardian in list_guardians_for(self.work, child_id, Right.INFORM, day)}
            for guardian in list_guardians_for(self.work, child_id, Right.ABSENCE, day):
                if guardian.id not in informed:
                    continue
                if guardian.id not in found:
                    theirs = list_entitled(self.work, [guardian.id], Right.ABSENCE, day)[guardian.id]
                    siblings = [key for key in texts if key in theirs and key not in self.child_ids]
                    self.child_ids.update(siblings)
                    open_ids += siblings
                found.setdefault(guardian.id, (guardian, []))[1].append(child_id)
        return list(found.values())

    def _prompt(self, unit: Unit, guardian: Guardian, due: Sequence[Due]) -> Prompted:
        """Two behind one phone are asked once."""
        address = find_way(self.work, guardian.id, Topic.URGENT)
        ids = {one.child.id for one in due}
        asked_before, prompted_before = self._reached.get(address.value if address else "", (set(), None))
        if prompted_before is not None and ids <= asked_before:
            return prompted_before
        if prompted_before is not None:  # another question to the same phone: it is to find the first one
            self.work.session.flush()
        facts = WhereaboutsFacts(
            tuple(Named(one.child.id, one.child.called) for one in due),
            unit.today(self.work.now),
            unit.name,
            again=all(Step.SECOND in one.steps for one in due),
        )
        lasts = unit.moment(facts.day, unit.closes) - self.work.now
        prompted = prompt(self.work, unit, guardian, Prompt(self.bot, facts, sorted(ids), lasts, Lane.SAFETY))
        if prompted.address is not None:
            self._reached[prompted.address] = (ids, prompted)
        return prompted

    def _note_asked(self, unit: Unit, due: Due, outcomes: Sequence[Prompted]) -> None:
        """Whom nobody could be asked about is for staff at once."""
        if any(prompted.conversation is not None for prompted in outcomes):
            self._bring(unit, due, due.steps)
            return
        guarded = due.child.protected or any(prompted.why_not == GUARDED for prompted in outcomes)
        steps = tuple(dict.fromkeys([*(step for step in due.steps if step not in TEXTS), Step.LIST]))
        case = begin(self.work, unit, due)
        case.why = case.why or (Why.GUARDED if guarded else Why.UNREACHABLE)
        take(self.work, case, [step for step in steps if step not in due.taken])

    def _bring(self, unit: Unit, due: Due, steps: Sequence[Step]) -> None:
        case = begin(self.work, unit, due)
        if steps:
            take(self.work, case, steps)

    def _rest(self, unit: Unit, case: NotArrived, on: OnBoard) -> None:
        quieten(list_asked(self.work, unit, [on.child.id]))
        was_open = case.alarm_at is not None or case.answer in (None, Answer.SHOULD_BE_HERE, Answer.UNCLEAR)
        if on.was_seen and on.came_at is not None and was_open:
            self._tell_come(unit, on.child, on.came_at)
        rest(self.work, case, on)

    def _tell_come(self, unit: Unit, child: Child, came_at: datetime) -> None:
        """Whoever was asked may breathe out, but for those who wrote since and so were told."""
        ever = list_asked(self.work, unit, [child.id], tuple(ConversationState))
        wrote = {each.asked_of for each in ever if each.state == ConversationState.SETTLED and _ended(each) >= came_at}
        untold = {each.asked_of for each in ever} - wrote
        said = {"children": [child.called], "at": unit.local(came_at)}
        notice = Notice("whereabouts.has_come", said, [child.id], Lane.SAFETY, author=NAME)
        for guardian in list_guardians_for(self.work, child.id, Right.INFORM, unit.today(self.work.now)):
            address = find_way(self.work, guardian.id, Topic.URGENT)
            if address is not None and address.value in untold:
                untold.discard(address.value)
                tell(self.work, unit, guardian, notice)


def _ended(conversation: Conversation) -> datetime:
    return conversation.ended_at or conversation.opened_at
