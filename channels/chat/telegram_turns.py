"""How fast the Bot API may be written to: about one message a second in a chat, and about thirty in all.

Source: Telegram, "Bots FAQ", "My bot is hitting limits".
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable

from hub.post.channel import TryLaterError

LONGEST_WAIT = 5.0
MOST_CHATS = 10_000


class Turns:
    """Says how long to wait for one's turn. `clock` counts seconds, monotonic."""

    def __init__(self, pace_per_second: float, chat_pace_per_second: float, clock: Callable[[], float]) -> None:
        self._apart = 1 / pace_per_second
        self._apart_in_chat = 1 / chat_pace_per_second
        self._clock = clock
        self._free_at = 0.0
        self._chats: OrderedDict[str, float] = OrderedDict()

    def take(self, chat: str) -> float:
        """Seconds until one may write there; the turn is taken. Raises: TryLaterError when that is too long to wait."""
        now = self._clock()
        at = max(now, self._free_at, self._chats.get(chat, 0.0))
        if at - now > LONGEST_WAIT:
            raise TryLaterError("chat_pace", after=at - now)
        self._free_at = max(now, self._free_at) + self._apart
        self._chats[chat] = at + self._apart_in_chat
        self._chats.move_to_end(chat)
        if len(self._chats) > MOST_CHATS:
            self._chats.popitem(last=False)
        return at - now

    async def wait(self, chat: str) -> None:
        """Raises: TryLaterError."""
        if seconds := self.take(chat):
            await asyncio.sleep(seconds)
