"""Questions that nobody answered in time: what the guardian wanted is not lost, a person takes over and a word tells so."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from hub.address import kind_of
from hub.clock import IdMaker
from hub.desk import Work
from hub.people.places import SLEEPS, WAKES, Unit
from hub.post.answer_caps import may_answer
from hub.post.audience import list_addresses
from hub.post.messages import Author, Thread, ThreadKind, wait_for_person
from hub.post.posting import Post, find_sender, post
from hub.talk.conversations import Conversation, ConversationState

LOOK_BACK = timedelta(days=3)
AT_ONCE = 200
_OF_STAFF = sa.exists().where(Thread.id == Conversation.thread_id, Thread.kind == ThreadKind.STAFF)


def hand_over_unanswered(work: Work) -> int:
    """End the conversations whose time is over and hand their threads to staff; how many that was.

    Only those of the last three days are looked at: ids sort by time, so the question costs the same however long the
    book is. What was told and needs no answer just ends when somebody writes, and so does what the hub asked by itself, or
    asked staff.
    """
    since = IdMaker().make(work.now - LOOK_BACK)
    over = list(
        work.session.scalars(
            sa.select(Conversation)
            .where(
                Conversation.id > since,
                Conversation.state.in_([ConversationState.OPEN, ConversationState.QUEUED]),
                ~Conversation.prompted,
                Conversation.expires_at <= work.now,
                ~_OF_STAFF,
            )
            .order_by(Conversation.id)
            .limit(AT_ONCE)
            .with_for_update(skip_locked=True)
        )
    )
    told: set[tuple[str, str]] = set()
    for conversation in over:
        was_asked = conversation.state == ConversationState.OPEN
        conversation.end(ConversationState.EXPIRED, work.now)
        thread = work.session.get_one(Thread, conversation.thread_id)
        wait_for_person(work, thread, "unanswered")
        asked = (thread.id, conversation.asked_of)
        if was_asked and asked not in told:
            told.add(asked)
            _say_so(work, thread, conversation.asked_of)
    return len(over)


def _say_so(work: Work, thread: Thread, asked_of: str) -> None:
    """Once, and not at night."""
    people = list_addresses(work, kind_of(asked_of), asked_of, thread.owner_id)
    number = find_sender(work, thread)
    if not people or number is None or not may_answer(work, asked_of, in_talk=False):
        return
    address, guardian = people[0]
    unit = work.session.get_one(Unit, thread.unit_id)
    what = Post(
        text=work.words.in_language(guardian.language).say("reception.no_answer"),
        language=guardian.language,
        author=Author.BOT,
        author_id="reception",
        hold=_until_day(unit.local(work.now)),
        number=number,
        to=[address],
    )
    post(work, thread, what)


def _until_day(local: datetime) -> timedelta:
    """How long until the hours in which one may be written to."""
    if WAKES <= local.hour < SLEEPS:
        return timedelta()
    days = 0 if local.hour < WAKES else 1
    return (local + timedelta(days=days)).replace(hour=WAKES, minute=0, second=0, microsecond=0) - local
