"""What we reckon a month's texts to cost beside what their provider billed: equal, but for texts that are each named here.

Only roads whose provider tells its ledger can be compared, and of their texts only those that had time to get a price.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time

import sqlalchemy as sa

from hub.address import SMS
from hub.desk import Look
from hub.people.families import GuardianAddress
from hub.people.numbers import NumberAllocation, VirtualNumber
from hub.people.places import Owner, Unit
from hub.people.staff import Role
from hub.post.bills import PRICES_COME_WITHIN, Bill, list_read_to
from hub.post.costs import NEVER_LEFT, Charge, Cost, Handed, list_handed, list_seen, next_month
from hub.post.prices import Prices, currency_of
from hub.safety.access import Reach


@dataclass(frozen=True, slots=True)
class Unbilled:
    """A text that a provider took and did not bill. `name` is whose it was, "" where the asker may not see them."""

    unit: Unit
    handed: Handed
    name: str
    cost: Cost


@dataclass(frozen=True, slots=True)
class Unknown:
    """A text that a provider billed, of which we know nothing. `recipient` is the number that it went to; `name` whoever has
    that, "" where the asker may not see them, or nobody has it."""

    bill: Bill
    name: str
    cost: Cost


@dataclass(slots=True)
class Compared:
    """`reckoned` less the `unbilled` and with the `unknown` is `billed`. `waiting` texts have no price yet and are in neither;
    `read_to` is up to when the ledger was read that is furthest behind, None where no road has one."""

    month: date
    reckoned: Cost
    billed: Cost
    read_to: datetime | None
    waiting: int = 0
    unbilled: list[Unbilled] = field(default_factory=list)
    unknown: list[Unknown] = field(default_factory=list)


def compare(look: Look, reach: Reach, units: Sequence[Unit], month: date, prices: Prices) -> Compared:
    """Units of one owner, at least one. It asks no rights to them: its callers do."""
    ledgers = list_read_to(look)
    currency = currency_of(look.session.get_one(Owner, units[0].owner_id).country)
    found = Compared(month, Cost(currency), Cost(currency), min(ledgers.values(), default=None))
    names: dict[str, str] = {}
    for unit in units:
        seen = list_seen(look, reach, unit) if unit.id in reach.leads else {}
        names.update(seen)
        for row in list_handed(look, unit, month, prices):
            if row.channel in ledgers:
                _weigh(found, unit, row, seen, ledgers[row.channel])
    for bill in _list_unknown(look, reach, units, month):
        cost = _cost_of(currency, [Charge(bill.parts, bill.money, bill.currency, is_billed=True)])
        found.billed.add_all(cost)
        found.unknown.append(Unknown(bill, _find_name(look, units[0].owner_id, bill, names), cost))
    return found


def _weigh(found: Compared, unit: Unit, row: Handed, seen: Mapping[str, str], read_to: datetime) -> None:
    cost = _cost_of(found.reckoned.currency, row.charges)
    if row.is_billed:
        found.reckoned.add_all(cost)
        found.billed.add_all(cost)
    elif row.status not in NEVER_LEFT and row.at + PRICES_COME_WITHIN <= read_to:
        found.reckoned.add_all(cost)
        found.unbilled.append(Unbilled(unit, row, seen.get(row.guardian_id or "", ""), cost))
    elif row.status not in NEVER_LEFT:
        found.waiting += 1


def _cost_of(currency: str, charges: Sequence[Charge]) -> Cost:
    cost = Cost(currency)
    for charge in charges:
        cost.add(charge)
    return cost


def _list_unknown(look: Look, reach: Reach, units: Sequence[Unit], month: date) -> list[Bill]:
    """Those from numbers of the units; for an administrator, from any number of the owner's, and from one that is nobody's
    where the store has no other owner."""
    start, end = units[0].moment(month, time()), units[0].moment(next_month(month), time())
    lost = sa.select(Bill).where(Bill.delivery_id.is_(None), Bill.amount.is_not(None), Bill.at >= start, Bill.at < end)
    if not reach.administers:
        ours = (
            sa.select(VirtualNumber.value)
            .join(NumberAllocation, NumberAllocation.number_id == VirtualNumber.id)
            .join(Role, Role.id == NumberAllocation.role_id)
            .where(Role.unit_id.in_([unit.id for unit in units]), NumberAllocation.released_at.is_(None))
        )
        return list(look.session.scalars(lost.where(Bill.sender.in_(ours)).order_by(Bill.at, Bill.id)))
    is_alone = look.session.scalar(sa.select(sa.func.count(Owner.id))) == 1
    of_owner = Bill.sender.in_(sa.select(VirtualNumber.value).where(VirtualNumber.owner_id == reach.owner_id))
    nobodys = ~Bill.sender.in_(sa.select(VirtualNumber.value)) if is_alone else sa.false()
    return list(look.session.scalars(lost.where(sa.or_(of_owner, nobodys)).order_by(Bill.at, Bill.id)))


def _find_name(look: Look, owner_id: str, bill: Bill, names: Mapping[str, str]) -> str:
    ids = look.session.scalars(
        sa.select(GuardianAddress.guardian_id).where(
            GuardianAddress.owner_id == owner_id,
            GuardianAddress.kind == SMS,
            GuardianAddress.value == bill.recipient,
            GuardianAddress.guardian_id.in_(list(names)),
        )
    )
    return ", ".join(sorted({names[id_] for id_ in ids}))
