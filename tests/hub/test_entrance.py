"""A site's entrance has room for so many and no more, and nobody keeps a place by saying half of something.

Source: security rule S9.6.
"""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
from aiohttp import ClientSession, web

from hub.entrance import Entrance
from tests.ports import hold_port

HALF = b"POST / HTTP/1.1\r\nHost: x\r\nX-Half: "
MOST = 3
SECONDS = 60.0


@asynccontextmanager
async def opened(silent_seconds: float) -> AsyncIterator[int]:
    """The port of a site that greets."""

    async def greet(request: web.Request) -> web.Response:
        return web.Response(text="hello")

    app = web.Application()
    app.router.add_get("/", greet)
    entrance, port = Entrance(app, MOST, silent_seconds), hold_port()
    await entrance.open("127.0.0.1", port)
    try:
        yield port
    finally:
        await entrance.close()


async def begin(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection that sends half a request."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(HALF)
    await writer.drain()
    return reader, writer


async def test_one_too_many_is_told_so_at_once_and_a_place_that_is_left_is_given_again() -> None:
    async with asyncio.timeout(SECONDS), opened(silent_seconds=SECONDS) as port, ClientSession() as http:
        kept = [await begin(port) for _ in range(MOST)]
        async with http.get(f"http://127.0.0.1:{port}/") as refused:
            assert (refused.status, refused.headers["Retry-After"]) == (503, "5")
        kept[0][1].close()
        await kept[0][1].wait_closed()
        status = 503
        while status == 503:
            async with http.get(f"http://127.0.0.1:{port}/") as answer:
                status = answer.status
        assert status == 200
        for _, writer in kept[1:]:
            writer.close()


async def test_half_a_request_and_silence_are_sent_away_in_time() -> None:
    async with asyncio.timeout(SECONDS), opened(silent_seconds=0.05) as port:
        half, writing = await begin(port)
        silent, idle = await asyncio.open_connection("127.0.0.1", port)

        assert await half.read() == b""
        assert await silent.read() == b""

        writing.close()
        idle.close()


@pytest.mark.parametrize("turns", range(6))
async def test_whoever_comes_at_the_moment_of_closing_is_not_left_waiting(turns: int) -> None:
    """After so many turns of the loop a connection that was begun is unknown yet, half known, or known."""
    async with asyncio.timeout(SECONDS):
        with socket.socket() as late:
            async with opened(silent_seconds=SECONDS) as port:
                late.connect(("127.0.0.1", port))
                for _ in range(turns):
                    await asyncio.sleep(0)
            late.setblocking(False)
            with suppress(ConnectionResetError):
                assert await asyncio.get_running_loop().sock_recv(late, 1) == b""
