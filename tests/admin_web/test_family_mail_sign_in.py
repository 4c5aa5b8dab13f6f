"""Signing in with a code to a registered mailbox: it lets in whoever reads it, for reading alone."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from hub.address import MAIL
from hub.clock import StoppedClock
from hub.desk import Work
from hub.people.families import GuardianAddress
from hub.post.running_kinds import running_kinds
from tests.admin_web.family_pages import FamilyPages, family_pages
from tests.admin_web.staff_site import Browsing, Seen
from tests.channels.mail_rehearsal import MailWorld, a_mail_world, text_of
from tests.living_hub import ANSWER_SECONDS, OPERATOR
from tests.ports import hold_port

LENE = "lene.berg@mail.example"


@dataclass
class Mailed:
    """The family pages of a hub that sends mail, and where its mails arrive."""

    pages: FamilyPages
    world: MailWorld

    async def read_code(self) -> str:
        _, recipient, mail = await self.world.relay.next_mail()
        assert recipient == LENE
        found = re.search(r"\b\d{6}\b", text_of(mail))
        assert found is not None
        assert found[0] not in str(mail["Subject"])
        return found[0]

    async def sign_in(self, browser: Browsing) -> Seen:
        await self.pages.ask_code(browser, LENE)
        return await browser.post("/family/sign-in/code", code=await self.read_code())


@pytest.fixture
async def mailed(tmp_path: Path, village_store_url: str, clock: StoppedClock) -> AsyncIterator[Mailed]:
    async with (
        a_mail_world() as world,
        family_pages(tmp_path, village_store_url, clock, mail=world.settings(hold_port())) as pages,
    ):
        desk = pages.living.hub.desk
        async with asyncio.timeout(ANSWER_SECONDS):
            while MAIL not in await desk.look(OPERATOR, running_kinds):
                await asyncio.sleep(0.01)
        yield Mailed(pages, world)


async def test_a_code_by_mail_lets_in_and_she_reads_her_children(mailed: Mailed) -> None:
    await mailed.pages.living.text("Lene Berg", "contact teacher 4B", "Jakob er syk i dag")
    browser = mailed.pages.browser()

    home = await mailed.sign_in(browser)
    book = await browser.get(f"/family/children/{mailed.pages.child('Jakob Berg')}")

    assert home.path == "/family"
    assert "Jakob" in home.text
    assert "Jakob er syk i dag" in book.text
    assert "Logg inn med mobilen eller eID for å skrive" in book.text
    assert "<textarea" not in book.text


async def test_by_mail_nothing_is_written_or_set_and_by_phone_it_is(mailed: Mailed) -> None:
    by_mail, by_phone = mailed.pages.browser(), await mailed.pages.signed_in("Lene Berg")
    await mailed.sign_in(by_mail)
    path = f"/family/children/{mailed.pages.child('Jakob Berg')}/write"
    role = mailed.pages.living.village.role("contact teacher 4B").id
    wish: dict[str, Any] = {"role_id": role, "text": "Jakob er syk i dag", "key": "k" * 30}

    written = await by_mail.post(path, **wish)
    address = await by_mail.post("/family/you/contact", address="400 00 777")
    allowed = await by_phone.post(path, **wish)

    assert (written.status, address.status, allowed.status) == (409, 422, 200)
    assert "bare nok til å lese" in written.text
    assert "bare nok til å lese" in address.text


async def test_by_mail_nobody_says_who_fetches_or_where_notices_go(mailed: Mailed) -> None:
    by_mail, by_phone = mailed.pages.browser(), await mailed.pages.signed_in("Lene Berg")
    await mailed.sign_in(by_mail)
    care = f"/family/children/{mailed.pages.child('Jakob Berg')}/care"
    person: dict[str, Any] = {"person": "Bestemor Berg", "may_fetch": "yes"}
    note: dict[str, Any] = {"kind": "allergy", "words": "nøtter"}
    device: dict[str, Any] = {"endpoint": "https://push.example/1", "p256dh": "k", "auth": "a"}

    refused = [
        await by_mail.post(f"{care}/people", **person),
        await by_mail.post(f"{care}/notes", **note),
        await by_mail.post(f"{care}/holds"),
        await by_mail.post("/family/notices/on", **device),
    ]
    untouched = await by_phone.get(care)
    allowed = [await by_phone.post(f"{care}/people", **person), await by_phone.post(f"{care}/notes", **note)]

    assert all("bare nok til å lese" in page.text for page in refused)
    assert "Bestemor" not in untouched.text
    assert [page.status for page in allowed] == [200, 200]
    assert "Bestemor" in allowed[0].text


async def test_an_unknown_mailbox_meets_the_same_pages(mailed: Mailed) -> None:
    known, unknown = mailed.pages.browser(), mailed.pages.browser()

    seen = [await mailed.pages.ask_code(known, LENE), await mailed.pages.ask_code(unknown, "nobody@mail.example")]
    await mailed.read_code()
    tried = [await each.post("/family/sign-in/code", code="000000") for each in (known, unknown)]

    assert seen[0].path == seen[1].path == "/family/sign-in/code"
    assert {page.status for page in tried} == {422}
    assert len({re.sub(r'value="[^"]*"|nonce="[^"]*"', "", page.text) for page in tried}) == 1


async def test_a_code_counts_only_in_the_browser_that_asked(mailed: Mailed) -> None:
    hers, others = mailed.pages.browser(), mailed.pages.browser()
    await mailed.pages.ask_code(hers, LENE)
    code = await mailed.read_code()
    await mailed.pages.ask_code(others, "nobody@mail.example")

    stolen = await others.post("/family/sign-in/code", code=code)
    own = await hers.post("/family/sign-in/code", code=code)

    assert stolen.status == 422
    assert own.path == "/family"


async def test_codes_to_one_mailbox_are_slowed(mailed: Mailed) -> None:
    asked = [await mailed.pages.ask_code(mailed.pages.browser(), typed) for typed in (LENE, LENE.upper(), LENE, LENE)]

    assert [page.status for page in asked] == [200, 200, 200, 429]


async def test_a_mailbox_of_both_homes_opens_nobodys_own_talk(mailed: Mailed) -> None:
    village = mailed.pages.living.village
    await mailed.pages.living.text("Camilla Hansen", "contact teacher 1A", "Vi har flyttet til Fiolveien")

    def share(work: Work) -> None:
        for name in ("Camilla Hansen", "Thomas Vestby"):
            one = village.guardian(name)
            work.session.add(
                GuardianAddress(
                    id=work.new_id(),
                    owner_id=one.owner_id,
                    guardian_id=one.id,
                    kind=MAIL,
                    value="familien@mail.example",
                    confirmed_at=work.now,
                )
            )

    await village.desk.work(OPERATOR, share)
    browser = mailed.pages.browser()
    await mailed.pages.ask_code(browser, "familien@mail.example")
    _, _, mail = await mailed.world.relay.next_mail()
    code = re.search(r"\b\d{6}\b", text_of(mail))
    assert code is not None
    page = await browser.post("/family/sign-in/code", code=code[0])
    who = re.search(r'value="(\w+)">Camilla Hansen', page.text)
    assert who is not None
    await browser.post("/family/sign-in/who", address_id=who[1])
    book = await browser.get(f"/family/children/{mailed.pages.child('Sara Hansen')}")

    assert book.status == 200
    assert "Fiolveien" not in book.text


async def test_an_old_mailbox_gets_no_code(mailed: Mailed) -> None:
    def make_old(work: Work) -> None:
        work.session.execute(
            sa.update(GuardianAddress)
            .where(GuardianAddress.value == LENE)
            .values(confirmed_at=work.now - timedelta(days=200))
        )

    await mailed.pages.living.village.desk.work(OPERATOR, make_old)
    page = await mailed.pages.ask_code(mailed.pages.browser(), LENE)
    await mailed.pages.living.settled()

    assert page.path == "/family/sign-in/code"
    assert mailed.world.relay.mails == []
