"""A hub as an installer would have it: its own folder, settings and secrets, run by its own command."""

import asyncio
import socket
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from hub.asker import operator_asker
from hub.config import Settings
from hub.desk import Desk
from hub.doorbell import LocalDoorbell
from hub.register.loading import apply
from hub.settings_file import load_settings
from hub.upgrade import bring_up_to_date

from .midday import MiddayClock
from .neighbourhood import make_register
from .process import Process, is_open, start

ACCOUNT = "AC" + "b" * 32
TOKEN = "a token for measuring, nothing real"
PUBLIC_URL = "https://hub.bench.example"
"""What callbacks are signed over, wherever the hub really listens: so forms are signed once for every process."""
BENCH = operator_asker("bench")
_HUB_KEY = "k" * 48
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Installation:
    """A folder with settings, and the ports they name. `database` is "" for SQLite in the folder."""

    folder: Path
    public_port: int
    staff_port: int
    database: str = ""

    @property
    def config(self) -> Path:
        return self.folder / "config.toml"

    @property
    def settings(self) -> Settings:
        return load_settings(self.config, environment={})

    def start(self, module: str = "hub", *arguments: str) -> Process:
        """Start `budbok run`, or another module that takes the same settings."""
        more = arguments or ("run", "--config", str(self.config))
        return start(self.folder, module, "-m", module, *more)

    def is_ready(self) -> bool:
        """What /readyz says."""
        return answers(f"http://127.0.0.1:{self.staff_port}/readyz")

    def is_open(self) -> bool:
        """The public port takes connections."""
        return is_open(self.public_port)


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def install(folder: Path, provider_url: str = "http://127.0.0.1:9", database: str = "", nats: str = "") -> Installation:
    """Write settings and secrets into a folder. `nats` is the broker's address, where several hubs share the database."""
    made = Installation(folder, free_port(), free_port(), database)
    vault = folder / "secrets"
    vault.mkdir(parents=True, mode=0o700)
    (vault / "BUDBOK_HUB__KEY").write_text(_HUB_KEY, "utf-8")
    (vault / "BUDBOK_CHANNELS__SMS__TWILIO__AUTH_TOKEN").write_text(TOKEN, "utf-8")
    made.config.write_text(
        f"""
[hub]
data = "data"
database = "{database}"
nats = "{nats}"
language = "nb"

[public]
listen = "127.0.0.1:{made.public_port}"
url = "{PUBLIC_URL}"

[staff]
listen = "127.0.0.1:{made.staff_port}"
url = "http://127.0.0.1:{made.staff_port}"

[caps]
per_number = 1000000
per_prefix = 100000000
per_unit = 100000000
per_day = 100000000

[channels.sms]
use = ["twilio"]
countries = ["NO"]

[channels.sms.twilio]
account_sid = "{ACCOUNT}"
api_url = "{provider_url}"
media_hosts = ["127.0.0.1"]
""",
        "utf-8",
    )
    return made


def settle(installation: Installation, children: int) -> None:
    """Make the tables and load a generated register of so many children."""
    settings = installation.settings
    settings.hub.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    register = make_register(children, installation.folder)
    with_desk(installation, lambda desk: desk.work(BENCH, apply, register, (), True))


def with_desk(installation: Installation, do: Callable[[Desk], Awaitable[T]]) -> T:
    """Open the store, brought up to date, for one thing to do, by the clock of the hubs that are measured: whatever is written
    holds on their day."""
    url = installation.settings.hub.url
    bring_up_to_date(url)

    async def run() -> T:
        desk = Desk(url, MiddayClock(), LocalDoorbell(), "nb", node="bench")
        try:
            return await do(desk)
        finally:
            await desk.close()

    return asyncio.run(run())
