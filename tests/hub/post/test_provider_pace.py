"""A provider's rate is found out with next to nothing refused, and nothing that hurries waits for it. Time is played: nobody
sleeps."""

import asyncio
import selectors
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import pytest

from hub.post.provider_pace import DOUBLED_WITHIN, ProviderPace
from tests.rehearsal.manners import Allowance
from tests.rehearsal.problems import Problem

T = TypeVar("T")
ANSWER_SECONDS = 0.05
AT_ONCE = 180


class PlayedSelector(selectors.SelectSelector):
    """Waits for nothing: what would be waited for has passed."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        self.now += timeout or 0.0
        return super().select(0)


class PlayedLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self.played = PlayedSelector()
        super().__init__(self.played)

    def time(self) -> float:
        return self.played.now


def play(story: Callable[[], Awaitable[T]]) -> T:
    loop = PlayedLoop()
    try:
        return loop.run_until_complete(asyncio.wait_for(story(), 10_000))
    finally:
        loop.close()


class Provider:
    """Takes so many a second, or any number, and says when there is room again."""

    def __init__(self, per_second: float | None) -> None:
        loop = asyncio.get_running_loop()
        self.allowance = None if per_second is None else Allowance(per_second, loop.time)
        self.taken: list[float] = []
        self.refused = 0

    async def send(self) -> bool:
        try:
            if self.allowance is not None:
                self.allowance.spend()
        except Problem:
            self.refused += 1
            await asyncio.sleep(ANSWER_SECONDS)
            return False
        self.taken.append(asyncio.get_running_loop().time())
        await asyncio.sleep(ANSWER_SECONDS)
        return True


async def send_many(provider: Provider, pace: ProviderPace, count: int, seconds: float) -> None:
    left = deque(range(count))
    end = asyncio.get_running_loop().time() + seconds

    async def work() -> None:
        while left and asyncio.get_running_loop().time() < end:
            one = left.popleft()
            await pace.turn(is_urgent=False, is_bulk=True)
            if await provider.send():
                pace.went_well()
            else:
                pace.was_too_fast(1.0)
                left.append(one)

    await asyncio.gather(*(work() for _ in range(AT_ONCE)))


@pytest.mark.parametrize("rate", [20, 100, 500])
def test_what_a_provider_takes_a_second_is_handed_over_and_next_to_nothing_is_refused(rate: int) -> None:
    async def story() -> Provider:
        provider = Provider(rate)
        await send_many(provider, ProviderPace(), rate * 40, 20.0)
        return provider

    provider = play(story)

    behind = [at for at in provider.taken if 1.0 <= at <= 20.0]
    assert len(behind) >= 0.9 * rate * 19
    assert provider.refused <= 0.02 * (len(provider.taken) + provider.refused)


def test_a_provider_that_refuses_nothing_is_soon_sent_to_as_fast_as_it_answers() -> None:
    async def story() -> float:
        await send_many(Provider(None), ProviderPace(), 10_000, 100.0)
        return asyncio.get_running_loop().time()

    as_fast_as_can_be = 10_000 / AT_ONCE * ANSWER_SECONDS
    assert play(story) <= as_fast_as_can_be + 5 * DOUBLED_WITHIN


def test_what_hurries_waits_for_nothing_and_an_answer_goes_before_what_goes_to_many() -> None:
    async def story() -> list[tuple[str, float]]:
        pace, gone = ProviderPace(), []

        async def go(name: str, *, is_urgent: bool = False, is_bulk: bool = False) -> None:
            await pace.turn(is_urgent=is_urgent, is_bulk=is_bulk)
            gone.append((name, asyncio.get_running_loop().time()))

        await go("first", is_bulk=True)
        pace.was_too_fast(1.0)
        many = [asyncio.create_task(go("bulk", is_bulk=True)) for _ in range(20)]
        await asyncio.sleep(0)
        await asyncio.gather(go("alarm", is_urgent=True), go("answer"), *many)
        return gone

    gone = play(story)

    assert [name for name, _ in gone[:4]] == ["first", "alarm", "answer", "bulk"]
    assert gone[1][1] == gone[0][1]
    assert gone[2][1] >= 1.0


def test_a_turn_that_nobody_waits_for_any_more_is_given_to_the_next() -> None:
    async def story() -> float:
        pace = ProviderPace()
        await pace.turn(is_urgent=False, is_bulk=True)
        pace.was_too_fast(1.0)
        gone = [asyncio.create_task(pace.turn(is_urgent=False, is_bulk=True)) for _ in range(5)]
        await asyncio.sleep(0)
        for task in gone[:4]:
            task.cancel()
        await gone[4]
        return asyncio.get_running_loop().time()

    assert play(story) <= 1.1


def test_a_provider_that_says_too_fast_while_little_goes_is_not_taken_for_a_slow_one() -> None:
    """It had much else to do for a moment: what left meanwhile tells how little there was to send, and not what it takes."""

    async def story() -> float:
        pace = ProviderPace()
        for _ in range(2):
            await pace.turn(is_urgent=False, is_bulk=False)
            pace.went_well()
            pace.was_too_fast(None)
            await asyncio.sleep(60)
        provider, began = Provider(None), asyncio.get_running_loop().time()
        await send_many(provider, pace, 300, 1000.0)
        return asyncio.get_running_loop().time() - began

    assert play(story) <= 30
