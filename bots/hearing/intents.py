"""What one clause does: the grammar from words to an intent, with the people, days and times that go with it.

Every rule leans to the safe side: doubt, conditions, questions and other people's troubles make no act.
"""

from dataclasses import replace
from functools import cached_property

from bots.hearing.drafts import Doubt, Draft
from bots.hearing.lateness import Lateness, is_until_clock
from bots.hearing.leaving import leaving
from bots.hearing.returning import cancelling, returning
from bots.hearing.subjects import is_of_other
from bots.hearing.talk import is_of_event, is_past, is_talk
from bots.hearing.unwanted import not_needed, taken_back
from bots.hearing.vocabulary import Tag
from bots.hearing.wording import ClauseWords
from hub.talk.heard import Intent, Reason

_SHORT = 14
_NEAR = 2


class ClauseGrammar:
    """The acts of one clause."""

    def __init__(self, words: ClauseWords) -> None:
        self._words = words
        self._clause = words.clause

    def drafts(self, doubt: Doubt) -> list[Draft]:
        """The acts of the clause. A time that is only about right is still one: "is there perhaps at nine"."""
        made = self._asked_time(doubt) or self._application(doubt)
        if made is None and not self._clause.asks and doubt is Doubt.PERHAPS and self._is_perhaps_late():
            made = Lateness(self._words).drafts()
        if made is None and not self._clause.asks and doubt is Doubt.NONE:
            over = bool(self._clause.days) and all(days.shape == "past" for days in self._clause.days)
            made = (None if over else leaving(self._words)) or returning(self._words)
            made = made or self._coming_at_last() or not_needed(self._words)
            made = made or (None if over else Lateness(self._words).drafts()) or self._absence()
        return [self._with_reasons(draft) for draft in made or []]

    def _asked_time(self, doubt: Doubt) -> list[Draft] | None:
        """`can Ada go home at two today?`: a child that may go or come at an hour, asked with a verb first."""
        clause = self._clause
        clocks = [clock for clock in clause.clocks if clock.sure]
        if not clause.asks or doubt is not Doubt.NONE or len(clocks) != 1 or clause.spans:
            return None
        if clause.has("myself", "alone", "thing", "fetch", "fetched", "sick", "symptom", "home", "away"):
            return None
        heads = [tag.end for tag in clause.every("permit") if tag.start <= clause.start + _NEAR]
        named = {mention.start for mention in clause.mentions if mention.keys and not mention.possessive}
        named |= {tag.start for tag in clause.every("child_word")}
        if not any(0 <= at - end <= 1 for end in heads for at in named):
            return None
        made = leaving(self._words) or Lateness(self._words).drafts() or []
        return [draft for draft in made if draft.intent in {Intent.EARLY_PICKUP, Intent.LATE} and _is_timed(draft)]

    def _is_perhaps_late(self) -> bool:
        """Whether a time is told, or a word for being late, and nothing of staying away: "will perhaps be a bit late"."""
        late = self._words.positive("late") is not None and not self._is_away()
        return bool(self._clause.clocks) or late

    def _coming_at_last(self) -> list[Draft] | None:
        """The end of an absence; "comes after all at noon" is a coming at that time, which ends the absence as well."""
        ended = cancelling(self._words, self._is_away())
        timed = (Lateness(self._words).drafts() or []) if ended and self._clause.clocks else []
        return timed if any(draft.start is not None for draft in timed) else ended

    def _application(self, doubt: Doubt) -> list[Draft] | None:
        clause = self._clause
        if clause.asks and any(tag.start <= clause.start + 1 for tag in clause.every("question")) and not clause.days:
            return None
        if clause.has("received") or (clause.has("revoke") and clause.has("absence_noun")):
            return None  # "did you get our application", "you can delete the absence"
        if (withdrawn := taken_back(self._words, doubt)) is not None:
            return withdrawn
        asks = self._asks_permission()
        leave = clause.first("leave")
        wished = clause.has("apply") and (
            leave is not None or (bool(clause.days) and clause.has("reason", "away", "home"))
        )
        wished = wished or (clause.has("apply_leave") and leave is not None and not clause.clocks)
        bare = clause.asks and leave is not None and bool(clause.days) and self._is_short()
        wished = wished or (bare and not self._opens_asking_whether())
        told = self._words.positive("away", "off") is not None and bool(clause.days)
        wished = wished or (asks and told and (clause.asks or self._opens_with_wish()))
        if wished or (asks and leave is not None and self._words.positive("leave") and not clause.has("past")):
            return [Draft(Intent.LEAVE_APPLICATION, clause)]
        return None

    def _opens_asking_whether(self) -> bool:
        """`are the children off on Friday?`: a verb that asks how it is, and not whether one may."""
        opens = {tag.name for tag in self._clause.tags if tag.start == self._clause.start}
        return "ask" in opens and "permit" not in opens

    def _opens_with_wish(self) -> bool:
        """Whether a phrase of several words asks for leave: "we wonder whether it is all right that"."""
        return any(tag.end - tag.start > 1 for tag in self._clause.every("permit"))

    def _is_short(self) -> bool:
        """Whether the clause hardly tells more than what is asked for: "fri 2/11 og 3/11?"."""
        clause = self._clause
        return clause.end - clause.start <= _SHORT and not clause.has("question", "come", "fetch", "fetched", "past")

    def _asks_permission(self) -> bool:
        """Whether the clause asks for leave: a word that asks it first, or a phrase that does so anywhere."""
        start = self._clause.start
        greeting = self._clause.first("greeting")
        if greeting is not None and greeting.start <= start + 1:
            start = greeting.end
        permits = self._clause.every("permit")
        if self._wonders_whether():
            return True
        return any(tag.start <= start + 1 or tag.end - tag.start > 1 or self._clause.asks for tag in permits)

    def _wonders_whether(self) -> bool:
        """`we ask therefore whether`, `we would like to hear, if`: a verb of asking, and soon behind it a word like "if"."""
        ifs = self._clause.every("maybe_if", "if_first")
        wonders = self._clause.every("wonders")
        return any(0 <= tag.start - verb.end <= _NEAR for verb in wonders for tag in ifs)

    def _is_bare_denial(self) -> bool:
        """`Lumi not tomorrow`: a child, a negation and a day, and no word besides."""
        clause = self._clause
        negative = clause.first("negative")
        if negative is not None and self._opens_denying(negative):
            return True
        if negative is None or not self._words.children_named() or self._words.left_over():
            return False
        if not clause.days:
            return any(other.has("come") and not other.has("negative") for other in self._words.before[-1:])
        if clause.joined == "but":
            return False
        behind = any(0 <= days.start - negative.end <= 1 for days in clause.days)
        return behind and not self._words.left_over() and not self._words.before

    def _opens_denying(self, negative: Tag) -> bool:
        """`No Ada today, we are travelling`: a negation that opens the clause, the child, the day, and a mark or the end."""
        clause, tokens = self._clause, self._words.reading.tokens
        named = {mention.end for mention in clause.mentions if mention.keys and mention.start == negative.end}
        ends = [days.end for days in clause.days if days.start in named]
        first = negative.start == clause.start and bool(ends) and not clause.asks
        return first and (ends[0] >= clause.end or tokens[ends[0]].kind == "mark")

    def _is_away(self) -> bool:
        return self._away_word is not None

    @cached_property
    def _away_word(self) -> Tag | None:
        gone = self._words.gone()
        for tag in self._clause.every("sick", "symptom"):
            if tag not in gone and not self._words.negated(tag) and not is_of_other(self._words, tag):
                return tag
        for tag in self._clause.every("well", "fine"):
            if self._words.is_not(tag) and not is_of_other(self._words, tag):
                return tag
        for tag in self._clause.every("home"):
            if any(0 <= clock.start - tag.end <= 1 for clock in self._clause.clocks):
                continue
            if self._words.stays(tag) and not self._words.negated(tag) and not is_of_other(self._words, tag):
                return tag
        if (tends := self._words.positive("tends")) is not None:
            return tends
        for tag in self._clause.every("off"):
            beside = any(mention.end == tag.start and mention.keys for mention in self._clause.mentions)
            ours = not self._words.negated(tag) and not is_of_other(self._words, tag)
            told = bool(self._clause.days) or tag.end - tag.start > 1
            if told and ours and (beside or self._words.stays(tag)):
                return tag
        if self._is_bare_denial():
            return self._clause.first("negative")
        stay, homeward = self._words.positive("stay"), self._clause.first("homeward")
        if stay is not None and homeward is not None and self._words.leads_home(stay, homeward):
            return homeward
        hours = {clock.start for clock in self._clause.clocks if clock.sure}
        for tag in self._clause.every("away"):
            if hours & {tag.end}:
                continue  # "is off at two": from then on
            if tag not in gone and not self._words.negated(tag) and not is_of_other(self._words, tag):
                return tag
        there = self._clause.first("there")
        bounded = bool(self._clause.clocks) and self._clause.has("before", "first")
        if there is not None and not bounded and self._words.is_missing(there):
            return there
        come = self._clause.first("come", "back")
        if (
            come is not None
            and self._words.negated(come)
            and not self._is_by_vehicle(come)
            and not (self._clause.clocks or self._clause.has("before", "first"))
        ):
            return None if is_of_other(self._words, come) or self._words.is_strange_behind(come) else come
        need = self._clause.first("need")
        if need is not None and self._clause.has("care") and self._words.negated(need):
            return need
        return None

    def _is_by_vehicle(self, come: Tag) -> bool:
        """`does not come by bus`: the way of coming is denied, not that the child comes."""
        company = {tag.end for tag in self._clause.every("by")} | {come.end}
        return any(tag.start in company and 0 <= tag.start - come.end <= _NEAR for tag in self._clause.every("thing"))

    def _absence(self) -> list[Draft] | None:
        clause = self._clause
        word = self._away_word
        if (
            word is None
            or self._opens_with_wish()
            or clause.has("last_day")
            or (word.name == "away" and is_until_clock(self._clause))
            or self._is_reason_of_past(word)
            or is_past(self._words, word)
            or is_of_event(self._words, word)
            or is_talk(self._words, word)
        ):
            return None
        sick = self._words.positive("sick", "symptom")
        ill = (
            True
            if sick is not None and not is_of_other(self._words, sick)
            else (False if clause.has("reason") else None)
        )
        return [Draft(Intent.ABSENCE, clause, ill=ill, at=word.start)]

    def _is_reason_of_past(self, word: Tag) -> bool:
        """`was home yesterday because of a fever`: an illness that only tells why something of days gone by was so."""
        clause, told = self._clause, self._words.before[-1:]
        past = any(other.has("past", "happened") or any(d.shape == "past" for d in other.days) for other in told)
        return clause.joined == "because" and past and word.name in {"sick", "symptom"} and not clause.days

    def _with_reasons(self, draft: Draft) -> Draft:
        named = {
            Intent.ABSENCE: (
                "sick",
                "symptom",
                "home",
                "away",
                "off",
                "homeward",
                "come",
                "there",
                "back",
                "need",
                "tends",
            ),
            Intent.ABSENCE_CANCEL: ("fine", "after_all", "well", "come", "revoke", "absence_noun"),
            Intent.LATE: ("late", "on_way", "come", "there"),
            Intent.EARLY_PICKUP: ("fetch", "fetched", "go", "early"),
            Intent.PICKUP_PERSON: ("fetch", "fetched"),
            Intent.LEAVE_APPLICATION: ("apply", "ask", "leave", "take_back", "leave_paper"),
        }.get(draft.intent, ())
        words = self._clause.every(*named)
        spans = [(tag.start, tag.end) for tag in words] or [(self._clause.start, self._clause.end)]
        reasons = tuple(Reason(self._words.reading.words(*span), f"intent: {draft.intent}") for span in spans)
        return replace(draft, reasons=reasons)


def _is_timed(draft: Draft) -> bool:
    return draft.start is not None or draft.end is not None
