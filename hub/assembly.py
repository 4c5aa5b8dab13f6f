"""The one place of wiring: has the parts built that the settings name, joins them with the others, starts and stops all."""

import asyncio
import logging
import random
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from aiohttp import web
from prometheus_client import CollectorRegistry

from hub.address import APP, CHAT, SMS
from hub.asker import routine_asker
from hub.calls import answer_call
from hub.chosen_parts import build_channels, build_identities, build_letters, load_bots, load_part, private_hosts
from hub.clock import Clock, SystemClock
from hub.config import Settings, SiteSettings
from hub.database import is_sqlite
from hub.desk import Desk
from hub.doorbell import LocalDoorbell
from hub.duty import Duty
from hub.entrance import Entrance, connections_at_most
from hub.installed import installed
from hub.mailroom.sending import Mailroom
from hub.outside import Outside
from hub.post.channel import Channel
from hub.post.chats import Road, keep_roads
from hub.post.enclosing import Enclosures
from hub.post.gauges import count_hub
from hub.post.inbox import DeskInbox
from hub.post.membership import Membership, refuse_company
from hub.post.nodes import new_name
from hub.post.outbox import Outbox
from hub.post.push_devices import PushRoad
from hub.post.roads import Roads
from hub.post.scanner import Scanner
from hub.post.spool import Spool
from hub.public_site import build_public_site
from hub.routines import Routines
from hub.school.photos import find_barred
from hub.seal import Seal
from hub.sign_in.identity import Identity
from hub.site import Site, SiteParts
from hub.talk.bot import Bot
from hub.talk.heard import Listener
from hub.talk.reception import Reception
from hub.upgrade import bring_up_to_date

log = logging.getLogger(__name__)
STAFF_LINE = "staff_line"


def make_doorbell(settings: Settings) -> LocalDoorbell:
    """Within this process, or in all the hubs that share the store, whose library only they need to import."""
    if not settings.hub.nats:
        return LocalDoorbell()
    from hub.nats_doorbell import NatsDoorbell

    return NatsDoorbell(settings.hub.nats, settings.hub.nats_token.get_secret_value())


@dataclass(slots=True)
class Hub:
    """Everything that runs in one process."""

    settings: Settings
    desk: Desk
    doorbell: LocalDoorbell
    outside: Outside
    spool: Spool
    inbox: DeskInbox
    channels: Mapping[str, Channel]
    listener: Listener
    bots: Mapping[str, Bot]
    outbox: Outbox
    reception: Reception
    routines: Routines
    registry: CollectorRegistry
    identities: Mapping[str, Identity]
    membership: Membership | None
    duty: Duty
    scanner: Scanner | None
    why_not_ready: set[str] = field(default_factory=lambda: {"starting"})
    _entrances: list[Entrance] = field(default_factory=list)
    _tasks: list["asyncio.Task[None]"] = field(default_factory=list)

    def readiness(self) -> list[str]:
        """Why the hub is not ready, by codes; empty when it is."""
        codes = set(self.why_not_ready)
        if self.spool.is_broken:
            codes.add("spool_broken")
        return sorted(codes)

    async def start(self) -> None:
        """Return when everything is served. Raises: SettingsError."""
        if self.membership is None:
            await refuse_company(self.desk, self.duty)
        await self.listener.start()
        await self.doorbell.start()
        await self.inbox.drain()
        roads = [channel for channel in self.channels.values() if isinstance(channel, Road)]
        await self.desk.work(routine_asker("start"), keep_roads, roads)
        parts = SiteParts(
            self.desk,
            self.settings,
            self.doorbell,
            self.desk.clock,
            Seal(self.settings.hub.keys),
            self.readiness,
            self.registry,
            self.listener,
            self.bots,
            self.inbox,
            identities=self.identities,
            scanner=self.scanner,
            push=next((channel for channel in self.channels.values() if isinstance(channel, PushRoad)), None),
        )
        sites: list[Site] = [point.load()(parts) for point in installed("sites")]
        public = build_public_site(self.channels, self.inbox)
        for site in (site for site in sites if site.is_on):
            if site.port == "staff":
                await self._serve(site.build(), self.settings.staff)
            else:
                public.add_subapp(site.below, site.build())
        await self._serve(public, self.settings.public)
        if self.membership is not None:
            await self.membership.start()
        self._tasks = [
            asyncio.create_task(self.outbox.run(), name="outbox"),
            asyncio.create_task(self.reception.run(), name="reception"),
            asyncio.create_task(self._catch_up(), name="catch up"),
        ]
        self.routines.start()
        self.why_not_ready.discard("starting")

    async def _catch_up(self) -> None:
        try:
            await self.routines.catch_up()
        except Exception:
            log.exception("could not ask what was missed")

    async def _serve(self, app: web.Application, settings: SiteSettings) -> None:
        entrance = Entrance(app, connections_at_most(), is_secure=settings.url.startswith("https://"))
        self._entrances.append(entrance)
        await entrance.open(settings.host, settings.port)

    async def stop(self) -> None:
        """Take nothing more in, finish what is in hand, and let go, within 30 seconds. Source: security rule S9.11."""
        self.why_not_ready.add("stopping")
        if self.membership is not None:
            await self.membership.begin_to_leave()
        await asyncio.gather(*(entrance.close() for entrance in self._entrances))
        await asyncio.gather(self.reception.stop(), self.outbox.stop())
        for task in self._tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        with suppress(Exception):
            await self.routines.stop()
        await self.listener.stop()
        if self.membership is not None:
            await self.membership.stop()
        await self.doorbell.stop()
        await self.duty.close()
        await self.outside.close()
        await self.desk.close()


