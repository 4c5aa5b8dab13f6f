"""Files leave on an origin of their own: a page leads to a link that lasts a minute, for one session, and asks again.

Under the site's other name nothing else is served, and under its own no file. Source: security rule S7.7.
"""

import asyncio
from datetime import timedelta
from urllib.parse import urlsplit

from aiohttp import web

from hub.asker import Asker, Trust
from hub.desk import DeskBusyError, StoreAwayError, Work
from hub.entrance import HEADERS
from hub.post.files import get_file
from hub.post.pictures import make_small
from hub.post.reading import get_reader
from hub.safety.access import NotThereError
from hub.safety.audit import note
from hub.seal import BrokenSealError
from hub.sign_in.sessions import find_session_by_id
from hub.site import SiteParts

LASTS = timedelta(seconds=60)
GUEST = Asker("staff", "guest", Trust.UNKNOWN, "file")
BOUND = "link to a file"
WHOLE, SMALL = "whole", "small"


class Files:
    """Makes the links, and serves what they lead to."""

    def __init__(self, parts: SiteParts) -> None:
        self._desk = parts.desk
        self._seal = parts.seal
        self._clock = parts.clock
        self.origin = parts.settings.staff.files
        self._host = urlsplit(self.origin).netloc

    def link(self, session_id: str, attachment_id: str, size: str) -> str:
        """The address of a file for this session, WHOLE or SMALL."""
        until = int((self._clock.now() + LASTS).timestamp())
        return f"{self.origin}/{self._seal.seal(f'{session_id} {attachment_id} {size} {until}', BOUND)}"

    def is_asked(self, request: web.Request) -> bool:
        """Whether a request comes under the name that files have."""
        return request.host == self._host

    async def serve(self, request: web.Request) -> web.Response:
        """The file of a link, or the same neutral words whatever is amiss."""
        try:
            attachment_id, body = await self._read(request)
        except (StoreAwayError, DeskBusyError):
            return _told(503)
        except (NotThereError, BrokenSealError):
            return _told(404)
        own = {
            "Content-Disposition": f'attachment; filename="budbok-{attachment_id}.jpg"',
            "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
            "Cross-Origin-Resource-Policy": "cross-origin",
        }
        return web.Response(body=body, content_type="image/jpeg", headers=own)

    async def _read(self, request: web.Request) -> tuple[str, bytes]:
        """Raises: BrokenSealError, NotThereError."""
        session_id, attachment_id, size, until = self._seal.open(request.path[1:], BOUND).split(" ")
        if request.method != "GET" or self._clock.now().timestamp() > int(until):
            raise NotThereError
        session = await self._desk.look(GUEST, find_session_by_id, session_id)
        if session is None or session.is_faded:
            raise NotThereError
        asker = Asker("staff", session.staff_id, Trust.STRONG, "file", session.owner_id)
        body = await self._desk.work(asker, read_file, attachment_id)
        return attachment_id, body if size == WHOLE else await asyncio.to_thread(make_small, body)


def read_file(work: Work, attachment_id: str) -> bytes:
    """A file's bytes, for the asker if they may read it now. Audited. Raises: NotThereError."""
    attachment, body = get_file(work, get_reader(work), attachment_id)
    note(work, "read", [attachment.id, attachment.message_id])
    return body


def _told(status: int) -> web.Response:
    return web.Response(status=status, text=f"{status}\n", headers=HEADERS)
