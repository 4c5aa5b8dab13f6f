"""Stage directions of transcripts: what staff, or the settings, do between the lines. "* ill Ella" does what "ill" says."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import time
from typing import Protocol

import sqlalchemy as sa

from hub.asker import Asker, Trust
from hub.desk import Work
from hub.people.families import Child, Guardian, Placement
from hub.people.places import Unit
from hub.people.staff import Staff
from hub.post.messages import Thread, ThreadGuardian
from hub.post.reading import get_reader
from hub.school.absences import Reason, report
from hub.school.attendance import mark_here
from hub.school.care_rules import BOOKED_KINDS
from hub.school.fetch_ladders import FetchTimes, set_fetch_times
from hub.school.ladders import LadderTimes, set_times
from hub.school.leave import LeaveState, list_of_child
from hub.school.leave_decisions import Outcome
from hub.school.leave_rules import Both, read_blocked, set_terms, terms_of
from hub.school.leave_verdicts import Verdict, decide
from hub.talk.planning import plan_answer
from hub.talk.writing import Draft, answer
from tests import (
    broadcast_directions,
    consent_directions,
    door_directions,
    tag_directions,
    weekly_directions,
)
from tests.blocks import set_block
from tests.care_directions import agreed_hours, base_week, care_times, holiday, two_homes
from tests.start_directions import begins, demands


class Direction(Protocol):
    """`how` are the words after the direction's name."""

    def __call__(self, work: Work, *, how: str) -> object: ...


def ill(work: Work, *, how: str) -> None:
    """Staff write that a child is ill today."""
    child = work.session.scalars(sa.select(Child).where(Child.first_name == how)).one()
    unit = work.session.scalars(sa.select(Unit)).first()
    assert unit is not None
    report(work, child, [unit.today(work.now)], Reason.SICK, told_by="staff", told_kind="staff", trust=Trust.STRONG)


def ladder(work: Work, *, how: str) -> None:
    """Every unit asks from this time on about children who have not arrived."""
    for unit in work.session.scalars(sa.select(Unit)):
        set_times(work, unit, LadderTimes(is_on=True, asks_at=time.fromisoformat(how)), "staff")


def still_here(work: Work, *, how: str) -> None:
    """ "still_here 15": every unit that marks who leaves asks so many minutes after a child's time to go home, and on from
    there every quarter of an hour."""
    first = int(how)
    for unit in work.session.scalars(sa.select(Unit).where(Unit.kind.in_(BOOKED_KINDS))):
        set_fetch_times(work, unit, FetchTimes(True, first, first + 15, first + 30, first + 45), "staff")


def here(work: Work, *, how: str) -> None:
    """Staff see a child here."""
    child = work.session.scalars(sa.select(Child).where(Child.first_name == how)).one()
    unit = work.session.scalars(
        sa.select(Unit).join(Placement, Placement.unit_id == Unit.id).where(Placement.child_id == child.id)
    ).one()
    mark_here(work, unit, [child], "staff")


def decide_leave(work: Work, *, how: str) -> None:
    """ "granted Ella", "refused Ella" or "partly Ella" (the first day): so the leave of a child that waits is decided."""
    outcome, _, name = how.partition(" ")
    child = work.session.scalars(sa.select(Child).where(Child.first_name == name)).one()
    for application in list_of_child(work, child.id):
        if application.state == LeaveState.WAITS:
            unit = work.session.get_one(Unit, application.unit_id)
            decide(work, application, unit, Verdict(Outcome(outcome), "rehearsed", application.days_off[:1]))


def set_leave_rule(work: Work, *, how: str) -> None:
    """ "all", "one" or "living_with": whose word leave takes from now on; the rest is as it comes."""
    unit = work.session.scalars(sa.select(Unit)).first()
    assert unit is not None
    set_terms(work, unit, replace(terms_of(work, unit), both=Both(how)))


def leave_blocked(work: Work, *, how: str) -> None:
    """ "nasjonale prøver: 2025-03-17 2025-03-21": leave is hardly ever given then."""
    unit = work.session.scalars(sa.select(Unit)).first()
    assert unit is not None
    set_terms(work, unit, replace(terms_of(work, unit), blocked=read_blocked(how)))


def block(work: Work, *, how: str) -> None:
    """A guardian must not learn of any of the children from now on; "Mor" is the one who writes."""
    guardian = work.session.scalars(sa.select(Guardian).where(Guardian.first_name == how)).one()
    for child in work.session.scalars(sa.select(Child)):
        set_block(work, guardian, child)


def writes(work: Work, *, how: str) -> None:
    """ "writes Mor Har Ella med matpakke?": staff answer in the thread of a guardian."""
    name, _, text = how.partition(" ")
    thread = work.session.scalars(
        sa.select(Thread)
        .join(ThreadGuardian, ThreadGuardian.thread_id == Thread.id)
        .join(Guardian, Guardian.id == ThreadGuardian.guardian_id)
        .where(Guardian.first_name == name)
    ).one()
    staff = work.session.scalars(sa.select(Staff)).one()
    work.asker = Asker("staff", staff.id, Trust.STRONG, "rehearsed", staff.owner_id)
    plan = plan_answer(work, get_reader(work), thread.id)
    answer(work, thread.id, (), Draft(text, plan.key, as_words=True))


def join(*tables: Mapping[str, Direction]) -> Mapping[str, Direction]:
    """All of them. Two that say different things by one word are a mistake."""
    joined: dict[str, Direction] = {}
    for table in tables:
        twice = joined.keys() & table.keys()
        assert not twice, f"directions with two meanings: {sorted(twice)}"
        joined |= table
    return joined


DIRECTIONS = join(
    {
        "here": here,
        "ill": ill,
        "ladder": ladder,
        "still_here": still_here,
        "leave": decide_leave,
        "leave_rule": set_leave_rule,
        "leave_blocked": leave_blocked,
        "block": block,
        "writes": writes,
        "care_times": care_times,
        "agreed_hours": agreed_hours,
        "base_week": base_week,
        "holiday": holiday,
        "two_homes": two_homes,
        "begins": begins,
        "demands": demands,
    },
    consent_directions.DIRECTIONS,
    weekly_directions.DIRECTIONS,
    broadcast_directions.DIRECTIONS,
    door_directions.DIRECTIONS,
    tag_directions.DIRECTIONS,
)
