"""Texts the leaders of a unit, on the phones that they have registered, ahead of everything: what cannot wait until somebody
looks at a page. Source: security rules S2.2 and S5.3."""

from collections.abc import Collection

import sqlalchemy as sa

from hub.asker import Trust
from hub.desk import Look, Work
from hub.people.places import Unit
from hub.people.staff import Role, RoleHolding, RoleKind, Staff
from hub.post.audience import MAY_ACT
from hub.post.messages import Author, Lane
from hub.post.posting import Post, find_sender, post_beside
from hub.safety.staff_phones import StaffPhone, list_phones
from hub.talk.dialogue import Say
from hub.talk.saying import render
from hub.talk.staff_member import get_staff_thread


def list_leaders(look: Look, unit: Unit) -> list[Staff]:
    """Those who lead the unit today, stand-ins too; the longest there first."""
    rows = look.session.execute(
        sa.select(RoleHolding, Staff)
        .join(Role, Role.id == RoleHolding.role_id)
        .join(Staff, Staff.id == RoleHolding.staff_id)
        .where(Role.unit_id == unit.id, Role.kind == RoleKind.LEADER)
        .order_by(RoleHolding.id)
    )
    today = unit.today(look.now)
    held = [
        staff
        for holding, staff in rows
        if holding.covers(today, look.now) and not (staff.left_at is not None and staff.left_at <= look.now)
    ]
    return list({staff.id: staff for staff in held}.values())


def text_leaders(work: Work, unit: Unit, what: Say, *, but: Collection[str] = ()) -> int:
    """Each in their own language, all `but` these of the staff; to how many phones. None where nobody has registered one,
    or no number of the unit's may write."""
    leaders = {staff.id: staff for staff in list_leaders(work, unit) if staff.id not in but}
    phones = [phone for phone in list_phones(work, leaders) if _may_be_told(work, phone)]
    return sum(_text(work, unit, leaders[phone.staff_id], phone, what) for phone in phones)


def _may_be_told(look: Look, phone: StaffPhone) -> bool:
    return phone.proven_at is not None and phone.proven_at > look.now - MAY_ACT


def _text(work: Work, unit: Unit, staff: Staff, phone: StaffPhone, what: Say) -> bool:
    """Whether there is a number that writes it."""
    work.touch([staff.id, phone.value])
    thread = get_staff_thread(work, unit, staff)
    number = find_sender(work, thread)
    if number is None:
        return False
    text = render(work, staff.language, [what])
    told = Post(
        text=text,
        language=staff.language,
        author=Author.BOT,
        author_id="staff_line",
        lane=Lane.EMERGENCY,
        trust=Trust.CONFIRMED,
        number=number,
    )
    post_beside(work, thread, number, phone.value, told)
    return True
