"""How a family writes on the hub's own pages: the seats that it may write to about a child, and the code that lets it in.

Source: security rules S1.5, S2.2, S3.1 and S5.5.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from hub.address import MAIL, mask
from hub.asker import Trust
from hub.desk import Look, Work
from hub.people.families import Guardian, GuardianAddress
from hub.people.numbers import NumberAllocation, VirtualNumber
from hub.people.places import Unit
from hub.people.staff import Role, RoleGroup, RoleKind
from hub.post.audience import list_addresses
from hub.post.family import Family
from hub.post.messages import Author
from hub.post.posting import Post, post
from hub.safety.access import NotThereError
from hub.safety.address_changes import Code
from hub.talk.routing import Seat, find_holders, get_thread
from hub.talk.seats import find_seat


@dataclass(frozen=True, slots=True)
class OpenSeat:
    """A seat that takes what is written about a child. `reader` is who reads it today, by first name, "" where nobody does."""

    role: Role
    number: VirtualNumber
    unit: Unit
    reader: str


_SEATS = (
    sa.select(Role, VirtualNumber)
    .join(NumberAllocation, NumberAllocation.role_id == Role.id)
    .join(VirtualNumber, VirtualNumber.id == NumberAllocation.number_id)
    .where(
        Role.unit_id == sa.bindparam("unit"),
        Role.kind != RoleKind.ADMINISTRATOR,
        NumberAllocation.released_at.is_(None),
        sa.or_(
            ~sa.exists().where(RoleGroup.role_id == Role.id),
            sa.exists().where(RoleGroup.role_id == Role.id, RoleGroup.group_id == sa.bindparam("group")),
        ),
    )
    .order_by(
        sa.case(
            (Role.kind == RoleKind.CONTACT_TEACHER, 0), (Role.kind.in_([RoleKind.CLUB, RoleKind.CARER]), 1), else_=2
        ),
        NumberAllocation.id,
    )
)


def list_seats(look: Look, family: Family, child_id: str) -> list[OpenSeat]:
    """The seats that serve a child of theirs whom they may write about, at each of its units; the nearest first."""
    seats: dict[str, OpenSeat] = {}
    for place in family.writes:
        if place.child.id != child_id:
            continue
        unit = family.units[place.unit_id]
        for role, number in look.session.execute(_SEATS, {"unit": unit.id, "group": place.group_id}):
            reader = find_holders(look, role.id, unit).reader
            seats.setdefault(role.id, OpenSeat(role, number, unit, reader.first_name if reader is not None else ""))
    return list(seats.values())


def get_open_seat(look: Look, family: Family, child_id: str, role_id: str) -> OpenSeat:
    """Raises: NotThereError."""
    found = next((seat for seat in list_seats(look, family, child_id) if seat.role.id == role_id), None)
    if found is None:
        raise NotThereError
    return found


def send_sign_in_code(
    work: Work, guardian: Guardian, address: GuardianAddress, family: Family, code: Code, code_id: str
) -> bool:
    """To the registered phone or mailbox; the book keeps only that it was sent. False where no unit has a number for it."""
    unit, seat = _find_sender(work, family)
    if seat is None:
        return False
    role, number = seat
    words = work.words.in_language(guardian.language)
    people = list_addresses(work, address.kind, address.value, guardian.owner_id)
    what = Post(
        text=words.say("family_code.kept_by_mail")
        if address.kind == MAIL
        else words.say("family_code.kept", ending=mask(address.value)[-2:]),
        language=guardian.language,
        author=Author.SYSTEM,
        author_id=None,
        trust=Trust.UNKNOWN,
        number=number,
        to=[address],
        said_on_channel=words.say("family_code.text", code=code.figures, unit=unit.name),
        conversation_id=code_id,
    )
    post(work, get_thread(work, Seat(role, unit, people), we_write=True), what)
    return True


def _find_sender(look: Look, family: Family) -> tuple[Unit, tuple[Role, VirtualNumber] | None]:
    """The unit of one of the children that has a number, and the seat there."""
    units: Sequence[Unit] = [family.units[place.unit_id] for place in family.knows]
    for unit in units:
        here = [place.child.id for place in family.knows if place.unit_id == unit.id]
        seat = find_seat(look, unit.id, here)
        if seat is not None:
            return unit, seat
    return units[0], None
