"""What the leave bot knows before it asks, and afterwards: for whom they may apply, what stands, what was agreed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from hub.desk import Look
from hub.people.families import Right
from hub.post.audience import list_children_for
from hub.safety.home_unit import find_home_unit
from hub.school.leave import LeaveReason, LeaveState, list_standing
from hub.school.leave_rules import Blocked, terms_of
from hub.talk.answers import Named
from hub.talk.speaker import Speaker, name_apart


@dataclass(frozen=True, slots=True)
class Standing:
    """An application of the guardian's own that waits, or whose days are not over."""

    id: str
    child_id: str
    days: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class LeaveFacts:
    """`meant` and `days` are empty where the words left them open. `withdraws` when the leave is wanted no longer.

    `blocked` are the times in which it is hardly ever given, `reason` is what the words told that it is for.
    """

    children: tuple[Named, ...]
    meant: tuple[Named, ...]
    days: tuple[date, ...]
    today: date
    standing: tuple[Standing, ...]
    withdraws: bool = False
    blocked: tuple[Blocked, ...] = ()
    reason: LeaveReason | None = None


@dataclass(frozen=True, slots=True)
class LeaveAgreed:
    """These children shall have these days off; earlier applications make room."""

    children: tuple[Named, ...]
    days: tuple[date, ...]
    reason: LeaveReason
    replaces: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WithdrawAgreed:
    """These applications are wanted no longer."""

    applications: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChangedTheirMind:
    """Nothing is sent. `meant_something`: their words were no change, so staff should read them."""

    meant_something: bool = False


@dataclass(frozen=True, slots=True)
class AlreadyApplied:
    """The same was applied for before, by the same guardian."""

    children: tuple[Named, ...]
    days: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class NothingToWithdraw:
    """There is no application that the words could be about."""


Outcome = LeaveAgreed | WithdrawAgreed | ChangedTheirMind | AlreadyApplied | NothingToWithdraw


def list_children(look: Look, speaker: Speaker) -> tuple[Named, ...]:
    """Those at this unit for whom everybody behind the phone may apply, by the names people use."""
    (places,) = list_children_for(look, speaker.guardian_ids, (Right.LEAVE,), speaker.today)
    return name_apart([place for place in places if place.unit_id == speaker.unit.id])


def list_own(look: Look, speaker: Speaker, children: Sequence[Named]) -> list[Standing]:
    """The speaker's own applications for these children that wait, or whose days are not over."""
    return [
        Standing(one.id, child.id, one.days_off if one.state == LeaveState.WAITS else one.days_granted)
        for child in children
        for one in list_standing(look, child.id)
        if one.applied_by in speaker.guardian_ids and one.last_day >= speaker.today
    ]


def touching(facts: LeaveFacts, children: Sequence[Named], days: Sequence[date]) -> list[Standing]:
    """Those for these children that share a day with these."""
    ids = {child.id for child in children}
    return [one for one in facts.standing if one.child_id in ids and set(days).intersection(one.days)]


def days_of(standing: Sequence[Standing]) -> tuple[date, ...]:
    """Each day once, the first one first."""
    return tuple(sorted({day for one in standing for day in one.days}))


def list_blocked(look: Look, children: Sequence[Named]) -> tuple[Blocked, ...]:
    """The times in which leave is hardly ever given where one of the children goes."""
    homes = {unit.id: unit for child in children if (unit := find_home_unit(look, child.id)) is not None}
    found = [blocked for unit in homes.values() for blocked in terms_of(look, unit).blocked]
    return tuple(dict.fromkeys(found))
