"""Live pages: a stream that says "changed", never what, while the viewer's session lives.

Each viewer has one bounded queue, which the doorbell fills. The session is looked up again every few seconds, and the
stream ends with it. Source: security rules S3.3, S3.4 and S9.6.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import suppress

from aiohttp import web
from aiohttp_sse import EventSourceResponse, sse_response

from hub.asker import Asker
from hub.desk import Desk, DeskBusyError, Look, Refusal, StoreAwayError
from hub.doorbell import LIVE, LocalDoorbell
from hub.sign_in.sessions import find_session

VIEWERS = 1000
VIEWERS_PER_SESSION = 10
LOOK_AGAIN_SECONDS = 4.0
GATHER_SECONDS = 0.2

Concerns = Callable[[Look, frozenset[str]], bool]


class TooManyViewersError(Exception):
    """All seats are taken: of the site, or of this session."""


class Live:
    """The viewers of a site."""

    def __init__(self, desk: Desk, doorbell: LocalDoorbell) -> None:
        self._desk = desk
        self._doorbell = doorbell
        self._per_session: Counter[str] = Counter()
        self._telling: set[asyncio.Task[None]] = set()

    @property
    def viewers(self) -> int:
        return len(self._telling)

    async def serve(
        self, request: web.Request, asker: Asker, session_token: str, concerns: Concerns
    ) -> web.StreamResponse:
        """Raises: TooManyViewersError."""
        if self.viewers >= VIEWERS or self._per_session[session_token] >= VIEWERS_PER_SESSION:
            raise TooManyViewersError
        self._per_session[session_token] += 1
        try:
            async with sse_response(request) as stream:
                telling = asyncio.create_task(self._tell(stream, asker, session_token, concerns))
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

    async def _tell(self, stream: EventSourceResponse, asker: Asker, session_token: str, concerns: Concerns) -> None:
        with self._doorbell.watching(LIVE) as rings, suppress(ConnectionError, StoreAwayError, DeskBusyError):
            await stream.send("", event="open")
            while stream.is_connected():
                ids = await _gather(rings)
                news = await self._desk.look(asker, _see, session_token, ids, concerns)
                if news:
                    await stream.send("", event=news)
                if news == "over":
                    return


async def _gather(rings: "asyncio.Queue[str]") -> frozenset[str]:
    """What rang just now, together with what rings right after it; nothing when it is time to look anyway."""
    with suppress(TimeoutError):
        async with asyncio.timeout(LOOK_AGAIN_SECONDS):
            ids = {await rings.get()}
            await asyncio.sleep(GATHER_SECONDS)
            while not rings.empty():
                ids.add(rings.get_nowait())
            return frozenset(ids)
    return frozenset()


def _see(look: Look, session_token: str, ids: frozenset[str], concerns: Concerns) -> str | None:
    """ "over" when the session is, or the right to what is looked at; "changed" when an id concerns the viewer.

    An empty id may concern anybody.
    """
    session = find_session(look, session_token)
    if session is None or session.is_faded:
        return "over"
    try:
        matters = concerns(look, ids)
    except Refusal:
        return "over"
    return "changed" if ids and ("" in ids or matters) else None
