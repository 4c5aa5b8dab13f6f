"""Lets bots speak first: those whose time it is, a part of what is due after the other; and those that hurry, at once."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from hub.asker import routine_asker
from hub.desk import Desk, DeskBusyError, StoreAwayError
from hub.doorbell import Waiter
from hub.talk.bot import HurriedPrompter, Prompter, Punctual, prompt_some, share_out

log = logging.getLogger(__name__)
ROUNDS, LONG_ROW = 100, 500
"""A bot that had so much to say goes on at once, so many times."""
HURRY_SECONDS = 60.0
AT_ONCE_SECONDS = 0.01
HURRIED_ROUNDS = 1000
"""More than the largest alarm takes: what never comes to its end goes on with the usual waking."""
AGAIN_SECONDS, SLOWEST_AGAIN_SECONDS = 60, 3600


@dataclass(frozen=True, slots=True)
class Failed:
    """What a bot could not ask: not tried again before `until` (monotonic), `seconds` after the last time."""

    until: float
    seconds: int


class Speaking:
    """Of one hub. `is_on_duty` tells whether it speaks for all that share the store."""

    def __init__(self, desk: Desk, is_on_duty: Callable[[], Awaitable[bool]]) -> None:
        self._desk = desk
        self._is_on_duty = is_on_duty
        self._hurrying: list[asyncio.Task[None]] = []
        self._failed: dict[tuple[str, str], Failed] = {}

    def start(self, bots: Iterable[HurriedPrompter]) -> None:
        """Wait for the bells of those that hurry."""
        self._hurrying = [
            asyncio.create_task(
                self._hurry_on(bot, self._desk.doorbell.waiter(bot.hurried_by)), name=f"hurry {bot.name}"
            )
            for bot in bots
        ]

    async def stop(self) -> None:
        for task in self._hurrying:
            task.cancel()
        if self._hurrying:
            await asyncio.wait(self._hurrying)

    async def speak(self, bot: Prompter) -> None:
        """Let a bot ask and tell what is due, and what is due behind a long row of it; what fails is tried by itself, and ever
        less often again."""
        before: list[str] = []
        for _ in range(ROUNDS):
            due = await self._speak_once(bot)
            if len(due) < LONG_ROW or due == before or not await self._is_on_duty():
                break
            before = due

    async def _speak_once(self, bot: Prompter) -> list[str]:
        """A part at a time; what was due."""
        asker = routine_asker(bot.name)
        now = self._desk.clock.monotonic()
        resting = {due for (name, due), failed in self._failed.items() if name == bot.name and now < failed.until}
        due = [one for one in await self._desk.look(asker, bot.list_due) if one not in resting]
        for batch in share_out(bot, due):
            try:
                await prompt_some(self._desk, asker, bot, batch)
            except (StoreAwayError, DeskBusyError):
                raise
            except Exception:
                for one in batch:
                    await self._speak_of(bot, one)
        return due

    async def _speak_of(self, bot: Prompter, due: str) -> None:
        try:
            await prompt_some(self._desk, routine_asker(bot.name), bot, [due])
        except (StoreAwayError, DeskBusyError):
            raise
        except Exception:
            before = self._failed.get((bot.name, due))
            seconds = AGAIN_SECONDS if before is None else min(before.seconds * 2, SLOWEST_AGAIN_SECONDS)
            self._failed[bot.name, due] = Failed(self._desk.clock.monotonic() + seconds, seconds)
            log.exception("a bot could not ask what was due", extra={"bot": bot.name, "due": due, "again": seconds})
        else:
            self._failed.pop((bot.name, due), None)

    async def _hurry_on(self, bot: HurriedPrompter, bell: Waiter) -> None:
        """As soon as its bell rings or its next moment has come, and for as long as it takes. Where it fails, the usual waking
        goes on."""
        seconds = AT_ONCE_SECONDS
        while True:
            await bell.wait(seconds)
            seconds = HURRY_SECONDS
            try:
                if await self._is_on_duty():
                    await self.hurry(bot)
                    seconds = await self._find_wait(bot)
            except (StoreAwayError, DeskBusyError):
                log.info("what hurries waits for the store", extra={"bot": bot.name})
            except Exception:
                log.exception("a bot could not hurry", extra={"bot": bot.name})

    async def _find_wait(self, bot: HurriedPrompter) -> float:
        """Seconds until it is to be woken at the latest."""
        if not isinstance(bot, Punctual):
            return HURRY_SECONDS
        next_at = await self._desk.look(routine_asker(bot.name), bot.find_next)
        if next_at is None:
            return HURRY_SECONDS
        return min(HURRY_SECONDS, max(AT_ONCE_SECONDS, (next_at - self._desk.clock.now()).total_seconds()))

    async def hurry(self, bot: HurriedPrompter) -> None:
        """Let a bot tell what cannot wait for its turn, one part after the other, until nothing of that is left."""
        for _ in range(HURRIED_ROUNDS):
            if not await self._is_on_duty():
                return
            due = await self._desk.look(routine_asker(bot.name), bot.list_hurried)
            for batch in share_out(bot, due):
                await prompt_some(self._desk, routine_asker(bot.name), bot, batch)
            if not due:
                break
