"""What one clause does: the grammar from words to an intent, with the people, days and times that go with it.

Every rule leans to the safe side: doubt, conditions, questions and other people's troubles make no act.
"""

from dataclasses import dataclass, field, replace
from datetime import time

from bots.hearing.clauses import PREDICATES, Clause
from bots.hearing.names import Mention
from bots.hearing.vocabulary import Tag, first_names
from bots.hearing.wording import REACH, ClauseWords
from hub.talk.heard import Intent, Reason


@dataclass(frozen=True, slots=True)
class Draft:
    """An act before its child and days are settled. `back` tells that the days named are those of the return."""

    intent: Intent
    clause: Clause
    start: time | None = None
    end: time | None = None
    person: str | None = None
    ill: bool | None = None
    unknown_name: str | None = None
    change: str | None = None
    phone: str | None = None
    email: str | None = None
    language: str | None = None
    back: bool = False
    reasons: tuple[Reason, ...] = field(default=())


class ClauseGrammar(ClauseWords):
    """The acts of one clause."""

    def drafts(self, doubt: bool) -> list[Draft]:
        """The acts of the clause. `doubt` tells that an `if` or a `maybe` governs it."""
        made = self._application()
        if made is None and not self._clause.asks and not doubt:
            made = self._leaving() or self._return() or self._cancel() or self._late() or self._absence()
        return [self._with_reasons(draft) for draft in made or []]

    def _application(self) -> list[Draft] | None:
        clause = self._clause
        asks = self._asks_permission()
        leave = clause.first("leave")
        wished = clause.has("apply") and (
            leave is not None or (bool(clause.days) and clause.has("reason", "away", "home"))
        )
        wished = wished or (clause.has("apply_leave") and leave is not None and not clause.clocks)
        if wished or (asks and leave is not None and self._positive("leave") and not clause.has("past")):
            return [Draft(Intent.LEAVE_APPLICATION, clause)]
        return None

    def _asks_permission(self) -> bool:
        """Whether the clause asks for leave: a word that asks it first, or a phrase that does so anywhere."""
        start = self._clause.start
        greeting = self._clause.first("greeting")
        if greeting is not None and greeting.start <= start + 1:
            start = greeting.end
        permits = self._clause.every("permit")
        return any(tag.start <= start + 1 or tag.end - tag.start > 1 or self._clause.asks for tag in permits)

    def _leaving(self) -> list[Draft] | None:
        """Fetched or gone before the usual time, or fetched by somebody else."""
        clause = self._clause
        fetch = self._positive("fetch", "fetched")
        if fetch is None and clause.has("before", "first"):
            fetch = clause.first("fetch", "fetched")
        early = clause.has("early")
        if fetch is None:
            go = self._positive("go")
            if go is None or clause.spans:
                return None
            end = self._one_clock(leaves=True)
            if end is None and not early:
                return None
            if self._subject_is_other(go) and not self._children_named():
                return None
            return [Draft(Intent.EARLY_PICKUP, clause, end=end)]
        late_fetch = self._fetched_late(fetch)
        if late_fetch is not None:
            return [late_fetch]
        if clause.has("late", "usual") or clause.spans:
            return None
        person = self._fetcher(fetch)
        end = self._one_clock(leaves=True)
        made = [Draft(Intent.PICKUP_PERSON, clause, person=person)] if person else []
        if end is not None or (early and not clause.clocks):
            made.append(Draft(Intent.EARLY_PICKUP, clause, end=end))
        return made or None

    def _fetched_late(self, fetch: Tag) -> Draft | None:
        """Fetched not before a time: that is care until then."""
        bound = self._clause.first("before", "first", "late")
        end = self._one_clock(leaves=True)
        if bound is None or end is None or fetch.name not in {"fetch", "fetched"}:
            return None
        return Draft(Intent.CARE_TIME, self._clause, end=end)

    def _fetcher(self, fetch: Tag) -> str | None:
        """Who fetches, unless it is the sender: a name, else a role. Children are no fetchers."""
        clause = self._clause
        taken = {at for mention in clause.mentions if mention.keys for at in range(mention.start, mention.end)}
        names = [
            mention
            for mention in clause.mentions
            if mention.unknown and not mention.keys and not self._is_tagged(mention) and self._is_name(mention)
        ]
        roles = [tag for tag in clause.every("role", "parent") if tag.start not in taken and not self._is_owner(tag)]
        if fetch.name == "fetch" and self._sender_fetches(fetch, names, roles):
            return None
        if names:
            best = min(names, key=lambda mention: abs(mention.start - fetch.start))
            return best.words
        if not roles:
            return None
        best_role = min(
            roles, key=lambda tag: (tag.start > fetch.start and fetch.name == "fetch", abs(tag.start - fetch.start))
        )
        return self._reading.words(best_role.start, best_role.end)

    def _is_name(self, mention: Mention) -> bool:
        """Whether unknown words that open a sentence are surely a name: a common one, two together, or next to a title."""
        if mention.start > self._clause.start or mention.end - mention.start > 1:
            return True
        beside = any(
            tag.end == mention.start or tag.start == mention.end for tag in self._clause.every("role", "parent")
        )
        return beside or self._reading.tokens[mention.start].fold in first_names() or self._clause.joined == "subject"

    def _is_tagged(self, mention: Mention) -> bool:
        return any(
            tag.name in {"sibling", "role", "parent"} and tag.start == mention.start and tag.value
            for tag in self._clause.tags
        )

    def _is_owner(self, tag: Tag) -> bool:
        """Whether the role is the child's own standing ("Kari's mum"), told of the child by its name."""
        return any(
            mention.related and abs(mention.start - tag.end) <= 2 and tag.name == "parent"
            for mention in self._clause.mentions
        )

    def _sender_fetches(self, fetch: Tag, names: list[Mention], roles: list[Tag]) -> bool:
        starts = [mention.start for mention in names] + [tag.start for tag in roles]
        own = [tag for tag in self._clause.every("self") if abs(tag.start - fetch.start) <= 4]
        if not own:
            return not names and not roles
        if any(
            negative.end in {tag.start, tag.start - 1} or negative.start == tag.end
            for negative in self._clause.every("negative")
            for tag in own
        ):
            return False
        others = [start for start in starts if start < fetch.start]
        if self._reading.language == "en" and not others:
            return True
        return not others or max(others) < max(tag.start for tag in own)

    def _return(self) -> list[Draft] | None:
        """ "Back on Friday": the days away run through the weekday before."""
        clause = self._clause
        if not clause.days or any(days.shape == "past" for days in clause.days) or clause.clocks:
            return None
        back = None if self._well_before() else self._positive("back")
        first = clause.first("first")
        comes = clause.has("come", "back")
        if back is not None and not clause.has("home", "away", "sick", "symptom"):
            return [Draft(Intent.ABSENCE, clause, back=True)]
        if first is not None and comes and not clause.has("late"):
            return [Draft(Intent.ABSENCE, clause, back=True)]
        return None

    def _cancel(self) -> list[Draft] | None:
        clause = self._clause
        if clause.has("revoke") and clause.has("absence_noun"):
            return [Draft(Intent.ABSENCE_CANCEL, clause)]
        come = clause.first("come", "back", "usual", "there")
        after_all = next((tag for part in (clause, *self._before) if (tag := part.first("after_all"))), None)
        if come is not None and self._negated(come) and not self._positive("fine"):
            return None
        if come is not None and self._well_before():
            return [Draft(Intent.ABSENCE_CANCEL, clause)]
        if clause.has("sick", "symptom", "home", "away") and self._is_away() and after_all is None:
            return None
        if clause.has("after_all") and any(self._negated(tag) for tag in clause.every("sick")):
            return [Draft(Intent.ABSENCE_CANCEL, clause)]
        fine = self._positive("fine")
        well = self._positive("well")
        if fine is not None and not self._subject_is_other(fine):
            return [Draft(Intent.ABSENCE_CANCEL, clause)]
        if after_all is not None and (come is not None or well is not None):
            return [Draft(Intent.ABSENCE_CANCEL, clause)]
        again = clause.first("again")
        near = again is not None and well is not None and -3 <= again.start - well.end <= 1
        if well is not None and again is not None and (come is not None or near) and not self._subject_is_other(well):
            return [Draft(Intent.ABSENCE_CANCEL, clause)]
        return None

    def _well_before(self) -> bool:
        """ "She is well and comes tomorrow": a clause before said that the child is well, and nothing of days gone by."""
        told = self._before[-1:]
        if not told or any(clause.has("past", "sick", "symptom", "usual") for clause in (*self._before, self._clause)):
            return False
        before = ClauseGrammar(self._reading, told[0], (), self._asked_absence)
        well = before._positive("fine", "well")
        return well is not None and not before._subject_is_other(well) and not self._clause.clocks

    def _late(self) -> list[Draft] | None:
        clause = self._clause
        if clause.spans or clause.has("event") or (clause.has("fetch", "fetched") and not self._positive("come")):
            return None
        if clause.first("on_way") is not None and not clause.clocks:
            return [Draft(Intent.LATE, clause)]
        start = self._clock()
        after = clause.has("afterwards") and self._positive("come", "there") is not None
        if after and not clause.has("go", "fetch", "fetched"):
            return [Draft(Intent.LATE, clause)]
        come = clause.first("come", "usual", "on_way", "there")
        if come is None and clause.has("before", "first"):
            come = clause.first("away")
        late = self._positive("late")
        if late is not None and not self._about_fetching(late):
            return [Draft(Intent.LATE, clause, start=start)]
        if come is None or start is None or clause.has("go", "home", "went"):
            return None
        not_before = clause.has("before", "first")
        if self._negated(come) and not not_before:
            return None
        if self._subject_is_other(come) and not self._children_named():
            return None
        return [Draft(Intent.LATE, clause, start=start)]

    def _about_fetching(self, late: Tag) -> bool:
        return self._clause.has("fetch", "fetched") or (self._subject_is_other(late) and self._clause.has("past"))

    def _is_away(self) -> bool:
        return self._away_word() is not None

    def _away_word(self) -> Tag | None:
        for tag in self._clause.every("sick", "symptom"):
            if not self._negated(tag) and not self._subject_is_other(tag):
                return tag
        for tag in self._clause.every("home"):
            if self._stays(tag) and not self._negated(tag) and not self._subject_is_other(tag):
                return tag
        for tag in self._clause.every("off"):
            if self._clause.days and self._stays(tag) and not self._negated(tag):
                return tag
        stay, homeward = self._positive("stay"), self._clause.first("homeward")
        if stay is not None and homeward is not None and 0 <= homeward.start - stay.end <= REACH:
            return homeward
        for tag in self._clause.every("away"):
            if not self._negated(tag) and not self._subject_is_other(tag):
                return tag
        there = self._clause.first("there")
        if there is not None and self._is_missing(there):
            return there
        come = self._clause.first("come", "back")
        if (
            come is not None
            and self._negated(come)
            and not (self._clause.clocks or self._clause.has("before", "first"))
        ):
            return None if self._subject_is_other(come) and not self._children_named() else come
        need = self._clause.first("need")
        if need is not None and self._clause.has("care") and self._negated(need):
            return need
        return None

    def _absence(self) -> list[Draft] | None:
        clause = self._clause
        word = self._away_word()
        if word is None or self._is_past(word) or self._is_of_event(word) or self._is_talk(word):
            return None
        sick = self._positive("sick", "symptom")
        ill = (
            True if sick is not None and not self._subject_is_other(sick) else (False if clause.has("reason") else None)
        )
        return [Draft(Intent.ABSENCE, clause, ill=ill)]

    def _with_reasons(self, draft: Draft) -> Draft:
        named = {
            Intent.ABSENCE: ("sick", "symptom", "home", "away", "homeward", "come", "there", "back", "need"),
            Intent.ABSENCE_CANCEL: ("fine", "after_all", "well", "come"),
            Intent.LATE: ("late", "on_way", "come", "there"),
            Intent.EARLY_PICKUP: ("fetch", "fetched", "go", "early"),
            Intent.PICKUP_PERSON: ("fetch", "fetched"),
            Intent.LEAVE_APPLICATION: ("apply", "ask", "leave"),
        }.get(draft.intent, ())
        words = self._clause.every(*named)
        reasons = tuple(Reason(self._reading.words(tag.start, tag.end), f"intent: {draft.intent}") for tag in words)
        return replace(draft, reasons=reasons)


def unknown_subject(clause: Clause) -> str | None:
    """A name in the clause that fits no known child, where it stands as the one the clause is about."""
    verbs = [tag for tag in (*clause.tags, *clause.borrowed) if tag.name in PREDICATES]
    for mention in clause.mentions:
        if not mention.unknown or any(tag.end == mention.start for tag in clause.every("role", "parent")):
            continue
        if any(0 <= tag.start - mention.end <= 2 or 0 <= mention.start - tag.end <= 1 for tag in verbs):
            return mention.words
    return None
