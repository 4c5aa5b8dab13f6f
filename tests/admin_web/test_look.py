"""The look keeps its promises in a real browser: readable, small, by keyboard, without script, without sideways scrolling."""

import gzip

import pytest
from playwright.async_api import Browser, expect

from tests.admin_web.axe import list_findings
from tests.admin_web.gallery import DESK, KINDS, PHONE, STATIC, gallery, render
from tests.admin_web.windows import painted

ZOOMED = 320  # pixels: what 1280 leaves at a zoom of 400 %
LONGEST = "fi"


@pytest.mark.browser
@pytest.mark.parametrize("width", [PHONE, DESK])
async def test_axe_finds_nothing_and_the_policy_is_kept(browser: Browser, width: int) -> None:
    async with gallery(browser, width) as shown:
        for kind in KINDS:
            await shown.open(kind)

            assert await list_findings(shown.page) == [], kind
            assert shown.complaints == [], kind


@pytest.mark.browser
async def test_nothing_scrolls_sideways_at_four_hundred_per_cent(browser: Browser) -> None:
    async with gallery(browser, ZOOMED) as shown:
        for kind in KINDS:
            page = await shown.open(kind, LONGEST)

            assert await page.evaluate("document.documentElement.scrollWidth") <= ZOOMED, kind


@pytest.mark.browser
async def test_what_one_touches_is_large_enough(browser: Browser) -> None:
    async with gallery(browser, PHONE) as shown:
        for kind in KINDS:
            page = await shown.open(kind)
            small = await page.evaluate(
                """() => [...document.querySelectorAll('button, a.button, a.chip, .pages a, summary, select, textarea, input')]
                    .filter((part) => part.checkVisibility() && !part.matches('[type=hidden], [type=checkbox]'))
                    .map((part) => [part.outerHTML.slice(0, 80), part.getBoundingClientRect().height])
                    .filter(([, height]) => height < 44)"""
            )
            assert small == [], kind


@pytest.mark.browser
async def test_a_page_reads_and_acts_without_script(browser: Browser) -> None:
    async with gallery(browser, PHONE, script=False) as shown:
        page = await shown.open("child")

        await expect(page.get_by_role("heading", level=1)).to_have_text("Nora er ikke kommet")
        await expect(page.get_by_role("button", name="Send", exact=True)).to_be_visible()
        await page.get_by_text("Hvorfor kom dette hit?").click()
        await expect(page.get_by_text("Forstått som fravær")).to_be_visible()
        await expect(page.get_by_role("link", name="Finn")).to_have_attribute("href", "/find")


@pytest.mark.browser
async def test_a_slash_opens_the_command_bar_and_escape_returns_to_where_one_was(browser: Browser) -> None:
    async with gallery(browser) as shown:
        page = await shown.open("morning")
        await painted(page)
        await page.get_by_role("link", name="Nora Hansen").focus()

        await page.keyboard.press("/")
        await expect(page.get_by_role("searchbox")).to_be_focused()

        await page.keyboard.press("Escape")
        await expect(page.get_by_role("link", name="Nora Hansen")).to_be_focused()

        await page.keyboard.press("Control+k")
        await expect(page.get_by_role("searchbox")).to_be_focused()


@pytest.mark.browser
async def test_a_slash_in_a_text_is_a_slash(browser: Browser) -> None:
    async with gallery(browser) as shown:
        page = await shown.open("child")
        text = page.get_by_role("textbox", name="Skriv en melding")
        await text.fill("")

        await text.press_sequentially("7A/7B")

        await expect(text).to_have_value("7A/7B")


@pytest.mark.browser
async def test_arrows_move_between_the_rows_of_a_list(browser: Browser) -> None:
    async with gallery(browser) as shown:
        page = await shown.open("threads")
        await painted(page)
        await page.get_by_role("link", name="Anne Hansen Nora").focus()

        await page.keyboard.press("ArrowDown")
        await expect(page.get_by_role("link", name="Sami Virtanen")).to_be_focused()

        await page.keyboard.press("End")
        await expect(page.get_by_role("link", name="Berit Lund")).to_be_focused()

        await page.keyboard.press("k")
        await expect(page.get_by_role("link", name="Ola Nordmann")).to_be_focused()


@pytest.mark.browser
async def test_the_composer_says_what_a_text_costs_and_which_letter_made_it_dear(browser: Browser) -> None:
    async with gallery(browser) as shown:
        page = await shown.open("child")
        text, parts = page.get_by_role("textbox", name="Skriv en melding"), page.locator("output.parts")

        await text.fill("Hei!")
        await expect(parts).to_have_text("1 SMS156 tegn igjen")

        await text.fill("č" * 71)
        await expect(parts).to_contain_text("2 SMS")
        await expect(parts).to_contain_text("«č» gjør hver SMS kortere")

        await text.fill("a" * 1000)
        await expect(parts).to_contain_text("For langt til å sendes som SMS")


STREAM = {"content_type": "text/event-stream", "body": "event: changed\ndata: \n\n"}
NEW_ROWS = {
    "content_type": "text/html",
    "body": '<li class="thread-row" id="t-new"><a class="who" href="/t" data-stop><b>Ny Hansen</b></a></li>'
    '<li class="thread-row" id="t-3"><a class="who" href="/t" data-stop><b>Ola Nordmann</b></a></li>',
}


@pytest.mark.browser
async def test_rows_arrive_at_once_in_a_list_nobody_touches(browser: Browser) -> None:
    async with gallery(browser) as shown:
        shown.answers |= {"/live": STREAM, "/rows": NEW_ROWS}

        page = await shown.open("threads", live="/live")

        await expect(page.locator("#rows").get_by_role("link", name="Ny Hansen")).to_be_visible()
        await expect(page.locator("#rows").get_by_role("link", name="Anne Hansen")).to_have_count(0)
        await expect(page.locator("button.fresh")).to_be_hidden()
        assert shown.complaints == []


