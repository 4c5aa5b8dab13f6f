"""The guardians of a child as staff who serve it know them: by which phone, and what stands in the way of writing to them."""

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from hub.address import SMS, mask
from hub.desk import Look
from hub.people.families import Block, Child, Guardian, GuardianAddress, Guardianship, Right
from hub.post.audience import Freshness, freshness, list_entitled
from hub.safety.coming_of_age import is_of_age


@dataclass(frozen=True, slots=True)
class Known:
    """One guardian. `address` is their first phone, masked; `warning` a short code, or nothing. `phone` is the same, E.164,
    for those alone who are to call. Neither where somebody answers it who is blocked from the child."""

    id: str
    name: str
    relation: str
    lives_with: bool
    address: str
    warning: str
    phone: str = ""


_GUARDIANS_OF = (
    sa.select(Guardianship, Guardian)
    .join(Guardian, Guardian.id == Guardianship.guardian_id)
    .where(Guardianship.child_id == sa.bindparam("child"))
    .order_by(Guardianship.lives_with.desc(), Guardian.first_name, Guardian.id)
)
_BLOCKED = sa.select(Block.guardian_id).where(Block.child_id == sa.bindparam("child"), Block.lifted_at.is_(None))
_PHONES = (
    sa.select(GuardianAddress)
    .where(GuardianAddress.guardian_id.in_(sa.bindparam("guardians", expanding=True)), GuardianAddress.kind == SMS)
    .order_by(GuardianAddress.rank, GuardianAddress.id)
)


def list_known(look: Look, child: Child, day: date) -> list[Known]:
    """All guardians of a child, those who live with it first. It asks no rights of the reader: its callers have."""
    rows = look.session.execute(_GUARDIANS_OF, {"child": child.id}).all()
    ids = [guardian.id for _, guardian in rows]
    entitled = list_entitled(look, ids, Right.INFORM, day)
    blocked = set(look.session.scalars(_BLOCKED, {"child": child.id}))
    closed = (
        {address.value for address in look.session.scalars(_PHONES, {"guardians": list(blocked)})} if blocked else set()
    )
    phones: dict[str, list[GuardianAddress]] = {}
    for address in look.session.scalars(_PHONES, {"guardians": ids}):
        phones.setdefault(address.guardian_id, []).append(address)
    known = []
    for tie, guardian in rows:
        own = [address for address in phones.get(guardian.id, []) if address.value not in closed]
        best = next((a for a in own if freshness(a, look.now) is not Freshness.OVER), own[0] if own else None)
        if guardian.id in blocked:
            warning = "blocked"
        elif child.id not in entitled.get(guardian.id, ()):
            warning = "of_age" if is_of_age(child.birth_date, day) else "no_right"
        else:
            warning = _warn(look, best)
        phone = best.value if best is not None else ""
        shown = mask(phone) if phone else ""
        known.append(Known(guardian.id, guardian.name, tie.relation, tie.lives_with, shown, warning, phone))
    return known


def _warn(look: Look, address: GuardianAddress | None) -> str:
    if address is None:
        return ""
    if freshness(address, look.now) is Freshness.OVER:
        return "gone"
    if address.stopped_at is not None:
        return "stopped"
    return "stale" if freshness(address, look.now) is Freshness.STALE else ""
