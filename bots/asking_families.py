"""Asks families about children who are looked for, or still here: each guardian who may be told, about all of their children at
once, and two behind one phone once. What a ladder has found is told the same way.

Rights and blocks are asked when it is written, and again when it is sent. Source: security rules S1.5, S3.4, S4.1 and S4.4.
"""

import logging
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Protocol

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from hub.desk import Look, Work
from hub.people.families import Child, Guardian, Right
from hub.people.places import Unit
from hub.post.audience import list_entitled, list_guardians_for
from hub.post.messages import Lane, Thread
from hub.post.topics import Topic
from hub.post.ways import find_way
from hub.school.ladders import Step
from hub.talk.answers import Named
from hub.talk.bot import Bot
from hub.talk.conversations import Conversation, ConversationState
from hub.talk.prompting import GUARDED, Notice, Prompt, Prompted, prompt, tell

log = logging.getLogger(__name__)

A_DAY = timedelta(days=1)
_STANDING = (ConversationState.OPEN, ConversationState.QUEUED)


@dataclass(frozen=True, slots=True)
class ChildrenAsked:
    """Who is asked about, where and for which day. `again` in the second text; `told`: somebody else has explained it since."""

    children: tuple[Named, ...]
    day: date
    unit: str
    again: bool = False
    told: bool = False


class DueChild(Protocol):
    """A child about whom steps of a ladder are due."""

    @property
    def child(self) -> Child: ...
    @property
    def steps(self) -> Sequence[Step]: ...


class EachMinute:
    """What is due at units that are gone through once a minute, as "unit.child"; in between it costs nothing."""

    def __init__(
        self, list_units: Callable[[Look], Sequence[Unit]], list_children: Callable[[Look, Unit], Sequence[str]]
    ) -> None:
        self._list_units = list_units
        self._list_children = list_children
        self._looked: datetime | None = None

    def list_due(self, look: Look) -> Sequence[str]:
        minute = look.now.replace(second=0, microsecond=0)
        if self._looked == minute:
            return ()
        due = [f"{unit.id}.{id_}" for unit in self._list_units(look) for id_ in self._list_at(look, unit)]
        self._looked = minute
        return due

    def _list_at(self, look: Look, unit: Unit) -> Sequence[str]:
        """Whom a waking is about at a unit. One that cannot be read keeps no child of another from being looked for."""
        try:
            return self._list_children(look, unit)
        except SQLAlchemyError:
            raise
        except Exception:
            log.exception("whom a ladder is about at a unit could not be read", extra={"unit": unit.id})
            return ()


def by_unit(due: Sequence[str]) -> dict[str, set[str]]:
    """The children of what is due, by unit."""
    found: dict[str, set[str]] = {}
    for unit_id, _, child_id in (one.partition(".") for one in due):
        found.setdefault(unit_id, set()).add(child_id)
    return found


