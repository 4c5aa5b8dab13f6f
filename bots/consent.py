"""The consent bot: a guardian says yes or no to photos, trips and the like, unasked or in answer to what the school asks.

A no is noted at once. A yes that comes unasked is asked back once, with the whole text; before the first one stands the
general consent. Source: security rules S1.2, S1.5 and S1.6.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bots.consent_question import ConsentAnswer, Topic
from hub.asker import Trust
from hub.desk import Look, Work
from hub.people.families import Child, Right
from hub.post.audience import list_children_for
from hub.school.campaigns import ConsentCampaign
from hub.school.consent_kinds import Kind, list_below, list_kinds, list_texts
from hub.school.consent_standing import Says, Standings, Verdict, read_standings
from hub.school.consents import Choice, How, Told, get_words, say_words, take_back
from hub.talk.answers import Named, WhichChild
from hub.talk.bot import Further, Occasion, Settled
from hub.talk.dialogue import Dialogue, Say, ask, say
from hub.talk.heard import Act, Intent
from hub.talk.speaker import Speaker, name_apart


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the hub asks about one child, by itself."""

    child: Named
    topics: tuple[Topic, ...]


@dataclass(frozen=True, slots=True)
class ConsentFacts:
    """What was said unasked stands in `yes` and `no`, of the children `meant`; what the hub asks, in `wanted`.

    `strong` are the names of kinds that no text can give. `general` is asked first for the children `without_general`.
    `again`: a reminder; `changed`: its text is new since it was asked. `until` ends the time for an answer to the campaign.
    """

    children: tuple[Named, ...]
    meant: tuple[Named, ...] = ()
    yes: tuple[Topic, ...] = ()
    no: tuple[Topic, ...] = ()
    strong: tuple[str, ...] = ()
    wanted: tuple[Wanted, ...] = ()
    general: Topic | None = None
    without_general: tuple[str, ...] = ()
    campaign_id: str | None = None
    until: datetime | None = None
    again: bool = False
    changed: bool = False


@dataclass(frozen=True, slots=True)
class Word:
    """Yes or no to one topic for one child."""

    child: Named
    topic: Topic
    granted: bool


@dataclass(frozen=True, slots=True)
class ConsentSaid:
    """What was said. `asked`: in answer to a question of exactly this. `left` is what is to be asked after it."""

    words: tuple[Word, ...]
    asked: bool
    left: ConsentFacts | None = None
    campaign_id: str | None = None
    until: datetime | None = None
    strong: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    """The names of what could not be noted, for want of the general consent."""


