"""What governs a told act from beside it: it is taken back, denied, only put on record, a habit, another day's, a thing's.

Like `unread` it knows no sentence, and makes and widens no act: what is governed so is left to staff, or left out where the
text says that nothing changes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from bots.hearing.hours import sentences
from bots.hearing.reading import Reading
from bots.hearing.replies import is_answer_to_choice
from bots.hearing.stretches import covered
from bots.hearing.vocabulary import Tag
from hub.talk.heard import About, Act, Heard, Intent

_STATES = frozenset({"sick", "symptom", "home", "away", "off", "homeward", "tends", "need", "come", "there", "back"})
_DONE = _STATES | {"fetch", "fetched", "late", "topic", "consent_word"}
_ILL = frozenset({"sick", "symptom"})
_COMING = frozenset({"come", "back", "after_all", "usual", "there", "again", "revoke", "sends"})
_STAYING = frozenset({"home", "away", "homeward"})
_DENYING = frozenset(
    {"negative", "deny", "instead", "child_word", "of_thing", "it", "ask", "stay", "filler", "relative"}
)
_UNDONE = frozenset({Intent.MESSAGE, Intent.ACK, Intent.CONTACT_CHANGE, Intent.LANGUAGE, Intent.PLACE})
_FRIDAY = 4
_REACH = 6
_MOST_DENYING = 6
_LEAST_DENYING = 2


def with_governed_heeded(heard: Heard, reading: Reading, asked: About | None) -> Heard:
    """What was heard, without the acts that the text beside them takes back; staff read it where nothing is left."""
    if reading.vocabulary is None:
        return heard
    governed = Governed(heard.acts, reading, asked)
    idle = [act for act in heard.acts if governed.is_unchanged(act)]
    gone = [act for act in heard.acts if act not in idle and governed.is_governed(act)]
    left_out = governed.left_out()
    if not (gone or idle or left_out):
        return heard
    kept = [act for act in heard.acts if act not in gone and act not in idle]
    if left_out and not any(act.intent is Intent.MESSAGE for act in kept):
        kept.append(Act(Intent.MESSAGE, left_out))
    if not any(act.intent is Intent.MESSAGE for act in kept) and (gone or not kept):
        kept.append(Act(Intent.MESSAGE, (gone or idle)[0].children))
    left = {f"intent: {act.intent}" for act in heard.acts} - {f"intent: {act.intent}" for act in kept}
    reasons = tuple(reason for reason in heard.reasons if reason.led_to not in left)
    return replace(heard, acts=tuple(kept), reasons=reasons)


class Governed:
    """One text and the acts it was taken for."""

    def __init__(self, acts: Sequence[Act], reading: Reading, asked: About | None) -> None:
        self._acts = acts
        self._reading = reading
        self._sentences = list(sentences(reading))
        self._answers = asked is not None and asked.about == "absence_check"
        self._is_of_choice = is_answer_to_choice(reading, asked)

    def is_unchanged(self, act: Act) -> bool:
        """Whether a consent only stays as it was, or a child that is well is only told from one who is ill: "Ada may swim as
        before", "Bo is fit and well"."""
        named = list(self._naming(act))
        if act.intent is Intent.CONSENT:
            return bool(named) and all(self._has(start, end, "usual") for start, end in named)
        if act.intent is not Intent.ABSENCE_CANCEL or not self._others_away(act):
            return False
        return bool(named) and not any(self._has(start, end, *_COMING) for start, end in self._sentences)

    def _naming(self, act: Act) -> Iterator[tuple[int, int]]:
        """The sentences that name one of the act's children."""
        for start, end in self._sentences:
            here = [mention for mention in self._reading.mentions if start <= mention.start < end]
            if any(set(mention.keys) & set(act.children) for mention in here):
                yield start, end

    def _others_away(self, act: Act) -> bool:
        """Whether another child is told to be away."""
        away = [other for other in self._acts if other.intent is Intent.ABSENCE and other.children]
        return any(not set(other.children) & set(act.children) for other in away)

    def is_governed(self, act: Act) -> bool:
        """Whether staff had better read the text than have the act done."""
        if act.intent in _UNDONE:
            return False
        if self._is_void():
            return True
        if act.intent is Intent.CARE_TIME:
            return self._is_of_work() or self._fills_excepted(act)
        if act.intent is Intent.LATE:
            return not self._answers and act.start is None and self._is_over()
        if act.intent is not Intent.ABSENCE:
            return False
        if (
            self._is_denied(act)
            or self._is_of_choice
            or self._is_recorded()
            or self._is_to_be_told()
            or (not self._answers and self._is_habit())
        ):
            return True
        return (
            bool(act.days)
            and not self._answers
            and (
                self._is_on_free_days(act)
                or self._is_until_work()
                or self._is_of_hour()
                or self._is_of_asked_day(act)
                or self._is_of_things(act)
            )
        )

    def left_out(self) -> tuple[str, ...]:
        """The children that no act has, of whom the text says that it is the same with them as with one who is away: "Ada is at
        home, and now Bo has got the same"."""
        away = [act for act in self._acts if act.intent is Intent.ABSENCE and act.children]
        had = {key for act in self._acts for key in act.children}
        named = [mention for mention in self._reading.mentions if not mention.related and not mention.unknown]
        if not named or not away or any(not act.children for act in self._acts):
            return ()
        ends = [mention.start for mention in named[1:]] + [len(self._reading.tokens)]
        return tuple(
            mention.keys[0]
            for mention, end in zip(named, ends, strict=True)
            if len(mention.keys) == 1
            and mention.keys[0] not in had
            and self._has(mention.end, end, "also", "same")
            and not self._has(mention.end, end, *_COMING, "negative")
        )

    def _is_over(self) -> bool:
        """Whether days gone by are all the days that are told, and in the past: "overslept yesterday"."""
        shapes = {days.shape for days in self._reading.days}
        return shapes == {"past"} and any(tag.name == "past" for tag in self._reading.tags)

    def _is_of_work(self) -> bool:
        """Whether all hours stand beside the sender's work, and no child there: "I work 8-4, ring me about Ada"."""
        parts = [self._part(span.start) for span in self._reading.spans]
        return bool(parts) and all(
            self._has(start, end, "works")
            and not self._has(start, end, "child_word", "need", "care", "come", "off")
            and not any(start <= mention.start < end for mention in self._reading.mentions)
            for start, end in parts
        )

    def _fills_excepted(self, act: Act) -> bool:
        """Whether a day that is excepted has hours, and none are told right behind it: "except Tuesday, which is off"."""
        excepts = [tag.end for tag in self._reading.tags if tag.name == "join" and tag.value == "except"]
        spared = [days for days in self._reading.days if any(0 <= days.start - at <= 1 for at in excepts)]
        hours = [clock.start for clock in self._reading.clocks] + [span.start for span in self._reading.spans]
        bare = [days for days in spared if not any(0 <= at - days.end <= _REACH for at in hours)]
        off = {word.day for other in self._acts if other is not act for word in other.bookings if word.off}
        filled = {word.day for word in act.bookings if not word.off} - off  # "Bo the same except Tuesday"
        return any(set(days.days) & filled for days in bare)

    def _part(self, at: int) -> tuple[int, int]:
        """The part of the sentence around the place, between marks and joining words."""
        tokens, taken = self._reading.tokens, covered(self._reading.spans, self._reading.clocks, self._reading.days)
        cuts = {tag.start for tag in self._reading.tags if tag.name == "join" and tag.value in {"but", "because"}}
        cuts |= {place for place, token in enumerate(tokens) if token.text in ",.;!?(" and place not in taken}
        start = max((cut + 1 for cut in cuts if cut < at), default=0)
        return start, min((cut for cut in cuts if cut > at), default=len(tokens))

    def _is_on_free_days(self, act: Act) -> bool:
        """Whether only a weekend is told, and something else to go to: "is asked to a party on Saturday, but does not come"."""
        events = any(tag.name in {"event", "reason"} for tag in self._reading.tags)
        return events and all(day.weekday() > _FRIDAY for day in act.days)

    def _is_until_work(self) -> bool:
        """Whether a child is at home only until somebody is back from work: "walks home, is there until we come"."""
        untils = [tag.end for tag in self._reading.tags if tag.name == "join" and tag.value == "until"]
        untils += [tag.end for tag in self._reading.tags if tag.name == "come"]
        works = [tag.start for tag in self._reading.tags if tag.name == "works"]
        home = [tag.start for tag in self._states() if tag.name in _STAYING]
        led = any(0 <= work - until <= _REACH for until in untils for work in works if min(home, default=work) < until)
        return led and not any(tag.name in _ILL for tag in self._reading.tags)

    def _has(self, start: int, end: int, *names: str) -> bool:
        return any(tag.name in names and start <= tag.start < end for tag in self._reading.tags)

    def _states(self) -> list[Tag]:
        return [tag for tag in self._reading.tags if tag.name in _STATES]

    def _is_void(self) -> bool:
        """Whether the text ends by taking back all that it told: "forget it, that was meant for the coach"."""
        voids = [tag.start for tag in self._reading.tags if tag.name == "void"]
        return bool(voids) and not any(tag.start > voids[-1] and tag.name in _DONE for tag in self._reading.tags)

    def _is_denied(self, act: Act) -> bool:
        """Whether a sentence behind the act says nothing but that it is not so: "She is not!"."""
        told = [tag.start for tag in self._states()]
        return any(told and start > told[0] and self._only_denies(start, end, act) for start, end in self._sentences)

    def _only_denies(self, start: int, end: int, act: Act) -> bool:
        tokens = self._reading.tokens
        words = [at for at in range(start, end) if tokens[at].kind == "word"]
        tags = [tag for tag in self._reading.tags if start <= tag.start < end]
        named = [mention for mention in self._reading.mentions if start <= mention.start < end]
        said = covered([tag for tag in tags if tag.name in _DENYING], named)
        denied = any(tag.name == "negative" for tag in tags) and _LEAST_DENYING <= len(words) <= _MOST_DENYING
        own = all(set(mention.keys) == set(act.children) for mention in named)
        return (
            denied
            and own
            and all(at in said for at in words)
            and not any(tokens[at].text == "?" for at in range(start, end))
        )

    def _is_recorded(self) -> bool:
        """Whether the text tells what stands in the register, and nothing firm of today: "has an unauthorised absence"."""
        return any(tag.name == "recorded" for tag in self._reading.tags)

    def _is_to_be_told(self) -> bool:
        """Whether all that tells of an absence is to be told somebody else, of no child here: "tell his mum he should rest"."""
        told = list(self._told())
        return bool(told) and all(
            self._has(start, end, "request") and self._tells_others(start, end) and not self._names(start, end)
            for start, end in told
        )

    def _tells_others(self, start: int, end: int) -> bool:
        """Whether an adult, or somebody whom we do not know, is spoken of in the stretch."""
        strangers = any(mention.unknown and start <= mention.start < end for mention in self._reading.mentions)
        return strangers or self._has(start, end, "role", "parent")

    def _names(self, start: int, end: int) -> bool:
        """Whether one of the children is named in the stretch."""
        return any(mention.keys and start <= mention.start < end for mention in self._reading.mentions)

    def _is_habit(self) -> bool:
        """Whether each sentence that tells of an absence tells of what happens as a rule: "is usually tired on Mondays"."""
        told = list(self._told())
        return bool(told) and all(self._has(start, end, "habit") for start, end in told)

    def _told(self) -> Iterator[tuple[int, int]]:
        return ((start, end) for start, end in self._sentences if self._has(start, end, *_STATES - {"come", "there"}))

    def _is_of_hour(self) -> bool:
        """Whether the one sentence that tells of being away also tells of fetching, and of an hour that no act has."""
        told = list(self._told())
        firm = any(tag.name in _ILL | {"negative"} for tag in self._reading.tags)
        if len(told) != 1 or firm:
            return False
        ((start, end),) = told
        booked = any(act.start or act.end for act in self._acts)
        hour = any(clock.sure and start <= clock.start < end for clock in self._reading.clocks)
        return hour and not booked and self._has(start, end, "fetch", "fetched")

    def _is_of_asked_day(self, act: Act) -> bool:
        """Whether the act's days are told in a question only, and what tells of being away in another sentence."""
        asking = [pair for pair in self._sentences if self._asks(*pair)]
        if not asking or any(tag.name in _ILL for tag in self._reading.tags):
            return False
        dated = [days.start for days in self._reading.days if set(days.days) & set(act.days)]
        within = [any(start <= at < end for start, end in asking) for at in dated]
        states = [tag.start for tag in self._reading.tags if tag.name in _STAYING]
        apart = all(not any(start <= at < end for start, end in asking) for at in states)
        return bool(within) and all(within) and bool(states) and apart

    def _asks(self, start: int, end: int) -> bool:
        return any(token.text == "?" for token in self._reading.tokens[start : end + 1])

    def _is_of_things(self, act: Act) -> bool:
        """Whether "they" of one child's sentence are things told before: "came without mittens, they are at home"."""
        if len(act.children) != 1 or any(tag.name in _ILL for tag in self._reading.tags):
            return False
        states = [tag for tag in self._reading.tags if tag.name in _STAYING]
        verbs = {tag.start: tag.end for tag in self._reading.tags if tag.name == "stay"}
        theirs = {verbs.get(tag.end, tag.end) for tag in self._reading.tags if tag.name == "of_thing"}
        things = [tag.start for tag in self._reading.tags if tag.name == "thing"]
        owned = self._owned_staying()
        return bool(states) and all(
            (tag.start in theirs and any(at < tag.start for at in things)) or tag.start in owned for tag in states
        )

    def _owned_staying(self) -> set[int]:
        """Where what a child owns is said to stay, right behind the name and before the verb: "Ada's bag is at home"."""
        tokens = self._reading.tokens
        verbs = {tag.start for tag in self._reading.tags if tag.name == "stay"}
        people = {tag.start for tag in self._reading.tags if tag.name in {"role", "parent", "sibling", "child_word"}}
        owners = {mention.end for mention in self._reading.mentions if mention.keys and mention.possessive}
        behind = {at + 1 for at in owners if at < len(tokens) and tokens[at].kind == "word" and at not in people}
        found: set[int] = set()
        for start, end in self._sentences:
            if any(start <= at < end for at in behind & verbs):
                found |= {tag.start for tag in self._reading.tags if start <= tag.start < end}
        return found
