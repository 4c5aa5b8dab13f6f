"""From clauses to acts: whose, which days, what joins into one, and what is left for the staff to read."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from bots.hearing.almanac import Days, default_day, monday_of, written_out
from bots.hearing.clauses import PREDICATES, Clause, Reading
from bots.hearing.contacts import contact_change, language_wish, place
from bots.hearing.drafts import Draft
from bots.hearing.intents import ClauseGrammar, unknown_subject
from bots.hearing.joining import Placed, joined, returned
from bots.hearing.names import Mention
from bots.hearing.wording import ClauseWords
from hub.talk.heard import About, Act, Booking, Intent, Reason

_DAYLESS = frozenset({Intent.CONSENT, Intent.MESSAGE, Intent.CONTACT_CHANGE, Intent.LANGUAGE})
_OTHER_ACTS = PREDICATES - {"come", "usual", "well", "need", "leave", "go", "there"} | {"first"}
_CHILDLESS = frozenset({Intent.CONTACT_CHANGE, Intent.LANGUAGE})
_DAY = timedelta(days=1)


class ActBuilder:
    """Builds the acts of one message. `signed` are names in the closing words, or that name a relative only."""

    def __init__(
        self, reading: Reading, signed: Sequence[object], keys: tuple[str, ...], asked: About | None, received: datetime
    ) -> None:
        self._reading = reading
        self._signed = [mention for mention in signed if isinstance(mention, Mention)]
        self._keys = keys
        self._asked = asked
        self._received = received
        self._default = default_day(received)
        self._reasons: list[Reason] = []

    def acts(self, parts: Sequence[Clause], text: str) -> tuple[list[Act], list[Reason]]:
        placed: list[Placed] = []
        rest: list[tuple[Clause, tuple[str, ...]]] = []
        keys_before: tuple[str, ...] | None = None
        unknown_before: str | None = None
        for at, clause in enumerate(parts):
            keys, own = self._children(clause, keys_before)
            drafts = self._drafts(clause, parts[:at], text)
            unknown_before = None if own else (unknown_subject(clause) or unknown_before)
            if unknown_before is not None:
                drafts = [_unknown(draft, unknown_before) for draft in drafts]
            for draft in drafts:
                placed.append(self._placed(draft, keys, own, parts, at, placed))
                self._reasons.extend(draft.reasons)
            wants = clause.asks or clause.has("request") or self._opens_asking(clause)
            if not drafts and wants and self._is_said(clause):
                rest.append((clause, keys))
            if own or drafts:
                keys_before = keys
        placed = self._with_reason(self._with_those_who_come(placed, parts), parts)
        acts = joined(returned(placed, self._opening), self._keys)
        if not acts:
            bare = self._bare_days(parts)
            return ([bare] if bare else [Act(Intent.MESSAGE, self._everybody())]), self._reasons
        for _, keys in rest[:1]:
            acts.append(Act(Intent.MESSAGE, keys))
        return acts, self._reasons

    def _with_reason(self, placed: list[Placed], parts: Sequence[Clause]) -> list[Placed]:
        """Tells that an absence is no illness where the text gives another reason, and no illness anywhere."""
        names = {tag.name for clause in parts for tag in clause.tags}
        if "reason" not in names or names & {"sick", "symptom"}:
            return placed
        return [
            replace(item, act=replace(item.act, ill=False)) if item.act.intent is Intent.ABSENCE else item
            for item in placed
        ]

    def _with_those_who_come(self, placed: list[Placed], parts: Sequence[Clause]) -> list[Placed]:
        """Without absences that the text itself takes back: "has a cough but comes", "little brother is ill, Kari comes"."""
        if any(clause.has("denies") for clause in parts):
            placed = [item for item in placed if item.act.intent is not Intent.ABSENCE]
        acting = {id(item.clause) for item in placed}
        coming = [
            clause
            for clause in parts
            if clause.has("come", "usual", "there", "sends") and not clause.has("negative") and id(clause) not in acting
        ]
        kept: list[Placed] = []
        for item in placed:
            clause = item.clause
            light = item.act.intent is Intent.ABSENCE and not item.back and not clause.has("home", "away", "homeward")
            beside = [
                other for other in coming if other.sentence == clause.sentence and self._is_today(other, item.act)
            ]
            contrary = bool(beside) and (light or any(other.has("there") and other.joined == "but" for other in beside))
            another = item.act.unknown_name is not None and any(
                mention.keys for other in coming for mention in other.mentions
            )
            is_absence = item.act.intent is Intent.ABSENCE
            if not (is_absence and (contrary or another)):
                kept.append(item)
        return kept

    def _is_today(self, clause: Clause, act: Act) -> bool:
        """Whether the clause speaks of the act's own children and of no other day than its first."""
        keys = {key for mention in clause.mentions for key in mention.keys}
        days = {day for mention in clause.days for day in mention.days}
        return (not keys or keys == set(act.children)) and days <= set(act.days[:1])

    def _drafts(self, clause: Clause, before: Sequence[Clause], text: str) -> list[Draft]:
        wish = language_wish(clause, self._reading)
        if wish is not None:
            return [wish]
        contact = contact_change(self._reading, clause, text)
        if contact is not None:
            return [contact]
        if (placed := place(clause, self._reading)) is not None:
            return [placed]
        sentence = [other for other in (*before, clause) if other.sentence == clause.sentence]
        conditional = any(other.has("maybe_if") or _opens_with_if(other) for other in sentence[-2:])
        doubt = clause.has("unsure") or conditional
        asked_absence = self._asked is not None and self._asked.about == "absence_check"
        return ClauseGrammar(ClauseWords(self._reading, clause, before, asked_absence)).drafts(doubt)

    # Whose.

    def _children(self, clause: Clause, before: tuple[str, ...] | None) -> tuple[tuple[str, ...], bool]:
        """The keys that the clause is about, and whether its own words tell."""
        named = [mention for mention in clause.mentions if not mention.related and not mention.unknown]
        if named:
            for mention in named:
                self._reasons.append(Reason(mention.words, "child: " + ", ".join(mention.keys)))
            if all(mention.sure or (mention.group and mention.keys) for mention in named):
                keys = {key for mention in named for key in mention.keys}
                return tuple(key for key in self._keys if key in keys), True
            if (
                self._asked_child()
                and any(mention.group for mention in named)
                and not any(mention.keys for mention in named)
            ):
                return self._asked_child(), True
            return (), True
        if before is not None:
            return before, False
        return self._asked_child() or self._only() or self._signing(), False

    def _asked_child(self) -> tuple[str, ...]:
        if self._asked is not None and self._asked.child in self._keys:
            return (self._asked.child,)
        return ()

    def _only(self) -> tuple[str, ...]:
        return self._keys if len(self._keys) == 1 else ()

    def _signing(self) -> tuple[str, ...]:
        """The one child named in the closing words ("Kari's mum"), when no other is named anywhere."""
        keys = {key for mention in (*self._signed, *self._reading.mentions) for key in mention.keys}
        signed = {key for mention in self._signed for key in mention.keys}
        return tuple(keys) if len(keys) == 1 and signed else ()

    def _everybody(self) -> tuple[str, ...]:
        """Whom a message to the staff is about: those named, else the only child."""
        named = [mention for mention in self._reading.mentions if mention.keys and not mention.unknown]
        keys = {key for mention in named for key in mention.keys if mention.sure or mention.group}
        return tuple(key for key in self._keys if key in keys) or self._asked_child() or self._only() or self._signing()

    # Which days.

    def _placed(
        self,
        draft: Draft,
        keys: tuple[str, ...],
        own: bool,
        parts: Sequence[Clause],
        at: int,
        before: Sequence[Placed],
    ) -> Placed:
        unknown = None if draft.intent in _CHILDLESS else draft.unknown_name
        if unknown is not None:
            keys = ()
        days, told = self._days(draft, keys, parts, at, before)
        for mention in draft.clause.days:
            self._reasons.append(Reason(self._reading.words(mention.start, mention.end), "days"))
        if draft.intent is Intent.CARE_TIME:
            act = Act(
                Intent.CARE_TIME,
                keys,
                bookings=tuple(Booking(day, end=draft.end) for day in days),
                unknown_name=unknown,
            )
            return Placed(act, draft.clause, told)
        act = Act(
            draft.intent,
            () if draft.intent in _CHILDLESS else keys,
            days,
            start=draft.start,
            end=draft.end,
            person=draft.person,
            phone=draft.phone,
            email=draft.email,
            change=draft.change,
            language=draft.language,
            ill=draft.ill,
            unknown_name=unknown,
        )
        sure_day = not told and self._asked is not None and self._asked.day is not None and days == (self._asked.day,)
        return Placed(act, draft.clause, told, draft.back, sure_day)

    def _days(
        self, draft: Draft, keys: tuple[str, ...], parts: Sequence[Clause], at: int, before: Sequence[Placed]
    ) -> tuple[tuple[date, ...], bool]:
        if draft.intent in _DAYLESS:
            return (), False
        named = self._clause_days(draft.clause, before, keys)
        if draft.intent is Intent.PLACE:
            return (named or ())[:1], True
        if named is not None:
            asked = self._asked.day if self._asked is not None and self._asked.about == "absence_check" else None
            if asked is not None and named and draft.intent is Intent.ABSENCE and draft.clause.has("also"):
                return tuple(sorted({asked, *named})), True
            return named, True
        for other in self._neighbours(parts, at, keys, before):
            borrowed = self._clause_days(other, before, keys)
            if borrowed is not None:
                return borrowed, False
        if self._asked is not None and self._asked.about == "absence_check" and self._asked.day is not None:
            return (self._asked.day,), False
        return (self._default,), False

    def _neighbours(
        self, parts: Sequence[Clause], at: int, keys: tuple[str, ...], before: Sequence[Placed]
    ) -> list[Clause]:
        """Clauses whose day this one may share: its sentence backwards, what follows without acting, then earlier ones."""
        here = parts[at]
        acting = {id(placed.clause): placed.act.children for placed in before}
        near = [other for other in reversed(parts[:at]) if other.sentence == here.sentence]
        after = [
            other
            for other in parts[at + 1 :]
            if other.sentence == here.sentence and not any(tag.name in _OTHER_ACTS for tag in other.tags)
        ]
        far = [
            other
            for other in reversed(parts[:at])
            if other.sentence != here.sentence and acting.get(id(other), keys) == keys
        ]
        return [*near, *after, *far]

    def _clause_days(self, clause: Clause, before: Sequence[Placed], keys: tuple[str, ...]) -> tuple[date, ...] | None:
        """The days that the clause names, () when they cannot be relied on, None when it names none."""
        mentions = _agreed([days for days in clause.days if days.shape != "past"])
        if not mentions or (
            clause.has("past") and len(mentions) < len(clause.days) and all(days.weekdays for days in mentions)
        ):
            return None
        if any(days.shape == "open" for days in mentions):
            return ()
        mentions = _narrowed(mentions)
        chosen: set[date] = set()
        for days in mentions:
            if days.shape != "until" or len(days.days) != 1:
                chosen.update(days.days)
        for days in mentions:
            if days.shape == "until" and len(days.days) == 1:
                last = days.days[0]
                first = min((day for day in chosen if day <= last), default=self._opening(before, keys))
                span = written_out(first, last)
                if not span:
                    return ()
                chosen.update(span)
        return tuple(sorted(chosen))

    def _opening(self, before: Sequence[Placed], keys: tuple[str, ...]) -> date:
        """Where a stretch begins that only tells its end: with the absence told before, else with the default day."""
        told = [
            placed.act.days[0]
            for placed in before
            if placed.act.intent is Intent.ABSENCE and placed.act.days and placed.act.children == keys
        ]
        if told:
            return told[-1]
        if self._asked is not None and self._asked.about == "absence_check" and self._asked.day is not None:
            return self._asked.day
        return self._default

    def _bare_days(self, parts: Sequence[Clause]) -> Act | None:
        """An answer of days alone to the question which days."""
        if self._asked is None or self._asked.about not in {"which_days", "absence_check"}:
            return None
        if any(clause.asks or clause.has("negative", "unsure", "maybe_if", "past", *PREDICATES) for clause in parts):
            return None
        days: set[date] = set()
        for clause in parts:
            named = self._clause_days(clause, (), ())
            if named == ():
                return None
            days.update(named or ())
        if not days:
            return None
        return Act(Intent.ABSENCE, self._asked_child() or self._only(), tuple(sorted(days)))

    @staticmethod
    def _opens_asking(clause: Clause) -> bool:
        return any(tag.name == "question" and tag.start <= clause.start + 1 for tag in clause.tags)

    def _is_said(self, clause: Clause) -> bool:
        return any(token.kind == "word" for token in self._reading.tokens[clause.start : clause.end])


