"""One site of a hub alone, tuned as `budbok run` tunes itself, with nothing else of the hub at work."""

import asyncio

from aiohttp import web

from hub.config import SiteSettings
from hub.serving import look_for_cycles_less_often


async def serve_alone(app: web.Application, site: SiteSettings) -> None:
    """Until the process is ended."""
    runner = web.AppRunner(app, access_log=None, handler_cancellation=False)
    await runner.setup()
    await web.TCPSite(runner, site.host, site.port, backlog=1024).start()
    look_for_cycles_less_often()
    await asyncio.Event().wait()
