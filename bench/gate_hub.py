"""The hub's side of the gates alone, from its settings, and tuned as `budbok run` tunes itself."""

import asyncio
import sys
from pathlib import Path

from aiohttp import web

from hub.assembly import assemble
from hub.seal import Seal
from hub.serving import look_for_cycles_less_often
from hub.settings_file import load_settings
from nfc_gateway import wire
from nfc_gateway.receiver import GateSite, Receiver


async def serve(config: Path) -> None:
    settings = load_settings(config, environment={})
    hub = await assemble(settings)
    app = web.Application(client_max_size=wire.BODY_BYTES)
    app.add_subapp(GateSite.below, Receiver(hub.desk, settings.public.url, Seal(settings.hub.keys)).build())
    runner = web.AppRunner(app, access_log=None, handler_cancellation=False)
    await runner.setup()
    await web.TCPSite(runner, settings.public.host, settings.public.port, backlog=1024).start()
    look_for_cycles_less_often()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))
