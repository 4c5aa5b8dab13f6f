"""The hub's side of the gates alone, from its settings."""

import asyncio
import sys
from pathlib import Path

from aiohttp import web

from bench.bare_site import serve_alone
from hub.assembly import assemble
from hub.seal import Seal
from hub.settings_file import load_settings
from nfc_gateway import wire
from nfc_gateway.receiver import GateSite, Receiver


async def serve(config: Path) -> None:
    settings = load_settings(config, environment={})
    hub = await assemble(settings)
    app = web.Application(client_max_size=wire.BODY_BYTES)
    app.add_subapp(GateSite.below, Receiver(hub.desk, settings.public.url, Seal(settings.hub.keys)).build())
    await serve_alone(app, settings.public)


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))
