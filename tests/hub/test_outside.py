"""Every outgoing request is held to listed hosts, checked addresses and limits, and says what became of it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from hub.outside import FateUnknownError, ForbiddenHostError, NothingSentError, Outside, TooLargeError, is_public
from tests.ports import hold_port

LOOPBACK = frozenset({"127.0.0.1"})
BODY_AT_MOST = 16 * 1024 * 1024
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[str]:
    """A server on loopback; yields "host:port"."""
    runner = web.AppRunner(_app(handler))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        host, port = runner.addresses[0][:2]
        yield f"{host}:{port}"
    finally:
        await runner.cleanup()


def _app(handler: Handler) -> web.Application:
    app = web.Application(client_max_size=BODY_AT_MOST)
    app.router.add_route("*", "/{rest:.*}", handler)
    return app


@asynccontextmanager
async def talking(script: Callable[[asyncio.StreamWriter], Awaitable[None]]) -> AsyncIterator[str]:
    """A server that reads a request and then does as the script says, HTTP or not."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await script(writer)
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def greet(_: web.Request) -> web.Response:
    return web.Response(text="hei", headers={"X-Told": "yes"})


async def test_a_named_private_host_is_reached() -> None:
    async with serving(greet) as host, Outside(LOOPBACK) as outside:
        answer = await outside.request("GET", f"http://{host}/", hosts=[host])

    assert (answer.status, answer.body, answer.headers["x-told"]) == (200, b"hei", "yes")


async def test_a_name_that_the_settings_name_may_lead_to_a_private_address() -> None:
    async with serving(greet) as host, Outside(frozenset({"localhost"})) as outside:
        address = f"localhost:{host.partition(':')[2]}"
        answer = await outside.request("GET", f"http://{address}/", hosts=[address])

    assert answer.status == 200


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]"])
async def test_a_private_host_that_no_setting_names_is_refused(name: str) -> None:
    async with Outside() as outside:
        with pytest.raises(ForbiddenHostError):
            await outside.request("GET", f"https://{name}:1/", hosts=[name])


@pytest.mark.parametrize("name", ["127.1", "2130706433", "0x7f.0.0.1"])
async def test_loopback_written_in_an_odd_way_is_refused(name: str) -> None:
    async with Outside() as outside:
        with pytest.raises(NothingSentError):
            await outside.request("GET", f"https://{name}:1/", hosts=[name])


async def test_a_host_named_with_its_port_opens_that_port_only() -> None:
    async with serving(greet) as host, serving(greet) as other, Outside(frozenset({host})) as outside:
        answer = await outside.request("GET", f"http://{host}/", hosts=["127.0.0.1"])
        with pytest.raises(ForbiddenHostError):
            await outside.request("GET", f"http://{other}/", hosts=["127.0.0.1"])

    assert answer.status == 200


async def test_a_host_that_the_caller_did_not_list_is_refused() -> None:
    async with serving(greet) as host, Outside(LOOPBACK) as outside:
        with pytest.raises(ForbiddenHostError):
            await outside.request("GET", f"http://{host}/", hosts=["api.example.com"])


async def test_the_open_internet_is_not_spoken_to_without_tls() -> None:
    async with Outside() as outside:
        with pytest.raises(ForbiddenHostError):
            await outside.request("GET", "http://api.example.com/", hosts=["api.example.com"])


async def test_a_password_in_the_address_is_refused() -> None:
    async with Outside(LOOPBACK) as outside:
        with pytest.raises(ForbiddenHostError):
            await outside.request("GET", "http://me:secret@127.0.0.1/", hosts=["127.0.0.1"])


async def test_a_refused_connection_is_surely_not_sent() -> None:
    async with Outside(LOOPBACK) as outside:
        with pytest.raises(NothingSentError):
            await outside.request("POST", f"http://127.0.0.1:{hold_port()}/", hosts=["127.0.0.1"], body=b"x")


async def test_a_name_that_does_not_exist_is_surely_not_sent() -> None:
    async with Outside() as outside:
        with pytest.raises(NothingSentError):
            await outside.request("POST", "https://no-such-host.invalid/", hosts=["no-such-host.invalid"], body=b"x")


async def test_a_server_without_tls_where_tls_is_asked_is_surely_not_sent() -> None:
    async with serving(greet) as host, Outside(LOOPBACK) as outside:
        with pytest.raises(NothingSentError):
            await outside.request("POST", f"https://{host}/", hosts=[host], body=b"x")


async def test_silence_after_the_request_leaves_its_fate_unknown() -> None:
    released = asyncio.Event()

    async def hang(_: web.Request) -> web.Response:
        await released.wait()
        return web.Response()

    async with serving(hang) as host, Outside(LOOPBACK) as outside:
        with pytest.raises(FateUnknownError):
            await outside.request("POST", f"http://{host}/", hosts=[host], body=b"x", seconds=2.0)
        released.set()


