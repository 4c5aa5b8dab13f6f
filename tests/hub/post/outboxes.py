"""An outbox at work: the village's store, a pretended channel that fails as it is told, and a clock moved by hand."""

import asyncio
import random
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa
from aiohttp import web

from hub.address import SMS
from hub.asker import operator_asker
from hub.clock import StoppedClock
from hub.config import CapSettings
from hub.desk import Desk, Look, Work
from hub.doorbell import DELIVERIES, LocalDoorbell, Ring
from hub.post.channel import (
    Envelope,
    Fetched,
    Inbound,
    Inbox,
    Limits,
    MediaLink,
    Receipt,
    RejectedError,
    Report,
    SendError,
)
from hub.post.deliveries import RANK, Delivery, Status
from hub.post.membership import Membership
from hub.post.messages import Author, Lane, Message, ThreadKind, get_or_open_thread
from hub.post.outbox import Outbox
from hub.post.posting import Post, post
from hub.post.roads import Roads
from hub.post.running_kinds import RunningKind, keep_kinds
from tests.patience import PATIENCE
from tests.village import FJORDVIK, Village

TEST = operator_asker("test")


@dataclass(frozen=True, slots=True)
class Sent:
    """A text that the provider has."""

    sid: str
    envelope: Envelope


@dataclass(slots=True)
class PretendChannel:
    """`plan` is what becomes of the next attempts: None goes well; an error is raised, after it was carried out all the same
    where `taken` says so. Its log finds what was carried out, unless `log_trouble` is set or `log_lags`."""

    name: str = "twilio"
    kind: str = SMS
    limits: Limits = field(default_factory=lambda: Limits(length=1600))
    plan: deque[tuple[Exception | None, bool]] = field(default_factory=deque)
    always: Exception | None = None
    sent: list[Sent] = field(default_factory=list)
    attempts: int = 0
    log_trouble: SendError | None = None
    log_lags: bool = False
    knows_tags: bool = True
    open: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.open.set()

    def fail(self, error: Exception, *, taken: bool = False, times: int = 1) -> None:
        self.plan.extend([(error, taken)] * times)

    def listen(self, inbox: Inbox) -> web.Application:
        return web.Application()

    async def send(self, envelope: Envelope) -> Receipt:
        self.attempts += 1
        trouble, taken = self.plan.popleft() if self.plan else (self.always, False)
        await self.open.wait()
        if trouble is None or taken:
            self.sent.append(Sent(f"SM{len(self.sent):032d}", envelope))
        if trouble is not None:
            raise trouble
        return Receipt(self.sent[-1].sid, "queued", 1)

    async def find(self, envelope: Envelope) -> Receipt | None:
        if self.log_trouble is not None:
            raise self.log_trouble
        for sent in self.sent if not self.log_lags else ():
            alike = (sent.envelope.text, sent.envelope.recipient) == (envelope.text, envelope.recipient)
            own = sent.envelope.delivery_id == envelope.delivery_id
            if sent.sid not in envelope.others and (own if self.knows_tags else alike):
                return Receipt(sent.sid, "sent", 1)
        return None

    async def fetch_media(self, link: MediaLink) -> Fetched:
        raise RejectedError("20404")

    async def missed(self, since: datetime) -> list[Inbound | Report]:
        return []

    async def check(self) -> list[str]:
        return []

    @property
    def texts(self) -> list[str]:
        return [sent.envelope.text for sent in self.sent]


