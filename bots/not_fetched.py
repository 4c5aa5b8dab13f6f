"""The bot of children who are still here after their time: it asks when they are fetched. An answer that gives a time or a
person holds the ladder and is shown to staff; all else goes to staff, and keeps families from being asked again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import time, timedelta
from typing import Any

from bots.asking_families import ChildrenAsked, EachMinute, by_unit, list_asked, quieten, tell_asked
from bots.fetching import FetchingFacts
from bots.not_fetched_answers import ANSWERS, BRINGS, FetchPart, FetchSaid, WhenFetched
from bots.not_fetched_climbing import NAME, RIGHTS, FetchClimbing
from hub.desk import Look, Work
from hub.people.families import Right
from hub.post.audience import list_entitled
from hub.post.messages import Lane
from hub.school.day_board import Presence, list_whole_board
from hub.school.fetch_ladders import list_units_that_see_home
from hub.school.fetch_waking import read_fetch_waking
from hub.school.fetching import list_same
from hub.school.not_fetched import LONGEST_TOLD, Fetch, NotFetched, answer_fetch, list_still
from hub.talk.answers import Named
from hub.talk.bot import Further, Occasion, Settled
from hub.talk.dialogue import Dialogue, Say, ask, say
from hub.talk.heard import Act, Intent
from hub.talk.prompting import Notice
from hub.talk.speaker import Speaker

FETCHING = "fetching"
NOON = 12
JUST_PAST = timedelta(minutes=30)
"""A time that was told and is so far past may still be meant: they are at the gate."""


@dataclass(frozen=True, slots=True)
class FetchTold:
    """What was answered about these children."""

    children: tuple[Named, ...]
    said: FetchSaid


class NotFetchedBot:
    """Speaks first, once a minute at most; takes no intents of its own."""

    name = NAME
    intents: frozenset[Intent] = frozenset()
    answered_by = ANSWERS | BRINGS
    facts = ChildrenAsked

    def __init__(self) -> None:
        self._rounds = EachMinute(list_units_that_see_home, lambda look, unit: read_fetch_waking(look, unit).child_ids)

    def list_due(self, look: Look) -> Sequence[str]:
        """A unit and a child each, "unit.child"."""
        return self._rounds.list_due(look)

    def prompt_due(self, work: Work, due: Sequence[str]) -> None:
        for unit_id, child_ids in by_unit(due).items():
            FetchClimbing(work, self, unit_id, child_ids).climb()

    def gather(self, look: Look, speaker: Speaker, act: Act) -> None:
        return None

    def may_go_on(self, look: Look, speaker: Speaker, facts: ChildrenAsked) -> bool:
        return {child.id for child in facts.children} <= _may_fetch(look, speaker)

    def dialogue(self, facts: ChildrenAsked) -> Dialogue[FetchTold]:
        names = [child.name for child in facts.children]
        asks = "not_fetched.when_still" if facts.again else "not_fetched.when"
        question = WhenFetched(facts.children, facts.day, facts.told)
        said = yield from ask(asks, question, children=names, unit=facts.unit)
        return FetchTold(facts.children, said)

    def is_answered(self, look: Look, speaker: Speaker, facts: ChildrenAsked) -> bool:
        """Somebody has said when, or all have left since."""
        if facts.told or facts.day != speaker.today:
            return True
        asked = {child.id for child in facts.children}
        board = list_whole_board(look, speaker.unit, speaker.today)
        return asked <= {on.child.id for on in board if on.presence is Presence.LEFT}

    def settle(self, work: Work, speaker: Speaker, outcome: FetchTold, occasion: Occasion) -> Settled:
        return _Settling(work, speaker, outcome, occasion).settle()

    def undo(self, work: Work, speaker: Speaker, memory: Mapping[str, Any], occasion: Occasion) -> None:
        return None

    def amend(self, look: Look, speaker: Speaker, memory: Mapping[str, Any], act: Act) -> None:
        return None


def _may_fetch(look: Look, speaker: Speaker) -> set[str]:
    """The children of whom each of those who speak may know, and whom each may fetch."""
    may = [list_entitled(look, speaker.guardian_ids, right, speaker.today) for right in (Right.INFORM, Right.FETCH)]
    return set.intersection(*(of.get(id_, set()) for of in may for id_ in speaker.guardian_ids))


class _Settling:
    """One answer being settled: part by part, each child by what is known of it at this moment."""

    def __init__(self, work: Work, speaker: Speaker, told: FetchTold, occasion: Occasion) -> None:
        self._work = work
        self._speaker = speaker
        self._told = told
        self._occasion = occasion
        ids = [child.id for child in told.children]
        self._cases = {case.child_id: case for case in list_still(work, speaker.unit, speaker.today, ids)}
        board = list_whole_board(work, speaker.unit, speaker.today)
        self._left = {
            on.child.id: on.left_at for on in board if on.presence is Presence.LEFT and on.left_at is not None
        }
        self._says: list[Say] = []
        self._further: list[Further] = []
        self._hand_over: str | None = "message" if told.said.more else None

    def settle(self) -> Settled:
        """A person who fetches and a time are one answer, told of the same children once."""
        parts = self._told.said.parts
        somebody = [part for part in parts if part.fetch is Fetch.SOMEBODY]
        at = self._find_time()
        for part in somebody or parts:
            self._settle_part(part, at)
        concerned = tuple(child.id for child in self._told.children)
        says, then = tuple(self._says), tuple(self._further)
        return Settled(says, concerned, hand_over=self._hand_over, then=then, listens=self._listen_on())

    def _listen_on(self) -> Further | None:
        """What they write next may be to the same, while a child is still here: a later time, or that nobody comes."""
        still = tuple(child for child in self._told.children if child.id not in self._left)
        facts = ChildrenAsked(still, self._speaker.today, self._speaker.unit.name, told=True)
        return Further(facts, LONGEST_TOLD) if still else None

    def _find_time(self) -> time | None:
        """The time that was told; a small hour that is long past is one of the afternoon: "coming at 5"."""
        acts = [part.act for part in self._told.said.parts]
        at = next((told for act in acts if (told := act.end or act.start) is not None), None)
        if at is None or at.hour >= NOON or self._is_soon(at):
            return at
        return at.replace(hour=at.hour + NOON)

    def _is_soon(self, at: time) -> bool:
        told = self._speaker.unit.moment(self._speaker.today, at)
        return self._work.now - JUST_PAST <= told <= self._work.now + LONGEST_TOLD

    def _settle_part(self, part: FetchPart, at: time | None) -> None:
        children = tuple(child for child in self._told.children if not part.child_ids or child.id in part.child_ids)
        for child in children:
            if (left_at := self._left.get(child.id)) is not None:
                here = self._speaker.unit.local(left_at)
                self._says.append(say("not_fetched.is_gone", children=[child.name], at=here))
        still = tuple(child for child in children if child.id not in self._left)
        if not still:
            self._hand_over = self._hand_over or ("not_understood" if part.fetch is Fetch.UNCLEAR else None)
            return
        fetch = self._judge(part, at)
        if fetch is Fetch.SOMEBODY:
            self._note_person(part.act, still)
        self._answer(still, fetch, at if fetch is not Fetch.UNCLEAR else None, against=part.is_against)
        match fetch:
            case Fetch.UNCLEAR:
                self._says.append(say("not_fetched.we_read", children=[child.name for child in still]))
                self._hand_over = self._hand_over or "not_understood"
            case Fetch.COMES:
                self._says.append(say("not_fetched.noted", children=[child.name for child in still], at=at))
        if fetch is Fetch.COMES:
            self._tell_others(still, at)

    def _judge(self, part: FetchPart, at: time | None) -> Fetch:
        """What may be taken from it: only from who may say it, of today, and of a time that is soon."""
        is_of_today = not part.act.days or self._speaker.today in part.act.days
        is_sure = self._speaker.is_fresh and is_of_today and (at is None or self._is_soon(at))
        return part.fetch if is_sure else Fetch.UNCLEAR

    def _note_person(self, act: Act, children: tuple[Named, ...]) -> None:
        """As it would be told at any time: checked, said to the others, and asked back."""
        today, person = self._speaker.today, act.person or ""
        same = list_same(self._work, [child.id for child in children], (today,), person)
        facts = FetchingFacts(
            children, children, (today,), today, person, act.phone, tuple(dict.fromkeys(row.child_id for row in same))
        )
        self._further.append(Further(facts, bot=FETCHING))

    def _answer(self, children: Sequence[Named], fetch: Fetch, at: time | None, *, against: bool) -> None:
        for child in children:
            case: NotFetched | None = self._cases.get(child.id)
            if case is not None:
                guardian_id, message_id = self._speaker.guardians[0].id, self._occasion.message_id
                answer_fetch(self._work, self._speaker.unit, case, fetch, at, guardian_id, message_id, against=against)
        if fetch is Fetch.UNCLEAR:
            return
        asked = list_asked(self._work, NAME, self._speaker.unit, {child.id for child in children})
        quieten(conversation for conversation in asked if conversation.id != self._occasion.conversation_id)

    def _tell_others(self, children: Sequence[Named], at: time | None) -> None:
        """The others who were asked: that the child is fetched, and when, never by whom."""
        own = {address.value for address in self._speaker.addresses}
        for child in children:
            asked = list_asked(self._work, NAME, self._speaker.unit, [child.id])
            phones = {each.asked_of for each in asked} - own
            notice = Notice(
                "not_fetched.other_noted", {"children": [child.name], "at": at}, [child.id], Lane.SAFETY, author=NAME
            )
            tell_asked(self._work, self._speaker.unit, child.id, RIGHTS, phones, notice)
