"""Whoever sends a form slowly is in nobody's way but their own. Source: security rule S9.6."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import pytest

from admin_web.arriving import FORMS, FORMS_PER_SOURCE
from admin_web.door import REQUESTS_AT_ONCE
from hub.clock import StoppedClock
from tests.admin_web.staff_site import Site, run_site

SECONDS = 60.0
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
async def site(store_url: str, clock: StoppedClock) -> AsyncIterator[Site]:
    async with run_site(store_url, clock, proxies=["127.0.0.1"]) as running:
        yield running


Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def begin(site: Site, source: str, piece: str = "") -> Connection:
    """A form that announces a hundred bytes and sends six, or one in pieces that begins with this one."""
    reader, writer = await asyncio.open_connection("127.0.0.1", urlsplit(site.url).port)
    length = "Transfer-Encoding: chunked" if piece else "Content-Length: 100"
    writer.write(
        f"POST /sign-in HTTP/1.1\r\nHost: x\r\nOrigin: {site.url}\r\nX-Forwarded-For: {source}\r\n"
        f"Content-Type: {FORM}\r\n{length}\r\n\r\n{piece or 'login='}".encode()
    )
    await writer.drain()
    return reader, writer


@asynccontextmanager
async def slow_senders(site: Site, count: int, sources: int) -> AsyncIterator[list[Connection]]:
    opened = [await begin(site, f"192.0.2.{number % sources}") for number in range(count)]
    try:
        yield opened
    finally:
        for _, writer in opened:
            writer.close()


async def first_line(connection: Connection) -> bytes:
    return await connection[0].readline()


@pytest.mark.parametrize("sources", [1, 4, 100])
async def test_many_who_send_slowly_keep_nobody_else_from_pages_or_acts(site: Site, sources: int) -> None:
    other = await site.signed_in("per.moen")

    async with asyncio.timeout(SECONDS), slow_senders(site, REQUESTS_AT_ONCE + 100, sources) as slow:
        page = await other.get("/threads")
        act = await other.post("/you/language", language="fi", back="/threads")
        gave_way = await first_line(slow[0])

    assert (page.status, act.status) == (200, 200)
    assert b"503" in gave_way


async def test_one_source_keeps_no_more_than_its_share_and_the_longest_gives_way(site: Site) -> None:
    async with asyncio.timeout(SECONDS), slow_senders(site, FORMS_PER_SOURCE + 1, 1) as slow:
        assert b"503" in await first_line(slow[0])
        answers = [asyncio.create_task(first_line(each)) for each in slow[1:]]
        another = await begin(site, "192.0.2.77")
        await (await site.signed_in("per.moen")).get("/threads")
        assert not any(answer.done() for answer in answers)
        for answer in answers:
            answer.cancel()
        another[1].close()


async def test_of_all_places_the_one_with_most_gives_way_first(site: Site) -> None:
    async with asyncio.timeout(SECONDS):
        honest = await begin(site, "198.51.100.1")
        async with slow_senders(site, FORMS, 4) as slow:
            assert b"503" in await first_line(slow[0])
            honest[1].write(b"x" * 94)
            assert b"403" in await first_line(honest)
        honest[1].close()


async def test_a_form_that_breaks_off_in_its_middle_is_told_so(site: Site) -> None:
    async with asyncio.timeout(SECONDS):
        reader, writer = await begin(site, "192.0.2.1", piece="6\r\nlogin=\r\n")
        writer.write(b"nonsense\r\n")
        assert b" 400 " in await reader.readline()
        writer.close()
