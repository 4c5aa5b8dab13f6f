"""The door of the rehearsal, with its real gate: paired once, touched by played tags, full of families when asked for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from aiohttp import ClientSession
from playwright.async_api import async_playwright, expect

from hub.clock import StoppedClock
from hub.desk import Desk, Look
from hub.door.marks import Way
from hub.door.readers import TagReader
from hub.door.taps import Proof, Tap, TapState
from hub.people.families import Child, Guardian, Guardianship, Placement
from hub.school.attendance_undoing import UNDONE_WITHIN
from hub.school.attendance_wishes import AttendanceWish
from nfc_gateway.lamp import Sign
from tests.admin_web.axe import list_findings
from tests.admin_web.gallery import find_chromium, launch
from tests.living_hub import OPERATOR, LivingHub, living_hub
from tests.patience import PATIENCE, START_PATIENCE
from tests.ports import hold_port
from tests.village import Village, list_handsets, load_village

from .demo_phones import DemoPhone
from .door import Door, Rush
from .door_form import DoorForm
from .door_staff import DoorStaff, Waiting, at_the_door
from .many_families import COUNT, MARK, leave_out_many, load_many
from .twilio_provider import RehearsalProvider
from .wall_gate import WallGate

MOST = 1000 * PATIENCE  # milliseconds
NOAH, MARTE, LEADER = "Noah Bakken", "Marte Bakken", "Astrid Vik"


@pytest.fixture
async def living(tmp_path: Path, village_store_url: str, clock: StoppedClock) -> AsyncIterator[LivingHub]:
    async with living_hub(tmp_path, village_store_url, clock) as hub:
        yield hub


def door_of(living: LivingHub, folder: Path) -> Door:
    return Door(living.hub.desk, living.hub.settings, living.village, WallGate(folder / "gate", hold_port()))


async def reads(door: Door) -> None:
    """Return when the gate waits for tags."""
    async with asyncio.timeout(START_PATIENCE):
        while door.gate.sign is not Sign.READY:
            await asyncio.sleep(0.02)


@pytest.fixture
async def door(living: LivingHub, tmp_path: Path) -> AsyncIterator[Door]:
    """Paired and reading."""
    door = door_of(living, tmp_path)
    await door.open(await door.prepare())
    await reads(door)
    yield door
    await door.gate.stop()


def chip_of(door: Door, child: str, *, is_proving: bool) -> str:
    child_id = door.village.child(child).id
    chips = door.chips.values()
    return next(c.serial for c in chips if child_id in c.child_ids and (c.proving is not None) is is_proving)


async def rows(desk: Desk, *what: sa.Executable) -> list[int]:
    def count(look: Look) -> list[int]:
        return [len(look.session.execute(each).all()) for each in what]

    return await desk.look(OPERATOR, count)


def list_taps(look: Look) -> list[tuple[str, str]]:
    found = look.session.scalars(sa.select(Tap).order_by(Tap.number))
    return [(tap.proof, tap.state) for tap in found]


async def taps_of(living: LivingHub, number: int) -> list[tuple[str, str]]:
    """What the hub has of so many touches, once it has them."""
    async with asyncio.timeout(PATIENCE):
        while len(taps := await living.hub.desk.look(OPERATOR, list_taps)) < number:
            await asyncio.sleep(0.02)
    return taps


async def waiting_for(employee: DoorStaff) -> Waiting:
    """The touch that an employee sees first."""
    async with asyncio.timeout(PATIENCE):
        while not (waiting := await employee.waiting()):
            await asyncio.sleep(0.02)
    return waiting[0]


async def test_a_gate_that_was_paired_and_tags_that_are_out_are_used_again(
    living: LivingHub, door: Door, tmp_path: Path
) -> None:
    plain = door.chips[chip_of(door, "Mathias Berg", is_proving=False)]
    assert await door.gate.touch(plain) is Sign.KEPT
    await door.gate.stop()

    again = door_of(living, tmp_path)
    code = await again.prepare()
    await again.open(code)
    await reads(again)
    assert await again.gate.touch(again.chips[chip_of(again, NOAH, is_proving=True)]) is Sign.KEPT
    taps = await taps_of(living, 2)
    await again.gate.stop()

    assert code is None
    assert again.chips.keys() == door.chips.keys()
    assert await rows(living.hub.desk, sa.select(TagReader.id)) == [1]
    assert taps == [(Proof.HINT, TapState.PENDING), (Proof.PROVEN, TapState.PENDING)]


async def test_a_gate_that_was_removed_is_paired_anew(living: LivingHub, door: Door, tmp_path: Path) -> None:
    await living.hub.desk.work(
        OPERATOR, lambda work: work.session.execute(sa.update(TagReader).values(revoked_at=work.now))
    )

    assert await door_of(living, tmp_path).prepare() is not None


async def test_families_come_and_are_fetched_by_their_tags_and_hear_of_it(
    living: LivingHub, door: Door, clock: StoppedClock
) -> None:
    some = [chip_of(door, "Mathias Berg", is_proving=False), chip_of(door, "Sol Engebretsen", is_proving=True)]
    door.chips = {serial: door.chips[serial] for serial in some}
    told: list[Rush] = []

    came = await door.rush(Way.COMING, told.append, seconds=0.0)
    heard = (await living.phone("Lene Berg").next_text()).body
    nobody = await door.rush(Way.COMING, told.append, seconds=0.0)
    clock.move(timedelta(hours=8))
    left = await door.rush(Way.LEAVING, told.append, seconds=0.0)
    clock.move(UNDONE_WITHIN)
    heard_last = (await living.phone("Lene Berg").next_text()).body

    assert (came.done, came.of, nobody.of, left.done) == (2, 2, 0, 2)
    assert heard.startswith("Mathias kom kl. 07.1")
    assert heard_last.startswith("Mathias gikk kl. 15.1")
    assert {tap[1] for tap in await living.hub.desk.look(OPERATOR, list_taps)} == {TapState.CONFIRMED}


async def test_the_full_preschool_has_eighty_children_and_the_village_on_the_page_stays_as_it_was(
    village: Village,
) -> None:
    desk, unit = village.desk, village.unit("preschool")
    before = list_handsets(village)
    placed = sa.select(Child.id).join(Placement, Placement.child_id == Child.id).where(Placement.unit_id == unit.id)
    tied = sa.select(Guardianship.id).join(Guardian).where(Guardian.source_id.startswith(MARK))

    for _ in range(2):
        await desk.work(OPERATOR, load_many)
    again = await load_village(desk)
    leave_out_many(again)

    assert await rows(desk, placed, tied) == [80, COUNT]
    assert list_handsets(again) == before


async def test_what_guardians_chose_to_hear_stays_chosen(living: LivingHub, door: Door, tmp_path: Path) -> None:
    wishes = sa.select(AttendanceWish.guardian_id).where(AttendanceWish.came)
    before = await rows(living.hub.desk, wishes)
    await living.hub.desk.work(
        OPERATOR, lambda work: work.session.execute(sa.update(AttendanceWish).values(came=False))
    )

    await door_of(living, tmp_path).prepare()

    assert before[0] > 0
    assert await rows(living.hub.desk, wishes) == [0]


def show_on_page(living: LivingHub, door: Door) -> None:
    page = living.provider.page
    page.phones = [DemoPhone.of(row) for row in list_handsets(living.village)]
    page.door = DoorForm(door, living.provider.network.bulletin, lambda: living.provider.count, lambda number: None)


@pytest.mark.browser
@pytest.mark.parametrize("width", [360, 1280])
async def test_a_touch_on_the_page_lights_the_lamp_and_waits_for_staff(
    living: LivingHub, door: Door, width: int
) -> None:
    executable = find_chromium()
    if executable is None:
        pytest.skip("needs a Chromium: apt-get install chromium")
    show_on_page(living, door)
    async with async_playwright() as playwright:
        browser = await launch(playwright, executable)
        context = await browser.new_context(viewport={"width": width, "height": 800}, reduced_motion="reduce")
        page = await context.new_page()
        await page.goto(living.provider.url)
        await expect(page.locator("html")).to_have_class("live", timeout=MOST)
        phone = page.get_by_role("article", name=MARTE)

        await phone.get_by_role("button", name="Touch Noah’s tag at the door").click()

        await expect(phone.get_by_text("The lamp lit at")).to_be_visible(timeout=MOST)
        assert await list_findings(page) == []
        assert await page.evaluate("document.documentElement.scrollWidth") == width
        staff = living.village.staff(LEADER)
        async with at_the_door(door.desk, staff, door.unit.id, living.hub.settings.staff.url) as employee:
            assert await employee.confirm(await waiting_for(employee))
        await expect(phone.get_by_text("Noah kom kl.")).to_be_visible(timeout=MOST)
        await browser.close()


async def test_a_page_without_a_door_offers_none(provider: RehearsalProvider) -> None:
    async with ClientSession(provider.url) as session:
        async with session.get("/") as answer:
            page = await answer.text()
        async with session.post("/door/touch", data={"tag": "04a1b2c3d4e5f6"}) as answer:
            status = answer.status

    assert 'class="door"' not in page
    assert status == 404
