"""What a part of a text costs: by its road and by how the number begins, where that is told of the road, else by the country
it goes to.

An owner counts money in its own currency. A provider may bill in another: the two are never added, for nobody told a rate.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

import sqlalchemy as sa

from hub.address import SMS, Address, country_of
from hub.config import Settings
from hub.desk import Look
from hub.people.numbers import NumberAllocation, VirtualNumber
from hub.people.staff import Role
from hub.post.messages import Lane
from hub.post.roads import Roads

_CURRENCIES = {"NO": "NOK", "SE": "SEK", "DK": "DKK", "FO": "DKK", "GL": "DKK", "IS": "ISK", "FI": "EUR", "AX": "EUR"}
_EURO = "EUR"


def currency_of(country: str) -> str:
    """What an owner there counts money in, by its three letters. Source: ISO 4217."""
    return _CURRENCIES.get(country, _EURO)


@dataclass(frozen=True, slots=True)
class Prices:
    """`by_country` are of one part, in the owner's currency, by ISO 3166 alpha-2; `roads` may tell prices of their own."""

    by_country: Mapping[str, Decimal] = field(default_factory=dict)
    roads: Roads = field(default_factory=lambda: Roads({}))

    @classmethod
    def read(cls, settings: Settings) -> "Prices":
        return cls(settings.caps.prices, Roads.read(settings.channels.get(SMS, {})))

    def find(self, road: str, number: str) -> Decimal | None:
        """Of one part to a number by a road; None where nobody said."""
        known = self.roads.roads.get(road)
        price = None if known is None else known.price(number)
        if price is not None or not self.by_country:
            return price
        return self.by_country.get(country_of(Address(SMS, number)) or "")

    def find_ahead(self, own: str, number: str) -> Decimal | None:
        """Of one part to a number, by the road that a text to many would take now from a number of the road `own`."""
        return self.find(self.roads.choose(own, number, Lane.BULK, ()) or own, number)


def find_own_roads(look: Look, unit_ids: Collection[str]) -> dict[str, str]:
    """By unit, the road of the number that it has had longest."""
    rows = look.session.execute(
        sa.select(Role.unit_id, VirtualNumber.channel)
        .join(NumberAllocation, NumberAllocation.role_id == Role.id)
        .join(VirtualNumber, VirtualNumber.id == NumberAllocation.number_id)
        .where(Role.unit_id.in_(list(unit_ids)), NumberAllocation.released_at.is_(None))
        .order_by(NumberAllocation.from_at.desc(), NumberAllocation.id.desc())
    )
    return {row.unit_id: row.channel for row in rows}
