"""Why a message came here: its story, opened under its bubble, or on a page of its own where there is no script.

Under it staff say, with one tap, that it was heard wrong and what was meant.
"""

from dataclasses import dataclass
from typing import Literal

from aiohttp import web

from admin_web.page import Pages
from admin_web.parameters import Asked, PublicId
from admin_web.staff.bubbles import Bubble, lay_out
from admin_web.staff.visiting import Visit
from hub.desk import Look
from hub.post.book import gather_entries
from hub.post.messages import Author
from hub.post.reading import get_message, get_reader
from hub.talk.corrections import MEANT, OTHER_CHILD, OTHER_DAYS, correct, find_correction, take_back
from hub.talk.story import Told, tell
from hub.words import Words

pages = Pages()


class StoryAsked(Asked):
    message_id: PublicId


class CorrectionAsked(StoryAsked):
    meant: Literal[
        "absence", "absence_cancel", "late", "early_pickup", "pickup_person", "leave_application", "care_time", "consent",
        "message", "yes", "no", "ack", "other_child", "other_days",
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing that may have been meant."""

    code: str
    word: str


@dataclass(frozen=True, slots=True)
class Story:
    """A message, laid out, and what is told of it. `meant` is what staff said it meant, `choices` what they may say."""

    thread_id: str
    message_id: str
    bubbles: list[Bubble]
    told: list[Told]
    meant: str
    choices: list[Choice]


def gather_story(look: Look, visit: Visit, words: Words, message_id: str) -> Story:
    """Raises: NotThereError."""
    reader = get_reader(look)
    message, thread = get_message(look, reader, message_id)
    entries = gather_entries(look, reader, [message.id])
    bubbles = lay_out(visit, reader.units, entries, f"/threads/{thread.id}", look.now)
    was_heard = message.author == Author.GUARDIAN and message.heard is not None
    kept = find_correction(look, message.id) if was_heard else None
    return Story(
        thread.id,
        message.id,
        bubbles,
        tell(look, reader.reach, message, words),
        meant="" if kept is None else _say_meant(words, kept.meant),
        choices=[Choice(code, _say_meant(words, code)) for code in (*MEANT, OTHER_CHILD, OTHER_DAYS)]
        if was_heard
        else [],
    )


def _say_meant(words: Words, code: str) -> str:
    if code in (OTHER_CHILD, OTHER_DAYS):
        return words.say(f"corrections.{code}")
    return words.say("story.led_to_intent", intent=code)


@pages.get("/messages/{message_id}/story")
async def show_story(visit: Visit, asked: StoryAsked) -> web.StreamResponse:
    """The story of one message."""
    story = await visit.look(gather_story, visit, visit.words, asked.message_id)
    await visit.note_reading([asked.message_id])
    template = "staff/story_part.j2" if visit.is_partial else "staff/story.j2"
    return visit.show(template, story=story)


@pages.post("/messages/{message_id}/correction")
async def post_correction(visit: Visit, asked: CorrectionAsked) -> web.StreamResponse:
    """It was heard wrong, and this was meant."""
    await visit.work(correct, asked.message_id, asked.meant)
    return await _again(visit, asked.message_id)


@pages.post("/messages/{message_id}/correction/undo")
async def undo_correction(visit: Visit, asked: StoryAsked) -> web.StreamResponse:
    """It was heard right after all."""
    await visit.work(take_back, asked.message_id)
    return await _again(visit, asked.message_id)


async def _again(visit: Visit, message_id: str) -> web.StreamResponse:
    if not visit.is_partial:
        return visit.go(f"/messages/{message_id}/story")
    story = await visit.look(gather_story, visit, visit.words, message_id)
    await visit.note_reading([message_id])
    return visit.show("staff/story_part.j2", story=story)
