"""The page of a child over HTTP, in the village: its book, its readers, and whom one may write to."""

import re
from collections.abc import AsyncIterator

import pytest

from hub.clock import StoppedClock
from hub.desk import Work
from hub.post.deliveries import Delivery, Status
from hub.post.messages import BOOK_PAGE
from hub.school.attendance import mark_here
from tests.admin_web.staff_site import Seen, Site, run_site
from tests.admin_web.test_threads import DAHL, HEIKKINEN, LUNDE, NYGARD, all_of, say, shown, typed
from tests.hub.post.spoken import TEST, answered, as_staff, heard
from tests.village import Village, load_village

BREKKE = "tuva.brekke@fjordvik.example"
MOEN = "sindre.moen@fjordvik.example"


@pytest.fixture
async def site(village_store_url: str, clock: StoppedClock) -> AsyncIterator[Site]:
    async with run_site(village_store_url, clock) as running:
        yield running


@pytest.fixture
async def people(site: Site) -> Village:
    return await load_village(site.desk)


def choices(page: Seen) -> list[str]:
    return re.findall(r'type="radio" name="readers" value="([^"]*)"', page.text)


async def test_the_page_opens_with_where_the_child_is_and_shows_its_book(site: Site, people: Village) -> None:
    kari = people.child("Kari Nordmann")
    await say(site, people)
    browser = await site.signed_in(LUNDE)

    page = await browser.get(f"/children/{kari.id}")

    words = shown(page)
    assert "Kari er ikke hørt fra i dag" in words
    assert "Kan Kari gå hjem med bestemor?" in words
    assert "Bare Anne Nordmann og skolen" in words
    assert "Ola Nordmann , far" in words


async def test_a_child_that_is_here_is_said_to_be(site: Site, people: Village) -> None:
    kari, unit = people.child("Kari Nordmann"), people.unit("school")
    browser = await site.signed_in(LUNDE)

    lunde = people.staff("Kari Lunde")
    await site.desk.work(as_staff(lunde), mark_here, unit, [kari], lunde.id)

    assert "Kari er her, siden 07.12" in shown(await browser.get(f"/children/{kari.id}"))


async def test_what_did_not_arrive_says_why_in_plain_words(site: Site, people: Village) -> None:
    kari, ola = people.child("Kari Nordmann"), people.guardian("Ola Nordmann")

    def refused(work: Work) -> None:
        for reason in ("21610", "39999"):
            answered(work, people, ola, "school", "Hei", [kari], ends=Status.FAILED, reason=reason)

    await site.desk.work(TEST, refused)
    browser = await site.signed_in(LUNDE)

    words = shown(await browser.get(f"/children/{kari.id}"))

    assert "Kom ikke fram: mottakeren har sagt STOPP" in words
    assert "Kom ikke fram: nettet tok den ikke imot (kode 39999)" in words
    assert "21610" not in words


@pytest.mark.parametrize(
    ("login", "child"), [(DAHL, "Kari Nordmann"), (HEIKKINEN, "Kari Nordmann"), (MOEN, "Ada Lien"), (LUNDE, "Ada Lien")]
)
async def test_a_child_of_others_looks_like_one_that_is_not_there(
    site: Site, people: Village, login: str, child: str
) -> None:
    browser = await site.signed_in(login)

    forbidden = await browser.get(f"/children/{people.child(child).id}")
    missing = await browser.get(f"/children/{'0' * 26}")

    assert forbidden.status == missing.status == 404
    assert shown(forbidden) == shown(missing)


async def test_a_protected_childs_page_says_who_sees_it_and_that_phones_get_a_notice(
    site: Site, people: Village
) -> None:
    browser = await site.signed_in(NYGARD)

    words = shown(await browser.get(f"/children/{people.child('Ada Lien').id}"))

    assert "Bare Ingrid Solberg og Maria Nygård ser denne siden" in words
    assert "Ragnhild Lien får bare et varsel" in words


async def test_a_blocked_father_is_warned_of_and_cannot_be_written_to(site: Site, people: Village) -> None:
    browser = await site.signed_in(BREKKE)

    tiril = await browser.get(f"/children/{people.child('Tiril Sand').id}")
    fredrik = await browser.get(f"/children/{people.child('Fredrik Sand').id}")

    assert "Må ikke få vite noe om barnet" in shown(tiril)
    assert people.guardian("Roger Sand").id not in tiril.text
    assert people.guardian("Roger Sand").id in choices(fredrik)


