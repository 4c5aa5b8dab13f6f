"""*Assessments*: a teacher writes what was found of a pupil, puts it right, and takes it back; nobody else's teacher may."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, expect

from hub.clock import StoppedClock
from hub.school.assessments import WORDS_LENGTH
from tests.admin_web.school_day import SchoolDay, run_school_day
from tests.admin_web.test_threads import shown
from tests.admin_web.windows import check

KARI = "Kari Nordmann"
TEACHER, PRINCIPAL, OF_ANOTHER_CLASS = "Kari Lunde", "Ingrid Solberg", "Jonas Dahl"
MUSIC_TEACHER, OFFICE, ADMINISTRATOR = "Tuva Brekke", "Per Haugen", "Tora Myklebust"


@pytest.fixture
async def day(village_store_url: str, clock: StoppedClock) -> AsyncIterator[SchoolDay]:
    async with run_school_day(village_store_url, clock) as day:
        yield day


def path(day: SchoolDay) -> str:
    return f"/children/{day.village.child(KARI).id}/assessments"


def id_of(text: str) -> str:
    """The newest that stands on the page."""
    return text.partition('<li id="a-')[2][:26]


async def test_a_grade_is_given_put_right_and_taken_back_with_what_stood_before(day: SchoolDay) -> None:
    teacher, leader = await day.as_(TEACHER), await day.as_(PRINCIPAL)

    await teacher.get(path(day))
    given = await teacher.post(path(day), assessed="grade:4", subject="Norsk", period="1. termin")
    first = id_of(given.text)
    form = await leader.get(f"{path(day)}?corrects={first}")
    corrected = await leader.post(path(day), assessed="grade:5", subject="Norsk", period="1. termin", corrects=first)
    late = await teacher.post(path(day), assessed="grade:3", subject="Norsk", corrects=first)
    second = late.text.partition('name="corrects" value="')[2][:26]
    gone = await teacher.post(f"{path(day)}/{second}/take-back")

    assert "Karakter: 4 · Norsk · 1. termin" in shown(given)
    assert 'value="Norsk"' in form.text
    assert "Karakter: 5 · Norsk · 1. termin" in shown(corrected)
    assert "Før: Karakter: 4" in shown(corrected)
    assert "Skrevet av Ingrid Solberg i dag" in shown(corrected)
    assert late.status == 422
    assert "rettet eller tatt tilbake mens du skrev" in shown(late)
    assert second == id_of(corrected.text)
    assert "Tatt tilbake av Kari Lunde i dag" in shown(gone)
    assert "Karakter: 5" in shown(gone)
    assert len(await day.audited("assessment.give", TEACHER)) == 1


@pytest.mark.one_store
async def test_nothing_is_chosen_beforehand_and_what_is_refused_stays_typed_as_long_as_the_form_lets_it_be(
    day: SchoolDay,
) -> None:
    teacher = await day.as_(TEACHER)
    longest = "<b>fin</b>" + "\r\n" * 100 + "x" * (WORDS_LENGTH - 110)

    fresh = await teacher.get(path(day))
    refused = await teacher.post(path(day), assessed="grade:4", words="Fin fremgang")
    nonsense = await teacher.post(path(day), assessed="grade:17", subject="Norsk")
    kept = await teacher.post(path(day), assessed="written:", words=longest)

    assert '<option value="" selected>' in fresh.text
    assert '<option value="grade:4" selected>' in refused.text
    assert (refused.status, nonsense.status) == (422, 422)
    assert "Fin fremgang" in refused.text
    assert "må ha et fag" in shown(refused)
    assert kept.status == 200
    assert "&lt;b&gt;fin&lt;/b&gt;" in kept.text
    assert "<b>fin" not in kept.text


@pytest.mark.one_store
async def test_only_those_who_teach_a_pupil_or_lead_the_school_find_assessments(day: SchoolDay) -> None:
    """An office serves all pupils of its school, and has no part in what they are given."""
    child = f"/children/{day.village.child(KARI).id}"
    for who in (TEACHER, PRINCIPAL, MUSIC_TEACHER):
        assert path(day) in (await (await day.as_(who)).get(child)).text
    office = await day.as_(OFFICE)
    book = await office.get(child)
    for who in (OFFICE, OF_ANOTHER_CLASS, ADMINISTRATOR):
        browser = await day.as_(who)
        await browser.get("/threads")
        seen, written = await browser.get(path(day)), await browser.post(path(day), assessed="grade:4", subject="Norsk")
        assert (seen.status, written.status) == (404, 404), who

    assert book.status == 200
    assert path(day) not in book.text


@pytest.mark.browser
@pytest.mark.one_store
@pytest.mark.parametrize("width", [360, 1280])
async def test_axe_finds_nothing_on_assessments(browser: Browser, day: SchoolDay, width: int) -> None:
    context, page, complaints = await day.window(browser, TEACHER, width)
    await page.goto(path(day))
    await page.get_by_label("Hva det gjelder").select_option("grade:4")
    await page.get_by_label("Fag", exact=True).fill("Norsk")
    await page.get_by_role("button", name="Lagre").click()
    await expect(page.get_by_role("listitem").get_by_text("Karakter: 4")).to_be_visible()
    await page.get_by_role("link", name="Rett Norsk").click()
    await page.get_by_label("Hva det gjelder").select_option("grade:5")
    await page.get_by_label("Ord til vurderingen").fill("Du skriver klart og sammenhengende.")
    await page.get_by_role("button", name="Lagre").click()

    await expect(page.get_by_role("listitem").get_by_text("Du skriver klart og sammenhengende.")).to_be_visible()
    await check(page, complaints, f"assessments-{width}")
    await context.close()
