"""The SMPP channel between a recording inbox and an SMSC on loopback, whose answers are told in the numbers of HTTP."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from channels.sms.smpp import SmppChannel
from channels.sms.smpp_settings import SmppSettings
from hub.address import SMS, Address
from hub.clock import StoppedClock
from hub.outside import Outside
from hub.post.channel import AddressGoneError, RejectedError, SendError, TryLaterError, UnknownFateError
from tests.channels.contract import Failure, RecordingInbox, Told
from tests.channels.crooked_smsc import CrookedSmsc, a_crooked_smsc, deliver_body, receipt_body
from tests.patience import PATIENCE

SCHOOL, PHONE = Address(SMS, "+4759000017"), Address(SMS, "+4740000001")
OK, LATER, NEVER = 0x00, 0x64, 0x65
AS_TOLD = {OK: 200, LATER: 503, NEVER: 400}
UCS2 = 8


@asynccontextmanager
async def a_channel(
    port: int, inbox: RecordingInbox, clock: StoppedClock, **settings: Any
) -> AsyncIterator[SmppChannel]:
    own = SmppSettings.model_validate(
        {
            "host": "127.0.0.1",
            "port": port,
            "system_id": "skolen",
            "password": "hemmelig",
            "tls": False,
            "reconnect_seconds": 0.02,
            "pace_per_second": 1000.0,
            **settings,
        }
    )
    channel = SmppChannel(own, Outside(), "http://127.0.0.1", clock, random.Random(1))
    runner = web.AppRunner(channel.listen(inbox))
    await runner.setup()
    try:
        yield channel
    finally:
        await runner.cleanup()


class SmppRehearsal:
    """The SMSC hands in and takes by the one link that the channel has opened to it."""

    school = SCHOOL
    guardian = PHONE

    def __init__(self, smsc: CrookedSmsc, channel: SmppChannel, inbox: RecordingInbox, clock: StoppedClock) -> None:
        self.smsc, self.channel, self.inbox, self.clock = smsc, channel, inbox, clock
        self._latest = b""
        self._told = 0
        self.failures = {
            "throttled": self._fails(0x58, TryLaterError, after=2.0, whole_channel=False),
            "not let in": self._fails(0x04, TryLaterError, whole_channel=True),
            "nobody there": self._fails(0x0B, AddressGoneError, opted_out=False),
            "refused": self._fails(0x45, RejectedError),
            "says no and not why": self._fails(0xFF, UnknownFateError),
        }

    def _fails(self, status: int, error: type[SendError], **details: object) -> Failure:
        return Failure(lambda: self.smsc.statuses.append(status), error, details)

    def now(self) -> datetime:
        return self.clock.now()

    async def say(self, text: str) -> Told:
        self._latest = deliver_body(text.encode("utf-16-be"), coding=UCS2)
        return await self._deliver(self._latest)

    async def repeat(self) -> Told:
        """As it does where its link broke before it had our yes."""
        await self.smsc.lose_link()
        return await self._deliver(self._latest)

    async def _deliver(self, body: bytes) -> Told:
        return Told(AS_TOLD[await self.smsc.deliver(body)])

    async def babble(self) -> list[Told]:
        bodies = [b"", b"\0" * 9, b"x" * 300, deliver_body(b"Hei")[:-2], receipt_body("")]
        return [await self._deliver(body) for body in [*bodies, deliver_body(b"\xff", esm_class=0x40)]]

    def lose_answer(self) -> None:
        self.smsc.hangs_up = "answer"

    def lose_request(self) -> None:
        self.smsc.hangs_up = "request"

    async def fail(self) -> None:
        """It lets nobody in any more."""
        self.smsc.bind_status = 0x0E
        self.smsc.hang_up()
        await self._until(bool)

    async def at_rest(self) -> None:
        """The link is there again, and each text that was taken has its receipt."""
        await self._until(lambda wrong: not wrong)
        for number in range(self._told, len(self.smsc.sent)):
            for state in ("ENROUTE", "DELIVRD"):
                await self.smsc.deliver(receipt_body(f"m{number + 1}", state))
        self._told = len(self.smsc.sent)

    async def _until(self, met: Callable[[list[str]], bool]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not met(await self.channel.check()):
                await asyncio.sleep(0.005)

    def list_arrived(self) -> list[str]:
        return [str(sent.short_message.decode("utf-16-be")) for sent in self.smsc.sent]


@asynccontextmanager
async def an_smpp_rehearsal() -> AsyncIterator[SmppRehearsal]:
    inbox, clock = RecordingInbox(), StoppedClock(datetime(2025, 3, 3, 7, 12, tzinfo=UTC))
    async with a_crooked_smsc() as smsc, a_channel(smsc.port, inbox, clock) as channel:
        rehearsal = SmppRehearsal(smsc, channel, inbox, clock)
        await rehearsal.at_rest()
        yield rehearsal
