"""Why a message came here: its story, opened under its bubble, or on a page of its own where there is no script."""

from dataclasses import dataclass

from aiohttp import web

from admin_web.page import Pages, Visit
from admin_web.parameters import Asked, PublicId
from admin_web.staff.bubbles import Bubble, lay_out
from hub.desk import Look
from hub.post.book import gather_entries
from hub.post.reading import get_message, get_reader
from hub.talk.story import Told, tell
from hub.words import Words

pages = Pages()


class StoryAsked(Asked):
    message_id: PublicId


@dataclass(frozen=True, slots=True)
class Story:
    """A message, laid out, and what is told of it."""

    thread_id: str
    bubbles: list[Bubble]
    told: list[Told]


def gather_story(look: Look, visit: Visit, words: Words, message_id: str) -> Story:
    """Raises: NotThereError."""
    reader = get_reader(look)
    message, thread = get_message(look, reader, message_id)
    entries = gather_entries(look, reader, [message.id])
    bubbles = lay_out(visit, reader.units, entries, f"/threads/{thread.id}", look.now)
    return Story(thread.id, bubbles, tell(look, reader.reach, message, words))


@pages.get("/messages/{message_id}/story")
async def show_story(visit: Visit, asked: StoryAsked) -> web.StreamResponse:
    """The story of one message."""
    story = await visit.look(gather_story, visit, visit.words, asked.message_id)
    await visit.note_reading([asked.message_id])
    template = "staff/story_part.j2" if visit.is_partial else "staff/story.j2"
    return visit.show(template, story=story)
