"""Other times in the answer to "whose?" and "is this right?": they change the days they name, and the others stay as told."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from bots.care_facts import Told, Wish, Wishes, whole, wishes_of
from hub.school.care_rules import WEEK, monday_of
from hub.talk.answers import NOT_UNDERSTOOD, Named, NotUnderstood, WhichChild, YesNo
from hub.talk.heard import About, Act, Booking, Heard, Intent

_HOURS = re.compile(r"\d[.:–-]\d")
"""As hours are written: "7.30", "8-16"."""


@dataclass(frozen=True, slots=True)
class WhoseTimes:
    """Which of the children these times are for. Other times in the answer are of whom it names, or asked about once more."""

    children: tuple[Named, ...]
    wishes: Wishes

    def about(self) -> About:
        return WhichChild(self.children).about()

    def options(self) -> Sequence[str]:
        return WhichChild(self.children).options()

    def read(self, heard: Heard) -> tuple[Told, ...] | NotUnderstood:
        """Words that hold more than a name, and cannot be read as times, are no answer: what they tell is not left out."""
        acts = [act for act in heard.acts if act.intent is Intent.CARE_TIME]
        if acts:
            return _read_all(acts, self._told)
        if not heard.options and any(act.intent is Intent.MESSAGE for act in heard.acts):
            return NOT_UNDERSTOOD
        if heard.children and any(_HOURS.search(reason.words) for reason in heard.reasons):
            return NOT_UNDERSTOOD
        chosen = WhichChild(self.children).read(heard)
        return chosen if isinstance(chosen, NotUnderstood) else (Told(chosen, self.wishes),)

    def _told(self, act: Act) -> tuple[Told, ...] | None:
        meant = tuple(child for child in self.children if child.id in act.children)
        wishes = _change(self.wishes, act)
        return None if wishes is None or len(meant) < len(act.children) else (Told(meant, wishes),)


@dataclass(frozen=True, slots=True)
class AreTheseRight:
    """Yes or no to these times, or what they become: those that change first, and then the children who are left as told.
    A later week that is to be like the one in question is asked about after it."""

    told: Told

    def about(self) -> About:
        return YesNo().about()

    def options(self) -> Sequence[str]:
        return ()

    def read(self, heard: Heard) -> bool | tuple[Told, ...] | NotUnderstood:
        acts = [act for act in heard.acts if act.intent is Intent.CARE_TIME]
        if len(acts) == 1:
            return _read_all(acts, self._changed)
        return YesNo().read(heard)

    def _changed(self, act: Act) -> tuple[Told, ...] | None:
        children = self.told.children
        meant = tuple(child for child in children if child.id in act.children) if act.children else children
        if act.children and len(meant) < len(act.children):
            return None
        if act.same_as is not None:
            copied = _copy(self.told.wishes, act)
            return (self.told, Told(meant, copied)) if copied else None
        wishes = _change(self.told.wishes, act)
        if wishes is None:
            return None
        left = tuple(child for child in children if child not in meant)
        return (Told(meant, wishes), *([Told(left, self.told.wishes)] if left else []))


def _read_all(acts: Iterable[Act], read: Callable[[Act], tuple[Told, ...] | None]) -> tuple[Told, ...] | NotUnderstood:
    told: tuple[Told, ...] = ()
    for act in acts:
        part = read(act)
        if part is None:
            return NOT_UNDERSTOOD
        told += part
    return told


def _change(wishes: Wishes, act: Act) -> Wishes | None:
    """The wishes with the days that the act tells as it tells them. None where it is of other weeks, or cannot be kept."""
    if act.unknown_name or act.same_as is not None or not act.bookings:
        return None
    before = {wish.day: wish for wish in wishes}
    moved = [_put_in_week(before.values(), one) for one in act.bookings]
    fitting = [_complete(before.get(one.day), one) for one in moved if one is not None]
    if len(fitting) < len(moved) or not whole(fitting):
        return None
    changed = {**before, **{wish.day: wish for wish in wishes_of(fitting)}}
    return tuple(changed[day] for day in sorted(changed))


def _copy(wishes: Wishes, act: Act) -> Wishes:
    """The wishes as they would be in a later week, where the act tells that it is like theirs; none where it tells another."""
    later = act.days[0] if len(act.days) == 1 and not act.bookings and not act.unknown_name else None
    if act.same_as is None or later is None or later <= act.same_as:
        return ()
    if any(monday_of(wish.day) != act.same_as for wish in wishes):
        return ()
    return tuple(replace(wish, day=wish.day + (later - act.same_as)) for wish in wishes)


def _put_in_week(wishes: Iterable[Wish], booking: Booking) -> Booking | None:
    """A mere weekday is one of the week that is talked of, though the next of its name comes before."""
    weeks = {monday_of(wish.day) for wish in wishes}
    if monday_of(booking.day) in weeks:
        return booking
    if len(weeks) > 1 or booking.day > min(weeks) + WEEK:
        return None
    return replace(booking, day=min(weeks) + timedelta(days=booking.day.weekday()))


def _complete(before: Wish | None, booking: Booking) -> Booking:
    """With the bound that the words leave out as it was told before."""
    if before is None or booking.off or not before.periods:
        return booking
    periods = before.periods
    return replace(booking, start=booking.start or periods[0].start, end=booking.end or periods[-1].end)
