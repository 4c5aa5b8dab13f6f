"""A real NATS server of a test's own, with JetStream, on loopback."""

import asyncio
import shutil
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.patience import START_PATIENCE
from tests.ports import hold_port
from tests.with_parent import with_parent


@dataclass(slots=True)
class Broker:
    """`folder` holds what its JetStream keeps, where it has `streams`; without the `token`, where there is one, it takes
    nobody."""

    folder: Path
    port: int
    token: str = ""
    streams: bool = True
    process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Return when it answers."""
        self.process = await asyncio.create_subprocess_exec(
            *with_parent(
                str(Path(sys.executable).with_name("nats-server")),
                *("-a", "127.0.0.1", "-p", str(self.port)),
                *(("-js", "-sd", str(self.folder)) if self.streams else ()),
                *(("--auth", self.token) if self.token else ()),
            ),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        async with asyncio.timeout(START_PATIENCE):
            while True:
                with suppress(OSError):
                    _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                    writer.close()
                    return
                await asyncio.sleep(0.02)

    async def kill(self) -> None:
        """At once, as when the power goes."""
        if self.process is not None:
            self.process.kill()
            await self.process.wait()
            self.process = None

    def pause(self) -> None:
        """It stands still, as a machine that is overloaded."""
        if self.process is not None:
            self.process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGCONT)

    def wipe(self) -> None:
        """All that it kept is gone."""
        shutil.rmtree(self.folder, ignore_errors=True)


@asynccontextmanager
async def broker_at(folder: Path, token: str = "", *, streams: bool = True) -> AsyncIterator[Broker]:
    broker = Broker(folder, hold_port(), token, streams)
    await broker.start()
    try:
        yield broker
    finally:
        await broker.kill()
