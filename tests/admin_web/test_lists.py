"""*Lists*: the day in numbers, who eats and who rides; one fact takes a child off all of them."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from playwright.async_api import Browser, expect

from hub.asker import Trust
from hub.clock import StoppedClock
from hub.desk import Work
from hub.people.families import Child
from hub.school.care_bookings import Teller, book
from hub.school.care_hours import OFF
from hub.school.care_rules import get_rules
from hub.school.services import ServiceKind, enrol
from tests.admin_web.school_day import SchoolDay, run_school_day
from tests.admin_web.test_threads import shown
from tests.admin_web.windows import check
from tests.hub.sign_in.school import TEST


@pytest.fixture
async def day(village_store_url: str, clock: StoppedClock) -> AsyncIterator[SchoolDay]:
    async with run_school_day(village_store_url, clock) as day:
        yield day


async def put_on(day: SchoolDay, kind: ServiceKind, name: str, *children: str, unit: str = "school") -> None:
    def enrol_all(work: Work) -> None:
        place = day.village.unit(unit)
        for child in children:
            kept = work.session.get_one(Child, day.village.child(child).id)
            enrol(work, place, kept, kind, name, place.today(work.now), by="x")

    await day.site.desk.work(TEST, enrol_all)


def path(day: SchoolDay, unit: str = "school") -> str:
    return f"/lists/{day.village.unit(unit).id}"


async def test_who_is_away_is_counted_nowhere(day: SchoolDay) -> None:
    await put_on(day, ServiceKind.MEALS, "Lunsj", "Sara Hansen", "Nora Bakken", "Thea Kvam")
    await put_on(day, ServiceKind.TRANSPORT, "Buss 104", "Sara Hansen", "Thea Kvam")
    leader = await day.as_("Ingrid Solberg")
    before = shown(await leader.get(path(day)))

    await day.report("Sara Hansen", "Camilla Hansen")
    after = shown(await leader.get(path(day)))

    assert "Spiser: 3" in before
    assert "Spiser: 2 · 1 borte" in after
    assert "Skyss: 1 · 1 borte" in after
    assert "1 borte" in after[after.index("Videre til SFO") :]
    assert len(await day.audited("read", "Ingrid Solberg")) >= 2


@pytest.mark.one_store
async def test_on_a_closed_day_nobody_is_expected(day: SchoolDay, clock: StoppedClock) -> None:
    clock.move(timedelta(days=5))
    leader = await day.as_("Ingrid Solberg")

    seen = shown(await leader.get(path(day)))

    assert "Ingen barn venter vi i dag" in seen
    assert "lørdag 8. mars, uke 10. Stengt: helg." in seen
    assert "Videre til SFO: 0" in seen


async def test_whom_care_was_booked_off_for_is_expected_at_no_list_of_the_day(day: SchoolDay) -> None:
    def book_off(work: Work) -> None:
        club, child = day.village.unit("club"), day.village.child("Sara Hansen").id
        told = Teller(day.village.staff("Ingrid Solberg").id, "staff", Trust.STRONG, None)
        book(work, club, work.session.get_one(Child, child), {club.today(work.now): OFF}, told, get_rules(work, club))

    await put_on(day, ServiceKind.MEALS, "Fruktfat", "Sara Hansen", unit="club")
    leads_school, leads_club = await day.as_("Ingrid Solberg"), await day.as_("Nora Eide")
    before = going_on(shown(await leads_school.get(path(day))))

    await day.site.desk.work(TEST, book_off)

    assert going_on(shown(await leads_school.get(path(day)))) == before - 1
    assert "Spiser: 0 · 1 fri" in shown(await leads_club.get(path(day, "club")))


def going_on(seen: str) -> int:
    """How many go on to the club."""
    (found,) = re.findall(r"Videre til SFO: (\d+)", seen)
    return int(found)


async def test_a_teacher_counts_the_own_groups_alone_and_cannot_change_the_lists(day: SchoolDay) -> None:
    await put_on(day, ServiceKind.MEALS, "Lunsj", "Sara Hansen", "Kari Nordmann")
    teacher, leader = await day.as_("Kari Lunde"), await day.as_("Ingrid Solberg")

    seen, whole = await teacher.get(path(day)), await leader.get(path(day))
    refused = await teacher.post(
        f"{path(day)}/enrolments", about=day.village.child("Kari Nordmann").id, service="meals", called="Frukt"
    )

    assert "Sara Hansen" not in seen.text
    assert "Kari Nordmann" in seen.text
    assert "Sara Hansen" in whole.text
    assert "Ta av" not in shown(seen)
    assert refused.status == 404


async def test_a_leader_puts_a_child_on_a_list_and_takes_it_off(day: SchoolDay) -> None:
    leader = await day.as_("Ingrid Solberg")
    await leader.get(path(day))

    on = await leader.post(
        f"{path(day)}/enrolments", about=day.village.child("Kari Nordmann").id, service="transport", called="Buss 12"
    )
    (end,) = re.findall(r'action="([^"]+/end)"', on.text)
    off = await leader.post(end)

    assert "Skyss: 1" in shown(on)
    assert "Buss 12" not in off.text
    assert len(await day.audited("service.enrol", "Ingrid Solberg")) == 1
    assert len(await day.audited("service.leave", "Ingrid Solberg")) == 1


async def test_a_protected_child_is_counted_for_its_named_readers_alone(day: SchoolDay) -> None:
    await put_on(day, ServiceKind.MEALS, "Lunsj", "Ada Lien", "Nora Bakken")
    named, other = await day.as_("Ingrid Solberg"), await day.as_("Per Haugen")

    assert "Spiser: 2" in shown(await named.get(path(day)))
    assert "Spiser: 1" in shown(await other.get(path(day)))


@pytest.mark.browser
@pytest.mark.one_store
@pytest.mark.parametrize("width", [360, 1280])
async def test_axe_finds_nothing_on_the_lists(browser: Browser, day: SchoolDay, width: int) -> None:
    await put_on(day, ServiceKind.MEALS, "Lunsj", "Sara Hansen", "Nora Bakken", "Thea Kvam")
    await put_on(day, ServiceKind.TRANSPORT, "Buss 104", "Sara Hansen", "Thea Kvam")
    await day.report("Sara Hansen", "Camilla Hansen")
    context, page, complaints = await day.window(browser, "Ingrid Solberg", width)

    await page.goto("/lists")
    await expect(page.get_by_role("heading", level=1)).to_contain_text("barn venter vi i dag")
    await page.get_by_text("Sett et barn på en liste").first.click()

    await check(page, complaints, f"lists-{width}")
    await context.close()
