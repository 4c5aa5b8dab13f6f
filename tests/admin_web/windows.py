"""A window of a real browser on one of the sites, and what is asked of every page that is seen in it."""

import asyncio
from typing import Any

from playwright.async_api import Browser, BrowserContext, Page

from tests.admin_web.axe import keep_pictures, list_findings
from tests.patience import PATIENCE


async def open_window(
    browser: Browser, url: str, width: int = 360, *, script: bool = True, **more: Any
) -> tuple[BrowserContext, Page, list[str]]:
    """A window, its page, and what the page complains about. `more` goes to the browser as it is."""
    context = await browser.new_context(
        base_url=url,
        viewport={"width": width, "height": 740},
        java_script_enabled=script,
        locale="nb-NO",
        reduced_motion="reduce",
        **more,
    )
    context.set_default_timeout(1000 * PATIENCE)  # milliseconds
    page = await context.new_page()
    return context, page, hear_complaints(page)


async def painted(page: Page) -> Page:
    """The page once it has been painted: a browser drops keys that are struck on a page that nobody could have seen yet."""
    await until(page, "performance.getEntriesByName('first-contentful-paint').length > 0")
    return page


async def until(page: Page, so: str) -> None:
    """Return once this holds in the page; `so` is an expression, or what it promises.

    Asked anew each time: what Playwright asks again and again by itself, a page's policy forbids it to, and where no script
    runs a page cannot wait by itself.
    """
    async with asyncio.timeout(PATIENCE):
        while not await page.evaluate(so):
            await asyncio.sleep(0.01)


def hear_complaints(page: Page) -> list[str]:
    """What the page complains about, as it comes."""
    complaints: list[str] = []
    page.on("console", lambda told: complaints.append(told.text) if told.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return complaints


async def check(page: Page, complaints: list[str], name: str = "") -> None:
    """Nothing for axe to find in either light, nothing wider than the window, no complaints. `name` names its pictures."""
    await page.wait_for_load_state()
    assert await list_findings(page) == []
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert complaints == []
    if name:
        await keep_pictures(page, name)
