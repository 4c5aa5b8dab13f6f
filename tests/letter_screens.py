"""Pictures of a decision on its way to three homes: the pages that tell of it, and the letter and the batch as printed."""

import io
import sys
import tempfile
from collections.abc import Collection, Sequence
from pathlib import Path

from PIL import Image, ImageDraw
from playwright.async_api import async_playwright

from hub.clock import StoppedClock
from tests.admin_web.gallery import launch
from tests.camera import FOLDER, Screen, keep, sign_in, take_all
from tests.conftest import MONDAY_MORNING
from tests.hub.letters.pdf_pictures import picture_of
from tests.hub.letters.test_windows import OPENINGS
from tests.living_hub import SharedListener
from tests.rehearsal.third_guardian import RESERVED
from tests.three_homes import LEADER, OFFICE, PRINTS, ThreeHomes, three_homes

WINDOW, BATCH = "letter-window-no", "letter-batch"
LETTER_SCREENS = frozenset({"letter-ways", "letters-by-hand", "prints", "prints-one", WINDOW, BATCH})
DOTS_PER_INCH, EDGE, DESK_COLOUR = 96, 24, "#8a8f98"


async def take_letters(executable: str, wished: Collection[str]) -> None:
    """Those of LETTER_SCREENS that are wished for, all where none is."""
    clock = StoppedClock(MONDAY_MORNING)
    with tempfile.TemporaryDirectory() as folder:
        store = f"sqlite:///{folder}/budbok.sqlite"
        async with three_homes(Path(folder), store, clock) as homes, async_playwright() as playwright:
            await homes.decide()
            await homes.deliver()
            batch = await homes.gather()
            keep_papers(await homes.letters(), await homes.fetch(batch), wished)
            browser = await launch(playwright, executable)
            kept = {who: await sign_in(browser, homes.living, clock, who) for who in (LEADER, OFFICE)}
            await take_all(browser, await list_screens(homes, batch), kept, wished)
            await browser.close()
    await SharedListener.end()


async def list_screens(homes: ThreeHomes, batch: str) -> list[Screen]:
    staff = homes.living.hub.settings.staff.url
    return [
        Screen("letter-ways", f"{staff}/leave/{await homes.application()}", LEADER, is_whole=True),
        Screen("letters-by-hand", f"{staff}/letters/by-hand", LEADER),
        Screen("prints", f"{staff}{PRINTS}", OFFICE),
        Screen("prints-one", f"{staff}{batch}", OFFICE),
    ]


def keep_papers(letters: dict[str, bytes], batch: bytes, wished: Collection[str]) -> None:
    """The letter and its address page with the country's windows drawn around the receiver, and all pages of the batch."""
    pages = [picture_of(batch, page, DOTS_PER_INCH) for page in range(1, 5)]
    letter = picture_of(letters[RESERVED], 1, DOTS_PER_INCH)
    shown = {WINDOW: [with_windows(letter), with_windows(pages[2].copy())], BATCH: pages}
    for name, papers in shown.items():
        if not wished or name in wished:
            keep(side_by_side(papers), FOLDER / f"{name}.png")
            sys.stdout.write(f"{name}\n")


def with_windows(page: Image.Image) -> Image.Image:
    pen, scale = ImageDraw.Draw(page), page.width / 210
    for window in OPENINGS["NO"]:
        right, below = window.left + window.width, window.top + window.height
        pen.rectangle([window.left * scale, window.top * scale, right * scale, below * scale], outline="#2f6f9f")
    return page


def side_by_side(papers: Sequence[Image.Image]) -> bytes:
    wide = sum(paper.width + EDGE for paper in papers) + EDGE
    desk = Image.new("RGB", (wide, papers[0].height + 2 * EDGE), DESK_COLOUR)
    left = EDGE
    for paper in papers:
        desk.paste(paper, (left, EDGE))
        left += paper.width + EDGE
    out = io.BytesIO()
    desk.save(out, "PNG")
    return out.getvalue()
