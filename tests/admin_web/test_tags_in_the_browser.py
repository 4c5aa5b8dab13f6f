"""*Tags* in a real browser: a signature drawn by mouse or finger is kept as it was drawn, and every page is readable by all."""

import io
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from itertools import pairwise

import pytest
import sqlalchemy as sa
from PIL import Image
from playwright.async_api import Browser, BrowserContext, Locator, Page, expect

from hub.clock import StoppedClock
from hub.desk import Work
from hub.door.hand_outs import Receipt, TagHandOut
from hub.door.lost_tags import lose
from hub.door.proving import suspect
from hub.door.tags import Suspicion, Tag
from tests.admin_web.school_day import SchoolDay, run_school_day
from tests.admin_web.windows import check, until
from tests.hub.door.handing import give
from tests.hub.post.spoken import as_staff
from tests.hub.sign_in.school import TEST
from tests.village import Village

pytestmark = pytest.mark.browser

HEAD = "Astrid Vik"
TYPED = "04:A1:B2:C3:D4:E5:F6"
INK = 128
"""Grey levels: what is darker was drawn."""
IS_SIGNED = "document.querySelector('.signing input').files.length === 1"
LINE = ((0.2, 0.3), (0.4, 0.7), (0.8, 0.5))
"""A stroke, as parts of the width and the height of where one signs."""


Draw = Callable[[Page, Sequence[tuple[float, float]]], Awaitable[None]]


@pytest.fixture
async def day(village_store_url: str, clock: StoppedClock) -> AsyncIterator[SchoolDay]:
    async with run_school_day(village_store_url, clock) as day:
        yield day


async def points_on(canvas: Locator) -> list[tuple[float, float]]:
    """The stroke, in pixels of the window."""
    await canvas.scroll_into_view_if_needed()
    box = await canvas.bounding_box()
    assert box is not None
    return [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in LINE]


async def draw_by_mouse(page: Page, points: Sequence[tuple[float, float]]) -> None:
    await page.mouse.move(*points[0])
    await page.mouse.down()
    for point in points[1:]:
        await page.mouse.move(*point, steps=5)
    await page.mouse.up()


async def draw_by_finger(page: Page, points: Sequence[tuple[float, float]], ends: str = "touchEnd") -> None:
    """As a screen tells of it: a page that took it for scrolling would get no more than its beginning."""
    screen = await page.context.new_cdp_session(page)

    async def tell(kind: str, *at: tuple[float, float]) -> None:
        touched = [{"x": x, "y": y} for x, y in at]
        await screen.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touched})

    await tell("touchStart", points[0])
    for (x, y), (to_x, to_y) in pairwise(points):
        for part in (0.2, 0.4, 0.6, 0.8, 1.0):
            await tell("touchMove", (x + (to_x - x) * part, y + (to_y - y) * part))
    await tell(ends)


async def begin_to_give(day: SchoolDay, page: Page) -> Locator:
    """All but the signature; where one signs."""
    unit, noah = day.village.unit("preschool").id, day.village.child("Noah Bakken").id
    await page.goto(f"/tags/{unit}/give?children={noah}")
    await page.get_by_label("Nummeret på brikken").fill(TYPED)
    await page.get_by_label("Hvem får den").select_option("Marte Bakken")
    canvas = page.get_by_role("img", name="Skriv under her med fingeren")
    await expect(canvas).to_be_visible()
    return canvas


async def receipts(day: SchoolDay) -> list[Receipt]:
    return await day.site.desk.look(
        TEST, lambda look: [Receipt(row.receipt) for row in look.session.scalars(sa.select(TagHandOut))]
    )


async def fetch_signature(context: BrowserContext, page: Page) -> Image.Image:
    """What an employee sees of it."""
    link = await page.get_by_role("link", name="Se underskriften").get_attribute("href")
    assert link is not None
    answer = await context.request.get(page.url.partition("/tag/")[0] + link)
    assert answer.ok
    return Image.open(io.BytesIO(await answer.body())).convert("L")


