"""A whole hub in this process, with the rehearsal provider at its other end: for stories told from outside."""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from pydantic import SecretStr

from bots.hearing.listener import HearingListener
from hub.asker import operator_asker
from hub.assembly import Hub, assemble
from hub.clock import Clock
from hub.config import FileSettings, HubSettings, PublicSiteSettings, Settings, StaffSiteSettings
from hub.desk import Look
from hub.post.arrivals import Arrival, ArrivalState
from hub.post.deliveries import RANK, Delivery, Status
from hub.post.files import Attachment, FileState
from hub.post.running_kinds import keep_kinds
from hub.talk.heard import About, Heard, KnownChild, Listener, Said
from tests.hub.post.outboxes import outbox_awake
from tests.patience import PATIENCE, START_PATIENCE
from tests.ports import hold_port
from tests.rehearsal.handsets import Handset
from tests.rehearsal.manners import Manners
from tests.rehearsal.twilio_provider import RehearsalProvider
from tests.village import FJORDVIK, Village, load_village

ACCOUNT = "AC" + "5" * 32
TOKEN = "a token for rehearsals only, nothing real"
ANSWER_SECONDS = PATIENCE
KEY = "k" * 48
OPERATOR = operator_asker("test")


@dataclass(slots=True)
class LivingHub:
    """The hub, the provider, and the village that lives in its store."""

    hub: Hub
    provider: RehearsalProvider
    village: Village

    def phone(self, guardian: str, owner: str = FJORDVIK) -> Handset:
        """A guardian's first phone."""
        return self.provider.phone(self.village.phone(guardian, owner))

    async def text(self, guardian: str, role: str, body: str, owner: str = FJORDVIK) -> str:
        """A guardian texts a role's number; what the hub answers."""
        phone = self.phone(guardian, owner)
        status = await phone.text(self.village.number(role, owner).value, body)
        assert status == 200
        return (await phone.next_text(ANSWER_SECONDS)).body

    async def settled(self) -> None:
        """Return when nothing waits in the hub any more, the provider is at rest, and nothing came of what it told last."""
        async with asyncio.timeout(ANSWER_SECONDS):
            while True:
                while await self._is_busy():
                    await asyncio.sleep(0.01)
                await self.provider.at_rest(ANSWER_SECONDS)
                if not await self._is_busy():
                    return

    async def _is_busy(self) -> bool:
        """Also with what a slow store did not take in time."""
        return self.hub.spool.waiting_bytes > 0 or await self.hub.desk.look(OPERATOR, _count_waiting) > 0

    async def fetched(self) -> None:
        """Return when no file waits to be fetched: one that the hub's own routine has begun with is left alone by the next."""
        async with asyncio.timeout(ANSWER_SECONDS):
            await self.hub.routines.fetch_files()
            while await self.hub.desk.look(OPERATOR, _count_files_waiting):
                await asyncio.sleep(0.01)


def _count_waiting(look: Look) -> int:
    new = sa.select(sa.func.count()).select_from(Arrival).where(Arrival.state == ArrivalState.NEW)
    unsent = sa.select(sa.func.count()).select_from(Delivery).where(Delivery.rank < RANK[Status.ACCEPTED])
    return (look.session.scalar(new) or 0) + (look.session.scalar(unsent.where(Delivery.due <= look.now)) or 0)


def _count_files_waiting(look: Look) -> int:
    waiting = sa.select(sa.func.count()).select_from(Attachment).where(Attachment.state == FileState.WAITING)
    return look.session.scalar(waiting) or 0


async def _caught_up() -> None:
    """Return when the hub that has just started has asked its providers' logs what it missed: until then what a test keeps from
    it, or has a provider fail at, may be told or met by that."""
    asking = [task for task in asyncio.all_tasks() if task.get_name() == "catch up"]
    async with asyncio.timeout(START_PATIENCE):
        await asyncio.gather(*asking)


def make_settings(
    folder: Path,
    store_url: str,
    provider_url: str,
    mail: dict[str, Any] | None = None,
    chat: dict[str, Any] | None = None,
    identity: dict[str, Any] | None = None,
    roads: dict[str, Any] | None = None,
    letters: dict[str, Any] | None = None,
    scanner: str = "",
    **twilio: Any,
) -> Settings:
    """Settings for a hub on loopback, as an installer would write them. `roads` are further tables of `[channels.sms]`."""
    public, staff = hold_port(), hold_port()
    return Settings(
        hub=HubSettings(data=folder / "data", database=store_url, key=SecretStr(KEY)),
        public=PublicSiteSettings(listen=f"127.0.0.1:{public}", url=f"http://127.0.0.1:{public}"),
        staff=StaffSiteSettings(listen=f"127.0.0.1:{staff}", url=f"http://127.0.0.1:{staff}"),
        channels={
            "sms": {
                "use": ["twilio", *(name for name in roads or {} if name != "roads")],
                "countries": ["NO", "SE", "FI"],
                "twilio": {
                    "account_sid": ACCOUNT,
                    "auth_token": TOKEN,
                    "api_url": provider_url,
                    "media_hosts": ["127.0.0.1"],
                    **twilio,
                },
                **(roads or {}),
            },
            **({"mail": mail} if mail else {}),
            **({"chat": chat} if chat else {}),
            **({"letters": letters} if letters else {}),
        },
        identity=identity or {},
        files=FileSettings(scanner=scanner),
    )


class SharedListener:
    """The real listener, started once for all hubs of this run: its start is most of what a short story costs."""

    _real: HearingListener | None = None

    async def start(self) -> None:
        if SharedListener._real is None:
            SharedListener._real = HearingListener(wait_seconds=PATIENCE, start_seconds=START_PATIENCE)
        await SharedListener._real.start()

    async def hear(self, said: Said, children: Sequence[KnownChild], asked: About | None) -> Heard:
        assert SharedListener._real is not None
        return await SharedListener._real.hear(said, children, asked)

    async def stop(self) -> None:
        """It goes on for the next hub."""

    @classmethod
    async def end(cls) -> None:
        """Called once, when the run is over."""
        if cls._real is not None:
            await cls._real.stop()
            cls._real = None


@asynccontextmanager
async def living_hub(
    folder: Path,
    store_url: str,
    clock: Clock | None = None,
    listener: Listener | None = None,
    manners: Manners | None = None,
    **twilio: Any,
) -> AsyncIterator[LivingHub]:
    """Start provider and hub, and fill the store with the village where it is empty. `manners` are the provider's."""
    options: dict[str, Any] = {"manners": manners} if clock is None else {"manners": manners, "clock": clock.now}
    async with RehearsalProvider(account_sid=ACCOUNT, auth_token=TOKEN, **options) as provider:
        settings = make_settings(folder, store_url, provider.url, **twilio)
        hub = await assemble(settings, clock, random.Random(1), listener or SharedListener())
        village = await load_village(hub.desk)
        for number in {n.value for n in (*village.numbers.values(), *village.pool.values())}:
            provider.add_number(number, sms_url=f"{settings.public.url}/sms/twilio/message")
        await hub.desk.work(OPERATOR, keep_kinds, ())
        await hub.start()
        await outbox_awake(hub.desk)
        await _caught_up()
        try:
            yield LivingHub(hub, provider, village)
        finally:
            await hub.stop()
