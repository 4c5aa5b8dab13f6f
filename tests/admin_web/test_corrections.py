"""Staff say with one tap that a message was heard wrong; what is kept of it names nobody, and nothing is learnt by itself."""

import json
from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa
from playwright.async_api import Browser, expect

from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.post.messages import Author, Message, ThreadKind, get_or_open_thread, keep_message
from hub.safety.audit import AuditRow
from hub.talk.conversations import pack_heard
from hub.talk.corrections import Correction, export
from hub.talk.heard import KnownChild, Said
from tests.admin_web.school_day import HTMX, SchoolDay, run_school_day
from tests.admin_web.windows import check
from tests.hub.sign_in.school import TEST
from tests.transcript import the_ear
from tests.village import FJORDVIK

TEXT = "Kari er syk i dag. Hilsen Anne, 412 34 567"


@pytest.fixture
async def day(village_store_url: str, clock: StoppedClock) -> AsyncIterator[SchoolDay]:
    async with run_school_day(village_store_url, clock) as running:
        yield running


async def tell(day: SchoolDay, guardian: str, child: str, text: str) -> str:
    """A text that was heard; returns the message's id."""
    known = day.village.child(child)
    moment = day.village.unit("school").local(day.clock.now())
    heard = await the_ear().hear(Said(text, moment, "nb"), [KnownChild(known.id, known.name)], None)

    def keep(work: Work) -> str:
        writer = day.village.guardian(guardian)
        unit = day.village.unit("school").id
        thread = get_or_open_thread(work, writer.owner_id, unit, [writer.id], ThreadKind.PRIVATE)
        message = Message(
            id=work.new_id(),
            owner_id=writer.owner_id,
            thread_id=thread.id,
            at=work.now,
            author=Author.GUARDIAN,
            author_id=writer.id,
            channel="sms",
            text=text,
            language="nb",
            heard=pack_heard(heard),
            story=[{"code": "matched", "guardians": [writer.id]}],
        )
        keep_message(work, thread, message, [known.id])
        return message.id

    return await day.site.desk.work(TEST, keep)


async def kept(day: SchoolDay) -> list[Correction]:
    def list_all(look: Look) -> list[Correction]:
        return list(look.session.scalars(sa.select(Correction)))

    return await day.site.desk.look(TEST, list_all)


async def test_one_tap_keeps_what_was_meant_without_names_and_it_can_be_taken_back(day: SchoolDay) -> None:
    message = await tell(day, "Anne Nordmann", "Kari Nordmann", TEXT)
    browser = await day.as_("Kari Lunde")
    page = await browser.get(f"/messages/{message}/story")
    assert "Ble det hørt feil?" in page.text

    page = await browser.post(f"/messages/{message}/correction", meant="late")

    assert "Det som var ment: at barnet kommer senere" in page.text
    (correction,) = await kept(day)
    assert correction.case is not None
    case = correction.case
    assert (case["text"], case["children"]) == (
        "Alva er syk i dag. Hilsen Brage, 40000000",
        [{"name": "Alva Eksempel"}],
    )
    assert case["expect"]["acts"] == [{"intent": "late", "children": ["Alva Eksempel"], "days": ["2025-03-03"]}]
    assert case["heard"]["acts"][0]["intent"] == "absence"
    assert not any(part in json.dumps(case) for part in ("Kari", "Nordmann", "Anne", "412", message))

    page = await browser.post(f"/messages/{message}/correction/undo")

    assert "Ble det hørt feil?" in page.text
    assert await kept(day) == []
    done = [
        row.what
        for what in ("correction.kept", "correction.taken_back")
        for row in await day.audited(what, "Kari Lunde")
    ]
    assert done == ["correction.kept", "correction.taken_back"]


async def test_the_second_word_takes_the_place_of_the_first(day: SchoolDay) -> None:
    message = await tell(day, "Anne Nordmann", "Kari Nordmann", TEXT)
    browser = await day.as_("Kari Lunde")
    await browser.get(f"/messages/{message}/story")

    for meant in ("other_days", "message"):
        await browser.post(f"/messages/{message}/correction", meant=meant)

    (correction,) = await kept(day)
    assert correction.meant == "message"


