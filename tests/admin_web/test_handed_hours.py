"""A month of hours that was handed over for fees, asked over HTTP as browsers do: it says what it said then, and what was put
right since stands beside it until it is handed over too."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa

from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.school.attendance import Attendance
from tests.admin_web.booked_week import book_a_week
from tests.admin_web.school_day import SchoolDay, run_school_day
from tests.admin_web.staff_site import Browsing, Seen
from tests.admin_web.test_hours import LEADER, NOAH, OTHER, TEACHER, attend, cells_of, hours
from tests.hub.post.outboxes import TEST

PRINCIPAL = "Ingrid Solberg"
MARCH = "2025-03-01"
NOAH_THEN = '"Blåbær","Noah Bakken","2400","510","2430","2430","1800 per month","\'-630","0"'
NOAH_SINCE = '"Blåbær","Noah Bakken","2400","570","2490","2490","1800 per month","\'-690","0"'


@pytest.fixture
async def day(village_store_url: str, clock: StoppedClock) -> AsyncIterator[SchoolDay]:
    """March 2025 is over: Noah was booked 40 hours in it, and was here for half an hour more."""
    async with run_school_day(village_store_url, clock) as day:
        await book_a_week(day)
        clock.jump(datetime(2025, 3, 21, 17, 0, tzinfo=UTC))
        await day.site.desk.work(TEST, attend, day)
        clock.jump(datetime(2025, 4, 2, 8, 0, tzinfo=UTC))
        yield day


async def hand_over(browser: Browsing, day: SchoolDay, month: str = MARCH) -> Seen:
    await browser.get(f"{hours(day)}?day={month}")
    return await browser.post(f"{hours(day)}/handed", day=month)


async def put_noah_right(browser: Browsing, day: SchoolDay) -> None:
    """He left an hour later than was marked."""

    def read(look: Look) -> Attendance:
        return look.session.scalars(sa.select(Attendance)).one()

    mark = await day.site.desk.look(TEST, read)
    page = f"/diary/{day.village.unit('preschool').id}/children/{day.village.child(NOAH).id}"
    await browser.get(f"{page}?day=2025-03-17")
    await browser.post(
        f"{page}/times", mark=mark.id, day="2025-03-17", came="07:30", left="17:00", reason="glemt <kort>",
        came_before=mark.came_at.isoformat(), left_before="" if mark.left_at is None else mark.left_at.isoformat(),
    )  # fmt: skip


def mark_elsewhere(work: Work, day: SchoolDay) -> None:
    """He was marked at another unit, which is none of this one's business."""
    unit = day.village.unit("school")
    work.session.add(
        Attendance(
            id=work.new_id(),
            owner_id=unit.owner_id,
            child_id=day.village.child(NOAH).id,
            unit_id=unit.id,
            day=date(2025, 3, 18),
            came_at=datetime(2025, 3, 18, 7, 0, tzinfo=UTC),
            marked_at=work.now,
            marked_by=day.village.staff(PRINCIPAL).id,
        )
    )


def since(seen: Seen) -> str:
    """What stands of the differences, without its markup."""
    part = seen.text.partition('id="since"')[2].partition("</section>")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", re.sub(r"<svg.*?</svg>", "", part, flags=re.DOTALL)).split())


@pytest.mark.capability("L-20")
async def test_a_month_that_was_handed_over_says_what_it_said_and_what_was_put_right_waits_for_the_next(
    day: SchoolDay, clock: StoppedClock
) -> None:
    leader = await day.as_(LEADER)
    sheet = f"{hours(day)}/children/{day.village.child(NOAH).id}?day={MARCH}"

    await hand_over(leader, day)
    clock.jump(datetime(2025, 4, 4, 8, 0, tzinfo=UTC))
    leader = await day.as_(LEADER)
    await put_noah_right(leader, day)
    await day.site.desk.work(TEST, mark_elsewhere, day)
    month, child = await leader.get(f"{hours(day)}?day={MARCH}"), await leader.get(sheet)
    file = await leader.get(f"{hours(day)}/month.csv?day={MARCH}")
    await hand_over(leader, day)
    again, later_file = (
        await leader.get(f"{hours(day)}?day={MARCH}"),
        await leader.get(f"{hours(day)}/month.csv?day={MARCH}"),
    )

    assert cells_of(month, day, NOAH)["Teller"] == "40 t 30 min"
    assert "Noah Bakken" in since(month)
    assert "40 t 30 min → 41 t 30 min" in since(month)
    assert "40 t 30 min teller, 10 t 30 min mer enn vedtatt" in child.text
    assert "Astrid Vik, ons. 2. apr. 10.00" in child.text
    assert "Astrid Vik, i dag 10.00" in since(child)
    assert "glemt &lt;kort&gt;" in child.text
    assert PRINCIPAL not in child.text
    assert f'{NOAH_THEN},"2025-04-02","","2490"' in file.text
    assert cells_of(again, day, NOAH)["Teller"] == "41 t 30 min"
    assert since(again) == ""
    assert f'{NOAH_SINCE},"2025-04-04","2430","2490"' in later_file.text
    assert len(await day.audited("hours.hand_over", LEADER)) == 2


async def test_only_whoever_leads_the_unit_hands_over_a_month_and_only_one_that_is_over(day: SchoolDay) -> None:
    leader, teacher, other = await day.as_(LEADER), await day.as_(TEACHER), await day.as_(OTHER)

    early = await hand_over(leader, day, "2025-04-01")
    refused = [(await hand_over(browser, day)).status for browser in (teacher, other)]
    kept = await leader.get(f"{hours(day)}?day={MARCH}")

    assert early.status == 409
    assert refused == [404, 404]
    assert "/handed" in kept.text
    assert "/handed" not in (await teacher.get(f"{hours(day)}?day={MARCH}")).text
    assert await day.audited("hours.hand_over", LEADER) == []
