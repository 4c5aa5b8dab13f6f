"""*Talks*: proposed to the contact teacher on Morning and beside the child, held or set aside with a reason."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, expect

from hub.clock import StoppedClock
from hub.desk import Work
from hub.people.places import Unit
from hub.school.thresholds import Wish, set_rule
from tests.admin_web.school_day import SchoolDay, run_school_day
from tests.admin_web.test_threads import shown
from tests.admin_web.windows import check
from tests.hub.sign_in.school import TEST


@pytest.fixture
async def day(village_store_url: str, clock: StoppedClock) -> AsyncIterator[SchoolDay]:
    """Kari is away, and the school's rule is one day."""
    async with run_school_day(village_store_url, clock) as day:

        def one_day(work: Work) -> None:
            unit = work.session.get_one(Unit, day.village.unit("school").id)
            set_rule(work, unit, Wish(1, 100, 30), day.village.staff("Ingrid Solberg").id)

        await day.site.desk.work(TEST, one_day)
        await day.report("Kari Nordmann", "Anne Nordmann")
        yield day


def talks(day: SchoolDay) -> str:
    return f"/talks/{day.village.unit('school').id}"


def child(day: SchoolDay) -> str:
    return f"/children/{day.village.child('Kari Nordmann').id}"


async def test_the_contact_teacher_is_proposed_a_talk_and_another_teacher_sees_nothing_of_it(day: SchoolDay) -> None:
    contact, other = await day.as_("Kari Lunde"), await day.as_("Sindre Moen")

    morning, beside = shown(await contact.get("/morning")), shown(await contact.get(child(day)))
    others = shown(await other.get("/morning")) + shown(await other.get(child(day)))

    assert "Snakk med familien Kari Nordmann Borte 1 dag, 5 timer siden i dag" in morning
    assert "Borte 1 dag" in beside
    assert "Snakk med familien" not in others
    assert (await other.get(talks(day))).status == 404


async def test_where_there_is_no_rule_the_page_says_that_and_not_that_no_family_is_to_be_talked_with(
    day: SchoolDay,
) -> None:
    leader = await day.as_("Astrid Vik")

    page = shown(await leader.get(f"/talks/{day.village.unit('preschool').id}"))

    assert "Ingen regel for fravær ennå" in page
    assert "Ingen familie å snakke med nå" not in page


async def test_it_is_set_aside_with_a_reason_and_not_without(day: SchoolDay) -> None:
    teacher = await day.as_("Kari Lunde")
    await teacher.get(talks(day))
    settle = f"{talks(day)}{child(day)}/settled"

    refused = await teacher.post(settle, outcome="set_aside", reason=" ")
    await teacher.get(talks(day))
    done = await teacher.post(settle, outcome="set_aside", reason="Planlagt operasjon")

    assert refused.status == 422
    assert "Skriv hvorfor" in shown(refused)
    assert "Ingen familie å snakke med nå" in shown(done)
    assert len(await day.audited("family_talk.set_aside", "Kari Lunde")) == 1


async def test_the_leader_sets_the_rule_and_sees_what_it_proposes_and_a_teacher_cannot(day: SchoolDay) -> None:
    leader, teacher = await day.as_("Ingrid Solberg"), await day.as_("Kari Lunde")
    await leader.get(talks(day))
    await teacher.get(talks(day))

    rule = f"{talks(day)}/rule"
    seen = await leader.post(rule, days="5", hours="40", span_days="60", title_1="Møte med rektor")
    saved = await leader.post(rule, days="5", hours="40", span_days="60", title_1="Møte med rektor", sure="yes")
    refused = await teacher.post(f"{talks(day)}/rule", days="1", hours="1", span_days="60")

    assert "Foreslå når et barn er borte 5 dager eller 40 timer i løpet av 60 dager." in shown(saved)
    assert "Med den foreslås 0 samtaler nå." in shown(saved)
    assert "Med denne regelen foreslås 0 samtaler nå, mot 1 i dag." in shown(seen)
    assert "Møte med rektor (for lederen)" in shown(saved)
    assert refused.status == 404


@pytest.mark.browser
@pytest.mark.one_store
@pytest.mark.parametrize("width", [360, 1280])
async def test_axe_finds_nothing_on_the_proposals(browser: Browser, day: SchoolDay, width: int) -> None:
    context, page, complaints = await day.window(browser, "Ingrid Solberg", width)

    await page.goto(talks(day))
    await expect(page.get_by_role("heading", level=1)).to_have_text("Snakk med 1 familie")
    await check(page, complaints, f"talks-{width}")
    await page.goto("/morning")
    await expect(page.get_by_role("heading", name="Snakk med familien")).to_be_visible()
    await check(page, complaints, f"talks-morning-{width}")
    await context.close()
