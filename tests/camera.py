"""Takes pictures of pages as people see them, on a phone and on a desk, light and dark, and keeps them in docs/screens."""

import io
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyotp
from PIL import Image
from playwright.async_api import Browser, StorageState

from hub.asker import operator_asker
from hub.clock import StoppedClock
from hub.sign_in.invitations import invite_link
from tests.admin_web.gallery import DESK, PHONE
from tests.hub.sign_in.school import PASSWORD
from tests.living_hub import LivingHub

FOLDER = Path(__file__).parent.parent / "docs" / "screens"
SCREENS = operator_asker("screens")
HEIGHT, MOST_HEIGHT = {PHONE: 740, DESK: 860}, 2400
COLOURS = 256


@dataclass(frozen=True, slots=True)
class Screen:
    """One page: what its picture is called, where it is, and who looks at it: nobody is a guest. `is_whole`: all of it is
    shown, however long."""

    name: str
    url: str
    who: str = ""
    is_whole: bool = False


def settings() -> Iterator[tuple[int, bool]]:
    for width in (PHONE, DESK):
        for dark in (False, True):
            yield width, dark


async def sign_in(browser: Browser, living: LivingHub, clock: StoppedClock, who: str) -> StorageState:
    """Accept an invitation as its guest does; what the browser keeps of it."""
    staff = living.hub.settings.staff.url
    context = await browser.new_context(locale="nb-NO")
    page = await context.new_page()
    await page.goto(await living.hub.desk.work(SCREENS, invite_link, living.village.staff(who).login, staff))
    await page.get_by_label("Nytt passord").fill(PASSWORD)
    await page.get_by_role("button", name="Fortsett").click()
    phone = pyotp.TOTP((await page.locator(".secret").inner_text()).replace(" ", ""))
    await page.get_by_label("De seks sifrene appen viser").fill(phone.at(clock.now()))
    await page.get_by_role("button", name="Fortsett").click()
    await page.wait_for_url(f"{staff}/morning")
    kept = await context.storage_state()
    await context.close()
    return kept


async def take(browser: Browser, screen: Screen, kept: StorageState | None, width: int, dark: bool) -> None:
    """One picture: the whole page on a phone, up to a height; on a desk what is seen at once."""
    context = await browser.new_context(
        viewport={"width": width, "height": HEIGHT[width]},
        color_scheme="dark" if dark else "light",
        locale="nb-NO",
        reduced_motion="reduce",
        has_touch=width == PHONE,
        storage_state=kept,
    )
    try:
        page = await context.new_page()
        answer = await page.goto(screen.url)
        if answer is None or not answer.ok:
            raise SystemExit(f"The page {screen.name} could not be shown.")
        if width == PHONE or screen.is_whole:
            tall = max(HEIGHT[width], await page.evaluate("document.documentElement.scrollHeight"))
            height = tall if screen.is_whole else min(MOST_HEIGHT, tall)
            await page.set_viewport_size({"width": width, "height": height})
        await page.evaluate("document.fonts.ready")
        await page.evaluate("Promise.all([...document.images].map(image => image.decode().catch(() => 0)))")
        keep(await page.screenshot(), FOLDER / f"{screen.name}-{width}-{'dark' if dark else 'light'}.png")
    finally:
        await context.close()


def keep(picture: bytes, file: Path) -> None:
    """Written with a palette, which pages of few colours hardly show, and which keeps the folder small."""
    with Image.open(io.BytesIO(picture)) as opened:
        opened.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(file, optimize=True)


async def take_all(
    browser: Browser, screens: Iterable[Screen], kept: Mapping[str, StorageState], wished: Collection[str]
) -> None:
    """Those that are wished for, all where none is, in every width and light; `kept` is what each reader's browser keeps."""
    for screen in screens:
        if not wished or screen.name in wished:
            for width, dark in settings():
                await take(browser, screen, kept.get(screen.who), width, dark)
            sys.stdout.write(f"{screen.name}\n")
