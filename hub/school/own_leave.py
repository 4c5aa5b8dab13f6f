"""Leave as a family sees its own on the family pages: for whom they may apply, what stands, and what became of it.

Nobody learns here what another guardian answered, nor when: only that somebody was asked, and until when. What a decision rests
on stands in its letter. Source: security rules S3.4, S4.1 and S4.3.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa

from hub.calendars import list_open_days
from hub.desk import Look
from hub.faults import FormNotRightError
from hub.people.families import Child, Right
from hub.people.places import Unit
from hub.post.audience import list_children_for
from hub.post.family import Family
from hub.safety.access import NotThereError
from hub.safety.home_unit import find_home_unit
from hub.safety.starts import Function, find_begins
from hub.school.leave import LeaveApplication, LeaveReason, LeaveState, list_of_child
from hub.school.leave_decisions import LeaveDecision
from hub.school.leave_letters import NOT_BEGUN, LeaveLetter
from hub.school.leave_rules import Terms, terms_of
from hub.school.leave_voices import LeaveVoice, list_voices

SHOWN_FOR = timedelta(days=120)
"""After the last day of it."""
AT_MOST_AHEAD = timedelta(days=400)


class Fault(StrEnum):
    """What is wrong with a form, each beside its field."""

    NO_FIRST = "no_first"
    NO_LAST = "no_last"
    PAST = "past"
    FAR = "far"
    BACKWARDS = "backwards"
    CLOSED = "closed"
    APPLIED = "applied"
    NO_REASON = "no_reason"
    NO_WORDS = "no_words"


class Standing(StrEnum):
    """Where an application stands, as whoever applied is told. DECIDED: how is told on paper alone."""

    ASKS_OTHER = "asks_other"
    WAITS = "waits"
    GRANTED = "granted"
    PARTLY = "partly"
    REFUSED = "refused"
    DECIDED = "decided"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class OwnApplication:
    """One of theirs, or one of another guardian's to which they agreed by wishing for the same. `until` is how long the others
    have to answer; `days` are those granted where it is decided so, else those asked for."""

    id: str
    days: tuple[date, ...]
    standing: Standing
    until: datetime | None
    is_own: bool
    may_withdraw: bool
    letter_id: str | None


@dataclass(frozen=True, slots=True)
class OwnLeave:
    """A child's, at the unit where it is applied. `beside` are the other children there for whom they may apply; `begins` is
    when the unit begins to take applications, where that is later."""

    child: Child
    unit: Unit
    today: date
    terms: Terms
    beside: tuple[Child, ...]
    begins: date | None
    applications: tuple[OwnApplication, ...]

    def get(self, application_id: str) -> OwnApplication:
        """One that they may withdraw. Raises: NotThereError."""
        found = next((one for one in self.applications if one.id == application_id and one.may_withdraw), None)
        if found is None:
            raise NotThereError
        return found


def may_apply(look: Look, family: Family, child_id: str) -> bool:
    """Whether each of them may apply for leave for a child today."""
    return _find(look, family, child_id) is not None


def _find(look: Look, family: Family, child_id: str) -> tuple[Unit, date, dict[str, Child]] | None:
    """The unit that it is applied at, its today, and the children there for whom each of them may."""
    unit = find_home_unit(look, child_id)
    if unit is None or unit.id not in family.units:
        return None
    today = unit.today(look.now)
    (places,) = list_children_for(look, family.guardian_ids, (Right.LEAVE,), today)
    known = {place.child.id for place in family.knows}
    children = {one.child.id: one.child for one in places if one.unit_id == unit.id and one.child.id in known}
    return (unit, today, children) if child_id in children else None


def read_own_leave(look: Look, family: Family, child_id: str) -> OwnLeave:
    """By rights as they are now. Raises: NotThereError, where one of them may not apply for the child."""
    found = _find(look, family, child_id)
    if found is None:
        raise NotThereError
    unit, today, children = found
    return OwnLeave(
        child=children[child_id],
        unit=unit,
        today=today,
        terms=terms_of(look, unit),
        beside=tuple(
            child
            for child in children.values()
            if child.id != child_id and (home := find_home_unit(look, child.id)) is not None and home.id == unit.id
        ),
        begins=find_begins(look, unit, Function.LEAVE),
        applications=tuple(_list_own(look, family, child_id, today)),
    )


def _list_own(look: Look, family: Family, child_id: str, today: date) -> list[OwnApplication]:
    """The newest first."""
    own = set(family.guardian_ids)
    told = [one for one in list_of_child(look, child_id) if one.state != LeaveState.REPLACED]
    told = [one for one in told if one.last_day >= today - SHOWN_FOR]
    voices: dict[str, list[LeaveVoice]] = {}
    for voice in list_voices(look, [one.id for one in told]):
        voices.setdefault(voice.application_id, []).append(voice)
    shown = [one for one in told if one.applied_by in own or _agreed(voices.get(one.id, ()), own)]
    decisions = _list_decisions(look, [one.id for one in shown])
    letters = _list_letters(look, [one.id for one in decisions.values()], family.guardian_ids[0])
    return [
        _lay_out(look, one, own, today, voices.get(one.id, ()), decisions.get(one.id), letters)
        for one in reversed(shown)
    ]


def _agreed(voices: Sequence[LeaveVoice], own: set[str]) -> bool:
    return any(voice.guardian_id in own and voice.agrees for voice in voices)


def _list_decisions(look: Look, application_ids: Sequence[str]) -> dict[str, LeaveDecision]:
    asked = sa.select(LeaveDecision).where(LeaveDecision.application_id.in_(application_ids))
    return {one.application_id: one for one in look.session.scalars(asked)}


def _list_letters(look: Look, decision_ids: Sequence[str], guardian_id: str) -> dict[str, LeaveLetter]:
    asked = sa.select(LeaveLetter).where(
        LeaveLetter.decision_id.in_(decision_ids), LeaveLetter.guardian_id == guardian_id
    )
    return {one.decision_id: one for one in look.session.scalars(asked)}


def _lay_out(
    look: Look,
    one: LeaveApplication,
    own: set[str],
    today: date,
    voices: Sequence[LeaveVoice],
    decision: LeaveDecision | None,
    letters: Mapping[str, LeaveLetter],
) -> OwnApplication:
    letter = letters.get(decision.id) if decision is not None else None
    others = [voice for voice in voices if voice.guardian_id not in own and voice.asked_at is not None]
    asks = bool(others) and one.waits_until is not None and look.now < one.waits_until
    is_own = one.applied_by in own
    ends = one.state == LeaveState.WAITS or (one.state == LeaveState.DECIDED and bool(one.granted))
    return OwnApplication(
        id=one.id,
        days=one.days_granted or one.days_off,
        standing=find_standing(one, decision, letter, asks=asks),
        until=one.waits_until if asks else None,
        is_own=is_own,
        may_withdraw=is_own and ends and one.last_day >= today,
        letter_id=letter.id if letter is not None and letter.why_not != NOT_BEGUN else None,
    )


def find_standing(
    one: LeaveApplication, decision: LeaveDecision | None, letter: LeaveLetter | None, *, asks: bool = False
) -> Standing:
    """Where an application stands for whoever has this letter about it; `asks`: others still have time to answer."""
    if one.state == LeaveState.WAITS:
        return Standing.ASKS_OTHER if asks else Standing.WAITS
    if one.state == LeaveState.WITHDRAWN or decision is None:
        return Standing.WITHDRAWN
    if letter is None or letter.why_not == NOT_BEGUN:
        return Standing.GRANTED if decision.outcome == Standing.GRANTED else Standing.DECIDED
    return Standing(decision.outcome)


@dataclass(frozen=True, slots=True)
class LeaveForm:
    """What was typed: `first` and `last` as ISO days, or whatever else a browser lets somebody type."""

    first: str
    last: str
    reason: LeaveReason | None
    words: str


def read_days(look: Look, own: OwnLeave, form: LeaveForm) -> tuple[date, ...]:
    """The open days of it. Raises: FormNotRightError."""
    faults: dict[str, Fault] = {}
    first, last = _read_day(form.first), _read_day(form.last)
    if first is None:
        faults["first"] = Fault.NO_FIRST
    elif first < own.today:
        faults["first"] = Fault.PAST
    elif first > own.today + AT_MOST_AHEAD:
        faults["first"] = Fault.FAR
    if last is None:
        faults["last"] = Fault.NO_LAST
    elif first is not None and last < first:
        faults["last"] = Fault.BACKWARDS
    elif last > own.today + AT_MOST_AHEAD:
        faults["last"] = Fault.FAR
    if form.reason is None:
        faults["reason"] = Fault.NO_REASON
    if form.reason is LeaveReason.OTHER and not form.words:
        faults["words"] = Fault.NO_WORDS
    days: list[date] = []
    if first is not None and last is not None and not {"first", "last"} & set(faults):
        days = list_open_days(look, own.unit, [first + timedelta(days=n) for n in range((last - first).days + 1)])
        if not days:
            faults["first"] = Fault.CLOSED
    if faults:
        raise FormNotRightError(faults)
    return tuple(days)


def _read_day(typed: str) -> date | None:
    try:
        return date.fromisoformat(typed.strip())
    except ValueError:
        return None
