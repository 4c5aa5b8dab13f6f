"""Records of messages: those that staff put in a child's file, with a reason; and all of a kind where the owner says always.

A record holds the words as they were said, who said them to whom, and copies of the files. Source: security rules S3.1, S10.2.
"""

from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa

from hub.archive.leave_records import BUDBOK, HIDDEN
from hub.archive.records import (
    ArchiveRecord,
    Direction,
    Enclosed,
    Kept,
    Person,
    RecordKind,
    Written,
    find_record,
    keep_record,
)
from hub.archive.rules import ArchiveRule, Keep, Matter, rules_of
from hub.clock import first_id
from hub.desk import Look, Refusal, Work
from hub.people.families import Child
from hub.people.naming import names_of
from hub.people.places import Unit
from hub.people.staff import Staff
from hub.post.deliveries import Delivery, Status
from hub.post.entry import Entry
from hub.post.files import Attachment, AttachmentBody, FileState, list_attachments
from hub.post.messages import Author, Message, Thread, list_children_of
from hub.post.reading import get_message, get_reader
from hub.safety.access import NotThereError, get_child

LONGEST_REASON = 200
SETTLED = timedelta(days=1)
"""After so long a message has left or was undone, and its files are here or never will be."""
_UNDONE = frozenset({Status.UNDONE, Status.CANCELED})


class NotForArchiveError(Refusal):
    """By the owner's rule, such messages are not kept for the archive."""

    words = "refusals.archive_not_for_it"


class NoReasonError(Refusal):
    """Whoever puts something in a child's file says why."""

    words = "refusals.archive_reason_missing"


class NotSentYetError(Refusal):
    """It can still be taken back, or was."""

    words = "refusals.archive_not_sent_yet"


class FilesOnTheirWayError(Refusal):
    """Its files are still being fetched."""

    words = "refusals.archive_files_on_their_way"


def matter_of(message: Message | Entry) -> Matter:
    """Which rule a message falls under."""
    if message.note:
        return Matter.NOTES
    by_author = {Author.GUARDIAN: Matter.GUARDIAN_WORDS, Author.STAFF: Matter.STAFF_WORDS}
    return by_author.get(Author(message.author), Matter.BOT_WORDS)


def get_for_file(look: Look, child_id: str, message_id: str) -> tuple[Message, Thread, Child]:
    """A message about a child that the asking member of staff may read, by their rights now. Raises: NotThereError."""
    reader = get_reader(look)
    child, _ = get_child(look, reader.reach, child_id)
    message, thread = get_message(look, reader, message_id)
    if child.id not in list_children_of(look, [message.id])[message.id]:
        raise NotThereError
    return message, thread, child


def put_in_file(work: Work, child_id: str, message_id: str, reason: str) -> ArchiveRecord:
    """Keep a message and its files in a child's file, for the archive. What stands there already stays as it was kept. Audited.

    Raises: NotThereError, NotForArchiveError, NoReasonError, NotSentYetError, FilesOnTheirWayError.
    """
    message, thread, child = get_for_file(work, child_id, message_id)
    work.take_turns([message.id])
    kept = find_record(work, RecordKind.MESSAGE, message.id, child.id)
    if kept is not None:
        return kept
    if rules_of(work, message.owner_id)[matter_of(message)] is Keep.NO:
        raise NotForArchiveError
    reason = " ".join(reason.split())[:LONGEST_REASON]
    if not reason:
        raise NoReasonError
    if not may_be_kept(work, message):
        raise NotSentYetError
    files = list_attachments(work, [message.id]).get(message.id, [])
    if any(each.state == FileState.WAITING for each in files):
        raise FilesOnTheirWayError
    staff = work.session.get(Staff, work.asker.id)
    return _keep(work, message, thread, child, files, reason, staff.name if staff is not None else BUDBOK)


def may_be_kept(look: Look, message: Message) -> bool:
    """Whether it has been said for good: nobody can take it back any more, and nobody has."""
    asked = sa.select(Delivery.status, Delivery.due, Delivery.tries).where(Delivery.message_id == message.id)
    found = look.session.execute(asked).all()
    if found and all(status in _UNDONE for status, _, _ in found):
        return False
    is_held = any(status == Status.WAITING and due > look.now and not tries for status, due, tries in found)
    return message.author != Author.STAFF or not is_held


