"""*Diary* in a real browser: the same on every screen where it is open, readable in every light, on a phone and on a desk."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from playwright.async_api import Browser, expect

from hub.clock import StoppedClock
from hub.desk import Work
from hub.door.taps import keep_tap
from tests.admin_web.booked_week import book_a_week
from tests.admin_web.school_day import SchoolDay, run_school_day
from tests.admin_web.windows import check
from tests.hub.door.devices import hang_tag, pair_gate, touch
from tests.hub.sign_in.school import TEST

pytestmark = pytest.mark.browser


@pytest.fixture
async def day(village_store_url: str, clock: StoppedClock) -> AsyncIterator[SchoolDay]:
    async with run_school_day(village_store_url, clock) as day:
        await book_a_week(day)
        clock.jump(datetime(2025, 3, 17, 7, 0, tzinfo=UTC))
        yield day


async def test_a_mark_on_one_open_diary_appears_on_another(browser: Browser, day: SchoolDay) -> None:
    address = f"/diary/{day.village.unit('preschool').id}"
    context, page, complaints = await day.window(browser, "Mette Strand")
    other_context, other, other_complaints = await day.window(browser, "Astrid Vik", 1280)
    await page.goto(address)
    await other.goto(address)
    row = other.get_by_role("row").filter(has_text="Noah Bakken")
    await expect(row).to_contain_text("Ikke hørt fra")

    await page.get_by_role("button", name="Her Noah Bakken").click()

    await expect(row).to_contain_text("Her 08.00")
    await expect(other.get_by_role("heading", level=1)).to_contain_text("1 barn er her")

    await other.get_by_role("button", name="Går Noah Bakken").click()

    await expect(page.get_by_role("row").filter(has_text="Noah Bakken")).to_contain_text("08.00–08.00")
    assert (complaints, other_complaints) == ([], [])
    await context.close()
    await other_context.close()


async def test_a_touch_at_the_gate_is_told_on_an_open_diary(browser: Browser, day: SchoolDay) -> None:
    context, page, complaints = await day.window(browser, "Mette Strand")
    await page.goto(f"/diary/{day.village.unit('preschool').id}")
    await expect(page.get_by_role("row").filter(has_text="Noah Bakken")).to_be_visible()

    def touch_gate(work: Work) -> None:
        tag = hang_tag(work, day.village, "Noah Bakken")
        keep_tap(work, pair_gate(work, day.village), touch(1, work.now, serial=tag.serial))

    await day.site.desk.work(TEST, touch_gate)

    await expect(page.get_by_text("1 berøring venter i døra.")).to_be_visible()
    await page.get_by_role("link", name="Til døra").click()
    await expect(page.get_by_text("1 berøring venter")).to_be_visible()
    assert complaints == []
    await context.close()


@pytest.mark.one_store
@pytest.mark.parametrize("width", [360, 1280])
async def test_axe_finds_nothing_on_a_day_with_too_few_adults(browser: Browser, day: SchoolDay, width: int) -> None:
    unit, child = day.village.unit("preschool").id, day.village.child("Noah Bakken").id
    context, page, complaints = await day.window(browser, "Astrid Vik", width)
    await page.goto(f"/diary/{unit}")
    await page.get_by_role("textbox", name="Blåbær").fill("7-17: 0")
    await page.get_by_role("button", name="Lagre de voksne Blåbær").click()
    await expect(page.get_by_text("Ingen annen gruppe har plass nok")).to_be_visible()
    await page.get_by_role("button", name="Her Noah Bakken").click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("1 barn er her")
    await page.get_by_text("kvarter for kvarter Blåbær").click()

    await check(page, complaints, f"diary-{width}")
    await page.goto(f"/diary/{unit}/children/{child}")
    await check(page, complaints, f"diary-child-{width}")
    await page.goto(f"/diary/{unit}/unseen")
    await check(page, complaints, f"diary-unseen-{width}")
    await page.goto(f"/hours/{unit}")
    await check(page, complaints, f"hours-{width}")
    await page.goto(f"/hours/{unit}/children/{child}")
    await check(page, complaints, f"hours-child-{width}")
    await context.close()
