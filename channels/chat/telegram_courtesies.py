"""What Telegram expects beside an answer: that a pressed button is acknowledged, and that a group we are put into is left.

None of it is owed to anybody: it is tried once, after what came is kept.
"""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

from telegram import Bot

from channels.chat.telegram_api import sending
from channels.chat.telegram_updates import Told
from hub.post.channel import SendError

MOST_AT_ONCE = 50
_log = logging.getLogger(__name__)


class Courtesies:
    """Shown in the background, a few at a time; what is too much is left out."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._showing: set[asyncio.Task[None]] = set()

    def show(self, told: Told) -> None:
        if told.pressed is not None:
            self._begin(self._bot.answer_callback_query(told.pressed))
        if told.leave is not None:
            self._begin(self._bot.leave_chat(told.leave))

    def _begin(self, call: Coroutine[Any, Any, bool]) -> None:
        if len(self._showing) >= MOST_AT_ONCE:
            call.close()
            return
        task = asyncio.create_task(_try(call))
        self._showing.add(task)
        task.add_done_callback(self._showing.discard)

    async def stop(self) -> None:
        for task in self._showing:
            task.cancel()
        await asyncio.gather(*self._showing, return_exceptions=True)


async def _try(call: Coroutine[Any, Any, bool]) -> None:
    try:
        with sending():
            await call
    except SendError as error:
        _log.info("telegram did not take a courtesy: %s", error.reason)
