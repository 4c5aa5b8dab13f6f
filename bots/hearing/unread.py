"""What a text leaves unread beside its acts, and which of them that makes doubtful: a bare day that no act took, days gone by
only, a need of something else, moves on days apart, a "but" between two consents that are alike.

It knows no sentence: whatever led to an act, an act that one may regret is asked about or left to staff when what stands
beside it speaks against it. Nothing here makes an act, and nothing widens one.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from itertools import pairwise

from bots.hearing.almanac import Days, monday_of
from bots.hearing.clocks import Clock
from bots.hearing.reading import Reading
from bots.hearing.stretches import covered
from hub.talk.heard import About, Act, Heard, Intent

_BARE = frozenset(
    {"join", "correct", "oops", "self", "weekday", "weekday_short", "weekday_from", "weekday_until", "day", "month"}
    | {"number", "hour", "filler", "topic", "it", "relative", "stay", "past", "thing", "stressing", "greeting"}
)
"""What may stand in a piece that tells nothing but a day."""
_STAYING = frozenset({"home", "away", "off", "homeward", "tends", "absence_noun"})
_ILL = frozenset({"sick", "symptom"})
_FIRM = (_STAYING | {"sick"}) - {"absence_noun"}
_BESIDE_SYMPTOM = frozenset({"medicine", "eats", "meal", "go", "need", "thing", "event"})
_MOVES = frozenset({"come", "fetch", "fetched", "go"})
_THERE = frozenset({Intent.EARLY_PICKUP, Intent.PICKUP_PERSON, Intent.LATE})
_WRITTEN = frozenset({Intent.PLACE, Intent.LEAVE_APPLICATION})
_NUMBER_LETTERS = 8
_NEAR = 2
_SOME_WORDS = 2
_MANY_WORDS = 3
_MANY_SAID = 4


def with_unread_heeded(heard: Heard, reading: Reading, asked: About | None, week: date | None) -> Heard:
    """What was heard, with acts left open or to staff where what is unread speaks against them.

    `week` is the Monday of the week asked about.
    """
    if reading.vocabulary is None:
        return heard
    acts = _heeded(heard.acts, Unread(heard.acts, reading, asked, week))
    if acts == heard.acts:
        return heard
    gone = {f"intent: {act.intent}" for act in heard.acts} - {f"intent: {act.intent}" for act in acts}
    reasons = tuple(reason for reason in heard.reasons if reason.led_to not in gone)
    return replace(heard, acts=acts, reasons=reasons)


def _heeded(acts: Sequence[Act], rest: "Unread") -> tuple[Act, ...]:
    kept: list[Act] = []
    left: list[Act] = []
    for act in acts:
        if act.intent is Intent.ABSENCE and act.days and rest.is_only_why(act):
            continue
        if rest.is_doubtful(act):
            left.append(Act(Intent.MESSAGE, act.children))
        elif act.intent is Intent.ABSENCE and rest.has_day_beside(act):
            kept.append(replace(act, days=()))
        else:
            kept.append(act)
    if not left and rest.tells_of_number():
        left.append(Act(Intent.MESSAGE))
    if left and not any(act.intent is Intent.MESSAGE for act in kept):
        kept.append(left[0])
    return tuple(kept)


class Unread:
    """One text and the acts it was taken for."""

    def __init__(self, acts: Sequence[Act], reading: Reading, asked: About | None, week: date | None) -> None:
        self._acts = acts
        self._reading = reading
        self._about = asked.about if asked is not None else ""
        self._week = week
        self._names = frozenset(tag.name for tag in reading.tags)
        self._used = {day for act in acts for day in act.days} | {word.day for act in acts for word in act.bookings}

    def is_only_why(self, act: Act) -> bool:
        """Whether an absence only tells why: of no day of its own beside what is applied for, or on the very day on which the
        child is told to come late or to be fetched."""
        if not self._is_told(act) and any(other.intent in _WRITTEN for other in self._acts):
            return True
        there = [other for other in self._acts if other.intent in _THERE]
        return any(set(other.days) & set(act.days) and set(other.children) & set(act.children) for other in there)

    def tells_of_number(self) -> bool:
        """Whether a new number or address stands beside hours that were booked, and no act has it: staff read it then."""
        intents = {act.intent for act in self._acts}
        if (
            Intent.CARE_TIME not in intents
            or Intent.CONTACT_CHANGE in intents
            or not {"new", "own_contact"} <= self._names
        ):
            return False
        return any(
            token.kind == "mail" or (token.kind == "number" and len(token.text) >= _NUMBER_LETTERS)
            for token in self._reading.tokens
        )

    def is_doubtful(self, act: Act) -> bool:
        """Whether staff had better read the text than have the act done."""
        match act.intent:
            case Intent.ABSENCE if act.days and self._about != "absence_check":
                return self._is_asked_of_days_gone() or (not self._is_told(act) and self._is_weak())
            case Intent.CARE_TIME if act.same_as is None:
                return self._leaves_hours(act) or (self._about != "care_time" and self._moves_apart(act))
            case Intent.CONSENT:
                return "tongue" in self._names or self._is_one_sided()
            case _:
                return False

    def _is_weak(self) -> bool:
        """Whether little more than one word tells of an absence, of no day, and something else speaks against it."""
        return (
            self._about == "care_time"
            or self._is_over()
            or self._is_mere_need()
            or self._is_guessed()
            or self._is_mere_symptom()
        )

    def has_day_beside(self, act: Act) -> bool:
        """Whether a piece of the text behind the act's day tells nothing but another day: "Tuesday, or rather Wednesday"."""
        told = [days.start for days in self._reading.days if set(days.days) & set(act.days)]
        if len(told) > 1 and (
            self._has_time_beside(told) or self._is_week_and_dates(act) or self._has_each_own_day(act)
        ):
            return True
        return bool(told) and any(
            days.start > told[0]
            and days.shape == "days"
            and not set(days.days) & self._used
            and (self._is_bare(days) or (days.is_week and not self._asks()))
            for days in self._reading.days
            if days.days
        )

    def _has_each_own_day(self, act: Act) -> bool:
        """`Ada today and Bo tomorrow are away`: the children and the days of one act, told by turns."""
        days = [days.start for days in self._reading.days if days.days and set(days.days) <= set(act.days)]
        named = [mention.start for mention in self._reading.mentions if mention.keys and not mention.related]
        turns = [place for pair in zip(named, days, strict=False) for place in pair]
        return len(act.children) > 1 and 1 < len(named) == len(days) and turns == sorted(turns)

    def _has_time_beside(self, told: Sequence[int]) -> bool:
        """Whether a time that no act has stands beside one of the days: "slips out 13.15 today, and Monday he is away"."""
        left = [clock for clock in self._reading.clocks if clock.sure and not self.is_booked(clock)]
        return any(abs(start - clock.start) <= _NEAR for clock in left for start in told)

    def _is_week_and_dates(self, act: Act) -> bool:
        """Whether a week and days of another one stand side by side, or parted by a comma, and both were taken: "the whole
        week 22-26 February", "Monday and Tuesday, goes for week 51"."""
        days = [days for days in self._reading.days if days.days and set(days.days) <= set(act.days)]
        return any(
            (one.is_week or next_.is_week)
            and not self._joins_weeks(one, next_)
            and not set(one.days) & set(next_.days)
            and (next_.start - one.end <= 1 or self._is_parted(one.end, next_.start))
            for one, next_ in pairwise(days)
        )

    def _joins_weeks(self, one: Days, other: Days) -> bool:
        """`this week and the whole of next week`, `the rest of the week and next week`: both are meant."""
        ands = covered(tag for tag in self._reading.tags if tag.name == "join" and tag.value == "and")
        both = other.is_week and (one.is_week or one.shape == "until")
        return both and bool(ands & set(range(one.end, other.start)))

    def _is_parted(self, start: int, end: int) -> bool:
        """Whether a mark stands between the two places, and no word that joins."""
        joins = covered(tag for tag in self._reading.tags if tag.name == "join" and tag.value in {"and", "or", "until"})
        marks = any(self._reading.tokens[at].text == "," for at in range(start, end))
        return marks and not joins & set(range(start, end))

    def _is_told(self, act: Act) -> bool:
        return any(set(days.days) & set(act.days) for days in self._reading.days)

    def _is_asked_of_days_gone(self) -> bool:
        """Whether the text asks something, and tells of days gone by or nothing of staying away: "how is she? She had a sore
        throat this morning"."""
        return self._asks() and (not self._is_firm() or (not self._is_denied() and self._was_all()))

    def _asks(self) -> bool:
        return any(token.text == "?" for token in self._reading.tokens)

    def _was_all(self) -> bool:
        """Whether a word of the past leads each word of staying away: "was away on Friday"."""
        ends = [tag.end for tag in self._reading.tags if tag.name in {"past", "happened"}]
        states = [tag.start for tag in self._reading.tags if tag.name in _FIRM]
        return all(any(0 <= start - end <= _NEAR for end in ends) for start in states)

    def _is_firm(self) -> bool:
        """Whether a word of staying away stands anywhere, or coming is denied."""
        return self._is_denied() or bool(self._names & _FIRM)

    def _is_denied(self) -> bool:
        """Whether coming is denied, or being there."""
        return "negative" in self._names and bool(self._names & {"come", "there", "back"})

    def _is_mere_symptom(self) -> bool:
        """Whether a symptom is all that tells of an absence, and the text speaks of things besides: of medicine, of food, or
        in words that nobody knows."""
        if "symptom" not in self._names or self._is_firm():
            return False
        return bool(self._names & _BESIDE_SYMPTOM) or self._strange() >= _SOME_WORDS or len(self._said()) >= _MANY_SAID

    def _is_over(self) -> bool:
        """Whether days gone by are told, no others, and one illness at most: "had a sore throat this morning"."""
        days = self._reading.days
        ill = [tag for tag in self._reading.tags if tag.name in _ILL]
        return any(day.shape == "past" for day in days) and len(ill) <= 1 and not self._names & _STAYING

    def _is_mere_need(self) -> bool:
        """Whether all that tells of an absence is that something is not needed: a place, say."""
        return "need" in self._names and not self._names & (_STAYING | _ILL)

    def _is_guessed(self) -> bool:
        """Whether "at home" is all there is, among several words that nobody knows: "has forgotten her bag at home"."""
        if self._names & (_ILL | (_STAYING - {"home"})) or "home" not in self._names:
            return False
        return self._strange() >= _MANY_WORDS

    def _said(self) -> list[int]:
        """The words that no reader took."""
        reading = self._reading
        taken = covered(reading.tags, reading.mentions, reading.days, reading.clocks, reading.spans)
        return [at for at, token in enumerate(reading.tokens) if token.kind == "word" and at not in taken]

    def _strange(self) -> int:
        """How many of them are no words of the language that we know."""
        words = self._reading.vocabulary
        return sum(words is None or not words.is_word(self._reading.tokens[at]) for at in self._said())

    def _leaves_hours(self, act: Act) -> bool:
        """Whether a time, a day, a day off or a child is told beside hours, and no booking has it."""
        reading = self._reading
        offs = any(word.off for other in self._acts for word in other.bookings)
        named = {key for mention in reading.mentions if len(mention.keys) == 1 for key in mention.keys}
        cared_for = {key for other in self._acts for key in other.children}
        return (
            any(not self.is_booked(clock) for clock in reading.clocks if clock.sure)
            or any(not self.is_booked(clock) for span in reading.spans for clock in (span.first, span.last))
            or any(days.shape == "days" and days.days and not set(days.days) & self._used for days in reading.days)
            or (self._about == "care_time" and self._is_outside(act))
            or ("off" in self._names and not offs)
            or bool(cared_for and named - cared_for)
        )

    def is_booked(self, clock: Clock) -> bool:
        """Whether some act has the time, in either half of the day."""
        held = [moment for act in self._acts for moment in (act.start, act.end)]
        held += [moment for act in self._acts for word in act.bookings for moment in (word.start, word.end)]
        return any(
            moment is not None and moment.minute == clock.minute and moment.hour % 12 == clock.hour % 12
            for moment in held
        )

    def _is_outside(self, act: Act) -> bool:
        """Whether a day of another week than the one asked about got hours."""
        return self._week is not None and any(monday_of(word.day) != self._week for word in act.bookings)

    def _moves_apart(self, act: Act) -> bool:
        """Whether coming and fetching on days of their own were taken for hours: "comes at 10 tomorrow, I fetch her at 1 on
        Friday", or a "but" stands between two days that got the same bound."""
        if self._reading.spans or not self._names & _MOVES or len(act.bookings) < 2:
            return False
        whole = all(word.start is not None and word.end is not None for word in act.bookings if not word.off)
        days = [days for days in self._reading.days if days.days]
        if whole and len(days) > 1 and len(self._reading.clocks) > 1:
            first, last = self._reading.clocks[0], self._reading.clocks[-1]
            return any(first.end <= day.start < last.start for day in days)
        buts = [tag.start for tag in self._reading.tags if tag.name == "join" and tag.value == "but"]
        return len(days) > 1 and any(days[0].end <= at < days[-1].start for at in buts) and not self._differ(act)

    @staticmethod
    def _differ(act: Act) -> bool:
        return len({(word.start, word.end, word.off) for word in act.bookings}) > 1

    def _is_one_sided(self) -> bool:
        """Whether a "but" stands in a text whose consents are all alike, or a "not" in one that only grants."""
        buts = [tag for tag in self._reading.tags if tag.name == "join" and tag.value == "but"]
        told = [word.granted for act in self._acts for word in act.consents]
        denied = "negative" in self._names and all(told)
        return len(told) > 1 and len(set(told)) == 1 and (bool(buts) or denied)

    def _is_bare(self, days: Days) -> bool:
        """Whether the piece between two marks in which the day stands tells nothing but the day, and asks nothing."""
        tokens = self._reading.tokens
        start, end = days.start, days.end
        while start and tokens[start - 1].kind != "mark":
            start -= 1
        while end < len(tokens) and tokens[end].kind != "mark":
            end += 1
        if end < len(tokens) and tokens[end].text == "?":
            return False
        if any(mention.keys and start <= mention.start < end for mention in self._reading.mentions):
            return False
        beside = [
            tag
            for tag in self._reading.tags
            if start <= tag.start < end and tag.start not in range(days.start, days.end)
        ]
        return all(tag.name in _BARE for tag in beside)
