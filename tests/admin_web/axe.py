"""What axe finds on a page that is open: everything in the light, and in the dark what colours alone can make worse.

Dark changes nothing but the values of colours, so the page is read twice where it stands and need not be led there twice.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page

_STANDS_STILL = "Promise.allSettled(document.getAnimations().map((moving) => moving.finished))"
"""What is still fading in has less contrast than what one is to read."""
_SCRIPT = Axe().axe_script
_VIOLATIONS = {"resultTypes": ["violations"]}
_COLOURS = {**_VIOLATIONS, "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}


async def list_findings(page: Page) -> list[tuple[str, list[str]]]:
    """Rules that are broken, and where. The page is left in the light."""
    await page.evaluate(_SCRIPT)
    await page.evaluate(_STANDS_STILL)
    await page.emulate_media(color_scheme="dark")
    dark = await _run(page, _COLOURS)
    await page.emulate_media(color_scheme="light")
    return dark + await _run(page, _VIOLATIONS)


async def _run(page: Page, options: Mapping[str, Any]) -> list[tuple[str, list[str]]]:
    report = await page.evaluate("(options) => axe.run(document, options)", options)
    return [(found["id"], [node["html"][:200] for node in found["nodes"]]) for found in report["violations"]]


async def keep_pictures(page: Page, name: str) -> None:
    """In both lights, where BUDBOK_SCREENS names a folder."""
    folder = os.environ.get("BUDBOK_SCREENS")
    if folder is None:
        return
    for scheme in ("dark", "light"):
        await page.emulate_media(color_scheme=scheme)
        await page.screenshot(path=Path(folder) / f"{name}-{scheme}.png", full_page=True)
