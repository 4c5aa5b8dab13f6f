"""Signing in on the real site, as a browser does it: invitation, password, code, fading, fresh proof, signing out."""

from collections.abc import AsyncIterator, Mapping
from datetime import timedelta

import pytest

from hub.clock import StoppedClock
from hub.config import SettingsError
from hub.sign_in.sessions import FADES_AFTER, FRESH_FOR
from tests.admin_web.staff_site import Browsing, Site, accept_invitation, phone_of, run_site
from tests.hub.sign_in.school import PASSWORD

MINUTE = timedelta(minutes=1)
STAFF, DEVICE, FORM = "budbok-staff", "budbok-device", "budbok-form"


@pytest.fixture
async def site(store_url: str, clock: StoppedClock) -> AsyncIterator[Site]:
    async with run_site(store_url, clock) as site:
        yield site


async def come_back(site: Site, browser: Browsing, password: str = PASSWORD, login: str = "per.moen") -> None:
    await browser.get("/sign-in")
    await browser.post("/sign-in", login=login, password=password)


def is_signed_in(browser: Browsing) -> bool:
    assert browser.seen is not None
    return "Per Moen" in browser.seen.text


async def test_from_invitation_to_signed_in_and_out(site: Site) -> None:
    browser = site.browser()
    link = await site.link("per.moen")

    await accept_invitation(site, browser, link)
    assert browser.seen is not None
    assert (browser.seen.status, browser.seen.headers["Location"]) == (303, "/")
    await browser.get("/sign-in/again")
    assert is_signed_in(browser)
    await browser.post("/sign-out")

    assert browser.cookie(STAFF) is None
    assert (await browser.get("/staff")).path == "/sign-in?back=/staff"
    assert (await site.browser().get(link)).status == 409


async def test_a_new_device_needs_password_and_code(site: Site, clock: StoppedClock) -> None:
    phone = await accept_invitation(site, site.browser(), await site.link("per.moen"))
    clock.move(MINUTE)
    browser = site.browser()

    await come_back(site, browser)
    assert browser.seen is not None
    assert browser.seen.path == "/sign-in/code"
    assert browser.cookie(STAFF) is None
    await browser.post("/sign-in/code", code="000000")
    assert browser.seen.status == 422
    assert browser.cookie(STAFF) is None
    await browser.post("/sign-in/code", code=phone.at(clock.now()))

    await browser.get("/sign-in/again")
    assert is_signed_in(browser)


async def test_the_code_page_alone_opens_nothing(site: Site, clock: StoppedClock) -> None:
    phone = await accept_invitation(site, site.browser(), await site.link("per.moen"))
    clock.move(MINUTE)
    browser = site.browser()
    await browser.get("/sign-in")

    seen = await browser.post("/sign-in/code", code=phone.at(clock.now()))

    assert seen.status == 409
    assert browser.cookie(STAFF) is None


async def test_a_known_device_needs_the_password_alone(site: Site) -> None:
    browser = await site.signed_in("per.moen")
    await browser.get("/sign-in/again")
    await browser.post("/sign-out")

    await come_back(site, browser)

    await browser.get("/sign-in/again")
    assert is_signed_in(browser)


async def test_nobody_and_a_wrong_password_look_the_same(site: Site) -> None:
    browser = await site.signed_in("per.moen")
    await browser.get("/sign-in/again")
    await browser.post("/sign-out")

    await come_back(site, browser, "not this one at all")
    wrong = browser.seen
    await come_back(site, browser, "not this one at all", "nobody")
    nobody = browser.seen

    assert wrong is not None
    assert nobody is not None
    assert wrong.status == nobody.status == 422
    assert (
        wrong.text.replace("per.moen", "nobody").split("<main")[1].split("token")[0]
        == (nobody.text.split("<main")[1].split("token")[0])
    )
    assert 'value="per.moen"' in wrong.text
    assert "not this one" not in wrong.text
    assert browser.cookie(STAFF) is None


async def test_many_wrong_passwords_are_slowed_and_then_taken_again(site: Site, clock: StoppedClock) -> None:
    await site.signed_in("per.moen")
    stranger = site.browser()
    for _ in range(6):
        await come_back(site, stranger, "a guess that is wrong")
    assert stranger.seen is not None
    assert stranger.seen.status == 429

    clock.move(MINUTE)
    await come_back(site, stranger)

    assert stranger.seen.path == "/sign-in/code"


