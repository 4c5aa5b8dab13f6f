"""A browser for the tests of pages: one Chromium a run, the system's own."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, async_playwright, expect

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