class ConsentBot:
    """Keeps what guardians say to consents in the ledger, and tells staff when one that was given is withdrawn."""

    name = "consent"
    intents = frozenset({Intent.CONSENT})
    answered_by: frozenset[Intent] = frozenset()
    facts = ConsentFacts

    def gather(self, look: Look, speaker: Speaker, act: Act) -> ConsentFacts | None:
        """None when they decide for no child here, a name fits none of those, or the owner has no such kind."""
        children = list_decided(look, speaker)
        meant = tuple(child for child in children if child.id in act.children)
        kinds = {kind.code: kind for kind in list_kinds(look, speaker.unit.owner_id)}
        told = {word.topic: word.granted for word in act.consents}
        if not children or act.unknown_name or len(meant) < len(act.children) or not told or set(told) - set(kinds):
            return None
        yes = [kinds[code] for code, granted in told.items() if granted]
        named = meant if meant or len(children) > 1 else children
        return ConsentFacts(
            children=children,
            meant=named,
            yes=_topics((kind for kind in yes if not kind.rules.needs_strong), speaker.language),
            no=_topics((kinds[code] for code, granted in told.items() if not granted), speaker.language),
            strong=tuple(kind.name(speaker.language) for kind in yes if kind.rules.needs_strong),
            **_general(look, speaker, kinds.values(), named or children),
        )

    def may_go_on(self, look: Look, speaker: Speaker, facts: ConsentFacts) -> bool:
        """Whether each of them still decides for every child, and it is still with the owner."""
        decided = {child.id for child in list_decided(look, speaker, anywhere=True)}
        asked = [wanted.child for wanted in facts.wanted]
        return speaker.is_fresh and {child.id for child in (*facts.children, *facts.meant, *asked)} <= decided

    def dialogue(self, facts: ConsentFacts) -> Dialogue[ConsentSaid]:
        if facts.wanted:
            return (yield from self._ask_wanted(facts))
        names = [topic.name for topic in (*facts.no, *facts.yes)]
        children = facts.meant or (
            yield from ask("consent.which_child", WhichChild(facts.children), topics=[*names, *facts.strong])
        )
        if facts.no:
            words = tuple(Word(child, topic, granted=False) for child in children for topic in facts.no)
            left = replace(facts, meant=children, no=()) if facts.yes or facts.strong else None
            return ConsentSaid(words, asked=False, left=left)
        if not facts.yes:
            return ConsentSaid((), asked=False, strong=facts.strong)
        return (yield from self._ask_back(facts, children))

    def _ask_back(self, facts: ConsentFacts, children: tuple[Named, ...]) -> Dialogue[ConsentSaid]:
        """A yes that came unasked: the general consent where it is missing, then the whole text of what they agree to."""
        words = yield from self._ask_general(facts, children, facts.yes)
        if any(not word.granted for word in words):
            return ConsentSaid(words, asked=True, without=tuple(topic.name for topic in facts.yes))
        topics = tuple(topic for topic in facts.yes if topic != facts.general)
        if facts.general in facts.yes and not words:
            topics = facts.yes
        if topics:
            texts = [topic.said_of(child) for child in children for topic in topics]
            said = yield from ask("consent.is_this_right", ConsentAnswer(children, topics), texts=texts)
            words += tuple(
                Word(child, topic, said[topic.code]) for child in children for topic in topics if topic.code in said
            )
        return ConsentSaid(words, asked=True, strong=facts.strong)

    def _ask_general(
        self, facts: ConsentFacts, children: tuple[Named, ...], topics: tuple[Topic, ...]
    ) -> Dialogue[tuple[Word, ...]]:
        missing = tuple(child for child in children if child.id in facts.without_general)
        if facts.general is None or not missing:
            return ()
        said = yield from ask(
            "consent.general_first",
            ConsentAnswer(missing, (facts.general,)),
            children=[child.name for child in missing],
            topics=[topic.name for topic in topics if topic != facts.general],
            text=facts.general.text,
        )
        return tuple(Word(child, facts.general, said[facts.general.code]) for child in missing)

    def _ask_wanted(self, facts: ConsentFacts) -> Dialogue[ConsentSaid]:
        """The first child of those the hub asks about; the others have their turn when this is settled."""
        (first, *others) = facts.wanted
        left = replace(facts, wanted=tuple(others)) if others else None
        child = (first.child,)
        words = yield from self._ask_general(facts, child, first.topics)
        if any(not word.granted for word in words):
            without = tuple(topic.name for topic in first.topics if topic != facts.general)
            return ConsentSaid(words, True, left, facts.campaign_id, facts.until, without=without)
        topics = tuple(topic for topic in first.topics if not (words and topic == facts.general))
        if topics:
            said = yield from self._ask_topics(facts, first.child, topics)
            words += tuple(Word(first.child, topic, said[topic.code]) for topic in topics if topic.code in said)
        return ConsentSaid(words, True, left, facts.campaign_id, facts.until)

    def _ask_topics(self, facts: ConsentFacts, child: Named, topics: tuple[Topic, ...]) -> Dialogue[dict[str, bool]]:
        question = ConsentAnswer((child,), topics)
        if len(topics) > 1:
            return (yield from ask("consent.asked_several", question, child=child.name, again=facts.again))
        return (
            yield from ask(
                "consent.asked",
                question,
                children=[child.name],
                text=topics[0].text,
                again=facts.again,
                changed=facts.changed,
            )
        )

    def settle(self, work: Work, speaker: Speaker, outcome: ConsentSaid, occasion: Occasion) -> Settled:
        settling = _Settling(work, speaker, outcome, occasion)
        return settling.settle()

    def undo(self, work: Work, speaker: Speaker, memory: Mapping[str, Any], occasion: Occasion) -> Settled | None:
        """What was said before them holds again."""
        rows = get_words(work, memory.get("said", ()))
        decided = {child.id: child for child in list_decided(work, speaker, anywhere=True)}
        if not rows or not {row.child_id for row in rows} <= set(decided):
            return None
        told = Told(How.TEXT, speaker.guardians[0].id, Trust(speaker.trust), occasion.message_id)
        take_back(work, rows, told)
        ids = tuple(dict.fromkeys(row.child_id for row in rows))
        kinds = {kind.id: kind.name(speaker.language) for kind in list_kinds(work, speaker.unit.owner_id)}
        names = list(dict.fromkeys(kinds[row.kind_id] for row in rows if row.kind_id in kinds))
        return Settled((say("consent.undone", children=[decided[id_].name for id_ in ids], topics=names),), ids)

    def amend(self, look: Look, speaker: Speaker, memory: Mapping[str, Any], act: Act) -> ConsentFacts | None:
        return None


