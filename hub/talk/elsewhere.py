"""A bare yes, no or number that came to another unit's number than the question it answers.

A phone shows each of our numbers as a talk of its own, and people answer in the wrong one. What can only be an answer to one
question is taken there; what may be for something else is asked back by whoever asked; a no to what was told counts there,
since that is the safe side. None of the units learns of another. Source: security rules S1.6 and S3.3.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from hub.database import Utc
from hub.desk import Look
from hub.post.arrivals import get_arrival
from hub.post.messages import Author, Message, Thread
from hub.quick_select import QuickSelect
from hub.talk.bot import Bot
from hub.talk.conversations import AT_OTHER_UNITS, TALK, Conversation, ConversationState, replay
from hub.talk.dialogue import ANSWERS, Waiting
from hub.talk.heard import About, Heard, Intent
from hub.talk.routing import Route, find_route, find_thread, route_to
from hub.talk.speaker import Speaker, get_speaker
from hub.talk.standing import Standing, get_standing, last_asked_at

BARE_LETTERS = 20
A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Strayed:
    """Where such an answer may belong. `is_sure`: it is taken there. `is_alone`: there is nothing else that it could be an
    answer to."""

    route: Route
    is_sure: bool
    is_alone: bool


@dataclass(frozen=True, slots=True)
class _Awaits:
    """What a thread of another unit waits for. `asked` is None where something was told, and nothing asked since."""

    thread: Thread
    asked: Conversation | None
    at: datetime
    told_since: bool


def is_bare(heard: Heard | None, text: str) -> bool:
    """Whether words that begin nothing by themselves may be an answer to something."""
    if heard is None or len(text) > BARE_LETTERS or "?" in text:
        return False
    named = any(act.children or act.days or act.unknown_name for act in heard.acts)
    only = {act.intent for act in heard.acts} <= ANSWERS
    return only and not named and (heard.acts[0].intent is not Intent.MESSAGE or any(c.isdigit() for c in text))


def find_asked_elsewhere(look: Look, bots: Mapping[str, Bot], arrival_id: str) -> About | None:
    """What a bare text may be the answer to at another unit; None where nothing waits there, or something does here."""
    arrival = get_arrival(look, arrival_id)
    route = find_route(look, arrival.kind, arrival.sender, arrival.recipient)
    if route is None or not route.people or _waits_here(look, route, route.people[0][0].value):
        return None
    waiting = _list_waiting(look, route, get_speaker(look, route.unit, route.people))
    newest = max(waiting, key=lambda each: each.at, default=None)
    if newest is None or newest.asked is None or newest.asked.bot not in bots:
        return None if newest is None else About("confirm")
    played = replay(look, bots[newest.asked.bot], newest.asked)
    return played.asked.question.about() if isinstance(played, Waiting) else None


def answers_something(heard: Heard) -> bool:
    """Whether words heard as an answer are one."""
    return bool(heard.options) or not {act.intent for act in heard.acts} <= {Intent.ACK, Intent.MESSAGE}


def find_strayed(look: Look, route: Route, speaker: Speaker, heard: Heard) -> list[Strayed]:
    """Where an answer belongs that came to `route`; empty when what was last written to them came from there."""
    if _waits_here(look, route, speaker.addresses[0].value):
        return []
    says_no = {act.intent for act in heard.acts} == {Intent.NO}
    waiting = [each for each in _list_waiting(look, route, speaker) if says_no or each.asked is not None]
    written_at = _last_written_at(look, route)
    if not waiting or (written_at is not None and written_at > max(each.at for each in waiting)):
        return []
    is_quiet_here = written_at is None or written_at < look.now - A_DAY
    found = []
    for each in waiting:
        way = route_to(look, route, each.thread)
        if way is not None:
            is_one = is_quiet_here and len(waiting) == 1
            clear = is_one and each.at > look.now - TALK and (says_no or not each.told_since)
            is_sure = clear or each.asked is None
            found.append(Strayed(way, is_sure, is_sure and is_quiet_here))
    return found


def _waits_here(look: Look, route: Route, asked_of: str) -> bool:
    """Whether something was asked or told here that a bare answer is to."""
    thread = find_thread(look, route)
    if thread is None:
        return False
    standing = get_standing(look, thread.id, asked_of)
    told = standing.newest(ConversationState.TOLD)
    return standing.asked() is not None or (told is not None and told.expires_at > look.now)


_LAST_WRITTEN = QuickSelect(
    sa.select(Message.at)
    .where(Message.thread_id == sa.bindparam("thread"), Message.author != Author.GUARDIAN)
    .order_by(Message.id.desc())
    .limit(1)
)


def _last_written_at(look: Look, route: Route) -> datetime | None:
    """When this unit last wrote to them."""
    thread = find_thread(look, route)
    found = [] if thread is None else _LAST_WRITTEN.rows(look, thread=thread.id)
    return found[0][0] if found else None


_STANDING_ELSEWHERE = QuickSelect(
    AT_OTHER_UNITS.where(
        Conversation.state.in_([ConversationState.OPEN, ConversationState.TOLD, ConversationState.QUEUED]),
        Conversation.expires_at > sa.bindparam("now", type_=Utc),
    ).order_by(Conversation.id)
)


def _list_waiting(look: Look, route: Route, speaker: Speaker) -> list[_Awaits]:
    """What waits for an answer of theirs at other units of the owner."""
    found = _STANDING_ELSEWHERE.rows(
        look,
        guardian=speaker.guardian_ids[0],
        owner=route.unit.owner_id,
        unit=route.unit.id,
        asked_of=speaker.addresses[0].value,
        now=look.now,
    )
    threads: dict[str, tuple[Thread, list[Conversation]]] = {}
    for conversation, thread in found:
        threads.setdefault(thread.id, (thread, []))[1].append(conversation)
    waiting = (_awaits(look, thread, conversations) for thread, conversations in threads.values())
    return [each for each in waiting if each is not None]


def _awaits(look: Look, thread: Thread, conversations: Sequence[Conversation]) -> _Awaits | None:
    standing = Standing(list(conversations))
    asked, told = standing.asked(), standing.newest(ConversationState.TOLD)
    if asked is None:
        return None if told is None else _Awaits(thread, None, told.opened_at, told_since=True)
    at = last_asked_at(look, asked)
    told_since = told is not None and told.opened_at > at
    return _Awaits(thread, asked, told.opened_at if told is not None and told_since else at, told_since)
