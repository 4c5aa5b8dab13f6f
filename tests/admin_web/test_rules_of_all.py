"""What an administrator sets holds for each unit that has set nothing of its own, and a unit can go back to it."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from hub.clock import StoppedClock
from hub.school.care_rules import get_rules
from hub.school.leave_rules import Terms, terms_of
from tests.admin_web.school_day import SchoolDay, run_school_day
from tests.admin_web.test_leave import RULES as LEAVE
from tests.admin_web.test_leave import apply
from tests.admin_web.test_threads import shown
from tests.admin_web.test_week import RULES as CARE
from tests.admin_web.windows import check
from tests.hub.sign_in.school import TEST
from tests.village import SAARELA

ADMINISTRATOR, LEADER, OF_PRESCHOOL, TEACHER = "Tora Myklebust", "Ingrid Solberg", "Astrid Vik", "Kari Lunde"
LEAVE_OF_ALL, CARE_OF_ALL = "/leave/rules/all", "/week/rules/all"
PAGES: list[tuple[str, dict[str, Any]]] = [(LEAVE_OF_ALL, LEAVE), (CARE_OF_ALL, CARE)]


@pytest.fixture
async def day(village_store_url: str, clock: StoppedClock) -> AsyncIterator[SchoolDay]:
    async with run_school_day(village_store_url, clock) as running:
        yield running


async def leave_at(day: SchoolDay, unit: str, owner: str = "fjordvik") -> Terms:
    return await day.site.desk.look(TEST, terms_of, day.village.unit(unit, owner))


async def lock_weekday(day: SchoolDay, unit: str, owner: str = "fjordvik") -> int:
    return (await day.site.desk.look(TEST, get_rules, day.village.unit(unit, owner))).lock.weekday


async def test_rules_of_leave_for_all_are_shown_before_they_hold_and_hold_for_this_owner_alone(day: SchoolDay) -> None:
    await apply(day, 3)
    administrator = await day.as_(ADMINISTRATOR)
    await administrator.get(LEAVE_OF_ALL)
    wished = {**LEAVE, "teacher_days": "5"}

    seen = shown(await administrator.post(f"{LEAVE_OF_ALL}/preview", **wished))
    before = await leave_at(day, "school")
    await administrator.post(LEAVE_OF_ALL, **wished)

    assert "1 søknad som venter, blir annerledes" in seen
    assert before.teacher_days == 1
    assert (await leave_at(day, "school")).teacher_days == 5
    assert (await leave_at(day, "preschool")).teacher_days == 5
    assert (await leave_at(day, "preschool", SAARELA)).teacher_days == 3
    assert len(await day.audited("leave_rule.set", ADMINISTRATOR)) == 1


async def test_a_unit_with_rules_of_leave_of_its_own_keeps_them_until_it_follows_again(day: SchoolDay) -> None:
    leader, administrator = await day.as_(LEADER), await day.as_(ADMINISTRATOR)
    unit = day.village.unit("school")
    await apply(day, 3)
    await leader.get("/leave/rules")
    await leader.post("/leave/rules", unit=unit.id, **{**LEAVE, "teacher_days": "2"})
    await administrator.get(LEAVE_OF_ALL)
    await administrator.post(LEAVE_OF_ALL, **{**LEAVE, "teacher_days": "7"})

    listed = shown(await administrator.get(LEAVE_OF_ALL))
    seen = shown(await leader.post("/leave/rules/own/drop", unit=unit.id))
    own = await leave_at(day, "school")
    followed = shown(await leader.post("/leave/rules/own/drop", unit=unit.id, sure="yes"))

    assert f"{unit.name} har egne regler, og der endres ingenting." in listed
    assert "Da gjelder reglene nedenfor, og enhetens egne er borte." in seen
    assert "1 søknad som venter, blir annerledes" in seen
    assert own.teacher_days == 2
    assert "Enheten følger reglene for alle enheter." in followed
    assert (await leave_at(day, "school")).teacher_days == 7
    assert len(await day.audited("leave_rule.dropped", LEADER)) == 1


async def test_rules_of_care_for_all_are_shown_before_they_hold_and_hold_for_this_owner_alone(day: SchoolDay) -> None:
    administrator = await day.as_(ADMINISTRATOR)
    await administrator.get(CARE_OF_ALL)
    elsewhere = await lock_weekday(day, "preschool", SAARELA)

    seen = shown(await administrator.post(CARE_OF_ALL, **CARE))
    before = await lock_weekday(day, "preschool")
    await administrator.post(CARE_OF_ALL, **CARE, sure="yes")

    assert "Uke 12 låses" in seen
    assert before == 0
    assert await lock_weekday(day, "preschool") == 2
    assert await lock_weekday(day, "preschool", SAARELA) == elsewhere
    assert len(await day.audited("care_rules.set", ADMINISTRATOR)) == 1


async def test_a_unit_with_rules_of_care_of_its_own_keeps_them_until_it_follows_again(day: SchoolDay) -> None:
    leader, administrator = await day.as_(OF_PRESCHOOL), await day.as_(ADMINISTRATOR)
    unit = day.village.unit("preschool")
    path = f"/week/{unit.id}/rules"
    await leader.get(path)
    await leader.post(path, **{**CARE, "lock_weekday": "1"}, sure="yes")
    await administrator.get(CARE_OF_ALL)
    await administrator.post(CARE_OF_ALL, **{**CARE, "lock_weekday": "3"}, sure="yes")

    listed = shown(await administrator.get(CARE_OF_ALL))
    seen = shown(await leader.post(f"{path}/own/drop"))
    own = await lock_weekday(day, "preschool")
    followed = shown(await leader.post(f"{path}/own/drop", sure="yes"))

    assert f"{unit.name} har egne regler, og der endres ingenting." in listed
    assert "Da gjelder reglene nedenfor, og enhetens egne er borte. Uke 11 låses" in seen
    assert "Lagre reglene" not in seen
    assert own == 1
    assert "Enheten følger reglene for alle enheter." in followed
    assert await lock_weekday(day, "preschool") == 3
    assert len(await day.audited("care_rules.dropped", OF_PRESCHOOL)) == 1


@pytest.mark.parametrize(("path", "wished"), PAGES)
@pytest.mark.parametrize("name", [LEADER, TEACHER])
async def test_who_does_not_administer_the_owner_neither_sees_nor_sets_them(
    day: SchoolDay, path: str, wished: dict[str, Any], name: str
) -> None:
    browser = await day.as_(name)
    await browser.get("/leave")

    assert (await browser.get(path)).status == 404
    assert (
        await browser.post(path, **wished, sure="yes") if path == CARE_OF_ALL else await browser.post(path, **wished)
    ).status == 404
    assert (await leave_at(day, "school")).deadline_days == 14
    assert await lock_weekday(day, "preschool") == 0


async def test_whoever_leads_another_unit_does_not_take_its_rules_away(day: SchoolDay) -> None:
    leader, other = await day.as_(LEADER), await day.as_(OF_PRESCHOOL)
    unit = day.village.unit("school")
    await leader.get("/leave/rules")
    await leader.post("/leave/rules", unit=unit.id, **{**LEAVE, "teacher_days": "2"})
    await other.get("/leave/rules")

    refused = await other.post("/leave/rules/own/drop", unit=unit.id, sure="yes")

    assert refused.status == 404
    assert (await leave_at(day, "school")).teacher_days == 2


@pytest.mark.parametrize(
    ("path", "changed"), [(LEAVE_OF_ALL, {"deadline_days": "500"}), (CARE_OF_ALL, {"ratios": "many"})]
)
async def test_what_makes_no_sense_is_explained_and_stays_typed(
    day: SchoolDay, path: str, changed: dict[str, str]
) -> None:
    administrator = await day.as_(ADMINISTRATOR)
    await administrator.get(path)

    seen = await administrator.post(path, **{**dict(PAGES)[path], **changed}, follow=False)

    assert seen.status == 422
    assert next(iter(changed.values())) in seen.text
    assert (await leave_at(day, "school")).deadline_days == 14


@pytest.mark.browser
@pytest.mark.one_store
@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize(
    ("path", "title"),
    [(LEAVE_OF_ALL, "Regler for fri, alle enheter"), (CARE_OF_ALL, "Regler for omsorgstid, alle enheter")],
)
async def test_axe_finds_nothing_on_the_rules_of_all(
    browser: Browser, day: SchoolDay, path: str, title: str, width: int
) -> None:
    context, page, complaints = await day.window(browser, ADMINISTRATOR, width)

    await page.goto(path)
    await expect(page.get_by_role("heading", level=1)).to_have_text(title)
    await check(page, complaints, f"{path.split('/')[1]}-rules-all-{width}")
    await context.close()
