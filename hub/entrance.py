"""The port at which a site is served: connections are counted, and none may keep silent for long.

One connection too many is told so and closed, whatever it meant to ask; half a request is no way to keep one open. What is
no HTTP is answered in our words, with nothing of what was sent. Source: security rules S7.5, S9.6 and S10.1.
"""

import asyncio
import logging
import resource
from collections.abc import Mapping
from http import HTTPStatus
from typing import ClassVar
from weakref import WeakSet

from aiohttp import web

log = logging.getLogger(__name__)

SILENT_SECONDS = 65.0
"""A little longer than proxies keep an idle connection, so that it is they who close it."""
MOST_CONNECTIONS = 12_000
"""Of one site: ten thousand live pages, and those who come and go."""
KEPT_FOR_OURSELVES = 1000
"""Files and connections that stay free for the store, the outside and the spool."""
SHARE = 11 / 20
"""Of what this process may open, for one site: where one is full the other still has most of the rest."""
BACKLOG = 1024
STOP_SECONDS = 5.0
TURNS_TO_MEET = 2
"""Of the loop, from a connection that asyncio took in until its server knows of it."""
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
"""Of every answer that is no page."""
TLS_ONLY = {"Strict-Transport-Security": "max-age=31536000; includeSubDomains"}


def widen() -> None:
    """Let this process open as many files and connections as its system allows without asking."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def connections_at_most() -> int:
    """For one site."""
    return min(MOST_CONNECTIONS, int(_files_at_most() * SHARE))


def _all_at_most() -> int:
    """For all sites together."""
    return max(_files_at_most() - KEPT_FOR_OURSELVES, _files_at_most() // 2)


def _files_at_most() -> int:
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return 4 * MOST_CONNECTIONS if soft == resource.RLIM_INFINITY else soft


class Entrance:
    """One site on its port."""

    _open: ClassVar["WeakSet[web.Server]"] = WeakSet()
    """The servers of every site of this process."""

    def __init__(
        self, app: web.Application, most: int, silent_seconds: float = SILENT_SECONDS, *, is_secure: bool = False
    ) -> None:
        self._runner = web.AppRunner(app, shutdown_timeout=STOP_SECONDS, handler_cancellation=False)
        self._most = most
        self._silent_seconds = silent_seconds
        self._headers = {**HEADERS, **(TLS_ONLY if is_secure else {})}
        self._listening: asyncio.Server | None = None

    async def open(self, host: str, port: int) -> None:
        """Raises: OSError when somebody else has the port."""
        await self._runner.setup()
        if self._runner.server is not None:
            self._open.add(self._runner.server)
        self._listening = await asyncio.get_running_loop().create_server(
            self._meet, host, port, backlog=min(BACKLOG, self._most)
        )

    async def close(self) -> None:
        """Take nobody more in, and return when who is in has been served or the time for it is over."""
        if self._listening is not None:
            await _meet_the_last(self._listening)
            self._listening.close()
        await self._runner.cleanup()

    def _meet(self) -> asyncio.Protocol:
        server = self._runner.server
        if server is None or len(server.connections) >= self._most or self._count_all() >= _all_at_most():
            return _Refusing(self._headers)
        return _Listening(server, self._silent_seconds, self._headers)

    def _count_all(self) -> int:
        return sum(len(server.connections) for server in self._open)


async def _meet_the_last(listening: asyncio.Server) -> None:
    """Take nobody more in, and wait for those who were: whom asyncio has taken in and not yet made known when its server
    closes, it forgets and never closes."""
    for each in listening.sockets:
        asyncio.get_running_loop().remove_reader(each)
    for _ in range(TURNS_TO_MEET):
        await asyncio.sleep(0)


class _Listening(web.RequestHandler):
    """One connection. Its own answers, to what never came to a page, tell a number and no more."""

    __slots__ = ("_headers",)

    def __init__(self, server: web.Server, silent_seconds: float, headers: Mapping[str, str]) -> None:
        loop = asyncio.get_running_loop()
        super().__init__(server, loop=loop, keepalive_timeout=silent_seconds, access_log=None)  # type: ignore[arg-type]
        self._headers = headers

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = HTTPStatus.INTERNAL_SERVER_ERROR,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Raises: ConnectionError when a part of another answer has left."""
        if status < HTTPStatus.INTERNAL_SERVER_ERROR:
            log.info("a request was no HTTP")
        else:
            log.error("a request failed outside its page", exc_info=exc)
        if request.writer.output_size > 0 or self.transport is None:
            raise ConnectionError
        self.transport.write(_bare_answer(HTTPStatus(status), self._headers))
        return _Told()

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        if isinstance(resp, web.HTTPExpectationFailed):
            resp.text = _words(HTTPStatus.EXPECTATION_FAILED)  # aiohttp's repeats what was expected
        return await super().finish_response(request, resp, start_time)


class _Told(web.Response):
    """An answer that has left already; the connection ends with it."""

    def __init__(self) -> None:
        super().__init__()
        self.force_close()

    async def prepare(self, request: web.BaseRequest) -> None:
        """Nothing is left to send."""

    async def write_eof(self, data: bytes = b"") -> None:
        """Nothing is left to send."""


class _Refusing(asyncio.Protocol):
    """Says that there is no room, and goes."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._answer = _bare_answer(HTTPStatus.SERVICE_UNAVAILABLE, {**headers, "Retry-After": "5"})

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.write(self._answer)
        transport.close()


def _bare_answer(status: HTTPStatus, headers: Mapping[str, str]) -> bytes:
    text = _words(status)
    told = {
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Length": str(len(text)),
        "Connection": "close",
        **headers,
    }
    lines = [f"HTTP/1.1 {status.value} {status.phrase}", *(f"{name}: {value}" for name, value in told.items())]
    return "\r\n".join([*lines, "", text]).encode()


def _words(status: HTTPStatus) -> str:
    return f"{status.value} {status.phrase}\n"
