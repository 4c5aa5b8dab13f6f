"""Posts a message: puts it into its thread and on its way to everyone in the thread, all in the caller's work."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa

from hub.address import CHAT, MAIL, SMS, Address
from hub.ahead_select import AheadSelect
from hub.asker import Trust
from hub.desk import Look, Refusal, Work
from hub.doorbell import DELIVERIES, LIVE
from hub.people.families import GuardianAddress
from hub.people.numbers import NumberAllocation, VirtualNumber, find_number_of_role
from hub.people.staff import Role, RoleKind, Staff
from hub.post.chats import road_of
from hub.post.deliveries import RANK, Delivery, Status, end_climbing
from hub.post.messages import Author, Lane, Message, Step, Thread, keep_message, wait_for_person
from hub.post.reach_plans import get_plans
from hub.post.topics import Topic, usual_topic
from hub.post.ways import find_way, list_ways
from hub.post.work_mail import WorkMail

DEADLINES = {
    Lane.EMERGENCY: timedelta(minutes=30),
    Lane.SAFETY: timedelta(hours=1),
    Lane.REPLY: timedelta(hours=6),
    Lane.ORDINARY: timedelta(hours=24),
    Lane.BULK: timedelta(hours=48),
}


class NoNumberError(Refusal):
    """The unit has no number to write from."""

    words = "refusals.no_number"


class NobodyToReachError(Refusal):
    """Nobody in the thread has an address that may be written to."""

    words = "refusals.nobody_to_reach"


class TooLateToUndoError(Refusal):
    """It has left already."""

    words = "refusals.too_late_to_undo"


@dataclass(slots=True)
class Post:
    """What is to be said, by whom, about whom. `to` are the addresses; empty means the best of each guardian."""

    text: str
    language: str
    author: Author
    author_id: str | None
    child_ids: Sequence[str] = ()
    lane: Lane = Lane.REPLY
    topic: Topic | None = None
    """What it is about; None as the lane tells."""
    hold: timedelta = timedelta()
    trust: Trust = Trust.STRONG
    sensitive: bool = False
    number: VirtualNumber | None = None
    conversation_id: str | None = None
    to: Sequence[GuardianAddress] = ()
    story: list[Step] = field(default_factory=list)
    said_on_channel: str | None = None
    said_to: Mapping[str, str] = field(default_factory=dict)
    beside_ids: Sequence[str] = ()
    """Children whom what goes out names, and the book does not."""
    withheld: str | None = None
    """Why it is kept in the book and not sent, as a code: staff see that it has not left."""
    choices: Sequence[tuple[str, str]] = ()
    """What a question may be answered with: the answer, and the word on its button."""
    files: int = 0
    """How many files go with it, which each reader is led to."""
    climbs: bool = True
    """Whether the next way is taken, and a person rings at last, where nobody gives a sign."""
    id: str | None = None
    """Made beforehand, where the message has its place before others of the same moment."""


def post(work: Work, thread: Thread, what: Post) -> Message:
    """Keep the message and put its deliveries on their way. Raises: NoNumberError, NobodyToReachError.

    `said_on_channel` is what goes out instead of the text where the channel is too open for it; `said_to` holds the
    same for single addresses, by their ids.
    """
    number = what.number or find_sender(work, thread)
    topic = what.topic or usual_topic(what.lane, what.author)
    addresses = list(what.to) or _best_addresses(work, thread, topic or Topic.DAILY)
    if number is None:
        raise NoNumberError
    if not addresses:
        raise NobodyToReachError
    message = _message(work, thread, number, what)
    message.channel = addresses[0].kind
    keep_message(work, thread, message, what.child_ids)
    reached: set[str] = set()
    for address in addresses:
        if address.value in reached:
            continue
        reached.add(address.value)
        delivery = _delivery(work, thread, message, address, number, what)
        work.session.add(delivery)
        if what.withheld is not None:
            delivery.end(Status.DROPPED, work.now, what.withheld)
            wait_for_person(work, thread, "over_cap")
        elif topic is not None and what.climbs:
            plan_climbing(work, delivery, address, topic)
    work.ring(DELIVERIES)
    return message


def post_beside(
    work: Work, thread: Thread, number: VirtualNumber, recipient: str, what: Post, kind: str = SMS
) -> Message:
    """Keep the message in its thread, and send it to a phone or chat that is no guardian's: a stranger's, one to be proven, or
    one that has ended just now."""
    message = keep_message(work, thread, _message(work, thread, number, what), what.child_ids)
    message.channel = kind
    work.session.add(_make_delivery(work, thread, message, number, Address(kind, recipient), what))
    work.ring(DELIVERIES)
    return message


def mail_staff(
    work: Work,
    message: Message,
    number: VirtualNumber,
    staff: Staff,
    mail: WorkMail,
    text: str,
    due: datetime | None = None,
) -> None:
    """Mail one of the staff about a message that is kept: at the address that the register holds, from the seat's mailbox; now,
    or when it is `due`."""
    goes = due or work.now
    delivery = Delivery(
        id=mail.id,
        owner_id=mail.owner_id,
        message_id=message.id,
        guardian_id=None,
        address_id=None,
        channel=MAIL,
        kind=MAIL,
        sender=number.value,
        recipient=staff.login.lower(),
        text=text,
        lane=Lane.ORDINARY,
        due=goes,
        deadline=goes + DEADLINES[Lane.ORDINARY],
        automatic=True,
    )
    work.session.add_all([mail, delivery])
    work.ring(DELIVERIES)


def _message(work: Work, thread: Thread, number: VirtualNumber, what: Post) -> Message:
    return Message(
        id=what.id or work.new_id(),
        owner_id=thread.owner_id,
        thread_id=thread.id,
        at=work.now,
        author=what.author,
        author_id=what.author_id,
        channel=SMS,
        text=what.text,
        language=what.language,
        lane=what.lane,
        trust=what.trust,
        sensitive=what.sensitive,
        number_id=number.id,
        conversation_id=what.conversation_id,
        story=[step.as_json() for step in what.story] or None,
        choices=[list(choice) for choice in what.choices] or None,
    )


def _delivery(
    work: Work, thread: Thread, message: Message, address: GuardianAddress, number: VirtualNumber, what: Post
) -> Delivery:
    delivery = _make_delivery(work, thread, message, number, Address(address.kind, address.value), what)
    delivery.guardian_id, delivery.address_id = address.guardian_id, address.id
    delivery.text = what.said_to.get(address.id) or delivery.text
    elsewhere = any(other.guardian_id == address.guardian_id and other.id != address.id for other in what.to)
    if address.kind == CHAT and address.id in what.said_to and elsewhere:
        delivery.lane = Lane.BULK  # a hint beside the words, which go another way: nobody is called when it fails
    return delivery


def channel_of(recipient: Address, number: VirtualNumber) -> str:
    """The name of the channel that carries to an address: a number has a road of its own for texts, and a chat's address
    tells its road; others bear the kind's name."""
    if recipient.kind == CHAT:
        return road_of(recipient.value)
    return number.channel if recipient.kind == SMS else recipient.kind


