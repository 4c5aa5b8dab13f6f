"""A hub that gates send to, and a gate that is paired with it."""

from collections.abc import AsyncIterator

import pytest

from nfc_gateway.state import Identity
from tests.nfc_gateway.gates import Hubside, hub_side
from tests.village import Village


@pytest.fixture
async def hub(village: Village) -> AsyncIterator[Hubside]:
    async with hub_side(village) as running:
        yield running


@pytest.fixture
async def gate(hub: Hubside) -> Identity:
    return await hub.paired()
