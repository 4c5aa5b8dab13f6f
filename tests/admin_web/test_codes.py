"""*Codes*: a leader makes them and makes a new one, a teacher prints those of the own class, and nobody learns of others."""

import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, expect

from hub.clock import StoppedClock
from tests.admin_web.school_day import SchoolDay, run_school_day
from tests.admin_web.test_threads import shown
from tests.admin_web.windows import check


@pytest.fixture
async def day(village_store_url: str, clock: StoppedClock) -> AsyncIterator[SchoolDay]:
    async with run_school_day(village_store_url, clock) as day:
        yield day


def path(day: SchoolDay) -> str:
    return f"/codes/{day.village.unit('school').id}"


async def test_the_leader_makes_codes_and_the_teacher_prints_those_of_the_own_class(day: SchoolDay) -> None:
    leader, teacher = await day.as_("Ingrid Solberg"), await day.as_("Kari Lunde")
    before = shown(await leader.get(path(day)))

    made = shown(await leader.post(path(day)))
    printed = shown(await teacher.get(path(day)))
    kari = day.village.child("Kari Nordmann").id
    renewed = shown(await leader.post(f"{path(day)}/children/{kari}"))
    refused = await teacher.post(f"{path(day)}/children/{kari}")

    assert "barn har ingen kode ennå" in before
    assert "barn har en kode" in made
    assert "Kari Nordmann" in printed
    assert "Sara Hansen" not in printed
    assert code_of("Kari Nordmann", made) == code_of("Kari Nordmann", printed) != code_of("Kari Nordmann", renewed)
    assert refused.status == 404
    assert len(await day.audited("child_code.give", "Ingrid Solberg")) == 1


def code_of(child: str, page: str) -> str:
    found = re.search(rf"{child} ([A-Z]{{4}})\b", page)
    assert found is not None, page
    return found[1]


@pytest.mark.browser
@pytest.mark.one_store
@pytest.mark.parametrize("width", [360, 1280])
async def test_axe_finds_nothing_on_the_codes(browser: Browser, day: SchoolDay, width: int) -> None:
    context, page, complaints = await day.window(browser, "Ingrid Solberg", width)

    await page.goto(path(day))
    await expect(page.get_by_role("button", name="Lag koder")).to_be_visible()
    await check(page, complaints, f"codes-{width}")
    await context.close()
