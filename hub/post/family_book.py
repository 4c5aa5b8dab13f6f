"""A child's book as its family may read it: what was said to them and by them, by whichever channel, and how far it came.

Never what the other home and the school say to each other, nor how that was read; what staff still hold back, or took back,
is not there. A question, not a table. Source: security rules S4.3, S5.2 and S6.1.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from hub.desk import Look
from hub.people.naming import names_of
from hub.post.broadcast_receivers import BroadcastReceiver
from hub.post.deliveries import Delivery, Status, list_deliveries, shows
from hub.post.entry import Brought, Progress, progress
from hub.post.family import Family
from hub.post.family_reads import is_unread
from hub.post.files import Attachment, lay_out_files, list_attachments
from hub.post.messages import BOOK_PAGE, Author, Message, MessageChild, Thread, ThreadGuardian, ThreadKind
from hub.post.pupil_threads import (
    is_read_along,
    is_shown_to,
    list_reading,
    list_threads_of_pupil,
    shows_files,
)
from hub.post.read_marks import list_shown_as_read
from hub.safety.access import NotThereError

READ_BY_FAMILIES = (ThreadKind.PRIVATE, ThreadKind.JOINT, ThreadKind.SHARED_PHONE, ThreadKind.PUPIL)
FATES = ("to_staff", "not_answered", "answered")


@dataclass(frozen=True, slots=True)
class Told:
    """How a message went to one of the family: by which kind of address, how far."""

    kind: str
    progress: Progress


@dataclass(frozen=True, slots=True)
class FamilyEntry:
    """One message. `text` is empty where it is `withheld`: only a strong sign-in shows it. `fate` says by a code what
    became of what they wrote; `shared_with` are others who read it. `choices` are what may be answered, as (answer, word).
    `is_unread`: it went to the app, and its words are shown there for the first time. `files` are withheld with the text."""

    id: str
    unit_id: str
    role_id: str | None
    at: datetime
    author: Author
    is_own: bool
    who: str
    channel: str
    text: str
    withheld: bool
    language: str
    shared_with: tuple[str, ...]
    told: tuple[Told, ...]
    fate: str
    choices: tuple[tuple[str, str], ...]
    is_unread: bool
    files: tuple[Brought, ...]


@dataclass(frozen=True, slots=True)
class FamilyPage:
    """Entries, oldest first, and where the page before begins: None when there is none."""

    entries: list[FamilyEntry]
    before: str | None


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
    threads, asked = _asked(look, family, child_id)
    question = _NEWEST if before is None else _NEWEST.where(Message.id < before)
    shown: list[Message] = []
    deliveries: dict[str, list[Delivery]] = {}
    while len(shown) <= BOOK_PAGE:
        page = look.session.scalars(question, {**asked, "most": 2 * BOOK_PAGE}).all()
        deliveries |= list_deliveries(look, [message.id for message in page])
        shown += [
            message
            for message in page
            if _is_out(look, message, deliveries[message.id])
            and is_shown_to(family.guardian_ids, threads[message.thread_id], message)
        ]
        if len(page) < 2 * BOOK_PAGE:
            break
        question = _NEWEST.where(Message.id < page[-1].id)
    newest = shown[:BOOK_PAGE]
    entries = _lay_out(look, family, threads, list(reversed(newest)), deliveries)
    return FamilyPage(entries, newest[-1].id if len(shown) > BOOK_PAGE else None)


def is_in_book(look: Look, family: Family, child_id: str, message_ids: Collection[str]) -> bool:
    """Whether any of these is in the child's book as the family may read it. Raises: NotThereError."""
    threads, asked = _asked(look, family, child_id)
    found = look.session.scalars(_OF_THESE, {**asked, "ids": list(message_ids)}) if message_ids else ()
    return any(is_shown_to(family.guardian_ids, threads[message.thread_id], message) for message in found)


def get_family_message(look: Look, family: Family, message_id: str) -> tuple[Message, str]:
    """A message that the family may read all of now, and the child in whose book it is. Raises: NotThereError."""
    for child_id in sorted({place.child.id for place in family.knows}):
        threads, asked = _asked(look, family, child_id)
        message = look.session.scalars(_OF_THESE, {**asked, "ids": [message_id]}).first()
        if message is None or not is_shown_to(family.guardian_ids, threads[message.thread_id], message):
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


