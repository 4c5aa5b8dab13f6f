"""What holds in the book of the day, one plain line a fact: what transcripts show below a conversation."""

from collections.abc import Collection, Sequence
from datetime import date, timedelta

import sqlalchemy as sa

from hub.desk import Look
from hub.people.families import Child, Guardian
from hub.people.places import Unit
from hub.safety.home_unit import find_home_unit
from hub.school.absences import Absence, Reason
from hub.school.attendance_denials import AttendanceDenial
from hub.school.care_facts import list_care_facts
from hub.school.consent_facts import list_consents
from hub.school.early_pickups import EarlyPickup
from hub.school.fetchers import Standing
from hub.school.fetching import Fetching
from hub.school.going_home import judge_all
from hub.school.ladders import Step
from hub.school.late_arrivals import LateArrival
from hub.school.leave import LeaveApplication
from hub.school.leave_decisions import LeaveDecision
from hub.school.leave_letters import LeaveLetter
from hub.school.leave_voices import list_voices
from hub.school.not_arrived import NotArrived, list_taken
from hub.school.not_fetched import Fetch, NotFetched, list_fetch_steps
from hub.school.trusted_people import TrustedPerson, judge_trusted


def list_facts(look: Look) -> list[str]:
    """ "absence: Ella, 2025-03-03 to 2025-03-05, sick" and "late: Ella, 2025-03-03, 10:00", by child and day."""
    day = (_absences, _late, _early, _fetching, _trusted, _leave, _letters)
    return [
        line
        for question in (*day, list_consents, list_care_facts, _not_arrived, _not_fetched, _denied)
        for line in question(look)
    ]


def _absences(look: Look) -> list[str]:
    rows = look.session.execute(
        sa.select(Child, Absence)
        .join(Absence, Absence.child_id == Child.id)
        .where(Absence.ceased_at.is_(None))
        .order_by(Child.first_name, Child.id, Absence.day)
    ).all()
    facts: list[str] = []
    run: list[Absence] = []
    for at, (child, absence) in enumerate(rows):
        run.append(absence)
        following = rows[at + 1] if at + 1 < len(rows) else None
        if following is None or following[0] is not child or not _goes_on(absence, following[1]):
            facts.append(f"absence: {child.called}, {_span(run)}{_marks(absence)}")
            run = []
    return facts


def _goes_on(absence: Absence, following: Absence) -> bool:
    same = _marks(absence) == _marks(following)
    return same and following.day - absence.day <= timedelta(days=3 if absence.day.weekday() == 4 else 1)


def _span(run: Sequence[Absence]) -> str:
    first, last = run[0].day, run[-1].day
    return _day(first) if first == last else f"{_day(first)} to {_day(last)}"


def _day(day: date) -> str:
    return day.isoformat()


def _marks(absence: Absence) -> str:
    reason = "" if absence.reason == Reason.UNTOLD else f", {absence.reason}"
    return reason + (", disputed" if absence.disputed_at is not None else "")


def _late(look: Look) -> list[str]:
    rows = look.session.execute(
        sa.select(Child, LateArrival)
        .join(LateArrival, LateArrival.child_id == Child.id)
        .where(LateArrival.taken_back_at.is_(None))
        .order_by(Child.first_name, Child.id, LateArrival.day)
    )
    return [
        f"late: {child.called}, {_day(late.day)}"
        + (f", {late.comes_at:%H:%M}" if late.comes_at else "")
        + (", disputed" if late.disputed_at is not None else "")
        for child, late in rows
    ]


def _letters(look: Look) -> list[str]:
    """ "letter opened: Ella, 2025-03-24, Anne", by the first day of the leave that it decides."""
    rows = look.session.execute(
        sa.select(Child.first_name, LeaveApplication.first_day, Guardian.first_name)
        .select_from(LeaveLetter)
        .join(LeaveDecision, LeaveDecision.id == LeaveLetter.decision_id)
        .join(LeaveApplication, LeaveApplication.id == LeaveDecision.application_id)
        .join(Child, Child.id == LeaveLetter.child_id)
        .join(Guardian, Guardian.id == LeaveLetter.guardian_id)
        .where(LeaveLetter.opened_at.is_not(None))
        .order_by(LeaveApplication.first_day, Child.first_name, Guardian.first_name)
    )
    return [f"letter opened: {child}, {_day(day)}, {guardian}" for child, day, guardian in rows]


def _not_arrived(look: Look) -> list[str]:
    """ "asked about: Ella" until staff are to call: "looked for: Ella, should_be_here"."""
    rows = look.session.execute(
        sa.select(Child, NotArrived)
        .join(NotArrived, NotArrived.child_id == Child.id)
        .where(NotArrived.closed_at.is_(None), sa.or_(NotArrived.quiet_at.is_(None), NotArrived.alarm_at.is_not(None)))
        .order_by(Child.first_name, Child.id)
    ).all()
    taken = list_taken(look, [case.id for _, case in rows])
    facts = []
    for child, case in rows:
        is_listed = case.why is not None or Step.LIST in taken.get(case.id, {})
        if is_listed:
            facts.append(f"looked for: {child.called}" + (f", {case.why}" if case.why else ""))
        elif case.answered_at is None:
            facts.append(f"asked about: {child.called}")
    return facts


