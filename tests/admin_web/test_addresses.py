"""New addresses on the page of a child: who sees them, and what staff say to each."""

from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa

from hub.address import SMS, Address
from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.people.families import Block
from hub.safety.address_changes import AddressChange, ChangeState, begin_change
from tests.admin_web.school_day import run_school_day
from tests.admin_web.staff_site import Site, run_site
from tests.admin_web.test_threads import DAHL, HEIKKINEN, LUNDE, shown
from tests.hub.post.spoken import TEST
from tests.village import Village, load_village

ANNE = "Anne Nordmann"


@pytest.fixture
async def site(village_store_url: str, clock: StoppedClock) -> AsyncIterator[Site]:
    async with run_site(village_store_url, clock) as running:
        yield running


@pytest.fixture
async def people(site: Site) -> Village:
    return await load_village(site.desk)


async def tell(site: Site, people: Village) -> str:
    def begin(work: Work) -> str:
        anne = people.guardian(ANNE)
        return begin_change(work, anne, people.addresses[anne.id][0], Address(SMS, "+4740000977"), None).id

    return await site.desk.work(TEST, begin)


async def state_of(site: Site, change_id: str) -> str:
    def find(look: Look) -> str:
        return look.session.get_one(AddressChange, change_id).state

    return await site.desk.look(TEST, find)


@pytest.mark.parametrize(("word", "becomes"), [("confirm", ChangeState.PROVEN), ("refuse", ChangeState.REFUSED)])
async def test_whoever_serves_the_child_sees_a_new_number_and_decides(
    site: Site, people: Village, word: str, becomes: ChangeState
) -> None:
    change = await tell(site, people)
    path = f"/children/{people.child('Kari Nordmann').id}"
    browser = await site.signed_in(LUNDE)

    words = shown(await browser.get(path))
    assert "Anne Nordmann : +47 40 00 09 77" in words
    assert "Kan ikke prøves herfra: spør familien." in words
    after = await browser.post(f"{path}/addresses/{change}/{word}")

    assert ("De ansatte har bekreftet." in shown(after)) is (word == "confirm")
    assert f"{change}/confirm" not in after.text
    assert await state_of(site, change) == becomes


async def test_what_somebody_has_decided_is_decided(site: Site, people: Village) -> None:
    change = await tell(site, people)
    path = f"/children/{people.child('Kari Nordmann').id}"
    browser = await site.signed_in(LUNDE)
    await browser.get(path)
    await browser.post(f"{path}/addresses/{change}/refuse")

    page = await browser.post(f"{path}/addresses/{change}/confirm")

    assert page.status == 422
    assert "Dette er avgjort allerede." in shown(page)
    assert await state_of(site, change) == ChangeState.REFUSED


@pytest.mark.parametrize(("login", "status"), [(LUNDE, 200), (DAHL, 404), (HEIKKINEN, 404)])
async def test_nobody_decides_for_a_child_they_do_not_serve(
    site: Site, people: Village, login: str, status: int
) -> None:
    change = await tell(site, people)
    path = f"/children/{people.child('Kari Nordmann').id}"
    browser = await site.signed_in(login)
    await browser.get("/")

    page = await browser.post(f"{path}/addresses/{change}/confirm")

    assert page.status == status
    assert await state_of(site, change) == (ChangeState.PROVEN if status == 200 else ChangeState.FOR_STAFF)


async def test_a_change_of_another_familys_is_not_there_and_a_blocked_guardians_is_not_shown(
    site: Site, people: Village
) -> None:
    change = await tell(site, people)
    kari, other = people.child("Kari Nordmann"), people.child("Henrik Strøm")
    browser = await site.signed_in(LUNDE)
    await browser.get(f"/children/{kari.id}")
    assert (await browser.post(f"/children/{other.id}/addresses/{change}/confirm")).status == 404

    await site.desk.work(TEST, block, people)

    assert "+47 40 00 09 77" not in shown(await browser.get(f"/children/{kari.id}"))
    assert (await browser.post(f"/children/{kari.id}/addresses/{change}/confirm")).status == 404
    assert await state_of(site, change) == ChangeState.FOR_STAFF


async def test_what_staff_write_down_waits_to_be_confirmed(site: Site, people: Village) -> None:
    kari, anne = people.child("Kari Nordmann"), people.guardian(ANNE)
    path = f"/children/{kari.id}"
    browser = await site.signed_in(LUNDE)
    await browser.get(path)

    after = await browser.post(f"{path}/addresses", guardian_id=anne.id, address="400 00 978")
    wrong = await browser.post(f"{path}/addresses", guardian_id=anne.id, address="hjemme hos mor")
    own = await browser.post(f"{path}/addresses", guardian_id=anne.id, address=people.phone(ANNE))

    assert "Anne Nordmann : +47 40 00 09 78" in shown(after)
    assert (wrong.status, own.status) == (422, 422)
    assert "Dette er verken et telefonnummer eller en e-postadresse." in shown(wrong)
    assert "Den har de allerede, eller så er den vår egen." in shown(own)


async def test_staff_write_down_nothing_for_who_is_no_guardian_of_the_child(site: Site, people: Village) -> None:
    kari, other = people.child("Kari Nordmann"), people.guardian("Marte Bakken")
    browser = await site.signed_in(LUNDE)
    await browser.get(f"/children/{kari.id}")

    page = await browser.post(f"/children/{kari.id}/addresses", guardian_id=other.id, address="400 00 978")

    assert page.status == 404


def block(work: Work, people: Village) -> None:
    kari = people.child("Kari Nordmann")
    work.session.add(
        Block(
            id=work.new_id(),
            owner_id=kari.owner_id,
            guardian_id=people.guardian(ANNE).id,
            child_id=kari.id,
            reason="tested",
            set_by=work.session.scalars(sa.select(Block.set_by)).first() or "x",
            set_at=work.now,
        )
    )


@pytest.mark.parametrize("fresh", [True, False])
async def test_an_address_is_confirmed_and_written_down_only_with_fresh_proof(
    village_store_url: str, clock: StoppedClock, fresh: bool
) -> None:
    async with run_school_day(village_store_url, clock) as day:
        anne = day.village.guardian(ANNE)
        change = await tell(day.site, day.village)
        path = f"/children/{day.village.child('Kari Nordmann').id}"
        browser = await day.as_("Kari Lunde", fresh=fresh)
        await browser.get(path)

        await browser.post(f"{path}/addresses/{change}/confirm")
        await browser.post(f"{path}/addresses", guardian_id=anne.id, address="+4740000978")

        states = await day.site.desk.look(
            TEST, lambda look: list(look.session.scalars(sa.select(AddressChange.state).order_by(AddressChange.id)))
        )
    assert (states[0] != ChangeState.FOR_STAFF) is fresh
    assert (len(states) == 2) is fresh
