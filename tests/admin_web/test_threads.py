"""Threads over HTTP, in the village: the inbox, a thread, an answer held, taken back, or refused with its words kept."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
import sqlalchemy as sa

from hub.clock import StoppedClock
from hub.config import CapSettings
from hub.desk import Look, Work
from hub.people.families import GuardianAddress
from hub.post.claims import claim
from hub.post.deliveries import Delivery, Status
from hub.post.due import Room
from hub.post.messages import Author, Lane, Message, ReadMark, Thread
from hub.post.posting import Post, post
from hub.safety.audit import AuditRow
from hub.talk.conversations import pack_heard
from hub.talk.heard import Act, Heard, Intent
from tests.admin_web.staff_site import Seen, Site, run_site
from tests.hub.post.spoken import TEST, heard
from tests.village import Village, load_village

LUNDE = "kari.lunde@fjordvik.example"
NYGARD = "maria.nygard@fjordvik.example"
DAHL = "jonas.dahl@fjordvik.example"
OFFICE = "per.haugen@fjordvik.example"
HEIKKINEN = "tuula.heikkinen@saarela.example"


@pytest.fixture
async def site(village_store_url: str, clock: StoppedClock) -> AsyncIterator[Site]:
    async with run_site(village_store_url, clock) as running:
        yield running


@pytest.fixture
async def people(site: Site) -> Village:
    return await load_village(site.desk)


async def say(
    site: Site, people: Village, text: str = "Kan Kari gå hjem med bestemor?", who: str = "Anne Nordmann", **more: Any
) -> str:
    """Anne texts the contact teacher of 7A about Kari, and waits; the id of the thread."""
    child = people.child(more.pop("child", "Kari Nordmann"))
    given = {"seat": "contact teacher 7A", "waits": "not_understood", **more}

    def talk(work: Work) -> str:
        return heard(work, people, people.guardian(who), "school", text, [child], **given).thread_id

    return await site.desk.work(TEST, talk)


async def all_of(site: Site, table: type[Any]) -> list[Any]:
    def ask(look: Look) -> list[Any]:
        return list(look.session.scalars(sa.select(table).order_by(*sa.inspect(table).primary_key)))

    return await site.desk.look(TEST, ask)


def shown(page: Seen) -> str:
    """What a reader sees, without marks and with single blanks."""
    body = re.sub(r"<(script|style|template).*?</\1>", "", page.text, flags=re.DOTALL)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", body)))


def value_of(page: Seen, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page.text)
    return found[1] if found else ""


def typed(page: Seen) -> str:
    found = re.search(r'<textarea id="answer-text"[^>]*>(.*?)</textarea>', page.text, re.DOTALL)
    return unescape(found[1]) if found else ""


async def test_the_inbox_opens_with_how_many_wait_and_shows_them_first(site: Site, people: Village) -> None:
    await say(site, people)
    await say(site, people, "Takk for sist", who="Hanne Olsen", child="Mia Dahlby Olsen", waits=None)
    browser = await site.signed_in(LUNDE)

    page = await browser.get("/threads")

    words = shown(page)
    assert "1 familie venter på svar" in words
    assert words.index("Anne Nordmann") < words.index("Hanne Olsen")
    assert "Kan Kari gå hjem med bestemor?" in words


async def test_what_waits_is_shown_though_something_newer_was_said(
    site: Site, people: Village, clock: StoppedClock
) -> None:
    await say(site, people)
    clock.move(timedelta(minutes=20))
    await say(site, people, "Takk!", waits=None)
    teacher = await site.signed_in(LUNDE)

    inbox = await teacher.get("/threads")
    morning = await teacher.get("/morning")

    assert "Kan Kari gå hjem med bestemor?" in shown(inbox)
    assert "Takk!" not in shown(inbox)
    assert "Kan Kari gå hjem med bestemor?" in shown(morning)
    assert "Takk!" not in shown(morning)


async def test_an_empty_inbox_says_why_and_what_would_fill_it(site: Site, people: Village) -> None:
    browser = await site.signed_in(LUNDE)

    assert "Når en familie i gruppene dine skriver" in shown(await browser.get("/threads"))
    assert "Alt er besvart" in shown(await browser.get("/threads?only=waiting"))


@pytest.mark.capability("H-48")
async def test_the_inbox_does_not_show_what_is_sensitive(site: Site, people: Village) -> None:
    thread = await say(site, people, "Kari har vannkopper", sensitive=True)
    browser = await site.signed_in(LUNDE)

    assert "vannkopper" not in shown(await browser.get("/threads"))
    assert "vannkopper" in shown(await browser.get(f"/threads/{thread}"))


@pytest.mark.parametrize("login", [DAHL, NYGARD, HEIKKINEN])
async def test_a_thread_of_others_looks_like_one_that_is_not_there(site: Site, people: Village, login: str) -> None:
    thread = await say(site, people)
    browser = await site.signed_in(login)
    absent = "0" * 26

    for path in ("", "/messages", "/live"):
        forbidden = await browser.get(f"/threads/{thread}{path}", headers={"HX-Request": "true"})
        missing = await browser.get(f"/threads/{absent}{path}", headers={"HX-Request": "true"})
        assert forbidden.status == missing.status, path
        if forbidden.status == 404:
            assert shown(forbidden).replace(thread, absent) == shown(missing)
    assert (await browser.get(f"/threads/{thread}")).status == 404
    assert "Nordmann" not in shown(await browser.get("/threads"))


async def test_an_answer_comes_back_held_with_undo_and_goes_to_whom_was_shown(site: Site, people: Village) -> None:
    thread = await say(site, people)
    browser = await site.signed_in(LUNDE)
    page = await browser.get(f"/threads/{thread}")
    assert "Går til Anne Nordmann på SMS (•••01)" in shown(page)

    page = await browser.post(
        f"/threads/{thread}/answer",
        text="Ja, det er greit.",
        readers=value_of(page, "readers"),
        about=value_of(page, "about"),
        kind="send",
    )

    assert page.status == 200
    assert "Ja, det er greit." in shown(page)
    assert "/undo" in page.text
    assert "venter på svar" not in shown(page)
    (delivery,) = await all_of(site, Delivery)
    assert delivery.recipient == people.phone("Anne Nordmann")


async def test_taking_back_brings_the_words_into_the_composer_again(site: Site, people: Village) -> None:
    thread = await say(site, people)
    browser = await site.signed_in(LUNDE)
    page = await browser.get(f"/threads/{thread}")
    page = await browser.post(f"/threads/{thread}/answer", text="Ja da", readers=value_of(page, "readers"))
    undo = re.search(r'action="(/threads/\w+/messages/\w+/undo)"', page.text)
    assert undo is not None

    page = await browser.post(undo[1])

    assert typed(page) == "Ja da"
    assert "trakk tilbake en melding" in shown(page)
    assert "Anne Nordmann venter på svar" in shown(page)
    assert [d.status for d in await all_of(site, Delivery)] == [Status.UNDONE]


async def test_what_was_typed_is_kept_when_it_is_not_sent_and_the_page_says_who_gets_it_now(
    site: Site, people: Village
) -> None:
    thread = await say(site, people)
    browser = await site.signed_in(LUNDE)
    page = await browser.get(f"/threads/{thread}")
    readers = value_of(page, "readers")

    def stop(work: Work) -> None:
        own = GuardianAddress.guardian_id == people.guardian("Anne Nordmann").id
        work.session.execute(sa.update(GuardianAddress).where(own).values(stopped_at=work.now, stopped_by="provider"))

    await site.desk.work(TEST, stop)
    page = await browser.post(f"/threads/{thread}/answer", text="Ja, <b>det</b> er greit.", readers=readers)

    assert page.status == 422
    assert typed(page) == "Ja, <b>det</b> er greit."
    assert "<b>det</b>" not in page.text
    assert "har stengt for meldinger" in shown(page)
    assert await all_of(site, Delivery) == []


async def test_readers_that_were_not_shown_are_refused(site: Site, people: Village) -> None:
    thread = await say(site, people)
    browser = await site.signed_in(LUNDE)
    await browser.get(f"/threads/{thread}")
    more = ",".join(sorted(people.guardian(name).id for name in ("Anne Nordmann", "Ola Nordmann")))

    page = await browser.post(f"/threads/{thread}/answer", text="Ja", readers=more)

    assert page.status == 422
    assert "Ingenting er sendt" in shown(page)
    assert await all_of(site, Delivery) == []


@pytest.mark.capability("H-48")
async def test_health_words_show_the_notice_that_the_phone_would_get_and_ask_how_to_go_on(
    site: Site, people: Village
) -> None:
    thread = await say(site, people)
    browser = await site.signed_in(LUNDE)
    page = await browser.get(f"/threads/{thread}")
    form: dict[str, Any] = {
        "text": "Hun har feber",
        "readers": value_of(page, "readers"),
        "about": value_of(page, "about"),
    }

    page = await browser.post(f"/threads/{thread}/answer", **form, kind="send")

    assert page.status == 422
    assert "Dette forteller om helse: feber" in shown(page)
    assert "Det er en beskjed til deg fra Fjordvik skole" in shown(page)
    assert typed(page) == "Hun har feber"
    page = await browser.post(f"/threads/{thread}/answer", **form, sensitive="notice")
    assert "Går om" in shown(page)
    (delivery,) = await all_of(site, Delivery)
    assert "feber" not in delivery.text


async def test_opening_a_thread_changes_nothing_but_keeps_in_the_audit_what_was_read(
    site: Site, people: Village
) -> None:
    thread = await say(site, people)
    browser = await site.signed_in(LUNDE)

    await browser.get(f"/threads/{thread}")

    assert await all_of(site, ReadMark) == []
    assert (await all_of(site, Thread))[0].waits_since is not None
    (message,) = await all_of(site, Message)
    rows = [row for row in await all_of(site, AuditRow) if row.what == "read"]
    assert [(row.who_id, row.ids) for row in rows] == [(people.staff("Kari Lunde").id, [thread, message.id])]
    assert rows[0].why == "page thread.show_thread"


async def test_a_thread_that_was_refused_stands_in_the_audit_too(site: Site, people: Village) -> None:
    thread = await say(site, people)
    browser = await site.signed_in(DAHL)

    await browser.get(f"/threads/{thread}")

    rows = [row for row in await all_of(site, AuditRow) if row.what == "refused"]
    assert [(row.who_id, row.ids) for row in rows] == [(people.staff("Jonas Dahl").id, [thread])]


async def test_a_thread_is_taken_given_marked_read_and_settled(site: Site, people: Village) -> None:
    thread = await say(site, people)
    browser = await site.signed_in(LUNDE)
    page = await browser.get(f"/threads/{thread}")
    assert page.text.count(f'action="/threads/{thread}/give"') == 2

    page = await browser.post(f"/threads/{thread}/give", staff_id=people.staff("Kari Lunde").id)
    assert "Du svarer her" in shown(page)
    page = await browser.post(f"/threads/{thread}/give", staff_id=people.staff("Tuva Brekke").id)
    assert "Tuva Brekke svarer her" in shown(page)
    refused = await browser.post(f"/threads/{thread}/give", staff_id=people.staff("Jonas Dahl").id)
    assert refused.status == 404
    await browser.get(f"/threads/{thread}")
    (message,) = await all_of(site, Message)
    await browser.post(f"/threads/{thread}/read", message_id=message.id)
    page = await browser.post(f"/threads/{thread}/settle")

    assert "venter på svar" not in shown(page)
    assert [mark.message_id for mark in await all_of(site, ReadMark)] == [message.id]


async def test_a_note_is_kept_beside_the_messages_and_never_sent(site: Site, people: Village) -> None:
    thread = await say(site, people)
    browser = await site.signed_in(LUNDE)
    await browser.get(f"/threads/{thread}")

    page = await browser.post(f"/threads/{thread}/answer", text="Ring far først", kind="note")

    assert "Bare ansatte ser dette" in shown(page)
    assert "Ring far først" in shown(page)
    assert await all_of(site, Delivery) == []


async def test_a_message_tells_why_it_came_here_to_who_may_read_it(site: Site, people: Village) -> None:
    step = {"code": "to_staff", "why": "not_understood"}
    await say(site, people, story=[step])
    (message,) = await all_of(site, Message)
    browser, other = await site.signed_in(LUNDE), await site.signed_in(DAHL)

    whole = await browser.get(f"/messages/{message.id}/story")
    piece = await browser.get(f"/messages/{message.id}/story", headers={"HX-Request": "true"})

    assert "Kan Kari gå hjem med bestemor?" in shown(whole)
    assert shown(piece).strip() in shown(whole)
    assert "07.12" in shown(piece)
    assert (await other.get(f"/messages/{message.id}/story")).status == 404


async def test_a_story_names_only_children_whom_its_reader_may_read_about(site: Site, people: Village) -> None:
    mia, leo = people.child("Mia Dahlby Olsen"), people.child("Leo Viken Olsen")
    both = pack_heard(Heard("nb", False, (Act(Intent.ABSENCE, (mia.id, leo.id)),)))
    story = [{"code": "matched", "guardians": [people.guardian("Hanne Olsen").id]}]
    await say(site, people, "Mia er syk", who="Hanne Olsen", child=mia.name, heard=both, story=story)
    (message,) = await all_of(site, Message)
    teacher, office = await site.signed_in(LUNDE), await site.signed_in(OFFICE)

    told_teacher = shown(await teacher.get(f"/messages/{message.id}/story"))
    told_office = shown(await office.get(f"/messages/{message.id}/story"))

    assert "fravær: Mia Dahlby Olsen;" in told_teacher
    assert "Leo" not in told_teacher
    assert "fravær: Mia Dahlby Olsen og Leo Viken Olsen;" in told_office


async def test_a_text_that_waits_for_a_cap_says_so_and_can_be_taken_back(
    site: Site, people: Village, clock: StoppedClock
) -> None:
    clock.move(timedelta(hours=2))
    thread = await say(site, people)
    lunde = people.staff("Kari Lunde")

    def write(work: Work, text: str) -> None:
        post(
            work,
            work.session.get_one(Thread, thread),
            Post(text=text, language="nb", author=Author.STAFF, author_id=lunde.id, lane=Lane.ORDINARY),
        )

    for text in ("Husk turen", "Og matpakke"):
        await site.desk.work(TEST, write, text)
    await site.desk.work(TEST, claim, Room(10, caps=CapSettings(per_number=1)))
    browser = await site.signed_in(LUNDE)

    page = await browser.get(f"/threads/{thread}")

    assert "Venter: grensen for tekstmeldinger er nådd" in shown(page)
    assert "Går om" not in shown(page)
    assert page.text.count("/undo") == 1
