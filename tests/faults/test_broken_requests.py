"""What is no HTTP gets a short answer in our words, with our headers and nothing of what was sent, on both ports.

Source: security rules S7.5 and S10.1.
"""

import asyncio

import pytest

from tests.living_hub import LivingHub
from tests.patience import PATIENCE

SENT = "Haugland"
BROKEN = {
    "no HTTP at all": f"{SENT}\r\n\r\n",
    "a name with a space": f"GET / HTTP/1.1\r\nHost: x\r\nSolveig {SENT}: 1\r\n\r\n",
    "a version nobody speaks": f"GET /{SENT} HTTP/{SENT}\r\nHost: x\r\n\r\n",
    "a line too long": f"GET /{SENT * 2000} HTTP/1.1\r\nHost: x\r\n\r\n",
    "a length that is none": f"POST /{SENT} HTTP/1.1\r\nHost: x\r\nContent-Length: {SENT}\r\n\r\n",
    "two lengths": f"POST /{SENT} HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n{SENT}",
    "an expectation": f"GET / HTTP/1.1\r\nHost: x\r\nExpect: {SENT}\r\n\r\n",
    "an open line": f"GET /\r{SENT}\n\r\n\r\n",
    "a piece of no length": "POST /sign-in HTTP/1.1\r\nHost: x\r\nOrigin: {origin}\r\nTransfer-Encoding: chunked\r\n"
    f"Content-Type: application/x-www-form-urlencoded\r\n\r\n{SENT}\r\n",
}
HEADERS = ("content-security-policy", "x-content-type-options", "x-frame-options", "referrer-policy", "cache-control")


async def send(port: int, request: str) -> tuple[int, dict[str, str], str]:
    """What a socket that sends this reads until the other end closes, or has said what it announced."""
    async with asyncio.timeout(PATIENCE):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request.encode())
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        first, *lines = head.strip().split("\r\n")
        headers = {line.partition(":")[0].lower(): line.partition(":")[2].strip() for line in lines}
        body = await reader.readexactly(int(headers["content-length"]))
        writer.close()
        await writer.wait_closed()
        return int(first.split()[1]), headers, body.decode()


@pytest.mark.parametrize("broken", BROKEN)
@pytest.mark.parametrize("side", ["staff", "public"])
async def test_a_broken_request_is_answered_with_our_headers_and_nothing_of_its_own(
    living: LivingHub, side: str, broken: str
) -> None:
    settings = living.hub.settings.staff if side == "staff" else living.hub.settings.public

    status, headers, body = await send(settings.port, BROKEN[broken].replace("{origin}", settings.url))

    assert 400 <= status < 500
    assert all(name in headers for name in HEADERS)
    assert "server" not in headers
    assert SENT not in body + str(headers)
    assert "aiohttp" not in body.lower()


async def test_a_request_that_follows_a_broken_one_on_another_connection_is_served(living: LivingHub) -> None:
    port = living.hub.settings.staff.port

    broken, _, _ = await send(port, BROKEN["no HTTP at all"])
    whole, _, body = await send(port, "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")

    assert (broken, whole, body) == (400, 200, "ok\n")


async def test_a_callback_that_breaks_off_in_its_middle_is_told_so(living: LivingHub) -> None:
    async with asyncio.timeout(PATIENCE):
        reader, writer = await asyncio.open_connection("127.0.0.1", living.hub.settings.public.port)
        writer.write(
            b"POST /sms/twilio/message HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
            b"Content-Type: application/x-www-form-urlencoded\r\n\r\n6\r\nBody=x\r\n"
        )
        await writer.drain()
        writer.write(f"{SENT}\r\n".encode())
        answer = await reader.readline()
        writer.close()

    assert b" 400 " in answer
