"""How many texts may go, and for how much money: to one phone, to numbers that begin alike, from a unit, and of an owner,
each by the day it is at the unit; of the money also by the month.

What is over a cap waits for the unit's next opening, or becomes a task for a person where that is too late. Emergency and
safety texts count by themselves, against as much room of their own. Source: security rules S5.3 and S5.5.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from hub.address import SMS, prefix_of
from hub.clock import local_moment
from hub.config import CapSettings
from hub.desk import Work
from hub.parts import count_parts
from hub.people.places import Unit
from hub.post.deliveries import Delivery, Status, fall_short
from hub.post.messages import Lane, Message, Thread, wait_for_person
from hub.post.prices import Prices
from hub.post.reach_plans import find_budgets
from hub.post.roads import Roads
from hub.post.text_counts import DAY, MILLIONTHS, MONEY, NUMBER, PREFIX, UNIT, Key, Scope, Used, add_counts, read_counts
from hub.quick_select import QuickSelect

SURELY_ONE_PART = 70
OVER_BUDGET = "over_budget"
"""The owner's own ceiling for the month is reached. What is urgent is not held to it."""

_UNITS = QuickSelect(
    sa.select(Message.id, Unit.id, Unit.zone, Unit.opens)
    .join(Thread, Thread.id == Message.thread_id)
    .join(Unit, Unit.id == Thread.unit_id)
    .where(Message.id.in_(sa.bindparam("messages", expanding=True)))
)


class _Place(NamedTuple):
    """The unit that writes; `today` is the day it is there."""

    unit_id: str
    zone: str
    opens: time
    today: date


class Tally:
    """The caps for some deliveries that are about to go for the first time: read once, and written once at the end."""

    def __init__(self, work: Work, caps: CapSettings, deliveries: Iterable[Delivery], roads: Roads) -> None:
        fresh = [delivery for delivery in deliveries if _is_counted(delivery)]
        self._caps = caps
        self._prices = Prices(caps.prices, roads)
        self._places = _find_places(work, fresh)
        self._alike: dict[tuple[str, str, bool], dict[Scope, Key]] = {}
        self._keys = {delivery.id: self._keys_of(delivery) for delivery in fresh}
        self._budgets = find_budgets(work, list({delivery.owner_id for delivery in fresh}))
        self._used = read_counts(work, (key for keys in self._keys.values() for key in keys.values()))
        self._added: defaultdict[Key, Used] = defaultdict(Used)

    def find_reason(self, delivery: Delivery) -> str | None:
        """Count the delivery and return None, or say by its code which cap it would break."""
        keys = self._keys.get(delivery.id)
        if keys is None:
            return None
        cost = find_cost(self._prices, delivery)
        used = {scope: self._used[key] for scope, key in keys.items()}
        reason = self._find_broken(used, _leaves_room(delivery), cost)
        if reason is None and cost is not None and self._is_over_budget(delivery, used[Scope.MONTH], cost):
            reason = OVER_BUDGET
        if reason is None:
            for scope, key in keys.items():
                used[scope].add(cost)
                self._added[key].add(cost)
        return reason

    def next_opening(self, delivery: Delivery) -> datetime:
        """When the unit that writes opens on the day after this one, UTC."""
        place = self._places[delivery.message_id]
        opens = place.opens
        return local_moment(place.today + timedelta(days=1), opens.hour, opens.minute, place.zone)

    def write(self, work: Work) -> None:
        """Add what was counted to the store, in the same work as the claim."""
        add_counts(work, self._added)

    def _keys_of(self, delivery: Delivery) -> dict[Scope, Key]:
        place = self._places[delivery.message_id]
        owner_id, recipient, urgent = delivery.owner_id, delivery.recipient, delivery.lane <= Lane.SAFETY
        alike = self._alike.get((place.unit_id, owner_id, urgent))
        if alike is None:
            alike = self._alike[place.unit_id, owner_id, urgent] = _keys_alike(place, owner_id, urgent)
        begins = prefix_of(recipient, self._caps.prefix_digits)
        return {
            Scope.NUMBER: Key(place.today, recipient, Scope.NUMBER, owner_id, urgent),
            Scope.PREFIX: Key(place.today, begins, Scope.PREFIX, owner_id, urgent),
            **alike,
        }

    def _is_over_budget(self, delivery: Delivery, month: Used, cost: int) -> bool:
        budget = self._budgets.get(delivery.owner_id)
        if budget is None or delivery.lane <= Lane.SAFETY:
            return False
        return month.cost + cost > budget * MILLIONTHS

    def _find_broken(self, used: Mapping[Scope, Used], leaves_room: bool, cost: int | None) -> str | None:
        caps = self._caps
        share = caps.bulk_percent if leaves_room else 100
        for scope, cap, reason in (
            (Scope.NUMBER, caps.per_number, NUMBER),
            (Scope.PREFIX, caps.per_prefix, PREFIX),
            (Scope.UNIT, caps.per_unit, UNIT),
            (Scope.OWNER, caps.per_day, DAY),
        ):
            if used[scope].texts * 100 >= cap * share:
                return reason
        for scope, ceiling in ((Scope.OWNER, caps.money_per_day), (Scope.MONTH, caps.money_per_month)):
            if cost is not None and (used[scope].cost + cost) * 100 > ceiling * MILLIONTHS * share:
                return MONEY
        return None


