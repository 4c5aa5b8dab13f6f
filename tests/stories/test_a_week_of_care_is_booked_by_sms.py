"""Families are asked for the week's times, answer by text, and staff see it at once; after the lock only absence is taken."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from admin_web.staff.week_board import gather_board
from hub.asker import Asker, Trust
from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.people.places import Unit
from hub.school.absences import list_of_unit
from hub.school.care_rules import Rules, set_rules
from tests.living_hub import OPERATOR, LivingHub, living_hub

BOOKED = date(2025, 3, 17)
THURSDAY_AFTERNOON = timedelta(days=3, hours=9, minutes=50)
"""From the village's Monday morning to just after the question has left."""
ROLE = "teacher blabaer"


@pytest.fixture
async def living(tmp_path: Path, village_store_url: str, clock: StoppedClock) -> AsyncIterator[LivingHub]:
    async with living_hub(tmp_path, village_store_url, clock) as hub:
        yield hub


async def booked(living: LivingHub, child: str) -> list[str]:
    """What Blåbær's teacher sees of a child's week: each day's hours."""
    asker = Asker("staff", living.village.staff("Mette Strand").id, Trust.STRONG, "page week")
    unit = living.village.unit("preschool").id

    def look_at_week(look: Look) -> list[str]:
        board = gather_board(look, unit, BOOKED)
        row = next(row for row in board.rows if row.name == child)
        return [cell.plan.booking.hours if cell.plan.booking else cell.plan.standing.value for cell in row.cells]

    return await living.hub.desk.look(asker, look_at_week)


@pytest.mark.capability("L-23")
async def test_a_week_is_asked_for_booked_locked_and_illness_is_still_taken(
    living: LivingHub, clock: StoppedClock
) -> None:
    def ask(work: Work) -> None:
        set_rules(work, work.session.get_one(Unit, living.village.unit("preschool").id), Rules(asks=True), "leader")

    await living.hub.desk.work(OPERATOR, ask)
    phone = living.phone("Lene Berg")
    assert await booked(living, "Mathias Berg") == ["untold"] * 5

    clock.move(THURSDAY_AFTERNOON)
    question = await phone.next_text()
    await living.settled()
    clock.move(timedelta(minutes=5))
    answer = await living.text("Lene Berg", ROLE, "man-tor 8-16, fre fri")

    assert question.body.startswith("Når kommer Mathias i uke 12? Svar for eksempel")
    assert answer.startswith("Notert: Mathias, uke 12: man-tor 8-16, fre fri.")
    assert await booked(living, "Mathias Berg") == ["08:00-16:00"] * 4 + [""]

    clock.move(timedelta(days=4))
    refused = await living.text("Lene Berg", ROLE, "tirsdag 18. mars 9-15")
    taken = await living.text("Lene Berg", ROLE, "Mathias er syk i dag")

    assert refused.startswith("Uke 12 ble låst")
    assert "Sykdom kan du melde når som helst." in refused
    assert await booked(living, "Mathias Berg") == ["08:00-16:00"] * 4 + [""]
    assert taken.startswith("Notert: Mathias er syk i dag")
    unit = living.village.unit("preschool").id
    away = await living.hub.desk.look(OPERATOR, list_of_unit, unit, date(2025, 3, 10))
    assert [row.child_id for row in away] == [living.village.child("Mathias Berg").id]
