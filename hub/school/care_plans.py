"""What a day is planned to be for each child: one agreed state, or an open question to those who told it differently.

A booking outranks a base week, a week that is one guardian's own outranks one for all, and an absence outranks both.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from enum import StrEnum
from typing import Any, NamedTuple

import sqlalchemy as sa

from hub.calendars import list_closed
from hub.desk import Look
from hub.people.families import Block, Placement
from hub.people.places import Unit
from hub.quick_select import QuickSelect
from hub.safety.access import placed
from hub.safety.guests import list_stays_between
from hub.school.absences import Absence
from hub.school.care_bookings import Booking, CareBooking, ToldHours, find_holding, list_of_child, list_told
from hub.school.care_hours import OFF, Hours, length_of, unpack
from hub.school.care_patterns import Pattern, list_patterns, list_patterns_of
from hub.school.care_rules import Rules, get_rules, is_locked, monday_of, takes_bookings


class Standing(StrEnum):
    """What holds for a child and a day."""

    BOOKED = "booked"
    OFF = "off"
    AWAY = "away"
    CLASH = "clash"
    UNTOLD = "untold"
    CLOSED = "closed"


class Plan(NamedTuple):
    """One child's day; a tuple, for thousands are made at once. `hours` are what is reckoned with: in a clash the first that
    was told, until it is settled.

    `booking` is what it rests on where that is no base week, `rival` what another guardian told, `pattern` the base week.
    """

    child_id: str
    day: date
    standing: Standing
    hours: Hours = OFF
    booking: CareBooking | ToldHours | None = None
    rival: CareBooking | ToldHours | None = None
    pattern: Pattern | None = None
    absence: Absence | None = None

    @property
    def comes(self) -> bool:
        return self.standing in (Standing.BOOKED, Standing.CLASH) and bool(self.hours)

    @property
    def is_practice(self) -> bool:
        """Whether it rests on a booking that was told in practice: that it costs nothing was promised, whatever holds now."""
        return self.booking is not None and self.booking.is_practice

    @property
    def is_open(self) -> bool:
        """Whether nobody has told the day by a word of their own: a hole, or own weeks of two homes that overlap."""
        return self.standing is Standing.UNTOLD or (self.standing is Standing.CLASH and self.rival is None)

    @property
    def told_by(self) -> str | None:
        """The guardian or member of staff it rests on."""
        if self.booking is not None:
            return self.booking.told_by
        return None if self.pattern is None else self.pattern.guardian_id


def agree(
    child_id: str,
    day: date,
    bookings: Sequence[Booking],
    patterns: Sequence[Pattern],
    absence: Absence | None = None,
    *,
    is_closed: bool = False,
) -> Plan:
    """The state of one day, from all that was told of it."""
    if not bookings and not patterns and absence is None:
        return Plan(child_id, day, Standing.CLOSED if is_closed else Standing.UNTOLD)
    if len(bookings) == 1 and not patterns and absence is None and not bookings[0].is_rival:
        told = unpack(bookings[0].hours)
        return Plan(child_id, day, Standing.BOOKED if told else Standing.OFF, told, bookings[0])
    held = find_holding(bookings, patterns, day)
    waits = [row for row in bookings if row.is_rival and row is not held]
    rival = next((row for row in waits if held is None or row.hours != held.hours), None)
    covering = [pattern for pattern in patterns if pattern.covers(day)]
    pattern = covering[0] if held is None and covering else None
    hours = unpack(held.hours) if held is not None else OFF if pattern is None else pattern.hours_of(day)
    if is_closed and held is None:
        return Plan(child_id, day, Standing.CLOSED, absence=absence)
    if absence is not None:
        return Plan(child_id, day, Standing.AWAY, hours, held, rival, pattern, absence)
    quarrel = held is None and _quarrel(covering, day)
    if rival is not None or quarrel:
        return Plan(child_id, day, Standing.CLASH, hours, held, rival, pattern)
    if held is None and pattern is None:
        return Plan(child_id, day, Standing.UNTOLD)
    return Plan(child_id, day, Standing.BOOKED if hours else Standing.OFF, hours, held, None, pattern)


def _quarrel(covering: Sequence[Pattern], day: date) -> bool:
    """Whether two guardians have both been given the day as one of their own weeks: whose it is, is open."""
    return len({pattern.guardian_id for pattern in covering if pattern.alternates}) > 1


_ABSENT = sa.select(Absence).where(
    Absence.ceased_at.is_(None),
    Absence.day >= sa.bindparam("first", type_=sa.Date),
    Absence.day <= sa.bindparam("last", type_=sa.Date),
)
_ABSENT_CHILD = QuickSelect(_ABSENT.where(Absence.child_id == sa.bindparam("child")))
_ABSENT_CHILDREN = QuickSelect(_ABSENT.where(Absence.child_id.in_(sa.bindparam("children", expanding=True))))


def list_plans_of(look: Look, unit: Unit, child_id: str, days: Collection[date]) -> list[Plan]:
    """A child's days at a unit, in their order. Days on which the unit is closed are among them."""
    if not days:
        return []
    first, last = min(days), max(days)
    closed = list_closed(look, unit, first, last)
    bookings = _by_day(list_of_child(look, child_id, unit.id, days))
    patterns = list_patterns(look, unit.id, child_id)
    absent = {row.day: row for (row,) in _ABSENT_CHILD.rows(look, child=child_id, first=first, last=last)}
    return [
        agree(child_id, day, bookings.get(day, ()), patterns, absent.get(day), is_closed=day in closed)
        for day in sorted(days)
    ]


