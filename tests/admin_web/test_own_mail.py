"""Staff choose what they get as mail, and an administrator how much such a mail says."""

from collections.abc import AsyncIterator

import pytest

from hub.clock import StoppedClock
from hub.post.work_mail import Says, find_rule, find_wish
from tests.admin_web.school_day import SchoolDay, run_school_day
from tests.hub.post.outboxes import TEST
from tests.village import FJORDVIK

LUNDE, MYKLEBUST = "Kari Lunde", "Tora Myklebust"


@pytest.fixture
async def day(village_store_url: str, clock: StoppedClock) -> AsyncIterator[SchoolDay]:
    async with run_school_day(village_store_url, clock) as running:
        yield running


async def test_one_chooses_what_one_gets_as_mail_and_takes_it_back(day: SchoolDay) -> None:
    browser = await day.as_(LUNDE, FJORDVIK)
    kari = day.village.staff(LUNDE).id

    before = await browser.get("/you/mail")
    chosen = await browser.post("/you/mail", wish="waiting")
    mailbox = await day.site.desk.look(TEST, find_wish, kari)
    over = await browser.post("/you/mail", wish="nothing")

    assert "Du får ingenting på e-post" in before.text
    assert "kari.lunde@fjordvik.example" in before.text
    assert "Du får det som venter på deg, på e-post" in chosen.text
    assert mailbox is not None
    assert "Du får ingenting på e-post" in over.text
    assert await day.site.desk.look(TEST, find_wish, kari) is None


async def test_an_administrator_sets_how_much_a_mail_says(day: SchoolDay) -> None:
    browser = await day.as_(MYKLEBUST, FJORDVIK)
    await browser.get("/you/mail")

    shown = await browser.post("/you/mail/rule", says="2")

    assert "E-posten har familiens egne ord." in shown.text
    assert await day.site.desk.look(TEST, find_rule, day.village.owner().id) is Says.WORDS


async def test_nobody_else_does(day: SchoolDay) -> None:
    browser = await day.as_(LUNDE, FJORDVIK)
    page = await browser.get("/you/mail")

    refused = await browser.post("/you/mail/rule", says="2")

    assert "/you/mail/rule" not in page.text
    assert refused.status == 404
    assert await day.site.desk.look(TEST, find_rule, day.village.owner().id) is Says.NOTHING
