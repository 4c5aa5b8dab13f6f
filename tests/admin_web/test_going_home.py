"""How a child goes home, as *Morning* and the child's page show it: what is told, what is known of a name, and what rings."""

from collections.abc import AsyncIterator
from datetime import time

import pytest
from playwright.async_api import Browser, expect

from hub.asker import Trust
from hub.clock import StoppedClock
from hub.desk import Work
from hub.school.told import dispute
from tests.admin_web.school_day import SchoolDay, run_school_day
from tests.admin_web.test_threads import shown
from tests.admin_web.windows import check
from tests.hub.sign_in.school import TEST


@pytest.fixture
async def day(village_store_url: str, clock: StoppedClock) -> AsyncIterator[SchoolDay]:
    async with run_school_day(village_store_url, clock) as day:
        yield day


async def tell(day: SchoolDay, child: str, guardian: str, person: str, at: time | None = None) -> str:
    """A guardian told who fetches, and when; the telling's id."""

    def both(work: Work) -> str:
        if at is not None:
            day.leaves_early(work, child, guardian, at)
        return day.fetches(work, child, guardian, person).id

    return await day.site.desk.work(TEST, both)


async def test_morning_says_calmly_when_and_with_whom_a_child_goes_home(day: SchoolDay) -> None:
    await tell(day, "Kari Nordmann", "Anne Nordmann", "Mormor Anne", time(14, 0))
    teacher = await day.as_("Kari Lunde")

    words = shown(await teacher.get("/morning"))

    assert "Hentes 14.00 av Mormor Anne · ukjent, må sjekkes" in words


@pytest.mark.parametrize(
    ("person", "said"),
    [
        ("Ola Nordmann", "kjent henteperson"),
        ("Pappa", "navnet ligner en kjent henteperson"),
        ("Naboen Per", "ukjent, må sjekkes"),
    ],
)
async def test_what_is_known_of_the_name_stands_beside_it(day: SchoolDay, person: str, said: str) -> None:
    await tell(day, "Kari Nordmann", "Anne Nordmann", person)
    teacher = await day.as_("Kari Lunde")

    page = await teacher.get(f"/children/{day.village.child('Kari Nordmann').id}")

    words = shown(page)
    assert f"Hentes av {person}" in words
    assert said in words
    assert "Ikke bekreftet av foresatt ennå" in words


@pytest.mark.parametrize("person", ["Roger Sand", "Roger", "roger", "Rogr"])
async def test_a_name_that_may_be_of_somebody_blocked_rings_until_it_is_checked(day: SchoolDay, person: str) -> None:
    told = await tell(day, "Tiril Sand", "Wenche Sand", person)
    child = f"/children/{day.village.child('Tiril Sand').id}"
    leader = await day.as_("Ingrid Solberg")

    rang = shown(await leader.get("/morning"))
    await leader.get(child)
    await leader.post(f"{child}/home/{told}/checked")
    after = shown(await leader.get("/morning"))

    assert "Tiril Sand i 4B: hvem henter?" in rang
    assert "hvem henter?" not in after
    assert f"Hentes av {person} · sjekket" in after
    assert len(await day.audited("home.check", "Ingrid Solberg")) == 1


async def test_what_another_guardian_denies_rings_and_the_one_who_may_is_calm(day: SchoolDay) -> None:
    def tell_both(work: Work) -> None:
        day.fetches(work, "Kari Nordmann", "Anne Nordmann", "Ola Nordmann", Trust.CONFIRMED)
        dispute(work, [day.leaves_early(work, "Henrik Strøm", "Silje Strøm", time(13, 0))], "early.dispute")

    await day.site.desk.work(TEST, tell_both)
    teacher = await day.as_("Kari Lunde")

    words = shown(await teacher.get("/morning"))

    assert "Henrik Strøm i 7A: hvem henter?" in words
    assert "Drar 13.00 · foresatte er uenige" in words
    assert "Kari Nordmann i 7A: hvem henter?" not in words


async def test_what_was_told_anew_meanwhile_is_not_checked_unseen(day: SchoolDay) -> None:
    before = await tell(day, "Kari Nordmann", "Anne Nordmann", "Naboen Per")
    child = f"/children/{day.village.child('Kari Nordmann').id}"
    teacher = await day.as_("Kari Lunde")
    await teacher.get(child)
    await tell(day, "Kari Nordmann", "Anne Nordmann", "Onkel Bo")

    seen = await teacher.post(f"{child}/home/{before}/checked")

    assert seen.status == 404
    assert "ukjent, må sjekkes" in shown(await teacher.get(child))


@pytest.mark.browser
@pytest.mark.one_store
@pytest.mark.parametrize("width", [360, 1280])
async def test_axe_finds_nothing_where_children_go_home(browser: Browser, day: SchoolDay, width: int) -> None:
    await tell(day, "Kari Nordmann", "Anne Nordmann", "Mormor Anne", time(14, 0))
    await tell(day, "Tiril Sand", "Wenche Sand", "Roger")
    await day.report("Eirik Tveit", "Jorunn Tveit")
    context, page, complaints = await day.window(browser, "Ingrid Solberg", width)

    await page.goto("/morning")
    await expect(page.get_by_text("Tiril Sand i 4B: hvem henter?").first).to_be_visible()
    await check(page, complaints, f"home-morning-{width}")
    await page.goto(f"/children/{day.village.child('Tiril Sand').id}")
    await expect(page.get_by_role("button", name="Sjekket")).to_be_visible()
    await check(page, complaints, f"home-child-{width}")
    await context.close()
