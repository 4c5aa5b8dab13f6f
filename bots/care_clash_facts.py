"""What a talk about a clash of care times knows, and which clashes still wait for whoever told the days first."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from bots.care_facts import Wish
from hub.desk import Look
from hub.people.families import Child, Guardian, Right
from hub.people.places import Unit
from hub.post.audience import list_guardians_for
from hub.school.care_bookings import CareBooking, list_rivals
from hub.school.care_hours import pack
from hub.school.care_plans import list_plans_of
from hub.school.care_rules import WEEK, Rules, first_open_week, get_rules, monday_of, takes_bookings
from hub.talk.answers import Named
from hub.talk.dialogue import say
from hub.talk.duties import Duty


@dataclass(frozen=True, slots=True)
class ClashFacts:
    """`theirs` is what the other guardian, `other`, told for the days of `ours`; `rivals` are its bookings."""

    child: Named
    other: str
    other_id: str
    theirs: tuple[Wish, ...]
    ours: tuple[Wish, ...]
    rivals: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Matter:
    """The days of one week that one guardian told otherwise than those who told them first."""

    child_id: str
    other_id: str
    monday: date


def list_clashes(look: Look, unit: Unit, guardian_ids: Collection[str], bot: str) -> list[Duty]:
    """The days that another guardian told otherwise than one of these, who told them first."""
    if not takes_bookings(unit):
        return []
    rules = get_rules(look, unit)
    first = first_open_week(rules, unit, look.now)
    by_matter: dict[_Matter, list[CareBooking]] = {}
    for row in list_rivals(look, unit.id, first, first + rules.weeks_ahead * WEEK):
        if row.told_kind == "guardian":
            by_matter.setdefault(_Matter(row.child_id, row.told_by, monday_of(row.day)), []).append(row)
    return [
        duty
        for matter, rivals in by_matter.items()
        for duty in _list_of(look, unit, rules, matter, sorted(rivals, key=lambda row: row.day), guardian_ids, bot)
    ]


def _list_of(
    look: Look,
    unit: Unit,
    rules: Rules,
    matter: _Matter,
    rivals: list[CareBooking],
    guardian_ids: Collection[str],
    bot: str,
) -> Iterable[Duty]:
    """One for each of the guardians who told some of the days first, and may still tell."""
    today, locks = unit.today(look.now), rules.lock.moment(unit, matter.monday)
    held = {plan.day: plan for plan in list_plans_of(look, unit, matter.child_id, [row.day for row in rivals])}
    entitled = {each.id for each in list_guardians_for(look, matter.child_id, Right.CARE_TIME, today)}
    child, other = look.session.get_one(Child, matter.child_id), look.session.get(Guardian, matter.other_id)
    named = Named(child.id, child.called)
    for guardian_id in sorted({held[row.day].told_by or "" for row in rivals} & entitled & set(guardian_ids)):
        mine = [row for row in rivals if held[row.day].told_by == guardian_id]
        days = tuple(row.day for row in mine)
        yield Duty(
            bot=bot,
            key=" ".join(row.id for row in mine),
            unit=unit,
            guardian_id=guardian_id,
            children=(named,),
            until=locks,
            line=say("weekly.clash", children=[named.name], days=days, at=unit.local(locks), today=today),
            facts=ClashFacts(
                named,
                other.first_name if other is not None else "",
                matter.other_id,
                tuple(Wish(row.day, row.hours) for row in mine),
                tuple(Wish(day, pack(held[day].hours)) for day in days),
                tuple(row.id for row in mine),
            ),
            lasts=locks - look.now,
            same=("child", "rivals"),
        )
