"""Who comes later than usual, and when: told by a word for it, by being on the way, or by a time of coming alone."""

from bots.hearing.clauses import Clause
from bots.hearing.drafts import Draft
from bots.hearing.moments import is_afterwards, one_clock
from bots.hearing.sources import languages, source
from bots.hearing.stretches import covered
from bots.hearing.subjects import is_of_other, is_of_us
from bots.hearing.vocabulary import Tag
from bots.hearing.wording import ClauseWords
from hub.talk.heard import Intent

_LAST_HOUR_TO_COME = 11
_LAST_HOUR_AT_ALL = 14
_LAST_HOUR_EARLY = 8
_NEAR = 2
_SHORTEST_LATE = 4
_ELSEWHERE = frozenset(
    {"sick", "went", "past", "fetch", "usual", "first", "before", "back", "home", "away", "after_all"}
)


class Lateness:
    """The coming that one clause tells."""

    def __init__(self, words: ClauseWords) -> None:
        self._words = words
        self._clause = words.clause

    def drafts(self) -> list[Draft] | None:
        """What is told; nothing at an hour at which nobody comes any more, but somebody is late to fetch."""
        made = self._told()
        if made is None or self._words.asked_fetched:
            return made
        return [draft for draft in made if draft.start is None or draft.start.hour <= _LAST_HOUR_AT_ALL] or None

    def _told(self) -> list[Draft] | None:
        clause = self._clause
        reasons = {tag.start for tag in clause.every("reason")}
        events = [tag for tag in clause.every("event") if not {tag.start, tag.start - 1} <= reasons]
        events = [tag for tag in events if not self._is_cause(tag)]
        if clause.spans or events or (clause.has("fetch", "fetched") and not self._words.positive("come")):
            return None
        on_way = clause.first("on_way")
        told = [clause, *(self._words.before[-1:] if clause.joined == "and" else [])]
        well = not self._words.asked_absence and any(part.has("well", "fine") for part in told)
        if on_way is not None and (well or self._is_bound_elsewhere(on_way) or self._was_ill_before()):
            return None
        if on_way is not None and not self._words.asked_absence and self._only_lasts(on_way):
            on_way = None
        if on_way is not None and not any(clock.sure for clock in clause.clocks):
            return [Draft(Intent.LATE, clause)]
        start = one_clock(self._words, leaves=False)
        after = is_afterwards(self._words) and self._words.positive("come", "there") is not None
        if after and not clause.has("go", "fetch", "fetched", "sick", "symptom", "well", "fine"):
            return [Draft(Intent.LATE, clause, start=start)]
        if (
            clause.has("meal")
            and self._words.positive("come") is not None
            and not clause.has("go", "fetch", "fetched", "home")
        ):
            return [Draft(Intent.LATE, clause, start=start)]
        come = clause.first("come", "usual", "on_way", "there")
        if come is not None and start is not None and start.hour <= _LAST_HOUR_EARLY and self._comes_already(come):
            return [Draft(Intent.CARE_TIME, clause, start=start)]
        if come is None and (self._is_name_and_time() or self._is_reckoned()):
            return [Draft(Intent.LATE, clause, start=start)]
        if come is None and (clause.has("before", "first") or is_until_clock(self._clause)):
            come = clause.first("away")
            if come is not None and any(other.has("fetch", "fetched") for other in self._words.before):
                return None
        late = self._words.positive("late")
        if late is not None and start is None and self._is_behind_in(late):
            return None
        if late is not None and not self._about_fetching(late) and not self._only_goes_on(late):
            return [Draft(Intent.LATE, clause, start=start)]
        if come is not None and start is None and self._is_coming_after_all(come):
            return [Draft(Intent.LATE, clause)]
        if come is None or start is None or self._words.has_beside(come, "go", "home", "went"):
            return None
        not_before = clause.has("before", "first") or is_until_clock(self._clause)
        if self._words.negated(come) and not not_before:
            return None
        brought = self._words.children_named() or is_of_us(self._words, come) or self._says_we(come)
        if is_of_other(self._words, come) and not (brought or self._is_own_coming()):
            return None
        return [Draft(Intent.LATE, clause, start=start)]

    def _is_cause(self, event: Tag) -> bool:
        """`we have a meeting, so Ada comes at ten`: an event before a word like "so", and the coming behind it."""
        clause = self._clause
        sos = [tag.start for tag in clause.every("join") if tag.value == "because" and tag.start >= event.end]
        return bool(sos) and any(tag.start > sos[0] for tag in clause.every("come", "there"))

    def _says_we(self, come: Tag) -> bool:
        """`the bus never came, vi er der 10.15`: a phrase of coming that begins with "we"."""
        language = self._words.reading.language
        first = self._words.reading.tokens[come.start].low
        return come.end - come.start > 1 and language in languages() and first in source(language).phrases("says", "we")

    def _is_own_coming(self) -> bool:
        """`I'm there at five`, to when the child is fetched: whoever answers, where nobody else is spoken of."""
        clause = self._clause
        others = clause.has("parent", "role", "sibling", "owner") or any(each.unknown for each in clause.mentions)
        return self._words.asked_fetched and clause.has("self", "myself") and not others

    def _comes_already(self, come: Tag) -> bool:
        """`comes already at seven`: earlier than usual, so care from then on."""
        words, earlies = self._words, self._clause.every("early")
        near = any(0 <= clock.start - tag.end <= 1 for tag in earlies for clock in self._clause.clocks)
        return (
            come.name == "come" and near and not words.negated(come) and not self._clause.has("late", "first", "before")
        )

    def _is_bound_elsewhere(self, on_way: Tag) -> bool:
        """`on our way to the mountains`: a place to go to that is not the unit."""
        leads = [tag for tag in self._clause.every("join") if tag.value == "until" and tag.start == on_way.end]
        here = {tag.start for tag in self._clause.every("there", "you", "unit")}
        return any(tag.end < self._clause.end and tag.end not in here for tag in leads)

    def _only_lasts(self, on_way: Tag) -> bool:
        """`finishes her sheets in five minutes`: some minutes, in a clause of which nobody comes, is there or is late."""
        clause = self._clause
        timed = on_way.end - on_way.start > _NEAR
        moves = self._words.positive("come", "there", "late") is not None
        return timed and not moves and clause.end - clause.start - (on_way.end - on_way.start) > _NEAR * 2

    def _was_ill_before(self) -> bool:
        """Whether the text told of an illness that is over, and nobody asked where the child is."""
        told = [clause for clause in self._words.earlier if clause.has("sick", "symptom")]
        over = any(clause.has("past", "happened") or any(d.shape == "past" for d in clause.days) for clause in told)
        return over and not self._words.asked_absence

    def _is_coming_after_all(self, come: Tag) -> bool:
        """Whether a child that was missed is told to come, of no other day: "no no, she is coming"."""
        clause = self._clause
        tokens = self._words.reading.tokens
        end = next((at for at in range(come.end, clause.end) if tokens[at].text == ","), clause.end)
        elsewhere = any(tag.name in _ELSEWHERE and tag.start < end for tag in clause.tags)
        plain = come.name == "come" and come.end - come.start == 1 and not self._words.negated(come)
        return self._words.asked_absence and plain and not elsewhere and not clause.days and not clause.clocks

    def _is_name_and_time(self) -> bool:
        """`Maj 9.30`: a child and one hour of the morning, and no word besides."""
        start = one_clock(self._words, leaves=False)
        if start is None or start.hour > _LAST_HOUR_TO_COME or not self._words.children_named():
            return False
        return not self._words.left_over("by", "unsure")

    def _is_reckoned(self) -> bool:
        """`expect us around nine`, `regner med 10.20`: a word of expecting, and an hour of the morning right behind it, or
        only somebody who comes between."""
        clause, start = self._clause, one_clock(self._words, leaves=False)
        if start is None or start.hour > _LAST_HOUR_TO_COME or clause.has("go", "works", "apply", "home", "away"):
            return False
        small = covered(clause.every("by", "self", "we", "child_word", "clock", "join"), clause.mentions, clause.days)
        reckons = [tag for tag in clause.every("reckons") if not self._words.negated(tag)]
        return any(
            set(range(tag.end, clock.start)) <= small for tag in reckons for clock in clause.clocks if clock.sure
        )

    def _is_behind_in(self, late: Tag) -> bool:
        """`is a bit behind in reading`: some words of lateness, and what it is in, of no day."""
        clause = self._clause
        leads = [tag for tag in clause.every("by", "join") if tag.start == late.end and tag.value in {"", "on"}]
        days = {day.start for day in clause.days} | {day.start - 1 for day in clause.days}
        known = covered(clause.tags, clause.mentions, clause.days, clause.clocks) - covered(leads)
        behind = [tag for tag in leads if not {tag.end, tag.start} & days and tag.end < clause.end]
        return late.end - late.start > 1 and any(tag.end not in known for tag in behind)

    def _only_goes_on(self, late: Tag) -> bool:
        """`Sen rullar det på`: a word that opens its sentence and means "then", since nobody comes and no day is told."""
        clause = self._clause
        told = clause.days or clause.clocks or clause.mentions or clause.has("come", "stay", "child_word", "self")
        short = late.end - late.start == 1 and len(self._words.reading.tokens[late.start].low) <= _SHORTEST_LATE
        return short and late.start == clause.start and not told and clause.end - late.end > 1

    def _about_fetching(self, late: Tag) -> bool:
        return self._clause.has("fetch", "fetched") or (is_of_other(self._words, late) and self._clause.has("past"))


def is_until_clock(clause: Clause) -> bool:
    """`won't be there till ten`: a time of day to which a word like "until" leads."""
    leads = [tag for tag in clause.every("join") if tag.value == "until"]
    return any(0 <= clock.start - tag.end <= 1 for tag in leads for clock in clause.clocks)
