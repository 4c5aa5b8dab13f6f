"""A connection that a relay has let in: it is asked one thing at a time, and what it says unasked is the answer to nothing.

Source: RFC 5321 sections 4.2 and 4.5.2.
"""

import asyncio
from typing import NamedTuple

MOST_ANSWER_BYTES = 32 * 1024


class Answer(NamedTuple):
    """`words` are all its lines, with their codes; they may name an address."""

    code: int
    words: str


class RelayLine(asyncio.Protocol):
    """Takes a transport over from whoever opened it. `is_open` until either side hangs up, or the relay speaks out of turn."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._loop = asyncio.get_running_loop()
        self._transport = transport
        self._told = b""
        self._asked: asyncio.Future[Answer] | None = None
        transport.set_protocol(self)

    @property
    def is_open(self) -> bool:
        return not self._transport.is_closing()

    async def ask(self, line: bytes) -> Answer:
        """Hand over one line, or a mail, without what ends it. Raises: ConnectionError."""
        if not self.is_open:
            raise ConnectionResetError("the relay hung up")
        self._asked = self._loop.create_future()
        self._transport.write(line + b"\r\n")
        try:
            return await self._asked
        finally:
            self._asked = None

    async def hand_over(self, content: bytes) -> Answer:
        """A mail whose lines all end with CRLF, the last one too, and that begins with no dot. Raises: ConnectionError."""
        return await self.ask(content.replace(b"\r\n.", b"\r\n..") + b".")

    def close(self) -> None:
        self._transport.close()

    def data_received(self, data: bytes) -> None:
        self._told += data
        if self._asked is None or self._asked.done():
            self.close()
        elif (end := _find_end(self._told)) is not None:
            answer, self._told = self._told[:end], self._told[end:]
            self._take(answer)
        elif len(self._told) > MOST_ANSWER_BYTES:
            self._fail("the relay says too much")

    def _take(self, answer: bytes) -> None:
        assert self._asked is not None
        code = answer[:3]
        if not code.isdigit():
            self._fail("the relay says no code")
            return
        self._asked.set_result(Answer(int(code), answer.decode("ascii", "replace")))
        if self._told:
            self.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail("the relay hung up")

    def _fail(self, why: str) -> None:
        self.close()
        if self._asked is not None and not self._asked.done():
            self._asked.set_exception(ConnectionResetError(why))


def _find_end(told: bytes) -> int | None:
    """Where an answer ends: with its first line that does not say that another follows."""
    begin = 0
    while (end := told.find(b"\n", begin) + 1) > 0:
        if told[begin + 3 : begin + 4] != b"-":
            return end
        begin = end
    return None
