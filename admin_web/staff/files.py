"""Files that came with messages: for whoever may read the message, as a download that can do nothing where it opens."""

import asyncio

from aiohttp import web

from admin_web.page import Pages, Visit
from admin_web.parameters import Asked, PublicId
from hub.desk import Look
from hub.post.files import Attachment, get_file
from hub.post.pictures import make_small
from hub.post.reading import get_reader

pages = Pages()

NOTHING_RUNS = "default-src 'none'; frame-ancestors 'none'; sandbox"


class FileAsked(Asked):
    attachment_id: PublicId


def gather_file(look: Look, attachment_id: str) -> tuple[Attachment, bytes]:
    """Raises: NotThereError."""
    return get_file(look, get_reader(look), attachment_id)


@pages.get("/files/{attachment_id}")
async def fetch(visit: Visit, asked: FileAsked) -> web.StreamResponse:
    """The whole picture."""
    return _hand_over(asked.attachment_id, await _read(visit, asked.attachment_id))


@pages.get("/files/{attachment_id}/small")
async def fetch_small(visit: Visit, asked: FileAsked) -> web.StreamResponse:
    """The picture as a page shows it."""
    body = await _read(visit, asked.attachment_id)
    return _hand_over(asked.attachment_id, await asyncio.to_thread(make_small, body))


async def _read(visit: Visit, attachment_id: str) -> bytes:
    attachment, body = await visit.look(gather_file, attachment_id)
    await visit.note_reading([attachment.id, attachment.message_id])
    return body


def _hand_over(attachment_id: str, body: bytes) -> web.Response:
    """The headers that every answer of the site has, and those of a file. Source: security rule S7.7."""
    headers = {
        "Content-Disposition": f'attachment; filename="budbok-{attachment_id}.jpg"',
        "Content-Security-Policy": NOTHING_RUNS,
    }
    return web.Response(body=body, content_type="image/jpeg", headers=headers)
