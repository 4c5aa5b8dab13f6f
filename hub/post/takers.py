"""Who may take care of a thread, and giving it to one of them."""

import sqlalchemy as sa

from hub.desk import Look, Work
from hub.doorbell import LIVE
from hub.people.families import Child, Guardianship, Placement
from hub.people.guest_places import GuestStay
from hub.people.staff import WHOLE_UNIT, Role, RoleGroup, RoleHolding, Staff
from hub.post.messages import Thread, list_children_of
from hub.post.reading import LAST_READ, READ_ON, Reader, get_reader, get_thread
from hub.safety.access import DAY, NotThereError
from hub.safety.audit import note
from hub.safety.named_readers import NamedReader


def _groups(place: type[Placement]) -> "sa.Select[str]":
    """Those of the family's children there; of guests, as long as is read about them."""
    asked = (
        sa.select(place.group_id)
        .join(Guardianship, Guardianship.child_id == place.child_id)
        .where(
            Guardianship.guardian_id.in_(sa.bindparam("guardians", expanding=True)),
            place.unit_id == sa.bindparam("unit"),
        )
    )
    if place is Placement:
        return asked
    return asked.where(place.from_day <= DAY, place.to_day >= sa.bindparam("since", type_=sa.Date))


_HOLDERS = (
    sa.select(RoleHolding, Staff)
    .join(Role, Role.id == RoleHolding.role_id)
    .join(Staff, Staff.id == RoleHolding.staff_id)
    .where(
        Role.unit_id == sa.bindparam("unit"),
        sa.or_(
            Role.kind.in_(WHOLE_UNIT),
            *(
                Role.id.in_(sa.select(RoleGroup.role_id).where(RoleGroup.group_id.in_(_groups(place))))
                for place in (Placement, GuestStay)
            ),
        ),
    )
    .order_by(Staff.first_name, Staff.id)
)


def list_takers(look: Look, reader: Reader, thread: Thread) -> list[tuple[str, str]]:
    """Who may be asked to take care of a thread: those at its unit who may read what is newest in it for the reader.

    Returns id and name, by name.
    """
    today = reader.days[thread.unit_id]
    asked = {"unit": thread.unit_id, "guardians": thread.guardian_ids, "day": today, "since": today - READ_ON}
    rows = look.session.execute(_HOLDERS, asked)
    found = {
        staff.id: staff.name
        for holding, staff in rows
        if holding.covers(today, look.now) and (staff.left_at is None or staff.left_at > look.now)
    }
    hidden = _hidden_in_last(look, reader, thread)
    return [(id_, name) for id_, name in found.items() if hidden <= _named_for(look, id_, hidden)]


_LAST_OF = sa.select(LAST_READ).where(Thread.id == sa.bindparam("thread"))
_GUARDED = (
    sa.select(Child.id)
    .join(Guardianship, Guardianship.child_id == Child.id)
    .where(Guardianship.guardian_id.in_(sa.bindparam("guardians", expanding=True)), Child.protected)
)


def _hidden_in_last(look: Look, reader: Reader, thread: Thread) -> set[str]:
    """The protected children whom one must know of to read what the reader has read last here.

    It rests on nothing that is hidden from the reader, so that the list tells them of no child they may not know of.
    """
    last = look.session.scalar(_LAST_OF, reader.bound(thread=thread.id))
    about = set(list_children_of(look, [last])[last]) if last is not None else set()
    guarded = set(look.session.scalars(_GUARDED, {"guardians": thread.guardian_ids}))
    return guarded & about if about else guarded


def _named_for(look: Look, staff_id: str, hidden: set[str]) -> set[str]:
    if not hidden:
        return set()
    return set(
        look.session.scalars(
            sa.select(NamedReader.child_id).where(NamedReader.staff_id == staff_id, NamedReader.child_id.in_(hidden))
        )
    )


def assign(work: Work, thread_id: str, staff_id: str | None) -> None:
    """Give a thread to somebody who may read it, or to nobody. Raises: NotThereError."""
    reader = get_reader(work)
    thread = get_thread(work, reader, thread_id)
    if staff_id is not None and staff_id not in dict(list_takers(work, reader, thread)):
        raise NotThereError
    thread.assigned_to = staff_id
    note(work, "thread.assign", [thread.id, *([staff_id] if staff_id else [])])
    work.ring(LIVE, thread.id)