def gather_messages(work: Work, most: int) -> int:
    """Where an owner's rule says always, keep what was said since it was set and is settled, `most` messages a rule at most;
    how many were looked at."""
    rules = work.session.scalars(
        sa.select(ArchiveRule)
        .where(ArchiveRule.keep == Keep.ALWAYS, ArchiveRule.matter.in_(_AUTHORS))
        .order_by(ArchiveRule.owner_id, ArchiveRule.matter)
    )
    return sum(_gather(work, rule, most) for rule in rules.all())


_AUTHORS = {
    Matter.GUARDIAN_WORDS: [Author.GUARDIAN],
    Matter.STAFF_WORDS: [Author.STAFF],
    Matter.NOTES: list(Author),
    Matter.BOT_WORDS: [Author.BOT, Author.SYSTEM],
}


def _gather(work: Work, rule: ArchiveRule, most: int) -> int:
    matter = Matter(rule.matter)
    work.take_turns([f"{rule.owner_id} {matter}"])
    found = work.session.execute(
        sa.select(Message, Thread)
        .join(Thread, Thread.id == Message.thread_id)
        .where(
            Message.owner_id == rule.owner_id,
            Message.id > (rule.gathered_to or first_id(rule.set_at)),
            Message.id < first_id(work.now - SETTLED),
            Message.author.in_(_AUTHORS[matter]),
            Message.note.is_(matter is Matter.NOTES),
        )
        .order_by(Message.id)
        .limit(most)
    ).all()
    work.take_turns([message.id for message, _ in found])
    about = list_children_of(work, [message.id for message, _ in found])
    for message, thread in found:
        rule.gathered_to = message.id
        if not may_be_kept(work, message):
            continue
        files = list_attachments(work, [message.id]).get(message.id, [])
        for child_id in about[message.id]:
            if find_record(work, RecordKind.MESSAGE, message.id, child_id) is None:
                child = work.session.get_one(Child, child_id)
                _keep(work, message, thread, child, files, "", BUDBOK)
    work.session.flush()
    return len(found)


def _keep(
    work: Work, message: Message, thread: Thread, child: Child, files: Sequence[Attachment], reason: str, by: str
) -> ArchiveRecord:
    unit = work.session.get_one(Unit, thread.unit_id)
    say = work.words.in_language(unit.languages[0]).say
    guardians = thread.guardian_ids
    author = message.author_id or ""
    names = names_of(work, guardians={*guardians, author}, staff={author})
    family = tuple(Person(id_, names[id_]) for id_ in guardians if id_ in names)
    is_theirs = message.author == Author.GUARDIAN
    senders: tuple[Person, ...]
    if is_theirs:
        senders = (Person(author, names[author]),) if author in names else family
    else:
        senders = (Person(author, names.get(author, BUDBOK)),)
    receivers = () if message.note else (Person("", unit.name),) if is_theirs else family
    code = "note" if message.note else "from_family" if is_theirs else "to_family"
    copies = _copy(work, files)
    facts = [
        say(
            "records.said",
            names=[one.name for one in senders],
            at=unit.local(message.at),
            channel="" if message.note else message.channel,
        )
    ]
    if receivers:
        facts.append(say("records.said_to", names=[one.name for one in receivers]))
    titles = {
        public: say(f"records.message_{code}", child=HIDDEN if public else child.name) for public in (False, True)
    }
    kept = Kept(
        kind=RecordKind.MESSAGE,
        subject_id=message.id,
        case=f"file {child.id} {unit.id}",
        at=message.at,
        direction=Direction.INTERNAL if message.note else Direction.IN if is_theirs else Direction.OUT,
        case_title=say("records.case_file", child=child.name),
        case_title_public=say("records.case_file", child=HIDDEN),
        title=titles[False],
        title_public=titles[True],
        responsible=unit.name,
        senders=senders,
        receivers=receivers,
        documents=(
            Written(titles[False], tuple(facts), message.text),
            *(
                Enclosed(say("records.file", n=number), each.media_type, body, each.name, lasts=False)
                for number, (each, body) in enumerate(copies, 1)
            ),
        ),
        is_over=False,
        reason=reason,
        missing=len(files) - len(copies),
    )
    record = keep_record(work, child, unit, kept, by)
    work.session.flush()
    return record


def _copy(look: Look, files: Sequence[Attachment]) -> list[tuple[Attachment, bytes]]:
    """Those that were taken, with their bytes."""
    ids = [each.id for each in files if each.state == FileState.KEPT]
    asked = sa.select(AttachmentBody.attachment_id, AttachmentBody.body).where(AttachmentBody.attachment_id.in_(ids))
    bodies = {row.attachment_id: row.body for row in look.session.execute(asked)}
    return [(each, bodies[each.id]) for each in files if each.id in bodies]
