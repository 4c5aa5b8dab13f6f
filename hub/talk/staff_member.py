"""Who texts from a registered phone: a member of staff with what they serve today, and the thread that their texts lie in."""

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from hub.address import Address
from hub.asker import Asker, Trust
from hub.desk import Look, Work
from hub.people.families import Block, GuardianAddress
from hub.people.places import Unit
from hub.people.staff import Staff
from hub.post.arrivals import Arrival
from hub.post.audience import MAY_ACT, MAY_BE_NOTICED
from hub.post.messages import Thread, ThreadKind, find_thread_of
from hub.quick_select import QuickSelect
from hub.safety.access import NotThereError, Reach, children_of_guardians, get_reach
from hub.safety.staff_phones import StaffPhone, find_phone
from hub.talk.routing import Route

WHY = "texts from a registered phone"


@dataclass(frozen=True, slots=True)
class Member:
    """Who writes, by which phone, and what they serve today.

    `own` are the children here that somebody with this phone is a guardian of; `barred` those whom one who has it, or had it,
    must not learn of, wherever they work. `is_fresh` while the phone may act. Source: security rules S1.4, S1.5 and S4.1.
    """

    staff: Staff
    phone: StaffPhone
    unit: Unit
    reach: Reach
    today: date
    own: frozenset[str]
    barred: frozenset[str]
    is_fresh: bool


def find_member(work: Work, arrival: Arrival, route: Route) -> Member | None:
    """Whose phone it is, with what they serve at the unit that was written to; from then on it is they who ask.

    None when it is nobody's, nobody's who serves there today, or was proven too long ago.
    """
    found = find_phone(work, route.unit.owner_id, Address(arrival.kind, arrival.sender))
    if found is None or found[0].proven_at is None or found[0].proven_at <= work.now - MAY_BE_NOTICED:
        return None
    (phone, staff), age = found, work.now - found[0].proven_at
    work.asker = Asker("staff", staff.id, Trust.CLAIMED, WHY, staff.owner_id)
    try:
        reach = get_reach(work, Trust.CLAIMED)
    except NotThereError:
        return None
    if route.unit.id not in reach.units:
        return None
    today = route.unit.today(work.now)
    guardians = [guardian.id for _, guardian in route.people]
    own = children_of_guardians(work, guardians, route.unit.id, today)
    barred = _list_barred(work, route.unit.owner_id, Address(arrival.kind, arrival.sender))
    return Member(staff, phone, route.unit, reach, today, frozenset(own), barred, is_fresh=age <= MAY_ACT)


_BLOCKED = QuickSelect(
    sa.select(Block.child_id)
    .join(GuardianAddress, GuardianAddress.guardian_id == Block.guardian_id)
    .where(
        GuardianAddress.owner_id == sa.bindparam("owner"),
        GuardianAddress.kind == sa.bindparam("kind"),
        GuardianAddress.value == sa.bindparam("value"),
        Block.lifted_at.is_(None),
    )
)


def _list_barred(look: Look, owner_id: str, sender: Address) -> frozenset[str]:
    """Also by a phone that the register names no more: a block follows its person. Source: security rule S4.1."""
    found = _BLOCKED.rows(look, owner=owner_id, kind=sender.kind, value=sender.value)
    return frozenset(child_id for (child_id,) in found)


def get_staff_thread(work: Work, unit: Unit, staff: Staff) -> Thread:
    """The thread of one of the staff with the hub, at a unit; opened when there is none."""
    thread = find_thread_of(work, unit.id, [staff.id], ThreadKind.STAFF)
    if thread is None:
        thread = Thread(
            id=work.new_id(),
            owner_id=unit.owner_id,
            unit_id=unit.id,
            party=staff.id,
            kind=ThreadKind.STAFF,
            last_at=work.now,
        )
        work.session.add(thread)
        work.session.flush()
    return thread
