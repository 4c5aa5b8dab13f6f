"""A whole hub in this process, tuned as `budbok run` tunes itself, at noon of a working day."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from hub.assembly import Hub, assemble
from hub.serving import look_for_cycles_less_often
from hub.settings_file import load_settings

from .midday import MiddayClock


@asynccontextmanager
async def whole_hub(config: Path, prepare: Callable[[Hub], Awaitable[None]] | None = None) -> AsyncIterator[Hub]:
    """Serving, from these settings; `prepare` is done with its store before it starts."""
    hub = await assemble(load_settings(config, environment={}), MiddayClock())
    if prepare is not None:
        await prepare(hub)
    await hub.start()
    look_for_cycles_less_often()
    try:
        yield hub
    finally:
        await hub.stop()
