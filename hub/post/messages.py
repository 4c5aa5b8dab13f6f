"""Threads, messages and the message book.

A message is never changed once kept. A thread is messages in order between a unit and one guardian, or several who share.
The book of a child is a question over all threads, not a table.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.ahead_select import AheadSelect, say_unwritten
from hub.asker import Trust
from hub.database import ID_LENGTH, Base, Id, Json, Moment, Ref, after
from hub.desk import Look, Work
from hub.doorbell import LIVE

BOOK_PAGE = 40


class Lane(IntEnum):
    """What goes first. Source: security rule S5.3."""

    EMERGENCY = 0
    SAFETY = 1
    REPLY = 2
    ORDINARY = 3
    BULK = 4


class Author(StrEnum):
    GUARDIAN = "guardian"
    STAFF = "staff"
    BOT = "bot"
    SYSTEM = "system"


class ThreadKind(StrEnum):
    """Private: one guardian and the school. Joint: several who chose to share. Shared phone: several behind one number.
    Pupil: the pupil and the school, and nobody else unless staff let the pupil's guardians read along.

    Strangers: a unit's neutral answers to numbers it does not know. Staff: what one of the staff texts from their own phone.
    """

    PRIVATE = "private"
    JOINT = "joint"
    SHARED_PHONE = "shared_phone"
    PUPIL = "pupil"
    STRANGERS = "strangers"
    STAFF = "staff"


class Thread(Base):
    """Messages in order between a unit and its `party`: the ids of the guardians, ascending, joined by commas; or of the one
    of the staff.

    `waits_since` is set while it waits for a person; `waits_why` is a short code. `role_id` is the seat that was
    written to last, so that the right number answers. `shared_from`: since when the guardians of the pupil, whose talk it is,
    may read along what is said there from then on.
    """

    __tablename__ = "threads"
    __table_args__ = (
        sa.UniqueConstraint("unit_id", "party", "kind"),
        sa.Index(None, "unit_id", "last_at"),
        sa.Index(
            "ix_threads_waiting",
            "unit_id",
            "waits_since",
            sqlite_where=sa.text("waits_since IS NOT NULL"),
            postgresql_where=sa.text("waits_since IS NOT NULL"),
        ),
    )
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    unit_id: Mapped[Ref] = mapped_column(sa.ForeignKey("units.id"))
    party: Mapped[str] = mapped_column(sa.String(270))
    kind: Mapped[str] = mapped_column(sa.String(20))
    last_at: Mapped[Moment]
    role_id: Mapped[Ref | None] = mapped_column(sa.ForeignKey("roles.id"), default=None)
    address: Mapped[str | None] = mapped_column(sa.String(254), default=None)
    waits_since: Mapped[Moment | None] = mapped_column(default=None)
    waits_why: Mapped[str | None] = mapped_column(sa.String(40), default=None)
    assigned_to: Mapped[str | None] = mapped_column(sa.String(ID_LENGTH), default=None)
    shared_from: Mapped[Moment | None] = mapped_column(default=None)

    @property
    def guardian_ids(self) -> list[str]:
        return self.party.split(",") if self.party and self.kind != ThreadKind.STAFF else []

    @property
    def kept_apart(self) -> bool:
        """No guardian reads a pupil's talk along, unless staff have let them."""
        return self.shared_from is None


class ThreadGuardian(Base):
    """Who is in a thread."""

    __tablename__ = "thread_guardians"
    guardian_id: Mapped[Ref] = mapped_column(sa.ForeignKey("guardians.id"), primary_key=True)
    thread_id: Mapped[Ref] = mapped_column(sa.ForeignKey("threads.id"), primary_key=True, index=True)
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    thread: Mapped[Thread] = after(Thread)