async def test_a_new_session_at_each_sign_in_and_the_old_one_dead_at_fresh_proof(
    site: Site, clock: StoppedClock
) -> None:
    browser = site.browser()
    phone = await accept_invitation(site, browser, await site.link("solveig.bakken"))
    old = browser.cookie(STAFF)
    clock.move(FRESH_FOR)
    seen = await browser.get("/staff")
    assert "/sign-in/fresh?back=/staff" in seen.text
    await browser.get("/sign-in/fresh?back=/staff")

    seen = await browser.post("/sign-in/fresh", code=phone.at(clock.now()), back="/staff")

    assert seen.path == "/staff"
    assert 'action="/staff/add"' in seen.text
    assert browser.cookie(STAFF) != old
    late = site.browser()
    late.session.cookie_jar.update_cookies({STAFF: old or ""})
    assert (await late.get("/staff")).path == "/sign-in?back=/staff"


async def test_signing_in_over_another_session_ends_that_one(site: Site) -> None:
    browser = await site.signed_in("per.moen")
    by_link = browser.cookie(STAFF)
    await browser.get("/staff")
    await browser.post("/sign-in", login="per.moen", password=PASSWORD)
    by_password = browser.cookie(STAFF)
    await accept_invitation(site, browser, await site.link("solveig.bakken"))

    assert len({by_link, by_password, browser.cookie(STAFF)}) == 3
    for old in (by_link, by_password):
        late = site.browser()
        late.session.cookie_jar.update_cookies({STAFF: old or ""})
        assert (await late.get("/sign-in/again")).path == "/sign-in"
    assert (await browser.get("/staff")).path == "/staff"


async def test_a_page_left_alone_fades_and_opens_again_with_the_password(site: Site, clock: StoppedClock) -> None:
    browser = await site.signed_in("solveig.bakken")
    assert (await browser.get("/staff")).path == "/staff"
    clock.move(FADES_AFTER)

    seen = await browser.get("/staff")
    assert seen.path == "/sign-in/again?back=/staff"
    assert "Per Moen" not in seen.text
    seen = await browser.post("/sign-in/again", back="/staff", password="something else entirely")
    assert seen.status == 422
    seen = await browser.post("/sign-in/again", back="/staff", password=PASSWORD)

    assert seen.path == "/staff"


async def test_a_page_in_use_does_not_fade(site: Site, clock: StoppedClock) -> None:
    browser = await site.signed_in("solveig.bakken")
    for _ in range(3):
        clock.move(FADES_AFTER - MINUTE)
        assert (await browser.get("/staff")).path == "/staff"


async def test_what_a_script_fetches_by_itself_keeps_nobody_awake(site: Site, clock: StoppedClock) -> None:
    browser = await site.signed_in("solveig.bakken")
    await browser.get("/staff")
    clock.move(FADES_AFTER - MINUTE)
    await browser.get("/staff", {"HX-Request": "true"})
    clock.move(MINUTE)

    seen = await browser.get("/staff", {"HX-Request": "true"}, follow=False)

    assert (seen.status, seen.headers["HX-Reswap"], seen.text) == (401, "none", "")


async def test_signing_out_everywhere_ends_the_other_browser_too(site: Site) -> None:
    here = await site.signed_in("per.moen")
    there = site.browser()
    there.session.cookie_jar.update_cookies({DEVICE: here.cookie(DEVICE) or ""})
    await come_back(site, there)
    await there.get("/sign-in/again")
    assert is_signed_in(there)

    await here.get("/sign-in/again")
    await here.post("/sign-out/everywhere")

    assert (await there.get("/staff")).path == "/sign-in?back=/staff"


async def test_a_session_that_ends_leaves_nothing_in_the_browser(site: Site) -> None:
    browser = await site.signed_in("per.moen")
    await browser.get("/sign-in/again")

    seen = await browser.post("/sign-out", follow=False)

    assert seen.headers["Clear-Site-Data"] == '"cache", "storage"'


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "https://elsewhere.test", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "null", "Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
async def test_an_act_from_another_site_does_nothing(site: Site, headers: Mapping[str, str]) -> None:
    browser = await site.signed_in("per.moen")
    await browser.get("/sign-in/again")

    assert (await browser.post("/sign-out", headers=headers)).status == 403

    await browser.get("/sign-in/again")
    assert is_signed_in(browser)


@pytest.mark.parametrize("token", ["", "0" * 64])
async def test_an_act_without_the_sessions_token_does_nothing(site: Site, token: str) -> None:
    browser = await site.signed_in("per.moen")

    assert (await browser.post("/sign-out", token=token)).status == 403

    await browser.get("/sign-in/again")
    assert is_signed_in(browser)


async def test_the_token_of_another_session_does_nothing(site: Site) -> None:
    other = await site.signed_in("solveig.bakken")
    stolen = (await other.get("/sign-in/again")).token
    browser = await site.signed_in("per.moen")

    assert (await browser.post("/sign-out", token=stolen)).status == 403


