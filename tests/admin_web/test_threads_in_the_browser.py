"""*Threads* and *Child* in a real browser: answered by keyboard, taken back, live, without script, in every light and width."""

from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa
from playwright.async_api import Browser, expect

from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.post.channel import Report
from hub.post.deliveries import Delivery, Status
from hub.post.reports import keep_reports
from tests.admin_web.school_day import STOPPED, SchoolDay, run_school_day
from tests.admin_web.windows import check, painted, until
from tests.hub.post.spoken import TEST, answered, heard

pytestmark = pytest.mark.browser

SECONDS_PASS = "(window.stoppedAt += 20, document.body.innerText.includes('Går om 3 s'))"
"""By the page's own clock, until the words are there: a thread that is drawn anew meanwhile counts from the top again."""
QUESTION = "Kan Kari gå hjem med bestemor i dag? Hun henter klokka to."


@pytest.fixture
async def day(village_store_url: str, clock: StoppedClock) -> AsyncIterator[SchoolDay]:
    async with run_school_day(village_store_url, clock) as day:
        yield day


async def let_people_write(day: SchoolDay) -> None:
    """A family that waits, one whose message failed, a shared thread, something sensitive."""
    village = day.village
    kari, lunde = village.child("Kari Nordmann"), village.staff("Kari Lunde")

    def talk(work: Work) -> None:
        anne, ola = village.guardian("Anne Nordmann"), village.guardian("Ola Nordmann")
        heard(work, village, anne, "school", "Kari er syk", [kari], seat="contact teacher 7A")
        answered(work, village, anne, "school", "Notert: Kari er borte i dag. Feil? Svar ANGRE.", [kari])
        text = "Hei! Kari glemte gymtøyet."
        answered(work, village, ola, "school", text, [kari], by=lunde, ends=Status.UNDELIVERED, reason="30003")
        heard(work, village, anne, "school", QUESTION, [kari], seat="contact teacher 7A", waits="not_understood")
        silje, henrik = village.guardian("Silje Strøm"), village.child("Henrik Strøm")
        heard(work, village, silje, "school", "Henrik har feber", [henrik], sensitive=True, seat="contact teacher 7A")

    await day.site.desk.work(TEST, talk)


async def thread_of(day: SchoolDay, text: str = QUESTION) -> str:
    return f"/threads/{await day.write('Anne Nordmann', text, ['Kari Nordmann'])}"


async def sent(day: SchoolDay) -> list[Delivery]:
    def ask(look: Look) -> list[Delivery]:
        return list(look.session.scalars(sa.select(Delivery).order_by(Delivery.id)))

    return await day.site.desk.look(TEST, ask)


@pytest.mark.one_store
@pytest.mark.parametrize("width", [360, 1280])
async def test_axe_finds_nothing_on_threads_and_children(browser: Browser, day: SchoolDay, width: int) -> None:
    await let_people_write(day)
    context, page, complaints = await day.window(browser, "Kari Lunde", width)

    await page.goto("/threads")
    await check(page, complaints, f"threads-{width}")
    await page.get_by_role("link", name="Anne Nordmann Kari").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Anne Nordmann venter på svar")
    await check(page, complaints, f"thread-{width}")
    await page.goto(f"/children/{day.village.child('Kari Nordmann').id}")
    await check(page, complaints, f"child-{width}")
    await page.goto(f"/children/{day.village.child('Henrik Strøm').id}")
    await page.get_by_label("Skriv en melding").fill("Henrik har feber. Mia glemte boka.")
    await page.get_by_role("button", name="Send et varsel").click()
    await page.wait_for_url("**/message")

    await check(page, [line for line in complaints if "422" not in line], f"composer-warned-{width}")
    await context.close()


async def test_an_answer_is_typed_sent_and_taken_back_by_keyboard(browser: Browser, day: SchoolDay) -> None:
    path = await thread_of(day)
    context, page, complaints = await day.window(browser, "Kari Lunde")
    await page.add_init_script(STOPPED)
    await page.goto(path)
    await painted(page)

    await page.get_by_label("Svar Anne Nordmann").focus()
    await page.keyboard.type("Ja, det er greit.")
    await expect(page.get_by_text("143 tegn igjen")).to_be_visible()
    await page.keyboard.press("Control+Enter")

    bubble = page.get_by_role("article").filter(has_text="Ja, det er greit.")
    await expect(bubble.get_by_text("Går om 5 s")).to_be_visible()
    assert [d.status for d in await sent(day)] == [Status.WAITING]
    await bubble.get_by_role("button", name="Angre").focus()
    await page.keyboard.press("Enter")

    await expect(page.get_by_label("Svar Anne Nordmann")).to_have_value("Ja, det er greit.")
    await expect(page.get_by_text("Kari Lunde trakk tilbake en melding")).to_be_visible()
    assert [d.status for d in await sent(day)] == [Status.UNDONE]
    assert complaints == []
    await context.close()


