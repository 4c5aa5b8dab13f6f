"""The rehearsal's SMSC in its own process, as a test holds it: hands texts in, and tells what it was given."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from gsm0338 import Codec

from tests.patience import START_PATIENCE

UCS2 = 8


@dataclass
class Operator:
    port: int
    process: asyncio.subprocess.Process
    told: "dict[str, asyncio.Queue[Any]]" = field(default_factory=dict)

    def order(self, **what: Any) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(what).encode() + b"\n")

    async def next(self, what: str) -> Any:
        """What it tells next of this kind."""
        async with asyncio.timeout(START_PATIENCE):
            return await self.queue(what).get()

    def queue(self, what: str) -> "asyncio.Queue[Any]":
        return self.told.setdefault(what, asyncio.Queue())

    async def text(self, sender: str, recipient: str, body: str, udh: str = "") -> int:
        """A phone writes; what the hub answers the operator."""
        octets = Codec().encode(body)[0].hex()
        self.order(deliver=sender, to=recipient, octets=octets, udh=udh)
        return int(await self.next("answered"))

    async def next_text(self) -> str:
        """The next text that leaves for a phone, whole."""
        texts = []
        while True:
            sent = await self.next("sent")
            octets = bytes.fromhex(sent["octets"])
            header = octets[: octets[0] + 1] if sent["esm_class"] & 0x40 else b""
            octets = octets[len(header) :]
            texts.append(octets.decode("utf-16-be") if sent["coding"] == UCS2 else str(Codec().decode(octets)[0]))
            if not header or header[-1] == header[-2]:
                return "".join(texts)

    async def _listen(self) -> None:
        assert self.process.stdout is not None
        while line := await self.process.stdout.readline():
            for what, value in json.loads(line).items():
                self.queue(what).put_nowait(value)


@asynccontextmanager
async def an_operator(port: int) -> AsyncIterator[Operator]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.rehearsal.smsc",
        str(port),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    operator = Operator(port, process)
    listening = asyncio.create_task(operator._listen())
    try:
        await operator.next("listening")
        yield operator
    finally:
        process.kill()
        await process.wait()
        await listening
