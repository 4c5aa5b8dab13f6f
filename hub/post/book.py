"""The message book of a child, and a thread, as a member of staff may read them: who said what to whom, by which channel,
how far it came, and which guardians can read it.

A question, not a table: a page costs the same number of questions to the store however long the book is.
Source: security rules S4.3 and S6.1.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import sqlalchemy as sa

from hub.address import MAIL, mask
from hub.desk import Look
from hub.people.families import Right
from hub.people.naming import names_of
from hub.post.audience import list_entitled
from hub.post.deliveries import Delivery, Status
from hub.post.entry import Entry, Person, Sent, Sharing, progress
from hub.post.files import Attachment, lay_out_files, list_attachments
from hub.post.messages import (
    BOOK_PAGE,
    Author,
    Message,
    MessageChild,
    Thread,
    ThreadKind,
    list_children_of,
)
from hub.post.pupil_threads import is_read_along, list_reading
from hub.post.reading import READS_MESSAGE, Reader, get_reader, get_thread
from hub.post.shown_deliveries import list_shown
from hub.post.signs import told_by
from hub.post.work_mail import list_mails
from hub.safety.access import get_child

MOST_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class BookPage:
    """Entries, oldest first, and where the page before begins: None when there is none."""

    entries: list[Entry]
    before: str | None


def read_book(look: Look, child_id: str, before: str | None = None) -> list[Entry]:
    """The latest entries of a child's book before an id, oldest first, as the asking member of staff may read them.

    Raises: NotThereError.
    """
    return read_book_page(look, get_reader(look), child_id, before).entries


_CHILD_BOOK = sa.select(MessageChild.message_id).where(MessageChild.child_id == sa.bindparam("of"))
_THREAD_BOOK = sa.select(Message.id).where(Message.thread_id == sa.bindparam("of"))
_READABLE = (
    sa.select(Message.id)
    .join(Thread, Thread.id == Message.thread_id)
    .where(Message.id.in_(sa.bindparam("ids", expanding=True)), READS_MESSAGE)
)


@cache
def _candidates(of_child: bool, is_earlier: bool) -> "sa.Select[str]":
    """The newest messages of a book or a thread, by an index alone."""
    question, id_ = (_CHILD_BOOK, MessageChild.message_id) if of_child else (_THREAD_BOOK, Message.id)
    if is_earlier:
        question = question.where(id_ < sa.bindparam("before"))
    return question.order_by(id_.desc()).limit(sa.bindparam("most", type_=sa.Integer))


def read_book_page(look: Look, reader: Reader, child_id: str, before: str | None = None) -> BookPage:
    """Raises: NotThereError."""
    child, _ = get_child(look, reader.reach, child_id)
    return _page(look, reader, child.id, before, of_child=True)


def read_thread(look: Look, reader: Reader, thread_id: str, before: str | None = None) -> tuple[Thread, BookPage]:
    """The latest of a thread that the reader may read. Raises: NotThereError."""
    thread = get_thread(look, reader, thread_id)
    return thread, _page(look, reader, thread.id, before, of_child=False)


def _page(look: Look, reader: Reader, of: str, before: str | None, *, of_child: bool) -> BookPage:
    """Candidates are taken by their index alone, newest first, and then held against what the reader may read: so no
    planner ever reads the whole book."""
    found: list[str] = []
    size = 2 * BOOK_PAGE
    last = before
    while True:
        asked = {"of": of, "before": last, "most": size}
        ids = look.session.scalars(_candidates(of_child, last is not None), asked).all()
        readable = set(look.session.scalars(_READABLE, reader.bound(ids=ids)))
        found += [id_ for id_ in ids if id_ in readable]
        if len(found) > BOOK_PAGE or len(ids) < size:
            break
        last, size = ids[-1], min(2 * size, MOST_AT_ONCE)
    shown = found[:BOOK_PAGE]
    return BookPage(gather_entries(look, reader, shown), shown[-1] if len(found) > BOOK_PAGE else None)


_SAID = (
    sa.select(Message, Thread)
    .join(Thread, Thread.id == Message.thread_id)
    .where(Message.id.in_(sa.bindparam("ids", expanding=True)))
    .order_by(Message.id)
)


def gather_entries(look: Look, reader: Reader, message_ids: Sequence[str]) -> list[Entry]:
    """What the book says of these messages, oldest first. It asks no rights of the reader: its callers have. Who else may read
    one of them is told by the day that it is at its unit."""
    if not message_ids:
        return []
    rows = look.session.execute(_SAID, {"ids": message_ids}).all()
    about = list_children_of(look, message_ids)
    deliveries = list_shown(look, message_ids)
    files = list_attachments(look, message_ids)
    in_threads = {guardian_id for _, thread in rows for guardian_id in thread.guardian_ids}
    sent_to = {d.guardian_id for found in deliveries.values() for d in found if d.guardian_id}
    mailed = [d.id for found in deliveries.values() for d in found if d.guardian_id is None and d.kind == MAIL]
    mailed_to = {id_: staff.name for id_, (_, staff) in list_mails(look, mailed).items()}
    names = names_of(
        look,
        guardians=in_threads | sent_to,
        staff={message.author_id for message, _ in rows if message.author_id},
        children={child_id for found in about.values() for child_id in found},
    )
    latest = max(reader.days.values())
    days = {thread.id: reader.days.get(thread.unit_id, latest) for _, thread in rows}
    of_pupils: dict[str, list[str]] = {}
    for day in set(days.values()):
        of_pupils |= list_reading(look, [thread for _, thread in rows if days[thread.id] == day], day)
    in_threads = in_threads.union(*of_pupils.values())
    names |= names_of(look, guardians=set().union(*of_pupils.values()))
    entitled = {day: list_entitled(look, in_threads, Right.INFORM, day) for day in set(days.values())}
    return [
        _entry(
            look,
            message,
            thread,
            about[message.id],
            deliveries[message.id],
            files.get(message.id, ()),
            names | mailed_to,
            entitled[days[thread.id]],
            of_pupils.get(thread.id, ()),
        )
        for message, thread in rows
    ]


def _entry(
    look: Look,
    message: Message,
    thread: Thread,
    child_ids: Sequence[str],
    deliveries: Sequence[Delivery],
    files: Sequence[Attachment],
    names: dict[str, str],
    entitled: dict[str, set[str]],
    guardians_too: Sequence[str] = (),
) -> Entry:
    in_it = [*thread.guardian_ids, *(guardians_too if is_read_along(thread, message) else ())]
    readers = [] if message.note else list_readers(in_it, child_ids, entitled)
    held = [d.due for d in deliveries if d.status == Status.WAITING and d.due > look.now and not d.tries]
    author = Author(message.author)
    if author is Author.GUARDIAN and message.author_id is None:
        who = " / ".join(names.get(guardian_id, "") for guardian_id in thread.guardian_ids)
    else:
        who = names.get(message.author_id or "", "")
    return Entry(
        id=message.id,
        thread_id=thread.id,
        unit_id=thread.unit_id,
        at=message.at,
        author=author,
        author_id=message.author_id,
        who=who,
        channel="" if message.note else message.channel,
        text=message.text,
        language=message.language,
        note=message.note,
        sensitive=message.sensitive,
        children=tuple(Person(child_id, names[child_id]) for child_id in sorted(child_ids)),
        readers=tuple(
            sorted((Person(id_, names[id_]) for id_ in readers), key=lambda person: (person.name, person.id))
        ),
        sharing=Sharing.STAFF if message.note else _SHARING[ThreadKind(thread.kind)],
        deliveries=tuple(_sent(message, thread, delivery, names) for delivery in deliveries),
        files=lay_out_files(files),
        steps=tuple(message.story or ()),
        held_until=max(held) if held and author is Author.STAFF else None,
    )


_SHARING = {
    ThreadKind.PRIVATE: Sharing.PRIVATE,
    ThreadKind.PUPIL: Sharing.PUPIL,
    ThreadKind.JOINT: Sharing.JOINT,
    ThreadKind.SHARED_PHONE: Sharing.SHARED_PHONE,
    ThreadKind.STRANGERS: Sharing.STAFF,
    ThreadKind.STAFF: Sharing.STAFF,
}


def list_readers(guardian_ids: Sequence[str], child_ids: Sequence[str], entitled: dict[str, set[str]]) -> list[str]:
    """Those in a thread who may know of every child a message is about; of any at all where it is about none.

    `entitled` holds for each guardian the children of whom they may be informed, blocks heeded.
    """
    return [
        guardian_id
        for guardian_id in guardian_ids
        if entitled.get(guardian_id) and set(child_ids) <= entitled[guardian_id]
    ]


def _sent(message: Message, thread: Thread, delivery: Delivery, names: dict[str, str]) -> Sent:
    to = told_by(thread, delivery) or [delivery.id]
    return Sent(
        id=delivery.id,
        to=" / ".join(names[id_] for id_ in to if id_ in names),
        kind=delivery.kind,
        address=mask(delivery.recipient),
        progress=progress(Status(delivery.status)),
        status=delivery.status,
        reason=delivery.reason,
        due=delivery.due,
        said_all=message.text in delivery.text
        if delivery.guardian_id is None
        else delivery.text.startswith(message.text),
    )
