"""Which road a text takes where there are several: its number's own, or another that may carry it.

An answer goes by its number's own road, and so does what hurries; what does not, by the cheapest that lets the number stand as
its sender. When a road fails as a whole, texts that surely have not left go by another. Where none lets the number through,
what hurries goes under the name of a road, and says where to write instead, since a name cannot be answered. What may have
left already goes by another road only when it hurries, once, and marked. Source: security rules S5.5, S9.3 and S9.5.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

import sqlalchemy as sa
from pydantic import Field, ValidationError, field_validator

from hub.address import SMS, Address
from hub.config import Section, SettingsError, explain
from hub.desk import Look, Work
from hub.people.numbers import VirtualNumber, find_number
from hub.post.deliveries import RANK, Delivery, Status
from hub.post.messages import Lane, Message
from hub.post.pauses import Pause
from hub.quick_select import QuickSelect

AT_ONCE = 200
SURELY_LOST_TRACK = timedelta(seconds=30)
"""How long an attempt of unknown fate may be looked for by its own road before another repeats what hurries."""
PREFIX_DIGITS = 8


class Road(Section):
    """One table of `[channels.sms.roads]`. `prices` are of one part, in the owner's currency, by how the number begins
    ("+47"; the longest counts). `carries`: texts from numbers of other roads may name their number as the sender here.
    `sender_name` is the name under which this road sends what hurries from numbers that it does not carry."""

    prices: dict[str, Decimal] = Field(default_factory=dict)
    carries: bool = False
    sender_name: str = Field(default="", pattern=r"^([A-Za-z0-9 ]{0,10}[A-Za-z][A-Za-z0-9 ]{0,10})?$", max_length=11)

    @field_validator("prices")
    @classmethod
    def _are_of_prefixes(cls, prices: dict[str, Decimal]) -> dict[str, Decimal]:
        for prefix, price in prices.items():
            digits = prefix.removeprefix("+")
            if not prefix.startswith("+") or (digits and not digits.isdigit()) or len(digits) > PREFIX_DIGITS:
                raise ValueError('names what no number begins with, as "+47" does')
            if not price.is_finite() or price < 0:
                raise ValueError("holds what is no price")
        return prices

    def price(self, recipient: str) -> Decimal | None:
        """Of one part to that number; None where nobody said."""
        found = [prefix for prefix in self.prices if recipient.startswith(prefix)]
        return self.prices[max(found, key=len)] if found else None


_OWN = QuickSelect(
    sa.select(VirtualNumber.value, VirtualNumber.channel).where(
        VirtualNumber.value.in_(sa.bindparam("senders", expanding=True))
    )
)


@dataclass(frozen=True, slots=True)
class Roads:
    """All that are in use, by the name of their channel. With one there is nothing to choose."""

    roads: Mapping[str, Road]

    @classmethod
    def read(cls, section: Mapping[str, object]) -> "Roads":
        """From `[channels.sms]`. Raises: SettingsError."""
        told, use = section.get("roads", {}), section.get("use", ())
        names = [str(name) for name in use] if isinstance(use, Collection) else []
        if not isinstance(told, Mapping):
            raise SettingsError("The setting channels.sms.roads is no table.")
        for name in told:
            if name not in names:
                raise SettingsError(f"The setting channels.sms.roads.{name} names no road that is in use.")
        try:
            return cls({name: Road.model_validate(told.get(name, {})) for name in names})
        except ValidationError as error:
            raise SettingsError(explain(error, "channels.sms.roads")) from None

    def __bool__(self) -> bool:
        return len(self.roads) > 1

    def choose(self, own: str, recipient: str, lane: int, paused: Collection[str]) -> str | None:
        """The road for a text from a number of the road `own`; None when it is to wait."""
        whole = [name for name, road in self.roads.items() if (name == own or road.carries) and name not in paused]
        if own in whole and lane not in (Lane.ORDINARY, Lane.BULK):
            return own
        if whole:
            return self._cheapest(whole, own, recipient)
        named = [name for name, road in self.roads.items() if road.sender_name and name not in paused]
        return self._cheapest(named, own, recipient) if named and lane <= Lane.SAFETY else None

    def _cheapest(self, names: Collection[str], own: str, recipient: str) -> str:
        """Where prices are alike, or untold, the number's own."""
        prices = {name: self.roads[name].price(recipient) for name in names}
        return min(names, key=lambda name: (prices[name] is None, prices[name] or 0, name != own))

    def find_own(self, look: Look, deliveries: Collection[Delivery]) -> dict[str, str]:
        """The own road of each number that stands as a sender."""
        senders = list({delivery.sender for delivery in deliveries if delivery.kind == SMS})
        return dict(_OWN.rows(look, senders=senders)) if senders else {}

    def write(self, look: Look, delivery: Delivery, own: str) -> tuple[Address, str]:
        """The sender and the text as its road carries them: under a name, the text says where to write instead."""
        road = self.roads.get(delivery.channel)
        number = Address(delivery.kind, delivery.sender)
        if road is None or delivery.channel == own or road.carries or not road.sender_name:
            return number, delivery.text
        language = look.session.scalar(sa.select(Message.language).where(Message.id == delivery.message_id))
        words = look.words.in_language(language) if language else look.words
        held = find_number(look, delivery.sender)
        shown = held.shown if held is not None else delivery.sender
        return Address(SMS, road.sender_name), f"{delivery.text}\n{words.say('roads.write_to', number=shown)}"

    def take_cheapest(self, work: Work, deliveries: Collection[Delivery], paused: Collection[str]) -> None:
        """What has never been tried goes by the road that it should go by now."""
        fresh = [d for d in deliveries if d.kind == SMS and d.attempted_at is None and d.status == Status.WAITING]
        own = self.find_own(work, fresh)
        for delivery in fresh:
            if delivery.sender in own:
                way = self.choose(own[delivery.sender], delivery.recipient, delivery.lane, paused)
                _put_on(delivery, way, own[delivery.sender])

    def turn_off(self, work: Work, paused: Mapping[str, Pause]) -> int:
        """What would wait for a road that fails as a whole goes by another where one may carry it; how many that was."""
        held = list(
            work.session.scalars(
                sa.select(Delivery)
                .where(
                    Delivery.kind == SMS,
                    Delivery.channel.in_(paused),
                    Delivery.rank < RANK[Status.ACCEPTED],
                    sa.or_(Delivery.due <= work.now, Delivery.reason.in_({pause.reason for pause in paused.values()})),
                )
                .order_by(Delivery.lane, Delivery.due, Delivery.id)
                .limit(AT_ONCE)
                .with_for_update(skip_locked=True)
            )
        )
        own = self.find_own(work, held)
        return sum(self._turn_one_off(work, delivery, own.get(delivery.sender), paused) for delivery in held)

    def _turn_one_off(self, work: Work, delivery: Delivery, own: str | None, paused: Mapping[str, Pause]) -> bool:
        way = self.choose(own, delivery.recipient, delivery.lane, paused) if own is not None else None
        if own is None or way is None or way == delivery.channel:
            return False
        if delivery.status != Status.WAITING:
            if not _may_be_repeated(work, delivery):
                return False
            delivery.mark("repeated")
            delivery.status, delivery.rank = Status.WAITING, RANK[Status.WAITING]
            delivery.lease_until = delivery.attempted_at = None
        delivery.due = min(delivery.due, work.now)
        _put_on(delivery, way, own)
        return True


def _may_be_repeated(look: Look, delivery: Delivery) -> bool:
    """It hurries, was looked for, and was neither repeated yet nor taken back."""
    return (
        delivery.lane <= Lane.SAFETY
        and not delivery.is_taken_back
        and "repeated" not in (delivery.marks or [])
        and delivery.reason is not None
        and delivery.attempted_at is not None
        and delivery.attempted_at <= look.now - SURELY_LOST_TRACK
    )


def _put_on(delivery: Delivery, way: str | None, own: str) -> None:
    if way is not None and way != delivery.channel:
        delivery.channel = way
        if way != own:
            delivery.mark_once(f"road:{way}")