class _Settling:
    """What was said in one dialogue, being kept. Made inside a work and gone with it."""

    def __init__(self, work: Work, speaker: Speaker, said: ConsentSaid, occasion: Occasion) -> None:
        self._work = work
        self._speaker = speaker
        self._said = said
        self._occasion = occasion
        self._kinds = {kind.id: kind for kind in list_kinds(work, speaker.unit.owner_id)}
        ids = list(dict.fromkeys(word.child.id for word in said.words))
        self._before = read_standings(work, speaker.unit.owner_id, ids, speaker.today)
        self._kept: list[Word] = []
        self._changed: list[Wanted] = []
        self._text_changed = False
        self._gone: list[str] = []

    def settle(self) -> Settled:
        rows = [id_ for child in self._children() for id_ in self._keep(child)]
        withdrawn = any(self._relied_on(word) for word in self._kept if not word.granted)
        return Settled(
            says=tuple(self._says(withdrawn)),
            child_ids=tuple(child.id for child in self._children()),
            undo={"said": rows} if rows else None,
            hand_over="consent_withdrawn" if withdrawn else None,
            further=self._further(),
        )

    def _children(self) -> list[Named]:
        return list(dict.fromkeys(word.child for word in self._said.words))

    def _keep(self, child: Named) -> list[str]:
        """Keep the words about one child for everybody who speaks; the ids of the rows."""
        mine = [word for word in self._said.words if word.child == child]
        fitting = [word for word in mine if self._fits(word)]
        row = self._work.session.get_one(Child, child.id)
        ids: list[str] = []
        for guardian in self._speaker.guardians:
            trust = Trust.CONFIRMED if self._said.asked else Trust(self._speaker.trust)
            told = Told(How.TEXT, guardian.id, trust, self._occasion.message_id)
            choices = [Choice(self._kinds[word.topic.kind_id], word.granted, word.topic.text_id) for word in fitting]
            ids += [each.id for each in say_words(self._work, row, guardian.id, choices, told)]
        self._kept += fitting
        return ids

    def _fits(self, word: Word) -> bool:
        """Whether it can be kept as it was said: its kind is in use, and a yes is to a text that holds, and may be given."""
        kind = self._kinds.get(word.topic.kind_id)
        if kind is None:
            self._gone.append(word.topic.name)
            return False
        if not word.granted:
            return True
        outdated = self._is_outdated(kind, word.topic)
        self._text_changed = self._text_changed or outdated
        if outdated or not self._has_general(word):
            self._changed.append(Wanted(word.child, _topics([kind], self._speaker.language)))
            return False
        return not kind.rules.needs_strong

    def _is_outdated(self, kind: Kind, topic: Topic) -> bool:
        if kind.text.id == topic.text_id:
            return False
        shown = next((text.number for text in list_texts(self._work, kind.id) if text.id == topic.text_id), 0)
        return shown < kind.since_number

    def _has_general(self, word: Word) -> bool:
        now = [each for each in self._said.words if each.child == word.child and self._is_general(each)]
        if now:
            return now[0].granted
        return all(self._before.has_general(word.child.id, each.id) for each in self._speaker.guardians)

    def _is_general(self, word: Word) -> bool:
        kind = self._kinds.get(word.topic.kind_id)
        return kind is not None and kind.is_general

    def _relied_on(self, word: Word) -> bool:
        """Whether staff could rely, until now, on what this no is about, or this guardian had said yes to it."""
        kind = self._kinds[word.topic.kind_id]
        concerned = list(self._before.kinds) if kind.is_general else [kind, *list_below(self._before.kinds, kind)]
        given = any(self._before.of(word.child.id, each).verdict is Verdict.GIVEN for each in concerned)
        own = [self._before.says(word.child.id, each.id, kind) for each in self._speaker.guardians]
        return given or Says.YES in own

    def _says(self, withdrawn: bool) -> list[Say]:
        says = []
        if self._kept:
            says.append(
                say(
                    "consent.noted",
                    children=[child.name for child in dict.fromkeys(word.child for word in self._kept)],
                    given=self._names(granted=True),
                    refused=self._names(granted=False),
                    follow=self._following(),
                    told=withdrawn,
                )
            )
        everyone = [word.topic.name for word in self._kept if word.granted and self._needs_others(word)]
        if everyone:
            says.append(say("consent.everyone", topics=list(dict.fromkeys(everyone))))
        if self._kept and self._is_late():
            says.append(say("consent.late"))
        if self._said.without:
            says.append(say("consent.without_general", topics=list(self._said.without)))
        if self._said.strong:
            says.append(say("consent.strong", topics=list(self._said.strong), unit=self._speaker.unit.name))
        if self._gone:
            says.append(say("consent.no_longer", topics=list(dict.fromkeys(self._gone))))
        return says

    def _names(self, *, granted: bool) -> list[str]:
        return list(dict.fromkeys(word.topic.name for word in self._kept if word.granted is granted))

    def _following(self) -> list[str]:
        """What a no takes along: the sub-consents that this guardian had given."""
        refused = {word.topic.kind_id for word in self._kept}
        found = {}
        for word in (word for word in self._kept if not word.granted):
            kind = self._kinds[word.topic.kind_id]
            for each in list_below(self._before.kinds, kind):
                own = (self._before.says(word.child.id, one.id, each) for one in self._speaker.guardians)
                if each.id not in refused and Says.YES in own:
                    found[each.id] = each.name(self._speaker.language)
        return list(found.values())

    def _needs_others(self, word: Word) -> bool:
        kind = self._kinds[word.topic.kind_id]
        deciders = self._before.deciders.get(word.child.id, ())
        return kind.rules.both_needed and len(deciders) > len(self._speaker.guardians)

    def _is_late(self) -> bool:
        """Whether the school has stopped asking meanwhile."""
        if self._said.campaign_id is None:
            return False
        campaign = self._work.session.get(ConsentCampaign, self._said.campaign_id)
        return campaign is not None and campaign.is_over(self._speaker.today)

    def _further(self) -> Further | None:
        """What is to be asked after this: what has changed since it was asked, then what is left."""
        left = self._said.left
        if self._changed:
            children = tuple(dict.fromkeys(wanted.child for wanted in self._changed))
            facts = ConsentFacts(
                children=children,
                wanted=(*_together(self._changed), *(left.wanted if left is not None else ())),
                campaign_id=self._said.campaign_id,
                until=self._said.until,
                changed=self._text_changed,
                **_general(self._work, self._speaker, self._kinds.values(), children),
            )
        elif left is not None:
            facts = left
        else:
            return None
        lasts = self._said.until - self._work.now if self._said.until is not None else None
        return Further(facts, lasts)


