"""What stands around the hub in a rehearsal: the provider, the phones, and the village in the store."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import time
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp

from channels.mail.settings import MailSettings
from hub.address import CHAT, MAIL
from hub.asker import operator_asker
from hub.clock import SystemClock
from hub.config import Settings
from hub.desk import Desk, Work
from hub.doorbell import LocalDoorbell
from hub.people.places import Unit
from hub.people.staff import Staff
from hub.post.work_mail import Says, Wish, choose_wish, find_wish, set_rule
from hub.school.care_rules import Lock, get_rules, set_rules
from hub.seal import Seal
from hub.settings_file import load_settings
from hub.sign_in.invitations import invite_link
from tests.patience import START_PATIENCE
from tests.village import FJORDVIK, SAARELA, Village, list_handsets, load_village

from .chats_page import ChatsPage
from .demo_phones import DemoPhone, Link
from .door import REHEARSE, Door
from .door_form import DoorForm
from .eid import FINNISH, NORWEGIAN, make_provider, number_people, tell_register
from .finnish_people import list_mailboxes, make_finnish_post, number_finns
from .home_care import prepare_home
from .id_provider import IdProvider
from .mailboxes_page import open_mailboxes
from .many_families import TITLE, leave_out_many
from .norwegian_people import list_people, make_post
from .phones_page import PhonesPage
from .staff_handsets import list_staff_handsets
from .telegram_service import TelegramService
from .third_guardian import tell_third_guardian
from .twilio_provider import RehearsalProvider
from .wall_gate import WallGate

SIGN_INS = (
    (FJORDVIK, "Kari Lunde", "teacher"),
    (FJORDVIK, "Ingrid Solberg", "leader of the school"),
    (FJORDVIK, "Astrid Vik", "leader of the preschool"),
    (FJORDVIK, "Tora Myklebust", "administrator"),
    (FJORDVIK, "Solveig Aas", "family day carer"),
    (SAARELA, "Tuula Heikkinen", "leader of the preschool in Finland"),
)
OPEN_WEEK = (
    "Next week’s care times can be booked at Lerkeveien barnehage until Sunday night, for example “neste uke man-fre 8-16”; "
    "the other units lock a week at noon on the Monday before it."
)
UNTIL_SUNDAY_NIGHT = Lock(weeks=1, weekday=6, at=time(23, 59))
Hub = subprocess.Popen[bytes]


@dataclass(frozen=True, slots=True)
class Ports:
    """Of loopback: where the phones and the mailboxes are served, and where tags are held to the gate, by UDP."""

    phones: int
    mailboxes: int
    tags: int


async def play(hub: Hub, file: Path, ports: Ports) -> int:
    """Keep the phones, the mailboxes and the gate at these ports until the hub ends, or somebody ends the rehearsal. `file` has
    the hub's settings, and the gate's things lie beside it."""
    stop = asyncio.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(each, stop.set)
    settings = load_settings(file)
    page = PhonesPage()
    provider = RehearsalProvider(
        account_sid="AC" + "0" * 32,
        auth_token=settings.channels["sms"]["twilio"]["auth_token"],
        port=ports.phones,
        pace=1.0,
        page=page,
    )
    mail = MailSettings.model_validate(settings.channels[MAIL])
    telegram = make_telegram(settings)
    chats = ChatsPage(telegram)
    gate = WallGate(file.parent / "gate", ports.tags)
    async with (
        provider,
        make_provider(settings, NORWEGIAN) as eid,
        make_provider(settings, FINNISH) as suomi,
        make_post(settings) as post,
        make_finnish_post(settings) as finnish,
        telegram,
        open_mailboxes(mail, ports.mailboxes),
    ):
        ended = asyncio.create_task(asyncio.to_thread(hub.wait))
        if await wait_until_ready(settings.staff.url, hub):
            async with open_desk(settings) as desk, set_the_stage(desk, settings, provider, eid, gate) as village:
                post.people |= list_people(village)
                finnish.mailboxes |= list_mailboxes(village)
                suomi.people = number_finns(village)
                chats.open_accounts(list(dict.fromkeys(guardian.name for guardian in village.guardians.values())))
                page.links.append(Link("Chats of families at Telegram", f"{telegram.url}/"))
                page.links.append(Link("Mailboxes of staff", f"http://127.0.0.1:{ports.mailboxes}/"))
                page.links.append(Link("Digital mailboxes of families", f"{post.url}/"))
                page.links.append(Link("Digital mailboxes of families in Finland", f"{finnish.url}/"))
                say_where(provider.url, page)
                stopped = asyncio.create_task(stop.wait())
                await asyncio.wait([ended, stopped], return_when=asyncio.FIRST_COMPLETED)
                stopped.cancel()
        if hub.poll() is None:
            hub.terminate()
        return await ended


def make_telegram(settings: Settings) -> TelegramService:
    """At the port that the settings name, for the bot whose token they have."""
    own = settings.channels[CHAT]["telegram"]

    def now() -> int:
        return int(SystemClock().now().timestamp())

    return TelegramService(urlsplit(own["api_url"]).port or 0, now, own["token"], first=now())


@asynccontextmanager
async def open_desk(settings: Settings) -> AsyncIterator[Desk]:
    """The hub's store, beside the hub."""
    desk = Desk(settings.hub.url, SystemClock(), LocalDoorbell(), node=f"rehearsal.{os.getpid()}")
    try:
        yield desk
    finally:
        await desk.close()


