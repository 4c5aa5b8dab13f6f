"""Carries texts both ways: from the account to phones, with reports, and from phones to the account's webhooks."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime
from xml.etree import ElementTree

from .bulletin import Bulletin
from .faults import Faults
from .handsets import Handset, NotSent, ReceivedText, SaidText
from .manners import Manners
from .numbers import Number, Numbers, bare
from .optouts import OptOuts
from .reports import Reports
from .texts import FINAL_STATES, Media, Text, TextLog, segments
from .webhooks import Alert, Webhooks

SENDING_SECONDS, SENT_SECONDS = 0.2, 0.4
ARRIVAL_SECONDS = (0.5, 1.6)
BETWEEN_ARRIVALS_SECONDS = 0.3
UNREACHABLE = 30003
REPLIES_AT_MOST, TOO_MANY_REPLIES, UNREADABLE = 10, 14109, 12100


class Network:
    """The provider's side of the air. `pace` stretches every delay: 1 is real life, 0 is at once."""

    def __init__(
        self,
        account_sid: str,
        log: TextLog,
        numbers: Numbers,
        webhooks: Webhooks,
        faults: Faults,
        manners: Manners,
        chance: random.Random,
        clock: Callable[[], datetime],
        pace: float,
        media_url: Callable[[Text, Media], str],
    ) -> None:
        self.pace = pace
        self.handsets: dict[str, Handset] = {}
        self.opt_outs = OptOuts()
        self.bulletin = Bulletin()
        self._account_sid = account_sid
        self._log = log
        self._numbers = numbers
        self._webhooks = webhooks
        self._faults = faults
        self._manners = manners
        self._chance = chance
        self._clock = clock
        self._media_url = media_url
        self._under_way: set[asyncio.Task[None]] = set()
        self._at_rest = asyncio.Event()
        self._moving = 0
        self._at_rest.set()
        faults.watch(self._look_for_network)

    @property
    def is_up(self) -> bool:
        return not self._faults.network_down

    def handset(self, number: str) -> Handset:
        written = bare(number)
        if written not in self.handsets:
            self.handsets[written] = Handset(written, self)
        return self.handsets[written]

    def notice(self, handset: Handset) -> None:
        """The phone was switched on or off, or its number came or went."""
        self.bulletin.tell("phone", number=handset.number, on=handset.is_on, known=handset.is_known)

    async def rest(self, timeout: float) -> None:
        """Wait until nothing moves but what waits for a phone to be switched on.

        Raises:
            TimeoutError: it still moves after `timeout` seconds.
        """
        async with asyncio.timeout(timeout):
            await self._at_rest.wait()

    async def close(self) -> None:
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)

    # Towards the phones

    async def send(self, text: Text) -> None:
        """Take a text on its way; its reports follow it."""
        carrying = self._start(self._carry(text, random.Random(self._chance.getrandbits(64))))
        if self._faults.callbacks_before_answer:
            await asyncio.wait({carrying})

    async def _carry(self, text: Text, chance: random.Random) -> None:
        reports = Reports(text, self._report, self._faults, chance)
        if text.status == "accepted":
            await self._step(text, reports, "queued", 0)
        await self._step(text, reports, "sending", SENDING_SECONDS)
        await self._step(text, reports, "sent", SENT_SECONDS)
        if not self._manners.keeps:
            await self._step(text, reports, "delivered", 0)
            await reports.flush()
            return
        handset = self.handset(text.recipient)
        loop = asyncio.get_running_loop()
        arrival = loop.time() + chance.uniform(*ARRIVAL_SECONDS) * self.pace
        arrival = max(arrival, handset.next_arrival)
        handset.next_arrival = arrival + BETWEEN_ARRIVALS_SECONDS * self.pace
        await asyncio.sleep(max(0.0, arrival - loop.time()))
        if handset.undelivered_code is not None:
            await self._step(text, reports, "undelivered", 0, handset.undelivered_code)
        elif await self._reach(handset, text, reports):
            self._show(handset, text)
            await self._step(text, reports, "delivered", 0)
        else:
            await self._step(text, reports, "undelivered", 0, UNREACHABLE)
        await reports.flush()

    async def _reach(self, handset: Handset, text: Text, reports: Reports) -> bool:
        if handset.is_reachable:
            return True
        await reports.flush()
        loop = asyncio.get_running_loop()
        end = loop.call_later(text.validity_seconds * self.pace, handset.let_validity_pass, text.sid)
        if not self.pace:
            end.cancel()
        self._stop_moving()
        try:
            return await handset.wait_for_network(text.sid)
        except asyncio.CancelledError:
            self.moves()
            raise
        finally:
            end.cancel()

    async def _step(self, text: Text, reports: Reports, status: str, seconds: float, code: int | None = None) -> None:
        await asyncio.sleep(seconds * self.pace)
        text.become(status, self._clock(), code)
        if status == "sent" and (price := self._manners.price_of(text.recipient)) is not None:
            text.price, text.currency = price * segments(text.body), self._manners.currency
        if self._manners.reports and text.status_callback:
            await reports.add(self._report_form(text))

    def _report_form(self, text: Text) -> dict[str, str]:
        form = {
            "MessageSid": text.sid,
            "SmsSid": text.sid,
            "MessageStatus": text.status,
            "SmsStatus": text.status,
            "To": text.recipient,
            "From": text.sender,
            "AccountSid": self._account_sid,
            "ApiVersion": "2010-04-01",
        }
        if text.error_code is not None:
            form["ErrorCode"] = str(text.error_code)
        if text.service_sid is not None:
            form["MessagingServiceSid"] = text.service_sid
        if text.status in FINAL_STATES:
            form["RawDlrDoneDate"] = self._clock().strftime("%y%m%d%H%M")
        return form

    async def _report(self, text: Text, form: dict[str, str]) -> None:
        if text.status_callback:
            await self._webhooks.tell(text.status_callback, form)

    def _show(self, handset: Handset, text: Text) -> None:
        received = ReceivedText(text.sid, text.sender, text.body, self._clock())
        handset.show(received)
        self.bulletin.tell("received", phone=handset.number, text=received)

    # From the phones

    async def take(self, handset: Handset, to: str, body: str, media: Sequence[tuple[str, bytes]]) -> int:
        """A phone says something to a number; the webhook's HTTP status comes back, 0 when nobody answered.

        Raises:
            NotSent: nobody has that number.
        """
        number = self._numbers.find(to)
        if number is None:
            raise NotSent("nobody has that number")
        now = self._clock()
        text = Text(
            self._log.new_sid("MM" if media else "SM"), handset.number, number.phone_number, body, "inbound", now,
            "received", sent_at=now,
        )  # fmt: skip
        text.media = [self._media(kind, content, now) for kind, content in media]
        self._log.keep(text)
        said = SaidText(text.sid, number.phone_number, body, now)
        handset.history.append(said)
        self.bulletin.tell("said", phone=handset.number, text=said)
        answer = self.opt_outs.hear(number.phone_number, handset.number, body) if self._manners.words_block else None
        if answer is not None:
            await self._reply(number, handset, answer)
        said.hub_status = await self._tell_hub(number, text)
        self.bulletin.tell("taken", sid=text.sid, status=said.hub_status)
        return said.hub_status

    async def _tell_hub(self, number: Number, text: Text) -> int:
        url = number.setting("SmsUrl")
        if not url or self._faults.webhooks_lost:
            return 0
        self.moves()
        try:
            form = self._inbound_form(text)
            fallback = number.setting("SmsFallbackUrl")
            answer = await self._webhooks.tell(url, form, number.setting("SmsMethod"), fallback)
            if self._faults.webhooks_doubled:
                await self._webhooks.tell(url, form, number.setting("SmsMethod"), fallback)
        finally:
            self._stop_moving()
        if answer.twiml:
            await self._obey(answer.twiml, number, self.handset(text.sender), url)
        return answer.status

    def _inbound_form(self, text: Text) -> dict[str, str]:
        form = {
            "ToCountry": "", "ToState": "", "ToCity": "", "ToZip": "",
            "FromCountry": "", "FromState": "", "FromCity": "", "FromZip": "",
            "SmsMessageSid": text.sid,
            "SmsSid": text.sid,
            "MessageSid": text.sid,
            "AccountSid": self._account_sid,
            "From": text.sender,
            "To": text.recipient,
            "Body": text.body,
            "SmsStatus": "received",
            "NumSegments": str(text.as_json(self._account_sid)["num_segments"]),
            "NumMedia": str(len(text.media)),
            "ApiVersion": "2010-04-01",
        }  # fmt: skip
        for index, media in enumerate(text.media):
            form[f"MediaUrl{index}"] = self._media_url(text, media)
            form[f"MediaContentType{index}"] = media.content_type
        return form

    def _media(self, kind: str, content: bytes, now: datetime) -> Media:
        return Media(self._log.new_sid("ME"), kind, content, now, f"{self._chance.getrandbits(128):032x}")

    async def _obey(self, twiml: str, number: Number, handset: Handset, url: str) -> None:
        """Send what the hub's answer asks for.

        Source: Twilio, TwiML for Programmable SMS.
        """
        try:
            verbs = ElementTree.fromstring(twiml)  # noqa: S314 - the hub under rehearsal is ours
        except ElementTree.ParseError:
            self._webhooks.alerts.append(Alert(UNREADABLE, url))
            return
        messages = verbs.findall("Message")
        if len(messages) > REPLIES_AT_MOST:
            self._webhooks.alerts.append(Alert(TOO_MANY_REPLIES, url))
        for message in messages[:REPLIES_AT_MOST]:
            body = message.findtext("Body") or message.text or ""
            if not self.opt_outs.blocks(number.phone_number, handset.number):
                await self._reply(number, handset, body.strip())

    async def _reply(self, number: Number, handset: Handset, body: str) -> None:
        text = Text(
            self._log.new_sid("SM"),
            number.phone_number,
            handset.number,
            body,
            "outbound-reply",
            self._clock(),
            "queued",
        )
        self._log.keep(text)
        await self.send(text)

    # What moves

    def _look_for_network(self) -> None:
        self.bulletin.tell("network", up=self.is_up)
        for handset in self.handsets.values():
            handset.look_for_network()

    def _start(self, journey: Coroutine[object, object, None]) -> asyncio.Task[None]:
        async def counted() -> None:
            try:
                await journey
            finally:
                self._stop_moving()

        self.moves()
        task = asyncio.create_task(counted())
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return task

    def moves(self) -> None:
        """One more thing is under way."""
        self._moving += 1
        self._at_rest.clear()

    def _stop_moving(self) -> None:
        self._moving -= 1
        if not self._moving:
            self._at_rest.set()
