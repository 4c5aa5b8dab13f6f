"""What a family tells lastingly, by text: who may always fetch a child is asked back, the other guardians are told of them, and
once a year those who decide are asked whether all that stands of a child still holds.

Nothing of a child's health is said here. Source: security rules S1.2, S1.3, S4.1 and S6.1.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import groupby
from typing import Any

from bots.meant import NotMeant
from hub.asker import Trust
from hub.desk import Look, Work
from hub.people.families import Child, Guardian, Right
from hub.people.places import Unit
from hub.post.audience import list_guardians_for
from hub.post.messages import Lane
from hub.post.topics import Topic
from hub.post.ways import find_way
from hub.safety.home_unit import find_home_unit
from hub.school.care_checks import keep_asked, list_to_ask, say_it_holds
from hub.school.fetchers import Standing
from hub.school.trusted_people import (
    TooManyTrustedError,
    TrustedPerson,
    Whom,
    dispute_person,
    end_person,
    get_trusted,
    judge_trusted,
    list_may_trust,
    list_unannounced,
    trust_person,
)
from hub.talk.answers import Named, WhichChild, YesNo
from hub.talk.bot import Occasion, Settled
from hub.talk.conversations import ConversationState, open_conversation
from hub.talk.dialogue import Dialogue, ask, say
from hub.talk.echo import ECHO_LASTS, find_cap
from hub.talk.heard import Act, Intent
from hub.talk.prompting import Notice, Prompt, prompt, tell
from hub.talk.speaker import Speaker, has_right

CARE = "care_list"
STILL_LASTS = timedelta(days=14)
BETWEEN_LOOKS = timedelta(minutes=5)
AT_ONCE = 50


class Matter(StrEnum):
    """What is talked of: somebody for the list, somebody whom another guardian put there or who is told of their own doing, and
    whether all of it still holds."""

    LIST = "list"
    TOLD = "told"
    TOLD_OWN = "told_own"
    STILL = "still"


TOLD = {Matter.TOLD: "care_list.told", Matter.TOLD_OWN: "care_list.told_own"}
"""What is told and may be answered."""


@dataclass(frozen=True, slots=True)
class CareFacts:
    """`meant` is empty where the words left it open. `rows` are those that were told of."""

    matter: Matter
    children: tuple[Named, ...]
    meant: tuple[Named, ...] = ()
    person: str = ""
    phone: str | None = None
    rows: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answered:
    """Yes or no to what was asked or told."""

    facts: CareFacts
    children: tuple[Named, ...]
    agreed: bool


class CareListBot:
    """Takes no intents of its own: who fetches for good is handed on by the bot that hears who fetches."""

    name = CARE
    intents: frozenset[Intent] = frozenset()
    answered_by: frozenset[Intent] = frozenset()
    facts = CareFacts

    def __init__(self) -> None:
        self._next_look: datetime | None = None

    def gather(self, look: Look, speaker: Speaker, act: Act) -> CareFacts | None:
        return None

    def may_go_on(self, look: Look, speaker: Speaker, facts: CareFacts) -> bool:
        children = {child.id for child in facts.meant or facts.children}
        if facts.matter is Matter.LIST:
            return children <= may_trust(look, speaker)
        right = Right.CONSENT if facts.matter is Matter.STILL else Right.INFORM
        return has_right(look, speaker, right, children)

    def dialogue(self, facts: CareFacts) -> Dialogue[Answered | NotMeant]:
        names = [child.name for child in facts.children]
        match facts.matter:
            case Matter.LIST:
                children = facts.meant or (
                    yield from ask("care_list.which_child", WhichChild(facts.children), person=facts.person)
                )
                named = [child.name for child in children]
                agreed = yield from ask("care_list.is_this_right", YesNo(), children=named, person=facts.person)
                return Answered(facts, children, agreed) if agreed else NotMeant()
            case Matter.STILL:
                agreed = yield from ask("care_list.still", YesNo(), children=names)
            case told:
                agreed = yield from ask(TOLD[told], YesNo(), children=names, person=facts.person)
        return Answered(facts, facts.children, agreed)

    def settle(self, work: Work, speaker: Speaker, outcome: Answered | NotMeant, occasion: Occasion) -> Settled:
        if isinstance(outcome, NotMeant):
            return Settled((say("reception.left"),))
        match outcome.facts.matter:
            case Matter.LIST:
                return self._settle_list(work, speaker, outcome, occasion)
            case Matter.STILL:
                return self._settle_still(work, speaker, outcome)
            case _:
                return self._settle_told(work, speaker, outcome)

    def _settle_list(self, work: Work, speaker: Speaker, agreed: Answered, occasion: Occasion) -> Settled:
        """It is said the same way whoever is named."""
        facts, names = agreed.facts, [child.name for child in agreed.children]
        trust, told_by = speaker.believe(Trust.CONFIRMED), speaker.guardians[0].id
        whom = Whom(facts.person, phone=facts.phone)
        children = [work.session.get_one(Child, named.id) for named in agreed.children]
        try:
            rows = [
                trust_person(work, child, whom, told_by=told_by, trust=trust, message_id=occasion.message_id)
                for child in children
            ]
        except TooManyTrustedError:
            return Settled((say("care_list.too_many", children=names),), hand_over="trusted_too_many")
        rings = Standing.FORBIDDEN in judge_trusted(work, rows, speaker.today).values()
        return Settled(
            (say("care_list.listed", children=names, person=facts.person),),
            tuple(child.id for child in agreed.children),
            {"people": [row.id for row in rows]},
            hand_over="trusted_forbidden" if rings else None,
        )

    @staticmethod
    def _settle_told(work: Work, speaker: Speaker, answered: Answered) -> Settled:
        names, ids = [child.name for child in answered.children], tuple(child.id for child in answered.children)
        if answered.agreed:
            return Settled((say("care_list.agreed"),), ids)
        for row in get_trusted(work, answered.facts.rows):
            dispute_person(work, row, speaker.guardians[0].id)
        said = say("care_list.disputed", children=names, person=answered.facts.person)
        return Settled((said,), ids, hand_over="trusted_disputed")

    @staticmethod
    def _settle_still(work: Work, speaker: Speaker, answered: Answered) -> Settled:
        names, ids = [child.name for child in answered.children], tuple(child.id for child in answered.children)
        if not answered.agreed:
            return Settled((say("care_list.changed", children=names),), ids, hand_over="care_changed")
        for id_ in ids:
            child = work.session.get_one(Child, id_)
            for guardian_id in speaker.guardian_ids:
                say_it_holds(work, child, guardian_id, speaker.believe(Trust.CONFIRMED))
        return Settled((say("care_list.holds", children=names),), ids)

    def undo(self, work: Work, speaker: Speaker, memory: Mapping[str, Any], occasion: Occasion) -> Settled | None:
        rows = [row for row in get_trusted(work, memory["people"]) if row.told_by in speaker.guardian_ids]
        ended = [row for row in rows if end_person(work, row, speaker.guardians[0].id)]
        if not ended:
            return None
        names = [work.session.get_one(Child, row.child_id).called for row in ended]
        said = say("care_list.undone", children=names, person=ended[0].person)
        return Settled((said,), tuple(row.child_id for row in ended))

    def amend(self, look: Look, speaker: Speaker, memory: Mapping[str, Any], act: Act) -> CareFacts | None:
        return None

    def list_due(self, look: Look) -> list[str]:
        """Those of whom the other guardians have yet to be told, and now and then the children to be asked about."""
        due = list_unannounced(look, AT_ONCE)
        if self._next_look is None or look.now >= self._next_look:
            due += list_to_ask(look, AT_ONCE)
            self._next_look = look.now + BETWEEN_LOOKS
        return due

    def prompt_due(self, work: Work, due: Sequence[str]) -> None:
        fresh = [row for row in get_trusted(work, due) if row.announced_at is None]
        for _, together in groupby(sorted(fresh, key=_told_together), key=_told_together):
            self._announce(work, list(together))
        self._ask_still(work, list_to_ask(work, AT_ONCE, due))

    def _announce(self, work: Work, rows: Sequence[TrustedPerson]) -> None:
        """Of one person, for the children of whom they were told in one go."""
        own = work.session.get_one(Guardian, rows[0].told_by)
        phones = {way.value for way in [find_way(work, own.id, Topic.DAILY)] if way is not None}
        to_tell: dict[str, tuple[Guardian, list[TrustedPerson]]] = {}
        for row in rows:
            row.announced_at = work.now
            unit = find_home_unit(work, row.child_id)
            if row.ended_at is not None or unit is None:
                continue
            for guardian in list_guardians_for(work, row.child_id, Right.INFORM, unit.today(work.now)):
                to_tell.setdefault(guardian.id, (guardian, []))[1].append(row)
        is_by_text = rows[0].message_id is not None
        for guardian, theirs in to_tell.values():
            if guardian.id == own.id:
                told = is_by_text or self._tell(work, guardian, theirs, Matter.TOLD_OWN)
            else:
                way = find_way(work, guardian.id, Topic.DAILY)
                same_phone = is_by_text and way is not None and way.value in phones
                told = same_phone or self._tell(work, guardian, theirs, Matter.TOLD)
            for row in theirs if not told else ():
                row.untold = True

    def _tell(self, work: Work, guardian: Guardian, rows: Sequence[TrustedPerson], matter: Matter) -> bool:
        """Whether they were told in words, and may say no."""
        unit = find_home_unit(work, rows[0].child_id)
        if unit is None:
            return False
        children = _named(work, [row.child_id for row in rows])
        ids, person = [child.id for child in children], rows[0].person
        way = find_way(work, guardian.id, Topic.DAILY)
        said = {"children": [child.name for child in children], "person": person}
        capped = find_cap(work, way, ids)
        notice = Notice(TOLD[matter], said, ids, Lane.SAFETY, Topic.DAILY, author=self.name, withheld=capped)
        told = tell(work, unit, guardian, notice)
        if told.message is None or told.address is None or told.why_not is not None or capped is not None:
            return False
        facts = CareFacts(matter, children, person=person, rows=tuple(row.id for row in rows))
        open_conversation(work, self, facts, told.message, told.address, state=ConversationState.TOLD, lasts=ECHO_LASTS)
        return True

    def _ask_still(self, work: Work, child_ids: Sequence[str]) -> None:
        """Each of those who decide once, about all of their children whose year is over."""
        to_ask: dict[tuple[str, str], tuple[Unit, Guardian, list[Child]]] = {}
        for child_id in child_ids:
            child, unit = work.session.get_one(Child, child_id), find_home_unit(work, child_id)
            if unit is None or not unit.is_awake(work.now):
                continue
            for guardian in list_guardians_for(work, child_id, Right.CONSENT, unit.today(work.now)):
                keep_asked(work, child, guardian.id)
                to_ask.setdefault((unit.id, guardian.id), (unit, guardian, []))[2].append(child)
        for unit, guardian, children in to_ask.values():
            facts = CareFacts(Matter.STILL, tuple(Named(child.id, child.called) for child in children))
            prompt(work, unit, guardian, Prompt(self, facts, [child.id for child in children], STILL_LASTS))


def may_trust(look: Look, speaker: Speaker) -> set[str]:
    """The children whom each of those who speak may fetch and decides for."""
    ids = {place.child.id for place in speaker.children}
    pairs = list_may_trust(look, speaker.guardian_ids, ids, speaker.today)
    return {id_ for id_ in ids if all((guardian_id, id_) in pairs for guardian_id in speaker.guardian_ids)}


def _told_together(row: TrustedPerson) -> tuple[str, str, datetime, str]:
    return row.told_by, row.person.casefold(), row.told_at, row.message_id or ""


def _named(look: Look, child_ids: Iterable[str]) -> tuple[Named, ...]:
    children = [look.session.get_one(Child, id_) for id_ in dict.fromkeys(child_ids)]
    return tuple(Named(child.id, child.called) for child in children)