@asynccontextmanager
async def set_the_stage(
    desk: Desk,
    settings: Settings,
    provider: RehearsalProvider,
    eid: IdProvider,
    gate: WallGate,
) -> AsyncIterator[Village]:
    """The village in the store, its phones on the page, its numbers at the provider, its people at that of identities,
    and a gate at the door of its preschool for as long as this lasts: it gets ready meanwhile."""
    page = provider.page
    village, page.sign_ins = await fill_village(desk, settings)
    eid.people = number_people(village)
    page.phones = [DemoPhone.of(row) for row in [*list_handsets(village), *list_staff_handsets(village)]]

    known: set[str] = set()

    def add_number(value: str, name: str) -> None:
        if value not in known:
            known.add(value)
            provider.add_number(value, sms_url=f"{settings.public.url}/sms/twilio/message", name=name)

    for value, name in name_numbers(village).items():
        add_number(value, name)
    page.links = [Link("Staff pages", f"{settings.staff.url}/"), Link("Family pages", f"{settings.public.url}/family")]
    page.hint = OPEN_WEEK
    door = Door(desk, settings, village, gate)
    code = await door.prepare()
    page.door = DoorForm(door, provider.network.bulletin, lambda: provider.count, partial(add_number, name=TITLE))
    page.door.links = (
        Link("Door", f"{settings.staff.url}/door/{door.unit.id}"),
        Link("Diary", f"{settings.staff.url}/diary/{door.unit.id}"),
    )
    opening = asyncio.create_task(page.door.open(code))
    try:
        yield village
    finally:
        try:
            await page.door.end()
            await opening
        finally:
            await gate.stop()


async def fill_village(desk: Desk, settings: Settings) -> tuple[Village, list[Link]]:
    """The village in the store, and one-time links for some of its staff."""
    village = await load_village(desk)
    leave_out_many(village)
    await desk.work(REHEARSE, open_next_week, village.unit("preschool").id)
    await desk.work(REHEARSE, tell_register, village, Seal(settings.hub.keys))
    await desk.work(REHEARSE, open_mailbox, village.staff("Kari Lunde").id)
    await desk.work(REHEARSE, prepare_home, village)
    await desk.work(REHEARSE, tell_third_guardian, village)
    links = []
    for owner, name, title in SIGN_INS:
        login = village.staff(name, owner).login
        link = await desk.work(operator_asker("invite"), invite_link, login, settings.staff.url)
        links.append(Link(f"Sign in as {name}, {title}", link))
    return village, links


def open_next_week(work: Work, unit_id: str) -> None:
    """On whichever day one tries, a week can be booked at this unit; what somebody has set since stays."""
    unit = work.session.get_one(Unit, unit_id)
    rules = get_rules(work, unit)
    if rules.lock == Lock():
        set_rules(work, unit, replace(rules, lock=UNTIL_SUNDAY_NIGHT), work.asker.id)


def open_mailbox(work: Work, staff_id: str) -> None:
    """One of the staff reads in their mailbox what waits for a person, and the owner lets it say all; what was chosen stays."""
    staff = work.session.get_one(Staff, staff_id)
    if find_wish(work, staff.id) is None:
        choose_wish(work, staff, Wish.WAITING)
        set_rule(work, staff.owner_id, Says.WORDS, work.asker.id)


async def wait_until_ready(url: str, process: Hub) -> bool:
    """True once the hub says that it is ready; False when it ended instead."""
    async with aiohttp.ClientSession() as session, asyncio.timeout(START_PATIENCE):
        while process.poll() is None:
            try:
                async with session.get(f"{url}/readyz") as answer:
                    if answer.status == 200:
                        return True
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.1)
    return False


def name_numbers(village: Village) -> dict[str, str]:
    """The number of each role by its title, and those in the pool, as a phone that nobody knows sees them."""
    titles = {role.id: role.title for role in village.roles.values()}
    named = {number.value: "A number without a role" for number in village.pool.values()}
    return named | {number.value: titles[role_id] for role_id, number in village.numbers.items()}


def say_where(phones: str, page: PhonesPage) -> None:
    lines = ["", f"The phones: {phones}/"]
    lines += [f"{link.words}: {link.url}" for link in [*page.links, *page.sign_ins]]
    lines += ["Ctrl-C stops it. What you made stays in var/rehearsal.", ""]
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()
