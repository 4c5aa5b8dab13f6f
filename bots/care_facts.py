"""What a talk about care times knows, what it asks, and how the answer to "when do they come?" is read."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, time
from enum import StrEnum
from typing import TypeAlias

from hub.school.care_hours import Hours, HoursOverlapError, Period, make_hours, pack, unpack
from hub.school.care_rules import monday_of
from hub.talk.answers import NOT_UNDERSTOOD, Named, NotUnderstood
from hub.talk.heard import About, Act, Booking, Heard, Intent


@dataclass(frozen=True, slots=True)
class Wish:
    """Hours for one day, packed; "" for a day off."""

    day: date
    hours: str

    @property
    def periods(self) -> Hours:
        return unpack(self.hours)


Wishes: TypeAlias = tuple[Wish, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """The same wishes for some children; `children` is empty where the words left it open."""

    children: tuple[Named, ...]
    wishes: Wishes


@dataclass(frozen=True, slots=True)
class CareFacts:
    """`week` is the Monday that the hub asks about, None when the guardian wrote unasked: then `told` is what they wish.
    `usual` is what a mere yes books.

    Where they wished for times like those of a week that told nothing of the children in `lacking`, they are asked about
    `week` too, and then about `later_weeks`; the days that they told to differ are in `besides`.

    Children in `free` may be booked at any hour, and on days when the unit is closed. `is_over` when every day told has
    locked already.
    """

    children: tuple[Named, ...]
    opens: time
    closes: time
    told: tuple[Told, ...] = ()
    week: date | None = None
    usual: tuple[Told, ...] = ()
    free: tuple[str, ...] = ()
    is_over: bool = False
    reminds: bool = False
    lacking: tuple[Named, ...] = ()
    later_weeks: tuple[date, ...] = ()
    besides: Wishes = ()


class Bare(StrEnum):
    """An answer without times."""

    AS_USUAL = "as_usual"
    OTHERWISE = "otherwise"


@dataclass(frozen=True, slots=True)
class WhichTimes:
    """The times of one week, or where there are usual ones, yes to those. Those of some other week are a matter of its own,
    which is said back. `is_first` of a week: "same as last week" is heard as a yes too, and there may be nothing to copy."""

    week: date
    children: tuple[Named, ...]
    has_usual: bool
    is_first: bool = False

    def about(self) -> About:
        year, number, _ = self.week.isocalendar()
        return About("care_time", week=f"{year}-W{number:02}")

    def options(self) -> Sequence[str]:
        return ()

    def read(self, heard: Heard) -> tuple[Told, ...] | Bare | NotUnderstood:
        intents = {act.intent for act in heard.acts}
        if self.has_usual and intents in ({Intent.YES}, {Intent.NO}):
            return Bare.AS_USUAL if intents == {Intent.YES} else Bare.OTHERWISE
        if self.is_first and intents == {Intent.YES}:
            return Bare.AS_USUAL
        acts = [act for act in heard.acts if act.intent is Intent.CARE_TIME]
        told = tuple(self._told(act) for act in acts)
        unclear = any(act.unknown_name or act.same_as or not whole(act.bookings) for act in acts)
        return NOT_UNDERSTOOD if unclear or not told else told

    def _told(self, act: Act) -> Told:
        meant = tuple(child for child in self.children if child.id in act.children)
        return Told(meant or (self.children if len(self.children) == 1 else ()), wishes_of(act.bookings))


def with_besides(told: Told, besides: Wishes) -> Told:
    """With what was told before of other days of the same weeks; what was told of a day before holds."""
    weeks = {monday_of(wish.day) for wish in told.wishes}
    kept = {wish.day: wish for wish in besides if monday_of(wish.day) in weeks}
    by_day = {wish.day: wish for wish in told.wishes} | kept
    return replace(told, wishes=tuple(by_day[day] for day in sorted(by_day)))


def is_otherwise(said: Told, held: Told) -> bool:
    """Whether a day was told twice, and not alike."""
    now = {wish.day: wish for wish in held.wishes}
    return any(now[wish.day] != wish for wish in said.wishes)


def whole(bookings: Iterable[Booking]) -> bool:
    """Whether each says when it begins and ends, or that it is off, and those of one day go together."""
    told = list(bookings)
    if not all(one.off or (one.start is not None and one.end is not None) for one in told):
        return False
    try:
        wishes_of(told)
    except HoursOverlapError:
        return False
    return True


def wishes_of(bookings: Iterable[Booking]) -> Wishes:
    """Of bookings that are whole; two of one day are its two parts. Raises: HoursOverlapError."""
    by_day: dict[date, list[Period]] = {}
    for one in bookings:
        periods = by_day.setdefault(one.day, [])
        if not one.off and one.start is not None and one.end is not None:
            periods.append(Period(one.start, one.end))
    return tuple(Wish(day, pack(make_hours(periods))) for day, periods in by_day.items())


def shown(wishes: Iterable[Wish]) -> list[tuple[date, list[tuple[time, time]]]]:
    """As words say them: a day, and from when to when."""
    return [(wish.day, [(period.start, period.end) for period in wish.periods]) for wish in wishes]
