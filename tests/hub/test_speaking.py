"""Bots that hurry are woken when their bell rings, and at the moment that they know of."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

from hub.clock import StoppedClock
from hub.desk import Desk, Look, Work
from hub.speaking import HURRY_SECONDS, Speaking

LONG_BEFORE = HURRY_SECONDS / 2


class WaitingBot:
    """Has something to say when it is looked at for the second time, which it asks for."""

    name = "waiting"
    prompts_in_round = False
    due_at_once = 1
    hurried_by = "waiting"

    def __init__(self) -> None:
        self.looks = 0
        self.said = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    def list_due(self, look: Look) -> Sequence[str]:
        return []

    def list_hurried(self, look: Look) -> Sequence[str]:
        self.looks += 1
        return ["a word"] if self.looks == 2 else []

    def prompt_due(self, work: Work, due: Sequence[str]) -> None:
        self._loop.call_soon_threadsafe(self.said.set)

    def find_next(self, look: Look) -> datetime | None:
        return look.now + timedelta(milliseconds=20) if self.looks == 1 else None


async def test_what_is_due_at_a_moment_is_said_then_though_no_bell_rings(desk: Desk, clock: StoppedClock) -> None:
    async def is_on_duty() -> bool:
        return True

    bot, speaking = WaitingBot(), Speaking(desk, is_on_duty)
    speaking.start([bot])
    try:
        async with asyncio.timeout(LONG_BEFORE):
            await bot.said.wait()
    finally:
        await speaking.stop()
