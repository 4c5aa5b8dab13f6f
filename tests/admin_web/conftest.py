"""What the tests of pages stand on: one Chromium a run, the system's own, and the family pages of a living hub."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, async_playwright, expect

from hub.clock import StoppedClock
from tests.admin_web.eid_pages import Scene, playing
from tests.admin_web.family_pages import FamilyPages, family_pages
from tests.admin_web.gallery import find_chromium, launch
from tests.patience import PATIENCE

expect.set_options(timeout=1000 * PATIENCE)  # milliseconds: a busy machine is no fault of the page


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    executable = find_chromium()
    if executable is None:
        pytest.skip("needs a Chromium: apt-get install chromium")
    async with async_playwright() as playwright:
        chromium = await launch(playwright, executable)
        yield chromium
        await chromium.close()


@pytest.fixture
async def pages(tmp_path: Path, village_store_url: str, clock: StoppedClock) -> AsyncIterator[FamilyPages]:
    async with family_pages(tmp_path, village_store_url, clock) as pages:
        yield pages


@pytest.fixture
async def scene(tmp_path: Path, village_store_url: str, clock: StoppedClock) -> AsyncIterator[Scene]:
    async with playing(tmp_path, village_store_url, clock) as scene:
        yield scene
