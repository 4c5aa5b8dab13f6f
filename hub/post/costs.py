"""What texts cost: a forecast for a draft, and the ledger of what was handed over, by family, by what it was for, and whole.

A text costs what its provider billed for it. Where that is not told, or not yet, it costs its parts, as the provider counted
them, at the price of its road; a text nobody said the price of counts its parts and no money. All sums are exact.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

import sqlalchemy as sa

from hub.address import SMS
from hub.clock import first_id
from hub.desk import Look
from hub.parts import count_parts
from hub.people.families import Right
from hub.people.places import Owner, Unit
from hub.post.audience import list_guardians_of
from hub.post.bills import Bill, list_read_to
from hub.post.deliveries import Delivery, Status
from hub.post.messages import Author, Message, Thread
from hub.post.prices import Prices, currency_of
from hub.safety.access import Reach, list_children

LONGEST_HELD = timedelta(days=92)
"""Between a message's being posted and its last delivery's going."""
STAFF, SYSTEM = "staff", "system"
NEVER_LEFT = frozenset({Status.FAILED, Status.CANCELED})


class Charge(NamedTuple):
    """What one text cost: `money` in `currency`, None where nobody knows. `is_billed`: by the provider's own word."""

    parts: int
    money: Decimal | None
    currency: str
    is_billed: bool = False


@dataclass(slots=True)
class Cost:
    """`unpriced` texts are in `texts` and `parts`, and in no money. `money` is in `currency`, the owner's; `foreign` by the
    currencies in which a provider billed otherwise. `billed` texts cost what their provider said, the others what is
    reckoned."""

    currency: str = ""
    texts: int = 0
    parts: int = 0
    money: Decimal = Decimal(0)
    unpriced: int = 0
    billed: int = 0
    foreign: dict[str, Decimal] = field(default_factory=dict)

    def add(self, charge: Charge) -> None:
        self.texts += 1
        self.parts += charge.parts
        self.billed += charge.is_billed
        if charge.money is None:
            self.unpriced += 1
        elif charge.currency == self.currency:
            self.money += charge.money
        else:
            self.foreign[charge.currency] = self.foreign.get(charge.currency, Decimal(0)) + charge.money

    def add_all(self, other: "Cost") -> None:
        """What another has, of the same owner."""
        self.texts += other.texts
        self.parts += other.parts
        self.money += other.money
        self.unpriced += other.unpriced
        self.billed += other.billed
        for currency, money in other.foreign.items():
            self.foreign[currency] = self.foreign.get(currency, Decimal(0)) + money

    @property
    def moneys(self) -> list[tuple[str, Decimal]]:
        """By currency, the owner's own first; the owner's is left out where all that is known was billed otherwise."""
        known = self.texts - self.unpriced
        own = [] if self.foreign and not self.money else [(self.currency, self.money)]
        return [*own, *sorted(self.foreign.items())] if known else []


class Handed(NamedTuple):
    """One text that a provider took, to one guardian, with what it cost: several charges where it was sent twice."""

    delivery_id: str
    message_id: str
    thread_id: str
    guardian_id: str | None
    at: datetime
    use: str
    channel: str
    provider_id: str | None
    status: str
    charges: tuple[Charge, ...]

    @property
    def is_billed(self) -> bool:
        return all(charge.is_billed for charge in self.charges)


def forecast(prices: Prices, currency: str, texts: Iterable[tuple[str, str, str]]) -> Cost:
    """What these texts will cost, each with the road of the number it comes from and the number it goes to."""
    cost = Cost(currency)
    for road, number, text in texts:
        cost.add(Charge(count_parts(text).parts, prices.find_ahead(road, number), currency))
    return cost


@dataclass(slots=True)
class Ledger:
    """One unit's texts of one month, handed over to a provider. `by_use` has the name of the bot that said it, "staff" or
    "system"; `by_family` the guardians whom the asker may see, by their ids, and under "" all others together."""

    unit: Unit
    month: date
    total: Cost
    by_use: dict[str, Cost] = field(default_factory=dict)
    by_family: dict[str, Cost] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)


def read_ledger(look: Look, reach: Reach, unit: Unit, month: date, prices: Prices) -> Ledger:
    """`month` is its first day, by the unit's clock. It asks no rights to the unit: its callers do."""
    currency = find_currency(look, unit)
    ledger = Ledger(unit, month, Cost(currency))
    seen = list_seen(look, reach, unit)
    for row in list_handed(look, unit, month, prices):
        family = row.guardian_id if row.guardian_id in seen else ""
        of_use = ledger.by_use.setdefault(row.use, Cost(currency))
        of_family = ledger.by_family.setdefault(family or "", Cost(currency))
        for charge in row.charges:
            for cost in (ledger.total, of_use, of_family):
                cost.add(charge)
    ledger.names = seen
    return ledger


