"""Whom a plan would reach first by which way: shown to whoever is about to change it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from hub.desk import Look
from hub.people.families import Guardian, GuardianAddress
from hub.post.audience import Freshness, freshness
from hub.post.reach_plans import Plan
from hub.post.reach_wishes import find_wishes
from hub.post.running_kinds import running_kinds
from hub.post.ways import in_order


@dataclass(frozen=True, slots=True)
class Counts:
    """How many guardians each way would reach first; `none` have no address that may be written to, or said no to all."""

    first: Mapping[str, int]
    none: int


def count_reached(look: Look, owner_id: str, plan: Plan) -> Counts:
    """Of all guardians of an owner, as they wish today."""
    running = running_kinds(look)
    own: dict[str, list[GuardianAddress]] = {
        id_: [] for id_ in look.session.scalars(sa.select(Guardian.id).where(Guardian.owner_id == owner_id))
    }
    asked = sa.select(GuardianAddress).where(GuardianAddress.owner_id == owner_id)
    for address in look.session.scalars(asked.order_by(GuardianAddress.rank, GuardianAddress.id)):
        if address.kind in running and freshness(address, look.now) > Freshness.OVER:
            own[address.guardian_id].append(address)
    wishes = find_wishes(look, own)
    first: Counter[str] = Counter()
    for id_, addresses in own.items():
        wish = wishes.get(id_)
        open_ones = [a for a in in_order(addresses, plan, wish) if wish is None or not wish.stops(a.kind, plan.topic)]
        first.update(address.kind for address in open_ones[:1])
    return Counts(dict(first), len(own) - first.total())