def _not_fetched(look: Look) -> list[str]:
    """ "still here: Ella", then "asked" or "unclear", then "call" with why; or "until 16:55" while an answer holds it."""
    rows = look.session.execute(
        sa.select(Child, NotFetched, Unit)
        .join(NotFetched, NotFetched.child_id == Child.id)
        .join(Unit, Unit.id == NotFetched.unit_id)
        .where(NotFetched.closed_at.is_(None))
        .order_by(Child.first_name, Child.id)
    ).all()
    taken = list_fetch_steps(look, [case.id for _, case, _ in rows])
    return [
        f"still here: {child.called}{_stage(look, unit, case, taken.get(case.id, {}))}" for child, case, unit in rows
    ]


def _stage(look: Look, unit: Unit, case: NotFetched, taken: Collection[str]) -> str:
    if case.waits_until is not None and case.waits_until > look.now:
        said = case.answer if case.is_told(look.now) else "spoken with"
        return f", {said}, until {unit.local(case.waits_until):%H:%M}"
    if Step.LIST in taken:
        return ", call" + (f", {case.why}" if case.why else "")
    if case.answer == Fetch.UNCLEAR:
        return f", {case.answer}"
    return ", asked" if Step.FIRST in taken else ""


def _denied(look: Look) -> list[str]:
    """ "denied: Ella, left, Mormor" or, where they had been told that it was not so, "denied: Ella, not left", until somebody
    has found out."""
    rows = look.session.execute(
        sa.select(Child, AttendanceDenial)
        .join(AttendanceDenial, AttendanceDenial.child_id == Child.id)
        .where(AttendanceDenial.closed_at.is_(None))
        .order_by(Child.first_name, Child.id, AttendanceDenial.id)
    )
    return [
        f"denied: {child.called}, {'not ' if denial.said_at is None else ''}{denial.moved}"
        + (f", {denial.person}" if denial.person else "")
        for child, denial in rows
    ]


def _early(look: Look) -> list[str]:
    rows = look.session.execute(
        sa.select(Child, EarlyPickup)
        .join(EarlyPickup, EarlyPickup.child_id == Child.id)
        .where(EarlyPickup.taken_back_at.is_(None))
        .order_by(Child.first_name, Child.id, EarlyPickup.day)
    )
    return [
        f"leaves early: {child.called}, {_day(early.day)}"
        + (f", {early.leaves_at:%H:%M}" if early.leaves_at else "")
        + (", disputed" if early.disputed_at is not None else "")
        for child, early in rows
    ]


def _fetching(look: Look) -> list[str]:
    rows = look.session.execute(
        sa.select(Child, Fetching)
        .join(Fetching, Fetching.child_id == Child.id)
        .where(Fetching.taken_back_at.is_(None))
        .order_by(Child.first_name, Child.id, Fetching.day)
    ).all()
    standings = judge_all(look, [fetching for _, fetching in rows])
    return [
        f"fetches: {child.called}, {_day(fetching.day)}, {fetching.person} ({standings[fetching.id].replace('_', ' ')})"
        + (", confirmed" if fetching.is_confirmed else "")
        + (", disputed" if fetching.disputed_at is not None else "")
        for child, fetching in rows
    ]


def _trusted(look: Look) -> list[str]:
    """ "may fetch: Ella, Anne (unknown)", until somebody says otherwise, where the child is today."""
    rows = look.session.execute(
        sa.select(Child, TrustedPerson)
        .join(TrustedPerson, TrustedPerson.child_id == Child.id)
        .where(TrustedPerson.may_fetch, TrustedPerson.ended_at.is_(None))
        .order_by(Child.first_name, Child.id, TrustedPerson.person, TrustedPerson.id)
    ).all()
    standings: dict[str, Standing] = {}
    for child_id in {child.id for child, _ in rows}:
        home = find_home_unit(look, child_id)
        if home is not None:
            own = [row for _, row in rows if row.child_id == child_id]
            standings |= judge_trusted(look, own, home.today(look.now))
    return [
        f"may fetch: {child.called}, {row.person} ({standings[row.id].replace('_', ' ')})"
        + (", disputed" if row.disputed_at is not None else "")
        for child, row in rows
        if row.id in standings
    ]


def _leave(look: Look) -> list[str]:
    """ "leave: Ella, 2025-03-10 to 2025-03-14, travel, waits": with "late" and other doubts, and what others have said."""
    rows = look.session.execute(
        sa.select(Child, LeaveApplication)
        .join(LeaveApplication, LeaveApplication.child_id == Child.id)
        .order_by(Child.first_name, Child.id, LeaveApplication.id)
    )
    return [
        f"leave: {child.called}, {_span_of(leave)}, {leave.reason}, {leave.state}{_said_of(look, leave)}"
        for child, leave in rows
    ]


def _span_of(leave: LeaveApplication) -> str:
    first, last = _day(leave.first_day), _day(leave.last_day)
    return first if first == last else f"{first} to {last}"


def _said_of(look: Look, leave: LeaveApplication) -> str:
    words = {True: "agreed", False: "disagreed", None: "asked"}
    said = [words[voice.agrees] for voice in list_voices(look, [leave.id]) if voice.why_not is None]
    return "".join(f", {word}" for word in [*leave.doubts, *said])
