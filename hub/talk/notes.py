"""What staff write and mark for themselves beside a family's messages: notes, which are never sent, and how far they read."""

from collections.abc import Sequence

from hub.desk import Refusal, Work
from hub.post.messages import Author, Message, Step, keep_message
from hub.post.reading import get_reader
from hub.safety.audit import note
from hub.talk.planning import Plan, list_plans, open_thread, plan_answer

LONGEST = 2000
NOTE = "note"


class NothingWrittenError(Refusal):
    """There is no text."""

    words = "composer.nothing_written"


class TooLongError(Refusal):
    """It is longer than 2,000 letters, or takes more than six SMS parts. Source: security rule S13."""

    words = "composer.too_long"


class ReadersChangedError(Refusal):
    """Who would read it is no longer who was shown."""

    words = "composer.readers_changed"


def write_note(work: Work, thread_id: str, child_ids: Sequence[str], text: str) -> Message:
    """A note that only staff read; it is never sent. Raises: NotThereError, NothingWrittenError, TooLongError."""
    reader = get_reader(work)
    return keep_note(work, plan_answer(work, reader, thread_id, child_ids), text)


def write_note_about(work: Work, child_id: str, readers: str, text: str) -> Message:
    """The same beside a child's messages with these readers. Raises: ReadersChangedError too."""
    for plan in list_plans(work, get_reader(work), child_id):
        if plan.key == readers:
            return keep_note(work, plan, text)
    raise ReadersChangedError


def keep_note(work: Work, plan: Plan, text: str, story: Sequence[Step] = ()) -> Message:
    """The same where the plan says. Raises: NothingWrittenError, TooLongError."""
    if not text.strip():
        raise NothingWrittenError
    if len(text.strip()) > LONGEST:
        raise TooLongError
    thread = open_thread(work, plan)
    message = Message(
        id=work.new_id(),
        owner_id=thread.owner_id,
        thread_id=thread.id,
        at=work.now,
        author=Author.STAFF,
        author_id=work.asker.id,
        channel=NOTE,
        note=True,
        text=text.strip(),
        language=plan.recipients.unit.languages[0],
        trust=work.asker.trust,
        story=[step.as_json() for step in story] or None,
    )
    keep_message(work, thread, message, [child.id for child in plan.children])
    note(work, "message.note", [message.id, thread.id])
    return message
