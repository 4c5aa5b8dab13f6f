"""A mother signs in with a code from her phone, writes in the app that her child is ill, and is answered where she wrote."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from hub.address import APP
from hub.asker import Asker, Trust
from hub.clock import StoppedClock
from hub.desk import Look
from hub.post.deliveries import Delivery, Status
from hub.safety.access import get_reach
from hub.school.day_board import Presence, list_board
from tests.admin_web.family_pages import FamilyPages, bubbles_of, family_pages
from tests.living_hub import ANSWER_SECONDS, OPERATOR


@pytest.fixture
async def pages(tmp_path: Path, village_store_url: str, clock: StoppedClock) -> AsyncIterator[FamilyPages]:
    async with family_pages(tmp_path, village_store_url, clock) as pages:
        yield pages


async def presence(pages: FamilyPages, child: str) -> Presence:
    village = pages.living.village
    asker = Asker("staff", village.staff("Kari Lunde").id, Trust.STRONG, "page morning")
    school = village.unit("school")

    def look_at_board(look: Look) -> dict[str, Presence]:
        board = list_board(look, get_reach(look), school, school.today(look.now))
        return {each.child.id: each.presence for each in board}

    return (await pages.living.hub.desk.look(asker, look_at_board))[pages.child(child)]


async def test_a_child_is_ill_in_the_app_and_the_answer_stands_in_the_book(pages: FamilyPages) -> None:
    browser = await pages.signed_in("Anne Nordmann")
    home = await browser.get("/family")

    page = await pages.write(browser, "Kari Nordmann", "Kari er syk i dag")

    assert "Kari" in home.text
    said, answer, echo = bubbles_of(page)[-3:]
    assert said == ("guardian own", "Kari er syk i dag")
    assert answer[0] == "bot"
    assert answer[1].startswith("Notert: Kari er syk i dag, mandag 3. mars")
    assert "Besvart" in page.text
    assert await presence(pages, "Kari Nordmann") is Presence.AWAY
    assert echo[1] == (await pages.living.phone("Anne Nordmann").next_text(ANSWER_SECONDS)).body
    assert not pages.living.phone("Anne Nordmann").history[2:]


async def test_staff_see_that_an_answer_in_the_app_is_read_once_its_book_was_opened(pages: FamilyPages) -> None:
    browser = await pages.signed_in("Anne Nordmann")
    book = f"/family/children/{pages.child('Kari Nordmann')}"
    await browser.get(book)
    await pages.send(browser, "Kari Nordmann", "Kari er syk i dag", follow=False)
    await pages.living.settled()

    await browser.get("/family")
    arrived = await in_the_app(pages)
    await browser.get(book)
    opened = await in_the_app(pages)

    assert set(arrived) == {Status.DELIVERED}
    assert set(opened) == {Status.READ}
    assert len(arrived) == len(opened) > 0


async def in_the_app(pages: FamilyPages) -> list[str]:
    def ask(look: Look) -> list[str]:
        return list(look.session.scalars(sa.select(Delivery.status).where(Delivery.kind == APP)))

    return await pages.living.hub.desk.look(OPERATOR, ask)


async def test_a_question_has_buttons_and_a_touch_answers_it(pages: FamilyPages) -> None:
    browser = await pages.signed_in("Lene Berg")

    page = await pages.write(browser, "Jakob Berg", "syk i dag", role="contact teacher 4B")
    words = re.findall(r'<button name="text" value="(\d)">([^<]+)</button>', page.text)
    answered = await pages.send(browser, "Jakob Berg", words[0][0], role="contact teacher 4B")
    await pages.living.settled()
    answered = await browser.get(answered.path)

    assert [word for _, word in words] == ["Jakob", "Johanne", "begge"]
    assert bubbles_of(answered)[-2][1].startswith("Notert: Jakob er syk i dag")
    assert '<p class="translated">Jakob</p>' in answered.text
    assert '<button name="text"' not in answered.text


async def test_what_is_sent_twice_arrives_once(pages: FamilyPages) -> None:
    browser = await pages.signed_in("Anne Nordmann")
    await browser.get(f"/family/children/{pages.child('Kari Nordmann')}")
    form = browser.seen

    for _ in range(2):
        browser.seen = form
        await pages.send(browser, "Kari Nordmann", "Kari er syk i dag")
    await pages.living.settled()
    page = await browser.get(f"/family/children/{pages.child('Kari Nordmann')}")

    assert [text for kind, text in bubbles_of(page) if kind == "guardian own"] == ["Kari er syk i dag"]


async def test_sms_and_app_stand_in_one_book(pages: FamilyPages) -> None:
    await pages.living.text("Anne Nordmann", "contact teacher 7A", "Kari kommer kl 10 i dag")
    browser = await pages.signed_in("Anne Nordmann")

    page = await browser.get(f"/family/children/{pages.child('Kari Nordmann')}")

    assert ("guardian own", "Kari kommer kl 10 i dag") in bubbles_of(page)


async def test_the_other_home_reads_none_of_it(pages: FamilyPages) -> None:
    mother, father = await pages.signed_in("Camilla Hansen"), await pages.signed_in("Thomas Vestby")

    await pages.write(mother, "Sara Hansen", "Vi har flyttet til Fiolveien", role="contact teacher 1A")
    page = await father.get(f"/family/children/{pages.child('Sara Hansen')}")

    assert page.status == 200
    assert "Fiolveien" not in page.text
    assert "Camilla" not in page.text


async def test_a_new_number_told_in_the_app_waits_for_a_person(pages: FamilyPages) -> None:
    browser = await pages.signed_in("Anne Nordmann")

    page = await pages.write(browser, "Kari Nordmann", "Jeg har fått nytt nummer: 400 00 777")

    assert "leser meldingen" in bubbles_of(page)[-1][1]
    assert "En ansatt leser det" in page.text
    assert not pages.living.provider.phone("+4740000777").history
