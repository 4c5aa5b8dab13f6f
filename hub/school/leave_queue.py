"""The queue of leave: what whoever decides needs to see of each application, and who may decide it.

Contact teachers see those of their own groups, leaders those of their unit; of a protected child only its named readers.
Rights and rules are asked as they are now, and a child that has moved is followed. Source: security rules S3.1 and S3.7.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice

import sqlalchemy as sa

from hub.desk import Look, Refusal, Work
from hub.people.families import Child, Guardian
from hub.people.places import Group, Unit
from hub.people.staff import Role, RoleGroup, RoleKind
from hub.safety.access import NotThereError, Reach, get_child, get_reach, get_unit, list_children
from hub.safety.home_unit import find_home_unit, is_placed
from hub.school.leave import (
    Doubt,
    LeaveApplication,
    LeaveState,
    count_used,
    judge,
    list_of_child,
)
from hub.school.leave_decisions import LeaveDecision, find_decision, withdraw
from hub.school.leave_rules import Terms, school_year, terms_of
from hub.school.leave_verdicts import Verdict, decide
from hub.school.leave_voices import LeaveVoice, doubts_now, is_waiting_for_others, list_voices

HISTORY = timedelta(days=400)
AT_ONCE = 200
MOST_OF_ONE = 10
FOR_LEADERS = frozenset({Doubt.LONG, Doubt.OVER, Doubt.BLOCKED, Doubt.NOT_ASKED, Doubt.DISAGREES})


class ForLeaderError(Refusal):
    """By the rules as they are now, a leader decides it."""

    words = "refusals.leave_for_leader"


@dataclass(frozen=True, slots=True)
class LeaveRow:
    """One application as whoever decides sees it. `unit` and `group` are where the child goes now, `moved_from` where it
    went when this was applied for, if elsewhere. `used` are the days granted this school year, this one aside.
    """

    application: LeaveApplication
    child: Child
    unit: Unit
    group: Group
    terms: Terms
    applicant: Guardian
    voices: tuple[tuple[Guardian, LeaveVoice], ...]
    used: int
    doubts: tuple[Doubt, ...]
    waits_for_others: bool
    for_leader: bool
    may_decide: bool
    decision: LeaveDecision | None
    moved_from: Unit | None
    beside: tuple[LeaveApplication, ...]

    @property
    def waits(self) -> bool:
        return self.application.state == LeaveState.WAITS


def list_leave(look: Look, reach: Reach, unit: Unit, states: Collection[LeaveState]) -> list[LeaveRow]:
    """The applications of a unit in these states that the reach covers: what begins first stands first."""
    groups = _deciding_groups(look, reach)
    is_leader = leads(look, reach, unit)
    placed = {
        child.id: (child, group_id)
        for child, group_id in list_children(look, reach, unit, unit.today(look.now))
        if is_leader or group_id in groups
    }
    found = look.session.scalars(
        sa.select(LeaveApplication)
        .where(
            LeaveApplication.child_id.in_(placed),
            LeaveApplication.state.in_(states),
            LeaveApplication.last_day >= unit.today(look.now) - HISTORY,
        )
        .order_by(LeaveApplication.first_day, LeaveApplication.id)
        .limit(AT_ONCE)
    )
    rows = []
    for application in found:
        if _is_of(look, application, unit):
            child, group_id = placed[application.child_id]
            rows.append(_read(look, application, child, unit, look.session.get_one(Group, group_id), is_leader))
    return rows


def get_leave(look: Look, reach: Reach, application_id: str) -> LeaveRow:
    """One of them. Raises: NotThereError."""
    application = look.session.get(LeaveApplication, application_id)
    if application is None or application.owner_id != reach.owner_id:
        raise NotThereError
    child, places = get_child(look, reach, application.child_id)
    groups = _deciding_groups(look, reach)
    for unit, group in places:
        is_leader = leads(look, reach, unit)
        if (is_leader or group.id in groups) and _is_of(look, application, unit):
            return _read(look, application, child, unit, group, is_leader)
    raise NotThereError


def list_of_one(look: Look, reach: Reach, child_id: str) -> list[LeaveApplication]:
    """A child's applications that the reach covers, the newest first, MOST_OF_ONE at most; none for whoever decides about none.

    Raises: NotThereError, where the child is none of theirs.
    """
    _, places = get_child(look, reach, child_id)
    groups = _deciding_groups(look, reach)
    units = [unit for unit, group in places if leads(look, reach, unit) or group.id in groups]
    told = list_of_child(look, child_id) if units else []
    found = (one for one in reversed(told) if any(_is_of(look, one, unit) for unit in units))
    return list(islice(found, MOST_OF_ONE))


def _is_of(look: Look, application: LeaveApplication, unit: Unit) -> bool:
    """Whether the unit has the application: where it was made, else where the child has moved."""
    if application.unit_id == unit.id:
        return True
    if is_placed(look, application.child_id, look.session.get_one(Unit, application.unit_id)):
        return False
    home = find_home_unit(look, application.child_id)
    return home is not None and home.id == unit.id


_CONTACT_GROUPS = (
    sa.select(RoleGroup.group_id)
    .join(Role, Role.id == RoleGroup.role_id)
    .where(Role.id.in_(sa.bindparam("roles", expanding=True)), Role.kind == RoleKind.CONTACT_TEACHER)
)
_LED = sa.select(Role.id).where(Role.unit_id == sa.bindparam("unit"), Role.kind == RoleKind.LEADER).limit(1)


def _deciding_groups(look: Look, reach: Reach) -> set[str]:
    return set(look.session.scalars(_CONTACT_GROUPS, {"roles": list(reach.roles)}))


def leads(look: Look, reach: Reach, unit: Unit) -> bool:
    """Whether they lead the unit; where nobody does, as at a family day carer, whoever serves all of it stands in."""
    if unit.id in reach.leads:
        return True
    return unit.id in reach.whole_units and look.session.scalars(_LED, {"unit": unit.id}).first() is None


def _read(
    look: Look, application: LeaveApplication, child: Child, unit: Unit, group: Group, is_leader: bool
) -> LeaveRow:
    terms = terms_of(look, unit)
    voices = list_voices(look, [application.id])
    for_leader, doubts = _judge_by(look, terms, application, voices)
    waits_for_others = is_waiting_for_others(application, voices, look.now)
    used = count_used(look, child.id, application.days_off[:1], terms=terms, apart_from=[application.id])
    moved = application.unit_id != unit.id
    return LeaveRow(
        application,
        child,
        unit,
        group,
        terms,
        look.session.get_one(Guardian, application.applied_by),
        tuple((look.session.get_one(Guardian, voice.guardian_id), voice) for voice in voices),
        used.get(school_year(application.first_day)[0], 0),
        doubts,
        waits_for_others,
        for_leader,
        may_decide=application.state == LeaveState.WAITS and (is_leader or not for_leader),
        decision=find_decision(look, application.id),
        moved_from=look.session.get_one(Unit, application.unit_id) if moved else None,
        beside=_list_beside(look, application),
    )


def _is_for_leader(
    application: LeaveApplication, terms: Terms, doubts: Sequence[Doubt], voices: Sequence[LeaveVoice]
) -> bool:
    """Contact teachers decide what is short, and where everybody whose word it takes has agreed."""
    unanswered = any(voice.agrees is None for voice in voices)
    return len(application.days) > terms.teacher_days or bool(FOR_LEADERS.intersection(doubts)) or unanswered


def _list_beside(look: Look, application: LeaveApplication) -> tuple[LeaveApplication, ...]:
    """Other applications for the same child that wait or hold, and touch the same days."""
    days = set(application.days)
    return tuple(
        one
        for one in list_of_child(look, application.child_id)
        if one.id != application.id
        and one.state in (LeaveState.WAITS, LeaveState.DECIDED)
        and days.intersection(one.days if one.state == LeaveState.WAITS else one.granted or ())
    )


def decide_one(work: Work, application_id: str, verdict: Verdict) -> LeaveDecision:
    """Decide as the asker. Raises: NotThereError, ForLeaderError and what `decide` raises."""
    row = get_leave(work, get_reach(work), application_id)
    if row.waits and not row.may_decide:
        raise ForLeaderError(days=row.terms.teacher_days)
    return decide(work, row.application, row.unit, verdict)


def withdraw_one(work: Work, application_id: str) -> None:
    """The family wants it no longer, as staff have heard. Raises: NotThereError, LeaveOverError."""
    row = get_leave(work, get_reach(work), application_id)
    withdraw(work, row.application, work.asker.id)


@dataclass(frozen=True, slots=True)
class Change:
    """What other terms would make of one application that waits."""

    before: LeaveRow
    for_leader: bool
    doubts: tuple[Doubt, ...]


def get_led_unit(look: Look, reach: Reach, unit_id: str) -> Unit:
    """A unit whose rules the asker may set. Raises: NotThereError."""
    unit = get_unit(look, reach, unit_id)
    if not leads(look, reach, unit):
        raise NotThereError
    return unit


def preview(look: Look, reach: Reach, unit: Unit, terms: Terms) -> list[Change]:
    """The applications that wait and would be decided by others, or judged otherwise, under these terms."""
    changes = []
    for row in list_leave(look, reach, unit, [LeaveState.WAITS]):
        for_leader, doubts = _judge_by(look, terms, row.application, [voice for _, voice in row.voices])
        if for_leader != row.for_leader or doubts != row.doubts:
            changes.append(Change(row, for_leader, doubts))
    return changes


def count_changes(look: Look, unit: Unit, terms: Terms) -> int:
    """How many of those that were applied for at the unit, and wait, would be decided by others or judged otherwise. It asks no
    rights of the reader: its callers have, and learn of no child."""
    waiting = look.session.scalars(
        sa.select(LeaveApplication).where(
            LeaveApplication.unit_id == unit.id,
            LeaveApplication.state == LeaveState.WAITS,
            LeaveApplication.last_day >= unit.today(look.now) - HISTORY,
        )
    )
    before, changed = terms_of(look, unit), 0
    for one in waiting:
        voices = list_voices(look, [one.id])
        changed += _judge_by(look, before, one, voices) != _judge_by(look, terms, one, voices)
    return changed


def _judge_by(
    look: Look, terms: Terms, application: LeaveApplication, voices: Sequence[LeaveVoice]
) -> tuple[bool, tuple[Doubt, ...]]:
    """Whether a leader decides it, and what there is to doubt."""
    doubts = tuple(doubts_now(application, voices, judge(look, terms, application)))
    return _is_for_leader(application, terms, doubts, voices), doubts
