"""SMS by way of an operator's SMSC, SMPP 3.4: one transceiver link that both ways go by."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import datetime

from aiohttp import web
from aiosmpplib import NPI, TON, PhoneNumber, SubmitSm
from aiosmpplib import SmppCommandStatus as Told

from channels.sms.addresses import write_address
from channels.sms.pace import Pace
from channels.sms.smpp_fates import Fates
from channels.sms.smpp_intake import NAME, SmppIntake
from channels.sms.smpp_link import LateError, SmppLink, read_id
from channels.sms.smpp_reading import UDH_PRESENT
from channels.sms.smpp_receipts import write_as_told
from channels.sms.smpp_settings import SmppSettings
from channels.sms.smpp_text import UCS2, Encoded, encode, put_header
from hub.address import SMS, Address
from hub.clock import Clock, SystemClock
from hub.outside import Outside
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
    TryLaterError,
    UnknownFateError,
)

MOST_LETTERS = 1600
REFERENCES = 256
BIND_SECONDS = 10.0


class _Nobody:
    """Takes nothing in: of a link that only asks whether it may."""

    async def take(self, body: bytes) -> Told:
        return Told.ESME_RX_T_APPN

    def answered(self, body: bytes, seconds: float) -> None:
        pass

    def lost(self) -> None:
        pass


class SmppChannel:
    """One link. `chance` spreads its coming back, and begins its references."""

    Settings = SmppSettings
    name = NAME
    kind = SMS

    def __init__(
        self,
        settings: SmppSettings,
        outside: Outside,
        public_url: str,
        clock: Clock | None = None,
        chance: random.Random | None = None,
    ) -> None:
        self.limits = Limits(length=MOST_LETTERS)
        self._pace = Pace(settings.pace_per_second)
        self._settings = settings
        self._clock = clock or SystemClock()
        self._chance = chance or random.Random()
        self._fates = Fates()
        self._reference = self._chance.randrange(REFERENCES)
        self._intake: SmppIntake | None = None
        self._link: SmppLink | None = None

    def listen(self, inbox: Inbox) -> web.Application:
        """No routes: what it opens is a link of its own, for as long as the site is served."""
        self._intake = SmppIntake(self._settings, inbox, self._fates, self._clock)
        self._link = SmppLink(self._settings, self._intake, self._chance)
        application = web.Application()
        application.cleanup_ctx.append(self._serve)
        return application

    async def _serve(self, _: web.Application) -> AsyncIterator[None]:
        assert self._link is not None
        assert self._intake is not None
        tasks = [asyncio.create_task(self._link.run()), asyncio.create_task(self._intake.sweep())]
        yield
        await self._link.finish()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def send(self, envelope: Envelope) -> Receipt:
        """A long text goes part by part, and its last part asks for the receipt. Raises: SendError."""
        messages = self._write(envelope)
        await self._pace.wait(len(messages), urgent=envelope.urgent)
        provider_id = ""
        for number, message in enumerate(messages):
            try:
                provider_id = await self._submit(envelope, message, is_last=message is messages[-1])
            except SendError as error:
                if number and not isinstance(error, UnknownFateError):
                    raise UnknownFateError(f"part_{error.reason}"[:20]) from None
                raise
        return self._fates.make_receipt(provider_id, len(messages))

    async def _submit(self, envelope: Envelope, message: SubmitSm, *, is_last: bool) -> str:
        """Raises: SendError."""
        if self._link is None:
            raise TryLaterError("not_bound", whole_channel=True)
        try:
            message_id = await self._link.submit(message)
        except LateError as error:
            if is_last:
                error.answer.add_done_callback(lambda answer: self._hear_late(envelope.delivery_id, answer))
            raise
        if not message_id:
            raise UnknownFateError("no_id")
        return self._note(envelope.delivery_id, message_id) if is_last else message_id

    def _hear_late(self, delivery_id: str, answer: "asyncio.Future[tuple[int, bytes]]") -> None:
        if answer.cancelled() or answer.exception() is not None:
            return
        status, body = answer.result()
        if not status and read_id(body):
            self._note(delivery_id, read_id(body))

    def _note(self, delivery_id: str, message_id: str) -> str:
        provider_id = write_as_told(message_id, self._settings.receipt_ids)
        self._fates.answered(delivery_id, provider_id)
        return provider_id

    def _write(self, envelope: Envelope) -> list[SubmitSm]:
        """Raises: RejectedError."""
        try:
            encoded = encode(envelope.text, self._settings.alphabet)
            source = self._write_end(envelope.sender, envelope.recipient)
            destination = self._write_end(envelope.recipient, envelope.sender)
        except ValueError:
            raise RejectedError("cannot_be_written") from None
        if len(encoded.parts) > 1 and self._settings.long_texts == "payload":
            return [self._write_payload(envelope.text, encoded, source, destination)]
        self._reference = (self._reference + 1) % REFERENCES
        total = len(encoded.parts)
        messages = []
        for number, part in enumerate(encoded.parts, 1):
            message = SubmitSm(
                short_message=envelope.text or " ",
                source=source,
                destination=destination,
                esm_class=UDH_PRESENT if total > 1 else 0,
                registered_delivery=int(number == total),
                encoding="ucs2" if encoded.coding == UCS2 else None,
            )
            message.set_encoded_message(put_header(part, self._reference, total, number) if total > 1 else part)
            messages.append(message)
        return messages

    def _write_payload(self, text: str, encoded: Encoded, source: PhoneNumber, destination: PhoneNumber) -> SubmitSm:
        message = SubmitSm(
            message_payload=text,
            source=source,
            destination=destination,
            encoding="ucs2" if encoded.coding == UCS2 else None,
        )
        message.set_encoding_info("latin_1" if self._settings.alphabet == "latin1" else "gsm0338", None)
        return message

    def _write_end(self, address: Address, other: Address) -> PhoneNumber:
        """Raises: ValueError for what is longer than SMPP carries, or not ASCII."""
        value = write_address(address, other)
        if not value.isascii():
            raise ValueError("not ASCII")
        if value.startswith("+"):
            return PhoneNumber(value[1:], TON.INTERNATIONAL, NPI.ISDN)
        if value.isdigit():
            return PhoneNumber(value, TON(self._settings.short_ton), NPI(self._settings.short_npi))
        return PhoneNumber(value, TON.ALPHANUMERIC, NPI.UNKNOWN)

    async def find(self, envelope: Envelope) -> Receipt | None:
        """What came late. While the link is down that is no proof that nothing went. Raises: TryLaterError."""
        found = self._fates.find(envelope)
        if found is None and (self._link is None or self._link.why_not is not None):
            raise TryLaterError("not_bound", whole_channel=True)
        return found

    async def missed(self, since: datetime) -> list[Inbound | Report]:
        """Nothing: the operator keeps what it could not hand in, and comes again."""
        return []

    async def fetch_media(self, link: MediaLink) -> Fetched:
        """An SMSC carries no files. Raises: RejectedError."""
        raise RejectedError("no_files")

    async def check(self) -> list[str]:
        why = await self._find_fault()
        if why is None:
            return []
        if why.startswith("bind_"):
            return [
                f"The operator does not let us in ({why}): system_id, password and our own address must be as agreed."
            ]
        return [f"The operator cannot be reached ({why}): nothing goes or comes by this road."]

    async def _find_fault(self) -> str | None:
        """As it is while the hub serves; else a link is tried, which ends again."""
        if self._link is not None:
            return self._link.why_not
        link = SmppLink(self._settings, _Nobody(), self._chance)
        running = asyncio.create_task(link.run())
        with suppress(TimeoutError):
            async with asyncio.timeout(BIND_SECONDS):
                await link.bound.wait()
        why = link.why_not
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        return why