def _keys_alike(place: _Place, owner_id: str, urgent: bool) -> dict[Scope, Key]:
    """Under what all texts of a unit are counted."""
    month = place.today.replace(day=1)
    return {
        Scope.UNIT: Key(place.today, place.unit_id, Scope.UNIT, owner_id, urgent),
        Scope.OWNER: Key(place.today, owner_id, Scope.OWNER, owner_id, urgent),
        Scope.MONTH: Key(month, owner_id, Scope.MONTH, owner_id, urgent),
    }


def hold_back(work: Work, tally: Tally, delivery: Delivery) -> bool:
    """Whether a cap stands in the way. The delivery then waits, or is over where its time ends before the wait does; a person
    sees it, one of many only when it is over."""
    reason = tally.find_reason(delivery)
    if reason is None:
        return False
    if reason == OVER_BUDGET:
        _go_without(work, delivery)
        return True
    opens = tally.next_opening(delivery)
    is_over = opens >= delivery.deadline
    if is_over:
        delivery.end(Status.PARKED, work.now, reason)
    else:
        delivery.due, delivery.reason = opens, reason
    if is_over or delivery.lane != Lane.BULK:
        _tell_staff(work, delivery)
    return True


def _go_without(work: Work, delivery: Delivery) -> None:
    """A way that costs nothing is taken at once; where there is none staff are told, of one of many too."""
    delivery.end(Status.DROPPED, work.now, OVER_BUDGET)
    fall_short(work, delivery)
    if not delivery.has_next:
        _tell_staff(work, delivery)


def _tell_staff(work: Work, delivery: Delivery) -> None:
    thread = work.session.scalar(
        sa.select(Thread).join(Message, Message.thread_id == Thread.id).where(Message.id == delivery.message_id)
    )
    if thread is not None and thread.guardian_ids:
        wait_for_person(work, thread, "over_cap")


def _is_counted(delivery: Delivery) -> bool:
    """A text counts once, however often it is tried: on the day of its first try."""
    return delivery.kind == SMS and delivery.attempted_at is None


def _leaves_room(delivery: Delivery) -> bool:
    """Texts to many leave room for answers, answers to people we do not know for those whom we know, and what one guardian
    can make go to another, for emergencies."""
    to_many = delivery.lane in (Lane.BULK, Lane.SAFETY)
    return to_many or (delivery.guardian_id is None and delivery.lane != Lane.EMERGENCY)


def find_cost(prices: Prices, delivery: Delivery) -> int | None:
    """What a text will cost, in millionths of the owner's currency; None where nobody said what its road and country cost."""
    price = prices.find(delivery.channel, delivery.recipient)
    return None if price is None else round(price * MILLIONTHS) * _parts(delivery.text)


def _parts(text: str) -> int:
    if len(text.encode("utf-16-le", "surrogatepass")) <= 2 * SURELY_ONE_PART:
        return 1
    return count_parts(text).parts


def _find_places(work: Work, deliveries: Sequence[Delivery]) -> dict[str, _Place]:
    """By message."""
    if not deliveries:
        return {}
    rows = _UNITS.rows(work, messages=list({delivery.message_id for delivery in deliveries}))
    days: dict[str, date] = {}
    out = {}
    for message_id, unit_id, zone, opens in rows:
        if zone not in days:
            days[zone] = work.now.astimezone(ZoneInfo(zone)).date()
        out[message_id] = _Place(unit_id, zone, opens, days[zone])
    return out