async def test_the_hold_counts_down_before_the_eyes_of_its_writer(browser: Browser, day: SchoolDay) -> None:
    path = await thread_of(day)
    context, page, _ = await day.window(browser, "Kari Lunde")
    await page.add_init_script(STOPPED)
    await page.goto(path)
    await page.get_by_label("Svar Anne Nordmann").fill("Ja, det er greit.")

    await page.get_by_role("button", name="Send", exact=True).click()

    await expect(page.get_by_text("Går om 5 s")).to_be_visible()
    await until(page, SECONDS_PASS)
    await page.get_by_role("button", name="Send nå").click()
    await expect(page.get_by_role("button", name="Angre")).to_have_count(0)
    assert [d.due for d in await sent(day)] == [day.clock.now()]
    await context.close()


async def test_a_message_and_how_far_an_answer_came_arrive_without_reload_and_move_nothing_under_the_hand(
    browser: Browser, day: SchoolDay
) -> None:
    await let_people_write(day)
    path = await thread_of(day, "En ting til")
    context, page, complaints = await day.window(browser, "Kari Lunde")
    await page.goto(path)
    await painted(page)
    box = page.get_by_label("Svar Anne Nordmann")
    await box.focus()
    await page.keyboard.type("Ja, det")
    before = await box.bounding_box()

    await day.write("Anne Nordmann", "Hun henter klokka tre likevel", ["Kari Nordmann"])

    await expect(page.get_by_text("Hun henter klokka tre likevel")).to_be_visible()
    await page.keyboard.type(" er greit")
    after = await box.bounding_box()
    assert await box.input_value() == "Ja, det er greit"
    assert before is not None
    assert after is not None
    assert abs(before["y"] - after["y"]) < 2

    reply = page.get_by_role("article").filter(has_text="Notert: Kari er borte")
    await expect(reply.get_by_text("Kommet fram")).to_be_visible()
    (waiting,) = [d for d in await sent(day) if d.status == Status.DELIVERED]

    def read(work: Work) -> None:
        report = Report(
            key="read",
            channel=waiting.channel,
            provider_id="SMx",
            delivery_id=waiting.id,
            status=Status.READ,
            error=None,
        )
        keep_reports(work, [report])

    await day.site.desk.work(TEST, read)

    await expect(reply.get_by_text("Lest")).to_be_visible()
    assert complaints == []
    await context.close()


async def test_why_a_message_came_opens_under_it_and_stays_open_while_others_arrive(
    browser: Browser, day: SchoolDay
) -> None:
    await let_people_write(day)
    path = await thread_of(day, "En ting til")
    context, page, complaints = await day.window(browser, "Kari Lunde")
    await page.goto(path)
    reply = page.get_by_role("article").filter(has_text="Notert: Kari er borte")

    await reply.get_by_role("link", name="Hvorfor kom dette hit?").click()

    await expect(reply.get_by_role("listitem").first).to_be_visible()
    await day.write("Anne Nordmann", "Hun henter klokka tre likevel", ["Kari Nordmann"])
    await expect(page.get_by_text("Hun henter klokka tre likevel")).to_be_visible()
    await expect(reply.get_by_role("listitem").first).to_be_visible()
    assert complaints == []
    await context.close()


