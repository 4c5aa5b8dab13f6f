"""Whom staff must look for today, most urgent first: what each may see of it, whom they may call, and closing a case in a tap.

Phones are shown to those alone who serve the child, and of them to whoever calls families in their role.
Source: security rules S3.3, S3.9, S4.1 and S4.4.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa

from hub.asker import Trust
from hub.desk import Look, Work
from hub.people.families import Child
from hub.people.places import Unit
from hub.people.staff import Role, RoleKind
from hub.post.families import Known, list_known
from hub.safety.access import NotThereError, Reach
from hub.safety.guests import visible_at_unit
from hub.school.absences import Reason, list_of_child, report, take_back
from hub.school.attendance import mark_here
from hub.school.attendance_undoing import unmark
from hub.school.care_plans import list_expected
from hub.school.day_board import OnBoard
from hub.school.guest_asking import read_asking
from hub.school.ladders import Step
from hub.school.late_arrivals import list_late, report_late, take_back_late
from hub.school.not_arrived import NotArrived, close, list_cases, list_taken, reopen
from hub.school.waking import explained_until, find_untold

CALLS = frozenset(RoleKind) - {RoleKind.ASSISTANT, RoleKind.ADMINISTRATOR}
NOT_CALLED = frozenset({"blocked", "no_right", "of_age", "gone"})


class How(StrEnum):
    """What a person found out."""

    HERE = "here"
    ON_WAY = "on_way"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Missing:
    """One child who is looked for. `is_listed`: staff are to call; before that families have been asked and not answered.

    `asked_at` is when the last text left; `guardians` whom this reader may call.
    """

    case: NotArrived
    on: OnBoard
    is_listed: bool
    with_leader: bool
    asked_at: datetime | None
    guardians: tuple[Known, ...] = ()

    @property
    def is_alarm(self) -> bool:
        return self.case.alarm_at is not None


def list_missing(look: Look, reach: Reach, unit: Unit, day: date, board: Sequence[OnBoard]) -> list[Missing]:
    """Those on the board, which is as the reader may see it, whom nobody has explained, or about whom there is an alarm."""
    by_child = {on.child_id: on for on in board}
    cases = [case for case in list_cases(look, unit, day) if case.child_id in by_child and case.closed_at is None]
    if not cases:
        return []
    asking = read_asking(look, unit, day)
    taken = list_taken(look, [case.id for case in cases])
    calls, expected = may_call(look, reach, unit), list_expected(look, unit, day)
    looked_for = {case.child_id: case for case in cases}
    untold = find_untold(look, [by_child[child_id] for child_id in looked_for], looked_for)
    found = []
    for case in cases:
        on, times = by_child[case.child_id], asking.of(case.child_id) or asking.own
        begins = unit.moment(day, times.asks_at)
        until = explained_until(unit, day, on, begins, expected, untold)
        is_explained = until is None or until > look.now
        if on.was_found or (is_explained and case.alarm_at is None):
            continue
        found.append(_missing(look, case, on, taken.get(case.id, {}), day, calls))
    return sorted(found, key=lambda one: (not one.is_alarm, not one.is_listed, one.case.began_at, one.on.child.called))


def _missing(
    look: Look, case: NotArrived, on: OnBoard, taken: Mapping[str, datetime], day: date, calls: bool
) -> Missing:
    is_listed = case.why is not None or Step.LIST in taken
    known = list_known(look, on.child, day) if calls and is_listed else []
    return Missing(
        case,
        on,
        is_listed,
        Step.LEADER in taken,
        taken.get(Step.SECOND) or taken.get(Step.FIRST),
        tuple(one for one in known if one.phone and one.warning not in NOT_CALLED),
    )


def may_call(look: Look, reach: Reach, unit: Unit) -> bool:
    """Whether one of the reader's roles at the unit is one that calls families."""
    held = sa.select(Role.id).where(Role.id.in_(reach.roles), Role.unit_id == unit.id, Role.kind.in_(CALLS))
    return look.session.scalars(held.limit(1)).first() is not None


def close_case(work: Work, reach: Reach, unit: Unit, case_id: str, how: How) -> None:
    """A person knows where the child is: it is marked, told absent, or on its way. A second tap changes nothing.

    Raises: NotThereError.
    """
    case = get_case(work, reach, unit, case_id)
    work.session.refresh(case, with_for_update=True)
    if case.closed_at is not None:
        return
    child, today, by = work.session.get_one(Child, case.child_id), case.day, reach.staff_id
    match how:
        case How.HERE:
            mark_here(work, unit, [child], by)
        case How.ON_WAY:
            take_back(work, list_of_child(work, child.id, [today]), by)
            report_late(work, child, today, None, told_by=by, message_id=None)
        case How.ABSENT:
            report(work, child, [today], Reason.UNTOLD, told_by=by, told_kind="staff", trust=Trust.STRONG)
    close(work, case, by, how)


def undo_close(work: Work, reach: Reach, unit: Unit, case_id: str) -> None:
    """The tap was wrong: what it wrote is taken back, and the child is looked for again. Raises: NotThereError."""
    case = get_case(work, reach, unit, case_id)
    work.session.refresh(case, with_for_update=True)
    if case.closed_at is None or case.closed_how is None:
        return
    match How(case.closed_how):
        case How.HERE:
            unmark(work, unit, [case.child_id])
        case How.ON_WAY:
            told = [late for late in list_late(work, unit.id, case.day) if late.child_id == case.child_id]
            take_back_late(work, told, reach.staff_id)
        case How.ABSENT:
            away = [absence for absence in list_of_child(work, case.child_id, [case.day]) if absence.is_of_staff]
            take_back(work, away, reach.staff_id)
    reopen(work, case)


def get_case(look: Look, reach: Reach, unit: Unit, case_id: str) -> NotArrived:
    """One of today's cases that the reach covers. Raises: NotThereError."""
    case = look.session.get(NotArrived, case_id)
    today = unit.today(look.now)
    if case is None or case.unit_id != unit.id or case.day != today:
        raise NotThereError
    if case.child_id not in visible_at_unit(look, reach, [case.child_id], unit.id, today):
        raise NotThereError
    return case
