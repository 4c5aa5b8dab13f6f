"""Goes on to the next way of reaching a guardian who gave no sign by the last one, as the owner planned; at the end a person
rings them.

It is asked of the store what is due, so a waking that is missed does no harm. What still waits on the earlier way does not
go out behind the next one, and who has given a sign is sent nothing more. Nobody reads along on the next way who does not read
in the thread, or where the message went first: a mailbox that two homes share is no way for what one of them is written.
Source: security rules S1.5 and S4.3.
"""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from hub.address import Address
from hub.database import Utc
from hub.desk import Look, Work
from hub.doorbell import DELIVERIES
from hub.people.families import GuardianAddress, Right
from hub.people.numbers import VirtualNumber
from hub.people.places import Unit
from hub.post.audience import list_addresses, list_entitled
from hub.post.deliveries import FAILED_ENDS, RANK, Delivery, Status, tell_staff
from hub.post.messages import Lane, Message, Thread, list_children_of
from hub.post.posting import DEADLINES, channel_of, find_sender, plan_climbing
from hub.post.reach_plans import get_plans
from hub.post.reach_wishes import find_wish
from hub.post.signs import NEXT_WAY, has_sign
from hub.post.topics import Topic
from hub.post.unreached import put_on_list
from hub.post.ways import list_ways

AT_ONCE = 100
NO_SIGN = "no_sign"
OTHER_WAY = "other_way"
"""Why the earlier delivery was taken back before it went."""
FOR_NOBODY = frozenset({"no_right"})
"""Who may not be told is neither sought elsewhere nor rung; who merely shares a phone with such a one is."""

_NOW = sa.bindparam("now", type_=Utc)
_DUE = (
    sa.select(Delivery.id).where(Delivery.climbs_at <= _NOW).order_by(Delivery.lane, Delivery.climbs_at).limit(AT_ONCE)
)


def list_climbing(look: Look) -> list[str]:
    """The deliveries about which it is time to decide, the most urgent first."""
    return list(look.session.scalars(_DUE, {"now": look.now}))


def climb_on(work: Work, ids: Sequence[str]) -> None:
    """Decide about these, each only if it still is due."""
    due = sa.select(Delivery).where(Delivery.id.in_(ids), Delivery.climbs_at <= _NOW).order_by(Delivery.id)
    for delivery in work.session.scalars(due.with_for_update(skip_locked=True), {"now": work.now}).all():
        _Climb(work, delivery).decide()
    work.ring(DELIVERIES)


class _Climb:
    """One guardian, one message, and the latest way that was tried."""

    def __init__(self, work: Work, delivery: Delivery) -> None:
        self._work = work
        self._delivery = delivery
        self._topic = Topic(delivery.topic or Topic.DAILY)
        self._plan = get_plans(work, delivery.owner_id)[self._topic]
        self._guardian_id = delivery.guardian_id or ""

    def decide(self) -> None:
        delivery = self._delivery
        waits_until = self._waits_until()
        if waits_until is not None:
            delivery.climbs_at = waits_until + self._plan.wait_for(delivery.kind)
            return
        delivery.climbs_at = None
        if delivery.status == Status.DROPPED and delivery.reason in FOR_NOBODY and not self._may_know():
            tell_staff(self._work, delivery)
            return
        is_over = delivery.status == Status.UNDONE
        if is_over or has_sign(self._work, delivery.message_id, self._guardian_id, self._plan.until):
            return
        way = self._next_way()
        if way is None:
            self._leave_to_person()
        else:
            self._take(way)

    def _may_know(self) -> bool:
        """Whether it was only somebody else at the address who may not: then a way of their own is taken."""
        work, delivery = self._work, self._delivery
        message = work.session.get_one(Message, delivery.message_id)
        unit = work.session.get_one(Unit, work.session.get_one(Thread, message.thread_id).unit_id)
        told = {*list_children_of(work, [message.id])[message.id], *(delivery.beside or ())}
        known = list_entitled(work, [self._guardian_id], Right.INFORM, unit.today(work.now))
        return told <= known.get(self._guardian_id, set())

    def _waits_until(self) -> datetime | None:
        """It was held back, by quiet hours or a cap, and has not had its time."""
        delivery = self._delivery
        is_held = delivery.rank == RANK[Status.WAITING] and delivery.due > self._work.now and not delivery.troubles
        return delivery.due if is_held else None

    def _tried(self) -> set[str]:
        question = sa.select(Delivery.kind).where(
            Delivery.message_id == self._delivery.message_id, Delivery.guardian_id == self._guardian_id
        )
        return set(self._work.session.scalars(question))

    def _next_way(self) -> GuardianAddress | None:
        """The first kind of address not tried before that the guardian has not closed."""
        tried, readers = self._tried(), self._readers()
        wish = find_wish(self._work, self._guardian_id)
        for way in list_ways(self._work, self._guardian_id, self._topic):
            is_stopped = way.stopped_at is not None and (way.is_closed or self._delivery.lane >= Lane.ORDINARY)
            is_closed = is_stopped or (wish is not None and wish.stops(way.kind, self._topic))
            if way.kind not in tried and not is_closed and self._users(way.kind, way.value) <= readers:
                return way
        return None

    def _readers(self) -> set[str]:
        """Those in the thread, and those at the earlier address, whom whoever wrote was shown."""
        message = self._work.session.get_one(Message, self._delivery.message_id)
        thread = self._work.session.get_one(Thread, message.thread_id)
        return {*thread.guardian_ids, *self._users(self._delivery.kind, self._delivery.recipient)}

    def _users(self, kind: str, value: str) -> set[str]:
        return {guardian.id for _, guardian in list_addresses(self._work, kind, value, self._delivery.owner_id)}

    def _take(self, way: GuardianAddress) -> None:
        work, earlier = self._work, self._delivery
        message = work.session.get_one(Message, earlier.message_id)
        thread = work.session.get_one(Thread, message.thread_id)
        number = work.session.get(VirtualNumber, message.number_id) if message.number_id else None
        number = number or find_sender(work, thread)
        if number is None:
            self._leave_to_person()
            return
        if earlier.rank == RANK[Status.WAITING]:
            earlier.end(Status.UNDONE, work.now, OTHER_WAY)
        fresh = Delivery(
            id=work.new_id(),
            owner_id=earlier.owner_id,
            message_id=earlier.message_id,
            guardian_id=self._guardian_id,
            address_id=way.id,
            channel=channel_of(Address(way.kind, way.value), number),
            kind=way.kind,
            sender=number.value,
            recipient=way.value,
            text=earlier.text,
            lane=earlier.lane,
            due=work.now,
            deadline=work.now + DEADLINES[Lane(earlier.lane)],
            automatic=earlier.automatic,
            beside=earlier.beside,
            files=earlier.files,
            marks=[NEXT_WAY],
        )
        plan_climbing(work, fresh, way, self._topic, self._tried())
        work.session.add(fresh)

    def _leave_to_person(self) -> None:
        delivery, work = self._delivery, self._work
        message = work.session.get_one(Message, delivery.message_id)
        thread = work.session.get_one(Thread, message.thread_id)
        failed = delivery.status in FAILED_ENDS
        if failed and delivery.has_next:
            tell_staff(work, delivery)
        if self._plan.ends_with_person:
            why = delivery.reason or delivery.status if failed else NO_SIGN
            put_on_list(work, delivery, thread, why, by_post=self._plan.posts)
