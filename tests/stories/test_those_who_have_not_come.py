"""A teacher writes only to the families whose children have not come, and whoever comes meanwhile is not written to."""

from collections.abc import AsyncIterator
from html import unescape

import pytest

from hub.clock import StoppedClock
from hub.post.broadcasts import HOLD
from tests.admin_web.broadcast_day import form, look, send, texts, wake
from tests.admin_web.school_day import SchoolDay, run_school_day

TEACHER = "Kari Lunde"
BUS = "Bussen fra sentrum er forsinket i dag."


@pytest.fixture
async def day(village_store_url: str, clock: StoppedClock) -> AsyncIterator[SchoolDay]:
    async with run_school_day(village_store_url, clock) as day:
        day.move_to(8, 20)
        yield day


@pytest.mark.capability("H-58")
async def test_a_change_in_the_morning_is_told_to_those_whom_it_concerns(day: SchoolDay) -> None:
    teacher = await day.as_(TEACHER)
    await teacher.get("/morning")
    for child in ("Kari Nordmann", "Mia Dahlby Olsen"):
        await teacher.post(f"{day.row(child)}/here")
    await day.report("Jonas Aune", "Stein Aune")
    given = form(day, text_nb=BUS, today="not_yet")

    whole, seen = (
        unescape((await look(teacher, form(day, text_nb=BUS))).text),
        unescape((await look(teacher, given)).text),
    )
    held = await send(teacher, given)
    await teacher.post(f"{day.row('Henrik Strøm')}/here")
    day.clock.move(HOLD)
    await wake(day)

    assert "Når 12 foresatte" in whole
    assert "Når 6 foresatte" in seen
    assert "Snevret inn: 7 av 13" in seen
    assert "Anne Nordmann" not in seen.partition("<aside")[2]
    assert "Bare barnet har ikke kommet ennå i dag" in unescape((await teacher.get(held.path)).text)
    told = await texts(day)
    phone = day.village.phone
    assert phone("Wenche Sand") in told
    for name in ("Anne Nordmann", "Stein Aune", "Silje Strøm"):
        assert phone(name) not in told