@pytest.mark.browser
async def test_rows_wait_under_a_button_while_the_list_is_in_use(browser: Browser) -> None:
    async with gallery(browser) as shown:
        shown.answers |= {"/rows": NEW_ROWS}
        page = await shown.open("threads")
        await page.get_by_role("link", name="Ola Nordmann").focus()

        await page.evaluate("htmx.trigger(document.body, 'changed')")
        await expect(page.get_by_role("button", name="2 nye")).to_be_visible()
        await expect(page.get_by_role("link", name="Ola Nordmann")).to_be_focused()
        await page.get_by_role("button", name="2 nye").click()

        await expect(page.get_by_role("link", name="Ny Hansen")).to_be_focused()
        await expect(page.locator("button.fresh")).to_be_hidden()


@pytest.mark.browser
async def test_one_tap_marks_a_child_here_without_leaving_the_page(browser: Browser) -> None:
    marked = (
        '<li class="child-row" id="c-1" data-state="here"><a class="name" href="/child">Nora Hansen</a> Her 08:21</li>'
    )
    async with gallery(browser, PHONE) as shown:
        shown.answers["/morning/c-1/here"] = {"content_type": "text/html", "body": marked}
        page = await shown.open("morning")

        await page.get_by_role("button", name="Her Nora Hansen").click()

        await expect(page.locator("#c-1")).to_contain_text("Her 08:21")
        await expect(page.get_by_role("button", name="Her Nora Hansen")).to_be_hidden()
        await expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert shown.complaints == []


@pytest.mark.browser
async def test_a_page_left_alone_hides_its_people_and_keeps_what_was_typed(browser: Browser) -> None:
    async with gallery(browser) as shown:
        shown.answers["/sign-in/again"] = {"status": 204, "headers": {"HX-Trigger": "reopened"}}
        await shown.page.clock.install()
        page = await shown.open("child")
        await page.get_by_role("textbox", name="Skriv en melding").fill("Hei, kommer Nora?")

        await page.clock.fast_forward("14:00")
        await expect(page.get_by_role("heading", level=1)).to_be_visible()

        await page.clock.fast_forward("02:00")
        await expect(page.get_by_role("dialog", name="Siden er skjult")).to_be_visible()
        await expect(page.get_by_role("heading", name="Nora er ikke kommet")).to_be_hidden()

        await page.get_by_label("Passord").fill("et langt passord")
        await page.get_by_role("button", name="Vis siden igjen").click()
        await expect(page.get_by_role("textbox", name="Skriv en melding")).to_have_value("Hei, kommer Nora?")


@pytest.mark.browser
async def test_a_page_whose_session_is_over_hides_its_people_at_once(browser: Browser) -> None:
    async with gallery(browser) as shown:
        shown.answers["/live"] = {"content_type": "text/event-stream", "body": "event: over\ndata: \n\n"}

        page = await shown.open("child", live="/live")

        await expect(page.get_by_role("dialog", name="Siden er skjult")).to_be_visible()
        await expect(page.get_by_role("heading", name="Nora er ikke kommet")).to_be_hidden()


@pytest.mark.browser
async def test_what_is_held_counts_down_and_then_can_no_longer_be_undone(browser: Browser) -> None:
    async with gallery(browser) as shown:
        await shown.page.clock.install(time=0)
        await shown.page.clock.pause_at(1000)
        page = await shown.open("child")

        await page.clock.run_for(1500)
        await expect(page.get_by_text("Går om 4 s")).to_be_visible()

        await page.clock.run_for(4000)
        await expect(page.get_by_role("button", name="Angre")).to_be_hidden()


@pytest.mark.browser
async def test_the_letters_of_northern_sami_come_from_our_own_fonts(browser: Browser) -> None:
    async with gallery(browser) as shown:
        page = await shown.open("morning")

        loaded = await page.evaluate(
            """() => document.fonts.ready.then((fonts) =>
                [...fonts].filter((font) => font.status === 'loaded').map((font) => font.family))"""
        )

        assert "Atkinson Hyperlegible Next" in " ".join(loaded)
        assert "Sámi Letters" in " ".join(loaded)


@pytest.mark.browser
async def test_the_reader_may_choose_dark_on_a_light_device(browser: Browser) -> None:
    async with gallery(browser) as shown:
        page = await shown.open("sign_in", theme="dark")

        assert await page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 24, 29)"


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_with_everything_weighs_less_than_a_hundred_kilobytes(kind: str) -> None:
    sent_as_is = [
        "fonts/atkinson-latin.woff2",
        "fonts/atkinson-latin-ext.woff2",
        "fonts/noto-sami-400.woff2",
        "fonts/noto-sami-600.woff2",
    ]
    packed = ["budbok.css", "budbok.js", "parts.js", "vendor/htmx.js", "icons.svg", "budbok.svg"]

    weight = sum((STATIC / name).stat().st_size for name in sent_as_is)
    weight += sum(len(gzip.compress((STATIC / name).read_bytes())) for name in packed)
    weight += len(gzip.compress(render(kind).encode()))

    assert weight < 100_000


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", ["nb", "nn", "sv", "fi", "en"])
def test_no_page_carries_script_or_style_of_its_own(kind: str, language: str) -> None:
    html = render(kind, language)

    assert " style=" not in html
    assert "<style" not in html
    assert " onclick=" not in html
    assert html.count("<script") == html.count('<script nonce="') == html.count("></script>")
