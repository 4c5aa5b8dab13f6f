"""Stage directions about care times: "* care_times asks" has families asked before the week locks; more words say more."""

from datetime import date, time, timedelta

import sqlalchemy as sa

from hub.desk import Work
from hub.people.families import Child, Guardian
from hub.people.places import Unit
from hub.school.care_decisions import Per, Shift, decide_hours
from hub.school.care_holidays import Unanswered, ask_about
from hub.school.care_hours import read_hours
from hub.school.care_patterns import set_week
from hub.school.care_rules import FeeStep, Over, Rules, get_rules, set_rules

STAFF = "staff"


def care_times(work: Work, *, how: str) -> None:
    """The rules from now on: "asks", "blocks", "fees", "binding 2025-04-01", separated by commas."""
    unit = _unit(work)
    rules = get_rules(work, unit)
    told = dict.fromkeys(part.strip() for part in how.split(","))
    binding = next((date.fromisoformat(part.split()[1]) for part in told if part.startswith("binding")), None)
    steps = (FeeStep(40, "A"), FeeStep(120, "B"), FeeStep(744, "C")) if "fees" in told else ()
    over = Over.BLOCK if "blocks" in told else Over.WARN
    set_rules(
        work, unit, Rules(asks="asks" in told, over=over, fee_steps=steps, binding=binding, ratios=rules.ratios), STAFF
    )


def agreed_hours(work: Work, *, how: str) -> None:
    """ "Ella 120 month", "Ella 40 week shift": what is decided for a child."""
    name, hours, per, *shift = how.split()
    unit = _unit(work)
    day = unit.today(work.now) - timedelta(days=30)
    kind = Shift.FULL if shift else Shift.NONE
    decide_hours(work, unit, _child(work, name), int(hours), Per(per), from_day=day, by=STAFF, shift=kind)


def base_week(work: Work, *, how: str) -> None:
    """ "Ella 8-16": a base week from Monday to Friday."""
    name, _, hours = how.partition(" ")
    unit = _unit(work)
    week = [read_hours(hours)] * 5
    set_week(work, unit, _child(work, name), week, from_day=unit.today(work.now), by=STAFF)


def two_homes(work: Work, *, how: str) -> None:
    """ "Ella 8-16 9-15": Mor and Far take turns week by week, Mor first, with these hours; of Fridays neither tells."""
    name, *hours = how.split()
    unit = _unit(work)
    for turn, (who, own) in enumerate(zip(("Mor", "Far"), hours, strict=True)):
        guardian = work.session.scalars(sa.select(Guardian).where(Guardian.first_name == who)).one()
        set_week(
            work,
            unit,
            _child(work, name),
            [*[read_hours(own)] * 4, None],
            from_day=unit.today(work.now) + timedelta(weeks=turn),
            by=STAFF,
            guardian_id=guardian.id,
            every_weeks=2,
        )
        work.session.flush()


def holiday(work: Work, *, how: str) -> None:
    """ "off 2025-04-14 2025-04-25 by 2025-03-20 vinterferien": a question that leaves at once."""
    unanswered, first, last, _, closes, name = how.split(maxsplit=5)
    unit = _unit(work)
    ask_about(
        work,
        unit,
        name,
        date.fromisoformat(first),
        date.fromisoformat(last),
        asks_at=work.now,
        closes_at=unit.moment(date.fromisoformat(closes), time(18, 0)),
        unanswered=Unanswered(unanswered),
        by=STAFF,
    )


def _unit(work: Work) -> Unit:
    return work.session.scalars(sa.select(Unit).order_by(Unit.id)).one()


def _child(work: Work, name: str) -> Child:
    return work.session.scalars(sa.select(Child).where(Child.first_name == name)).one()
