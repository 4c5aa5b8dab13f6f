"""Files leave on an origin of their own: a page leads to a link that lasts a minute, for one session, and asks again.

Under a site's other name nothing else of it is served, and under its own no file. Source: security rule S7.7.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from aiohttp import web

from hub.asker import Asker, Trust
from hub.desk import Desk, DeskBusyError, Look, StoreAwayError, Work
from hub.door.hand_outs import TagHandOut, get_signature
from hub.entrance import HEADERS
from hub.letters.rendering import NotMadeError
from hub.mailroom.by_hand import get_to_give
from hub.mailroom.print_batches import PrintBatch
from hub.mailroom.print_binding import Batch, bind
from hub.mailroom.printing import keep_printed, read_batch
from hub.post.file_reading import get_file
from hub.post.files import JPEG, PDF, Attachment
from hub.post.pictures import make_small
from hub.post.reading import get_reader
from hub.safety.access import NotThereError, get_reach
from hub.safety.audit import note
from hub.school.leave_decisions import LeaveDecision
from hub.school.leave_letters import LeaveLetter
from hub.school.leave_papers import get_paper, has_paper
from hub.school.leave_queue import get_leave
from hub.seal import BrokenSealError, Seal
from hub.sign_in.sessions import find_session_by_id
from hub.site import SiteParts

LASTS = timedelta(seconds=60)
GUEST = Asker("staff", "guest", Trust.UNKNOWN, "file")
WHOLE, SMALL = "whole", "small"
ENDINGS = {PDF: "pdf"}


@dataclass(frozen=True, slots=True)
class Opened:
    """What a link leads to."""

    media_type: str
    body: bytes


Open = Callable[[Desk, str, str], Awaitable[Opened]]
"""A file as the person of a session may have it now, by the session's id and the file's. Raises: NotThereError."""


class Files:
    """Makes the links of one site, and serves what they lead to. `below` is the site's own path; `open_file` asks who may."""

    def __init__(self, parts: SiteParts, origin: str, open_file: Open, below: str = "") -> None:
        self._desk = parts.desk
        self._seal = parts.seal
        self._clock = parts.clock
        self._open = open_file
        self._below = f"{below}/"
        self._bound = f"link to a file{below}"
        self.origin = origin
        self._host = urlsplit(origin).netloc

    def link(self, session_id: str, attachment_id: str, size: str) -> str:
        """The address of a file for this session, WHOLE or SMALL."""
        until = int((self._clock.now() + LASTS).timestamp())
        sealed = self._seal.seal(f"{session_id} {attachment_id} {size} {until}", self._bound)
        return f"{self.origin}{self._below}{sealed}"

    def is_asked(self, request: web.Request) -> bool:
        """Whether a request comes under the name that files have."""
        return request.host == self._host

    async def serve(self, request: web.Request) -> web.Response:
        """The file of a link, or the same neutral words whatever is amiss."""
        try:
            attachment_id, opened = await self._read(request)
        except (StoreAwayError, DeskBusyError):
            return _told(503)
        except (NotThereError, BrokenSealError):
            return _told(404)
        ending = ENDINGS.get(opened.media_type, "jpg")
        own = {
            "Content-Disposition": f'attachment; filename="budbok-{attachment_id}.{ending}"',
            "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
            "Cross-Origin-Resource-Policy": "cross-origin",
        }
        return web.Response(body=opened.body, content_type=opened.media_type, headers=own)

    async def _read(self, request: web.Request) -> tuple[str, Opened]:
        """Raises: BrokenSealError, NotThereError."""
        sealed = request.path.removeprefix(self._below)
        session_id, attachment_id, size, until = self._seal.open(sealed, self._bound).split(" ")
        if request.method != "GET" or self._clock.now().timestamp() > int(until):
            raise NotThereError
        opened = await self._open(self._desk, session_id, attachment_id)
        if size == WHOLE:
            return attachment_id, opened
        if opened.media_type == PDF:
            raise NotThereError
        return attachment_id, Opened(opened.media_type, await asyncio.to_thread(make_small, opened.body))


async def open_for_staff(seal: Seal, desk: Desk, session_id: str, attachment_id: str) -> Opened:
    """A batch of letters is bound only now, outside any work, and counts as fetched after it. Raises: NotThereError."""
    session = await desk.look(GUEST, find_session_by_id, session_id)
    if session is None or session.is_faded:
        raise NotThereError
    asker = Asker("staff", session.staff_id, Trust.STRONG, "file", session.owner_id)
    opened = await desk.work(asker, read_file, seal, attachment_id)
    if opened is None:
        raise NotThereError
    if isinstance(opened, Opened):
        return opened
    try:
        bound = await asyncio.to_thread(bind, opened)
    except NotMadeError:
        raise NotThereError from None
    await desk.work(asker, keep_printed, attachment_id, opened.read_at)
    return Opened(PDF, bound)


def read_file(work: Work, seal: Seal, attachment_id: str) -> Opened | Batch | None:
    """A file, what was signed for a tag, a letter as a PDF, or letters that are to be bound for a printer, for the asker of the
    staff if they may read it now; None where nothing is left of those. Audited.

    Raises: NotThereError.
    """
    if work.session.get(PrintBatch, attachment_id) is not None:
        return read_batch(work, seal, attachment_id)
    if work.session.get(TagHandOut, attachment_id) is not None:
        given, picture = get_signature(work, get_reach(work), attachment_id)
        note(work, "read", [given.id, given.tag_id])
        return Opened(JPEG, picture)
    if work.session.get(LeaveLetter, attachment_id) is not None:
        letter = get_staff_letter(work, attachment_id)
        note(work, "read", [letter.id, letter.guardian_id])
        return Opened(PDF, get_paper(work, letter.id))
    attachment, body = get_file(work, get_reader(work), attachment_id)
    note(work, "read", belongs_to(attachment))
    return Opened(attachment.media_type, body)


def get_staff_letter(look: Look, letter_id: str) -> LeaveLetter:
    """A letter whose PDF is made, for whoever of the staff may read its application now, or is to give it by hand and so must
    print it. Raises: NotThereError."""
    letter = look.session.get(LeaveLetter, letter_id)
    if letter is None or not has_paper(look, letter_id):
        raise NotThereError
    decision = look.session.get_one(LeaveDecision, letter.decision_id)
    try:
        get_leave(look, get_reach(look), decision.application_id)
    except NotThereError:
        get_to_give(look, letter_id)
    return letter


def belongs_to(attachment: Attachment) -> list[str]:
    """The file's id, and that of what it goes with."""
    return [id_ for id_ in (attachment.id, attachment.message_id, attachment.broadcast_id) if id_]


def _told(status: int) -> web.Response:
    return web.Response(status=status, text=f"{status}\n", headers=HEADERS)