def cost_of_messages(look: Look, prices: Prices, messages: sa.Select[str | None]) -> Cost:
    """What was handed over of some messages of one owner, told by a question for their ids."""
    asked = _HANDED.where(Delivery.message_id.in_(messages), Delivery.handed_at.is_not(None)).order_by(Delivery.id)
    handed = _charge(look, asked, prices)
    cost = Cost(_currency_at(look, messages))
    for row in handed:
        for charge in row.charges:
            cost.add(charge)
    return cost


def _currency_at(look: Look, messages: sa.Select[str | None]) -> str:
    owner = (
        sa.select(Owner.country).join(Message, Message.owner_id == Owner.id).where(Message.id.in_(messages)).limit(1)
    )
    return currency_of(look.session.scalar(owner) or "")


def find_currency(look: Look, unit: Unit) -> str:
    """What the owner of a unit counts money in."""
    return currency_of(look.session.get_one(Owner, unit.owner_id).country)


_HANDED = (
    sa.select(
        Delivery.id,
        Delivery.message_id,
        Message.thread_id,
        Delivery.guardian_id,
        sa.func.coalesce(Delivery.handed_at, Delivery.attempted_at, Delivery.due, type_=Delivery.due.type),
        Message.author,
        Message.author_id,
        Delivery.channel,
        Delivery.provider_id,
        Delivery.status,
        Delivery.recipient,
        Delivery.parts,
        Delivery.text,
        Owner.country,
    )
    .join(Message, Message.id == Delivery.message_id)
    .join(Thread, Thread.id == Message.thread_id)
    .join(Owner, Owner.id == Delivery.owner_id)
    .where(Delivery.kind == SMS)
)


def list_handed(look: Look, unit: Unit, month: date, prices: Prices) -> list[Handed]:
    """What a provider took from a unit in a month by the unit's clock; also what it billed, and never told us that it took."""
    start, end = unit.moment(month, time()), unit.moment(next_month(month), time())
    at_unit = _HANDED.where(Thread.unit_id == unit.id, Message.id >= first_id(start - LONGEST_HELD))
    told = at_unit.where(Delivery.handed_at >= start, Delivery.handed_at < end).order_by(Delivery.id)
    billed = sa.select(Bill.delivery_id).where(Bill.at >= start, Bill.at < end)
    untold = at_unit.where(Delivery.handed_at.is_(None), Delivery.id.in_(billed)).order_by(Delivery.id)
    return [*_charge(look, told, prices), *_charge(look, untold, prices)]


def _charge(look: Look, asked: sa.Select[*tuple[Any, ...]], prices: Prices) -> list[Handed]:
    rows = look.session.execute(asked).all()
    bills = _list_bills(look, asked)
    ledgers = list_read_to(look)
    out = []
    for id_, message, thread, guardian, at, author, by, road, sid, status, number, parts, text, country in rows:
        counted, home = parts or count_parts(text).parts, currency_of(country)
        charges = tuple(
            Charge(bill.parts or counted, bill.money, bill.currency, is_billed=True)
            for bill in bills[id_]
            if bill.money is not None
        )
        if not charges:
            free = status in NEVER_LEFT and road in ledgers
            price = Decimal(0) if free else prices.find(road, number)
            charges = (Charge(counted, None if price is None else price * counted, home),)
        use = by if author == Author.BOT and by else STAFF if author == Author.STAFF else SYSTEM
        out.append(Handed(id_, message, thread, guardian, at, use, road, sid, status, charges))
    return out


def _list_bills(look: Look, asked: sa.Select[*tuple[Any, ...]]) -> Mapping[str, Collection[Bill]]:
    """By delivery, what a provider billed for those that are asked about."""
    ids = asked.order_by(None).with_only_columns(Delivery.id)
    bills: defaultdict[str, list[Bill]] = defaultdict(list)
    for bill in look.session.scalars(sa.select(Bill).where(Bill.delivery_id.in_(ids)).order_by(Bill.id)):
        bills[bill.delivery_id or ""].append(bill)
    return bills


def list_seen(look: Look, reach: Reach, unit: Unit) -> dict[str, str]:
    """By id, the names of the guardians who may be told of a child here that the asker may see."""
    today = unit.today(look.now)
    children = [child.id for child, _ in list_children(look, reach, unit, today)]
    told = list_guardians_of(look, children, Right.INFORM, today)
    return {guardian.id: guardian.name for guardians in told.values() for guardian in guardians}


def next_month(month: date) -> date:
    return (month.replace(day=1) + timedelta(days=32)).replace(day=1)


def this_month(unit: Unit, now: datetime) -> date:
    return unit.today(now).replace(day=1)