def _agreed(mentions: list[Days]) -> list[Days]:
    """`Thu-Fri 27-28.5`: weekdays that stand right before dates only confirm them; where they do not fit, neither counts."""
    kept: list[Days] = []
    for days in mentions:
        before = kept[-1] if kept else None
        dated = not days.weekdays and not days.is_week and not days.every and days.shape == "days"
        if before is not None and dated and before.weekdays and len(days.days) > 1 and days.start - before.end <= 1:
            named = tuple(day.weekday() for day in days.days)
            fits = named == before.weekdays or (len(before.weekdays) == 1 and named[0] == before.weekdays[0])
            kept[-1] = days if fits else replace(days, days=(), shape="open")
        else:
            kept.append(days)
    return kept


def _unknown(draft: Draft, name: str) -> Draft:
    return draft if draft.intent is Intent.PICKUP_PERSON else replace(draft, unknown_name=name)


def _narrowed(mentions: list[Days]) -> list[Days]:
    """A week named beside days of its own means those days; beside days of other weeks it means itself as well."""
    weeks = [days for days in mentions if days.is_week or days.every]
    precise = [days for days in mentions if not days.is_week and not days.every]
    if not weeks or not precise:
        return mentions
    named = {monday_of(day) for days in precise for day in days.days}
    within = named <= {monday_of(day) for days in weeks for day in days.days}
    if within or (all(days.is_week for days in weeks) and any(days.shape == "until" for days in precise)):
        return precise
    on_weekdays = [replace(days, days=tuple(day for day in days.days if day.weekday() < 5)) for days in precise]
    return [*(days for days in on_weekdays if days.days), *weeks]


def _opens_with_if(clause: Clause) -> bool:
    """Whether a word that means "if" only at the head of a clause stands there."""
    return any(tag.name == "if_first" and tag.start == clause.start for tag in clause.tags)
