"""What the operator hands in: texts, parts of texts and receipts, each answered with yes only once it is kept.

Source: security rules S0.2, S7.1 and S7.2.
"""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

from aiosmpplib import SmppCommandStatus as Told

from channels.sms.addresses import NonsenseError, read_address
from channels.sms.smpp_fates import Fates
from channels.sms.smpp_reading import Delivered, End, read_deliver_sm
from channels.sms.smpp_receipts import read_receipt
from channels.sms.smpp_repeats import Repeats
from channels.sms.smpp_settings import SmppSettings
from channels.sms.smpp_text import UNREADABLE, decode
from hub.address import Address, parse_phone
from hub.clock import Clock
from hub.post.channel import BusyError, Inbound, Inbox, TextPart
from hub.post.deliveries import Status

NAME = "smpp"
PARTS_MISSING = "parts_missing"
GAP = " […] "
LATE = timedelta(minutes=10)
SWEEP_SECONDS = 60.0
INTERNATIONAL, NATIONAL, NAMED = 1, 2, 5
SHORTEST_INTERNATIONAL = 8
NATIONAL_DIGITS = 14
_KEPT = {"later": Told.ESME_RX_T_APPN, "never": Told.ESME_RX_P_APPN}
log = logging.getLogger(__name__)


class SmppIntake:
    """Of one link. A sender's texts are kept in the order they came in, different senders' side by side."""

    def __init__(self, settings: SmppSettings, inbox: Inbox, fates: Fates, clock: Clock) -> None:
        self._settings = settings
        self._inbox = inbox
        self._fates = fates
        self._repeats = Repeats(f"{NAME}:{settings.system_id}", clock, self._is_kept)
        self._turns: dict[str, tuple[asyncio.Lock, int]] = {}

    async def take(self, body: bytes) -> Told:
        """Keep it, and say what to answer: yes, later, or never."""
        try:
            delivered = read_deliver_sm(body)
            if delivered.is_receipt:
                await self._take_receipt(delivered)
            else:
                async with _Turn(self._turns, delivered.source.value):
                    await self._take_text(delivered, body)
        except NonsenseError:
            log.warning("an smpp message could not be read")
            return _KEPT["never"]
        except BusyError:
            return _KEPT["later"]
        except Exception as error:
            log.error("could not keep an smpp message: %s", type(error).__name__)
            return _KEPT["later"]
        return Told.ESME_ROK

    def answered(self, body: bytes, seconds: float) -> None:
        self._repeats.answered(body, seconds)

    def lost(self) -> None:
        self._repeats.lost()

    async def sweep(self) -> None:
        """Whatever waits for parts that never came is shown to staff, until cancelled."""
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            try:
                await self.end_late_parts()
            except BusyError:
                continue
            except Exception as error:
                log.error("late parts could not be told: %s", type(error).__name__)

    async def end_late_parts(self, after: timedelta = LATE) -> None:
        """Raises: BusyError."""
        for parts in await self._inbox.list_late_parts(NAME, after):
            await self._join(parts)

    async def _take_receipt(self, delivered: Delivered) -> None:
        settings = self._settings
        report = read_receipt(delivered, NAME, settings.system_id, settings.receipt_ids, settings.gone_errors)
        if report is None:
            return
        with suppress(NonsenseError):
            ours, theirs = self._read_end(delivered.destination), self._read_end(delivered.source)
            self._fates.told_between(ours.value, theirs.value, report.provider_id)
        owner = self._fates.told(report.provider_id, Status(report.status))
        await self._inbox.report(replace(report, delivery_id=owner))

    async def _take_text(self, delivered: Delivered, body: bytes) -> None:
        sender, recipient = self._read_end(delivered.source), self._read_end(delivered.destination)
        if delivered.place is not None:
            reference, total, number = delivered.place
            kept = bytes((delivered.coding,)) + delivered.body
            parts = await self._inbox.keep_part(TextPart(NAME, sender, recipient, reference, total, number, kept))
            if parts:
                await self._join(parts)
            return
        key = await self._repeats.find_key(body)
        text = decode(delivered.body, delivered.coding, self._settings.alphabet)
        await self._inbox.receive(
            Inbound(
                channel=NAME,
                key=key,
                sender=sender,
                recipient=recipient,
                text=text or "",
                provider_id=key[-64:],
                original=body,
                doubt=UNREADABLE if text is None else None,
            )
        )

    async def _join(self, parts: Sequence[TextPart]) -> None:
        """Make one message of its parts. Should we fall before they are ended, this is done again under the same key."""
        first = parts[0]
        text = _join_bodies(parts, self._settings.alphabet)
        missing = len(parts) < first.total
        key = f"{NAME}:{self._settings.system_id}:{first.whole_id}"
        inbound = Inbound(
            channel=NAME,
            key=key,
            sender=first.sender,
            recipient=first.recipient,
            text=text or "",
            provider_id=first.whole_id,
            original=b"".join(part.body for part in parts),
        )
        doubt = UNREADABLE if text is None else PARTS_MISSING if missing else None
        await self._inbox.receive(replace(inbound, doubt=doubt))
        await self._inbox.end_parts(first.whole_id)

    def _read_end(self, end: End) -> Address:
        """Raises: NonsenseError."""
        value = end.value
        if value.isdigit() and value.isascii():
            if end.ton == INTERNATIONAL or (
                end.ton == 0 and len(value) >= SHORTEST_INTERNATIONAL and len(value) != NATIONAL_DIGITS
            ):
                return read_address(f"+{value}")
            if end.ton == NATIONAL and self._settings.country:
                return parse_phone(value, self._settings.country) or read_address(value)
        return read_address(value)

    async def _is_kept(self, key: str) -> bool:
        return await self._inbox.read_original(key) is not None


def _join_bodies(parts: Sequence[TextPart], alphabet: str) -> str | None:
    """Octets of parts that follow each other are joined before they are read: a letter may stand across two."""
    texts: list[str] = []
    run, coding, last = b"", parts[0].body[0], 0
    for part in parts:
        if last and (part.number != last + 1 or part.body[0] != coding):
            texts.append(decode(run, coding, alphabet) or "")
            run, coding = b"", part.body[0]
        if part.number != last + 1:
            texts.append(GAP)
        run, last = run + part.body[1:], part.number
    end = decode(run, coding, alphabet)
    if end is None and not texts:
        return None
    texts.append(end or "")
    return "".join(texts) + (GAP if last < parts[0].total else "")


class _Turn:
    """One after the other for each sender; nothing is remembered of who has no turn."""

    def __init__(self, turns: dict[str, tuple[asyncio.Lock, int]], sender: str) -> None:
        self._turns = turns
        self._sender = sender

    async def __aenter__(self) -> None:
        lock, waiting = self._turns.get(self._sender, (asyncio.Lock(), 0))
        self._turns[self._sender] = (lock, waiting + 1)
        await lock.acquire()

    async def __aexit__(self, *_: object) -> None:
        lock, waiting = self._turns[self._sender]
        lock.release()
        if waiting == 1:
            del self._turns[self._sender]
        else:
            self._turns[self._sender] = (lock, waiting - 1)
