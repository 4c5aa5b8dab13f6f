"""A hub as it runs in a school: `budbok run` in a process of its own, with the rehearsal provider in ours."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import aiohttp
import sqlalchemy as sa

from hub.clock import SystemClock
from hub.config import Settings
from hub.desk import Desk, Work
from hub.doorbell import LocalDoorbell
from hub.people.families import GuardianAddress
from tests.living_hub import ACCOUNT, OPERATOR, TOKEN, make_settings
from tests.patience import PATIENCE, START_PATIENCE
from tests.rehearsal.manners import Manners
from tests.rehearsal.twilio_provider import RehearsalProvider
from tests.village import Village, load_village

CONFIG = """
[hub]
data = "data"
database = "{settings.hub.database}"
nats = "{settings.hub.nats}"
key = "{key}"
[public]
listen = "{settings.public.listen}"
url = "{settings.public.url}"
[staff]
listen = "{settings.staff.listen}"
url = "{settings.staff.url}"
[channels.sms]
use = ["twilio"]
countries = ["NO", "SE", "FI"]
[channels.sms.twilio]
account_sid = "{account}"
auth_token = "{token}"
api_url = "{provider}"
media_hosts = ["127.0.0.1"]
"""


@dataclass(slots=True)
class RunningHub:
    """`desk` looks into the same store from outside. `kills` counts."""

    folder: Path
    settings: Settings
    provider: RehearsalProvider
    desk: Desk
    village: Village
    process: asyncio.subprocess.Process | None = None
    kills: int = 0
    _http: aiohttp.ClientSession = field(init=False)

    def __post_init__(self) -> None:
        self._http = aiohttp.ClientSession(trust_env=False)

    async def start(self) -> None:
        """Begin a process; it is not ready yet."""
        log = (self.folder / "log.txt").open("ab")
        environment = {name: value for name, value in os.environ.items() if not name.startswith("BUDBOK_")}
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "hub", "run", "--config", str(self.folder / "config.toml"),
            stdout=log, stderr=log, env=environment,
        )  # fmt: skip
        log.close()

    async def ready(self) -> None:
        async with asyncio.timeout(START_PATIENCE):
            while not await self._answers():
                assert self.process is not None
                assert self.process.returncode is None, (self.folder / "log.txt").read_text()[-3000:]
                await asyncio.sleep(0.02)

    async def _answers(self) -> bool:
        try:
            async with self._http.get(f"http://{self.settings.staff.listen}/readyz") as response:
                return response.status == 200
        except aiohttp.ClientError:
            return False

    async def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        await self.process.wait()
        self.kills += 1

    def stand_still(self) -> None:
        """As on a machine that is short of memory."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)

    async def stop(self) -> int:
        """As an administrator would; the exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return await asyncio.wait_for(self.process.wait(), PATIENCE)

    async def close(self) -> None:
        await self._http.close()
        if self.process is not None and self.process.returncode is None:
            self.process.kill()
            await self.process.wait()


def confirm_all(work: Work) -> None:
    """Every number was confirmed today, by the machine's clock."""
    work.session.execute(sa.update(GuardianAddress).values(confirmed_at=work.now - timedelta(days=1)))


def write_config(folder: Path, settings: Settings, provider_url: str) -> None:
    """What `budbok run` reads, in a folder of the hub's own."""
    folder.mkdir(parents=True, exist_ok=True)
    text = CONFIG.format(settings=settings, key="k" * 48, account=ACCOUNT, token=TOKEN, provider=provider_url)
    (folder / "config.toml").write_text(text)


@asynccontextmanager
async def running_hub(folder: Path, store_url: str, manners: Manners) -> AsyncIterator[RunningHub]:
    """The village in a store, a provider, and a hub that is not started yet."""
    async with RehearsalProvider(account_sid=ACCOUNT, auth_token=TOKEN, manners=manners) as provider:
        settings = make_settings(folder, store_url, provider.url)
        write_config(folder, settings, provider.url)
        desk = Desk(store_url, SystemClock(), LocalDoorbell(), node="test")
        village = await load_village(desk)
        await desk.work(OPERATOR, confirm_all)
        for number in {n.value for n in village.numbers.values()}:
            provider.add_number(number, sms_url=f"{settings.public.url}/sms/twilio/message")
        hub = RunningHub(folder, settings, provider, desk, village)
        try:
            yield hub
        finally:
            await hub.close()
            await desk.close()
