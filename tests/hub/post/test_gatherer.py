"""The gatherer: one batch for all that wait, a bad item fails alone, and too many are told so at once."""

import asyncio

import pytest

from hub.desk import StoreAwayError
from hub.post.channel import BusyError
from hub.post.gatherer import Gatherer
from tests.patience import PATIENCE


class Ledger:
    """Handles batches, slowly while it is held, and cannot take what says "bad"."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.open = asyncio.Event()
        self.open.set()
        self.trouble: Exception | None = None

    async def handle(self, batch: list[str]) -> list[str]:
        await self.open.wait()
        self.batches.append(batch)
        if self.trouble is not None:
            raise self.trouble
        if "bad" in batch:
            raise ValueError("bad")
        return [item.upper() for item in batch]


async def test_what_waits_together_goes_together_and_each_gets_its_own_answer() -> None:
    ledger = Ledger()
    gatherer = Gatherer(ledger.handle)

    answers = await asyncio.gather(*(gatherer.put(item) for item in "abc"))

    assert answers == ["A", "B", "C"]
    assert ledger.batches == [["a", "b", "c"]]


async def test_a_bad_item_fails_alone() -> None:
    gatherer = Gatherer(Ledger().handle)

    answers = await asyncio.gather(*(gatherer.put(item) for item in ("a", "bad", "c")), return_exceptions=True)

    assert answers[0] == "A"
    assert isinstance(answers[1], ValueError)
    assert answers[2] == "C"


async def test_too_many_are_told_so_at_once_and_those_who_wait_are_served() -> None:
    ledger = Ledger()
    ledger.open.clear()
    gatherer = Gatherer(ledger.handle, batch=1, waiting=3)
    first = asyncio.create_task(gatherer.put("a"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    waiting = [asyncio.create_task(gatherer.put(item)) for item in "bcd"]
    await asyncio.sleep(0)

    with pytest.raises(BusyError):
        await asyncio.wait_for(gatherer.put("e"), PATIENCE)
    ledger.open.set()

    assert await asyncio.gather(first, *waiting) == ["A", "B", "C", "D"]


@pytest.mark.parametrize("trouble", [BusyError(), StoreAwayError()])
async def test_trouble_that_is_no_items_fault_is_not_met_once_for_each(trouble: Exception) -> None:
    ledger = Ledger()
    ledger.trouble = trouble
    gatherer = Gatherer(ledger.handle)

    answers = await asyncio.gather(*(gatherer.put(item) for item in "abc"), return_exceptions=True)

    assert answers == [trouble] * 3
    assert len(ledger.batches) == 1


async def test_an_item_is_handled_though_whoever_handed_it_in_has_gone() -> None:
    ledger = Ledger()
    ledger.open.clear()
    gatherer = Gatherer(ledger.handle)
    gone = asyncio.create_task(gatherer.put("a"))
    await asyncio.sleep(0)
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    ledger.open.set()

    assert await gatherer.put("b") == "B"
    assert [item for batch in ledger.batches for item in batch] == ["a", "b"]