def list_decided(look: Look, speaker: Speaker, *, anywhere: bool = False) -> tuple[Named, ...]:
    """The children for whom each of the speakers decides now: those at this unit, or anywhere with the owner."""
    (places,) = list_children_for(look, speaker.guardian_ids, (Right.CONSENT,), speaker.today)
    return name_apart([place for place in places if anywhere or place.unit_id == speaker.unit.id])


def _topics(kinds: Iterable[Kind], language: str) -> tuple[Topic, ...]:
    return tuple(make_topic(kind, language) for kind in kinds)


def make_topic(kind: Kind, language: str) -> Topic:
    """A kind as it is asked now, in a language."""
    return Topic(kind.id, kind.text.id, kind.code, kind.name(language), kind.wording(language))


def _general(look: Look, speaker: Speaker, kinds: Iterable[Kind], children: Sequence[Named]) -> dict[str, Any]:
    """The general consent, and for which children one of the speakers has not given it."""
    ids = [child.id for child in children]
    standings = read_standings(look, speaker.unit.owner_id, ids, speaker.today)
    return general_facts(standings, kinds, ids, speaker.guardian_ids, speaker.language)


def general_facts(
    standings: Standings, kinds: Iterable[Kind], child_ids: Sequence[str], guardian_ids: Sequence[str], language: str
) -> dict[str, Any]:
    """`general` and `without_general` of the facts, for these guardians."""
    general = next((kind for kind in kinds if kind.is_general), None)
    missing = tuple(id_ for id_ in child_ids if not all(standings.has_general(id_, who) for who in guardian_ids))
    return {
        "general": make_topic(general, language) if general is not None else None,
        "without_general": missing,
    }


def _together(wanted: Sequence[Wanted]) -> tuple[Wanted, ...]:
    """One for each child."""
    topics: dict[Named, dict[str, Topic]] = {}
    for each in wanted:
        topics.setdefault(each.child, {}).update({topic.kind_id: topic for topic in each.topics})
    return tuple(Wanted(child, tuple(found.values())) for child, found in topics.items())
