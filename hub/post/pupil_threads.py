"""Who reads what a pupil and the school write to each other: they alone, for no list of words knows what a child confides.

Staff may let the pupil's guardians read along from a moment on, until an age that the owner sets, and may end it: never what
was said before, what is sensitive or about signing in, and nothing that waits for a person.
Source: security rules S0.1, S3.2 and S6.1.
"""

from collections.abc import Collection, Sequence
from datetime import date

import sqlalchemy as sa

from hub.desk import Look, Work
from hub.doorbell import LIVE
from hub.people.families import Child, Guardian, Right
from hub.post.audience import list_guardians_of
from hub.post.drafts import find_health_words
from hub.post.messages import Author, Message, Thread, ThreadKind
from hub.post.reading import get_reader, get_thread
from hub.safety.access import NotThereError
from hub.safety.audit import note
from hub.safety.pupils import list_ages, reads_of_pupil

_PUPILS = sa.select(Guardian.id, Child).join(Child, Child.id == Guardian.pupil_id)
_THREADS = (
    sa.select(Thread)
    .join(Guardian, Guardian.id == Thread.party)
    .where(
        Thread.kind == ThreadKind.PUPIL,
        Thread.shared_from.is_not(None),
        Thread.owner_id == sa.bindparam("owner"),
        Guardian.pupil_id == sa.bindparam("child"),
    )
)


_SHARED = sa.select(Thread.unit_id).where(
    Thread.party == sa.bindparam("pupil"), Thread.kind == ThreadKind.PUPIL, Thread.shared_from.is_not(None)
)


def let_read_along(work: Work, thread_id: str) -> None:
    """Staff who serve the pupil let the guardians read this talk along from now on. Audited.

    Raises: NotThereError, also where the thread is no pupil's.
    """
    thread = _get_talk(work, thread_id)
    if thread.kept_apart:
        thread.shared_from = work.now
        note(work, "thread.let_read", [thread.id, thread.party])
        work.ring(LIVE, thread.id)


def keep_apart(work: Work, thread_id: str) -> None:
    """Staff who serve the pupil end that the guardians read this talk along. Audited.

    Raises: NotThereError, also where the thread is no pupil's.
    """
    thread = _get_talk(work, thread_id)
    if not thread.kept_apart:
        thread.shared_from = None
        note(work, "thread.keep_apart", [thread.id, thread.party])
        work.ring(LIVE, thread.id)


def _get_talk(look: Look, thread_id: str) -> Thread:
    thread = get_thread(look, get_reader(look), thread_id)
    if thread.kind != ThreadKind.PUPIL:
        raise NotThereError
    return thread


def list_reading(look: Look, threads: Sequence[Thread], day: date) -> dict[str, list[str]]:
    """By thread of a pupil, the ids of the guardians who may read it on a day, blocks heeded."""
    own = {thread.id: thread for thread in threads if thread.kind == ThreadKind.PUPIL and not thread.kept_apart}
    if not own:
        return {}
    parties = {thread.party for thread in own.values()}
    pupils = {row[0]: row[1] for row in look.session.execute(_PUPILS.where(Guardian.id.in_(parties)))}
    guardians = list_guardians_of(look, [child.id for child in pupils.values()], Right.INFORM, day)
    found: dict[str, list[str]] = {}
    for thread in own.values():
        child = pupils.get(thread.party)
        if child is not None and reads_of_pupil(list_ages(look, thread.owner_id), child, day):
            found[thread.id] = [each.id for each in guardians.get(child.id, []) if each.id != thread.party]
    return found


def list_reading_along(look: Look, pupil: Guardian, day: date, unit_id: str | None = None) -> list[str]:
    """The ids of the guardians who may read on a day what this pupil and the school write from now on, blocks heeded: at one
    unit, or at any."""
    child = look.session.get_one(Child, pupil.pupil_id)
    if not reads_of_pupil(list_ages(look, pupil.owner_id), child, day):
        return []
    shared = look.session.scalars(_SHARED, {"pupil": pupil.id}).all()
    if not shared or (unit_id is not None and unit_id not in shared):
        return []
    guardians = list_guardians_of(look, [child.id], Right.INFORM, day).get(child.id, [])
    return [each.id for each in guardians if each.id != pupil.id]


def list_threads_of_pupil(look: Look, owner_id: str, child_id: str, day: date) -> dict[str, Thread]:
    """A pupil's own threads by id, where its guardians may read them on a day. Whoever asks may be informed of the child."""
    child = look.session.get(Child, child_id)
    if child is None or not reads_of_pupil(list_ages(look, owner_id), child, day):
        return {}
    return {thread.id: thread for thread in look.session.scalars(_THREADS, {"owner": owner_id, "child": child_id})}


def is_read_along(thread: Thread, message: Message) -> bool:
    """Whether a message of a pupil's talk is one that guardians may read, once no person has to look at it."""
    if thread.shared_from is None or message.at < thread.shared_from:
        return False
    return message.author != Author.SYSTEM and not (message.sensitive or find_health_words(message.text))


def is_shown_to(reader_ids: Collection[str], thread: Thread, message: Message) -> bool:
    """Whether a message is out to all of these people: a pupil's, to anybody but the pupil alone, only what staff let the
    guardians read along."""
    if thread.kind != ThreadKind.PUPIL or set(reader_ids) == {thread.party}:
        return True
    waits = thread.waits_since is not None and message.at >= thread.waits_since
    return is_read_along(thread, message) and not waits


def shows_files(reader_ids: Collection[str], thread: Thread, message: Message) -> bool:
    """Whether the files of a message that is shown are shown too: on a picture that a pupil sent, anything may be seen."""
    return thread.kind != ThreadKind.PUPIL or set(reader_ids) == {thread.party} or message.author != Author.GUARDIAN