async def test_each_act_of_a_case_has_the_fields_that_cases_have(day: SchoolDay) -> None:
    message = await tell(day, "Anne Nordmann", "Kari Nordmann", "Jeg har fått nytt nummer: 400 00 099")
    browser = await day.as_("Kari Lunde")
    await browser.get(f"/messages/{message}/story")

    await browser.post(f"/messages/{message}/correction", meant="care_time")

    (correction,) = await kept(day)
    assert correction.case is not None
    assert correction.case["heard"]["acts"] == [{"intent": "contact_change"}]
    assert correction.case["expect"]["acts"] == [{"intent": "care_time", "children": []}]


async def test_with_script_only_the_story_is_drawn_again(day: SchoolDay) -> None:
    message = await tell(day, "Anne Nordmann", "Kari Nordmann", TEXT)
    browser = await day.as_("Kari Lunde")
    await browser.get(f"/messages/{message}/story")

    told = {"Origin": browser.url, "Sec-Fetch-Site": "same-origin", **HTMX}
    piece = await browser.post(f"/messages/{message}/correction", headers=told, meant="no")

    assert piece.status == 200
    assert "<html" not in piece.text
    assert "Det som var ment: nei." in piece.text


async def test_of_a_family_with_a_protected_child_a_mark_is_kept_and_no_case(day: SchoolDay) -> None:
    message = await tell(day, "Ragnhild Lien", "Ada Lien", "Ada er syk i dag")
    browser = await day.as_("Maria Nygård", FJORDVIK)
    await browser.get(f"/messages/{message}/story")

    await browser.post(f"/messages/{message}/correction", meant="late")

    assert [(one.meant, one.case) for one in await kept(day)] == [("late", None)]
    assert await day.site.desk.work(TEST, export) == []


async def test_what_staff_wrote_themselves_was_not_heard(day: SchoolDay) -> None:
    thread = await day.write("Anne Nordmann", "hei", ["Kari Nordmann"])
    browser = await day.as_("Kari Lunde")

    def find(look: Look) -> str:
        return look.session.scalars(sa.select(Message.id).where(Message.thread_id == thread)).one()

    message = await day.site.desk.look(TEST, find)
    page = await browser.get(f"/messages/{message}/story")
    refused = await browser.post(f"/messages/{message}/correction", meant="late")

    assert "hørt feil?" not in page.text
    assert "Ingenting ble hørt" in refused.text


async def test_cases_leave_by_a_command_alone_and_the_audit_tells_that_they_did(day: SchoolDay) -> None:
    message = await tell(day, "Anne Nordmann", "Kari Nordmann", TEXT)
    browser = await day.as_("Kari Lunde")
    await browser.get(f"/messages/{message}/story")
    await browser.post(f"/messages/{message}/correction", meant="other_child")

    (line,) = await day.site.desk.work(TEST, export)

    def count(look: Look) -> int:
        asked = sa.select(sa.func.count()).select_from(AuditRow).where(AuditRow.what == "correction.export")
        return look.session.scalar(asked) or 0

    assert json.loads(line)["expect"]["acts"] == [{"intent": "absence", "children": [], "days": ["2025-03-03"]}]
    assert await day.site.desk.look(TEST, count) == 1


@pytest.mark.browser
@pytest.mark.parametrize("width", [360, 1280])
async def test_it_is_marked_under_the_bubble(day: SchoolDay, browser: Browser, width: int) -> None:
    await tell(day, "Anne Nordmann", "Kari Nordmann", TEXT)
    context, page, complaints = await day.window(browser, "Kari Lunde", width)
    await page.goto("/threads")
    await page.get_by_role("link", name="Anne Nordmann").first.click()

    await page.get_by_role("link", name="Hvorfor kom dette hit?").click()
    await page.get_by_text("Ble det hørt feil?").click()
    await check(page, complaints, f"correction-{width}")
    await page.get_by_role("button", name="at barnet kommer senere").click()

    await expect(page.get_by_text("Det som var ment: at barnet kommer senere.")).to_be_visible()
    await check(page, complaints, f"corrected-{width}")
    await context.close()