class Message(Base):
    """One thing said. `story` holds the steps that brought it here; `heard` what we took it to mean, or nothing; `choices`
    what a question may be answered with, as pairs of the answer and its word, for channels that have buttons."""

    __tablename__ = "messages"
    __table_args__ = (sa.Index(None, "thread_id", "id"),)
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    thread_id: Mapped[Ref] = mapped_column(sa.ForeignKey("threads.id"))
    at: Mapped[Moment]
    author: Mapped[str] = mapped_column(sa.String(10))
    author_id: Mapped[str | None] = mapped_column(sa.String(ID_LENGTH))
    channel: Mapped[str] = mapped_column(sa.String(10))
    text: Mapped[str] = mapped_column(sa.Text)
    language: Mapped[str] = mapped_column(sa.String(8))
    lane: Mapped[int] = mapped_column(sa.SmallInteger, default=Lane.REPLY)
    trust: Mapped[int] = mapped_column(sa.SmallInteger, default=Trust.UNKNOWN)
    note: Mapped[bool] = mapped_column(default=False)
    sensitive: Mapped[bool] = mapped_column(default=False)
    number_id: Mapped[Ref | None] = mapped_column(sa.ForeignKey("virtual_numbers.id"), default=None)
    conversation_id: Mapped[str | None] = mapped_column(sa.String(ID_LENGTH), default=None)
    heard: Mapped[Json | None] = mapped_column(default=None)
    story: Mapped[Json | None] = mapped_column(default=None)
    choices: Mapped[Json | None] = mapped_column(default=None)
    thread: Mapped[Thread] = after(Thread)


class MessageChild(Base):
    """Whom a message is about. Its key gives the book of a child in the order of time."""

    __tablename__ = "message_children"
    child_id: Mapped[Ref] = mapped_column(sa.ForeignKey("children.id"), primary_key=True)
    message_id: Mapped[Ref] = mapped_column(sa.ForeignKey("messages.id"), primary_key=True, index=True)
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    message: Mapped[Message] = after(Message)


class ReadMark(Base):
    """How far a member of staff has read a thread, and when they came there; `earlier_id` is how far they had come in the hours
    of the unit before that."""

    __tablename__ = "read_marks"
    staff_id: Mapped[Ref] = mapped_column(sa.ForeignKey("staff.id"), primary_key=True)
    thread_id: Mapped[Ref] = mapped_column(sa.ForeignKey("threads.id"), primary_key=True)
    message_id: Mapped[Ref]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    at: Mapped[Moment]
    earlier_id: Mapped[Ref | None] = mapped_column(default=None)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a message's story: a code with words in "story", and ids or short values to say it with."""

    code: str
    values: dict[str, Any]

    def as_json(self) -> dict[str, Any]:
        return {"code": self.code, **self.values}


_THREAD_OF = AheadSelect(
    sa.select(Thread).where(Thread.unit_id == sa.bindparam("unit"), Thread.kind == sa.bindparam("kind")), Thread.party
)


_OPENED = "the threads that were opened in this session"


def find_thread_of(look: Look, unit_id: str, guardian_ids: Sequence[str], kind: ThreadKind) -> Thread | None:
    """The thread between a unit and exactly these guardians, if it is open already."""
    found = _THREAD_OF.rows(look, ",".join(sorted(guardian_ids)), unit=unit_id, kind=kind)
    return found[0][0] if found else None


def read_threads_ahead(look: Look, unit_id: str, guardian_ids: Collection[str]) -> list[Thread]:
    """Those between a unit and each of these alone."""
    return [thread for (thread,) in _THREAD_OF.read_ahead(look, guardian_ids, unit=unit_id, kind=ThreadKind.PRIVATE)]


def get_or_open_thread(
    work: Work, owner_id: str, unit_id: str, guardian_ids: Sequence[str], kind: ThreadKind
) -> Thread:
    """The thread between a unit and exactly these guardians; opened when there is none."""
    party = ",".join(sorted(guardian_ids))
    opened: dict[tuple[str, str, str], Thread] = work.session.info.setdefault(_OPENED, {})
    thread = opened.get((unit_id, party, kind)) or find_thread_of(work, unit_id, guardian_ids, kind)
    if thread is not None:
        return thread
    thread = Thread(id=work.new_id(), owner_id=owner_id, unit_id=unit_id, party=party, kind=kind, last_at=work.now)
    work.session.add(thread)
    for guardian_id in sorted(guardian_ids):
        work.session.add(ThreadGuardian(guardian_id=guardian_id, thread_id=thread.id, owner_id=owner_id))
    opened[unit_id, party, kind] = thread
    say_unwritten(work, thread.id)
    return thread


