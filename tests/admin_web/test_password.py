"""One's own password is changed with the old one and a fresh code, and ends every other session. Source: security rule S2.4."""

from collections.abc import AsyncIterator

import pytest

from hub.clock import StoppedClock
from hub.people.staff import Staff
from hub.sign_in.sessions import FRESH_FOR
from tests.admin_web.staff_site import Browsing, Site, accept_invitation, run_site
from tests.hub.sign_in.school import PASSWORD, TEST

NEW = "sju svaner over fjorden"


@pytest.fixture
async def site(store_url: str, clock: StoppedClock) -> AsyncIterator[Site]:
    async with run_site(store_url, clock) as running:
        yield running


async def change(browser: Browsing, old: str = PASSWORD, new: str = NEW) -> int:
    await browser.get("/you/password")
    return (await browser.post("/you/password", old_password=old, password=new)).status


async def signs_in_with(site: Site, browser: Browsing, password: str) -> bool:
    await browser.get("/sign-in/again")
    await browser.post("/sign-out")
    await browser.get("/sign-in")
    seen = await browser.post("/sign-in", login="per.moen", password=password)
    return seen.status != 422


async def test_the_new_password_counts_and_the_old_one_does_not(site: Site) -> None:
    browser = await site.signed_in("per.moen")

    assert await change(browser) == 200
    assert browser.seen is not None
    assert "Passordet er byttet." in browser.seen.text
    assert (await browser.get("/threads")).status == 200

    assert not await signs_in_with(site, browser, PASSWORD)
    assert await signs_in_with(site, browser, NEW)


async def test_every_other_session_is_over(site: Site) -> None:
    browser = await site.signed_in("per.moen")
    before = browser.cookie("budbok-staff")
    other = site.browser()
    other.session.cookie_jar.update_cookies({"budbok-staff": before or ""})
    assert (await other.get("/threads")).path == "/threads"

    await change(browser)

    assert browser.cookie("budbok-staff") != before
    assert (await other.get("/threads")).path.startswith("/sign-in")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("not the password at all", NEW, "Det er ikke passordet du har nå."),
        (PASSWORD, "kort", "12"),
        (PASSWORD, "passord123456", "lett å gjette"),
        (PASSWORD, "per.moen per.moen", "lett å gjette"),
    ],
)
async def test_a_wrong_or_a_weak_one_changes_nothing(site: Site, old: str, new: str, said: str) -> None:
    browser = await site.signed_in("per.moen")

    assert await change(browser, old, new) == 422
    assert browser.seen is not None
    assert said in browser.seen.text
    assert old not in browser.seen.text
    assert new not in browser.seen.text
    assert await signs_in_with(site, browser, PASSWORD)


async def test_many_wrong_tries_are_slowed(site: Site) -> None:
    browser = await site.signed_in("per.moen")

    answers = [await change(browser, "a guess that is wrong") for _ in range(25)]

    assert answers[0] == 422
    assert answers[-1] == 429


async def test_it_asks_for_the_code_first(site: Site, clock: StoppedClock) -> None:
    browser = await site.signed_in("per.moen")
    await browser.get("/you/password")
    clock.move(FRESH_FOR)

    seen = await browser.post("/you/password", old_password=PASSWORD, password=NEW)

    assert seen.path.startswith("/sign-in/fresh")
    assert await signs_in_with(site, browser, PASSWORD)


async def test_whose_link_let_them_in_stays_known(site: Site) -> None:
    """A leader who took an account over gains nothing by changing its password."""
    leader = await site.signed_in("solveig.bakken")
    await leader.get(f"/staff/{site.ids['Per']}")
    shown = await leader.post(f"/staff/{site.ids['Per']}/invite", purpose="first")
    browser = site.browser()
    await accept_invitation(site, browser, "/welcome/" + shown.text.split("/welcome/")[1].split("<")[0])

    assert await change(browser) == 200

    per = await site.desk.look(TEST, lambda look: look.session.get_one(Staff, site.ids["Per"]))
    assert per.let_in_by == site.ids["Solveig"]
