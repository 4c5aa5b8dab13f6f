"""The page where whoever runs a unit sees what reads tags there, adds a gate, removes one, and says what counts at once."""

import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, expect

from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.door.pairing import pair_gate
from hub.door.readers import TagReader
from tests.admin_web.school_day import SchoolDay, run_school_day
from tests.admin_web.windows import check
from tests.hub.door.devices import pair_gate as hang_gate
from tests.hub.sign_in.school import TEST

LEADER = "Astrid Vik"
KEY = "cd" * 32


@pytest.fixture
async def day(village_store_url: str, clock: StoppedClock) -> AsyncIterator[SchoolDay]:
    async with run_school_day(village_store_url, clock) as running:
        yield running


def page_of(day: SchoolDay) -> str:
    return f"/readers/{day.village.unit('preschool').id}"


async def hung(day: SchoolDay) -> str:
    """A gate that is there already; its id."""
    return await day.site.desk.work(TEST, lambda work: hang_gate(work, day.village).id)


async def reader_of(day: SchoolDay, reader_id: str) -> TagReader:
    def get(look: Look) -> TagReader:
        return look.session.get_one(TagReader, reader_id)

    return await day.site.desk.look(TEST, get)


async def test_a_new_gate_gets_a_code_and_the_very_command_to_type(day: SchoolDay) -> None:
    leader = await day.as_(LEADER)
    await leader.get(page_of(day))

    shown = await leader.post(page_of(day), name="Hovedinngangen")

    found = re.search(r"budbok-gate pair (https://budbok\.test) (\S+)<", shown.text)
    assert found is not None

    def pair(work: Work) -> bool:
        return pair_gate(work, found[2], KEY) is not None

    assert await day.site.desk.work(TEST, pair)
    later = await leader.get(page_of(day))
    assert "Hovedinngangen" in later.text
    assert found[2] not in later.text
    assert len(await day.audited("reader.offer", LEADER)) == 1


async def test_a_removed_gate_is_shown_as_such_and_is_none_any_more(day: SchoolDay) -> None:
    gate_id, leader = await hung(day), await day.as_(LEADER, fresh=False)
    await leader.get(page_of(day))

    after = await leader.post(f"{page_of(day)}/{gate_id}/revoke")

    assert "Fjernet" in after.text
    gone = await reader_of(day, gate_id)
    assert (gone.revoked_at, gone.revoked_by) == (day.clock.now(), day.village.staff(LEADER).id)
    assert len(await day.audited("reader.revoke", LEADER)) == 1


async def test_what_counts_at_once_is_said_before_it_is_chosen_and_takes_fresh_proof(day: SchoolDay) -> None:
    gate_id, leader = await hung(day), await day.as_(LEADER)
    stale = await day.as_(LEADER, fresh=False)
    page = await stale.get(page_of(day))
    assert "Vis en gang til at det er deg" in page.text
    await stale.post(f"{page_of(day)}/{gate_id}/confirms", is_on="true")
    await stale.post(page_of(day), name="Sidedøra")
    assert not (await reader_of(day, gate_id)).confirms_itself
    assert not await day.audited("reader.offer", LEADER)

    before = await leader.get(page_of(day))
    on = await leader.post(f"{page_of(day)}/{gate_id}/confirms", is_on="true")

    assert "Vanlige brikker venter alltid" in before.text
    assert "En sikker brikke teller med en gang." in on.text
    assert (await reader_of(day, gate_id)).confirms_itself
    await leader.post(f"{page_of(day)}/{gate_id}/confirms")
    assert not (await reader_of(day, gate_id)).confirms_itself


@pytest.mark.parametrize("who", ["Ingrid Solberg", "Kari Lunde"])
async def test_nobody_but_whoever_runs_the_unit_sees_or_changes_its_readers(day: SchoolDay, who: str) -> None:
    gate_id, other = await hung(day), await day.as_(who)
    await other.get("/numbers")

    seen = [
        await other.get(page_of(day)),
        await other.post(page_of(day), name="Min"),
        await other.post(f"{page_of(day)}/{gate_id}/revoke"),
        await other.post(f"{page_of(day)}/{gate_id}/confirms", is_on="true"),
    ]

    assert [each.status for each in seen] == [404] * 4
    reader = await reader_of(day, gate_id)
    assert (reader.revoked_at, reader.confirms_itself) == (None, False)


async def test_a_gate_of_another_unit_is_none_here(day: SchoolDay) -> None:
    gate_id, leader = await hung(day), await day.as_("Ingrid Solberg")
    own = f"/readers/{day.village.unit('school').id}"
    page = await leader.get(own)

    tried = await leader.post(f"{own}/{gate_id}/revoke")

    assert (page.status, tried.status) == (200, 404)
    assert (await reader_of(day, gate_id)).revoked_at is None


@pytest.mark.browser
@pytest.mark.one_store
@pytest.mark.parametrize("width", [360, 1280])
async def test_axe_finds_nothing_and_it_is_reached_from_morning(browser: Browser, day: SchoolDay, width: int) -> None:
    await hung(day)
    context, page, complaints = await day.window(browser, LEADER, width)
    await page.goto(day.board("preschool"))
    await page.get_by_role("link", name="Lesere").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Én leser leser brikker her")

    await page.get_by_label("Hva kaller dere den?").fill("Hovedinngangen")
    await page.get_by_role("button", name="Lag en kode").click()
    await expect(page.get_by_text("budbok-gate pair")).to_be_visible()

    await check(page, complaints, f"readers-{width}")
    await context.close()
