"""Live pages: a stream that says "changed", never what, while the viewer's session lives.

Each viewer has one bounded queue, which the doorbell fills. A page carries a mark of how far the doorbell had rung before it
was gathered, each event one of how far it speaks of, and a stream begins there: between a page and its stream, or between
two streams, nothing is missed. The session is looked up again every few seconds, and the stream ends with it.
Source: security rules S3.3, S3.4 and S9.6.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

from aiohttp import web
from aiohttp_sse import EventSourceResponse, sse_response

from hub.asker import Asker
from hub.desk import Desk, DeskBusyError, Look, Refusal, StoreAwayError
from hub.doorbell import LIVE, LocalDoorbell
from hub.seal import BrokenSealError, Seal

VIEWERS = 1000
VIEWERS_PER_SESSION = 10
LOOK_AGAIN_SECONDS = 4.0
GATHER_SECONDS = 0.2
LAST_EVENT = "Last-Event-ID"

Concerns = Callable[[Look, frozenset[str]], bool]


class LiveSession(Protocol):
    """A session that is looked up anew while its stream is open."""

    @property
    def is_faded(self) -> bool: ...


FindSession = Callable[[Look, str], LiveSession | None]


class TooManyViewersError(Exception):
    """All seats are taken: of the site, or of this session."""


class Live:
    """The viewers of a site."""

    def __init__(self, desk: Desk, doorbell: LocalDoorbell, seal: Seal, find_session: FindSession) -> None:
        self._desk = desk
        self._find_session = find_session
        self._doorbell = doorbell
        self._seal = seal
        self._per_session: Counter[str] = Counter()
        self._telling: set[asyncio.Task[None]] = set()

    @property
    def viewers(self) -> int:
        return len(self._telling)

    def place(self) -> str:
        """How far the doorbell has rung by now; a page asks before it gathers anything."""
        return self._doorbell.place(LIVE)

    def mark(self, place: str, session_token: str) -> str:
        """A place as this session may carry it: sealed, for how often it rings for others is nobody's to know."""
        return self._seal.seal(place, _bound_to(session_token))

    async def serve(
        self, request: web.Request, asker: Asker, session_token: str, concerns: Concerns, mark: str | None
    ) -> web.StreamResponse:
        """From `mark` on, or from the event that came last; from now on, where neither is told.

        Raises: TooManyViewersError.
        """
        if self.viewers >= VIEWERS or self._per_session[session_token] >= VIEWERS_PER_SESSION:
            raise TooManyViewersError
        self._per_session[session_token] += 1
        try:
            async with sse_response(request) as stream:
                since = self._open_mark(request.headers.get(LAST_EVENT) or mark, session_token)
                telling = asyncio.create_task(self._tell(stream, asker, session_token, concerns, since))
                self._telling.add(telling)
                try:
                    await asyncio.wait({telling})
                finally:
                    self._telling.discard(telling)
                    telling.cancel()
            return stream
        finally:
            self._per_session[session_token] -= 1
            if not self._per_session[session_token]:
                del self._per_session[session_token]

    def close(self) -> None:
        """End every stream, so that the site can stop."""
        for telling in list(self._telling):
            telling.cancel()

    def _open_mark(self, mark: str | None, session_token: str) -> str | None:
        """The place; "" where the mark is not of this session."""
        try:
            return None if mark is None else self._seal.open(mark, _bound_to(session_token))
        except BrokenSealError:
            return ""

    async def _tell(
        self, stream: EventSourceResponse, asker: Asker, session_token: str, concerns: Concerns, since: str | None
    ) -> None:
        with self._doorbell.watching(LIVE, since) as rings, suppress(ConnectionError, StoreAwayError, DeskBusyError):
            await stream.send("", event="open")
            while stream.is_connected():
                ids = await _gather(rings)
                place = self.place()
                news = await self._desk.look(asker, self._see, session_token, ids, concerns)
                if news:
                    await stream.send("", event=news, id=self.mark(place, session_token))
                if news == "over":
                    return

    def _see(self, look: Look, session_token: str, ids: frozenset[str], concerns: Concerns) -> str | None:
        """ "over" when the session is, or the right to what is looked at; "changed" when an id concerns the viewer.

        An empty id may concern anybody.
        """
        session = self._find_session(look, session_token)
        if session is None or session.is_faded:
            return "over"
        try:
            matters = concerns(look, ids)
        except Refusal:
            return "over"
        return "changed" if ids and ("" in ids or matters) else None


async def _gather(rings: "asyncio.Queue[str]") -> frozenset[str]:
    """What rang just now, together with what rings right after it; nothing when it is time to look anyway."""
    try:
        async with asyncio.timeout(LOOK_AGAIN_SECONDS):
            ids = {await rings.get()}
    except TimeoutError:
        return frozenset()
    await asyncio.sleep(GATHER_SECONDS)
    while not rings.empty():
        ids.add(rings.get_nowait())
    return frozenset(ids)


def _bound_to(session_token: str) -> str:
    return f"live\0{session_token}"
