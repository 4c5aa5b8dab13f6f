"""Texts that nobody can be matched with: kept apart for staff to look at, and answered once at most, the same to everyone.

Source: security rule S1.9.
"""

from datetime import timedelta

import sqlalchemy as sa

from hub.address import MAIL
from hub.asker import Trust
from hub.desk import Look, Work
from hub.doorbell import LIVE
from hub.people.numbers import VirtualNumber, find_number
from hub.post.answer_caps import may_answer
from hub.post.arrivals import FOR_STAFF, Arrival, ArrivalState
from hub.post.deliveries import Delivery
from hub.post.messages import Author, Message, Thread, ThreadKind
from hub.post.posting import Post, post_beside
from hub.talk.correspondence import is_machine
from hub.talk.routing import Route, find_office

ONCE_IN = timedelta(days=30)


def quarantine(work: Work, arrival: Arrival, route: Route) -> None:
    """Keep it where staff of the unit see it, and answer if nothing was answered to this sender lately.

    Machines and numbers of our own get no answer, nor does mail: it may have come to us unasked for by who is named in it.
    Source: security rule S5.6.
    """
    arrival.state, arrival.lease_until = ArrivalState.QUARANTINED, None
    arrival.reason = arrival.doubt or ("resting_number" if route.resting else "unknown_sender")
    work.ring(LIVE, arrival.id)
    if (
        arrival.kind == MAIL
        or is_machine(arrival.sender)
        or find_number(work, arrival.sender) is not None
        or _was_answered(work, arrival)
        or not may_answer(work, arrival.sender, in_talk=False)
    ):
        return
    words = work.words.in_language(route.unit.languages[0])
    office = find_office(work, route.unit.id)
    if route.resting and office is not None:
        text = words.say("reception.number_rests", unit=route.unit.name, number=office.shown)
    else:
        text = words.say("reception.unknown_sender", unit=route.unit.name)
    _send(work, arrival, route, text, office if route.resting and office is not None else route.number)


def _was_answered(look: Look, arrival: Arrival) -> bool:
    earlier = look.session.scalar(
        sa.select(sa.func.count())
        .select_from(Delivery)
        .join(Message, Message.id == Delivery.message_id)
        .where(
            Delivery.recipient == arrival.sender,
            Delivery.due > look.now - ONCE_IN,
            Message.author == Author.SYSTEM,
        )
    )
    return bool(earlier)


def _send(work: Work, arrival: Arrival, route: Route, text: str, number: VirtualNumber) -> None:
    thread = get_strangers_thread(work, route)
    what = Post(text=text, language=route.unit.languages[0], author=Author.SYSTEM, author_id=None, trust=Trust.UNKNOWN)
    post_beside(work, thread, number, arrival.sender, what)


def get_strangers_thread(work: Work, route: Route) -> Thread:
    """One thread a unit holds the neutral answers; it belongs to nobody."""
    thread = work.session.scalar(
        sa.select(Thread).where(Thread.unit_id == route.unit.id, Thread.kind == ThreadKind.STRANGERS)
    )
    if thread is None:
        thread = Thread(
            id=work.new_id(),
            owner_id=route.unit.owner_id,
            unit_id=route.unit.id,
            party="",
            kind=ThreadKind.STRANGERS,
            last_at=work.now,
        )
        work.session.add(thread)
        work.session.flush()
    return thread


_STRANGERS = (
    sa.select(Arrival)
    .where(Arrival.recipient.in_(sa.bindparam("values", expanding=True)), FOR_STAFF)
    .order_by(Arrival.id.desc())
    .limit(100)
)


def list_strangers(look: Look, values: list[str]) -> list[Arrival]:
    """What lies in quarantine or is parked at these numbers, newest first."""
    return list(look.session.scalars(_STRANGERS, {"values": values}))
