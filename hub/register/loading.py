"""Holds a register against the store, and carries it out: in one work, the same plan both times."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from itertools import count
from typing import TypeVar

from hub.desk import Look, Work
from hub.register.calendars import plan_closed_days
from hub.register.changes import Changes
from hub.register.families import plan_children, plan_guardians
from hub.register.guardianships import find_blocks, plan_guardianships
from hub.register.national_ids import plan_national_ids
from hub.register.places import plan_groups, plan_numbers, plan_owner, plan_roles, plan_staff, plan_units
from hub.register.plan import Plan
from hub.register.postal_addresses import plan_postal_addresses
from hub.register.pupils import list_pupils
from hub.register.reading import SENTENCES_AT_MOST, RegisterError
from hub.register.rows import Register, Row
from hub.safety.audit import note
from hub.safety.pupils import grant_by_age
from hub.school.consent_catalogue import ship_kinds
from hub.seal import Seal

R = TypeVar("R", bound=Row)


class TooLargeError(RegisterError):
    """So many families would change that somebody must say that it is meant."""


def compare(look: Look, register: Register, approve: Collection[str] = (), seal: Seal | None = None) -> Changes:
    """What `apply` would do now. Raises: RegisterError when the register does not fit the store."""
    numbers = count()
    return _plan(look, register, approve, seal, lambda: f"new-{next(numbers)}").changes()


def apply(
    work: Work, register: Register, approve: Collection[str] = (), large: bool = False, seal: Seal | None = None
) -> Changes:
    """Make the store say what the register says. `approve` holds the keys of waiting changes somebody has said yes to; without
    the hub's `seal` a register that has national ids cannot be loaded.

    Raises: RegisterError; TooLargeError without `large`. Source: security rule S4.2.
    """
    plan = _plan(work, register, approve, seal, work.new_id)
    changes = plan.changes()
    if changes.large and not large:
        raise TooLargeError(
            [f"So many families of {owner} would change that it may be a mistake." for owner in changes.large]
        )
    plan.carry_out(work)
    for owner_id in plan.owner_ids:
        ship_kinds(work, owner_id)
    note(work, "register loaded", plan.owner_ids)
    for key in sorted(plan.used_approvals):
        note(work, "register change approved", [key])
    return changes


def _plan(
    look: Look, register: Register, approve: Collection[str], seal: Seal | None, new_id: Callable[[], str]
) -> Plan:
    plan = Plan(look, new_id, frozenset(approve), seal)
    parts = _part(register)
    for owner, part in parts.items():
        _plan_owner(plan, owner, part)
    if not plan.faults:
        plan.faults.extend(
            f"Nothing waits for an approval of {key}." for key in sorted(set(approve) - plan.used_approvals)
        )
    if plan.faults:
        raise RegisterError(plan.faults[:SENTENCES_AT_MOST])
    return plan


def _plan_owner(plan: Plan, owner: str, part: Register) -> None:
    scope = plan_owner(plan, owner, next(iter(part.owners), None), part.units)
    if scope is None:
        return
    plan.owner_ids.append(scope.owner_id)
    plan_units(plan, scope, part.units)
    plan_closed_days(plan, scope, part.closed_days)
    plan_groups(plan, scope, part.groups)
    plan_roles(plan, scope, part.roles)
    plan_numbers(plan, scope, part.numbers)
    plan_staff(plan, scope, part.staff)
    protected = plan_children(plan, scope, part.children)
    pupils = list_pupils(plan, scope, part.children)
    addresses = plan_guardians(plan, scope, [*part.guardians, *(pupil.person for pupil in pupils)])
    plan_national_ids(plan, scope, part.guardians)
    blocks = find_blocks(plan, scope, addresses)
    ties = [*part.guardianships, *(pupil.tie for pupil in pupils)]
    plan_postal_addresses(plan, scope, part.guardians, ties, protected)
    plan_guardianships(plan, scope, ties, protected, blocks)
    plan.at_last(lambda work: grant_by_age(work, scope.owner_id))


def _part(register: Register) -> dict[str, Register]:
    """The register of each owner. Raises: RegisterError when a row does not say whose it is."""
    owners = [row.id for row in register.owners]
    only = owners[0] if len(owners) == 1 else None
    parts = {row.id: Register(owners=[row]) for row in register.owners}
    nameless: Counter[str] = Counter()

    def share(name: str, rows: Iterable[R], of: Callable[[Register], list[R]]) -> None:
        for row in rows:
            owner = row.owner or only
            if owner is None:
                nameless[name] += 1
            else:
                of(parts.setdefault(owner, Register())).append(row)

    share("units", register.units, lambda part: part.units)
    share("groups", register.groups, lambda part: part.groups)
    share("roles", register.roles, lambda part: part.roles)
    share("numbers", register.numbers, lambda part: part.numbers)
    share("staff", register.staff, lambda part: part.staff)
    share("children", register.children, lambda part: part.children)
    share("guardians", register.guardians, lambda part: part.guardians)
    share("guardianships", register.guardianships, lambda part: part.guardianships)
    share("closed_days", register.closed_days, lambda part: part.closed_days)
    if nameless:
        raise RegisterError(
            f"In {name}, {times} rows do not name their owner, and the register has not just one."
            for name, times in nameless.items()
        )
    return parts
