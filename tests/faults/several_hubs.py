"""Several hubs on one PostgreSQL and one broker, each `budbok run` in a process of its own, behind one public address."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from hub.clock import SystemClock
from hub.config import Settings
from hub.desk import Desk
from hub.doorbell import LocalDoorbell
from tests.broker import Broker, broker_at
from tests.faults.running_hub import RunningHub, confirm_all, write_config
from tests.living_hub import ACCOUNT, OPERATOR, TOKEN, make_settings
from tests.ports import hold_port
from tests.rehearsal.manners import Manners
from tests.rehearsal.twilio_provider import RehearsalProvider
from tests.village import Village, load_village


@dataclass(slots=True)
class SeveralHubs:
    """`desk` looks into their store from outside."""

    hubs: Sequence[RunningHub]
    broker: Broker
    provider: RehearsalProvider
    desk: Desk
    village: Village

    async def start(self) -> None:
        """All at the same moment, on a store that none has seen before."""
        for hub in self.hubs:
            await hub.start()
        for hub in self.hubs:
            await hub.ready()


class Balancer:
    """Passes each connection on to the next hub that takes it, as a proxy before several machines does."""

    def __init__(self, targets: Sequence[str]) -> None:
        self._targets = list(targets)
        self._next = 0

    async def serve(self, port: int) -> asyncio.Server:
        return await asyncio.start_server(self._pass_on, "127.0.0.1", port, reuse_port=False)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            found = await self._find()
            if found is not None:
                there_reader, there_writer = found
                await asyncio.gather(_pump(reader, there_writer), _pump(there_reader, writer))
        writer.close()

    async def _find(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        for _ in self._targets:
            self._next += 1
            host, _, port = self._targets[self._next % len(self._targets)].rpartition(":")
            with suppress(OSError):
                return await asyncio.open_connection(host, int(port))
        return None


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while part := await reader.read(65536):
            writer.write(part)
            await writer.drain()
    with suppress(OSError):
        writer.close()


@asynccontextmanager
async def several_hubs(folder: Path, store_url: str, manners: Manners, number: int = 3) -> AsyncIterator[SeveralHubs]:
    """The village in a store, a provider, a broker, and hubs that are not started yet."""
    async with (
        RehearsalProvider(account_sid=ACCOUNT, auth_token=TOKEN, manners=manners) as provider,
        broker_at(folder / "broker") as broker,
    ):
        public = f"http://127.0.0.1:{hold_port()}"
        all_settings = [
            _share(make_settings(folder / f"hub{at}", store_url, provider.url), public, broker.url)
            for at in range(number)
        ]
        desk = Desk(store_url, SystemClock(), LocalDoorbell(), node="test")
        village = await load_village(desk)
        await desk.work(OPERATOR, confirm_all)
        for virtual in {n.value for n in (*village.numbers.values(), *village.pool.values())}:
            provider.add_number(virtual, sms_url=f"{public}/sms/twilio/message")
        hubs = [RunningHub(settings.hub.data.parent, settings, provider, desk, village) for settings in all_settings]
        for hub in hubs:
            write_config(hub.folder, hub.settings, provider.url)
        server = await Balancer([settings.public.listen for settings in all_settings]).serve(urlsplit(public).port or 0)
        try:
            yield SeveralHubs(hubs, broker, provider, desk, village)
        finally:
            server.close()
            for hub in hubs:
                await hub.close()
            await desk.close()


def _share(settings: Settings, public: str, broker: str) -> Settings:
    """The same public address for all of them, whichever port each listens at."""
    return settings.model_copy(
        update={
            "hub": settings.hub.model_copy(update={"nats": broker}),
            "public": settings.public.model_copy(update={"url": public}),
        }
    )
