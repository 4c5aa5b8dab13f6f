"""The look on its own: the shell with sample pieces for each kind of page, served to a browser from memory, without a hub.

`python -m tests.admin_web.gallery FOLDER` takes its pictures, at 360 and 1280 px, light and dark.
"""

import asyncio
import mimetypes
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
from playwright.async_api import Browser, Page, Playwright, Route, async_playwright

from hub.costly_letters import LETTERS
from hub.words import Words
from tests.admin_web.windows import hear_complaints
from tests.patience import PATIENCE, START_PATIENCE

ROOT = Path(__file__).parent.parent.parent
STATIC = ROOT / "admin_web" / "static"
TEMPLATES = ROOT / "templates"
SAMPLES = Path(__file__).parent / "gallery_pages"
KINDS = tuple(sorted(page.stem for page in SAMPLES.glob("*.j2")))
SITE = "http://budbok.test"
NONCE = "gallery-nonce"
POLICY = (
    f"default-src 'none'; script-src 'nonce-{NONCE}'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; manifest-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
)
LANGUAGES = [("nb", "Bokmål"), ("nn", "Nynorsk"), ("sv", "Svenska"), ("fi", "Suomi"), ("en", "English")]
CHROMIUM = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
ENVIRONMENT = jinja2.Environment(
    loader=jinja2.ChoiceLoader([jinja2.FileSystemLoader(SAMPLES), jinja2.FileSystemLoader(TEMPLATES)]),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
ENVIRONMENT.globals["costly_letters"] = LETTERS
PHONE, DESK = 360, 1280  # pixels


def find_chromium() -> str | None:
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


async def launch(playwright: Playwright, executable: str) -> Browser:
    return await playwright.chromium.launch(executable_path=executable, args=CHROMIUM, timeout=1000 * START_PATIENCE)


def render(kind: str, language: str = "nb", **more: Any) -> str:
    """One sample page as a whole document."""
    words = Words(language)
    return ENVIRONMENT.get_template(f"{kind}.j2").render(_shell(kind, language, words) | more)


def _shell(kind: str, language: str, words: Words) -> dict[str, Any]:
    signed_in = kind != "sign_in"
    return {
        "t": words.say,
        "static": lambda name: f"/static/{name}",
        "language": language,
        "languages": LANGUAGES,
        "theme": "auto",
        "nonce": NONCE,
        "token": "gallery-token",
        "here": f"/{kind}",
        "nav": [
            {"href": f"/{name}", "icon": name, "word": words.say(f"pages.nav_{name}"), "current": name == kind}
            for name in ("morning", "threads", "lists", "numbers", "staff")
        ]
        if signed_in
        else [],
        "user": {"name": "Solveig Bakken", "role": "7A"} if signed_in else None,
        "live": None,
        "toasts": [],
        "fade_minutes": 15 if signed_in else 0,
    }


@dataclass
class Gallery:
    """A page that answers from memory under the policy real pages have, and remembers what went wrong.

    `more` is what the open page was rendered with; `answers` are what a test lets the server say, by path, as
    route.fulfill() takes it.
    """

    page: Page
    complaints: list[str]
    more: dict[str, Any]
    answers: dict[str, dict[str, Any]]

    async def open(self, kind: str, language: str = "nb", **more: Any) -> Page:
        self.more = {"language": language} | more
        await self.page.goto(f"{SITE}/{kind}")
        return self.page

    async def answer(self, route: Route) -> None:
        path = route.request.url.removeprefix(SITE).split("?")[0].split("#")[0]
        file = STATIC / path.removeprefix("/static/")
        if path.startswith("/static/") and file.is_file():
            kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
            await route.fulfill(body=file.read_bytes(), content_type=kind)
        elif path.removeprefix("/") in KINDS:
            html = render(path.removeprefix("/"), **self.more)
            headers = {"Content-Security-Policy": POLICY, "Content-Type": "text/html; charset=utf-8"}
            await route.fulfill(body=html, headers=headers)
        elif path in self.answers:
            await route.fulfill(**self.answers[path])
        else:
            await route.fulfill(status=404, body="")


@asynccontextmanager
async def gallery(
    browser: Browser, width: int = DESK, dark: bool = False, script: bool = True
) -> AsyncIterator[Gallery]:
    context = await browser.new_context(
        viewport={"width": width, "height": 740 if width == PHONE else 860},
        color_scheme="dark" if dark else "light",
        java_script_enabled=script,
        reduced_motion="reduce",
        has_touch=width == PHONE,
    )
    context.set_default_timeout(1000 * PATIENCE)  # milliseconds
    try:
        page = await context.new_page()
        shown = Gallery(page, hear_complaints(page), {}, {})
        await page.route("**/*", shown.answer)
        yield shown
    finally:
        await context.close()


async def take_pictures(folder: Path) -> None:
    executable = find_chromium()
    if executable is None:
        raise SystemExit("No Chromium here: install the system's package chromium.")
    folder.mkdir(parents=True, exist_ok=True)
    async with async_playwright() as playwright:
        browser = await launch(playwright, executable)
        for width in (PHONE, DESK):
            for dark in (False, True):
                async with gallery(browser, width, dark) as shown:
                    for kind in KINDS:
                        page = await shown.open(kind)
                        await page.evaluate("document.fonts.ready")
                        name = f"{kind}-{width}-{'dark' if dark else 'light'}.png"
                        await page.screenshot(path=folder / name, full_page=True)
        await browser.close()


if __name__ == "__main__":
    asyncio.run(take_pictures(Path(sys.argv[1])))