async def test_nobody_is_chosen_to_write_to_until_somebody_wrote(site: Site, people: Village) -> None:
    kari = people.child("Kari Nordmann")
    browser = await site.signed_in(LUNDE)

    page = await browser.get(f"/children/{kari.id}")
    assert sorted(choices(page)) == sorted(people.guardian(n).id for n in ("Anne Nordmann", "Ola Nordmann"))
    assert not re.search(r'type="radio"[^>]* checked', page.text)
    await say(site, people)
    page = await browser.get(f"/children/{kari.id}")

    assert re.search(rf'value="{people.guardian("Anne Nordmann").id}" required checked', page.text)


async def test_a_message_from_the_childs_page_goes_to_the_one_chosen_and_stands_in_the_book(
    site: Site, people: Village
) -> None:
    kari, ola = people.child("Kari Nordmann"), people.guardian("Ola Nordmann")
    await say(site, people)
    browser = await site.signed_in(LUNDE)
    await browser.get(f"/children/{kari.id}")

    page = await browser.post(f"/children/{kari.id}/message", text="Husk gymtøy.\r\nHilsen 7A", readers=ola.id)

    (delivery,) = await all_of(site, Delivery)
    assert (delivery.recipient, delivery.text) == (people.phone("Ola Nordmann"), "Husk gymtøy.\nHilsen 7A")
    assert "Bare Ola Nordmann og skolen" in shown(page)
    undo = re.search(r'action="(/children/\w+/messages/\w+/undo)"', page.text)
    assert undo is not None
    assert typed(await browser.post(undo[1])) == "Husk gymtøy.\nHilsen 7A"


async def test_nothing_is_sent_before_somebody_is_chosen_and_what_was_typed_is_kept(
    site: Site, people: Village
) -> None:
    kari = people.child("Kari Nordmann")
    browser = await site.signed_in(LUNDE)
    await browser.get(f"/children/{kari.id}")

    page = await browser.post(f"/children/{kari.id}/message", text="Husk gymtøy.")

    assert page.status == 422
    assert typed(page) == "Husk gymtøy."
    assert await all_of(site, Delivery) == []


async def test_a_message_to_others_than_the_childs_guardians_is_refused(site: Site, people: Village) -> None:
    kari = people.child("Kari Nordmann")
    browser = await site.signed_in(LUNDE)
    await browser.get(f"/children/{kari.id}")

    page = await browser.post(f"/children/{kari.id}/message", text="Hei", readers=people.guardian("Hanne Olsen").id)

    assert page.status == 422
    assert await all_of(site, Delivery) == []


async def test_a_shared_thread_is_marked_as_shared_by_name(site: Site, people: Village) -> None:
    nora = people.child("Nora Bakken")
    parents = [people.guardian("Marte Bakken"), people.guardian("Lars Bakken")]

    def talk(work: Work) -> None:
        heard(work, people, parents, "school", "Vi er sene", [nora], seat="contact teacher 1A")
        answered(work, people, parents, "school", "Fint", [nora], by=people.staff("Maria Nygård"))

    await site.desk.work(TEST, talk)
    browser = await site.signed_in(NYGARD)

    words = shown(await browser.get(f"/children/{nora.id}"))

    assert "Felles: Lars Bakken og Marte Bakken og skolen" in words
    assert "Lars Bakken: Kommet fram" in words


async def test_a_long_book_leads_to_what_was_said_before(site: Site, people: Village) -> None:
    kari, anne = people.child("Kari Nordmann"), people.guardian("Anne Nordmann")

    def talk(work: Work) -> None:
        for number in range(BOOK_PAGE + 2):
            heard(work, people, anne, "school", f"melding nr. {number}!", [kari])

    await site.desk.work(TEST, talk)
    browser = await site.signed_in(LUNDE)

    page = await browser.get(f"/children/{kari.id}")
    earlier = re.search(r'href="(/children/\w+\?before=\w+)"', page.text)
    assert earlier is not None
    before = await browser.get(earlier[1])

    assert "melding nr. 1!" not in shown(page)
    assert "melding nr. 0! " in shown(before)
    assert "melding nr. 2!" not in shown(before)
    assert 'id="answer"' not in before.text


async def test_what_families_write_is_text_and_nothing_else(site: Site, people: Village) -> None:
    await say(site, people, '<script>alert("x")</script> & {{ 7 * 7 }}')
    browser = await site.signed_in(LUNDE)

    page = await browser.get(f"/children/{people.child('Kari Nordmann').id}")

    assert "<script>alert" not in page.text
    assert '<script>alert("x")</script> & {{ 7 * 7 }}' in re.sub(r"&lt;", "<", page.text).replace("&gt;", ">").replace(
        "&#34;", '"'
    ).replace("&amp;", "&")
