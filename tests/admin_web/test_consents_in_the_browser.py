"""*Consents* in a real browser: readable in every light, on a phone and on a desk, by keyboard, live, without script."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, expect

from hub.clock import StoppedClock
from tests.admin_web.consent_day import ask_7a, fill_7a, kind_id, say
from tests.admin_web.school_day import SchoolDay, run_school_day
from tests.admin_web.windows import check, painted

pytestmark = pytest.mark.browser


@pytest.fixture
async def day(village_store_url: str, clock: StoppedClock) -> AsyncIterator[SchoolDay]:
    async with run_school_day(village_store_url, clock) as day:
        yield day


@pytest.mark.one_store
@pytest.mark.parametrize("width", [360, 1280])
async def test_axe_finds_nothing_on_any_page_of_consents(browser: Browser, day: SchoolDay, width: int) -> None:
    await fill_7a(day)
    campaign = await ask_7a(day, "swimming", "trip")
    school, group = day.village.unit("school").id, day.village.group("7A").id
    swimming = await kind_id(day, "swimming")
    pages = {
        "overview": f"/consents/{school}",
        "group": f"/consents/{school}/groups/{group}",
        "kind": f"/consents/{school}/kinds/{swimming}",
        "child": f"/children/{day.village.child('Kari Nordmann').id}/consents",
        "ask": f"/consents/{school}/ask?group={group}&kinds={swimming}",
        "campaign": f"/consents/campaigns/{campaign}",
        "settings": "/consents/kinds",
        "settings-kind": f"/consents/kinds/{swimming}",
    }
    context, page, complaints = await day.window(browser, "Ingrid Solberg", width)

    for name, path in pages.items():
        await page.goto(path)
        await expect(page.get_by_role("heading", level=1)).to_be_visible()
        await check(page, complaints, f"consents-{name}-{width}")

    await context.close()


async def test_a_no_changes_an_open_list_at_once(browser: Browser, day: SchoolDay) -> None:
    await fill_7a(day)
    school, group = day.village.unit("school").id, day.village.group("7A").id
    swimming = await kind_id(day, "swimming")
    context, page, complaints = await day.window(browser, "Kari Lunde")
    await page.goto(f"/consents/{school}/kinds/{swimming}?group={group}")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Bading: 2 barn")

    await say(day, "Ola Nordmann", "Kari Nordmann", "-swimming")

    await expect(page.get_by_role("heading", level=1)).to_have_text("Bading: 1 barn")
    await expect(page.locator(".wall-list")).not_to_contain_text("Kari Nordmann")
    assert complaints == []
    await context.close()


async def test_without_script_staff_note_an_answer_and_take_it_back(browser: Browser, day: SchoolDay) -> None:
    await fill_7a(day)
    swimming = await kind_id(day, "swimming")
    context, page, _ = await day.window(browser, "Kari Lunde", script=False)
    await page.goto(f"/children/{day.village.child('Kari Nordmann').id}/consents")

    await page.get_by_label("Hvem svarer").select_option(label="Ola Nordmann")
    await page.get_by_label("Samtykke", exact=True).select_option(label="bading")
    await painted(page)
    await page.get_by_role("button", name="Nei", exact=True).press("Enter")

    line = page.locator(f"#k-{swimming}")
    await expect(line).to_contain_text("Ola Nordmann: nei, i dag 07.12, på papir")
    await painted(page)
    await page.get_by_role("button", name="Angre").press("Enter")
    await expect(line).to_contain_text("Ola Nordmann: ikke svart")
    await context.close()
