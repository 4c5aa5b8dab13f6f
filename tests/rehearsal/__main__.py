"""`make run`: the rehearsal village, a provider that speaks Twilio's interface on loopback, its phones, and the hub.

The hub is started as its own command with ordinary settings; it cannot tell this provider from Twilio.
"""

import asyncio
import os
import secrets
import signal
import socket
import sys
from pathlib import Path

import aiohttp

from hub.asker import operator_asker
from hub.beginning import SECRETS
from hub.clock import SystemClock
from hub.config import Settings, load_settings
from hub.desk import Desk
from hub.doorbell import LocalDoorbell
from hub.sign_in.invitations import invite_link
from hub.upgrade import bring_up_to_date
from tests.village import Village, list_handsets, load_village

from .demo_phones import DemoPhone, Link
from .phones_page import PhonesPage
from .staff_handsets import list_staff_handsets
from .twilio_provider import RehearsalProvider

FOLDER = Path("var/rehearsal")
PORTS = {"phones": 8090, "staff": 8091, "public": 8092}
SIGN_INS = (("Kari Lunde", "teacher"), ("Ingrid Solberg", "leader"), ("Tora Myklebust", "administrator"))
READY_SECONDS = 60.0


def write_settings(folder: Path, provider_url: str, ports: dict[str, int]) -> Path:
    """Settings as an installer would write them, with secrets that are made once and kept."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    vault = folder / "secrets"
    vault.mkdir(exist_ok=True, mode=0o700)
    for name in (*SECRETS, "BUDBOK_CHANNELS__SMS__TWILIO__AUTH_TOKEN"):
        if not (vault / name).exists():
            (vault / name).touch(mode=0o600)
            (vault / name).write_text(secrets.token_urlsafe(48), "utf-8")
    file = folder / "config.toml"
    file.write_text(
        f"""
[hub]
data = "data"
language = "nb"

[public]
listen = "127.0.0.1:{ports["public"]}"
url = "http://127.0.0.1:{ports["public"]}"

[staff]
listen = "127.0.0.1:{ports["staff"]}"
url = "http://127.0.0.1:{ports["staff"]}"

[channels.sms]
use = ["twilio"]
countries = ["NO", "SE", "FI"]

[channels.sms.twilio]
account_sid = "AC{"0" * 32}"
api_url = "{provider_url}"
media_hosts = ["127.0.0.1"]
""",
        "utf-8",
    )
    return file


def free_port(wished: int) -> int:
    """The wished port on loopback, or any other when somebody has it."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wished))
        except OSError:
            probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def fill_village(settings: Settings) -> tuple[Village, list[Link]]:
    """The village in the store, and one-time links for a teacher, a leader and an administrator."""
    bring_up_to_date(settings.hub.url)
    desk = Desk(settings.hub.url, SystemClock(), LocalDoorbell(), node=f"rehearsal.{os.getpid()}")
    try:
        village = await load_village(desk)
        links = []
        for name, title in SIGN_INS:
            login = village.staff(name).login
            link = await desk.work(operator_asker("invite"), invite_link, login, settings.staff.url)
            links.append(Link(f"Sign in as {name}, {title}", link))
        return village, links
    finally:
        await desk.close()


async def wait_until_ready(url: str, process: asyncio.subprocess.Process) -> bool:
    """True once the hub says that it is ready; False when it ended instead."""
    async with aiohttp.ClientSession() as session, asyncio.timeout(READY_SECONDS):
        while process.returncode is None:
            try:
                async with session.get(f"{url}/readyz") as answer:
                    if answer.status == 200:
                        return True
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.1)
    return False


async def main() -> int:
    ports = {name: free_port(port) for name, port in PORTS.items()}
    page = PhonesPage()
    stop = asyncio.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(each, stop.set)
    file = write_settings(FOLDER, f"http://127.0.0.1:{ports['phones']}", ports)
    settings = load_settings(file)
    token = settings.channels["sms"]["twilio"]["auth_token"]
    provider = RehearsalProvider(
        account_sid="AC" + "0" * 32, auth_token=token, port=ports["phones"], pace=1.0, page=page
    )
    async with provider:
        village, page.sign_ins = await fill_village(settings)
        page.phones = [DemoPhone.of(row) for row in [*list_handsets(village), *list_staff_handsets(village)]]
        for value, name in name_numbers(village).items():
            provider.add_number(value, sms_url=f"{settings.public.url}/sms/twilio/message", name=name)
        page.links = [Link("Staff pages", settings.staff.url)]
        hub = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "hub", "run", "--config", str(file), start_new_session=True
        )
        if await wait_until_ready(settings.staff.url, hub):
            say_where(provider.url, settings.staff.url, page.sign_ins)
            ended = asyncio.create_task(hub.wait())
            stopped = asyncio.create_task(stop.wait())
            await asyncio.wait([ended, stopped], return_when=asyncio.FIRST_COMPLETED)
            stopped.cancel()
        if hub.returncode is None:
            hub.terminate()
        return await hub.wait()


def name_numbers(village: Village) -> dict[str, str]:
    """The number of each role by its title, and those in the pool, as a phone that nobody knows sees them."""
    titles = {role.id: role.title for role in village.roles.values()}
    named = {number.value: "A number without a role" for number in village.pool.values()}
    return named | {number.value: titles[role_id] for role_id, number in village.numbers.items()}


def say_where(phones: str, staff: str, sign_ins: list[Link]) -> None:
    lines = ["", f"The phones:   {phones}/", f"Staff pages:  {staff}/"]
    lines += [f"{link.words}: {link.url}" for link in sign_ins]
    lines += ["Ctrl-C stops it. What you made stays in var/rehearsal.", ""]
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
