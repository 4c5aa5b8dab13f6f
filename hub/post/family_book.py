"""A child's book as its family may read it: what was said to them and by them, by whichever channel, and how far it came.

Never what the other home and the school say to each other, nor how that was read; what staff still hold back, or took back,
is not there. A question, not a table. Source: security rules S4.3, S5.2 and S6.1.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from hub.desk import Look
from hub.post.broadcast_receivers import BroadcastReceiver
from hub.post.deliveries import Delivery, Status
from hub.post.entry import Progress, progress
from hub.post.family import Family
from hub.post.family_entry import FamilyEntry, lay_out_entries
from hub.post.files import Attachment
from hub.post.messages import BOOK_PAGE, Author, Message, MessageChild, Thread, ThreadGuardian, ThreadKind
from hub.post.pupil_threads import is_shown_to, list_threads_of_pupil, shows_files
from hub.post.shown_deliveries import list_deliveries
from hub.safety.access import NotThereError

READ_BY_FAMILIES = (ThreadKind.PRIVATE, ThreadKind.JOINT, ThreadKind.SHARED_PHONE, ThreadKind.PUPIL)


@dataclass(frozen=True, slots=True)
class FamilyPage:
    """Entries, oldest first, and where the page before begins: None when there is none."""

    entries: list[FamilyEntry]
    before: str | None


@dataclass(frozen=True, slots=True)
class _Shelf:
    """In which threads, by id, a child's book is read, with what `_READ` asks; `day` is the one where the child is."""

    threads: Mapping[str, Thread]
    day: date
    asked: Mapping[str, Any]

    def shows(self, family: Family, message: Message) -> bool:
        return is_shown_to(family.guardian_ids, self.threads[message.thread_id], message)


_THREADS = (
    sa.select(Thread)
    .join(ThreadGuardian, ThreadGuardian.thread_id == Thread.id)
    .where(
        ThreadGuardian.guardian_id == sa.bindparam("guardian"),
        Thread.owner_id == sa.bindparam("owner"),
        Thread.kind.in_(READ_BY_FAMILIES),
    )
)
_ABOUT = sa.select(sa.literal(1)).where(MessageChild.message_id == Message.id)
_READ = sa.and_(
    Message.thread_id.in_(sa.bindparam("threads", expanding=True)),
    ~Message.note,
    ~sa.exists(_ABOUT.where(MessageChild.child_id.not_in(sa.bindparam("entitled", expanding=True)))),
    sa.or_(
        sa.exists(_ABOUT.where(MessageChild.child_id == sa.bindparam("child"))),
        sa.and_(~sa.exists(_ABOUT), Message.thread_id.in_(sa.bindparam("near", expanding=True))),
    ),
)
"""About the child and no child that they may not know of; or about none, at a unit where the child is."""
_NEWEST = sa.select(Message).where(_READ).order_by(Message.id.desc()).limit(sa.bindparam("most", type_=sa.Integer))
_OF_THESE = sa.select(Message).where(_READ, Message.id.in_(sa.bindparam("ids", expanding=True)))


def list_threads_of(look: Look, family: Family) -> dict[str, Thread]:
    """The threads that each of the family is in, by id."""
    found = look.session.scalars(_THREADS, {"guardian": family.guardian_ids[0], "owner": family.owner_id})
    return {thread.id: thread for thread in found if set(family.guardian_ids) <= set(thread.guardian_ids)}


def read_family_book(look: Look, family: Family, child_id: str, before: str | None = None) -> FamilyPage:
    """The latest of a child's book before an id, as the family may read it now. Raises: NotThereError."""
    shelf = _find_shelf(look, family, child_id)
    question = _NEWEST if before is None else _NEWEST.where(Message.id < before)
    shown: list[Message] = []
    deliveries: dict[str, list[Delivery]] = {}
    while len(shown) <= BOOK_PAGE:
        page = look.session.scalars(question, {**shelf.asked, "most": 2 * BOOK_PAGE}).all()
        deliveries |= list_deliveries(look, [message.id for message in page])
        shown += [each for each in page if _is_out(look, each, deliveries[each.id]) and shelf.shows(family, each)]
        if len(page) < 2 * BOOK_PAGE:
            break
        question = _NEWEST.where(Message.id < page[-1].id)
    newest = shown[:BOOK_PAGE]
    entries = lay_out_entries(look, family, shelf.day, shelf.threads, list(reversed(newest)), deliveries)
    return FamilyPage(entries, newest[-1].id if len(shown) > BOOK_PAGE else None)


def is_in_book(look: Look, family: Family, child_id: str, message_ids: Collection[str]) -> bool:
    """Whether any of these is in the child's book as the family may read it. Raises: NotThereError."""
    shelf = _find_shelf(look, family, child_id)
    found = look.session.scalars(_OF_THESE, {**shelf.asked, "ids": list(message_ids)}) if message_ids else ()
    return any(shelf.shows(family, message) for message in found)


