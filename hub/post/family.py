"""A family on the hub's own pages: one guardian, or all who use the phone that was proven, who then speak and read as one.

What one of them may not know none of them is shown. Whoever has to do with a protected child is shown nothing behind a code,
for that is no strong sign-in. Source: security rules S1.5, S3.4 and S4.4.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from hub.address import APP
from hub.desk import Look
from hub.people.families import Guardianship, Placement, Right
from hub.people.guest_places import GuestStay
from hub.people.places import Unit
from hub.post.audience import PlacedChild, has_protected_child, list_children_for, list_entitled
from hub.safety.access import NotThereError


@dataclass(frozen=True, slots=True)
class Family:
    """Who they are, and today's children: those they may be informed of, and those they may write about.

    `entitled` are the ids of all children of whom each of them may be informed, wherever they are placed. `is_strong`: who they
    are was proven strongly, just now or a while ago.
    """

    guardian_ids: tuple[str, ...]
    owner_id: str
    units: Mapping[str, Unit]
    knows: tuple[PlacedChild, ...]
    writes: tuple[PlacedChild, ...]
    entitled: frozenset[str]
    is_strong: bool = False

    @property
    def app_address(self) -> str:
        """The address in the app of exactly these people."""
        return f"{APP}:{','.join(self.guardian_ids)}"

    def unit(self, unit_id: str) -> Unit:
        """A unit of theirs; for a word from one that they have left, one where they are."""
        return self.units.get(unit_id) or self.first_unit

    @property
    def first_unit(self) -> Unit:
        """One where they are today: its clock is theirs where no child is meant."""
        return self.units[self.knows[0].unit_id]

    def places_of(self, child_id: str) -> list[PlacedChild]:
        """Where a child of theirs is today, its own places first. Raises: NotThereError."""
        found = [place for place in self.knows if place.child.id == child_id]
        if not found:
            raise NotThereError
        return found

    def may_write_about(self, child_id: str) -> bool:
        return any(place.child.id == child_id for place in self.writes)


_UNITS = (
    sa.select(Unit)
    .where(
        Unit.owner_id == sa.bindparam("owner"),
        sa.or_(
            *(
                Unit.id.in_(
                    sa.select(place.unit_id)
                    .join(Guardianship, Guardianship.child_id == place.child_id)
                    .where(Guardianship.guardian_id.in_(sa.bindparam("guardians", expanding=True)))
                )
                for place in (Placement, GuestStay)
            )
        ),
    )
    .order_by(Unit.id)
)


def find_family(look: Look, owner_id: str, guardian_ids: Sequence[str], *, is_strong: bool = False) -> Family | None:
    """By rights at this moment, each unit by its own day. None where there is nothing that they may be shown."""
    ids = sorted(guardian_ids)
    if not is_strong and any(has_protected_child(look, id_) for id_ in ids):
        return None
    found = look.session.scalars(_UNITS, {"guardians": ids, "owner": owner_id})
    units = {unit.id: unit for unit in found}
    days = {unit.today(look.now) for unit in units.values()}
    knows, writes = [], []
    for day in sorted(days):
        here = {id_ for id_, unit in units.items() if unit.today(look.now) == day}
        told, written = list_children_for(look, ids, (Right.INFORM, Right.WRITE), day, with_guests=True)
        knows += [place for place in told if place.unit_id in here]
        writes += [place for place in written if place.unit_id in here]
    if not knows:
        return None
    return Family(tuple(ids), owner_id, units, tuple(knows), tuple(writes), _entitled(look, ids, days), is_strong)


def _entitled(look: Look, guardian_ids: Sequence[str], days: set[date]) -> frozenset[str]:
    """Those of whom each of them may be informed, whichever of the days it is."""
    found = [list_entitled(look, guardian_ids, Right.INFORM, day) for day in days]
    return frozenset(set.intersection(*(told.get(id_, set()) for told in found for id_ in guardian_ids)))