async def test_the_token_may_come_in_our_header(site: Site) -> None:
    browser = await site.signed_in("per.moen")
    token = (await browser.get("/sign-in/again")).token
    headers = {"Origin": site.url, "X-Budbok-Token": token}

    async with browser.session.post("/sign-out", headers=headers, allow_redirects=False) as answer:
        assert answer.status == 303


async def test_signing_in_needs_the_forms_own_token_too(site: Site) -> None:
    await site.signed_in("per.moen")
    browser = site.browser()

    seen = await browser.post("/sign-in", login="per.moen", password=PASSWORD)

    assert seen.status == 403


async def test_get_signs_nobody_out(site: Site) -> None:
    browser = await site.signed_in("per.moen")

    assert (await browser.get("/sign-out")).status == 405
    await browser.get("/sign-in/again")
    assert is_signed_in(browser)


@pytest.mark.parametrize("back", ["https://elsewhere.test/", "//elsewhere.test", "/\\elsewhere.test", "x"])
async def test_one_is_never_led_to_another_site(site: Site, back: str) -> None:
    browser = await site.signed_in("per.moen")
    await browser.get("/sign-in/again")

    seen = await browser.post("/sign-in/again", follow=False, back=back, password=PASSWORD)

    assert (seen.status, seen.headers["Location"]) == (303, "/")


async def test_an_invitation_that_is_opened_changes_nothing(site: Site) -> None:
    browser, link = site.browser(), await site.link("per.moen")
    for _ in range(3):
        assert (await browser.get(link)).status == 200

    await accept_invitation(site, browser, link)

    await browser.get("/sign-in/again")
    assert is_signed_in(browser)


async def test_an_invitation_refuses_a_short_password_and_keeps_the_page(site: Site) -> None:
    browser, link = site.browser(), await site.link("per.moen")
    await browser.get(link)

    seen = await browser.post(f"{link}/password", password="for kort")

    assert seen.status == 422
    assert "12" in seen.text
    assert "for kort" not in seen.text.split("<main")[1].split('value="')[0]


async def test_a_lost_phone_asks_for_the_old_password(site: Site, clock: StoppedClock) -> None:
    await site.signed_in("per.moen")
    clock.move(MINUTE)
    leader = await site.signed_in("solveig.bakken")
    await leader.get(f"/staff/{site.ids['Per']}")
    shown = await leader.post(f"/staff/{site.ids['Per']}/invite", purpose="lost_second_factor")
    link = "/welcome/" + shown.text.split("/welcome/")[1].split("<")[0]

    browser = site.browser()
    await browser.get(link)
    assert (await browser.post(f"{link}/password", password="a password of a thief")).status == 422
    page = await browser.post(f"{link}/password", password=PASSWORD)
    await browser.post(f"{link}/code", follow=False, code=phone_of(page).at(clock.now()))

    await browser.get("/sign-in/again")
    assert is_signed_in(browser)


async def test_the_language_is_switched_in_one_touch_and_kept(site: Site) -> None:
    browser = await site.signed_in("per.moen")
    await browser.get("/sign-in/again")

    seen = await browser.post("/you/language", language="fi", back="/sign-in/again")

    assert 'lang="fi"' in seen.text
    elsewhere = site.browser()
    elsewhere.session.cookie_jar.update_cookies({STAFF: browser.cookie(STAFF) or ""})
    assert 'html lang="fi"' in (await elsewhere.get("/sign-in/again")).text


async def test_a_guest_reads_in_the_browsers_language(site: Site) -> None:
    assert 'html lang="sv"' in (await site.browser().get("/sign-in", {"Accept-Language": "sv-FI,fi;q=0.8"})).text
    assert 'html lang="nb"' in (await site.browser().get("/sign-in", {"Accept-Language": "de"})).text


async def test_the_appearance_is_kept(site: Site) -> None:
    browser = site.browser()
    await browser.get("/sign-in")

    seen = await browser.post("/you/theme", theme="dark", back="/sign-in")

    assert 'data-theme="dark"' in seen.text


async def test_over_tls_cookies_are_held_to_this_host(store_url: str, clock: StoppedClock) -> None:
    async with run_site(store_url, clock, url="https://staff.budbok.test") as site:
        seen = await site.browser().get("/sign-in")

        cookie = seen.headers["Set-Cookie"]
        assert cookie.startswith("__Host-budbok-form=")
        for part in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
            assert part in cookie
        assert "max-age" in seen.headers["Strict-Transport-Security"]


async def test_without_tls_only_loopback_is_served(store_url: str, clock: StoppedClock) -> None:
    with pytest.raises(SettingsError, match=r"staff\.url"):
        async with run_site(store_url, clock, url="http://staff.budbok.test"):
            pass
