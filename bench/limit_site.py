"""A limit's site: one route, served until the process ends."""

import asyncio

from aiohttp import web
from aiohttp.typedefs import Handler


async def serve_for_ever(port: int, path: str, take: Handler) -> None:
    app = web.Application()
    app.router.add_post(path, take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, backlog=1024).start()
    await asyncio.Event().wait()
