"""Asks Telegram for updates, where it cannot reach us: the next ones are asked for only when those before them are kept."""

import asyncio
import logging

from telegram import Bot, Update

from channels.chat.telegram_api import asking
from channels.chat.telegram_courtesies import Courtesies
from channels.chat.telegram_updates import WANTED, NonsenseError, Reader
from hub.post.channel import BusyError, Inbox, TryLaterError

LONG_SECONDS = 25
"""How long Telegram holds a question that it has nothing to answer to."""
FIRST_WAIT, LONGEST_WAIT = 1.0, 60.0
_log = logging.getLogger(__name__)


class Polling:
    """Runs until it is cancelled."""

    def __init__(self, bot: Bot, reader: Reader, courtesies: Courtesies, inbox: Inbox, answer_seconds: float) -> None:
        self._bot = bot
        self._reader = reader
        self._courtesies = courtesies
        self._inbox = inbox
        self._answer_seconds = answer_seconds
        self._offset: int | None = None

    async def run(self) -> None:
        wait = FIRST_WAIT
        while True:
            try:
                for update in await self._ask():
                    await self._take(update)
                wait = FIRST_WAIT
            except (TryLaterError, BusyError) as error:
                _log.warning("updates cannot be taken in now: %s", getattr(error, "reason", "busy"))
                await asyncio.sleep(wait)
                wait = min(wait * 2, LONGEST_WAIT)
            except Exception as error:
                _log.error("an update could not be kept: %s", type(error).__name__)
                await asyncio.sleep(wait)
                wait = min(wait * 2, LONGEST_WAIT)

    async def _ask(self) -> tuple[Update, ...]:
        """To ask for what comes after an update tells Telegram that those before it may be forgotten."""
        with asking():
            return await self._bot.get_updates(
                offset=self._offset,
                timeout=LONG_SECONDS,
                allowed_updates=list(WANTED),
                read_timeout=self._answer_seconds,
            )

    async def _take(self, update: Update) -> None:
        try:
            told = self._reader.explain(update)
        except NonsenseError:
            _log.warning("update %s makes no sense, and is left", update.update_id)
        else:
            if told.inbound is not None:
                await self._inbox.receive(told.inbound)
            self._courtesies.show(told)
        self._offset = update.update_id + 1
