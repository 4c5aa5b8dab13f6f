"""The hub's public site alone, from its settings, and tuned as `budbok run` tunes itself: what keeps arrivals, with reception
and outbox left at rest."""

import asyncio
import sys
from pathlib import Path

from aiohttp import web

from hub.assembly import assemble
from hub.public_site import build_public_site
from hub.serving import look_for_cycles_less_often
from hub.settings_file import load_settings


async def serve(config: Path) -> None:
    settings = load_settings(config, environment={})
    hub = await assemble(settings)
    await hub.doorbell.start()
    app = build_public_site(hub.channels, hub.inbox)
    runner = web.AppRunner(app, access_log=None, handler_cancellation=False)
    await runner.setup()
    await web.TCPSite(runner, settings.public.host, settings.public.port, backlog=1024).start()
    look_for_cycles_less_often()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))
