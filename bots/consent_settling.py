"""What was said about consents is kept, and the family told what came of it: noted, withdrawn, or to be asked once more.

A yes to a text that has changed since it was shown, or without the general consent, is not kept: it is asked again.
Source: security rules S1.2, S1.5 and S1.6.
"""

from collections.abc import Sequence

from bots.consent_facts import ConsentFacts, ConsentSaid, Wanted, Word, make_topics, read_general
from bots.consent_question import Topic
from hub.asker import Trust
from hub.desk import Work
from hub.people.families import Child
from hub.school.campaigns import ConsentCampaign
from hub.school.consent_kinds import Kind, list_below, list_kinds, list_texts
from hub.school.consent_standing import Says, Verdict, read_standings
from hub.school.consents import Choice, How, Told, say_words
from hub.talk.answers import Named
from hub.talk.bot import Further, Occasion, Settled
from hub.talk.dialogue import Say, say
from hub.talk.speaker import Speaker


class Settling:
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
        self._undoable: list[str] = []

    def settle(self) -> Settled:
        for child in self._children():
            self._keep(child)
        withdrawn = any(self._relied_on(word) for word in self._kept if not word.granted)
        return Settled(
            says=tuple(self._says(withdrawn)),
            child_ids=tuple(child.id for child in self._children()),
            undo={"said": self._undoable} if self._undoable else None,
            hand_over="consent_withdrawn" if withdrawn else None,
            further=self._further(),
        )

    def _children(self) -> list[Named]:
        return list(dict.fromkeys(word.child for word in self._said.words))

    def _keep(self, child: Named) -> None:
        """Keep the words about one child for everybody who speaks. An undoing is of what the last text said."""
        mine = [word for word in self._said.words if word.child == child]
        fitting = [word for word in mine if self._fits(word)]
        row = self._work.session.get_one(Child, child.id)
        for guardian in self._speaker.guardians:
            trust = Trust.CONFIRMED if self._said.asked else Trust(self._speaker.trust)
            told = Told(How.TEXT, guardian.id, trust, self._occasion.message_id)
            choices = [Choice(self._kinds[word.topic.kind_id], word.granted, word.topic.text_id) for word in fitting]
            kept = say_words(self._work, row, guardian.id, choices, told)
            self._undoable += [each.id for word, each in zip(fitting, kept, strict=True) if not word.earlier]
        self._kept += fitting

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
            self._changed.append(Wanted(word.child, make_topics([kind], self._speaker.language)))
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
        if any(self._is_general(word) and not word.granted for word in self._kept):
            says.append(say("consent.without_messages"))
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
        """What a no takes along: every sub-consent in use that this guardian had not refused already."""
        refused = {word.topic.kind_id for word in self._kept}
        found = {}
        for word in (word for word in self._kept if not word.granted):
            kind = self._kinds[word.topic.kind_id]
            for each in list_below(self._before.kinds, kind):
                own = {self._before.says(word.child.id, one.id, each) for one in self._speaker.guardians}
                if each.id not in refused and own != {Says.NO}:
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
                **read_general(self._work, self._speaker, self._kinds.values(), children),
            )
        elif left is not None:
            facts = left
        else:
            return None
        lasts = self._said.until - self._work.now if self._said.until is not None else None
        return Further(facts, lasts)


def _together(wanted: Sequence[Wanted]) -> tuple[Wanted, ...]:
    """One for each child."""
    topics: dict[Named, dict[str, Topic]] = {}
    for each in wanted:
        topics.setdefault(each.child, {}).update({topic.kind_id: topic for topic in each.topics})
    return tuple(Wanted(child, tuple(found.values())) for child, found in topics.items())
