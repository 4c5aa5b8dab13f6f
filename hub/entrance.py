"""The port at which a site is served: connections are counted, and none may keep silent for long.

One connection too many is told so and closed, whatever it meant to ask; half a request is no way to keep one open.
Source: security rule S9.6.
"""

import asyncio
import resource

from aiohttp import web

SILENT_SECONDS = 65.0
"""A little longer than proxies keep an idle connection, so that it is they who close it."""
MOST_CONNECTIONS = 2000
SITES = 2
BACKLOG = 1024
STOP_SECONDS = 5.0
_FULL = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


def widen() -> None:
    """Let this process open as many files and connections as its system allows without asking."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def connections_at_most() -> int:
    """For one site: half of what this process may open stays free for the store, the outside and the spool."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = MOST_CONNECTIONS if soft == resource.RLIM_INFINITY else soft // 2 // SITES
    return min(MOST_CONNECTIONS, allowed)


class Entrance:
    """One site on its port."""

    def __init__(self, app: web.Application, most: int, silent_seconds: float = SILENT_SECONDS) -> None:
        self._runner = web.AppRunner(
            app,
            access_log=None,
            shutdown_timeout=STOP_SECONDS,
            handler_cancellation=False,
            keepalive_timeout=silent_seconds,
        )
        self._most = most
        self._listening: asyncio.Server | None = None

    async def open(self, host: str, port: int) -> None:
        """Raises: OSError when somebody else has the port."""
        await self._runner.setup()
        self._listening = await asyncio.get_running_loop().create_server(
            self._meet, host, port, backlog=min(BACKLOG, self._most)
        )

    async def close(self) -> None:
        """Take nobody more in, and return when who is in has been served or the time for it is over."""
        if self._listening is not None:
            self._listening.close()
        await self._runner.cleanup()

    def _meet(self) -> asyncio.Protocol:
        server = self._runner.server
        if server is None or len(server.connections) >= self._most:
            return _Refusing()
        return server()


class _Refusing(asyncio.Protocol):
    """Says that there is no room, and goes."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.write(_FULL)
        transport.close()
