"""A guardian applies for days off by the form on the family pages: the other guardian is asked by text, the school decides on
its page, the guardian sees each step where they applied, and takes it back there. The facts are those that a text ends in."""

import re
from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from aiohttp import ClientSession, CookieJar
from yarl import URL

from admin_web import cookies
from hub.clock import StoppedClock
from hub.desk import Look
from hub.school.absences import Reason, list_since
from hub.school.leave import LeaveApplication, list_of_child
from hub.school.leave_voices import LeaveVoice
from hub.sign_in.sessions import open_session
from tests.admin_web.family_pages import FamilyPages, bubbles_of, family_pages
from tests.admin_web.staff_site import Browsing, Seen
from tests.living_hub import ANSWER_SECONDS, OPERATOR

ANNE, OLA, KARI = "Anne Nordmann", "Ola Nordmann", "Kari Nordmann"
SEAT = "contact teacher 7A"
FIRST = date(2025, 3, 24)
DAYS = {"first": "2025-03-24", "last": "2025-03-26"}
WISH: dict[str, Any] = DAYS | {"reason": "travel", "words": "Vi skal til besteforeldrene"}


@pytest.fixture
async def pages(tmp_path: Path, village_store_url: str, clock: StoppedClock) -> AsyncIterator[FamilyPages]:
    async with family_pages(tmp_path, village_store_url, clock) as pages:
        yield pages


@pytest.fixture
async def leader(pages: FamilyPages) -> AsyncIterator[Browsing]:
    """The principal's browser."""
    living = pages.living
    url = living.hub.settings.staff.url
    token = await living.hub.desk.work(OPERATOR, open_session, living.village.staff("Ingrid Solberg"), None, fresh=True)
    async with ClientSession(url, cookie_jar=CookieJar(unsafe=True)) as session:
        session.cookie_jar.update_cookies({cookies.SESSION: token}, URL(url))
        yield Browsing(session, url)


async def applications(pages: FamilyPages) -> list[LeaveApplication]:
    def ask(look: Look) -> list[LeaveApplication]:
        return list_of_child(look, pages.child(KARI))

    return await pages.living.hub.desk.look(OPERATOR, ask)


async def voices(pages: FamilyPages) -> list[tuple[str, bool, bool | None]]:
    """Whose word it takes, whether they were asked, and what they said."""

    def ask(look: Look) -> list[tuple[str, bool, bool | None]]:
        asked = look.session.scalars(sa.select(LeaveVoice).order_by(LeaveVoice.id))
        return [(voice.guardian_id, voice.asked_at is not None, voice.agrees) for voice in asked]

    return await pages.living.hub.desk.look(OPERATOR, ask)


async def away(pages: FamilyPages) -> dict[date, str]:
    def ask(look: Look) -> dict[date, str]:
        return {one.day: one.reason for one in list_since(look, pages.child(KARI), FIRST)}

    return await pages.living.hub.desk.look(OPERATOR, ask)


async def apply(pages: FamilyPages, browser: Browsing) -> Seen:
    """Fill in the form, look it through, and send it; the page that follows."""
    path = f"/family/children/{pages.child(KARI)}/leave"
    await browser.get(path)
    shown = await browser.post(path, **WISH)
    assert "Du søker om fri for Kari fra man. 24. mars til og med ons. 26. mars" in shown.text
    assert await applications(pages) == []
    sent = await browser.post(f"{path}/send", **hidden(shown))
    assert sent.status == 200
    assert "Én søknad om fri for Kari venter på svar" in sent.text, sent.text
    return sent


def hidden(page: Seen) -> dict[str, Any]:
    """What the form that sends holds besides its token."""
    form = page.text.partition('/leave/send"')[2].partition("</form>")[0]
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form)
    return {name: value for name, value in found if name != "token"}