async def assemble(
    settings: Settings,
    clock: Clock | None = None,
    chance: random.Random | None = None,
    listener: Listener | None = None,
) -> Hub:
    """Build everything, bring the store up to date, start nothing. `listener` stands in for the one the settings name.

    Raises: SettingsError, NewerStoreError, SpoolUnusableError.
    """
    clock = clock or SystemClock()
    chance = chance or random.Random()
    outside = Outside(private_hosts(settings))
    channels = build_channels(settings, outside)
    letters = build_letters(settings, outside)
    sms = settings.channels.get(SMS, {})
    has_app = APP in settings.channels.get(CHAT, {}).get("use", ())
    scanner = Scanner(settings.files.scanner) if settings.files.scanner else None
    enclosures = Enclosures(settings.public.url if has_app else "", find_barred)
    listener = listener or load_part("listeners", settings.listener)()
    bots = load_bots()
    settings.hub.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    await asyncio.to_thread(bring_up_to_date, settings.hub.url)
    spool = Spool(settings.hub.data / "spool")
    node = new_name()
    doorbell = make_doorbell(settings)
    desk = Desk(settings.hub.url, clock, doorbell, settings.hub.language, node=node)
    membership = Membership(desk, node) if settings.hub.nats else None
    duty = Duty(settings.hub.url, SystemClock())
    await outside.start()
    inbox = DeskInbox(desk, spool, answer_call)
    registry = CollectorRegistry()
    count_hub(registry, desk, spool)
    return Hub(
        settings=settings,
        desk=desk,
        doorbell=doorbell,
        outside=outside,
        spool=spool,
        inbox=inbox,
        channels=channels,
        listener=listener,
        bots=bots,
        outbox=Outbox(
            desk,
            channels,
            doorbell,
            chance,
            sms.get("countries", ()),
            settings.caps,
            Roads.read(sms),
            enclosures,
            membership,
        ),
        reception=Reception(
            desk, listener, bots, doorbell, load_part("staff_lines", STAFF_LINE)(Seal(settings.hub.keys)), membership
        ),
        routines=Routines(
            desk,
            inbox,
            spool,
            channels,
            settings.hub.data / "anchors.jsonl",
            settings.retention,
            bots.values(),
            settings.staff.url,
            duty,
            Mailroom(desk, letters, Seal(settings.hub.keys), chance),
            scanner,
            may_have_company=membership is None and not is_sqlite(settings.hub.url),
        ),
        membership=membership,
        duty=duty,
        scanner=scanner,
        registry=registry,
        identities=build_identities(settings, outside, clock),
    )
