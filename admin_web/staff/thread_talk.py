"""A thread as one member of staff may read it at one moment, with what its composer needs to know."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from admin_web.staff.care import gather_keepable
from admin_web.staff.composer import WrittenAsked
from admin_web.staff.enclosing import Enclosing, gather_enclosing, list_mates
from hub.desk import Look
from hub.people.families import Child
from hub.post.book import BookPage, read_thread
from hub.post.entry import Entry
from hub.post.files import list_attachments
from hub.post.inbox_rows import Row, get_row
from hub.post.messages import Message, Thread
from hub.post.reading import Reader, get_message, get_reader
from hub.post.takers import list_takers
from hub.talk.planning import Plan, list_children_in, plan_answer


@dataclass(frozen=True, slots=True)
class Talk:
    """A thread as one member of staff may read it, at one moment."""

    reader: Reader
    row: Row
    page: BookPage
    plan: Plan
    children: list[Child]
    takers: list[tuple[str, str]]
    again: Message | None
    keepable: dict[str, list[Child]]
    enclosing: Enclosing
    now: datetime

    @property
    def read_ids(self) -> list[str]:
        return [self.row.thread.id, *(entry.id for entry in self.page.entries)]


def gather_talk(
    look: Look,
    thread_id: str,
    before: str | None = None,
    again: str | None = None,
    about: Sequence[str] = (),
    written: WrittenAsked | None = None,
) -> Talk:
    """Raises: NotThereError."""
    reader = get_reader(look)
    thread, page = read_thread(look, reader, thread_id, before)
    children = list_children_in(look, reader, thread)
    taken_back = find_taken_back(look, reader, again)
    return Talk(
        reader=reader,
        row=get_row(look, reader, thread_id),
        page=page,
        plan=plan_answer(look, reader, thread_id, about or _last_about(page.entries, children)),
        children=children,
        takers=list_takers(look, reader, thread),
        keepable=gather_keepable(look, page.entries, children),
        again=taken_back,
        enclosing=gather_enclosing(
            look, list_file_ids(look, taken_back, written), partial(list_mates_in, look, reader, thread), written
        ),
        now=look.now,
    )


def _last_about(entries: Sequence[Entry], children: Sequence[Child]) -> list[str]:
    """The children whom the newest message that names any is about: an answer is about the same."""
    known = {child.id for child in children}
    about = next((entry.children for entry in reversed(entries) if entry.children), ())
    return [person.id for person in about if person.id in known]


def list_file_ids(look: Look, taken_back: Message | None, written: WrittenAsked | None) -> list[str]:
    """The files that a composer has: those that its form told of, or those of the message that was taken back."""
    if written is not None or taken_back is None:
        return list(written.files) if written is not None else []
    return [file.id for file in list_attachments(look, [taken_back.id]).get(taken_back.id, ())]


def list_mates_in(look: Look, reader: Reader, thread: Thread) -> list[Child]:
    children = list_children_in(look, reader, thread)
    return list_mates(look, reader.reach, [reader.units[thread.unit_id]], {child.id for child in children})


def find_taken_back(look: Look, reader: Reader, message_id: str | None) -> Message | None:
    """A message of the reader's own, whose words they want back. Raises: NotThereError."""
    if message_id is None:
        return None
    message, _ = get_message(look, reader, message_id)
    return message if message.author_id == look.asker.id else None
