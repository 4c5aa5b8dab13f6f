"""Live pages: a stream that says "changed", never what, while the viewer's session lives.

One task watches the doorbell for all viewers, and asks for many of them in one reading: each session once, and each question
once for all who ask the same. A page carries a mark of how far the doorbell had rung before it was gathered, each event one of
how far it speaks of, and a stream begins there: between a page and its stream, or between two streams, nothing is missed. A
session is looked up again every few seconds, and its streams end with it; where that takes too long there is no seat for more.
Source: security rules S3.3, S3.4 and S9.6.
"""

import asyncio
import time
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from aiohttp import web
from aiohttp_sse import EventSourceResponse, sse_response

from hub.asker import Asker, routine_asker
from hub.desk import Desk, DeskBusyError, Look, Refusal, StoreAwayError
from hub.doorbell import LIVE, LocalDoorbell
from hub.seal import BrokenSealError, Seal

VIEWERS = 11_000
VIEWERS_PER_SESSION = 10
LOOK_AGAIN_SECONDS = 3.0
GATHER_SECONDS = 0.2
LOOKS_TAKE_AT_MOST = 1.7
"""Processor seconds for looking at all sessions once: together they are less than the five in which a stream ends with its
session."""
SESSIONS_AT_ONCE = 100
WRITES_AT_ONCE = 200
UNREAD_BYTES = 64 * 1024
"""Whoever leaves so much unread is not there any more; their page comes back with its mark."""
LAST_EVENT = "Last-Event-ID"
LOOKER = routine_asker(LIVE)

Concerns = Callable[[Look, frozenset[str]], bool]


class LiveSession(Protocol):
    """A session that is looked up anew while its stream is open."""

    @property
    def is_faded(self) -> bool: ...


FindSession = Callable[[Look, str], LiveSession | None]


class TooManyViewersError(Exception):
    """All seats are taken: of the site, or of this session."""


@dataclass(frozen=True, slots=True, eq=False)
class _Viewer:
    """One open page: who looks at it, and what matters to them."""

    stream: EventSourceResponse
    request: web.Request
    asker: Asker
    session_token: str
    concerns: Concerns
    question: Hashable
    """The same for all who ask the same for the same reader."""

    @property
    def is_there(self) -> bool:
        transport = self.request.transport
        return self.stream.is_connected() and transport is not None and not transport.is_closing()

    async def write(self, said: bytes) -> None:
        """At once or not at all: nobody waits for somebody else who does not read."""
        transport = self.request.transport
        if not self.is_there or transport is None or transport.get_write_buffer_size() > UNREAD_BYTES:
            self.end()
            return
        try:
            await self.stream.write(said)
        except ConnectionError:
            self.end()

    def end(self) -> None:
        self.stream.stop_streaming()


