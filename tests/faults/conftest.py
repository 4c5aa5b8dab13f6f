"""A whole hub for each test, and somebody who calls it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.clock import StoppedClock
from tests.faults.caller import Caller, calling
from tests.living_hub import LivingHub, living_hub


@pytest.fixture
async def living(tmp_path: Path, village_store_url: str, clock: StoppedClock) -> AsyncIterator[LivingHub]:
    async with living_hub(tmp_path, village_store_url, clock) as hub:
        yield hub


@pytest.fixture
async def caller(living: LivingHub) -> AsyncIterator[Caller]:
    async with calling(living) as caller:
        yield caller
