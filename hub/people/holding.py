"""Who holds a role from day to day: standing in for somebody from a date to a date, and handing a role over.

A day is the unit's; both ends of a span belong to it. Nothing here is ever erased: what ended says when.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa

from hub.desk import Look, Refusal, Work
from hub.people.places import Unit
from hub.people.staff import Role, RoleHolding, Staff


class SpanTurnedError(Refusal):
    """The last day is before the first."""

    words = "numbers.span_turned"


class SpanOverError(Refusal):
    """The span begins before today, and the past is not changed."""

    words = "numbers.span_over"


class SomebodyStandsInError(Refusal):
    """Another person stands in on one of these days."""

    words = "numbers.somebody_stands_in"


class HoldsAlreadyError(Refusal):
    """This person holds the role on one of these days."""

    words = "numbers.holds_already"


class HasLeftError(Refusal):
    """This person does not work here any more."""

    words = "numbers.has_left"


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody's time in a role that is not over. `is_now` when it has begun."""

    holding: RoleHolding
    staff: Staff
    is_now: bool


def list_holders(look: Look, role: Role, unit: Unit) -> list[Holder]:
    """Who holds a role today or later, the first to begin first."""
    return list_holders_of(look, [role], unit)[role.id]


def list_holders_of(look: Look, roles: Sequence[Role], unit: Unit) -> dict[str, list[Holder]]:
    """The same for several roles of a unit, by role."""
    today = unit.today(look.now)
    out: dict[str, list[Holder]] = {role.id: [] for role in roles}
    rows = look.session.execute(
        sa.select(RoleHolding, Staff)
        .join(Staff, Staff.id == RoleHolding.staff_id)
        .where(
            RoleHolding.role_id.in_(out),
            sa.or_(RoleHolding.to_day.is_(None), RoleHolding.to_day >= today),
        )
        .order_by(RoleHolding.from_day, RoleHolding.id)
    )
    for holding, staff in rows:
        if not holding.is_ended(look.now) and not staff.has_left(look.now):
            out[holding.role_id].append(Holder(holding, staff, holding.from_day <= today))
    return out


def stand_in(work: Work, role: Role, unit: Unit, staff: Staff, from_day: date, to_day: date) -> RoleHolding:
    """Let somebody stand in for whoever holds the role.

    Raises: SpanTurnedError, SpanOverError, HasLeftError, HoldsAlreadyError, SomebodyStandsInError.
    """
    _check(work, role, unit, staff, from_day, to_day)
    meanwhile = _list_meanwhile(work, role, unit, from_day, to_day)
    if any(holder.staff.id == staff.id for holder in meanwhile):
        raise HoldsAlreadyError
    if any(holder.holding.stand_in for holder in meanwhile):
        raise SomebodyStandsInError
    return begin(work, role, staff, from_day, to_day, is_stand_in=True)


def end_stand_in(work: Work, holding: RoleHolding) -> None:
    """They stand in no longer, from this moment."""
    if not holding.is_ended(work.now):
        holding.ended_at = work.now


def hand_over(
    work: Work, role: Role, unit: Unit, before: RoleHolding | None, staff: Staff, from_day: date
) -> RoleHolding:
    """Somebody holds the role from a day on; whoever held it `before` holds it until the day before that.

    Raises: SpanOverError, HasLeftError, HoldsAlreadyError.
    """
    _check(work, role, unit, staff, from_day, None)
    if any(
        h.staff.id == staff.id and not h.holding.stand_in for h in _list_meanwhile(work, role, unit, from_day, None)
    ):
        raise HoldsAlreadyError
    if before is not None:
        if before.from_day >= from_day:
            before.ended_at = work.now
        else:
            before.to_day = from_day - timedelta(days=1)
    return begin(work, role, staff, from_day, None, is_stand_in=False)


def _check(work: Work, role: Role, unit: Unit, staff: Staff, from_day: date, to_day: date | None) -> None:
    """Ask what can be asked of the span and the person, and let nobody else change who holds the role meanwhile."""
    work.session.execute(sa.select(Role.id).where(Role.id == role.id).with_for_update())
    if to_day is not None and to_day < from_day:
        raise SpanTurnedError
    if from_day < unit.today(work.now):
        raise SpanOverError
    if staff.has_left(work.now):
        raise HasLeftError


def _list_meanwhile(look: Look, role: Role, unit: Unit, from_day: date, to_day: date | None) -> list[Holder]:
    """Whose time in the role meets the span."""
    return [
        holder
        for holder in list_holders(look, role, unit)
        if (holder.holding.to_day is None or holder.holding.to_day >= from_day)
        and (to_day is None or holder.holding.from_day <= to_day)
    ]


def begin(
    work: Work, role: Role, staff: Staff, from_day: date, to_day: date | None, *, is_stand_in: bool
) -> RoleHolding:
    """The holding itself, for callers that have asked whether it may be."""
    holding = RoleHolding(
        id=work.new_id(),
        owner_id=role.owner_id,
        role_id=role.id,
        staff_id=staff.id,
        from_day=from_day,
        to_day=to_day,
        made_at=work.now,
        stand_in=is_stand_in,
    )
    work.session.add(holding)
    work.session.flush()
    return holding
