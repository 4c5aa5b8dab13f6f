"""What *Numbers* does: each act asks for the right to it, does it, and is kept in the audit."""

from datetime import date

from hub.desk import Look, Work
from hub.doorbell import LIVE
from hub.people import holding
from hub.people.numbers import NumberAllocation, VirtualNumber, allocate, find_allocation, release
from hub.people.places import Unit
from hub.people.staff import Role, RoleHolding
from hub.safety.access import NotThereError, Reach, get_reach
from hub.safety.audit import note
from hub.safety.roles import get_colleague, get_role_to_change


def put_stand_in(work: Work, role_id: str, staff_id: str, from_day: date, to_day: date) -> None:
    """Raises: NotThereError, and the refusals of holding.stand_in()."""
    reach, role, unit = _to_change(work, role_id)
    staff = get_colleague(work, reach, unit, staff_id)
    made = holding.stand_in(work, role, unit, staff, from_day, to_day)
    note(work, "role.stand_in", [role.id, staff.id, made.id])
    work.ring(LIVE, unit.id)


def end_standing_in(work: Work, role_id: str, holding_id: str) -> None:
    """Raises: NotThereError."""
    _, role, unit = _to_change(work, role_id)
    found = _get_holding(work, role, holding_id)
    if not found.stand_in:
        raise NotThereError
    holding.end_stand_in(work, found)
    note(work, "role.stand_in_end", [role.id, found.staff_id, found.id])
    work.ring(LIVE, unit.id)


def give_role(work: Work, role_id: str, before_id: str | None, staff_id: str, from_day: date) -> None:
    """Raises: NotThereError, and the refusals of holding.hand_over()."""
    reach, role, unit = _to_change(work, role_id)
    before = None if before_id is None else _get_holding(work, role, before_id)
    staff = get_colleague(work, reach, unit, staff_id)
    made = holding.hand_over(work, role, unit, before, staff, from_day)
    note(work, "role.hand_over", [role.id, staff.id, made.id, *([before.id] if before is not None else [])])
    work.ring(LIVE, unit.id)


def allocate_number(work: Work, role_id: str, number_id: str) -> None:
    """Raises: NotThereError, NumberTakenError, NumberRestsError."""
    _, role, unit = _to_change(work, role_id)
    number = _get_number(work, role, number_id)
    made = allocate(work, number, role)
    note(work, "number.allocate", [role.id, number.id, made.id])
    work.ring(LIVE, unit.id)


def release_number(work: Work, role_id: str, number_id: str) -> None:
    """Raises: NotThereError."""
    _, role, unit = _to_change(work, role_id)
    number = _get_number(work, role, number_id)
    given: NumberAllocation | None = find_allocation(work, number)
    if given is None or given.role_id != role.id:
        raise NotThereError
    release(work, given)
    note(work, "number.release", [role.id, number.id, given.id])
    work.ring(LIVE, unit.id)


def _to_change(look: Look, role_id: str) -> tuple[Reach, Role, Unit]:
    reach = get_reach(look)
    return (reach, *get_role_to_change(look, reach, role_id))


def _get_holding(look: Look, role: Role, holding_id: str) -> RoleHolding:
    found = look.session.get(RoleHolding, holding_id)
    if found is None or found.role_id != role.id:
        raise NotThereError
    return found


def _get_number(look: Look, role: Role, number_id: str) -> VirtualNumber:
    number = look.session.get(VirtualNumber, number_id)
    if number is None or number.owner_id != role.owner_id:
        raise NotThereError
    return number
