"""A wish for leave becomes an application: written once, in the place of earlier ones, and with whoever has to agree.

Two guardians who wish for the same days have one application, to which both agree. Source: security rule S1.2.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from hub.asker import Trust
from hub.calendars import list_open_days
from hub.desk import Work
from hub.people.families import Child, Guardian
from hub.people.places import Unit
from hub.safety.audit import note
from hub.safety.home_unit import find_home_unit
from hub.school.leave import (
    Doubt,
    LeaveApplication,
    LeaveReason,
    LeaveState,
    end,
    judge,
    list_standing,
    ring,
)
from hub.school.leave_rules import terms_of
from hub.school.leave_voices import LeaveVoice, join, list_others, make_voice, wait_until


@dataclass(frozen=True, slots=True)
class Wish:
    """What is applied for, and by whom: everybody behind the phone that wrote. `replaces` are applications of theirs."""

    days: Sequence[date]
    reason: LeaveReason
    guardian_ids: Sequence[str]
    words: str | None = None
    message_id: str | None = None
    replaces: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Applied:
    """What came of a wish: no application when the unit is closed on all the days.

    `to_ask` are those whose word it takes, each with a guardian. `joined`: another guardian had applied for the same days
    already, and this was taken as agreeing. Where they had applied for the same days themselves, that one stands as it is.
    """

    application: LeaveApplication | None
    to_ask: tuple[tuple[Guardian, LeaveVoice], ...] = ()
    joined: bool = False


def apply(work: Work, child: Child, wish: Wish) -> Applied:
    """Apply for leave, at the unit that the child goes to. Audited."""
    unit = find_home_unit(work, child.id)
    days = list_open_days(work, unit, wish.days) if unit is not None else []
    if unit is None or not days:
        return Applied(None)
    standing = list_standing(work, child.id)
    same = next((one for one in standing if one.days_off == tuple(days) and one.state == LeaveState.WAITS), None)
    if same is not None and same.applied_by not in wish.guardian_ids:
        join(work, same, wish.guardian_ids)
        return Applied(same, joined=True)
    if same is not None and same.id not in wish.replaces:
        return Applied(same)
    terms = terms_of(work, unit)
    ended = _make_room(work, [one for one in standing if one.id in wish.replaces], wish.guardian_ids[0])
    application = _write(work, child, unit, wish, days, ended)
    application.doubts = judge(work, terms, application)
    to_ask, left_out = list_others(work, terms, child.id, unit, wish.guardian_ids)
    if left_out:
        application.doubts = [*application.doubts, Doubt.NOT_ASKED]
    if to_ask:
        application.waits_until = wait_until(work, terms, unit, days[0])
    work.session.add(application)
    voices = [make_voice(work, application, guardian.id) for guardian in to_ask]
    work.session.add_all(voices)
    note(work, "leave.apply", [child.id, application.id, *(one.id for one in standing if one.id in wish.replaces)])
    ring(work, application)
    return Applied(application, tuple(zip(to_ask, voices, strict=True)))


def _write(
    work: Work, child: Child, unit: Unit, wish: Wish, days: Sequence[date], granted: Sequence[LeaveApplication]
) -> LeaveApplication:
    return LeaveApplication(
        id=work.new_id(),
        owner_id=child.owner_id,
        child_id=child.id,
        unit_id=unit.id,
        applied_by=wish.guardian_ids[0],
        applied_at=work.now,
        trust=Trust.CONFIRMED,
        reason=wish.reason,
        days=[day.isoformat() for day in days],
        first_day=days[0],
        last_day=days[-1],
        doubts=[],
        words=wish.words,
        message_id=wish.message_id,
        replaces=[one.id for one in granted],
    )


def _make_room(work: Work, before: Sequence[LeaveApplication], by: str) -> list[LeaveApplication]:
    """End those that nobody has decided. Answers those that are granted: they stand until the new one is decided."""
    for one in before:
        if one.state == LeaveState.WAITS:
            end(work, one, LeaveState.REPLACED, by)
            one.end_told_at = work.now
    return [one for one in before if one.state == LeaveState.DECIDED]