async def test_a_reset_after_the_request_leaves_its_fate_unknown() -> None:
    async def reset(writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()

    async with talking(reset) as host, Outside(LOOPBACK) as outside:
        with pytest.raises(FateUnknownError):
            await outside.request("POST", f"http://{host}/", hosts=[host], body=b"x")


@pytest.mark.parametrize(("method", "most"), [("POST", 1), ("PUT", 1), ("DELETE", 1), ("GET", 2)])
async def test_a_request_that_may_have_done_something_leaves_once(method: str, most: int) -> None:
    times = 0

    async def reset(writer: asyncio.StreamWriter) -> None:
        nonlocal times
        times += 1
        writer.transport.abort()

    async with talking(reset) as host, Outside(LOOPBACK) as outside:
        with pytest.raises(FateUnknownError):
            await outside.request(method, f"http://{host}/", hosts=[host])

    assert 1 <= times <= most


async def test_a_large_body_leaves_whole() -> None:
    body = bytes(range(256)) * 20_000

    async def compare(request: web.Request) -> web.Response:
        is_same = await request.read() == body and request.content_length == len(body)
        return web.Response(status=200 if is_same else 400)

    async with serving(compare) as host, Outside(LOOPBACK) as outside:
        answer = await outside.request("PUT", f"http://{host}/", hosts=[host], body=body)

    assert answer.status == 200


async def test_an_answer_cut_short_leaves_its_fate_unknown() -> None:
    async def stop_halfway(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 201 Created\r\nContent-Length: 100\r\n\r\n{")
        await writer.drain()

    async with talking(stop_halfway) as host, Outside(LOOPBACK) as outside:
        with pytest.raises(FateUnknownError):
            await outside.request("POST", f"http://{host}/", hosts=[host], body=b"x")


async def test_an_answer_that_is_not_http_leaves_its_fate_unknown() -> None:
    async def babble(writer: asyncio.StreamWriter) -> None:
        writer.write(b"\x00\x01 good day\r\n\r\n")
        await writer.drain()

    async with talking(babble) as host, Outside(LOOPBACK) as outside:
        with pytest.raises(FateUnknownError):
            await outside.request("POST", f"http://{host}/", hosts=[host], body=b"x")


@pytest.mark.parametrize("is_announced", [True, False])
async def test_an_answer_past_the_limit_is_not_read_to_its_end(is_announced: bool) -> None:
    async def pour(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "1000"} if is_announced else {})
        await response.prepare(request)
        await response.write(b"x" * 1000)
        return response

    async with serving(pour) as host, Outside(LOOPBACK) as outside:
        with pytest.raises(TooLargeError):
            await outside.request("GET", f"http://{host}/", hosts=[host], most_bytes=999)
        whole = await outside.request("GET", f"http://{host}/", hosts=[host], most_bytes=1000)

    assert len(whole.body) == 1000


async def test_an_answer_that_unpacks_past_the_limit_is_refused() -> None:
    async def bomb(_: web.Request) -> web.Response:
        response = web.Response(body=b"0" * 1_000_000)
        response.enable_compression()
        return response

    async with serving(bomb) as host, Outside(LOOPBACK) as outside:
        with pytest.raises(TooLargeError):
            await outside.request("GET", f"http://{host}/", hosts=[host], most_bytes=100_000)


async def test_a_redirect_is_an_answer_like_any_other_unless_its_host_is_listed() -> None:
    async def away(_: web.Request) -> web.Response:
        return web.Response(status=307, headers={"Location": "https://elsewhere.example.com/"})

    async with serving(away) as host, Outside(LOOPBACK) as outside:
        answer = await outside.request("GET", f"http://{host}/", hosts=[host])
        with pytest.raises(ForbiddenHostError):
            await outside.request("GET", f"http://{host}/", hosts=[host], redirects_to=["storage.example.com"])

    assert answer.status == 307


async def test_a_listed_redirect_is_followed_without_the_credentials() -> None:
    async def tell_credentials(request: web.Request) -> web.Response:
        return web.Response(text=request.headers.get("Authorization", "none"))

    async with serving(tell_credentials) as storage:

        async def away(request: web.Request) -> web.Response:
            assert request.headers["Authorization"].startswith("Basic ")
            return web.Response(status=302, headers={"Location": f"http://{storage}/file"})

        async with serving(away) as host, Outside(LOOPBACK) as outside:
            answer = await outside.request(
                "GET", f"http://{host}/", hosts=[host], redirects_to=[storage], credentials=("me", "secret")
            )

    assert answer.body == b"none"


async def test_a_redirect_of_a_post_is_never_followed() -> None:
    async def away(request: web.Request) -> web.Response:
        return web.Response(status=307, headers={"Location": str(request.url)})

    async with serving(away) as host, Outside(LOOPBACK) as outside:
        answer = await outside.request("POST", f"http://{host}/", hosts=[host], redirects_to=[host], body=b"x")

    assert answer.status == 307


async def test_a_cookie_is_forgotten_at_once() -> None:
    async def bake(request: web.Request) -> web.Response:
        response = web.Response(text=request.headers.get("Cookie", "none"))
        response.set_cookie("who", "you")
        return response

    async with serving(bake) as host, Outside(frozenset({"localhost"})) as outside:
        address = f"localhost:{host.partition(':')[2]}"
        await outside.request("GET", f"http://{address}/", hosts=[address])
        second = await outside.request("GET", f"http://{address}/", hosts=[address])

    assert second.body == b"none"


async def test_an_error_names_no_path_and_no_body() -> None:
    async with Outside(LOOPBACK) as outside:
        with pytest.raises(NothingSentError) as caught:
            await outside.request(
                "POST", f"http://127.0.0.1:{hold_port()}/+4740000001", hosts=["127.0.0.1"], body=b"Ella"
            )

    assert "4740000001" not in str(caught.value)
    assert "Ella" not in str(caught.value)


@pytest.mark.parametrize(
    "address",
    ["10.0.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.1", "224.0.0.1", "240.0.0.1", "fe80::1%eth0", "fc00::1", "::",
     "::ffff:10.0.0.1", "2002:7f00:1::", "64:ff9b::a00:1", "2001:0:1::1", "fec0::1", "ff02::1"],
)  # fmt: skip
def test_an_address_off_the_open_internet_is_told(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "2606:4700:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"])
def test_an_address_on_the_open_internet_is_told(address: str) -> None:
    assert is_public(address)
