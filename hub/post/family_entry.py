"""A message as its family may read it: who says it, who else reads it, how far it came and what became of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from hub.desk import Look
from hub.people.naming import names_of
from hub.post.deliveries import Delivery, Status
from hub.post.entry import Brought, Progress, progress
from hub.post.family import Family
from hub.post.family_reads import is_unread
from hub.post.files import lay_out_files, list_attachments
from hub.post.messages import Author, Message, Thread
from hub.post.pupil_threads import is_read_along, list_reading, shows_files
from hub.post.read_marks import list_shown_as_read
from hub.post.shown_deliveries import shows

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


def lay_out_entries(
    look: Look,
    family: Family,
    day: date,
    threads: Mapping[str, Thread],
    messages: Sequence[Message],
    deliveries: Mapping[str, Sequence[Delivery]],
) -> list[FamilyEntry]:
    """What the family is shown of messages that it may read, in their order; `day` is the one where the child is."""
    in_threads = {id_ for message in messages for id_ in threads[message.thread_id].guardian_ids}
    names = names_of(
        look,
        guardians=in_threads,
        staff={m.author_id for m in messages if m.author == Author.STAFF and m.author_id},
        children=set(),
    )
    own = set(family.guardian_ids)
    files = list_attachments(look, [message.id for message in messages])
    reading = list_reading(look, list(threads.values()), day)
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
