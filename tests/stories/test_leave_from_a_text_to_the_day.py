"""A family applies for days off by text: the other guardian agrees, the school decides on its page, both are told, the days
are marked, and one text takes it all back."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from aiohttp import ClientSession, CookieJar
from yarl import URL

from admin_web import cookies
from hub.clock import StoppedClock
from hub.desk import Look
from hub.school.absences import Reason, list_since
from hub.school.leave import list_of_child
from hub.school.leave_rules import Both, Terms, set_terms
from hub.sign_in.sessions import open_session
from tests.admin_web.staff_site import Browsing
from tests.living_hub import OPERATOR, LivingHub, living_hub

SEAT = "contact teacher 7A"
SOON = 30
"""Seconds, on a busy machine."""
LINKED = Terms(Both.LIVING_WITH, 1, 14, practice="https://www.fjordvik.example/permisjon")
FIRST = date(2025, 3, 24)


@pytest.fixture
async def living(tmp_path: Path, village_store_url: str, clock: StoppedClock) -> AsyncIterator[LivingHub]:
    async with living_hub(tmp_path, village_store_url, clock) as hub:
        yield hub


@pytest.fixture
async def leader(living: LivingHub) -> AsyncIterator[Browsing]:
    """The principal's browser."""
    url = living.hub.settings.staff.url
    token = await living.hub.desk.work(OPERATOR, open_session, living.village.staff("Ingrid Solberg"), None, fresh=True)
    async with ClientSession(url, cookie_jar=CookieJar(unsafe=True)) as session:
        session.cookie_jar.update_cookies({cookies.SESSION: token}, URL(url))
        yield Browsing(session, url)


async def away(living: LivingHub, child: str) -> dict[date, str]:
    def ask(look: Look) -> dict[date, str]:
        return {one.day: one.reason for one in list_since(look, living.village.child(child).id, FIRST)}

    return await living.hub.desk.look(OPERATOR, ask)


async def find_application(living: LivingHub, child: str) -> str:
    def ask(look: Look) -> str:
        return list_of_child(look, living.village.child(child).id)[-1].id

    return await living.hub.desk.look(OPERATOR, ask)


async def apply(living: LivingHub, *, linked: bool = False) -> str:
    """Anne applies for Kari; the question that Ola gets."""
    await living.text("Anne Nordmann", SEAT, "Kan Kari få fri 24.-26. mars? Vi skal til besteforeldrene")
    await living.text("Anne Nordmann", SEAT, "2")
    taken = await living.text("Anne Nordmann", SEAT, "ja")
    assert taken.startswith("Takk, vi har fått søknaden om fri for Kari fra man. 24. mars til og med ons. 26. mars")
    assert LINKED.practice in taken or not linked
    return (await living.phone("Ola Nordmann").next_text(SOON)).body


@pytest.mark.capability("H-49")
async def test_leave_goes_from_a_text_over_a_decision_into_the_day_and_is_taken_back_by_a_text(
    living: LivingHub, leader: Browsing, clock: StoppedClock
) -> None:
    await living.hub.desk.work(OPERATOR, set_terms, living.village.unit("school"), LINKED)
    asked = await apply(living, linked=True)
    agreed = await living.text("Ola Nordmann", SEAT, "ja")
    queue = await leader.get("/leave")
    application = await find_application(living, "Kari Nordmann")
    shown = await leader.get(f"/leave/{application}")
    decided = await leader.post(f"/leave/{application}/decide", outcome="granted", reason="God tur!")
    told = [(await living.phone(name).next_text(SOON)).body for name in ("Anne Nordmann", "Ola Nordmann")]
    marked = await away(living, "Kari Nordmann")
    clock.move(timedelta(hours=2))

    question = await living.text("Anne Nordmann", SEAT, "Vi trekker permisjonssøknaden for Kari")
    taken_back = await living.text("Anne Nordmann", SEAT, "ja")
    other_told = (await living.phone("Ola Nordmann").next_text(SOON)).body

    assert asked.startswith("Den andre foresatte søker fri for Kari")
    assert agreed.startswith("Takk, vi har notert at du er enig")
    assert "1 søknad om fri venter" in queue.text
    assert "Ola Nordmann: Enig" in shown.text
    assert "Innvilget i dag" in decided.text
    assert all(text.startswith("Søknaden er innvilget: Kari har fri") for text in told)
    assert marked == {FIRST + timedelta(days=n): Reason.LEAVE for n in range(3)}
    assert question.startswith("Skal vi trekke søknaden om fri for Kari")
    assert "er trukket" in taken_back
    assert "er trukket" in other_told
    assert await away(living, "Kari Nordmann") == {}


async def test_what_staff_withdraw_both_guardians_are_told(living: LivingHub, leader: Browsing) -> None:
    await apply(living)
    application = await find_application(living, "Kari Nordmann")
    await leader.get(f"/leave/{application}")

    await leader.post(f"/leave/{application}/withdraw")

    told = [(await living.phone(name).next_text(SOON)).body for name in ("Anne Nordmann", "Ola Nordmann")]
    assert all("er trukket" in text for text in told)


async def test_no_text_tells_the_reason_of_a_no(living: LivingHub, leader: Browsing) -> None:
    await apply(living)
    application = await find_application(living, "Kari Nordmann")
    await leader.get(f"/leave/{application}")

    await leader.post(f"/leave/{application}/decide", outcome="refused", reason="Kari har hatt mye fravær i vår.")

    told = (await living.phone("Anne Nordmann").next_text(SOON)).body
    assert "dessverre avslått" in told
    assert "fravær" not in told