async def test_the_inbox_stays_true_while_it_is_looked_at_and_still_while_it_is_used(
    browser: Browser, day: SchoolDay
) -> None:
    await let_people_write(day)
    context, page, complaints = await day.window(browser, "Kari Lunde", 1280)
    await page.goto("/threads")

    await day.write("Hanne Olsen", "Kan noen ringe meg?", ["Mia Dahlby Olsen"])

    row = page.get_by_role("listitem").filter(has_text="Hanne Olsen")
    await expect(row.get_by_text("Kan noen ringe meg?")).to_be_visible()
    await page.get_by_role("link", name="Anne Nordmann Kari").focus()
    await day.write("Geir Dahlby", "Hei, Mia er sen", ["Mia Dahlby Olsen"])
    await expect(page.get_by_role("button", name="1 ny")).to_be_visible()
    await expect(page.get_by_text("Hei, Mia er sen")).to_be_hidden()
    await page.get_by_role("button", name="1 ny").click()

    await expect(page.get_by_text("Hei, Mia er sen")).to_be_visible()
    assert complaints == []
    await context.close()


async def test_a_thread_that_is_opened_is_marked_read_and_no_longer_bold(browser: Browser, day: SchoolDay) -> None:
    path = await thread_of(day)
    context, page, complaints = await day.window(browser, "Kari Lunde", 1280)

    await page.goto("/threads")
    await expect(page.get_by_role("link", name="Ulest: Anne Nordmann")).to_be_visible()
    async with page.expect_response("**/read"):
        await page.goto(path)
    await page.goto("/threads")

    await expect(page.get_by_role("link", name="Anne Nordmann Kari", exact=False)).to_be_visible()
    await expect(page.get_by_role("link", name="Ulest: Anne Nordmann")).to_have_count(0)
    assert complaints == []
    await context.close()


async def test_without_script_a_thread_is_read_answered_and_taken_back(browser: Browser, day: SchoolDay) -> None:
    path = await thread_of(day)
    context, page, _ = await day.window(browser, "Kari Lunde", script=False)
    await page.goto(path)
    await expect(page.get_by_text(QUESTION)).to_be_visible()
    await expect(page.get_by_text("Går til Anne Nordmann på SMS")).to_be_visible()

    await page.get_by_label("Svar Anne Nordmann").fill("Ja, det er greit.")
    await page.get_by_role("button", name="Send", exact=True).click()
    await page.get_by_role("button", name="Angre").click()

    await expect(page.get_by_label("Svar Anne Nordmann")).to_have_value("Ja, det er greit.")
    await expect(page.get_by_text("1 SMS")).to_be_visible()
    assert [d.status for d in await sent(day)] == [Status.UNDONE]
    await context.close()


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
async def test_nothing_scrolls_sideways_at_four_hundred_per_cent_in_any_language(
    browser: Browser, day: SchoolDay, language: str
) -> None:
    await let_people_write(day)
    path = await thread_of(day)
    context, page, _ = await day.window(browser, "Kari Lunde", 320)
    await page.goto("/threads")
    await page.locator(f"button[name=language][value={language}]").click()

    for place in ("/threads", path, f"/children/{day.village.child('Kari Nordmann').id}"):
        await page.goto(place)
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), place
        assert await page.evaluate("document.documentElement.lang") == language
    await context.close()


@pytest.mark.capability("N-11")
async def test_a_private_entry_has_a_lock_and_a_colour_of_its_own_beside_a_joint_one(
    browser: Browser, day: SchoolDay
) -> None:
    village = day.village
    nora, tiril = village.child("Nora Bakken"), village.child("Tiril Sand")
    marte, lars = village.guardian("Marte Bakken"), village.guardian("Lars Bakken")

    def talk(work: Work) -> None:
        heard(work, village, [marte, lars], "school", "Nora kommer med bussen", [nora])
        heard(work, village, marte, "school", "Bare til deg", [nora])

    await day.site.desk.work(TEST, talk)
    _, page, complaints = await day.window(browser, "Ingrid Solberg", 1280)

    await page.goto(f"/children/{nora.id}")
    joint = page.locator("article", has_text="Nora kommer med bussen").locator(".read-by")
    private = page.locator("article", has_text="Bare til deg").locator(".read-by")
    await expect(joint).to_have_text("Felles: Lars Bakken og Marte Bakken og skolen")
    await expect(private).to_have_text("Bare Marte Bakken og skolen")
    colours = [await each.evaluate("element => getComputedStyle(element).color") for each in (joint, private)]
    locks = [await each.locator("use[href$='#lock']").count() for each in (joint, private)]
    await page.goto(f"/children/{tiril.id}")
    await expect(page.get_by_role("complementary")).to_contain_text("Må ikke få vite noe om barnet")

    assert colours[0] != colours[1]
    assert locks == [0, 1]
    assert complaints == []
