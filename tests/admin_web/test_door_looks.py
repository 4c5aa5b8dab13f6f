"""*Door*: what a person finds out of a child of whom the phones said what does not fit, asked over HTTP as browsers do."""

import html
import re
from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa

from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.door.looking import list_to_look_at
from hub.door.marks import Clash, Way
from hub.school.attendance import Attendance, Departure, mark_here, mark_left
from tests.admin_web.school_day import SchoolDay, run_school_day
from tests.admin_web.staff_site import Seen
from tests.hub.door.at_door import keep_clash
from tests.hub.sign_in.school import TEST

TEACHER, NOAH = "Mette Strand", "Noah Bakken"


@pytest.fixture
async def day(village_store_url: str, clock: StoppedClock) -> AsyncIterator[SchoolDay]:
    async with run_school_day(village_store_url, clock) as day:
        yield day


def shown_of(look: Look, day: SchoolDay) -> list[str]:
    """The marks of Noah that wait."""
    found = list_to_look_at(look, day.village.unit("preschool"), [day.village.child(NOAH).id])
    return [id_ for one in found for id_ in one.open_ids]


async def test_with_whom_a_child_left_is_asked_on_its_page_and_said_there(day: SchoolDay) -> None:
    """A phone ticked as gone whom staff had seen come."""

    def leave(work: Work) -> None:
        place, child = day.village.unit("preschool"), day.village.child(NOAH)
        mark_here(work, place, [child], "staff")
        mark_left(work, place, [child.id], Departure(work.now, "staff"))
        keep_clash(work, day.village, NOAH, Way.LEAVING, Clash.WHO_FETCHED)

    await day.site.desk.work(TEST, leave)
    browser = await day.as_(TEACHER)
    unit, noah = f"/door/{day.village.unit('preschool').id}", day.village.child(NOAH).id

    waiting = await browser.get(f"{unit}/here")
    page = await browser.get(f"{unit}/children/{noah}")
    (shown,) = await day.site.desk.look(TEST, shown_of, day)
    stood = html.unescape(re.findall(r'name="stood" value="([^"]+)"', page.text)[0])

    async def find(who: str, name: str = "", stood: str = stood) -> Seen:
        path = f"{unit}/children/{noah}/look"
        return await browser.post(path, seen=shown, stood=stood, found="left", who=who, name=name)

    old = await find("other", "Nabo Trude", stood="here")
    unsure = await find("other", "Nabo Trude")
    await find(day.village.guardian("Marte Bakken").id)

    def fetched(look: Look) -> list[str | None]:
        return list(look.session.scalars(sa.select(Attendance.fetched_name)))

    assert f"{unit}/children/{noah}#looked" in waiting.text
    assert (waiting.text.count(f'name="seen" value="{shown}"'), page.text.count(f'name="seen" value="{shown}"')) == (
        1,
        2,
    )
    assert ('value="away"' in waiting.text, 'value="away"' in page.text) == (False, False)
    assert "Marte Bakken" in page.text
    assert (old.status, "Noe annet er ført om barnet" in old.text) == (422, True)
    assert (unsure.status, "Vi kjenner ikke Nabo Trude" in unsure.text) == (422, True)
    assert await day.site.desk.look(TEST, fetched) == ["Marte Bakken"]
    assert "#looked" not in (await browser.get(f"{unit}/here")).text


async def test_a_child_that_was_not_seen_today_is_not_said_to_have_left(day: SchoolDay) -> None:
    unit, noah = day.village.unit("preschool"), day.village.child(NOAH)

    await day.site.desk.work(TEST, keep_clash, day.village, NOAH, Way.MISSING, Clash.MISSING)
    browser = await day.as_(TEACHER)

    here = await browser.get(f"/door/{unit.id}/here")
    page = await browser.get(f"/door/{unit.id}/children/{noah.id}")

    assert "Er krysset av som savnet" in here.text
    assert f"{noah.id}#looked" not in here.text
    assert 'value="left"' not in page.text
