"""One link to an operator: binds, keeps itself alive, comes back by itself, and says of each request what became of it.

The library writes the PDUs; the session is ours, because its own answers a message before it is kept, cannot say "later",
speaks no TLS and gives up over a status that it does not know. Source: SMPP 3.4 sections 2, 4 and 7; security rules S0.2
and S9.6.
"""

import asyncio
import logging
import random
import ssl
from collections.abc import Coroutine
from contextlib import suppress
from typing import Protocol

from aiosmpplib import (
    NPI,
    TON,
    BindTransceiver,
    DeliverSmResp,
    EnquireLink,
    EnquireLinkResp,
    GenericNack,
    SmppMessage,
    SubmitSm,
    Unbind,
    UnbindResp,
)
from aiosmpplib import SmppCommand as Command
from aiosmpplib import SmppCommandStatus as Told

from channels.sms.smpp_errors import explain
from channels.sms.smpp_reading import HEADER
from channels.sms.smpp_settings import SmppSettings
from hub.post.channel import TryLaterError, UnknownFateError

MOST_OCTETS = 70_000
"""A message_payload of 64 KiB, and what is around it."""
MOST_TAKEN = 500
"""Texts and receipts that are being kept; more are told to come again."""
CONNECT_SECONDS = 8.0
LONGEST_WAIT = 60.0
FINISH_SECONDS = 8.0
LAST_SEQUENCE = 0x7FFFFFFF
RESPONSE = 0x80000000
NOT_BOUND = "not_bound"
log = logging.getLogger(__name__)


class Intake(Protocol):
    """Where what the operator hands in goes."""

    async def take(self, body: bytes) -> Told:
        """Keep a `deliver_sm`; what to answer."""

    def answered(self, body: bytes, seconds: float) -> None:
        """That answer was good, and has left so long after the text came."""

    def lost(self) -> None:
        """A bound link has ended."""


class _LostError(Exception):
    """The link is gone, or makes no sense any more."""


