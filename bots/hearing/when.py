"""When an act is: the days its clause names, else those of a clause it belongs with, the day asked about, or the next one."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from itertools import pairwise

from bots.hearing.almanac import Days, default_day, monday_of, written_out
from bots.hearing.clauses import Clause
from bots.hearing.days_picked import is_about_days
from bots.hearing.drafts import Draft
from bots.hearing.joining import FLEETING, Placed
from bots.hearing.pieces import PREDICATES
from hub.talk.heard import About, Intent

_DAYLESS = frozenset({Intent.CONSENT, Intent.MESSAGE, Intent.CONTACT_CHANGE, Intent.LANGUAGE})
_FAR_AHEAD = 270
"""Days; a date without a year that lies further off was more likely meant of the year that ends."""
_FORETOLD = 3
"""Days ahead; the bare weekday of an illness that lies further off was more likely the one before."""
_FRIDAY = 4
_WHOLE = 2
"""Words like "all of" between an "and" and a week."""
_STAYING_AWAY = ("home", "away", "homeward", "off", "come", "there", "need")
_OTHER_WORDS = PREDICATES - {"come", "usual", "well", "need", "leave", "go", "there"} | {
    "first",
    "self",
    "child_word",
    "unsure",
}


class When:
    """Tells the days of the acts of one message. `unread`: a day is told somewhere that could not be read."""

    def __init__(self, asked: About | None, received: datetime, unread: bool) -> None:
        self._asked = asked
        self._unread = unread
        self._checked_day = asked.day if asked is not None and asked.about == "absence_check" else None
        self._default = default_day(received)
        self._today = received.date()

    def days(
        self, draft: Draft, keys: tuple[str, ...], parts: Sequence[Clause], at: int, before: Sequence[Placed]
    ) -> tuple[tuple[date, ...], bool]:
        """The days of a draft, () when they cannot be relied on, and whether its own words name them."""
        if draft.intent in _DAYLESS:
            return (), False
        named = self._named(draft.clause, before, keys, spares=draft.intent is Intent.ABSENCE)
        if draft.intent is Intent.PLACE:
            told = {day for part in parts for day in self._named(part, before, keys) or ()}
            return (named or (tuple(told) if len(told) == 1 else ()))[:1], True
        if draft.back and _is_put_off(draft.clause, parts[at + 1 :]):
            return (), True
        if draft.back and named and any(days.shape == "until" for days in draft.clause.days):
            return named[-1:], True
        if named and draft.intent is Intent.ABSENCE and not draft.back and self._is_doubtful(draft.clause, named):
            return (), True
        if named is not None:
            if named and draft.intent is Intent.ABSENCE and draft.clause.has("also"):
                first = self._checked_day or (self._default if _is_added(draft.clause) else None)
                return tuple(sorted({first, *named} if first is not None else named)), True
            return named, True
        skipped = False
        for other in self._neighbours(parts, at, keys, before):
            comes = other.has("come", "there", "usual") and (not other.has("negative") or other.has("before", "first"))
            same_day = parts[at].has("that_day") and other.sentence == parts[at].sentence
            if draft.intent is Intent.ABSENCE and (comes or other.has("back")) and not same_day:
                skipped = skipped or self._tells_other_day(other, parts[at])
                continue
            borrowed = self._named(other, before, keys)
            if borrowed is not None and (len(borrowed) < 2 or draft.intent not in FLEETING):
                return borrowed, False
        if draft.intent is Intent.LEAVE_APPLICATION or (self._unread and draft.intent is Intent.ABSENCE):
            return (), False
        if skipped and self._checked_day is None:
            return (), False
        return (self._checked_day or self._default,), False

    def _tells_other_day(self, other: Clause, clause: Clause) -> bool:
        """`comes to work with her dad on Friday, so she is not with you`: a day before in the sentence, and not today."""
        told = {day for days in other.days for day in days.days}
        before = other.sentence == clause.sentence and other.start < clause.start
        return before and bool(told) and self._default not in told

    def _is_doubtful(self, clause: Clause, named: tuple[date, ...]) -> bool:
        """Whether the days may not be those of an absence: a date nearly a year ahead, or a bare weekday
        far ahead, or of a weekend, for an illness, which nobody foretells."""
        if (named[0] - self._today).days > _FAR_AHEAD:
            return True
        if clause.has(*_STAYING_AWAY) or not clause.has("sick", "symptom"):
            return False
        bare = all(days.weekdays and days.shape == "days" and days.week is None for days in clause.days)
        return bare and ((named[0] - self._today).days > _FORETOLD or any(day.weekday() > _FRIDAY for day in named))

    def opening(self, before: Sequence[Placed], keys: tuple[str, ...]) -> date:
        """Where a stretch begins that only tells its end: with the absence told before, else with the default day."""
        told = [
            placed.act.days[0]
            for placed in before
            if placed.act.intent is Intent.ABSENCE and placed.act.days and placed.act.children == keys
        ]
        if told:
            return told[-1]
        return self._checked_day or self._default

    def bare(self, parts: Sequence[Clause]) -> tuple[date, ...]:
        """The days that answer, by themselves, the question which days; () when the text is no such answer."""
        if self._asked is None or self._asked.about not in {"which_days", "absence_check"}:
            return ()
        if is_about_days(self._asked):
            return ()
        if any(clause.asks or clause.has("negative", "unsure", "maybe_if", "past", *PREDICATES) for clause in parts):
            return ()
        days: set[date] = set()
        for clause in parts:
            named = self._named(clause, (), ())
            if named == ():
                return ()
            days.update(named or ())
            if named and self._checked_day is not None and clause.has("also"):
                days.add(self._checked_day)
        return tuple(sorted(days))

    def _neighbours(
        self, parts: Sequence[Clause], at: int, keys: tuple[str, ...], before: Sequence[Placed]
    ) -> list[Clause]:
        """Clauses whose day this one may share: its sentence backwards, what follows without acting, then earlier ones."""
        here = parts[at]
        acting = {id(placed.clause): placed.act.children for placed in before}
        said = [other for other in parts[:at] if not other.has("told", "back", "meets")]
        near = [other for other in reversed(said) if other.sentence == here.sentence]
        after = [
            other
            for other in parts[at + 1 :]
            if other.sentence == here.sentence
            and not other.has("meets")
            and not any(tag.name in _OTHER_WORDS for tag in other.tags)
        ]
        far = [
            other for other in reversed(said) if other.sentence != here.sentence and acting.get(id(other), keys) == keys
        ]
        return [*near, *after, *far]

    def _named(
        self, clause: Clause, before: Sequence[Placed], keys: tuple[str, ...], *, spares: bool = False
    ) -> tuple[date, ...] | None:
        """The days that the clause names, () when they cannot be relied on, None when it names none.

        `spares`: without those that it excepts.
        """
        gone = {"past", "from"} if clause.has("past") else {"past"}
        mentions = _agreed(_dated(clause, [days for days in clause.days if days.shape not in gone]))
        if not mentions or (
            clause.has("past") and len(mentions) < len(clause.days) and all(days.weekdays for days in mentions)
        ):
            return None
        if any(days.shape == "open" or _is_part(clause, days) for days in mentions):
            return ()
        spared = [days for days in mentions if spares and _is_excepted(clause, days)]
        kept = [days for days in mentions if days not in spared]
        mentions = kept if _is_joined(clause, kept) else _narrowed(kept)
        chosen: set[date] = set()
        for days in mentions:
            if days.shape != "until" or len(days.days) != 1:
                chosen.update(days.days)
        for days in mentions:
            if days.shape == "until" and len(days.days) == 1:
                last = days.days[0]
                first = min((day for day in chosen if day <= last), default=self.opening(before, keys))
                span = written_out(first, last)
                if not span:
                    return ()
                chosen.update(span)
        return tuple(sorted(chosen - {day for days in spared for day in days.days}))


def _is_part(clause: Clause, days: Days) -> bool:
    """Whether only a part of the stretch is told: "at the end of next week"."""
    parts = [tag for tag in clause.every("day") if tag.value == "part"]
    beside = any(-1 <= days.start - tag.end <= 1 or 0 <= tag.start - days.end <= 1 for tag in parts)
    return beside and (days.is_week or len(days.days) > 1)


def _is_added(clause: Clause) -> bool:
    """`is ill, and tomorrow as well`: the only days of the clause, behind what is told and an "and"."""
    told = [tag.end for tag in clause.every("sick", "symptom", "home", "away")]
    leads = {tag.end for tag in clause.every("join") if tag.value == "on"}
    ands = {tag.end for tag in clause.every("join") if tag.value == "and"}
    only = clause.days[0] if len(clause.days) == 1 else None
    return (
        only is not None and any(end < only.start for end in told) and bool({only.start, only.start - 1} & ands - leads)
    )


def _is_put_off(clause: Clause, after: Sequence[Clause]) -> bool:
    """Whether a day of return is taken back: "was due back Thursday, but it will be Friday"."""
    turned = any(tag.value == "but" for tag in clause.every("join")) and len(clause.days) > 1
    return turned or any(other.joined == "but" and other.days and other.sentence == clause.sentence for other in after)


def _is_excepted(clause: Clause, days: Days) -> bool:
    """Whether a word like "except" leads to the days."""
    excepts = [tag for tag in clause.every("join") if tag.value == "except"]
    return any(0 <= days.start - tag.end <= 1 for tag in excepts)


def _dated(clause: Clause, mentions: list[Days]) -> list[Days]:
    """`the whole week 22-26 February`: a week told by name right before dates is the one of these dates."""
    ands = {tag.start for tag in clause.every("join") if tag.value in {"and", "or", "until", "but"}}
    kept: list[Days] = []
    for days in mentions:
        before = kept[-1] if kept else None
        dated = not days.weekdays and not days.is_week and not days.every and len(days.days) > 1
        if before is not None and dated and (before.is_week or before.every):
            gap = range(before.end, days.start)
            if len(gap) <= 1 and not ands & set(gap):
                kept.pop()
        kept.append(days)
    return kept


def _agreed(mentions: list[Days]) -> list[Days]:
    """`Thu-Fri 27-28.5`, `Thursday and Friday 27-28.5`: weekdays that stand right before dates only confirm them; where they
    do not fit, neither counts."""
    kept: list[Days] = []
    for days in mentions:
        run = _weekdays_before(kept, days)
        dated = not days.weekdays and not days.is_week and not days.every and days.shape == "days"
        if dated and run and len(days.days) > 1:
            named = tuple(day.weekday() for day in days.days)
            told = tuple(weekday for before in run for weekday in before.weekdays)
            fits = named == told or (len(told) == 1 and named[0] == told[0])
            kept = [*kept[: -len(run)], days if fits else replace(days, days=(), shape="open")]
        else:
            kept.append(days)
    return kept


def _weekdays_before(kept: list[Days], days: Days) -> list[Days]:
    """The weekdays right before, joined by a word or a comma: "Thursday and Friday 17-18 December"."""
    run: list[Days] = []
    onward = days.start
    for before in reversed(kept):
        if not before.weekdays or onward - before.end > (1 if run else 2):
            break
        run.insert(0, before)
        onward = before.start
    return run


def _is_joined(clause: Clause, mentions: list[Days]) -> bool:
    """`today and the whole of this week`: a day and a week told by name in one breath, so that neither narrows the other."""
    ands = {tag.start: tag.end for tag in clause.every("join") if tag.value == "and"}
    return any(
        before.end in ands
        and 0 <= after.start - ands[before.end] <= (_WHOLE if after.is_week else 0)
        and (after.is_week or after.every or after.shape == "until")
        for before, after in pairwise(mentions)
    )


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
