"""The limit of live pages: an aiohttp-sse site that does nothing but tell everybody. It tells at each line of its input, and
prints the moment, by the clock that all processes of a machine share."""

import asyncio
import sys
import time

from aiohttp import web
from aiohttp_sse import EventSourceResponse, sse_response

from hub.entrance import widen

PATH = "/live"
BACKLOG = 1024


async def serve(port: int) -> None:
    streams: set[EventSourceResponse] = set()

    async def follow(request: web.Request) -> web.StreamResponse:
        async with sse_response(request) as stream:
            await stream.send("", event="open")
            streams.add(stream)
            try:
                await stream.wait()
            finally:
                streams.discard(stream)
        return stream

    app = web.Application()
    app.router.add_get(PATH, follow)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, backlog=BACKLOG).start()
    loop = asyncio.get_running_loop()
    number = 0
    while await loop.run_in_executor(None, sys.stdin.readline):
        number += 1
        begun = time.monotonic()
        for stream in list(streams):
            await stream.send("", event="changed", id=str(number))
        print(begun, flush=True)


def main() -> None:
    widen()
    asyncio.run(serve(int(sys.argv[1])))


if __name__ == "__main__":
    main()