def list_asked(
    look: Look,
    bot_name: str,
    unit: Unit,
    child_ids: Collection[str],
    states: Sequence[ConversationState] = _STANDING,
) -> list[Conversation]:
    """The conversations in which a bot asked at this unit today about any of the children."""
    found = look.session.scalars(
        sa.select(Conversation)
        .join(Thread, Thread.id == Conversation.thread_id)
        .where(
            Conversation.bot == bot_name,
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


def is_guarded(child: Child, outcomes: Sequence[Prompted]) -> bool:
    """Whether a family could not be asked because nothing about the child may stand on an open channel."""
    return child.protected or any(prompted.why_not == GUARDED for prompted in outcomes)


@dataclass(slots=True)
class Asking:
    """One round of questions at a unit, to whoever has all the `rights`. `child_ids` are this work's own, and the siblings who
    are asked about with them join. An answer counts for as long as it `lasts`."""

    work: Work
    bot: Bot
    unit: Unit
    rights: tuple[Right, ...]
    child_ids: set[str]
    lasts: timedelta
    _reached: dict[str, tuple[set[str], Prompted]] = field(default_factory=dict)

    def ask(self, texts: Mapping[str, DueChild]) -> dict[str, list[Prompted]]:
        """What came of it, for each child of this work."""
        guardians = self._list_guardians(texts)
        asked = {child_id: due for child_id, due in texts.items() if child_id in self.child_ids}
        outcomes: dict[str, list[Prompted]] = {child_id: [] for child_id in asked}
        if any(Step.SECOND in due.steps for due in asked.values()):
            self._end_first(list(asked))
        with self.work.session.no_autoflush:  # nothing is asked about what was just written, and there is much of it
            for guardian, child_ids in guardians:
                prompted = self._prompt(guardian, [asked[child_id] for child_id in child_ids])
                for child_id in child_ids:
                    outcomes[child_id].append(prompted)
        return outcomes

    def _end_first(self, child_ids: Sequence[str]) -> None:
        """What was asked before is asked anew, once."""
        for conversation in list_asked(self.work, self.bot.name, self.unit, child_ids):
            conversation.end(ConversationState.LEFT, self.work.now)
        self.work.session.flush()

    def _list_guardians(self, texts: Mapping[str, DueChild]) -> list[tuple[Guardian, list[str]]]:
        """Each guardian who may answer, with all of their children who are due: siblings come along from other batches."""
        day = self.unit.today(self.work.now)
        open_ids = [child_id for child_id in texts if child_id in self.child_ids]
        found: dict[str, tuple[Guardian, list[str]]] = {}
        while open_ids:
            child_id = open_ids.pop(0)
            if texts[child_id].child.protected:
                continue
            for guardian in list_with_rights(self.work, child_id, self.rights, day):
                if guardian.id not in found:
                    theirs = list_entitled(self.work, [guardian.id], self.rights[-1], day)[guardian.id]
                    siblings = [key for key in texts if key in theirs and key not in self.child_ids]
                    self.child_ids.update(siblings)
                    open_ids += siblings
                found.setdefault(guardian.id, (guardian, []))[1].append(child_id)
        return list(found.values())

    def _prompt(self, guardian: Guardian, due: Sequence[DueChild]) -> Prompted:
        """Two behind one phone are asked once."""
        address = find_way(self.work, guardian.id, Topic.URGENT)
        ids = {one.child.id for one in due}
        asked_before, prompted_before = self._reached.get(address.value if address else "", (set(), None))
        if prompted_before is not None and ids <= asked_before:
            return prompted_before
        if prompted_before is not None:  # another question to the same phone: it is to find the first one
            self.work.session.flush()
        facts = ChildrenAsked(
            tuple(Named(one.child.id, one.child.called) for one in due),
            self.unit.today(self.work.now),
            self.unit.name,
            again=all(Step.SECOND in one.steps for one in due),
        )
        prompted = prompt(self.work, self.unit, guardian, Prompt(self.bot, facts, sorted(ids), self.lasts, Lane.SAFETY))
        if prompted.address is not None:
            self._reached[prompted.address] = (ids, prompted)
        return prompted


def list_with_rights(look: Look, child_id: str, rights: Sequence[Right], day: date) -> list[Guardian]:
    """The guardians who have all of these rights for a child on a day, and are not blocked from it."""
    first, *others = rights
    have = [{guardian.id for guardian in list_guardians_for(look, child_id, right, day)} for right in others]
    return [
        guardian
        for guardian in list_guardians_for(look, child_id, first, day)
        if all(guardian.id in ids for ids in have)
    ]


def tell_asked(
    work: Work, unit: Unit, child_id: str, rights: Sequence[Right], phones: Collection[str], notice: Notice
) -> None:
    """Those of whoever may know whose phones these are, each phone once."""
    left = set(phones)
    for guardian in list_with_rights(work, child_id, rights, unit.today(work.now)):
        address = find_way(work, guardian.id, Topic.URGENT)
        if address is not None and address.value in left:
            left.discard(address.value)
            tell(work, unit, guardian, notice)


def list_phones_asked(look: Look, bot_name: str, unit: Unit, child_id: str) -> set[str]:
    """The phones that were asked today about a child."""
    return {each.asked_of for each in list_asked(look, bot_name, unit, [child_id], tuple(ConversationState))}


def list_phones_untold(look: Look, bot_name: str, unit: Unit, child_id: str, since: datetime) -> set[str]:
    """The phones that were asked today about a child, but for those that have answered since a moment and so were told."""
    ever = list_asked(look, bot_name, unit, [child_id], tuple(ConversationState))
    wrote = {each.asked_of for each in ever if each.state == ConversationState.SETTLED and _ended(each) >= since}
    return {each.asked_of for each in ever} - wrote


def _ended(conversation: Conversation) -> datetime:
    return conversation.ended_at or conversation.opened_at
