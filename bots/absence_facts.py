"""What the absence bot knows before it asks, and afterwards: whom and which days the words meant, what was agreed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from hub.asker import Trust
from hub.calendars import list_open_days
from hub.desk import Look
from hub.safety.demands import needs
from hub.school.absences import Absence, Reason, list_of_child
from hub.school.care_decisions import Shift, list_agreed
from hub.talk.answers import Named
from hub.talk.heard import IN_DOUBT, Act, Intent
from hub.talk.speaker import Speaker

LONGEST_CLOSED = timedelta(days=14)
"""So far ahead a day is looked for on which the unit opens again."""


@dataclass(frozen=True, slots=True)
class AbsenceFacts:
    """`meant` and `days` are empty where the words left them open. `comes` when the child comes after all.

    `instead` are absences that these would take the place of, `not_away` the children that would not be away any more.
    `asks_back`: the owner demands that they say it twice, or, where the child comes, the words only suggest it. `opens`: the
    unit is closed on all of the days, and next open on this one.
    """

    children: tuple[Named, ...]
    meant: tuple[Named, ...]
    days: tuple[date, ...]
    today: date
    ill: bool | None
    comes: bool
    instead: tuple[str, ...] = ()
    not_away: tuple[str, ...] = ()
    asks_back: bool = False
    opens: date | None = None


@dataclass(frozen=True, slots=True)
class AbsenceAgreed:
    """These children are away on these days. `trust` is more than the speaker's where the hub asked about just that."""

    children: tuple[Named, ...]
    days: tuple[date, ...]
    ill: bool | None
    instead: tuple[str, ...] = ()
    trust: Trust = Trust.CLAIMED


@dataclass(frozen=True, slots=True)
class ReturnAgreed:
    """These children come from this day on."""

    children: tuple[Named, ...]
    day: date


@dataclass(frozen=True, slots=True)
class ChangedTheirMind:
    """Nothing is to be noted after all. `meant_something`: their words were no change, so staff should read them."""

    meant_something: bool = False


def gather_facts(look: Look, speaker: Speaker, act: Act) -> AbsenceFacts | None:
    """None when there is no child to report for, a name fits none of them, or the words are about days gone by."""
    children = speaker.named_children()
    meant = tuple(child for child in children if child.id in act.children)
    days = tuple(day for day in act.days if day >= speaker.today)
    if not children or act.unknown_name or len(meant) < len(act.children) or (act.days and not days):
        return None
    comes = act.intent is Intent.ABSENCE_CANCEL
    if not act.children:
        meant = children if len(children) == 1 else _the_one_away(look, children, days) if comes else ()
    asks_back = not comes and needs(look, speaker.unit.owner_id, "absence") > Trust.CLAIMED
    opens = None if comes else _find_opening(look, speaker, meant or children, days)
    days = days if comes or opens is not None else _from_opening(look, speaker, meant or children, days)
    return AbsenceFacts(children, meant, days, speaker.today, act.ill, comes, asks_back=asks_back, opens=opens)


def _list_open(look: Look, speaker: Speaker, children: Sequence[Named], days: Sequence[date]) -> list[date]:
    """Those of the days on which one of the children may be there: where the unit is closed, only in shift care."""
    ids = [child.id for child in children]
    if days and any(row.shift != Shift.NONE for row in list_agreed(look, speaker.unit.id, ids, days[0]).values()):
        return list(days)
    return list_open_days(look, speaker.unit, days)


def _find_opening(look: Look, speaker: Speaker, children: Sequence[Named], days: Sequence[date]) -> date | None:
    """When the unit is next open; None where it is on one of the days, or for long on none."""
    if not days or _list_open(look, speaker, children, days):
        return None
    ahead = [days[-1] + timedelta(days=n) for n in range(1, LONGEST_CLOSED.days + 1)]
    return next(iter(list_open_days(look, speaker.unit, ahead)), None)


def _from_opening(look: Look, speaker: Speaker, children: Sequence[Named], days: tuple[date, ...]) -> tuple[date, ...]:
    """Without the closed days that they begin with: "today and tomorrow", written on a Sunday."""
    first = next(iter(_list_open(look, speaker, children, days)), None)
    return days if first is None else tuple(day for day in days if day >= first)


def gather_end(look: Look, speaker: Speaker, act: Act) -> AbsenceFacts | None:
    """Of a child that is said to be well beside one who is away. None where it does not stand as away on the day."""
    children = speaker.named_children()
    away = tuple(
        child for child in children if child.id in act.children and list_of_child(look, child.id, act.days[:1])
    )
    if not away or not speaker.may_report_for(child.id for child in away):
        return None
    in_doubt = act.change == IN_DOUBT
    return AbsenceFacts(children, away, act.days[:1], speaker.today, None, comes=True, asks_back=in_doubt)


def _the_one_away(look: Look, children: Sequence[Named], days: Sequence[date]) -> tuple[Named, ...]:
    """Who alone of the children is away on the days: whoever comes after all can be no other."""
    away = tuple(child for child in children if days and list_of_child(look, child.id, days))
    return away if len(away) == 1 else ()


def amend_facts(look: Look, speaker: Speaker, told_of: Sequence[Absence], act: Act) -> AbsenceFacts | None:
    """Other or fewer children than those told of, or other days: never a guess, always a question."""
    before = [row for row in told_of if row.ceased_at is None]
    children = speaker.named_children()
    meant = tuple(child for child in children if child.id in act.children)
    told = {row.child_id for row in before}
    swaps = bool(meant) and (told.isdisjoint(child.id for child in meant) or {child.id for child in meant} < told)
    if not before or act.unknown_name or len(meant) < len(act.children) or not (swaps or act.days):
        return None
    if not speaker.may_report_for(told):
        return None
    if (swaps and act.days) or (meant and not swaps and {child.id for child in meant} != told):
        return None
    days = tuple(day for day in act.days if day >= speaker.today) or tuple(sorted({row.day for row in before}))
    return AbsenceFacts(
        children,
        meant if swaps else tuple(child for child in children if child.id in told),
        days,
        speaker.today,
        {Reason.SICK: True, Reason.OTHER: False}.get(Reason(before[0].reason)),
        comes=False,
        instead=tuple(row.id for row in before),
        not_away=tuple(child.name for child in children if swaps and child.id in told and child not in meant),
    )
