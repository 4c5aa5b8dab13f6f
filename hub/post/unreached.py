"""Whom no way has reached: a person rings them, and says in one tap what came of it. A sign given later settles it as well."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import count, islice

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.address import SMS
from hub.database import ID_LENGTH, Base, Id, Moment, Ref
from hub.desk import Look, Work
from hub.doorbell import LIVE
from hub.people.families import Child, Guardian, GuardianAddress, Right
from hub.people.places import Unit
from hub.post.audience import list_addresses, list_entitled
from hub.post.deliveries import Delivery
from hub.post.messages import Message, Thread, ThreadKind, list_children_of
from hub.post.reach_plans import get_plans
from hub.post.reading import READS_MESSAGE, Reader, get_reader
from hub.post.signs import arrived_at, has_sign, signs_of
from hub.post.topics import Topic
from hub.safety.access import NotThereError
from hub.safety.audit import note

MOST_SHOWN = 200


class Called(StrEnum):
    REACHED = "reached"
    NOT_REACHED = "not_reached"
    POSTED = "posted"


class Unreached(Base):
    """One guardian whom one message has not reached. `why` is a code: what became of the last try, or "no_sign". `by_post`: the
    plan ends with a letter, for the office to print and post."""

    __tablename__ = "unreached"
    __table_args__ = (sa.UniqueConstraint("message_id", "guardian_id"), sa.Index(None, "unit_id", "settled_at"))
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    unit_id: Mapped[Ref] = mapped_column(sa.ForeignKey("units.id"))
    message_id: Mapped[Ref] = mapped_column(sa.ForeignKey("messages.id"), index=True)
    guardian_id: Mapped[Ref] = mapped_column(sa.ForeignKey("guardians.id"))
    topic: Mapped[str] = mapped_column(sa.String(10))
    why: Mapped[str] = mapped_column(sa.String(80))
    since: Mapped[Moment]
    by_post: Mapped[bool] = mapped_column(default=False)
    called_at: Mapped[Moment | None] = mapped_column(default=None)
    called_by: Mapped[str | None] = mapped_column(sa.String(ID_LENGTH), default=None)
    called_how: Mapped[str | None] = mapped_column(sa.String(12), default=None)
    settled_at: Mapped[Moment | None] = mapped_column(default=None)


@dataclass(frozen=True, slots=True)
class ToCall:
    """One line of the list, as one who may read the message sees it."""

    row: Unreached
    guardian: Guardian
    message: Message
    unit: Unit


def put_on_list(work: Work, delivery: Delivery, thread: Thread, why: str, *, by_post: bool = False) -> None:
    """A person is to ring whom this delivery was for, or to post them a letter. Once for each message."""
    if delivery.guardian_id is None or delivery.topic is None or thread.kind == ThreadKind.STAFF:
        return
    known = sa.select(Unreached.id).where(
        Unreached.message_id == delivery.message_id, Unreached.guardian_id == delivery.guardian_id
    )
    if work.session.scalar(known) is not None:
        return
    row = Unreached(
        id=work.new_id(),
        owner_id=delivery.owner_id,
        unit_id=thread.unit_id,
        message_id=delivery.message_id,
        guardian_id=delivery.guardian_id,
        topic=delivery.topic,
        why=why,
        since=work.now,
        by_post=by_post,
    )
    work.session.add(row)
    work.ring(LIVE, thread.id)


_OPEN = (
    sa.select(Unreached, Guardian, Message, Unit)
    .join(Guardian, Guardian.id == Unreached.guardian_id)
    .join(Message, Message.id == Unreached.message_id)
    .join(Thread, Thread.id == Message.thread_id)
    .join(Unit, Unit.id == Unreached.unit_id)
    .where(
        Unreached.settled_at.is_(None),
        READS_MESSAGE,
        ~arrived_at(Unreached.message_id, Unreached.guardian_id, Unreached.topic),
    )
    .order_by(Message.lane, Unreached.since, Unreached.id)
    .limit(MOST_SHOWN)
    .offset(sa.bindparam("passed"))
)

_SETTLED = (
    sa.select(Unreached.id)
    .join(Message, Message.id == Unreached.message_id)
    .join(Thread, Thread.id == Message.thread_id)
    .where(Unreached.id == sa.bindparam("row"), Unreached.settled_at.is_not(None), READS_MESSAGE)
)


def list_to_call(look: Look, reader: Reader) -> list[ToCall]:
    """Whom to ring, the most urgent first, of the messages that the reader may read; nobody who has given a sign since, however
    many did. Up to MOST_SHOWN."""
    return list(islice(_list_open(look, reader), MOST_SHOWN))


def _list_open(look: Look, reader: Reader) -> Iterator[ToCall]:
    signs = signs_of(look, reader.reach.owner_id)
    for passed in count(0, MOST_SHOWN):
        rows = look.session.execute(_OPEN, reader.bound(passed=passed, **signs)).all()
        yield from (ToCall(*line) for line in rows if not _is_over(look, line[0]))
        if len(rows) < MOST_SHOWN:
            return


def get_to_call(look: Look, id_: str) -> ToCall:
    """One line of the list. Raises: NotThereError, also once it is over."""
    line = next((each for each in _list_open(look, get_reader(look)) if each.row.id == id_), None)
    if line is None:
        raise NotThereError
    return line


def _is_over(look: Look, row: Unreached) -> bool:
    """They have given a sign, or may not be told any more: nobody rings whom a child must be kept from."""
    children = list_children_of(look, [row.message_id])[row.message_id]
    unit = look.session.get_one(Unit, row.unit_id)
    entitled = list_entitled(look, [row.guardian_id], Right.INFORM, unit.today(look.now)).get(row.guardian_id, set())
    if not set(children) <= entitled:
        return True
    until = get_plans(look, row.owner_id)[Topic(row.topic)].until
    return has_sign(look, row.message_id, row.guardian_id, until)


def tell_called(work: Work, id_: str, how: Called) -> None:
    """What came of a call, or that the letter is posted. Who was not reached stays on the list, with when it was tried; of
    whoever has left it since, for a colleague was quicker, nothing more is written.

    Raises: NotThereError.
    """
    if _is_settled(work, id_):
        return
    row = get_to_call(work, id_).row
    row.called_at, row.called_by, row.called_how = work.now, work.asker.id, how.value
    row.settled_at = None if how is Called.NOT_REACHED else work.now
    note(work, "unreached.called", [row.id, row.message_id, row.guardian_id], how)
    work.ring(LIVE, row.message_id)


def _is_settled(look: Look, id_: str) -> bool:
    """Whether a person has settled it, of a message that the asker may read."""
    return look.session.scalar(_SETTLED, get_reader(look).bound(row=id_)) is not None


def list_told_of(look: Look, message_id: str) -> list[Child]:
    """The children whom a message is about, the oldest first. It asks no rights: its callers have."""
    ids = list_children_of(look, [message_id])[message_id]
    return list(look.session.scalars(sa.select(Child).where(Child.id.in_(ids)).order_by(Child.birth_date, Child.id)))


def list_phones_of(look: Look, guardian_id: str, message_id: str) -> list[str]:
    """The guardian's phones whose life is not over, the first to ring first: whoever texts do not reach may answer a call.

    None that somebody answers as well who may not know of the children whom the message is about. Source: S1.5 and S4.1.
    """
    children = list_children_of(look, [message_id])[message_id]
    thread = look.session.get_one(Thread, look.session.get_one(Message, message_id).thread_id)
    return list_phones_for(look, guardian_id, children, look.session.get_one(Unit, thread.unit_id).today(look.now))


def list_phones_for(look: Look, guardian_id: str, child_ids: Collection[str], today: date) -> list[str]:
    """The same for a call about these children."""
    asked = sa.select(GuardianAddress).where(GuardianAddress.guardian_id == guardian_id, GuardianAddress.kind == SMS)
    found = look.session.scalars(asked.order_by(GuardianAddress.rank, GuardianAddress.id))
    live = [address for address in found if address.is_live(look.now)]
    users = {each.id: [g.id for _, g in list_addresses(look, SMS, each.value, each.owner_id)] for each in live}
    children = set(child_ids)
    known = list_entitled(look, {id_ for ids in users.values() for id_ in ids}, Right.INFORM, today)
    return [each.value for each in live if all(children <= known.get(id_, set()) for id_ in users[each.id])]
