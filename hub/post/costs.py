"""What texts cost: a forecast for a draft, and the ledger of what was handed over, by family, by what it was for, and whole.

A part counts as the provider counted it, where it said so; a text nobody said the price of counts its parts and no money.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import NamedTuple

import sqlalchemy as sa

from hub.address import SMS
from hub.clock import first_id
from hub.config import CapSettings
from hub.desk import Look
from hub.parts import count_parts
from hub.people.families import Right
from hub.people.places import Unit
from hub.post.audience import list_guardians_of
from hub.post.caps import price_of
from hub.post.deliveries import Delivery
from hub.post.messages import Author, Message, Thread
from hub.safety.access import Reach, list_children

LONGEST_HELD = timedelta(days=92)
"""Between a message's being posted and its last delivery's going."""
STAFF, SYSTEM = "staff", "system"


@dataclass(slots=True)
class Cost:
    """`unpriced` texts are in `texts` and `parts`, and not in `money`, which is in the owner's currency."""

    texts: int = 0
    parts: int = 0
    money: Decimal = Decimal(0)
    unpriced: int = 0

    def add(self, parts: int, price: Decimal | None) -> None:
        self.texts += 1
        self.parts += parts
        self.money += (price or Decimal(0)) * parts
        self.unpriced += price is None


class _Handed(NamedTuple):
    """One text that a provider took."""

    guardian_id: str | None
    number: str
    parts: int
    text: str
    author: str
    author_id: str | None

    @property
    def use(self) -> str:
        """What it was for: the name of the bot that said it, "staff" or "system"."""
        if self.author == Author.BOT and self.author_id:
            return self.author_id
        return STAFF if self.author == Author.STAFF else SYSTEM


def forecast(caps: CapSettings, texts: Iterable[tuple[str, str]]) -> Cost:
    """What these texts will cost, each with the number it goes to."""
    cost = Cost()
    for number, text in texts:
        cost.add(count_parts(text).parts, price_of(caps, number))
    return cost


@dataclass(slots=True)
class Ledger:
    """One unit's texts of one month, handed over to a provider. `by_use` has the name of the bot that said it, "staff" or
    "system"; `by_family` the guardians whom the asker may see, by their ids, and under "" all others together."""

    unit: Unit
    month: date
    total: Cost = field(default_factory=Cost)
    by_use: dict[str, Cost] = field(default_factory=dict)
    by_family: dict[str, Cost] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)


def read_ledger(look: Look, reach: Reach, unit: Unit, month: date, caps: CapSettings) -> Ledger:
    """`month` is its first day, by the unit's clock. It asks no rights to the unit: its callers do."""
    ledger = Ledger(unit, month)
    rows = _list_handed(look, unit, month)
    seen = _list_seen(look, reach, unit)
    for row in rows:
        counted, price = row.parts or count_parts(row.text).parts, price_of(caps, row.number)
        family = row.guardian_id if row.guardian_id in seen else ""
        for cost in (
            ledger.total,
            ledger.by_use.setdefault(row.use, Cost()),
            ledger.by_family.setdefault(family, Cost()),
        ):
            cost.add(counted, price)
    ledger.names = seen
    return ledger


def cost_of_messages(look: Look, caps: CapSettings, messages: sa.Select[str | None]) -> Cost:
    """What was handed over of some messages, told by a question for their ids."""
    cost = Cost()
    asked = sa.select(Delivery.recipient, Delivery.parts, Delivery.text).where(
        Delivery.message_id.in_(messages), Delivery.kind == SMS, Delivery.handed_at.is_not(None)
    )
    for number, parts, text in look.session.execute(asked):
        cost.add(parts or count_parts(text).parts, price_of(caps, number))
    return cost


def _list_handed(look: Look, unit: Unit, month: date) -> list[_Handed]:
    start, end = unit.moment(month, time()), unit.moment(next_month(month), time())
    rows = look.session.execute(
        sa.select(
            Delivery.guardian_id, Delivery.recipient, Delivery.parts, Delivery.text, Message.author, Message.author_id
        )
        .join(Message, Message.id == Delivery.message_id)
        .join(Thread, Thread.id == Message.thread_id)
        .where(
            Thread.unit_id == unit.id,
            Delivery.kind == SMS,
            Delivery.handed_at >= start,
            Delivery.handed_at < end,
            Message.id >= first_id(start - LONGEST_HELD),
        )
        .order_by(Delivery.id)
    )
    return [_Handed(*row) for row in rows]


def _list_seen(look: Look, reach: Reach, unit: Unit) -> dict[str, str]:
    """By id, the names of the guardians who may be told of a child here that the asker may see."""
    today = unit.today(look.now)
    children = [child.id for child, _ in list_children(look, reach, unit, today)]
    told = list_guardians_of(look, children, Right.INFORM, today)
    return {guardian.id: guardian.name for guardians in told.values() for guardian in guardians}


def next_month(month: date) -> date:
    return (month.replace(day=1) + timedelta(days=32)).replace(day=1)


def this_month(unit: Unit, now: datetime) -> date:
    return unit.today(now).replace(day=1)
