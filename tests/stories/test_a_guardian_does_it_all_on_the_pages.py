"""A mother sees and does on the family pages all that concerns her child and herself: days, messages and files, consents, leave
and a place, the letter that answers, and her own phone. Beside her somebody else's mother finds none of it."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from hub.clock import StoppedClock
from tests.admin_web.family_pages import FamilyPages, bubbles_of, family_pages
from tests.admin_web.staff_site import Browsing, Seen
from tests.living_hub import ANSWER_SECONDS
from tests.sent_files import (
    ANNE,
    KARI,
    OLA,
    TEACHER,
    Chosen,
    as_staff_of,
    document,
    fetch,
    files_on,
    send_now,
    write_about,
)

SEAT, LEADER, STRANGER = "contact teacher 7A", "Ingrid Solberg", "Camilla Hansen"
NEW, NEW_PHONE = "400 00 977", "+4740000977"
LEAVE: dict[str, Any] = {
    "first": "2025-03-24",
    "last": "2025-03-25",
    "reason": "travel",
    "words": "Til besteforeldrene",
}
PLACE: dict[str, Any] = {
    "what": "apply",
    "day": "2025-08-18",
    "extent": "part",
    "hours": "mandag til onsdag",
    "words": "",
}


@pytest.fixture
async def pages(tmp_path: Path, village_store_url: str, clock: StoppedClock) -> AsyncIterator[FamilyPages]:
    async with family_pages(tmp_path, village_store_url, clock) as pages:
        yield pages


async def press(browser: Browsing, page: Seen, below: str, answer: str) -> Seen:
    """A button below the consent of this name."""
    line = next(part for part in page.text.split('<li class="consent-line')[1:] if f">{below}</h2>" in part)
    fields: dict[str, Any] = dict(re.findall(r'name="(kind|text)" value="(\w+)"', line))
    return await browser.post(page.path, **fields, answer=answer)


async def sign_in_from(pages: FamilyPages, phone: str) -> Browsing:
    """A browser that was signed in with the code on this phone."""
    browser = pages.browser()
    await pages.ask_code(browser, phone)
    body = (await pages.living.provider.phone(phone).next_text(ANSWER_SECONDS)).body
    await browser.post("/family/sign-in/code", code=body[:6])
    return browser


async def told(pages: FamilyPages, guardian: str, words: str) -> str:
    """The next text on a phone that says this."""
    while words not in (body := (await pages.living.phone(guardian).next_text(ANSWER_SECONDS)).body):
        pass
    return str(body)


@pytest.mark.one_store
@pytest.mark.capability("H-25")
async def test_a_guardian_sees_and_does_all_that_is_hers(pages: FamilyPages, clock: StoppedClock) -> None:
    mother = await pages.signed_in(ANNE)
    book = f"/family/children/{pages.child(KARI)}"
    teacher, leader = await as_staff_of(pages, TEACHER), await as_staff_of(pages, LEADER)

    # What concerns her child: where she is, what is said, and what stands of each day.
    home = await mother.get("/family")
    assert "7A, Fjordvik skole" in home.text

    # Consents: the general one, one more, and that one taken back.
    consents = await mother.get(f"{book}/consents")
    names = re.findall(r"<h2[^>]*>([^<]+)</h2>", consents.text)
    general = await press(mother, consents, names[0], "yes")
    name = next(each for each in names if f">{each}</h2>" in general.text and "tur" in each.lower())
    given = await press(mother, general, name, "yes")
    withdrawn = await press(mother, given, name, "no")
    assert "Du: ja" in given.text
    assert "Du: nei" in withdrawn.text
    clock.move(timedelta(minutes=2))

    # Applications: leave, decided by a letter that she opens, and a place that waits.
    await mother.get(f"{book}/leave")
    shown = await mother.post(f"{book}/leave", **LEAVE)
    form = shown.text.partition('/leave/send"')[2].partition("</form>")[0]
    filled: dict[str, Any] = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form))
    sent = await mother.post(f"{book}/leave/send", **{key: value for key, value in filled.items() if key != "token"})
    assert "Én søknad om fri for Kari venter på svar" in sent.text
    await told(pages, OLA, "søker fri")
    await pages.living.phone(OLA).text(pages.living.village.number(SEAT).value, "ja")
    await told(pages, OLA, "du er enig")
    application = re.search(r'href="/leave/(\w{26})"', (await leader.get("/leave")).text)
    assert application is not None
    await leader.get(f"/leave/{application[1]}")
    decided = await leader.post(f"/leave/{application[1]}/decide", outcome="granted", reason="God tur!")
    assert decided.status == 200, decided.text
    await told(pages, ANNE, "Søknaden er innvilget")
    letter = re.search(r'href="(/family/letters/\w{26})"', (await mother.get("/family/letters")).text)
    assert letter is not None
    assert "Søknaden er innvilget" in (await mother.post(f"{letter[1]}/open")).text
    clock.move(timedelta(minutes=2))
    await mother.get(f"{book}/place")
    asked = await mother.post(f"{book}/place", **PLACE, unit_id=pages.living.village.unit("school").id)
    assert "Én henvendelse om plass for Kari venter på svar" in asked.text

    # A day away, told in words: answered there, and seen among the days.
    said = bubbles_of(await pages.write(mother, KARI, "Kari er syk i dag"))
    days = await mother.get(f"{book}/days")
    assert ("guardian own", "Kari er syk i dag") in said
    assert any(kind == "bot" and "Kari" in text for kind, text in said)
    assert "Borte" in days.text
    clock.move(timedelta(minutes=2))

    # Received documents: a letter of the teacher's opens from the book.
    plan = Chosen(document(), "Ukeplan uke 10.pdf", "application/pdf")
    await write_about(pages, teacher, KARI, "Her er planen", [plan], to=ANNE)
    await send_now(pages, teacher, KARI)
    received = files_on(await mother.get(book))[-1]
    assert (await fetch(mother, received))[0] == 200

    # Herself: her own phone, told anew, confirmed by staff, and hers after a day.
    await mother.get("/family/you/contact")
    assert "Venter på de ansatte" in (await mother.post("/family/you/contact", address=NEW)).text
    card = await teacher.get(f"/children/{pages.child(KARI)}")
    confirm = re.search(r'action="(/children/\w+/addresses/\w+/confirm)"', card.text)
    assert confirm is not None
    assert (await teacher.post(confirm[1])).status == 200
    clock.move(timedelta(days=1, minutes=1))
    assert "dette nummeret" in (await pages.living.provider.phone(NEW_PHONE).next_text(ANSWER_SECONDS)).body
    mother = await sign_in_from(pages, NEW_PHONE)
    assert "•••77" in (await mother.get("/family/you/contact")).text

    # And somebody else's mother finds none of it.
    stranger = await pages.signed_in(STRANGER)
    for path in (book, f"{book}/days", f"{book}/consents", f"{book}/leave", f"{book}/place", letter[1], received):
        assert (await stranger.get(path)).status == 404
