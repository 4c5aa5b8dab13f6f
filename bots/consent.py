"""The consent bot: a guardian says yes or no to photos, trips and the like, unasked or in answer to what the school asks.

A no is noted at once. A yes that comes unasked is asked back once, with the whole text; before the first one stands the
general consent. Source: security rules S1.2, S1.5 and S1.6.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from bots.consent_again import AskingAgain
from bots.consent_facts import ConsentFacts, ConsentSaid, Word, list_decided, make_topics, read_general
from bots.consent_question import ConsentAnswer, Topic
from bots.consent_settling import Settling
from hub.asker import Trust
from hub.desk import Look, Work
from hub.school.consent_kinds import Kind, list_kinds
from hub.school.consents import Consent, How, Told, get_words, take_back
from hub.talk.answers import Named, WhichChild
from hub.talk.bot import Occasion, Settled
from hub.talk.dialogue import Dialogue, Say, ask, say
from hub.talk.heard import REST, Act, Intent
from hub.talk.speaker import Speaker


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
        told = {word.topic: word.granted for word in act.consents if word.topic != REST}
        if not children or act.unknown_name or len(meant) < len(act.children) or not told or set(told) - set(kinds):
            return None
        yes = [kinds[code] for code, granted in told.items() if granted]
        named = meant if meant or len(children) > 1 else children
        return ConsentFacts(
            children=children,
            meant=named,
            yes=make_topics((kind for kind in yes if not kind.rules.needs_strong), speaker.language),
            no=make_topics((kinds[code] for code, granted in told.items() if not granted), speaker.language),
            strong=tuple(kind.name(speaker.language) for kind in yes if kind.rules.needs_strong),
            **read_general(look, speaker, kinds.values(), named or children),
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
            words = _said_before(words) + tuple(
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
            sender=facts.sender,
        )
        return tuple(Word(child, facts.general, said[facts.general.code]) for child in missing)

    def _ask_wanted(self, facts: ConsentFacts) -> Dialogue[ConsentSaid]:
        """The first child of those the hub asks about, and first the general consent where it is missing: a yes to that is
        kept at once. The rest has its turn when this is settled."""
        (first, *others) = facts.wanted
        left = replace(facts, wanted=tuple(others), sender="") if others else None
        child = (first.child,)
        words = yield from self._ask_general(facts, child, first.topics)
        topics = tuple(topic for topic in first.topics if topic != facts.general)
        if any(not word.granted for word in words):
            without = tuple(topic.name for topic in topics)
            return ConsentSaid(words, True, left, facts.campaign_id, facts.until, without=without)
        if words:
            now = (replace(first, topics=topics),) if topics else ()
            rest = tuple(id_ for id_ in facts.without_general if id_ != first.child.id)
            left = None
            if now or others:
                left = replace(facts, wanted=(*now, *others), without_general=rest, sender="")
            return ConsentSaid(words, True, left, facts.campaign_id, facts.until)
        said = yield from self._ask_topics(facts, first.child, first.topics)
        words = tuple(Word(first.child, topic, said[topic.code]) for topic in first.topics if topic.code in said)
        return ConsentSaid(words, True, left, facts.campaign_id, facts.until)

    def _ask_topics(self, facts: ConsentFacts, child: Named, topics: tuple[Topic, ...]) -> Dialogue[dict[str, bool]]:
        question = ConsentAnswer((child,), topics)
        if len(topics) > 1:
            about = {"child": child.name, "again": facts.again, "sender": facts.sender}
            return (yield from ask("consent.asked_several", question, **about))
        return (
            yield from ask(
                "consent.asked",
                question,
                children=[child.name],
                text=topics[0].text,
                again=facts.again,
                changed=facts.changed,
                sender=facts.sender,
            )
        )

    def settle(self, work: Work, speaker: Speaker, outcome: ConsentSaid, occasion: Occasion) -> Settled:
        return Settling(work, speaker, outcome, occasion).settle()

    def undo(self, work: Work, speaker: Speaker, memory: Mapping[str, Any], occasion: Occasion) -> Settled | None:
        """A yes in the last text is taken back. A no in it holds until it has been asked once more: one word permits
        nothing."""
        rows = get_words(work, memory.get("said", ()))
        decided = {child.id: child for child in list_decided(work, speaker, anywhere=True)}
        if not rows or not {row.child_id for row in rows} <= set(decided):
            return None
        told = Told(How.TEXT, speaker.guardians[0].id, Trust(speaker.trust), occasion.message_id)
        given, refused = [row for row in rows if row.granted], [row for row in rows if not row.granted]
        take_back(work, given, told)
        kinds = {kind.id: kind for kind in list_kinds(work, speaker.unit.owner_id)}
        says = _say_undone(speaker, given, kinds, decided)
        again = AskingAgain(work, speaker, refused, kinds, decided)
        return Settled(
            (*says, *again.says()), tuple(dict.fromkeys(row.child_id for row in rows)), further=again.further()
        )

    def leave(self, facts: ConsentFacts) -> Say | None:
        """A refusal that was to be undone, and is not asked about any more: it holds."""
        if not facts.holds:
            return None
        topics = dict.fromkeys(topic.name for wanted in facts.wanted for topic in wanted.topics)
        children = dict.fromkeys(wanted.child.name for wanted in facts.wanted)
        return say("consent.no_stays", children=list(children), topics=list(topics))

    def amend(self, look: Look, speaker: Speaker, memory: Mapping[str, Any], act: Act) -> ConsentFacts | None:
        return None


def _said_before(words: tuple[Word, ...]) -> tuple[Word, ...]:
    return tuple(replace(word, earlier=True) for word in words)


def _say_undone(
    speaker: Speaker, rows: Sequence[Consent], kinds: Mapping[str, Kind], decided: Mapping[str, Named]
) -> list[Say]:
    if not rows:
        return []
    names = [kinds[row.kind_id].name(speaker.language) for row in rows if row.kind_id in kinds]
    children = [decided[id_].name for id_ in dict.fromkeys(row.child_id for row in rows)]
    return [say("consent.undone", children=children, topics=list(dict.fromkeys(names)))]
