"""Signing in to the family pages: one code, one browser, one use; and nothing that tells whether a number is known."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.people.families import GuardianAddress, GuardianRight, Guardianship
from hub.post.deliveries import Delivery
from hub.post.messages import Author, Message, ThreadKind, get_or_open_thread, keep_message
from hub.sign_in.family_codes import FamilyCode
from tests.admin_web.family_pages import SESSION, FamilyPages, block, bubbles_of
from tests.living_hub import OPERATOR

UNKNOWN = "+47 400 00 999"


async def codes_sent(pages: FamilyPages) -> int:
    def count(look: Look) -> int:
        sent = sa.select(sa.func.count()).select_from(Delivery).join(Message, Message.id == Delivery.message_id)
        return look.session.scalar(sent.where(Message.text.like("Sendte en kode for familiesidene%"))) or 0

    return await pages.living.hub.desk.look(OPERATOR, count)


@pytest.mark.parametrize(
    "typed",
    ["+47 400 00 101", "400 00 101", "0047 40000101", UNKNOWN, "not a number", "1234", "59 00 00 001"],
)
async def test_every_number_meets_the_same_screens(pages: FamilyPages, typed: str) -> None:
    browser = pages.browser()

    asked = await pages.ask_code(browser, typed)
    tried = await browser.post("/family/sign-in/code", code="000000")

    assert (asked.status, asked.path) == (200, "/family/sign-in/code")
    assert "Er nummeret registrert" in asked.text
    assert tried.status == 422
    assert "Koden stemmer ikke" in tried.text
    assert browser.cookie(SESSION) is None
    assert await codes_sent(pages) == (1 if "101" in typed else 0)


async def test_after_five_tries_one_begins_again_whoever_one_is(pages: FamilyPages) -> None:
    for typed in (UNKNOWN, pages.living.village.phone("Anne Nordmann")):
        browser = pages.browser()
        await pages.ask_code(browser, typed)

        statuses = [(await browser.post("/family/sign-in/code", code="000000")).text for _ in range(6)]

        assert all("Koden stemmer ikke" in text for text in statuses[:5])
        assert "Koden er brukt eller for gammel" in statuses[5]


async def test_the_right_code_is_too_late_after_five_wrong_ones(pages: FamilyPages) -> None:
    browser = pages.browser()
    await pages.ask_code(browser, pages.living.village.phone("Anne Nordmann"))
    code = await pages.read_code("Anne Nordmann")
    for _ in range(5):
        await browser.post("/family/sign-in/code", code="000000" if code != "000000" else "111111")

    page = await browser.post("/family/sign-in/code", code=code)

    assert page.status == 422
    assert browser.cookie(SESSION) is None


async def test_a_code_lets_in_once_within_ten_minutes_and_only_where_it_was_asked_for(
    pages: FamilyPages, clock: StoppedClock
) -> None:
    asking, other = pages.browser(), pages.browser()
    await pages.ask_code(asking, pages.living.village.phone("Anne Nordmann"))
    code = await pages.read_code("Anne Nordmann")
    await pages.ask_code(other, UNKNOWN)

    elsewhere = await other.post("/family/sign-in/code", code=code)
    step = asking.cookie("budbok-step-family")
    here = await asking.post("/family/sign-in/code", code=code)
    asking.session.cookie_jar.clear()
    await asking.get("/family/sign-in")
    asking.session.cookie_jar.update_cookies({"budbok-step-family": step or ""})
    again = await asking.post("/family/sign-in/code", code=code)

    assert elsewhere.status == 422
    assert here.path == "/family"
    assert "Koden er brukt" in again.text

    late = pages.browser()
    await pages.ask_code(late, pages.living.village.phone("Anne Nordmann"))
    code = await pages.read_code("Anne Nordmann")
    clock.move(timedelta(minutes=10))
    assert "Koden er brukt eller for gammel" in (await late.post("/family/sign-in/code", code=code)).text


async def test_codes_to_one_phone_are_slowed_alike_for_known_and_unknown(pages: FamilyPages) -> None:
    for typed in (UNKNOWN, pages.living.village.phone("Anne Nordmann")):
        answers = [await pages.ask_code(pages.browser(), typed) for _ in range(4)]

        assert [answer.status for answer in answers] == [200, 200, 200, 429]
        assert "For mange forsøk" in answers[3].text
    assert await codes_sent(pages) == 3


async def test_a_strangers_asking_does_not_slow_the_browser_that_proved_the_phone(pages: FamilyPages) -> None:
    own = await pages.signed_in("Anne Nordmann")
    await own.get("/family")
    await own.post("/family/sign-out")
    for _ in range(4):
        await pages.ask_code(pages.browser(), pages.living.village.phone("Anne Nordmann"))

    answer = await pages.ask_code(own, pages.living.village.phone("Anne Nordmann"))

    assert answer.status == 200
    assert answer.path == "/family/sign-in/code"


async def test_the_store_holds_no_code_and_no_token(pages: FamilyPages) -> None:
    browser = pages.browser()
    await pages.ask_code(browser, pages.living.village.phone("Anne Nordmann"))
    code = await pages.read_code("Anne Nordmann")
    step = browser.cookie("budbok-step-family") or ""

    def read(look: Look) -> tuple[FamilyCode, list[str]]:
        kept = look.session.scalars(sa.select(FamilyCode)).one()
        return kept, list(look.session.scalars(sa.select(Message.text)))

    kept, texts = await pages.living.hub.desk.look(OPERATOR, read)
    assert code not in kept.digest
    assert step not in (kept.token_hash, kept.digest)
    assert not [text for text in texts if code in text]


@pytest.mark.parametrize("why", ["stale", "gone", "closed", "no right", "blocked", "protected"])
async def test_who_may_be_shown_nothing_gets_no_code(pages: FamilyPages, clock: StoppedClock, why: str) -> None:
    who = "Ragnhild Lien" if why == "protected" else "Anne Nordmann"
    guardian = pages.living.village.guardian(who)

    def change(work: Work) -> None:
        address = sa.update(GuardianAddress).where(GuardianAddress.guardian_id == guardian.id)
        ties = sa.select(Guardianship.id).where(Guardianship.guardian_id == guardian.id)
        if why == "stale":
            work.session.execute(address.values(confirmed_at=work.now - timedelta(days=200)))
        elif why == "gone":
            work.session.execute(address.values(gone_at=work.now))
        elif why == "closed":
            work.session.execute(address.values(stopped_at=work.now, stopped_by="provider"))
        elif why == "no right":
            work.session.execute(sa.delete(GuardianRight).where(GuardianRight.guardianship_id.in_(ties)))
        elif why == "blocked":
            block(work, pages.living.village, who, "Kari Nordmann")

    await pages.living.hub.desk.work(OPERATOR, change)
    asked = await pages.ask_code(pages.browser(), pages.living.village.phone(who))

    assert asked.path == "/family/sign-in/code"
    assert await codes_sent(pages) == 0


async def test_a_shared_phone_asks_who_it_is_and_opens_nobodys_own_thread(pages: FamilyPages) -> None:
    await pages.living.text("Arne Moe", "contact teacher 7A", "Kan vi snakke om Iselin?")
    await pages.living.hub.desk.work(OPERATOR, write_privately, pages)
    browser = pages.browser()
    await pages.ask_code(browser, pages.living.village.phone("Arne Moe"))
    who = await browser.post("/family/sign-in/code", code=await pages.read_code("Arne Moe"))
    own = await pages.signed_in("Arne Moe")

    page = await own.get(f"/family/children/{pages.child('Iselin Moe')}")

    assert who.path == "/family/sign-in/who"
    assert "Arne Moe" in who.text
    assert "Gerd Moe" in who.text
    assert "Flere bruker denne telefonen" in (await own.get("/family")).text
    assert ("guardian own", "Kan vi snakke om Iselin?") in bubbles_of(page)
    assert "for Arne alone" not in page.text


def write_privately(work: Work, pages: FamilyPages) -> None:
    """Words in a thread that only one of those behind the phone is in."""
    arne = pages.living.village.guardian("Arne Moe")
    unit = pages.living.village.unit("school")
    thread = get_or_open_thread(work, unit.owner_id, unit.id, [arne.id], ThreadKind.PRIVATE)
    said = Message(
        id=work.new_id(),
        owner_id=unit.owner_id,
        thread_id=thread.id,
        at=work.now,
        author=Author.GUARDIAN,
        author_id=arne.id,
        channel="mail",
        text="for Arne alone",
        language="nb",
    )
    keep_message(work, thread, said, [pages.child("Iselin Moe")])


async def test_who_is_known_to_two_owners_says_where(pages: FamilyPages) -> None:
    browser = pages.browser()
    await pages.ask_code(browser, pages.living.village.phone("Mikko Lindqvist"))
    who = await browser.post("/family/sign-in/code", code=await pages.read_code("Mikko Lindqvist"))

    assert who.path == "/family/sign-in/who"
    assert "Fjordvik kommune" in who.text


async def test_nobody_is_chosen_who_is_not_behind_the_phone(pages: FamilyPages) -> None:
    browser = pages.browser()
    await pages.ask_code(browser, pages.living.village.phone("Arne Moe"))
    await browser.post("/family/sign-in/code", code=await pages.read_code("Arne Moe"))
    anne = pages.living.village.addresses[pages.living.village.guardian("Anne Nordmann").id][0]

    answer = await browser.post("/family/sign-in/who", address_id=anne.id)

    assert answer.status == 404
    assert browser.cookie(SESSION) is None
