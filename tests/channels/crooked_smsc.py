"""An SMSC on loopback that does whatever an operator's may do wrong, octet by octet."""

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import smpp34

from tests.patience import PATIENCE
from tests.ports import hold_port

HEADER = struct.Struct("!IIII")
BIND, SUBMIT, DELIVER, UNBIND, ENQUIRE = 0x09, 0x04, 0x05, 0x06, 0x15
RESPONSE = 0x80000000


def pdu(command: int, status: int, sequence: int, body: bytes = b"") -> bytes:
    return HEADER.pack(HEADER.size + len(body), command, status, sequence) + body


def deliver_body(
    text: bytes,
    *,
    sender: str = "4740000001",
    recipient: str = "4759000017",
    esm_class: int = 0,
    coding: int = 0,
    tlvs: dict[int, bytes] | None = None,
) -> bytes:
    """As smpp34 writes it."""
    message = smpp34.DeliverSm(
        sender,
        recipient,
        text,
        source_addr_ton=1,
        source_addr_npi=1,
        dest_addr_ton=1,
        dest_addr_npi=1,
        esm_class=esm_class,
        data_coding=coding,
        tlvs=[smpp34.Tlv(tag, value) for tag, value in (tlvs or {}).items()],
        sequence_number=1,
    )
    return bytes(message.encode())[HEADER.size :]


def receipt_body(id_: str, state: str = "DELIVRD", err: str = "000", **options: Any) -> bytes:
    words = f"id:{id_} sub:001 dlvrd:001 submit date:2503030712 done date:250303071201 stat:{state} err:{err} Text:id:9"
    return deliver_body(words.encode(), esm_class=0x04, **options)


@dataclass
class CrookedSmsc:
    """`statuses` are the answers to the next texts, None for no answer at all; `ids` what they are called, else m1, m2, ...
    At the next text it hangs up before it has taken it, or before it has answered, where `hangs_up` is "request" or "answer".
    """

    port: int
    bind_status: int = 0
    hangs_up: str = ""
    statuses: list[int | None] = field(default_factory=list)
    before_answer: list[bytes] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    sent: list[Any] = field(default_factory=list)
    answers: "asyncio.Queue[tuple[int, int, int]]" = field(default_factory=asyncio.Queue)
    binds: int = 0
    enquired: int = 0
    bound: asyncio.Event = field(default_factory=asyncio.Event)
    came: asyncio.Event = field(default_factory=asyncio.Event)
    waiting: list[tuple[int, str]] = field(default_factory=list)
    writer: asyncio.StreamWriter | None = None
    sequence: int = 0

    async def meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writer = writer
        try:
            while True:
                length, command, status, sequence = HEADER.unpack(await reader.readexactly(HEADER.size))
                body = await reader.readexactly(length - HEADER.size)
                self._take(writer, command, status, sequence, body)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    def _take(self, writer: asyncio.StreamWriter, command: int, status: int, sequence: int, body: bytes) -> None:
        if command == BIND:
            self.binds += 1
            writer.write(pdu(BIND | RESPONSE, self.bind_status, sequence, b"CROOKED\0"))
            if not self.bind_status:
                self.bound.set()
        elif command == ENQUIRE:
            self.enquired += 1
            writer.write(pdu(ENQUIRE | RESPONSE, 0, sequence))
        elif command == UNBIND:
            writer.write(pdu(UNBIND | RESPONSE, 0, sequence))
            writer.close()
        elif command == SUBMIT:
            self._take_text(writer, sequence, body)
        elif command & RESPONSE:
            self.answers.put_nowait((command, status, sequence))

    def _take_text(self, writer: asyncio.StreamWriter, sequence: int, body: bytes) -> None:
        hangs_up, self.hangs_up = self.hangs_up, ""
        if hangs_up:
            self.hang_up()
        if hangs_up == "request":
            return
        self.sent.append(smpp34.decode(pdu(SUBMIT, 0, sequence, body)))
        self.came.set()
        for told in self.before_answer:
            writer.write(told)
        self.before_answer = []
        status = self.statuses.pop(0) if self.statuses else 0
        id_ = self.ids.pop(0) if self.ids else f"m{len(self.sent)}"
        if status is None:
            self.waiting.append((sequence, id_))
        else:
            writer.write(pdu(SUBMIT | RESPONSE, status, sequence, b"" if status else id_.encode() + b"\0"))

    def answer_late(self) -> None:
        assert self.writer is not None
        for sequence, id_ in self.waiting:
            self.writer.write(pdu(SUBMIT | RESPONSE, 0, sequence, id_.encode() + b"\0"))

    async def deliver(self, body: bytes) -> int:
        """Hand something in; what the hub answers."""
        assert self.writer is not None
        self.sequence += 1
        self.writer.write(pdu(DELIVER, 0, self.sequence, body))
        async with asyncio.timeout(PATIENCE):
            _, status, sequence = await self.answers.get()
        assert sequence == self.sequence
        return status

    def write(self, octets: bytes) -> None:
        assert self.writer is not None
        self.writer.write(octets)

    def hang_up(self) -> None:
        assert self.writer is not None
        self.bound.clear()
        self.writer.transport.abort()

    async def lose_link(self) -> None:
        """And wait for the next one."""
        self.hang_up()
        async with asyncio.timeout(PATIENCE):
            await self.bound.wait()


@asynccontextmanager
async def a_crooked_smsc(bind_status: int = 0) -> AsyncIterator[CrookedSmsc]:
    smsc = CrookedSmsc(hold_port(), bind_status)
    server = await asyncio.start_server(smsc.meet, "127.0.0.1", smsc.port)
    try:
        yield smsc
    finally:
        server.close()
        if smsc.writer is not None:
            smsc.writer.close()
        await asyncio.sleep(0)