def plan_climbing(
    work: Work, delivery: Delivery, address: GuardianAddress, topic: Topic, tried: Collection[str] = ()
) -> None:
    """When it is to be looked whether the next way is needed, where there is one or a person rings at the end.

    `tried` are the kinds of address that were taken before.
    """
    delivery.topic = topic
    plan = get_plans(work, address.owner_id)[topic]
    kinds = {way.kind for way in list_ways(work, address.guardian_id, topic)} - {address.kind, *tried}
    delivery.has_next = bool(kinds)
    if kinds or plan.ends_with_person:
        delivery.climbs_at = delivery.due + plan.wait_for(address.kind)


def _make_delivery(
    work: Work, thread: Thread, message: Message, number: VirtualNumber, recipient: Address, what: Post
) -> Delivery:
    due = work.now + what.hold
    return Delivery(
        id=work.new_id(),
        owner_id=thread.owner_id,
        message_id=message.id,
        guardian_id=None,
        address_id=None,
        channel=channel_of(recipient, number),
        kind=recipient.kind,
        sender=number.value,
        recipient=recipient.value,
        text=what.said_on_channel or what.text,
        lane=what.lane,
        due=due,
        deadline=due + DEADLINES[what.lane],
        automatic=what.author in (Author.BOT, Author.SYSTEM),
        beside=list(what.beside_ids) or None,
        files=what.files,
    )


OFFICE_FIRST = AheadSelect(
    sa.select(VirtualNumber)
    .join(NumberAllocation, NumberAllocation.number_id == VirtualNumber.id)
    .join(Role, Role.id == NumberAllocation.role_id)
    .where(NumberAllocation.released_at.is_(None))
    .order_by(sa.case((Role.kind == RoleKind.OFFICE, 0), else_=1), NumberAllocation.from_at, VirtualNumber.id)
    .limit(1),
    Role.unit_id,
)
"""The number that a unit writes from; to be remembered, not read ahead."""


def find_sender(look: Look, thread: Thread) -> VirtualNumber | None:
    """The number the thread is answered from: that of the seat written to last, else the office's, else any of the unit."""
    return find_number_at(look, thread.unit_id, thread.role_id)


def find_number_at(look: Look, unit_id: str, role_id: str | None) -> VirtualNumber | None:
    """The number that a seat at a unit writes from: its own, else the office's, else any of the unit."""
    if role_id is not None:
        number = find_number_of_role(look, role_id)
        if number is not None:
            return number
    found = OFFICE_FIRST.rows(look, unit_id)
    return found[0][0] if found else None


def _best_addresses(look: Look, thread: Thread, topic: Topic) -> list[GuardianAddress]:
    found = (find_way(look, guardian_id, topic) for guardian_id in thread.guardian_ids)
    return [address for address in found if address is not None]


def undo(work: Work, message: Message) -> int:
    """Take back what has not left yet; how many deliveries that was. Raises: TooLateToUndoError."""
    waiting = list(
        work.session.scalars(
            sa.select(Delivery)
            .where(Delivery.message_id == message.id, Delivery.rank == RANK[Status.WAITING])
            .with_for_update()
        )
    )
    if not waiting:
        raise TooLateToUndoError
    for delivery in waiting:
        delivery.end(Status.UNDONE, work.now, "undone")
    end_climbing(work, [message.id])
    work.ring(LIVE, message.id)
    return len(waiting)


def send_now(work: Work, message: Message) -> None:
    """End the hold of what still waits."""
    work.session.execute(
        sa.update(Delivery)
        .where(Delivery.message_id == message.id, Delivery.rank == RANK[Status.WAITING], Delivery.due > work.now)
        .values(due=work.now)
    )
    work.ring(DELIVERIES)