def _asked(look: Look, family: Family, child_id: str) -> tuple[dict[str, Thread], dict[str, Any]]:
    units = {place.unit_id for place in family.places_of(child_id)}
    threads = list_threads_of(look, family)
    near = [thread.id for thread in threads.values() if thread.unit_id in units]
    day = family.units[next(iter(units))].today(look.now)
    threads = {**list_threads_of_pupil(look, family.owner_id, child_id, day), **threads}
    asked = {"threads": list(threads), "near": near, "entitled": list(family.entitled), "child": child_id}
    return threads, asked


def _is_out(look: Look, message: Message, deliveries: Sequence[Delivery]) -> bool:
    """Whether it was let go: what staff write is theirs until its hold is over."""
    if message.author == Author.GUARDIAN:
        return True
    waits = any(each.status == Status.WAITING and each.due > look.now for each in deliveries)
    is_held = waits and not any(each.tries for each in deliveries)
    is_undone = bool(deliveries) and all(progress(Status(each.status)) is Progress.UNDONE for each in deliveries)
    return not is_held and not is_undone


def _lay_out(
    look: Look,
    family: Family,
    threads: Mapping[str, Thread],
    messages: Sequence[Message],
    deliveries: Mapping[str, Sequence[Delivery]],
) -> list[FamilyEntry]:
    in_threads = {id_ for message in messages for id_ in threads[message.thread_id].guardian_ids}
    names = names_of(
        look,
        guardians=in_threads,
        staff={m.author_id for m in messages if m.author == Author.STAFF and m.author_id},
        children=set(),
    )
    own = set(family.guardian_ids)
    files = list_attachments(look, [message.id for message in messages])
    reading = list_reading(look, list(threads.values()), look.now.date())
    names |= names_of(look, guardians=set().union(*reading.values()))
    read = list_shown_as_read(look, {message.thread_id: threads[message.thread_id] for message in messages}.values())
    entries = []
    for message in messages:
        thread = threads[message.thread_id]
        authors = [message.author_id] if message.author_id else thread.guardian_ids
        is_own = message.author == Author.GUARDIAN and own.issuperset(authors)
        to_them = [d for d in deliveries[message.id] if d.guardian_id in own and shows(d)]
        along = reading.get(thread.id, ()) if own.intersection(thread.guardian_ids) else ()
        along = along if is_read_along(thread, message) else ()
        others = {*thread.guardian_ids, *along} - own
        entries.append(
            FamilyEntry(
                id=message.id,
                unit_id=thread.unit_id,
                role_id=thread.role_id,
                at=message.at,
                author=Author(message.author),
                is_own=is_own,
                who=_who(message, authors, names),
                channel=message.channel,
                text="" if (withheld := message.sensitive and not family.is_strong) else message.text,
                withheld=withheld,
                language=message.language,
                shared_with=tuple(sorted(names[id_] for id_ in others)),
                told=tuple(Told(each.kind, progress(Status(each.status))) for each in to_them),
                fate=_fate(message, read.get(message.thread_id, "")) if is_own else "",
                choices=tuple((answer, word) for answer, word in message.choices or ()),
                is_unread=not withheld and is_unread(family, thread, deliveries[message.id], look.now),
                files=lay_out_files(files.get(message.id, ()))
                if not withheld and shows_files(family.guardian_ids, thread, message)
                else (),
            )
        )
    return entries


def _who(message: Message, authors: Sequence[str], names: Mapping[str, str]) -> str:
    if message.author == Author.GUARDIAN:
        return " / ".join(names.get(id_, "") for id_ in authors)
    return names.get(message.author_id or "", "") if message.author == Author.STAFF else ""


def _fate(message: Message, read_up_to: str) -> str:
    """The last step that tells what became of it; or that somebody of the staff has read it."""
    codes = [step["code"] for step in message.story or ()]
    fate = next((code for code in reversed(codes) if code in FATES), "kept")
    return "read" if fate != "answered" and message.id <= read_up_to else fate
