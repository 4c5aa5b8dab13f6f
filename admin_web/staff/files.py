"""Files that came with messages: whoever may read the message is led to the file, which lies on an origin of its own."""

from aiohttp import web

from admin_web.files import SMALL, WHOLE
from admin_web.page import Pages
from admin_web.parameters import Asked, PublicId
from admin_web.staff.visiting import Visit
from hub.desk import Look
from hub.post.file_reading import get_file
from hub.post.reading import get_reader

pages = Pages()


class FileAsked(Asked):
    attachment_id: PublicId


def check_file(look: Look, attachment_id: str) -> None:
    """Raises: NotThereError."""
    get_file(look, get_reader(look), attachment_id)


@pages.get("/files/{attachment_id}")
async def fetch(visit: Visit, asked: FileAsked) -> web.StreamResponse:
    """The way to the whole picture."""
    return await _lead(visit, asked.attachment_id, WHOLE)


@pages.get("/files/{attachment_id}/small")
async def fetch_small(visit: Visit, asked: FileAsked) -> web.StreamResponse:
    """The way to the picture as a page shows it."""
    return await _lead(visit, asked.attachment_id, SMALL)


async def _lead(visit: Visit, attachment_id: str, size: str) -> web.Response:
    await visit.look(check_file, attachment_id)
    link = visit.files.link(visit.signed_in.id, attachment_id, size)
    return web.Response(status=303, headers={"Location": link})
