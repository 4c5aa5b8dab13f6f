"""Staff register the phone they text from by the code that came there, and a leader takes one away."""

import re
from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa

from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.post.deliveries import Delivery
from hub.post.messages import Message
from hub.safety.staff_phones import StaffPhone
from tests.admin_web.school_day import SchoolDay, run_school_day
from tests.hub.post.outboxes import TEST
from tests.village import FJORDVIK

LUNDE, SOLBERG = "Kari Lunde", "Ingrid Solberg"
NUMBER = "40 00 09 51"


@pytest.fixture
async def day(village_store_url: str, clock: StoppedClock) -> AsyncIterator[SchoolDay]:
    async with run_school_day(village_store_url, clock) as running:
        yield running


async def read_code(day: SchoolDay, value: str = "+4740000951") -> tuple[str, list[str]]:
    """The figures that the phone shows, and what the book keeps of such texts."""

    def ask(look: Look) -> tuple[str, list[str]]:
        text = look.session.scalars(
            sa.select(Delivery.text).where(Delivery.recipient == value).order_by(Delivery.id.desc())
        ).first()
        return text or "", list(look.session.scalars(sa.select(Message.text)))

    text, kept = await day.site.desk.look(TEST, ask)
    found = re.match(r"(\d{6}) er koden", text)
    assert found is not None, text
    return found[1], kept


async def the_phones(day: SchoolDay) -> list[StaffPhone]:
    return await day.site.desk.look(
        TEST, lambda look: list(look.session.scalars(sa.select(StaffPhone).order_by(StaffPhone.id)))
    )


async def test_the_code_from_the_phone_registers_it_and_the_book_does_not_keep_it(day: SchoolDay) -> None:
    browser = await day.as_(LUNDE, FJORDVIK)
    empty = await browser.get("/you/phone")
    sent = await browser.post("/you/phone", number=NUMBER)
    code, kept = await read_code(day)
    (phone,) = await the_phones(day)

    wrong = await browser.post(f"/you/phone/{phone.id}/code", code="000000" if code != "000000" else "111111")
    right = await browser.post(f"/you/phone/{phone.id}/code", code=code)

    assert "Du har ingen registrert telefon" in empty.text
    assert "Vi har sendt en kode til +47 40 00 09 51." in sent.text
    assert not any(code in text for text in kept)
    assert (wrong.status, "Koden stemmer ikke." in wrong.text) == (422, True)
    assert "Telefonen din er registrert" in right.text


async def test_what_is_no_phone_is_said_so_and_what_was_typed_stays(day: SchoolDay) -> None:
    browser = await day.as_(LUNDE, FJORDVIK)
    await browser.get("/you/phone")

    seen = await browser.post("/you/phone", number="ingen telefon")

    assert (seen.status, "Dette er ikke et mobilnummer." in seen.text) == (422, True)
    assert 'value="ingen telefon"' in seen.text


async def test_ones_other_phone_is_told_of_a_new_one(day: SchoolDay) -> None:
    browser = await day.as_(LUNDE, FJORDVIK)
    await browser.get("/you/phone")
    await browser.post("/you/phone", number=NUMBER)
    first = await read_code(day)
    await browser.post(f"/you/phone/{(await the_phones(day))[0].id}/code", code=first[0])

    await browser.post("/you/phone", number="40 00 09 52")
    second = await read_code(day, "+4740000952")
    fresh = next(phone for phone in await the_phones(day) if phone.proven_at is None)
    await browser.post(f"/you/phone/{fresh.id}/code", code=second[0])

    def ask(look: Look) -> list[str]:
        return list(
            look.session.scalars(
                sa.select(Delivery.text).where(Delivery.recipient == "+4740000951").order_by(Delivery.id)
            )
        )

    assert (await day.site.desk.look(TEST, ask))[-1].startswith("Telefonen som slutter på 52 kan nå merke barn")


async def test_one_removes_ones_own_phone_and_a_leader_that_of_their_staff(day: SchoolDay) -> None:
    browser = await day.as_(LUNDE, FJORDVIK)
    await browser.get("/you/phone")
    for _ in range(2):
        await browser.post("/you/phone", number=NUMBER)
        code, _ = await read_code(day)
        phone = next(one for one in await the_phones(day) if one.proven_at is None and one.ended_at is None)
        await browser.post(f"/you/phone/{phone.id}/code", code=code)
        if not any(one.ended_at for one in await the_phones(day)):
            gone = await browser.post(f"/you/phone/{phone.id}/remove")
            assert "Du har ingen registrert telefon" in gone.text
    staff_id = day.village.staff(LUNDE).id
    leader = await day.as_(SOLBERG, FJORDVIK)

    shown = await leader.get(f"/staff/{staff_id}")
    after = await leader.post(f"/staff/{staff_id}/phones/{phone.id}/remove")

    assert "Telefon som slutter på 51" in shown.text
    assert "40 00 09 51" not in shown.text
    assert "Telefon som slutter på" not in after.text
    assert all(one.ended_at for one in await the_phones(day))


async def test_a_teacher_takes_nobodys_phone_but_their_own(day: SchoolDay) -> None:
    browser = await day.as_(LUNDE, FJORDVIK)
    await browser.get("/you/phone")
    await browser.post("/you/phone", number=NUMBER)
    (phone,) = await the_phones(day)
    other = await day.as_("Jonas Dahl", FJORDVIK)
    await other.get("/you/phone")

    own = await other.post(f"/you/phone/{phone.id}/remove")
    as_leader = await other.post(f"/staff/{day.village.staff(LUNDE).id}/phones/{phone.id}/remove")

    assert (own.status, as_leader.status) == (404, 404)
    assert [one.ended_at for one in await the_phones(day)] == [None]


async def test_a_phone_that_was_not_answered_any_more_is_shown_to_its_owner_and_to_the_leader(day: SchoolDay) -> None:
    browser = await day.as_(LUNDE, FJORDVIK)
    await browser.get("/you/phone")
    await browser.post("/you/phone", number=NUMBER)
    code, _ = await read_code(day)
    (phone,) = await the_phones(day)
    await browser.post(f"/you/phone/{phone.id}/code", code=code)
    before = await browser.get("/you/phone")

    def silence(work: Work) -> None:
        work.session.get_one(StaffPhone, phone.id).silenced_at = work.now

    await day.site.desk.work(TEST, silence)
    own = await browser.get("/you/phone")
    leader = await day.as_(SOLBERG, FJORDVIK)
    theirs = await leader.get(f"/staff/{day.village.staff(LUNDE).id}")

    said = "Det kom så mange SMS fra denne telefonen i dag"
    assert said not in before.text
    assert said in own.text
    assert said in theirs.text
    assert "Spør om det var eieren selv" in theirs.text