@dataclass(slots=True)
class Posting:
    """The outbox, and what surrounds it."""

    village: Village
    channel: PretendChannel
    outbox: Outbox
    clock: StoppedClock

    async def post(self, text: str, lane: Lane = Lane.REPLY, hold: timedelta = timedelta()) -> str:
        """Post a text from the school to one guardian; the id of its delivery."""
        return (await self.village.desk.work(TEST, post_text, self.village, text, lane=lane, hold=hold))[0]

    async def delivery(self, id_: str) -> Delivery:
        return await self.village.desk.look(TEST, lambda look: look.session.get_one(Delivery, id_))

    async def deliveries(self) -> list[Delivery]:
        return await self.village.desk.look(TEST, list_all)

    async def until(self, met: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not met():
                await asyncio.sleep(0.005)

    async def until_delivery(self, id_: str, met: Callable[[Delivery], bool]) -> Delivery:
        async with asyncio.timeout(PATIENCE):
            while not met(found := await self.delivery(id_)):
                await asyncio.sleep(0.005)
        return found

    async def until_status(self, id_: str, *status: str) -> Delivery:
        return await self.until_delivery(id_, lambda delivery: delivery.status in status)

    async def next_try(self, id_: str) -> Delivery:
        """Wait until the delivery rests, and let time go on to where it is tried again; how it stood while it rested."""
        rests = await self.until_delivery(id_, self._rests)
        if rests.rank < RANK[Status.ACCEPTED]:
            self.clock.move((rests.lease_until or rests.due) - self.clock.now() + timedelta(seconds=0.1))
            self.ring()
        return rests

    async def go_on(self, met: Callable[[], bool], step: float = 61.0) -> None:
        """Let time go on, a step at a time and no faster than the store works, until something has happened: what is tried
        again and again would come to its deadline where the store is slow."""
        async with asyncio.timeout(PATIENCE):
            while not met():
                self.move(step)
                await self.village.desk.work(TEST, lambda work: None)
                await asyncio.sleep(0.02)

    def _rests(self, delivery: Delivery) -> bool:
        in_flight = delivery.status == Status.CLAIMED and delivery.reason is None
        return not in_flight and (
            delivery.rank >= RANK[Status.ACCEPTED] or (delivery.lease_until or delivery.due) > self.clock.now()
        )

    def move(self, seconds: float) -> None:
        """Time goes on, and whoever waits looks."""
        self.clock.move(timedelta(seconds=seconds))
        self.ring()

    def ring(self) -> None:
        self.village.desk.doorbell.ring([Ring(DELIVERIES)])


def list_all(look: Look) -> list[Delivery]:
    return list(look.session.scalars(sa.select(Delivery).order_by(Delivery.id)))


def post_text(
    work: Work,
    village: Village,
    text: str,
    to: str = "Anne Nordmann",
    *,
    about: Sequence[str] = (),
    lane: Lane = Lane.REPLY,
    hold: timedelta = timedelta(),
    seat: str = "contact teacher 7A",
    shown: str | None = None,
    author: Author = Author.STAFF,
    owner: str = FJORDVIK,
    place: str = "school",
) -> list[str]:
    """Post a text from a seat of a unit to a guardian's first phone; the ids of its deliveries."""
    guardian = village.guardian(to, owner)
    unit = village.unit(place, owner)
    thread = get_or_open_thread(work, unit.owner_id, unit.id, [guardian.id], ThreadKind.PRIVATE)
    message: Message = post(
        work,
        thread,
        Post(
            text=text,
            language="nb",
            author=author,
            author_id="test",
            child_ids=[village.child(name, owner).id for name in about],
            lane=lane,
            hold=hold,
            number=village.number(seat, owner),
            to=[village.addresses[guardian.id][0]],
            said_on_channel=shown,
        ),
    )
    return list(
        work.session.scalars(sa.select(Delivery.id).where(Delivery.message_id == message.id).order_by(Delivery.id))
    )


async def outbox_awake(desk: Desk) -> None:
    """Return when an outbox has said what its channels carry, which it does when it first wakes. Until then a test that says
    otherwise would be overruled."""
    async with asyncio.timeout(PATIENCE):
        while not await desk.look(TEST, lambda look: look.session.scalar(sa.select(RunningKind.kind).limit(1))):
            await asyncio.sleep(0.005)


@asynccontextmanager
async def posting_in(
    village: Village,
    clock: StoppedClock,
    channel: PretendChannel | None = None,
    caps: CapSettings | None = None,
    beside: Mapping[str, PretendChannel] | None = None,
    roads: Roads | None = None,
    membership: Membership | None = None,
) -> AsyncIterator[Posting]:
    """Run an outbox until the end of the block; `beside` are further channels of it, by name."""
    channel = channel or PretendChannel()
    channels = {"twilio": channel, **(beside or {})}
    assert isinstance(village.desk.doorbell, LocalDoorbell)
    outbox = Outbox(
        village.desk,
        channels,
        village.desk.doorbell,
        random.Random(1),
        caps=caps,
        roads=roads,
        membership=membership,
    )
    await village.desk.work(TEST, keep_kinds, ())
    running = asyncio.create_task(outbox.run())
    try:
        await outbox_awake(village.desk)
        yield Posting(village, channel, outbox, clock)
    finally:
        for each in (channel, *(beside or {}).values()):
            each.open.set()
        await outbox.stop(2.0)
        await running
