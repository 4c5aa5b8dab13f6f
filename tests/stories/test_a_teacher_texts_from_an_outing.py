"""A teacher on an outing texts who is here: the board shows it at once, a receipt comes, and UNDO takes it back."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from hub.address import SMS, Address
from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.people.staff import Staff
from hub.safety.access import get_reach
from hub.safety.address_changes import Code
from hub.safety.staff_phones import begin_phone, try_phone_code
from hub.school.day_board import OnBoard, Presence, list_board
from tests.hub.post.outboxes import TEST
from tests.hub.post.spoken import as_staff
from tests.living_hub import ANSWER_SECONDS, LivingHub, living_hub

LUNDE, PHONE = "Kari Lunde", "+4740000951"


@pytest.fixture
async def living(tmp_path: Path, village_store_url: str, clock: StoppedClock) -> AsyncIterator[LivingHub]:
    async with living_hub(tmp_path, village_store_url, clock) as hub:
        yield hub


async def register(living: LivingHub) -> None:
    code = Code("482913", "salt")

    def prove(work: Work) -> None:
        staff = work.session.get_one(Staff, living.village.staff(LUNDE).id)
        assert try_phone_code(work, begin_phone(work, staff, Address(SMS, PHONE), code), code.figures)

    await living.hub.desk.work(TEST, prove)


async def text(living: LivingHub, body: str) -> str:
    phone = living.provider.phone(PHONE)
    assert await phone.text(living.village.number("contact teacher 7A").value, body) == 200
    return (await phone.next_text(ANSWER_SECONDS)).body


async def the_board(living: LivingHub) -> dict[str, OnBoard]:
    def ask(look: Look) -> dict[str, OnBoard]:
        school = living.village.unit("school")
        board = list_board(look, get_reach(look), school, school.today(look.now))
        return {on.child.called: on for on in board}

    return await living.hub.desk.look(as_staff(living.village.staff(LUNDE)), ask)


async def test_a_whole_class_is_marked_from_the_bus_and_taken_back(living: LivingHub) -> None:
    await register(living)

    said = await text(living, "7A alle her unntatt Mia og Jonas")
    board = await the_board(living)
    undone = await text(living, "ANGRE")
    after = await the_board(living)

    here = {name for name, on in board.items() if on.presence is Presence.HERE}
    assert said == f"7A: {len(here)} er her nå. Ikke her: Mia og Jonas. Feil? Svar ANGRE."
    assert here == board.keys() - {"Mia", "Jonas"}
    assert all(board[name].by_text for name in here)
    assert undone == "Angret: det du meldte 07.12 om 6 barn. Tavla er som før det."
    assert {on.presence for on in after.values()} == {Presence.NOT_HEARD}


async def test_a_child_comes_late_and_leaves_early(living: LivingHub, clock: StoppedClock) -> None:
    await register(living)
    clock.move(timedelta(hours=2))

    came = await text(living, "Mia kom 8.40")
    clock.move(timedelta(hours=3))
    left = await text(living, "Mia gikk 11.50")

    mia = (await the_board(living))["Mia"]
    assert came == "Merket: Mia (7A) kom 08.40. Feil? Svar ANGRE."
    assert left == "Merket: Mia (7A) gikk 11.50. Feil? Svar ANGRE."
    assert mia.presence is Presence.LEFT
    assert mia.left_at is not None
    assert f"{living.village.unit('school').local(mia.left_at):%H:%M}" == "11:50"
