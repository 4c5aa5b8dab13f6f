"""A family day carer tells her day by text from one phone; her leader reads what she gets back, and no text tells of diets."""

from collections.abc import AsyncIterator
from datetime import date, datetime, time
from pathlib import Path

import pytest

from hub.address import SMS, Address
from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.people.staff import RoleKind, Staff
from hub.safety.address_changes import Code
from hub.safety.staff_phones import begin_phone, try_phone_code
from hub.school.attendance_read import list_standing
from hub.school.care_notes import NoteKind
from tests.hub.post.outboxes import TEST
from tests.hub.school.home_days import ASK, CARER, LIVE, MONDAY, SIGNE, HomeDays
from tests.living_hub import ANSWER_SECONDS, LivingHub, living_hub

PHONE = "+4740000953"


@pytest.fixture
async def living(tmp_path: Path, village_store_url: str, clock: StoppedClock) -> AsyncIterator[LivingHub]:
    async with living_hub(tmp_path, village_store_url, clock) as hub:
        yield hub


@pytest.fixture
async def home(living: LivingHub, clock: StoppedClock) -> HomeDays:
    """Solveig's phone is registered, Live's food is known, and rates hold."""
    code = Code("482913", "salt")

    def prove(work: Work) -> None:
        staff = work.session.get_one(Staff, living.village.staff(CARER).id)
        assert try_phone_code(work, begin_phone(work, staff, Address(SMS, PHONE), code), code.figures)

    await living.hub.desk.work(TEST, prove)
    home = HomeDays(living.village, clock)
    await home.set_rates(date(2025, 1, 1))
    await home.has_note(LIVE, NoteKind.FOOD, "uten gluten")
    return home


async def text(living: LivingHub, body: str) -> str:
    phone = living.provider.phone(PHONE)
    assert await phone.text(living.village.number("carer").value, body) == 200
    return (await phone.next_text(ANSWER_SECONDS)).body


def moved(home: HomeDays, clock: StoppedClock, hour: int, minute: int = 0) -> None:
    """On with the day; what lasts notices it too."""
    to: datetime = home.unit.moment(MONDAY, time(hour, minute))
    clock.move(to - clock.now())


@pytest.mark.capability("L-11", "N-34", "W-28")
async def test_three_texts_tell_the_day_and_the_report_writes_itself(
    living: LivingHub, home: HomeDays, clock: StoppedClock
) -> None:
    await home.give_role("Astrid Vik", RoleKind.LEADER)

    moved(home, clock, 8)
    here = await text(living, "alle her")
    moved(home, clock, 11, 30)
    lunch = await text(living, "lunsj alle unnateke Signe")
    moved(home, clock, 15)
    left = await text(living, "alle gjekk 14.30")

    assert here == "Hos Solveig: 3 er her no. Feil? Svar ANGRE."
    assert lunch == "Notert: lunsj for Ask og Live. Feil? Svar ANGRE."
    assert left == "Hos Solveig: 3 gjekk 14.30. Feil? Svar ANGRE."
    (solveig,) = (await home.month(by="Astrid Vik")).carers
    said = [(line.what, line.count, str(line.amount)) for line in solveig.lines]
    assert said == [("meal", 1, "3.33"), ("meal", 1, "4.44"), ("diet", 1, "1.33"), ("whole_day", 3, "21.00")]
    assert str(solveig.amount) == "30.10"


async def test_a_meal_told_by_text_marks_nobody_here_and_undo_takes_it_back(
    living: LivingHub, home: HomeDays, clock: StoppedClock
) -> None:
    moved(home, clock, 8)

    refused = await text(living, "Ask lunsj")
    await text(living, "Ask kom 8.00")
    kept = await text(living, "Ask lunsj")
    undone = await text(living, "ANGRE")

    assert refused.startswith("Ikkje notert: Ask er ikkje merkt som her i dag")
    assert kept == "Notert: lunsj for Ask. Feil? Svar ANGRE."
    assert undone.startswith("Angra: det du melde 08.00 om Ask (Hos Solveig).")

    def ask(look: Look) -> list[str]:
        return [row.child_id for row in list_standing(look, home.unit, MONDAY)]

    assert await living.hub.desk.look(TEST, ask) == [home.child(ASK).id]
    assert [day.care.eaten for day in (await home.month()).days] == [()]


async def test_a_word_that_is_lunch_to_her_and_breakfast_here_is_asked_about(
    living: LivingHub, home: HomeDays, clock: StoppedClock
) -> None:
    def moves(work: Work) -> None:
        work.session.get_one(Staff, living.village.staff(CARER).id).language = "da"

    await living.hub.desk.work(TEST, moves)
    await home.was_here(SIGNE, MONDAY, time(7, 30), None)
    moved(home, clock, 11, 30)

    asked = await text(living, "Signe frokost")
    kept = await text(living, "2")

    assert asked.startswith("Hvilket måltid mener du? Svar 1 morgenmad eller 2 frokost")
    assert kept == "Noteret: frokost for Signe. Forkert? Svar FORTRYD."
    ((eaten,),) = [day.care.eaten for day in (await home.month()).days]
    assert eaten.kind == "lunch"
