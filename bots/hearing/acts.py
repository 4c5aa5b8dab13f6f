"""From clauses to acts: what each clause does, for whom and when, what joins into one, and what is left for staff to read."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bots.hearing.adding import only_adds
from bots.hearing.asking import as_asked_leave
from bots.hearing.bounds import with_hours
from bots.hearing.clauses import Clause
from bots.hearing.coming import without_those_who_come
from bots.hearing.contacts import contact_change, language_wish, place, plain_wish
from bots.hearing.doubts import (
    has_unread_day,
    with_days_open,
    without_corrected,
    without_fetched,
    without_mistaken,
    without_waited_out,
)
from bots.hearing.drafts import Doubt, Draft
from bots.hearing.first_names import every_first_name
from bots.hearing.following import fetched_then, returned, timed, with_likewise
from bots.hearing.intents import ClauseGrammar
from bots.hearing.joining import Placed, joined, with_reason
from bots.hearing.lasting import is_lasting
from bots.hearing.names import Mention
from bots.hearing.pieces import PREDICATES, Piece
from bots.hearing.reading import Reading
from bots.hearing.replies import bare_time, is_mere_thanks
from bots.hearing.strangers import joined_stranger, later_stranger, stranger_beside, unknown_subject
from bots.hearing.stretches import covered
from bots.hearing.tokens import fold
from bots.hearing.unwanted import without_unsure
from bots.hearing.when import When
from bots.hearing.whose import Whose
from bots.hearing.wording import ClauseWords
from hub.talk.heard import FETCHED, LASTING, WITHDRAW, About, Act, Booking, Intent, Reason

_HOUR_OF_FETCHING = 13
_SHORT_QUESTION = 6
_CHILDLESS = frozenset({Intent.CONTACT_CHANGE, Intent.LANGUAGE})
_DAYLESS = frozenset({Intent.NOTED, Intent.PERSON})
"""What is about no day unless it names one."""


class ActBuilder:
    """Builds the acts of one message. `signed` are names in the closing words, or that name a relative only."""

    def __init__(
        self,
        reading: Reading,
        signed: Sequence[Mention],
        keys: tuple[str, ...],
        asked: About | None,
        received: datetime,
    ) -> None:
        self._reading = reading
        self._keys = keys
        self._asked = asked
        self._whose = Whose(reading, signed, keys, asked)
        self._when = When(asked, received, has_unread_day(reading))
        self._hour = received.hour
        self._reasons: list[Reason] = []

    def acts(self, parts: Sequence[Clause], text: str) -> tuple[list[Act], list[Reason]]:
        placed: list[Placed] = []
        rest: list[tuple[str, ...]] = []
        unsure: list[tuple[str, ...]] = []
        strange: list[tuple[str, ...]] = []
        keys_before: tuple[str, ...] | None = None
        unknown_before: str | None = None
        for at, clause in enumerate(parts):
            meant = self._whose.of_clause(clause, keys_before)
            self._reasons.extend(meant.reasons)
            drafts = self._drafts(clause, parts[:at], text)
            unknown_before = None if meant.own else (unknown_subject(clause, self._reading) or unknown_before)
            stranger = unknown_before or joined_stranger(clause) or later_stranger(clause)
            drafts = [draft for draft in drafts if not self._is_late_to_fetch(draft)]
            if not meant.own and _is_of_sibling(clause):
                drafts = [draft for draft in drafts if draft.intent is not Intent.ABSENCE]
            if stranger is not None:
                drafts = [draft for draft in drafts if not _is_fetched_self(draft, stranger)]
                drafts = [_unknown(draft, stranger) for draft in drafts if not _is_of_thing(draft, stranger)]
            beside = None if stranger is not None else stranger_beside(clause, self._reading)
            drafts = drafts if beside is None else [*drafts, *(_unknown(draft, beside) for draft in drafts)]
            if not drafts and self._only_adds(clause, parts[:at]):
                told = placed[-1].act.children if placed else ()
                keys_before = tuple(key for key in self._keys if key in {*told, *meant.keys})
                follows = bool(placed) and placed[-1].clause is parts[at - 1]
                widened = with_likewise(placed, clause, meant.keys, keys_before) if follows else []
                unsure += [] if widened else [meant.keys]
                placed = widened or placed
                continue
            if not drafts and meant.own and clause.has("also") and not clause.has(*PREDICATES):
                strange.append(meant.keys)
            for draft in drafts:
                placed.append(self._placed(draft, meant.keys, parts, at, placed))
                self._reasons.extend(draft.reasons)
            wants = clause.asks or clause.has("request") or self._opens_asking(clause)
            taken_back = clause.has("after_all", "denies", "correct") and not clause.asks
            tells = bool(drafts) and clause.has("telling") and clause.has("request")
            if (tells or not drafts) and wants and not taken_back and self._is_said(clause):
                rest.append(meant.keys)
            if meant.own or drafts:
                keys_before = meant.keys
        placed = without_corrected(without_mistaken(placed, self._reading), parts)
        placed = without_waited_out(placed, parts)
        placed = with_days_open(without_fetched(placed, parts), self._reading)
        placed = with_reason(without_those_who_come(placed, parts), parts)
        placed = without_unsure(as_asked_leave(placed, parts), parts)
        placed = with_hours(fetched_then(timed(placed, parts)))
        acts = joined(returned(placed, self._when.opening), self._keys)
        if not acts:
            days = self._when.bare(parts)
            if days:
                return [Act(Intent.ABSENCE, self._whose.unnamed(), days)], self._reasons
            if (fetched := self._fetched_at()) is not None:
                return [fetched], self._reasons
            if is_mere_thanks(self._reading):
                return [Act(Intent.ACK)], self._reasons
            return [Act(Intent.MESSAGE, self._whose.everybody())], self._reasons
        done = {key for act in acts for key in act.children}
        unsure += [keys for keys in strange if not done.issuperset(keys)]  # "Otso is a bit off, too"
        if not self._is_courtesy(acts, parts):
            unsure += rest
        acts.extend(Act(Intent.MESSAGE, keys) for keys in unsure[:1])
        return acts, self._reasons

    def _is_late_to_fetch(self, draft: Draft) -> bool:
        """Whether a "late" of no time and no day is written when the day is nearly over: "stuck in traffic" at two."""
        untimed = draft.intent is Intent.LATE and draft.start is None and not draft.clause.days
        is_asked = self._asked is not None and self._asked.about == "absence_check"
        return untimed and not is_asked and self._hour >= _HOUR_OF_FETCHING

    def _fetched_at(self) -> Act | None:
        """A time and nothing else answers the question when a child is fetched."""
        if self._asked is None or self._asked.topic != FETCHED or self._asked.day is None:
            return None
        at = bare_time(self._reading)
        return None if at is None else Act(Intent.LATE, self._whose.unnamed(), (self._asked.day,), start=at)

    def _only_adds(self, clause: Clause, before: Sequence[Clause]) -> bool:
        """Whether the clause says no more than that somebody does likewise."""
        pieces = (Piece(part.start, part.end, part.sentence, part.joined) for part in (clause, *before))
        return bool(before) and only_adds(self._reading, next(pieces), pieces)

    def _drafts(self, clause: Clause, before: Sequence[Clause], text: str) -> list[Draft]:
        wish = language_wish(clause, self._reading)
        if wish is not None:
            return [wish]
        contact = contact_change(self._reading, clause, text)
        if contact is not None:
            return [contact]
        if (placed := place(clause, self._reading)) is not None:
            return [placed]
        if (plain := plain_wish(clause, self._reading)) is not None:
            return [plain]
        sentence = [other for other in (*before, clause) if other.sentence == clause.sentence]
        conditional = clause.has("planned") or any(
            other.has("maybe_if") or _opens_with_if(other) for other in sentence[-2:]
        )
        doubt = Doubt.IF if conditional else (Doubt.PERHAPS if clause.has("unsure") else Doubt.NONE)
        asked_absence = self._asked is not None and self._asked.about == "absence_check"
        asked_fetched = self._asked is not None and self._asked.topic == FETCHED
        return ClauseGrammar(ClauseWords(self._reading, clause, before, asked_absence, asked_fetched)).drafts(doubt)

    def _placed(
        self,
        draft: Draft,
        keys: tuple[str, ...],
        parts: Sequence[Clause],
        at: int,
        before: Sequence[Placed],
    ) -> Placed:
        unknown = None if draft.intent in _CHILDLESS else draft.unknown_name
        if not keys and draft.at is not None:
            keys = self._whose.told_at(draft.clause, draft.at)
        if unknown is not None:
            keys = ()
        days, told = self._when.days(draft, keys, parts, at, before)
        for mention in draft.clause.days:
            self._reasons.append(Reason(self._reading.words(mention.start, mention.end), "days"))
        if draft.intent is Intent.CARE_TIME:
            act = Act(
                Intent.CARE_TIME,
                keys,
                bookings=tuple(Booking(day, draft.start, draft.end) for day in days),
                unknown_name=unknown,
            )
            return Placed(act, draft.clause, told)
        act = Act(
            draft.intent,
            () if draft.intent in _CHILDLESS and draft.change is None else keys,
            days if told or not _is_dayless(draft) else (),
            start=draft.start,
            end=draft.end,
            person=draft.person,
            phone=draft.phone,
            email=draft.email,
            change=LASTING if self._lasts(draft, told) else draft.change,
            language=draft.language,
            ill=draft.ill,
            unknown_name=unknown,
        )
        sure_day = not told and self._asked is not None and self._asked.day is not None and days == (self._asked.day,)
        return Placed(act, draft.clause, told, draft.back, sure_day)

    def _lasts(self, draft: Draft, told: bool) -> bool:
        """Whether who fetches is told for good."""
        return draft.intent is Intent.PICKUP_PERSON and not told and is_lasting(self._reading, draft.clause)

    def _is_courtesy(self, acts: Sequence[Act], parts: Sequence[Clause]) -> bool:
        """Whether what else is asked only asks for what the act does: "please update it", "is that possible?"."""
        intents = {act.intent for act in acts}
        asking = [clause for clause in parts if clause.asks or clause.has("request") or self._opens_asking(clause)]
        if Intent.CONTACT_CHANGE in intents:
            return not any(clause.asks for clause in asking)
        if Intent.ABSENCE_CANCEL in intents and asking:
            return all(clause.has("revoke") and not clause.asks for clause in asking)
        if Intent.LEAVE_APPLICATION in intents:
            asking = [clause for clause in asking if not _only_leads_on(clause)]
            idle = [clause for clause in asking if not clause.has("leave", "apply") or self._opens_asking(clause)]
            return all(clause.end - clause.start <= _SHORT_QUESTION and clause.has("permit") for clause in idle)
        return False

    @staticmethod
    def _opens_asking(clause: Clause) -> bool:
        return any(tag.name == "question" and tag.start <= clause.start + 1 for tag in clause.tags)

    def _is_said(self, clause: Clause) -> bool:
        dated = covered(clause.days)
        words = [at for at in range(clause.start, clause.end) if self._reading.tokens[at].kind == "word"]
        return any(at not in dated for at in words)


def _is_dayless(draft: Draft) -> bool:
    """Whether it is about no day unless its own words name one: leave that is taken back is all of it."""
    return draft.intent in _DAYLESS or (draft.change == WITHDRAW and not draft.clause.days)


def _unknown(draft: Draft, name: str) -> Draft:
    return draft if draft.intent is Intent.PICKUP_PERSON else replace(draft, unknown_name=name)


def _is_fetched_self(draft: Draft, stranger: str) -> bool:
    """Whether the stranger is who is fetched, and nobody is told to fetch: "Ella is picked up at noon"."""
    fetched = covered(draft.clause.every("fetched"))
    fetching = [tag for tag in draft.clause.every("fetch") if tag.start not in fetched]
    people = {tag.start for tag in draft.clause.every("role", "parent")}
    people |= {mention.start for mention in draft.clause.mentions}
    alone = bool(fetched) and not fetching and not any(tag.end in people for tag in draft.clause.every("by"))
    return draft.intent is Intent.PICKUP_PERSON and draft.person == stranger and alone


def _is_of_sibling(clause: Clause) -> bool:
    """Whether the clause tells of a sibling that is none of the children here, and names none of these."""
    others = any(tag.name == "sibling" and tag.value == "other" for tag in clause.tags)
    return others and not any(mention.keys for mention in clause.mentions)


def _is_of_thing(draft: Draft, subject: str) -> bool:
    """Whether a word that opens the sentence and is no common name is said to be away, or any such word to be late: a thing
    or a place rather than a child."""
    if draft.intent is Intent.LATE and draft.start is None:
        return not any(fold(word) in every_first_name() for word in subject.split())
    if draft.intent is not Intent.ABSENCE or draft.ill or " " in subject or fold(subject) in every_first_name():
        return False
    return any(mention.words == subject and mention.start == draft.clause.start for mention in draft.clause.mentions)


def _only_leads_on(clause: Clause) -> bool:
    """Whether the clause only says that something will be asked: "now I wonder about something else"."""
    return clause.has("wonders") and not (clause.asks or clause.has("maybe_if", "if_first"))


def _opens_with_if(clause: Clause) -> bool:
    """Whether a word that means "if" only at the head of a clause stands there."""
    return any(tag.name == "if_first" and tag.start == clause.start for tag in clause.tags)
