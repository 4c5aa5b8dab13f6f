"""A pupil's pages, and those on which staff see pupils and each guardian's way in, in a real browser."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from hub.clock import StoppedClock
from hub.register.loading import apply
from tests.admin_web.family_pages import FamilyPages, family_pages
from tests.admin_web.school_day import SchoolDay, run_school_day
from tests.admin_web.windows import check, open_window
from tests.hub.register.sheets import Sheet
from tests.hub.sign_in.school import TEST
from tests.living_hub import ANSWER_SECONDS, OPERATOR

pytestmark = [pytest.mark.browser, pytest.mark.one_store]
KARIS = "+4740000951"


def with_her_phone() -> Sheet:
    sheet = Sheet.of_village().only("children", "c-kari-nordmann")
    sheet.row("children", "c-kari-nordmann")["phones"] = [KARIS]
    return sheet


@pytest.fixture
async def pages(tmp_path: Path, village_store_url: str, clock: StoppedClock) -> AsyncIterator[FamilyPages]:
    async with family_pages(tmp_path, village_store_url, clock) as pages:
        await pages.living.hub.desk.work(OPERATOR, apply, with_her_phone().read(tmp_path))
        yield pages


@pytest.fixture
async def day(village_store_url: str, clock: StoppedClock) -> AsyncIterator[SchoolDay]:
    async with run_school_day(village_store_url, clock) as day:
        yield day


@pytest.mark.parametrize("width", [360, 1280])
async def test_a_pupils_pages_can_be_read_by_every_pupil(browser: Browser, pages: FamilyPages, width: int) -> None:
    phone = pages.living.provider.phone(KARIS)
    context, page, complaints = await open_window(browser, pages.url, width)
    await page.goto("/family")
    await check(page, complaints, f"pupil_sign_in-{width}")
    await page.get_by_label("Mobilnummer").fill(KARIS)
    await page.get_by_role("button", name="Send kode").click()
    await page.get_by_label("Seks sifre").fill((await phone.next_text(ANSWER_SECONDS)).body[:6])
    await page.get_by_role("button", name="Fortsett").click()
    await expect(page.get_by_role("heading", name="Klassen din")).to_be_visible()
    await check(page, complaints, f"pupil_home-{width}")

    await page.get_by_role("link", name="Dagene mine").click()
    await expect(page.get_by_role("heading", level=1)).to_be_visible()
    await check(page, complaints, f"pupil_days-{width}")
    await page.goto(f"/family/children/{pages.child('Kari Nordmann')}")
    await page.get_by_label("Skriv").fill("Hva er det i lekse?")
    await page.get_by_role("button", name="Send").click()
    await expect(page.get_by_text("takk for at du skriver")).to_be_visible()
    await check(page, complaints, f"pupil_book-{width}")
    await page.goto("/family/you/about")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Bare du og skolen leser det dere skriver")
    await check(page, complaints, f"pupil_about-{width}")
    await page.get_by_role("button", name="Jeg vil ikke bruke dette").click()
    await expect(page.get_by_label("Mobilnummer")).to_be_visible()
    await context.close()


@pytest.mark.parametrize("width", [360, 1280])
async def test_staff_see_pupils_and_each_guardians_way_in(
    browser: Browser, day: SchoolDay, tmp_path: Path, width: int
) -> None:
    await day.site.desk.work(TEST, apply, with_her_phone().read(tmp_path))
    child = day.village.child("Kari Nordmann").id
    context, page, complaints = await day.window(browser, "Tora Myklebust", width)
    await page.goto("/pupils")
    await page.get_by_label("Melder eget fravær").select_option("16")
    await page.get_by_role("button", name="Se hva det endrer").click()
    await expect(page.get_by_text("fra 16 år i stedet for 18")).to_be_visible()
    await check(page, complaints, f"staff_pupils-{width}")
    await context.close()

    context, page, complaints = await day.window(browser, "Kari Lunde", width)
    for name, path in {"access": f"/children/{child}/access", "child": f"/children/{child}"}.items():
        await page.goto(path)
        await expect(page.get_by_role("heading", level=1)).to_be_visible()
        await check(page, complaints, f"staff_{name}-{width}")
    await context.close()
