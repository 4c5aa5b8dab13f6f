"""A guardian's phone: what it said, what it received, and whether it is on."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from tests.patience import PATIENCE

UNKNOWN_HANDSET = 30005


class NotSent(Exception):
    """The text never left the phone: it is off, there is no network, or nobody has that number."""


@dataclass(frozen=True)
class ReceivedText:
    """A text as the phone shows it, kept whatever the provider's log forgets."""

    sid: str
    sender: str
    body: str
    at: datetime


@dataclass
class SaidText:
    """A text typed on the phone. `hub_status`: what the hub answered, 0 for no answer, None while on its way."""

    sid: str
    recipient: str
    body: str
    at: datetime
    hub_status: int | None = None


class Mast(Protocol):
    """What a phone needs from its network."""

    @property
    def is_up(self) -> bool: ...

    async def take(self, handset: Handset, to: str, body: str, media: Sequence[tuple[str, bytes]]) -> int: ...

    def notice(self, handset: Handset) -> None: ...

    def moves(self) -> None: ...


class Handset:
    """One phone on the network, made the first time somebody asks for its number."""

    def __init__(self, number: str, mast: Mast) -> None:
        self.number = number
        self.history: list[ReceivedText | SaidText] = []
        self.undelivered_code: int | None = None
        """Texts to this phone end as undelivered with this code."""
        self.next_arrival = 0.0
        """On the loop's clock: no text may overtake another on its way here."""
        self._is_on = True
        self._mast = mast
        self._unread: asyncio.Queue[ReceivedText] = asyncio.Queue()
        self._waiting: dict[str, asyncio.Future[bool]] = {}

    @property
    def is_on(self) -> bool:
        return self._is_on

    @property
    def is_reachable(self) -> bool:
        return self._is_on and self._mast.is_up

    @property
    def is_known(self) -> bool:
        """Whether the network knows this phone at all."""
        return self.undelivered_code != UNKNOWN_HANDSET

    @property
    def received(self) -> list[ReceivedText]:
        """Oldest first."""
        return [text for text in self.history if isinstance(text, ReceivedText)]

    @property
    def said(self) -> list[SaidText]:
        """Oldest first."""
        return [text for text in self.history if isinstance(text, SaidText)]

    def switch_on(self) -> None:
        self._is_on = True
        self.look_for_network()

    def switch_off(self) -> None:
        """Texts wait at the provider until the phone is on again, or their validity has passed."""
        self._is_on = False
        self._mast.notice(self)

    def become_unknown(self) -> None:
        """The number no longer has a phone: undelivered, 30005."""
        self.undelivered_code = UNKNOWN_HANDSET
        self._mast.notice(self)

    def become_known(self) -> None:
        self.undelivered_code = None
        self._mast.notice(self)

    async def text(self, to: str, body: str, media: Sequence[tuple[str, bytes]] = ()) -> int:
        """Send a text; the HTTP status of the hub's answer comes back, 0 if nobody answered.

        `media` are pairs of a content type and the bytes.

        Raises:
            NotSent: it never left the phone.
        """
        if not self.is_reachable:
            raise NotSent("the phone is off or has no network")
        return await self._mast.take(self, to, body, media)

    async def next_text(self, timeout: float = PATIENCE) -> ReceivedText:
        """The oldest text not yet asked for, waiting for it at most `timeout` seconds.

        Raises:
            TimeoutError: none came.
        """
        async with asyncio.timeout(timeout):
            return await self._unread.get()

    def show(self, text: ReceivedText) -> None:
        """The text has arrived."""
        self.history.append(text)
        self._unread.put_nowait(text)

    async def wait_for_network(self, sid: str) -> bool:
        """True once the phone can be reached; False if the text's validity passes first."""
        if self.is_reachable:
            return True
        self._waiting[sid] = asyncio.get_running_loop().create_future()
        try:
            return await self._waiting[sid]
        finally:
            self._waiting.pop(sid, None)

    def look_for_network(self) -> None:
        """Let what waits come, if the phone can be reached now."""
        if self.is_reachable:
            self._settle(list(self._waiting), arrived=True)
        self._mast.notice(self)

    def let_validity_pass(self, sid: str | None = None) -> None:
        """Give up the text that waits for this phone, or all of them."""
        self._settle([sid] if sid else list(self._waiting), arrived=False)

    def _settle(self, sids: list[str], *, arrived: bool) -> None:
        for sid in sids:
            future = self._waiting.get(sid)
            if future and not future.done():
                self._mast.moves()
                future.set_result(arrived)
