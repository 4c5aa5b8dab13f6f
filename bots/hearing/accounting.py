"""Whether every time, day and child that a text tells is used by an act: what is left over tells that an act was misheard.

It knows no sentence, makes no act and widens none: an act beside something left over is handed to staff, or its days are asked
for; a child of whom the text tells otherwise in a sentence of its own is taken out.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from itertools import pairwise

from bots.hearing.hours import sentences
from bots.hearing.reading import Reading
from bots.hearing.unread import Unread
from hub.talk.heard import About, Act, Heard, Intent

_STATES = frozenset({"sick", "symptom", "home", "away", "off", "homeward", "tends", "absence_noun", "negative"})
_FIRM = _STATES - {"symptom"}
_UNTIL_FIRST = frozenset({"first", "before"})


def with_all_accounted_for(heard: Heard, reading: Reading, asked: About | None) -> Heard:
    """What was heard, with the acts left to staff, or open, that something in the text speaks against by being left over."""
    if reading.vocabulary is None:
        return heard
    account = Account(heard.acts, reading, asked)
    acts: list[Act] = []
    left: list[str] = []
    ended = False
    for act in heard.acts:
        if account.is_doubtful(act):
            if account.is_ended(act):
                ended = True
                continue
            left += [key for key in act.children if key not in left]
            left = left or [""]
            continue
        out = account.told_otherwise(act)
        left += [key for key in out if key not in left]
        acts.append(replace(act, children=tuple(key for key in act.children if key not in out)) if out else act)
    if not left and not ended:
        return heard
    acts = [act for act in acts if act.intent is not Intent.MESSAGE or not set(act.children) <= set(left)]
    if left and not any(act.intent is Intent.MESSAGE for act in acts):
        acts.append(Act(Intent.MESSAGE, tuple(key for key in left if key)))
    gone = {f"intent: {act.intent}" for act in heard.acts} - {f"intent: {act.intent}" for act in acts}
    return replace(heard, acts=tuple(acts), reasons=tuple(why for why in heard.reasons if why.led_to not in gone))


class Account:
    """One text and the acts it was taken for."""

    def __init__(self, acts: Sequence[Act], reading: Reading, asked: About | None) -> None:
        self._acts = acts
        self._reading = reading
        self._unread = Unread(acts, reading, asked, None)

    def is_ended(self, act: Act) -> bool:
        """Whether the text itself ends the absence: "that was a joke, she comes today"."""
        ends = [other for other in self._acts if other.intent is Intent.ABSENCE_CANCEL]
        return act.intent is Intent.ABSENCE and any(set(other.children) & set(act.children) for other in ends)

    def is_doubtful(self, act: Act) -> bool:
        """Whether a time, a day or a child beside the act is left over."""
        match act.intent:
            case Intent.ABSENCE if act.days:
                return self._is_joke() or self._leaves_time(act) or self._leaves_hours() or self._goes_beyond_first(act)
            case Intent.CARE_TIME if act.same_as is None:
                return self._leaves_any_time() or self._leaves_child() or self._parts_joined_days()
            case _:
                return False

    def _is_joke(self) -> bool:
        """Whether the one sentence that tells of an absence calls it a joke."""
        told = [pair for pair in sentences(self._reading) if self._has(*pair, _STATES - {"negative", "off"})]
        return len(told) == 1 and self._has(*told[0], {"joke"})

    def _leaves_time(self, act: Act) -> bool:
        """Whether a time that no act has stands behind all that tells of an absence: "limp, I dropped her at 8"."""
        told = max((tag.start for tag in self._reading.tags if tag.name in _STATES), default=-1)
        corrected = {tag.end for tag in self._reading.tags if tag.name == "instead"}
        late = [clock for clock in self._reading.clocks if clock.sure and clock.start > told]
        late = [clock for clock in late if not self._is_of_visit(clock.start, act)]
        return any(clock.start not in corrected and not self._unread.is_booked(clock) for clock in late)

    def _is_of_visit(self, at: int, act: Act) -> bool:
        """Whether the time is that of an appointment of another child, which comes after it: "Ola is ill, Kari is at the
        dentist at 11 and comes afterwards"."""
        later = [set(other.children) for other in self._acts if other.intent is Intent.LATE and other.start is None]
        named = [mention for mention in self._reading.mentions if mention.keys and mention.end <= at]
        if not named or set(named[-1].keys) & set(act.children):
            return False
        return set(named[-1].keys) in later and self._has(named[-1].end, at, {"reason"})

    def _leaves_hours(self) -> bool:
        """Whether hours from when to when are told, and no act has them: "is there 6-17 Monday to Thursday, Friday off"."""
        spans = [span for span in self._reading.spans if not self._is_in_brackets(span.start)]
        return any(not self._unread.is_booked(clock) for span in spans for clock in (span.first, span.last))

    def _is_in_brackets(self, at: int) -> bool:
        return at > 0 and self._reading.tokens[at - 1].text == "("

    def _goes_beyond_first(self, act: Act) -> bool:
        """Whether the act has days behind the only one that is told, on which the child comes first: "not until Wednesday"."""
        told = [days for days in self._reading.days if days.days and days.shape == "days"]
        if len(told) != 1 or not any(day > told[0].days[-1] for day in act.days):
            return False
        firsts = [tag for tag in self._reading.tags if tag.name in _UNTIL_FIRST]
        return any(0 <= told[0].start - tag.end <= 1 for tag in firsts)

    def _leaves_any_time(self) -> bool:
        """Whether a number that may be a time stands beside hours, and no act has it: "but Wednesday I fetch at 14". A bare one
        that the text begins with picks what a list of ours has numbered."""
        clocks = [clock for clock in self._reading.clocks if clock.sure or clock.start > 0]
        return any(not self._unread.is_booked(clock) for clock in clocks)

    def _leaves_child(self) -> bool:
        """Whether a child is named for whom no act is, beside hours for which no child is."""
        named = {key for mention in self._reading.mentions if not mention.related for key in mention.keys}
        had = {key for act in self._acts for key in act.children}
        open_ = any(act.intent is Intent.CARE_TIME and not act.children for act in self._acts)
        return open_ and len(named - had) > 1

    def _parts_joined_days(self) -> bool:
        """Whether two days that an "and" joins were booked apart: "Thursday and Friday off"."""
        ands = {tag.start: tag.end for tag in self._reading.tags if tag.name == "join" and tag.value == "and"}
        return any(
            ands.get(one.end) == next_.start
            and one.days
            and next_.days
            and self._booked(one.days) != self._booked(next_.days)
            for one, next_ in pairwise(self._reading.days)
        )

    def _booked(self, days: Sequence[date]) -> set[tuple[object, ...]]:
        return {
            (act.children, word.start, word.end, word.off)
            for act in self._acts
            for word in act.bookings
            if word.day in days
        }

    def told_otherwise(self, act: Act) -> tuple[str, ...]:
        """The children of a joint act of whom a later sentence of their own denies it, or tells no more than a light symptom
        beside one who is firmly away."""
        if len(act.children) < 2 or act.intent not in {Intent.CONSENT, Intent.ABSENCE}:
            return ()
        return tuple(
            key
            for start, end, key in self._own_sentences(act)
            if (self._is_denied(start, end) if act.intent is Intent.CONSENT else self._is_light(start, end))
        )

    def _own_sentences(self, act: Act) -> Iterator[tuple[int, int, str]]:
        """The sentences behind the first that are the only ones to name one child of the act, and name no other."""
        named: list[tuple[int, int, set[str]]] = []
        for start, end in sentences(self._reading):
            here = [mention for mention in self._reading.mentions if start <= mention.start < end]
            named.append((start, end, {key for mention in here for key in mention.keys}))
        for start, end, keys in named[1:]:
            alone = sum(bool(keys & others) for _, _, others in named) == 1
            if alone and len(keys) == 1 and keys < set(act.children):
                yield start, end, next(iter(keys))

    def _is_denied(self, start: int, end: int) -> bool:
        """Whether the sentence denies, and tells of nothing that a consent is about."""
        return self._has(start, end, {"negative", "deny"}) and not self._has(start, end, {"topic", "also", "may"})

    def _is_light(self, start: int, end: int) -> bool:
        """Whether the sentence tells a symptom and nothing firmer, and another tells of one who is firmly away."""
        light = self._has(start, end, {"symptom"}) and not self._has(start, end, _FIRM)
        return light and self._has(0, start, _FIRM)

    def _has(self, start: int, end: int, names: frozenset[str] | set[str]) -> bool:
        return any(tag.name in names and start <= tag.start < end for tag in self._reading.tags)
