"""*Letters on paper to ...*: the office and the leaders see and correct a guardian's postal address, and nobody else does."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from hub.clock import StoppedClock
from hub.desk import Work
from hub.people.families import Child
from hub.people.postal_addresses import PostalAddress, keep_told_post, open_post
from hub.seal import Seal
from tests.admin_web.school_day import SchoolDay, run_school_day
from tests.admin_web.test_threads import shown
from tests.hub.sign_in.school import KEY, TEST

SEAL = Seal([KEY])
ANNE, OLA, KARI, ROGER = "Anne Nordmann", "Ola Nordmann", "Kari Nordmann", "Roger Sand"
OFFICE, LEADER, TEACHER, ADMINISTRATOR = "Per Haugen", "Ingrid Solberg", "Kari Lunde", "Tora Myklebust"
HOME = PostalAddress(("Fjellveien 3", "Leilighet 4"), "0001", "Fjordvik", "NO")
TOLD: dict[str, Any] = {
    "street": "Strandgata 9\r\nBakgården",
    "postal_code": "0002",
    "town": "Fjordvik",
    "country": "NO",
}
pytestmark = pytest.mark.one_store


@pytest.fixture
async def day(village_store_url: str, clock: StoppedClock) -> AsyncIterator[SchoolDay]:
    async with run_school_day(village_store_url, clock) as day:
        await tell(day, ANNE)
        yield day


async def tell(day: SchoolDay, name: str) -> None:
    """As the register would."""
    guardian = day.village.guardian(name)
    await day.site.desk.work(TEST, keep_told_post, SEAL, (guardian.owner_id, guardian.id), HOME)


async def post_of(day: SchoolDay, name: str = ANNE) -> PostalAddress | None:
    return await day.site.desk.look(TEST, open_post, SEAL, day.village.guardian(name).id)


def path(day: SchoolDay, child: str = KARI, guardian: str = ANNE) -> str:
    return f"/children/{day.village.child(child).id}/post/{day.village.guardian(guardian).id}"


@pytest.mark.parametrize("who", [OFFICE, LEADER])
async def test_the_office_and_the_leader_see_it_find_it_and_leave_a_trace(day: SchoolDay, who: str) -> None:
    browser = await day.as_(who)

    family = await browser.get(path(day).replace("/post/", "/reach/"))
    page = await browser.get(path(day))

    assert f'href="{path(day)}"' in family.text
    assert "Anne Nordmann<br>Fjellveien 3<br>Leilighet 4<br>0001 Fjordvik</p>" in page.text
    assert "Fra registeret" in page.text
    read = await day.audited("read", who)
    assert day.village.guardian(ANNE).id in read[-1].ids


async def test_a_correction_holds_at_once_says_who_made_it_and_leaves_a_trace(day: SchoolDay) -> None:
    office = await day.as_(OFFICE)
    await office.get(path(day))

    page = await office.post(path(day), **TOLD)

    assert "Strandgata 9<br>Bakgården<br>0002 Fjordvik" in page.text
    assert f"Rettet av {OFFICE}" in page.text
    assert await post_of(day) == PostalAddress(("Strandgata 9", "Bakgården"), "0002", "Fjordvik", "NO")
    (row,) = await day.audited("post.corrected", OFFICE)
    assert row.ids == [day.village.guardian(ANNE).id, day.village.child(KARI).id]
    assert row.why is None or "Strandgata" not in row.why


async def test_what_is_not_whole_is_refused_and_stays_typed(day: SchoolDay) -> None:
    office = await day.as_(OFFICE)
    await office.get(path(day))

    page = await office.post(path(day), **(TOLD | {"postal_code": "2"}))

    assert page.status == 422
    assert "Adressen er ikke hel" in shown(page)
    assert "Strandgata 9" in page.text
    assert await post_of(day) == HOME


async def test_where_letters_come_back_from_is_taken_away(day: SchoolDay) -> None:
    office = await day.as_(OFFICE)
    await office.get(path(day))

    page = await office.post(f"{path(day)}/wrong")

    assert f"Den forrige var feil: {OFFICE}" in shown(page)
    assert "Fjellveien" not in page.text
    assert await post_of(day) is None
    assert len(await day.audited("post.wrong", OFFICE)) == 1


@pytest.mark.parametrize("who", [TEACHER, ADMINISTRATOR, "Astrid Vik", "Nora Eide"])
async def test_nobody_else_of_the_staff_sees_it_or_a_way_to_it(day: SchoolDay, who: str) -> None:
    browser = await day.as_(who)

    family = await browser.get(path(day).replace("/post/", "/reach/"))
    page = await browser.get(path(day))
    await browser.post(path(day), **TOLD)

    assert page.status == 404
    assert "/post/" not in family.text
    assert await post_of(day) == HOME


async def test_one_guardians_address_is_on_no_page_of_the_other(day: SchoolDay) -> None:
    office = await day.as_(OFFICE)

    pages = [await office.get(path(day, guardian=OLA)), await office.get(f"/children/{day.village.child(KARI).id}")]

    assert [page.status for page in pages] == [200, 200]
    assert not any("Fjellveien" in page.text for page in pages)


async def test_whoever_is_kept_from_a_child_is_not_found_by_it_but_by_the_other_one(day: SchoolDay) -> None:
    await tell(day, ROGER)
    office = await day.as_(OFFICE)

    kept_from = await office.get(path(day, "Tiril Sand", ROGER))
    theirs = await office.get(path(day, "Fredrik Sand", ROGER))

    assert (kept_from.status, theirs.status) == (404, 200)
    assert "Fjellveien" not in kept_from.text
    assert "Fjellveien" in theirs.text


async def test_of_a_protected_childs_guardian_none_is_shown_or_taken_for_a_sibling_either(day: SchoolDay) -> None:
    marte, nora, noah = "Marte Bakken", "Nora Bakken", "Noah Bakken"
    await tell(day, marte)

    def protect(work: Work) -> None:
        work.session.get_one(Child, day.village.child(noah).id).protected = True

    await day.site.desk.work(TEST, protect)
    office = await day.as_(OFFICE)

    page = await office.get(path(day, nora, marte))
    refused = await office.post(path(day, nora, marte), **TOLD)

    assert "Her oppbevares ingen postadresse" in page.text
    assert not any(word in page.text for word in ("Fjellveien", "Noah", 'name="street"'))
    assert refused.status == 422
    assert await post_of(day, marte) is None