@dataclass(frozen=True, slots=True)
class ToldOfDays:
    """All that was told of some days of several children of a unit. Each of its parts is by child, but the days on which the
    unit is `closed`."""

    closed: Collection[date]
    bookings: Mapping[str, Mapping[date, Sequence[ToldHours]]]
    patterns: Mapping[str, Sequence[Pattern]]
    absent: Mapping[str, Mapping[date, Absence]]

    def list_days(self, child_id: str) -> Collection[date]:
        """Those of which something was told by a booking or an absence; a base week may tell of any."""
        return self.bookings.get(child_id, _NONE).keys() | self.absent.get(child_id, _NONE).keys()

    def plan_days(self, child_id: str, days: Iterable[date]) -> list[Plan]:
        bookings, absent = self.bookings.get(child_id, _NONE), self.absent.get(child_id, _NONE)
        patterns, closed = self.patterns.get(child_id, ()), self.closed
        return [
            agree(child_id, day, bookings.get(day, ()), patterns, absent.get(day), is_closed=day in closed)
            for day in days
        ]


_NONE: Mapping[date, Any] = {}


def gather_told(look: Look, unit: Unit, child_ids: Collection[str], first: date, last: date) -> ToldOfDays:
    """Of each day from the first to the last: the few questions of one round."""
    bookings: dict[str, dict[date, list[ToldHours]]] = {}
    for row in list_told(look, child_ids, unit.id, first, last):
        bookings.setdefault(row.child_id, {}).setdefault(row.day, []).append(row)
    patterns: dict[str, list[Pattern]] = {}
    for pattern in list_patterns_of(look, unit.id, child_ids):
        patterns.setdefault(pattern.child_id, []).append(pattern)
    absent: dict[str, dict[date, Absence]] = {}
    for (away,) in _ABSENT_CHILDREN.rows(look, children=list(child_ids), first=first, last=last):
        absent.setdefault(away.child_id, {})[away.day] = away
    return ToldOfDays(list_closed(look, unit, first, last), bookings, patterns, absent)


def list_plans(look: Look, unit: Unit, child_ids: Collection[str], days: Collection[date]) -> list[Plan]:
    """The days of several children of a unit, by child in the order given, then by day. A guest's are what was told at home,
    where this unit is open."""
    if not days or not child_ids:
        return []
    told, in_order = gather_told(look, unit, child_ids, min(days), max(days)), sorted(days)
    guests = {(plan.child_id, plan.day): plan for _, plan in _plan_guests(look, unit, in_order)}
    own = (plan for child_id in child_ids for plan in told.plan_days(child_id, in_order))
    return [guests.get((plan.child_id, plan.day), plan) for plan in own]


def _plan_guests(look: Look, unit: Unit, in_order: Sequence[date]) -> list[tuple[Unit, Plan]]:
    """Of these days each guest's, with the unit where it is at home; what was told holds also where that is closed."""
    first, last = in_order[0], in_order[-1]
    stays = list_stays_between(look, unit, first, last)
    homes = {stay.home.id: stay.home for stay in stays if takes_bookings(stay.home)}
    closed = list_closed(look, unit, first, last) if homes else {}
    found = []
    for home in homes.values():
        of = [stay for stay in stays if stay.home.id == home.id]
        told = replace(gather_told(look, home, {stay.child_id for stay in of}, first, last), closed=closed)
        for stay in of:
            days = [day for day in in_order if stay.first <= day <= stay.last]
            found += [(home, plan) for plan in told.plan_days(stay.child_id, days)]
    return found


