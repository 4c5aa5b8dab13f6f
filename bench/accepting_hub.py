"""The hub's public site alone, from its settings: what keeps arrivals, with reception and outbox left at rest."""

import asyncio
import sys
from pathlib import Path

from bench.bare_site import serve_alone
from hub.assembly import assemble
from hub.public_site import build_public_site
from hub.settings_file import load_settings


async def serve(config: Path) -> None:
    settings = load_settings(config, environment={})
    hub = await assemble(settings)
    await hub.doorbell.start()
    app = build_public_site(hub.channels, hub.inbox)
    await serve_alone(app, settings.public)


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))