class Live:
    """The viewers of a site."""

    def __init__(self, desk: Desk, doorbell: LocalDoorbell, seal: Seal, find_session: FindSession) -> None:
        self._desk = desk
        self._find_session = find_session
        self._doorbell = doorbell
        self._seal = seal
        self._sessions: dict[str, list[_Viewer]] = {}
        self._looks_take = self._looked_for = 0.0
        self._telling: asyncio.Task[None] | None = None
        self._count = 0

    @property
    def viewers(self) -> int:
        return self._count

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
        own = len(self._sessions.get(session_token, ()))
        if self.viewers >= VIEWERS or own >= VIEWERS_PER_SESSION or self._looks_take > LOOKS_TAKE_AT_MOST:
            raise TooManyViewersError
        since = self._open_mark(request.headers.get(LAST_EVENT) or mark, session_token)
        with suppress(ConnectionError):
            async with sse_response(request) as stream:
                viewer = _Viewer(stream, request, asker, session_token, concerns, _name_question(asker, concerns))
                with self._seated(viewer):
                    await viewer.write(_event("open"))
                    await self._catch_up(viewer, since)
                    await stream.wait()
        return stream

    @contextmanager
    def _seated(self, viewer: _Viewer) -> Iterator[None]:
        """It hears of what rings from here on."""
        self._sessions.setdefault(viewer.session_token, []).append(viewer)
        self._count += 1
        if self._telling is None or self._telling.done():
            self._telling = asyncio.create_task(self._tell_all(self.place()), name="live pages")
        try:
            yield
        finally:
            self._count -= 1
            seats = self._sessions[viewer.session_token]
            seats.remove(viewer)
            if not seats:
                del self._sessions[viewer.session_token]

    async def _catch_up(self, viewer: _Viewer, since: str | None) -> None:
        """What rang between the page and its stream."""
        missed = frozenset(self._doorbell.rung_since(LIVE, since)) if since is not None else frozenset()
        if missed:
            with suppress(StoreAwayError, DeskBusyError):
                await self._tell({viewer.session_token: [viewer]}, missed)

    def close(self) -> None:
        """End every stream, so that the site can stop."""
        if self._telling is not None:
            self._telling.cancel()
        for viewers in self._sessions.values():
            for viewer in viewers:
                viewer.end()

    def _open_mark(self, mark: str | None, session_token: str) -> str | None:
        """The place; "" where the mark is not of this session."""
        try:
            return None if mark is None else self._seal.open(mark, _bound_to(session_token))
        except BrokenSealError:
            return ""

    async def _tell_all(self, since: str) -> None:
        """While anybody looks on. What cannot be asked now is asked again: whoever missed something is told to look."""
        loop = asyncio.get_running_loop()
        owed: frozenset[str] = frozenset()
        looked = told = loop.time()
        with self._doorbell.watching(LIVE, since) as rings:
            while self._sessions:
                ids = await _gather(rings, looked + LOOK_AGAIN_SECONDS, told + GATHER_SECONDS)
                told = loop.time()
                is_due = told >= looked + LOOK_AGAIN_SECONDS
                try:
                    if ids or owed:
                        await self._tell(self._sessions, ids | owed)
                    owed = frozenset()
                    if is_due:
                        await self._look_again()
                        looked = told
                except (StoreAwayError, DeskBusyError):
                    owed |= ids
                    await asyncio.sleep(GATHER_SECONDS)

    async def _look_again(self) -> None:
        """At every session, whether or not anything rang. Raises: StoreAwayError, DeskBusyError."""
        self._looked_for = 0.0
        await self._tell(self._sessions, frozenset())
        self._looks_take = self._looked_for

    async def _tell(self, sessions: dict[str, list[_Viewer]], ids: frozenset[str]) -> None:
        """Ask for so many sessions at a time, and write to those whom it concerns. Raises: StoreAwayError, DeskBusyError."""
        place = self.place()
        waiting = [(token, list(viewers)) for token, viewers in sessions.items()]
        written = 0
        for first in range(0, len(waiting), SESSIONS_AT_ONCE):
            some = waiting[first : first + SESSIONS_AT_ONCE]
            news = await self._desk.look(LOOKER, self._see, some, ids)
            for (token, viewers), said in zip(some, news, strict=True):
                changed = _event("changed", self.mark(place, token)) if "changed" in said else b""
                for viewer, what in zip(viewers, said, strict=True):
                    if what is not None or not viewer.is_there:
                        await self._say(viewer, what, changed)
                        written += 1
                        if written % WRITES_AT_ONCE == 0:
                            await asyncio.sleep(0)

    async def _say(self, viewer: _Viewer, what: str | None, changed: bytes) -> None:
        if what == "changed":
            await viewer.write(changed)
            return
        if what == "over":
            await viewer.write(_event("over"))
        viewer.end()

    def _see(
        self, look: Look, sessions: Sequence[tuple[str, Sequence[_Viewer]]], ids: frozenset[str]
    ) -> list[list[str | None]]:
        """For each viewer of each session "over" when the right to what is looked at is, "changed" when an id concerns the
        viewer. An empty id may concern anybody. Without ids it is looked whether each session lives, too."""
        begun = time.thread_time()
        known: dict[Hashable, str | None] = {}
        seen: list[list[str | None]] = []
        for token, viewers in sessions:
            if not ids and self._is_over(look, token):
                seen.append(["over"] * len(viewers))
                continue
            for viewer in viewers:
                if viewer.question not in known:
                    known[viewer.question] = _judge(look, viewer, ids)
            seen.append([known[viewer.question] for viewer in viewers])
        self._looked_for += time.thread_time() - begun
        return seen

    def _is_over(self, look: Look, token: str) -> bool:
        session = self._find_session(look, token)
        return session is None or session.is_faded


def _name_question(asker: Asker, concerns: Concerns) -> Hashable:
    if isinstance(concerns, partial):
        return asker, concerns.func, concerns.args, tuple(sorted(concerns.keywords.items()))
    return asker, concerns


def _judge(look: Look, viewer: _Viewer, ids: frozenset[str]) -> str | None:
    look.asker = viewer.asker
    try:
        matters = viewer.concerns(look, ids)
    except Refusal:
        return "over"
    return "changed" if ids and ("" in ids or matters) else None


async def _gather(rings: "asyncio.Queue[str]", until: float, not_before: float) -> frozenset[str]:
    """What has rung, at once where it was quiet before; nothing when it is time to look anyway. Moments of the loop's clock."""
    ids: set[str] = set()
    try:
        async with asyncio.timeout_at(until):
            ids.add(await rings.get())
    except TimeoutError:
        return frozenset()
    await asyncio.sleep(not_before - asyncio.get_running_loop().time())
    while not rings.empty():
        ids.add(rings.get_nowait())
    return frozenset(ids)


def _event(name: str, mark: str | None = None) -> bytes:
    """Source: WHATWG HTML, "Server-sent events", section 9.2.6."""
    told = "" if mark is None else f"id: {mark}\r\n"
    return f"{told}event: {name}\r\ndata: \r\n\r\n".encode()


def _bound_to(session_token: str) -> str:
    return f"live\0{session_token}"
