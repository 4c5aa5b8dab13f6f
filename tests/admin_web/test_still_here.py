"""Who is still here after its time, first on *Diary* and *Morning*: who sees it, whom they may call, and what a leader sets."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Browser

from hub.asker import Trust
from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.people.families import Child
from hub.people.places import Unit
from hub.school.fetch_ladders import FetchTimes, get_fetch_times
from hub.school.not_fetched import list_still
from hub.school.trusted_people import Whom, trust_person
from tests.admin_web.school_day import SchoolDay, run_school_day
from tests.admin_web.windows import check
from tests.blocks import block
from tests.hub.school.evening import MONDAY, Evening
from tests.hub.sign_in.school import TEST

NOAH, MATHIAS = "Noah Bakken", "Mathias Berg"
STEPS: dict[str, Any] = {"first_after": "10", "second_after": "20", "list_after": "30", "leader_after": "40"}


@pytest.fixture
async def day(village_store_url: str, clock: StoppedClock) -> AsyncIterator[SchoolDay]:
    async with run_school_day(village_store_url, clock) as running:
        yield running


async def stay(day: SchoolDay, clock: StoppedClock, *waking: tuple[int, int]) -> Evening:
    """Noah and Mathias are still here, and nobody answers."""
    evening = Evening(day.village, clock)
    await evening.begin(NOAH, MATHIAS)
    for hour, minute in waking:
        await evening.wake(hour, minute)
    return evening


def page_of(day: SchoolDay) -> str:
    return f"/diary/{day.village.unit('preschool').id}"


async def test_first_staff_see_it_calmly_and_nobody_is_to_be_called(day: SchoolDay, clock: StoppedClock) -> None:
    await stay(day, clock, (16, 45))
    teacher = await day.as_("Mette Strand")

    diary, morning = await teacher.get(page_of(day)), await teacher.get(day.board("preschool"))

    for page in (diary, morning):
        assert "2 barn er fortsatt her etter tiden sin" in page.text
        assert "Noah Bakken (Blåbær)" in page.text
        assert "skulle gått hjem kl. 16.45" in page.text
        assert "tel:" not in page.text


async def test_then_it_shows_that_the_family_was_asked_and_what_it_answered(
    day: SchoolDay, clock: StoppedClock
) -> None:
    evening = await stay(day, clock, (16, 45), (17, 0))
    teacher = await day.as_("Mette Strand")
    asked = await teacher.get(page_of(day))
    await evening.say("Marte Bakken", "kommer 17.20")

    answered = await teacher.get(page_of(day))

    assert "Familien ble spurt på SMS kl. 17.00 og har ikke svart ennå." in asked.text
    assert "Marte Bakken svarte kl. 17.00: kommer kl. 17.20." in answered.text


async def test_an_answer_that_is_unclear_is_shown_and_the_call_list_comes_in_time(
    day: SchoolDay, clock: StoppedClock
) -> None:
    evening = await stay(day, clock, (16, 45), (17, 0))
    teacher = await day.as_("Mette Strand")
    await evening.say("Marte Bakken", "hvor var votten hans?")
    shown = await teacher.get(page_of(day))
    await evening.wake(17, 30)
    later = await day.as_("Mette Strand")

    listed = await later.get(page_of(day))

    assert "Marte Bakken svarte kl. 17.00, og det er ikke klart hva. Les det." in shown.text
    assert "En foresatt har svart, og det er ikke klart hva. Les det, og ring." in listed.text
    assert f'href="tel:{day.village.phone("Lars Bakken")}"' in listed.text


async def test_the_call_list_holds_those_who_may_fetch_and_nobody_barred(day: SchoolDay, clock: StoppedClock) -> None:
    await day.site.desk.work(TEST, block, day.village, "Lars Bakken", NOAH)
    await day.site.desk.work(TEST, trust_grandmother, day)
    await stay(day, clock, (16, 45), (17, 0), (17, 15), (17, 30))
    teacher = await day.as_("Mette Strand")

    page = await teacher.get(page_of(day))

    assert "Noah Bakken (Blåbær) er fortsatt her" in page.text
    assert f'href="tel:{day.village.phone("Marte Bakken")}"' in page.text
    assert day.village.phone("Lars Bakken") not in page.text
    assert "Ring Solfrid Moe, mormor, som kan hente" in page.text
    assert 'href="tel:+4740000777"' in page.text


def trust_grandmother(work: Work, day: SchoolDay) -> None:
    """The other guardians were told of her."""
    child = work.session.get_one(Child, day.village.child(NOAH).id)
    whom = Whom("Solfrid Moe", "mormor", "+4740000777")
    told_by = day.village.guardian("Marte Bakken").id
    trust_person(work, child, whom, told_by=told_by, trust=Trust.CONFIRMED).announced_at = work.now


@pytest.mark.parametrize("who", ["Kari Lunde", "Nora Eide"])
async def test_who_does_not_serve_the_child_sees_neither_the_case_nor_a_phone(
    day: SchoolDay, clock: StoppedClock, who: str
) -> None:
    await stay(day, clock, (16, 45), (17, 0), (17, 15), (17, 30))
    other = await day.as_(who)

    page = await other.get("/diary")

    assert NOAH not in page.text
    assert "fortsatt her" not in page.text


async def test_an_assistant_sees_who_is_still_here_but_no_phone(day: SchoolDay, clock: StoppedClock) -> None:
    await stay(day, clock, (16, 45), (17, 0), (17, 15), (17, 30))
    assistant = await day.as_("Hilde Myhre")

    page = await assistant.get(page_of(day))

    assert "Noah Bakken (Blåbær) er fortsatt her" in page.text
    assert "tel:" not in page.text


async def test_the_leader_sees_what_nobody_has_settled(day: SchoolDay, clock: StoppedClock) -> None:
    await stay(day, clock, (16, 45), (17, 0), (17, 15), (17, 30), (17, 45))
    leader = await day.as_("Astrid Vik")

    page = await leader.get(day.board("preschool"))

    assert "Noah Bakken (Blåbær) er fortsatt her" in page.text
    assert "Du ser dette som leder" in page.text


async def test_whoever_has_spoken_with_the_family_holds_it_by_one_tap_and_may_undo(
    day: SchoolDay, clock: StoppedClock
) -> None:
    await stay(day, clock, (16, 45), (17, 0), (17, 15), (17, 30))
    teacher = await day.as_("Mette Strand")
    await teacher.get(page_of(day))
    case = await case_of(day, NOAH)

    held = await teacher.post(f"{page_of(day)}/still/{case}/spoken")
    undone = await teacher.post(f"{page_of(day)}/still/{case}/not-spoken")

    assert "En av dere har snakket med familien. Vi venter til 17.50." in held.text
    assert "Noah Bakken (Blåbær) er fortsatt her" in undone.text
    assert len(await day.audited("fetch_case.hold", "Mette Strand")) == 1


async def case_of(day: SchoolDay, child: str) -> str:
    def find(look: Look) -> str:
        unit = look.session.get_one(Unit, day.village.unit("preschool").id)
        (case,) = list_still(look, unit, MONDAY, [day.village.child(child).id])
        return case.id

    return await day.site.desk.look(TEST, find)


async def test_a_leaving_takes_it_off_the_page(day: SchoolDay, clock: StoppedClock) -> None:
    await stay(day, clock, (16, 45))
    teacher = await day.as_("Mette Strand")
    await teacher.get(page_of(day))
    at = f"{page_of(day)}/groups/{day.village.group('blabaer').id}/children/{day.village.child(NOAH).id}"

    page = await teacher.post(f"{at}/left")

    assert "1 barn er fortsatt her etter tiden sin" in page.text
    assert "Mathias Berg (Blåbær)" in page.text


async def test_where_leavings_are_not_marked_nobody_is_to_be_called_until_they_are(
    day: SchoolDay, clock: StoppedClock
) -> None:
    evening = Evening(day.village, clock)
    everybody = [child.name for (owner, _), child in day.village.children.items() if owner == "fjordvik"]
    await evening.begin(*everybody)
    for hour, minute in ((16, 45), (17, 0), (17, 30)):
        await evening.wake(hour, minute)
    teacher = await day.as_("Mette Strand")
    calm = await teacher.get(page_of(day))
    for name in everybody:
        if name != NOAH:
            await evening.leave(name)

    listed = await teacher.get(page_of(day))

    assert "Hvem som gikk, ble ikke merket i tide i dag" in calm.text
    assert "tel:" not in calm.text
    assert "Noah Bakken (Blåbær) er fortsatt her" in listed.text
    assert f'href="tel:{day.village.phone("Marte Bakken")}"' in listed.text


async def times_of(day: SchoolDay) -> FetchTimes:
    return await day.site.desk.look(TEST, get_fetch_times, day.village.unit("preschool"))


async def test_a_leader_sets_each_step_and_it_is_in_the_audit(day: SchoolDay) -> None:
    leader = await day.as_("Astrid Vik")
    before = await leader.get(f"{page_of(day)}/still")

    after = await leader.post(f"{page_of(day)}/still", is_on="true", **STEPS)
    wrong = await leader.post(f"{page_of(day)}/still", is_on="true", **(STEPS | {"second_after": "5"}))

    assert "Vi spør ikke om barn som fortsatt er her" in before.text
    assert "Vi spør 10 minutter etter at barnet skulle gått hjem" in after.text
    assert wrong.status == 422
    assert "Trinnene må følge etter hverandre" in wrong.text
    assert await times_of(day) == FetchTimes(True, 10, 20, 30, 40)
    assert len(await day.audited("fetch_ladder.set", "Astrid Vik")) == 1


@pytest.mark.parametrize("who", ["Mette Strand", "Ingrid Solberg"])
async def test_nobody_but_the_units_leader_sees_or_sets_it(day: SchoolDay, who: str) -> None:
    other = await day.as_(who)
    await other.get("/numbers")

    seen = await other.get(f"{page_of(day)}/still")
    set_ = await other.post(f"{page_of(day)}/still", is_on="true", **STEPS)

    assert (seen.status, set_.status) == (404, 404)
    assert (await times_of(day)).is_on is False


@pytest.mark.browser
@pytest.mark.one_store
@pytest.mark.parametrize("width", [360, 1280])
async def test_axe_finds_nothing_in_the_evening(
    browser: Browser, day: SchoolDay, clock: StoppedClock, width: int
) -> None:
    await day.site.desk.work(TEST, trust_grandmother, day)
    evening = await stay(day, clock, (16, 45), (17, 0))
    await evening.say("Lene Berg", "på vei")
    await evening.wake(17, 15)
    await evening.wake(17, 19)
    context, page, complaints = await day.window(browser, "Astrid Vik", width)
    await page.goto(page_of(day))
    await check(page, complaints, f"still-here-asked-{width}")
    await evening.wake(17, 30)
    await page.goto(page_of(day))

    await check(page, complaints, f"still-here-{width}")
    await page.goto(f"{page_of(day)}/still")
    await check(page, complaints, f"still-here-settings-{width}")
    await context.close()