async def test_leave_goes_from_a_form_over_a_decision_into_the_day_and_is_taken_back_by_a_button(
    pages: FamilyPages, leader: Browsing, clock: StoppedClock
) -> None:
    browser = await pages.signed_in(ANNE)
    path = f"/family/children/{pages.child(KARI)}/leave"
    sent = await apply(pages, browser)
    question = (await pages.living.phone(OLA).next_text(ANSWER_SECONDS)).body
    (application,) = await applications(pages)
    book = await browser.get(f"/family/children/{pages.child(KARI)}")
    agreed = await pages.living.text(OLA, SEAT, "ja")
    heard = await voices(pages)
    shown = await leader.get(f"/leave/{application.id}")
    await leader.post(f"/leave/{application.id}/decide", outcome="granted", reason="God tur!")
    told = [(await pages.living.phone(name).next_text(ANSWER_SECONDS)).body for name in (ANNE, OLA)]
    marked = await away(pages)
    clock.move(timedelta(minutes=20))
    decided = await browser.get(path)
    taken_back = await browser.post(f"{path}/{application.id}/withdraw")
    other_told = (await pages.living.phone(OLA).next_text(ANSWER_SECONDS)).body

    assert sent.path == path
    assert "Én søknad om fri for Kari venter på svar" in sent.text
    assert "Vi har spurt den andre foresatte, som kan svare til" in sent.text
    assert question.startswith("Den andre foresatte søker fri for Kari")
    assert (application.reason, application.words, application.trust) == ("travel", WISH["words"], 2)
    assert application.days_off == tuple(FIRST + timedelta(days=n) for n in range(3))
    said = bubbles_of(book)
    assert ("guardian own", "Søknad om fri for Kari fra man. 24. mars til og med ons. 26. mars.") in said
    assert any(kind == "bot" and text.startswith("Takk, vi har fått søknaden om fri for Kari") for kind, text in said)
    assert WISH["words"] not in book.text
    assert agreed.startswith("Takk, vi har notert at du er enig")
    assert heard == [(pages.living.village.guardian(OLA).id, True, True)]
    assert WISH["words"] in shown.text
    assert all(text.startswith("Søknaden er innvilget: Kari har fri") for text in told)
    assert marked == {FIRST + timedelta(days=n): Reason.LEAVE for n in range(3)}
    assert "Innvilget" in decided.text
    assert "/family/letters/" in decided.text
    assert "Trukket" in taken_back.text
    assert other_told.startswith("Søknaden om fri for Kari")
    assert await away(pages) == {}


async def test_a_no_is_seen_with_the_way_to_its_letter_and_its_reason_is_not(
    pages: FamilyPages, leader: Browsing
) -> None:
    browser = await pages.signed_in(ANNE)
    await apply(pages, browser)
    (application,) = await applications(pages)
    await leader.get(f"/leave/{application.id}")

    await leader.post(f"/leave/{application.id}/decide", outcome="refused", reason="Kari har hatt mye fravær i vår.")
    page = await browser.get(f"/family/children/{pages.child(KARI)}/leave")

    assert "Ikke innvilget" in page.text
    assert "/family/letters/" in page.text
    assert "fravær" not in page.text
    assert "/withdraw" not in page.text


async def test_who_applies_for_the_same_by_the_form_has_answered_what_was_asked_by_text(pages: FamilyPages) -> None:
    mother, father = await pages.signed_in(ANNE), await pages.signed_in(OLA)
    await apply(pages, mother)
    await pages.living.phone(OLA).next_text(ANSWER_SECONDS)
    path = f"/family/children/{pages.child(KARI)}/leave"
    await father.get(path)

    joined = await father.post(f"{path}/send", **WISH)
    await pages.living.text(OLA, SEAT, "nei")

    assert joined.status == 200
    assert [agrees for _, _, agrees in await voices(pages)] == [True]


async def test_a_word_takes_back_what_the_form_applied_for(pages: FamilyPages) -> None:
    browser = await pages.signed_in(ANNE)
    await apply(pages, browser)

    await pages.write(browser, KARI, "angre")

    assert [one.state for one in await applications(pages)] == ["withdrawn"]
