"""What a member of staff writes to a family: held for a moment, taken back or let go.

Every right is asked again when it is sent, and the readers are exactly those who were shown.
Source: security rules S5.1, S5.2, S6.1 and S6.2.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from hub.desk import Look, Refusal, Work
from hub.parts import count_parts
from hub.people.places import Unit
from hub.post.drafts import find_health_words, find_other_names
from hub.post.messages import Author, Message, Step, Thread, settle_waiting, wait_for_person
from hub.post.posting import NobodyToReachError, NoNumberError, Post, post, send_now, undo
from hub.post.read_marks import mark_read
from hub.post.reading import Reader, get_message, get_reader
from hub.post.recipients import Recipient, Recipients
from hub.post.shown_readers import WRITTEN, say_written
from hub.post.tone import find_harsh
from hub.safety.access import NotThereError
from hub.safety.audit import note
from hub.talk.conversations import end_told
from hub.talk.notes import LONGEST, NothingWrittenError, ReadersChangedError, TooLongError
from hub.talk.planning import Plan, list_plans, open_thread, plan_answer
from hub.words import Words

HOLD = timedelta(seconds=5)
PARTS_LIMIT = 6


class LookAgainError(Refusal):
    """The text gives something away, or may sound harsh: whoever writes says how to go on. `health`, `names` and `harsh` are
    what was found."""

    words = "composer.look_again"

    def __init__(self, health: Sequence[str], names: Sequence[str], harsh: Sequence[str] = ()) -> None:
        super().__init__()
        self.health, self.names, self.harsh = tuple(health), tuple(names), tuple(harsh)


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to be sent. `readers` is the key of those who were shown; `as_words` answers whether something sensitive
    goes as it is (None: not asked yet); `names_meant` says that other children's names are meant to stand there,
    `tone_meant` that its tone has been looked at. So many `files` go with it."""

    text: str
    readers: str
    as_words: bool | None = None
    names_meant: bool = False
    tone_meant: bool = False
    files: int = 0


def answer(work: Work, thread_id: str, child_ids: Sequence[str], draft: Draft) -> Message:
    """Answer in a thread. Raises: NotThereError and what `send` raises."""
    reader = get_reader(work)
    return _send(work, reader, plan_answer(work, reader, thread_id, child_ids), draft)


def answer_by_mail(work: Work, plan: Plan, reader: Reader, draft: Draft, arrival_id: str) -> Message:
    """The same, as it came by mail from whoever `reader` is. Raises: what `send` raises."""
    return _send(work, reader, plan, draft, Step("by_mail", {"arrival": arrival_id}))


def write_about(work: Work, child_id: str, draft: Draft) -> Message:
    """Write about a child to exactly the readers shown. Raises: NotThereError, ReadersChangedError and what `send` raises."""
    reader = get_reader(work)
    for plan in list_plans(work, reader, child_id):
        if plan.key and plan.key == draft.readers:
            return _send(work, reader, plan, draft)
    raise ReadersChangedError


def _send(work: Work, reader: Reader, plan: Plan, draft: Draft, *steps: Step) -> Message:
    text = draft.text.strip()
    reached = plan.recipients.reached
    if not text:
        raise NothingWrittenError
    if count_parts(text).parts > PARTS_LIMIT or len(text) > LONGEST:
        raise TooLongError
    if not reached:
        raise NobodyToReachError
    if plan.recipients.sender is None:
        raise NoNumberError
    if plan.key != draft.readers:
        raise ReadersChangedError
    unit = plan.recipients.unit
    health = find_health_words(text)
    names = find_other_names(work, reader.reach, unit, text, [child.id for child in plan.children])
    sensitive = bool(health) or plan.answers_sensitive
    harsh = [] if draft.tone_meant else find_harsh(text)
    if (sensitive and draft.as_words is None) or (names and not draft.names_meant) or harsh:
        raise LookAgainError(health, names, harsh)
    thread = open_thread(work, plan)
    shown = (id_ for id_, _ in plan.recipients.readers)
    step = say_written(shown, waited_since=_iso(thread.waits_since), waited_why=thread.waits_why)
    message = post(
        work,
        thread,
        Post(
            text=text,
            language=reached[0].language,
            author=Author.STAFF,
            author_id=work.asker.id,
            child_ids=[child.id for child in plan.children],
            hold=HOLD,
            trust=work.asker.trust,
            sensitive=sensitive,
            number=plan.recipients.sender,
            to=[person.address for person in reached if person.address is not None],
            story=[step, *steps],
            files=draft.files,
            said_to=_said_to(work, plan.recipients, as_notice=sensitive and not draft.as_words),
        ),
    )
    settle_waiting(work, thread)
    end_told(work, thread.id)
    mark_read(work, reader, thread.id, message.id)
    note(work, "message.write", [message.id, thread.id, *(id_ for id_, _ in plan.recipients.readers)])
    if health and draft.as_words:
        note(work, "message.override", [message.id], "health words sent as they are")
    elif plan.answers_sensitive and draft.as_words:
        note(work, "message.override", [message.id], "an answer to something sensitive sent as it is")
    if names:
        note(work, "message.override", [message.id], "names another child")
    return message


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None


def _said_to(look: Look, recipients: Recipients, *, as_notice: bool) -> dict[str, str]:
    """What goes out instead of the words, by address, where the words may not."""
    return {
        person.address.id: say_notice(look.words, recipients.unit, person)
        for person in recipients.reached
        if person.address is not None and (as_notice or person.hides_words)
    }


def say_notice(words: Words, unit: Unit, person: Recipient) -> str:
    """That there is something to read: from where, unless even that is a secret. In the person's own language."""
    words = words.in_language(person.language)
    return words.say("composer.silent") if person.is_silent else words.say("composer.notice", unit=unit.name)


def take_back(work: Work, message_id: str) -> Message:
    """Undo what the writer holds. The thread waits again if it did. Raises: NotThereError, TooLateToUndoError."""
    message, thread = _get_own(work, message_id)
    undo(work, message)
    note(work, "message.undo", [message.id])
    written = next((step for step in message.story or () if step["code"] == WRITTEN), None)
    if written is not None and written["waited_since"] is not None and thread.waits_since is None:
        wait_for_person(work, thread, written["waited_why"] or "undone")
        thread.waits_since = datetime.fromisoformat(written["waited_since"])
    return message


def let_go(work: Work, message_id: str) -> Message:
    """End the hold now. Raises: NotThereError."""
    message, _ = _get_own(work, message_id)
    send_now(work, message)
    note(work, "message.send_now", [message.id])
    return message


def _get_own(work: Work, message_id: str) -> tuple[Message, Thread]:
    message, thread = get_message(work, get_reader(work), message_id)
    if message.author != Author.STAFF or message.author_id != work.asker.id:
        raise NotThereError
    return message, thread
