"""`budbok run` as a process of its own: it serves, is asked from a shell meanwhile, and stops in order when told to.

Source: security rules S9.11 and S12.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from hub.operations.building_site import Place
from hub.people.numbers import VirtualNumber
from tests.hub.installation import TOKEN, Installation, install, set_setting
from tests.patience import PATIENCE, START_PATIENCE
from tests.ports import hold_port
from tests.rehearsal.twilio_provider import RehearsalProvider
from tests.village import FOLDER, Village

ACCOUNT = "AC" + "0" * 32
LOAD = ("register", "load", str(FOLDER / "village.json"), "--apply")


@dataclass(slots=True)
class Served:
    """A hub in a process, a provider beside it, and how to ask both."""

    config: Path
    provider: RehearsalProvider
    process: asyncio.subprocess.Process
    staff: str
    public: str

    @property
    def told(self) -> str:
        """What the hub said so far."""
        return (self.config.parent / "hub.log").read_text("utf-8")

    async def ask(self, *arguments: str) -> tuple[int, list[str]]:
        """Another command, in another process."""
        command = await start(self.config, *arguments, out=asyncio.subprocess.PIPE)
        out, _ = await asyncio.wait_for(command.communicate(), START_PATIENCE)
        return command.returncode or 0, out.decode().splitlines()

    async def readiness(self) -> int:
        """The status of /readyz; 0 when nobody answers any more."""
        try:
            async with aiohttp.ClientSession() as http, http.get(f"{self.staff}/readyz") as answer:
                return answer.status
        except aiohttp.ClientError:
            return 0

    async def until(self, is_ready: bool, seconds: float) -> None:
        async with asyncio.timeout(seconds):
            while (await self.readiness() == 200) is not is_ready and self.process.returncode is None:
                await asyncio.sleep(0.02)


async def start(config: Path, *arguments: str, out: int) -> asyncio.subprocess.Process:
    """A command in a process of its own. What it says on standard error goes along, but not into a pipe."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("BUDBOK_")}
    is_pipe = out == asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "hub", *arguments, "--config", str(config)),
        stdout=out,
        stderr=asyncio.subprocess.DEVNULL if is_pipe else asyncio.subprocess.STDOUT,
        env=environment,
    )


@asynccontextmanager
async def served(config: Path, numbers: Iterable[VirtualNumber] = ()) -> AsyncIterator[Served]:
    staff, public = (f"127.0.0.1:{hold_port()}" for _ in range(2))
    async with RehearsalProvider(account_sid=ACCOUNT, auth_token=TOKEN) as provider:
        for section, name, value in (
            ("staff", "listen", staff),
            ("staff", "url", f"http://{staff}"),
            ("public", "listen", public),
            ("public", "url", f"http://{public}"),
            ("channels.sms.twilio", "api_url", provider.url),
        ):
            set_setting(config, section, name, json.dumps(value))
        for number in numbers:
            provider.add_number(number.value)
        with (config.parent / "hub.log").open("ab") as log:
            process = await start(config, "run", out=log.fileno())
        hub = Served(config, provider, process, f"http://{staff}", f"http://{public}")
        try:
            await hub.until(True, START_PATIENCE)
            yield hub
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()


async def test_a_hub_serves_is_asked_and_stops_in_order(
    installation: Installation, village: Village, empty_place: Place, store_kind: str, tmp_path: Path
) -> None:
    """From an empty store: the village's register is loaded as an operator would."""
    installation.set("hub", "database", json.dumps(empty_place.url))
    load = await start(installation.config, *LOAD, out=asyncio.subprocess.DEVNULL)
    assert await load.wait() == 0
    numbers = {number.value: number for number in (*village.numbers.values(), *village.pool.values())}.values()
    async with served(installation.config, numbers) as hub:
        assert await hub.readiness() == 200, hub.told

        _, lines = await hub.ask("doctor", "--fix", "--json")
        assert "now leads here." in [json.loads(line)["what"] for line in lines]
        code, lines = await hub.ask("doctor", "--json")  # the public address here is not https
        bad = {json.loads(line)["about"] for line in lines if json.loads(line)["grade"] == "wrong"}
        assert (code, bad) == (1, {"provider twilio", *(["durability"] if store_kind == "postgresql" else [])})

        phone = hub.provider.phone(village.phone("Ola Nordmann"))
        await phone.text(village.number("contact teacher 7A").value, "Kari er syk i dag")
        answer = await phone.next_text()
        assert answer.body.startswith(("Notert: Kari", "Vi har stengt i dag"))  # on whichever day it is tried
        await hub.provider.at_rest()

        _, lines = await hub.ask("ledger", "--json")
        assert answer.sid in [json.loads(line)["provider_id"] for line in lines]
        _, lines = await hub.ask("book", "c-kari-nordmann", "--as", "kari.lunde@fjordvik.example", "--json")
        assert json.loads(lines[0])["text"] == "Kari er syk i dag"
        assert (await hub.ask("verify"))[0] == 0
        assert (await hub.ask("backup", str(tmp_path / "one")))[0] == 0

        hub.process.send_signal(signal.SIGTERM)
        await hub.until(False, PATIENCE)
        assert await asyncio.wait_for(hub.process.wait(), PATIENCE) == 0

    assert (await hub.ask("verify"))[0] == 0
    assert (installation.data / "anchors.jsonl").exists()


async def test_a_hub_that_was_killed_serves_again(installation: Installation, village: Village) -> None:
    async with served(installation.config) as hub:
        assert await hub.readiness() == 200, hub.told
        hub.process.kill()
        await hub.process.wait()

    async with served(installation.config) as hub:
        assert await hub.readiness() == 200, hub.told


async def test_a_hub_whose_spool_cannot_be_used_does_not_start(tmp_path: Path) -> None:
    config = install(tmp_path)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "spool").write_text("a file where a folder should be")

    async with served(config) as hub:
        assert await asyncio.wait_for(hub.process.wait(), START_PATIENCE) == 1


async def test_the_example_with_fresh_secrets_starts_a_hub(tmp_path: Path) -> None:
    """Only the addresses are others than in `config.example.toml`; the store is made at the start."""
    async with served(install(tmp_path)) as hub:
        assert await hub.readiness() == 200, hub.told
        async with aiohttp.ClientSession() as http, http.get(f"{hub.staff}/livez") as answer:
            assert await answer.text() == "ok\n"
        hub.process.send_signal(signal.SIGINT)
        assert await asyncio.wait_for(hub.process.wait(), PATIENCE) == 0

    assert (tmp_path / "data" / "budbok.sqlite").exists()