def count_ink(picture: Image.Image) -> int:
    return sum(picture.histogram()[:INK])


@pytest.mark.capability("L-14")
@pytest.mark.parametrize("draw", [draw_by_mouse, draw_by_finger], ids=["mouse", "finger"])
async def test_a_signature_is_kept_as_it_was_drawn(browser: Browser, day: SchoolDay, draw: Draw) -> None:
    context, page, complaints = await day.window(browser, HEAD)
    canvas = await begin_to_give(day, page)

    await draw(page, await points_on(canvas))
    await until(page, IS_SIGNED)
    await page.get_by_role("button", name="Del ut").click()
    await expect(page.get_by_text("Signert")).to_be_visible()
    drawn = await fetch_signature(context, page)

    width, height = drawn.size
    assert await receipts(day) == [Receipt.SIGNED]
    for x, y in LINE:
        around = (int(x * width) - 8, int(y * height) - 8, int(x * width) + 8, int(y * height) + 8)
        assert count_ink(drawn.crop(around)) > 0, "what was drawn is not there"
    assert count_ink(drawn) < width * height / 20, "more was kept than a line"
    assert complaints == []
    await context.close()


async def test_a_stroke_that_the_screen_broke_off_goes_along_as_it_is_seen(browser: Browser, day: SchoolDay) -> None:
    context, page, complaints = await day.window(browser, HEAD)
    points = await points_on(await begin_to_give(day, page))

    await draw_by_finger(page, points, ends="touchCancel")

    await until(page, IS_SIGNED)
    assert complaints == []
    await context.close()


async def test_a_signature_that_was_wiped_does_not_go_along(browser: Browser, day: SchoolDay) -> None:
    context, page, complaints = await day.window(browser, HEAD)
    canvas = await begin_to_give(day, page)
    await draw_by_mouse(page, await points_on(canvas))
    await until(page, IS_SIGNED)

    await page.get_by_role("button", name="Visk ut").click()
    await page.get_by_role("button", name="Del ut").click()

    await expect(page.get_by_role("heading", name="Brikke")).to_be_visible()
    assert Receipt.SIGNED not in await receipts(day)
    assert complaints == []
    await context.close()


def hand_out_some(work: Work, village: Village) -> tuple[str, str, str]:
    """Three tags: one that is out, one that is lost, and one that may have a double, so that all is said that can be."""
    families = [
        ("Sol Engebretsen", None, "Mormor"),
        ("Noah Bakken", "Marte Bakken", ""),
        ("Mathias Berg", "Lene Berg", ""),
    ]
    out, lost, doubted = (
        give(work, village, name, to=to, receiver=receiver, serial=f"04a1b2c3d4e5f{at}").tag_id
        for at, (name, to, receiver) in enumerate(families)
    )
    lose(work, lost)
    suspect(work, work.session.get_one(Tag, doubted), Suspicion.TWO_PLACES)
    return out, lost, doubted


@pytest.mark.one_store
@pytest.mark.parametrize("width", [360, 1024])
async def test_axe_finds_nothing_on_any_page_of_tags(browser: Browser, day: SchoolDay, width: int) -> None:
    head, village = as_staff(day.village.staff(HEAD)), day.village
    out, lost, doubted = await day.site.desk.work(head, hand_out_some, village)
    unit, noah = village.unit("preschool").id, village.child("Noah Bakken").id
    context, page, complaints = await day.window(browser, HEAD, width)

    for name, path in {
        "tags": f"/tags/{unit}",
        "tag": f"/tag/{out}",
        "tag-lost": f"/tag/{lost}",
        "tag-doubted": f"/tag/{doubted}",
        "tags-give": f"/tags/{unit}/give",
        "tags-give-to": f"/tags/{unit}/give?children={noah}",
        "tags-guide": f"/tags/{unit}/guide",
        "tags-guided": f"/tags/{unit}/guided",
    }.items():
        await page.goto(path)
        await expect(page.get_by_role("heading", level=1)).to_be_visible()

        await check(page, complaints, f"{name}-{width}")
    await context.close()