def _by_day(rows: Iterable[CareBooking]) -> Mapping[date, list[CareBooking]]:
    found: dict[date, list[CareBooking]] = {}
    for row in rows:
        found.setdefault(row.day, []).append(row)
    return found


_PLACED_AT = QuickSelect(
    sa.select(Placement.child_id).where(
        Placement.unit_id == sa.bindparam("unit"), placed(sa.bindparam("day", type_=sa.Date))
    )
)


def list_placed(look: Look, unit: Unit, day: date) -> list[str]:
    """The children of a unit on a day, by id: for reckoning, not for showing."""
    return sorted({child_id for (child_id,) in _PLACED_AT.rows(look, unit=unit.id, day=day)})


_UNITS_OF = (
    sa.select(Unit)
    .join(Placement, Placement.unit_id == Unit.id)
    .where(Placement.child_id == sa.bindparam("child"), placed(sa.bindparam("day", type_=sa.Date)))
    .order_by(Unit.id)
)


def list_booking_units(look: Look, child_id: str, day: date) -> list[Unit]:
    """Where a child has a place on a day for which care times are booked."""
    return [unit for unit in look.session.scalars(_UNITS_OF, {"child": child_id, "day": day}) if takes_bookings(unit)]


def list_locked_without(look: Look, child_id: str, days: Collection[date]) -> list[Unit]:
    """The units where a child has a place, but no care booked on some of the days, which have locked and are not over."""
    found = []
    for unit in list_booking_units(look, child_id, min(days)) if days else ():
        rules, today = get_rules(look, unit), unit.today(look.now)
        locked = [d for d in days if d >= today and rules.has_begun(d) and is_locked(rules, unit, d, look.now)]
        if any(_has_none(plan, asks=rules.asks) for plan in list_plans_of(look, unit, child_id, locked)):
            found.append(unit)
    return found


def _has_none(plan: Plan, *, asks: bool) -> bool:
    """Whether it was told, or nobody told at a unit that asks, that there is no care that day."""
    is_told = plan.booking is not None or plan.pattern is not None
    return plan.standing is not Standing.CLOSED and not plan.hours and (is_told or asks)


_BLOCKED = QuickSelect(
    sa.select(Block.child_id, Block.guardian_id).where(
        Block.child_id.in_(sa.bindparam("children", expanding=True)), Block.lifted_at.is_(None)
    )
)


def list_expected(look: Look, unit: Unit, day: date) -> dict[str, time | None]:
    """From when each child of a unit is booked that day, by booking or base week; None who was told to have it off.

    A child of whom nothing was told is not among them, nor one about whom guardians disagree, or whose times are for
    practice, or were told by somebody who is blocked from the child by now: those are expected as usual.

    A guest is expected as its own unit was told, whether that is open or not; as usual where that is after this one closes.
    """
    found: dict[str, time | None] = {}
    for home, guest in _plan_guests(look, unit, [day]):
        if list_relied_on(look, home, [guest]) and (not guest.hours or guest.hours[0].start < unit.closes):
            found[guest.child_id] = _begins(guest)
    if takes_bookings(unit):
        told = list_relied_on(look, unit, list_plans(look, unit, list_placed(look, unit, day), [day]))
        found |= {plan.child_id: _begins(plan) for plan in told}
    return found


def _begins(plan: Plan) -> time | None:
    return plan.hours[0].start if plan.hours else None


def list_relied_on(look: Look, unit: Unit, plans: Sequence[Plan]) -> list[Plan]:
    """Those of the plans that a child is looked for by: told by somebody who may, not for practice, and denied by nobody."""
    rules = get_rules(look, unit)
    told = [
        plan
        for plan in plans
        if plan.standing in (Standing.BOOKED, Standing.OFF) and not plan.is_practice and not rules.is_practice(plan.day)
    ]
    blocked = set(_BLOCKED.rows(look, children=[plan.child_id for plan in told if plan.booking is not None]))
    return [plan for plan in told if plan.booking is None or (plan.child_id, plan.booking.told_by) not in blocked]


def is_counted(plan: Plan, lock: datetime) -> bool:
    """Whether the day's hours are used up: also when the child is away, if that was told after the lock at this moment."""
    if plan.absence is not None:
        return bool(plan.hours) and plan.absence.told_at >= lock
    return plan.comes


def counted_minutes(plans: Iterable[Plan], rules: Rules, unit: Unit, *, practice: bool = False) -> int:
    """The minutes that count towards a decision; those told in practice count for nothing."""
    return sum(
        length_of(plan.hours)
        for plan in plans
        if (rules.is_practice(plan.day) or plan.is_practice) == practice
        and is_counted(plan, rules.lock.moment(unit, monday_of(plan.day)))
    )
