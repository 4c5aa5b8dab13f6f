"""Notices: that something has come, told in the browsers that a family wants to hear of it in. A notice is a delivery of the
family's own message, so that its story shows it; it names no child, no school and nobody.

What is looked through is one walk along the ids of messages, so that a text pays nothing for it. What answers a guardian's own
words at once gives none, and what is read already neither. Source: security rules S4.4 and S6.1.
"""

from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.address import PUSH
from hub.clock import first_id
from hub.database import ID_LENGTH, Base, Ref
from hub.desk import Look, Work
from hub.doorbell import DELIVERIES
from hub.people.families import Guardian
from hub.post.deliveries import RANK, Delivery, Status
from hub.post.messages import Author, Message
from hub.post.push_devices import PushDevice
from hub.post.shown_deliveries import list_deliveries
from hub.post.signs import is_needless

SETTLED = timedelta(seconds=2)
"""So long a message may take from its moment to its place in the store, where several writers are at work."""
AT_ONCE = 50
LASTS = timedelta(hours=24)
"""After so long a notice that something has come is no news."""


class PushRound(Base):
    """How far an owner's messages have been looked through for notices."""

    __tablename__ = "push_rounds"
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"), primary_key=True)
    up_to: Mapped[str] = mapped_column(sa.String(ID_LENGTH))


def begin_round(work: Work, owner_id: str) -> None:
    """The first browser of an owner's families: what comes from now on is looked through."""
    work.take_turns([owner_id])
    if work.session.get(PushRound, owner_id) is None:
        work.session.add(PushRound(owner_id=owner_id, up_to=work.new_id()))


_FRESH = (
    Message.owner_id == PushRound.owner_id,
    Message.id > PushRound.up_to,
    Message.id < sa.bindparam("before"),
    Message.author.in_((Author.STAFF, Author.BOT)),
    ~Message.note,
)
_DUE = sa.select(PushRound.owner_id).where(
    sa.exists().where(PushDevice.owner_id == PushRound.owner_id), sa.exists().where(*_FRESH)
)
_NEXT = (
    sa.select(Message)
    .join(PushRound, PushRound.owner_id == sa.bindparam("owner"))
    .where(*_FRESH)
    .order_by(Message.id)
    .limit(AT_ONCE)
)
_DEVICES = (
    sa.select(PushDevice, Guardian.language)
    .join(Guardian, Guardian.id == PushDevice.guardian_id)
    .where(PushDevice.guardian_id.in_(sa.bindparam("guardians", expanding=True)))
    .order_by(PushDevice.id)
)


def list_owners_due(look: Look) -> list[str]:
    """The ids of the owners whose messages are still to be looked through."""
    return list(look.session.scalars(_DUE, {"before": first_id(look.now - SETTLED)}))


def notify_next(work: Work, owner_id: str) -> int:
    """Look through the next messages of an owner, and put notices of them on their way; how many that was."""
    work.take_turns([owner_id])
    fresh = work.session.scalars(_NEXT, {"owner": owner_id, "before": first_id(work.now - SETTLED)}).all()
    if not fresh:
        return 0
    work.session.get_one(PushRound, owner_id).up_to = fresh[-1].id
    told = list_deliveries(work, [message.id for message in fresh])
    reached = {each.guardian_id for found in told.values() for each in found if _is_news(each)}
    rows = work.session.execute(_DEVICES, {"guardians": sorted(filter(None, reached))}).all()
    notices = [
        notice
        for message in fresh
        for device, language in rows
        if (notice := _notice(work, message, told[message.id], device, language)) is not None
    ]
    work.session.add_all(notices)
    if notices:
        work.ring(DELIVERIES)
    return len(notices)


def _is_news(delivery: Delivery) -> bool:
    """It goes to a family by itself: what only answers them at once has no topic, and what was withheld neither."""
    return delivery.topic is not None and delivery.kind != PUSH and delivery.status != Status.UNDONE


def _notice(
    work: Work, message: Message, told: Sequence[Delivery], device: PushDevice, language: str
) -> Delivery | None:
    """None where the message does not go to whoever said in this browser that it is they, or was read."""
    own = [each for each in told if each.guardian_id == device.guardian_id]
    first = next((each for each in own if _is_news(each)), None)
    if first is None or device.made_at > message.at or any(each.kind == PUSH for each in _at(own, device)):
        return None
    notice = Delivery(
        id=work.new_id(),
        owner_id=message.owner_id,
        message_id=message.id,
        guardian_id=device.guardian_id,
        address_id=None,
        channel=PUSH,
        kind=PUSH,
        sender=PUSH,
        recipient=device.recipient,
        text=work.words.in_language(language).say("push.something_new"),
        lane=message.lane,
        due=first.due if first.rank == RANK[Status.WAITING] else work.now,
        deadline=max(first.due, work.now) + LASTS,
        automatic=False,
        topic=first.topic,
    )
    return None if is_needless(work, notice) else notice


def _at(own: Sequence[Delivery], device: PushDevice) -> list[Delivery]:
    return [each for each in own if each.recipient == device.recipient]