class SmppLink:
    """`run` until it is cancelled."""

    def __init__(self, settings: SmppSettings, intake: Intake, chance: random.Random) -> None:
        self._settings = settings
        self._intake = intake
        self._chance = chance
        self._window = asyncio.Semaphore(settings.window)
        self._asked: dict[int, asyncio.Future[tuple[int, bytes]]] = {}
        self._taking: set[asyncio.Task[None]] = set()
        self._writer: asyncio.StreamWriter | None = None
        self._sequence = 0
        self._failed = 0
        self._why = NOT_BOUND
        self.bound = asyncio.Event()

    @property
    def why_not(self) -> str | None:
        """Why nothing goes by it now, as a code; None while it is bound."""
        return None if self.bound.is_set() else self._why

    async def run(self) -> None:
        """Bind, and bind again whenever the link is lost, later each time."""
        while True:
            try:
                await self._once()
            except (OSError, TimeoutError, _LostError, asyncio.IncompleteReadError, ssl.SSLError) as error:
                log.warning("an smpp link is down", extra={"reason": self._why, "error": type(error).__name__})
            self._failed += 1
            wait = min(LONGEST_WAIT, self._settings.reconnect_seconds * 2 ** min(self._failed - 1, 10))
            await asyncio.sleep(wait * self._chance.uniform(0.5, 1.0))

    async def submit(self, message: SubmitSm) -> str:
        """The operator's id of it. Raises: SendError."""
        async with self._window:
            writer = self._writer
            if writer is None or not self.bound.is_set():
                raise TryLaterError(self._why, whole_channel=True)
            message.sequence_num = self._next_sequence()
            answer = self._expect(message.sequence_num)
            try:
                writer.write(message.pdu())
                async with asyncio.timeout(self._settings.answer_seconds):
                    await writer.drain()
                    status, body = await asyncio.shield(answer)
            except TimeoutError:
                raise LateError(answer) from None
            except (OSError, _LostError):
                raise UnknownFateError("link_lost") from None
        if status:
            raise explain(status)
        return read_id(body)

    async def finish(self, seconds: float = FINISH_SECONDS) -> None:
        """Send nothing more, and wait for the answers that are still to come: what has one needs no looking for."""
        self._why = "stopping"
        self.bound.clear()
        waiting = [answer for answer in self._asked.values() if not answer.done()]
        if waiting:
            await asyncio.wait(waiting, timeout=seconds)
            await asyncio.sleep(0)  # whoever asked hears it before the link ends

    async def _once(self) -> None:
        """One link, from its connection to its end. Raises: OSError, TimeoutError, _LostError, IncompleteReadError."""
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                reader, writer = await asyncio.open_connection(
                    self._settings.host, self._settings.port, ssl=_make_context(self._settings), limit=2 * MOST_OCTETS
                )
        except (OSError, TimeoutError):
            self._why = "no_connection"
            raise
        self._writer = writer
        was_bound = False
        try:
            await self._bind(reader, writer)
            was_bound = True
            self._failed, self._why = 0, NOT_BOUND
            self.bound.set()
            await _until_one_ends(self._keep_alive(), self._read(reader))
        finally:
            await self._end(writer, was_bound)

    async def _bind(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Raises: _LostError with the reason told in `why_not`."""
        settings = self._settings
        request = BindTransceiver(
            sequence_num=self._next_sequence(),
            system_id=settings.system_id,
            password=settings.password.get_secret_value(),
            system_type=settings.system_type,
            addr_ton=TON.UNKNOWN,
            addr_npi=NPI.UNKNOWN,
        )
        async with asyncio.timeout(settings.answer_seconds):
            writer.write(request.pdu())
            await writer.drain()
            while True:
                command, status, sequence, _ = await _read_pdu(reader)
                if command == Command.ENQUIRE_LINK:
                    self._write(EnquireLinkResp(sequence))
                elif sequence == request.sequence_num:
                    break
        if status or command != Command.BIND_TRANSCEIVER_RESP:
            self._why = f"bind_{status:02x}"
            raise _LostError

    async def _read(self, reader: asyncio.StreamReader) -> None:
        while True:
            command, status, sequence, body = await _read_pdu(reader)
            if command & RESPONSE:
                answer = self._asked.pop(sequence, None)
                if answer is not None and not answer.done():
                    is_nack = command == Command.GENERIC_NACK
                    answer.set_result((status or (Told.ESME_RSYSERR if is_nack else 0), body))
            elif command == Command.DELIVER_SM and len(self._taking) >= MOST_TAKEN:
                self._write(DeliverSmResp(sequence, Told.ESME_RX_T_APPN))
            elif command == Command.DELIVER_SM:
                task = asyncio.create_task(self._deliver(sequence, body))
                self._taking.add(task)
                task.add_done_callback(self._taking.discard)
            elif command == Command.ENQUIRE_LINK:
                self._write(EnquireLinkResp(sequence))
            elif command == Command.UNBIND:
                self._write(UnbindResp(sequence))
                raise _LostError
            else:
                self._write(GenericNack(sequence, Told.ESME_RINVCMDID))

    async def _deliver(self, sequence: int, body: bytes) -> None:
        """The operator has its answer only when this is over; what cannot be told reaches it as silence, and comes again."""
        writer = self._writer
        loop = asyncio.get_running_loop()
        came = loop.time()
        told = await self._intake.take(body)
        if writer is not None and writer is self._writer and not writer.is_closing():
            self._write(DeliverSmResp(sequence, told))
            if told == Told.ESME_ROK:
                self._intake.answered(body, loop.time() - came)

    async def _keep_alive(self) -> None:
        """Raises: _LostError when the other end does not answer."""
        while True:
            await asyncio.sleep(self._settings.enquire_seconds)
            request = EnquireLink(self._next_sequence())
            answer = self._expect(request.sequence_num)
            self._write(request)
            try:
                async with asyncio.timeout(self._settings.answer_seconds):
                    await answer
            except TimeoutError:
                raise _LostError from None

    async def _end(self, writer: asyncio.StreamWriter, was_bound: bool) -> None:
        """What was asked and not answered is of unknown fate; what is being kept is answered first, where that can be."""
        self.bound.clear()
        if self._taking and was_bound and not writer.is_closing():
            await asyncio.wait(self._taking, timeout=FINISH_SECONDS)
        if was_bound:
            with suppress(OSError):
                self._write(Unbind(self._next_sequence()))
        self._writer = None
        for answer in self._asked.values():
            if not answer.done():
                answer.set_exception(_LostError())
                answer.exception()  # whoever asked has gone already, or is told now
        self._asked.clear()
        if was_bound:
            self._intake.lost()
        writer.close()
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(1.0):
                await writer.wait_closed()

    def _write(self, message: SmppMessage) -> None:
        if self._writer is not None and not self._writer.is_closing():
            self._writer.write(message.pdu())

    def _expect(self, sequence: int) -> "asyncio.Future[tuple[int, bytes]]":
        self._asked[sequence] = answer = asyncio.get_running_loop().create_future()
        return answer

    def _next_sequence(self) -> int:
        self._sequence = self._sequence % LAST_SEQUENCE + 1
        return self._sequence


class LateError(UnknownFateError):
    """The operator has not answered in time; `answer` is where it may do so yet."""

    def __init__(self, answer: "asyncio.Future[tuple[int, bytes]]") -> None:
        super().__init__("no_answer")
        self.answer = answer


async def _until_one_ends(*works: Coroutine[None, None, None]) -> None:
    """Raises: whatever ended it."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _read_pdu(reader: asyncio.StreamReader) -> tuple[int, int, int, bytes]:
    """Command, status, sequence and body. Raises: _LostError for a length that cannot be."""
    length, command, status, sequence = HEADER.unpack(await reader.readexactly(HEADER.size))
    if not HEADER.size <= length <= MOST_OCTETS:
        raise _LostError
    return command, status, sequence, await reader.readexactly(length - HEADER.size)


def read_id(body: bytes) -> str:
    """The operator's id in a `submit_sm_resp`."""
    return body.partition(b"\0")[0].decode("latin-1")


def _make_context(settings: SmppSettings) -> ssl.SSLContext | None:
    return ssl.create_default_context(cafile=settings.authority) if settings.tls else None
