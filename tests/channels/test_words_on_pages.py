"""Markup that comes by a channel, from somebody we know or do not know, runs on no page."""

from collections.abc import AsyncIterator

import pytest

from hub.address import MAIL, SMS, Address
from hub.clock import StoppedClock
from tests.admin_web.school_day import SchoolDay, run_school_day
from tests.channels.contract_pages import RAW, Writer, find_address, list_pages, write_markup

CHANNELS = [("twilio", SMS, "+4740000999"), ("mail", MAIL, "nobody@elsewhere.example")]
SEAT, GUARDIAN, CHILD, READER = "contact teacher 4B", "Lene Berg", "Jakob Berg", "Ingrid Solberg"


@pytest.fixture
async def day(village_store_url: str, clock: StoppedClock) -> AsyncIterator[SchoolDay]:
    async with run_school_day(village_store_url, clock) as running:
        yield running


@pytest.mark.parametrize("is_known", [True, False])
@pytest.mark.parametrize(("channel", "kind", "stranger"), CHANNELS)
async def test_what_was_written_is_text_on_every_page(
    day: SchoolDay, channel: str, kind: str, stranger: str, *, is_known: bool
) -> None:
    address = await find_address(day, GUARDIAN, kind) if is_known else Address(kind, stranger)
    await write_markup(day, Writer(channel, address, SEAT))
    browser = await day.as_(READER)

    seen = {page: await browser.get(page) for page in await list_pages(day, CHILD)}

    shown = [page for page, answer in seen.items() if "alert(" in answer.text and "budbok" in answer.text]
    assert {answer.status for answer in seen.values()} <= {200, 404}
    assert shown
    assert not any(raw in answer.text for answer in seen.values() for raw in RAW)