def keep_message(work: Work, thread: Thread, message: Message, child_ids: Sequence[str]) -> Message:
    """Put a message into its thread and into the book of each child it is about."""
    thread.last_at = max(thread.last_at, message.at)
    work.session.add(message)
    keep_children(work, message, child_ids)
    work.ring(LIVE, message.id)
    return message


def keep_children(work: Work, message: Message, child_ids: Sequence[str]) -> None:
    """Put a message into the book of each child it is about, where that was not yet known when it was kept."""
    work.session.add_all(
        MessageChild(child_id=child_id, message_id=message.id, owner_id=message.owner_id)
        for child_id in dict.fromkeys(child_ids)
    )


NOT_ANSWERED, MERE_WORDS = "not_answered", "message"
NEVER_TOLD = frozenset({"unanswered", "not_delivered", "over_cap", NOT_ANSWERED})
"""Why a thread may wait for staff without the guardian having been told so: what became of the hub's own words."""


def wait_for_person(work: Work, thread: Thread, why: str) -> None:
    """Hand a thread to staff. It keeps the moment from which it first waited, and why, where all that is new are mere words, or
    that the hub has said too much to answer more: what is wasted on a phone hides no alarm. Source: security rule S5.6."""
    outlasts = {NOT_ANSWERED: thread.waits_why != MERE_WORDS, MERE_WORDS: thread.waits_why not in NEVER_TOLD}
    is_kept = thread.waits_since is not None and outlasts.get(why, False)
    if thread.waits_since is None:
        thread.waits_since = work.now
    thread.waits_why = thread.waits_why if is_kept else why
    work.ring(LIVE, thread.id)


def settle_waiting(work: Work, thread: Thread) -> None:
    """A person has taken care of it."""
    thread.waits_since = None
    thread.waits_why = None
    work.ring(LIVE, thread.id)


def list_messages(look: Look, thread_id: str, before: str | None = None, limit: int = BOOK_PAGE) -> list[Message]:
    """A thread's latest messages before an id, oldest first."""
    question = sa.select(Message).where(Message.thread_id == thread_id)
    if before is not None:
        question = question.where(Message.id < before)
    found = look.session.scalars(question.order_by(Message.id.desc()).limit(limit)).all()
    return list(reversed(found))


def list_messages_since(look: Look, thread_id: str, since: datetime) -> list[Message]:
    """What was said in a thread at or after a moment, oldest first."""
    return list(
        look.session.scalars(
            sa.select(Message).where(Message.thread_id == thread_id, Message.at >= since).order_by(Message.id)
        )
    )


def list_book(look: Look, child_id: str, before: str | None = None, limit: int = BOOK_PAGE) -> list[Message]:
    """The latest messages about a child before an id, across its threads, oldest first. It asks no rights: its callers do."""
    ids = sa.select(MessageChild.message_id).where(MessageChild.child_id == child_id)
    if before is not None:
        ids = ids.where(MessageChild.message_id < before)
    page = ids.order_by(MessageChild.message_id.desc()).limit(limit).subquery()
    found = look.session.scalars(sa.select(Message).join(page, Message.id == page.c.message_id)).all()
    return sorted(found, key=lambda message: message.id)


_CHILDREN_OF = sa.select(MessageChild.message_id, MessageChild.child_id).where(
    MessageChild.message_id.in_(sa.bindparam("ids", expanding=True))
)


def list_children_of(look: Look, message_ids: Sequence[str]) -> dict[str, list[str]]:
    """For each message, the ids of the children it is about."""
    rows = look.session.execute(_CHILDREN_OF, {"ids": message_ids})
    out: dict[str, list[str]] = {message_id: [] for message_id in message_ids}
    for message_id, child_id in rows:
        out[message_id].append(child_id)
    return out