def list_in_books(look: Look, family: Family, message_ids: Sequence[str]) -> list[tuple[FamilyEntry, str]]:
    """Those of the messages that the family may read now, newest first, each with a child in whose book it is."""
    found: dict[str, tuple[FamilyEntry, str]] = {}
    for child_id in dict.fromkeys(place.child.id for place in family.knows):
        shelf = _find_shelf(look, family, child_id)
        asked = [id_ for id_ in message_ids if id_ not in found]
        messages = look.session.scalars(_OF_THESE, {**shelf.asked, "ids": asked}).all()
        deliveries = list_deliveries(look, [message.id for message in messages])
        out = [each for each in messages if _is_out(look, each, deliveries[each.id]) and shelf.shows(family, each)]
        entries = lay_out_entries(look, family, shelf.day, shelf.threads, out, deliveries)
        found |= {entry.id: (entry, child_id) for entry in entries}
    return [found[id_] for id_ in sorted(found, reverse=True)]


def get_family_message(look: Look, family: Family, message_id: str) -> tuple[Message, str]:
    """A message that the family may read all of now, and the child in whose book it is. Raises: NotThereError."""
    for child_id in sorted({place.child.id for place in family.knows}):
        shelf = _find_shelf(look, family, child_id)
        message = look.session.scalars(_OF_THESE, {**shelf.asked, "ids": [message_id]}).first()
        if message is None or not shelf.shows(family, message):
            continue
        if _is_out(look, message, list_deliveries(look, [message_id])[message_id]):
            if message.sensitive and not family.is_strong:
                break
            return message, child_id
    raise NotThereError


_MESSAGES_OF_BROADCAST = (
    sa.select(BroadcastReceiver.message_id)
    .where(
        BroadcastReceiver.broadcast_id == sa.bindparam("broadcast"),
        BroadcastReceiver.guardian_id.in_(sa.bindparam("guardians", expanding=True)),
    )
    .order_by(BroadcastReceiver.message_id)
)


def get_family_file(look: Look, family: Family, attachment_id: str) -> tuple[Attachment, Message]:
    """A file of a message that the family may read now, with it. Raises: NotThereError."""
    attachment = look.session.get(Attachment, attachment_id)
    if attachment is None or attachment.is_loose:
        raise NotThereError
    if attachment.message_id is not None:
        message, _ = get_family_message(look, family, attachment.message_id)
        thread = look.session.get_one(Thread, message.thread_id)
        if not shows_files(family.guardian_ids, thread, message):
            raise NotThereError
        return attachment, message
    asked = {"broadcast": attachment.broadcast_id, "guardians": list(family.guardian_ids)}
    for message_id in look.session.scalars(_MESSAGES_OF_BROADCAST, asked).all():
        try:
            return attachment, get_family_message(look, family, message_id or "")[0]
        except NotThereError:
            continue
    raise NotThereError


def find_page_of(look: Look, family: Family, child_id: str, message_id: str) -> str | None:
    """Before which id the page of a child's book begins that has the message; None for the newest. Raises: NotThereError."""
    before: str | None = None
    while True:
        page = read_family_book(look, family, child_id, before)
        if any(entry.id == message_id for entry in page.entries):
            return before
        if page.before is None:
            raise NotThereError
        before = page.before


_GUARDIANS_OF = (
    sa.select(ThreadGuardian.guardian_id)
    .join(Message, Message.thread_id == ThreadGuardian.thread_id)
    .where(Message.id.in_(sa.bindparam("ids", expanding=True)))
    .distinct()
)


def find_told(look: Look, ids: frozenset[str]) -> frozenset[str]:
    """The guardians in whose threads any of these ids is a message; asked once in a reading, for however many look on."""
    known: dict[frozenset[str], frozenset[str]] = look.session.info.setdefault(_TOLD, {})
    if ids not in known:
        known[ids] = frozenset(look.session.scalars(_GUARDIANS_OF, {"ids": list(ids)}))
    return known[ids]


_TOLD = "the guardians of messages"


def find_child_of(look: Look, family: Family, message_id: str) -> str | None:
    """The child in whose book the family may read a message now."""
    ids = dict.fromkeys(place.child.id for place in family.knows)
    return next((child_id for child_id in ids if is_in_book(look, family, child_id, [message_id])), None)


def _find_shelf(look: Look, family: Family, child_id: str) -> _Shelf:
    places = family.places_of(child_id)
    units = {place.unit_id for place in places}
    threads = list_threads_of(look, family)
    near = [thread.id for thread in threads.values() if thread.unit_id in units]
    day = family.units[places[0].unit_id].today(look.now)
    threads = {**list_threads_of_pupil(look, family.owner_id, child_id, day), **threads}
    asked = {"threads": list(threads), "near": near, "entitled": list(family.entitled), "child": child_id}
    return _Shelf(threads, day, asked)


def _is_out(look: Look, message: Message, deliveries: Sequence[Delivery]) -> bool:
    """Whether it was let go: what staff write is theirs until its hold is over."""
    if message.author == Author.GUARDIAN:
        return True
    waits = any(each.status == Status.WAITING and each.due > look.now for each in deliveries)
    is_held = waits and not any(each.tries for each in deliveries)
    is_undone = bool(deliveries) and all(progress(Status(each.status)) is Progress.UNDONE for each in deliveries)
    return not is_held and not is_undone
