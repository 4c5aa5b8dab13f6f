"""*Hours*, asked over HTTP as browsers do: what a month came to, who used more than decided, and who may know."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa

from hub.asker import Trust
from hub.clock import StoppedClock
from hub.desk import Work
from hub.people.families import Child, Placement
from hub.people.places import Unit
from hub.school.absences import Reason, report
from hub.school.attendance import Attendance
from hub.school.care_decisions import Per, decide_hours
from tests.admin_web.booked_week import BOOKED, book_a_week
from tests.admin_web.school_day import SchoolDay, run_school_day, without_chance
from tests.admin_web.staff_site import Browsing, Seen
from tests.hub.post.outboxes import TEST
from tests.village import SAARELA

NOAH, FILIP, SANDER = "Noah Bakken", "Filip Nowak", "Sander Ness"
LEADER, TEACHER, OTHER = "Astrid Vik", "Mette Strand", "Erik Johansson"


@pytest.fixture
async def day(village_store_url: str, clock: StoppedClock) -> AsyncIterator[SchoolDay]:
    """After the booked week: Noah was here for half an hour more on Monday, and has 30 hours a month."""
    async with run_school_day(village_store_url, clock) as day:
        await book_a_week(day)
        clock.jump(datetime(2025, 3, 21, 17, 0, tzinfo=UTC))
        await day.site.desk.work(TEST, attend, day)
        yield day


async def test_the_month_of_one_group_alone(day: SchoolDay) -> None:
    leader = await day.as_(LEADER)
    unit, group = day.village.unit("preschool").id, day.village.group("tyttebaer").id

    whole, one = await leader.get(f"/hours/{unit}"), await leader.get(f"/hours/{unit}?group={group}")

    assert [NOAH in page.text for page in (whole, one)] == [True, False]
    assert f"month.csv?day=2025-03-01&amp;group={group}" in one.text
    assert (await (await day.as_(TEACHER)).get(f"/hours/{unit}?group={group}")).status == 404


def attend(work: Work, day: SchoolDay) -> None:
    unit = work.session.get_one(Unit, day.village.unit("preschool").id)
    noah = work.session.get_one(Child, day.village.child(NOAH).id)
    sander = work.session.get_one(Child, day.village.child(SANDER).id)
    sander.last_name = "=Ness"
    work.session.add(
        Attendance(
            id=work.new_id(),
            owner_id=unit.owner_id,
            child_id=noah.id,
            unit_id=unit.id,
            day=BOOKED,
            came_at=datetime(2025, 3, 17, 6, 30, tzinfo=UTC),
            left_at=datetime(2025, 3, 17, 15, 0, tzinfo=UTC),
            marked_by="x",
            left_marked_by="x",
        )
    )
    decide_hours(work, unit, noah, 30, Per.MONTH, from_day=date(2025, 1, 1), by="staff")
    decide_hours(work, unit, sander, 160, Per.MONTH, from_day=date(2025, 1, 1), by="staff")
    report(work, sander, [BOOKED], Reason.SICK, told_by="x", told_kind="staff", trust=Trust.STRONG)


def hours(day: SchoolDay, owner: str = "fjordvik") -> str:
    return f"/hours/{day.village.unit('preschool', owner).id}"


def cells_of(seen: Seen, day: SchoolDay, name: str) -> dict[str, str]:
    """What stands in a child's row, by the words of its columns."""
    head = f'<tr><th scope="row"><a href="{hours(day)}/children/{day.village.child(name).id}'
    row = seen.text.partition(head)[2].partition("</tr>")[0]
    return dict(re.findall(r'<td data-label="([^"]+)"><span[^>]*>([^<]*)</span></td>', row))


@pytest.mark.capability("L-20")
async def test_the_month_opens_with_who_used_more_than_decided(day: SchoolDay) -> None:
    """Noah was booked 40 hours and here for half an hour beyond them; the larger counts, unless the owner's rule says else."""
    leader = await day.as_(LEADER)

    seen = await leader.get(hours(day))
    await count_what_was_booked(leader, day)
    by_booked = await leader.get(hours(day))

    assert "<h1>Mars 2025: 2 barn har brukt mer enn vedtatt</h1>" in seen.text
    assert overrun(seen) == [(NOAH, "10 t 30 min over"), (FILIP, "5 t over")]
    assert cells_of(seen, day, NOAH) == {
        "Avtalt": "40 t",
        "Var her": "8 t 30 min",
        "Teller": "40 t 30 min",
        "Vedtatt": "30 t per måned",
        "Igjen": "10 t 30 min over",
    }
    assert cells_of(seen, day, SANDER)["Igjen"] == "121 t 15 min"
    assert cells_of(by_booked, day, NOAH)["Teller"] == "40 t"
    assert overrun(by_booked) == [(NOAH, "10 t over"), (FILIP, "5 t over")]


def overrun(seen: Seen) -> list[tuple[str, str]]:
    """Who used more than decided, and how much, as listed above the groups."""
    part = seen.text.partition('id="overrun"')[2].partition("</ul>")[0]
    rows = [re.sub(r"<svg.*?</svg>", "", row, flags=re.DOTALL) for row in part.split("<li")[1:]]
    return [
        (re.findall(r">([^<]+)</a>", row)[0], re.sub(r"<[^>]+>", "", row.partition("</a>")[2]).strip()) for row in rows
    ]


async def count_what_was_booked(leader: Browsing, day: SchoolDay) -> None:
    """The owner's rule is that what was booked counts, used or not."""
    rules = f"/week/{day.village.unit('preschool').id}/rules"
    await leader.get(rules)
    await leader.post(
        rules, lock_weeks="1", lock_weekday="0", lock_at="12:00", asks="", ask_days="4", ask_at="17:00",
        remind_days="1", remind_at="17:00", over="warn", counts="booked", ratios="3: 3\n99: 6", fee_steps="", sure="yes",
    )  # fmt: skip


async def test_a_sheet_shows_a_child_s_month_day_by_day(day: SchoolDay) -> None:
    leader = await day.as_(LEADER)

    seen = await leader.get(f"{hours(day)}/children/{day.village.child(NOAH).id}?day={BOOKED}")
    other_month = await leader.get(f"{hours(day)}/children/{day.village.child(NOAH).id}?day=2025-02-03")

    assert "40 t 30 min teller, 10 t 30 min mer enn vedtatt" in seen.text
    assert f'href="/diary/{day.village.unit("preschool").id}/children/{day.village.child(NOAH).id}?day={BOOKED}"' in (
        seen.text
    )
    assert "0 t teller, 30 t igjen" in other_month.text


async def test_hours_that_are_decided_a_week_are_held_against_each_week(day: SchoolDay) -> None:
    leader = await day.as_(LEADER)

    seen = await leader.get(f"{hours(day)}/children/{day.village.child(FILIP).id}?day={BOOKED}")

    assert "45 t teller, 5 t mer enn vedtatt" in seen.text


async def test_an_absence_told_after_the_lock_uses_the_hours_still(day: SchoolDay) -> None:
    leader = await day.as_(LEADER)

    seen = await leader.get(f"{hours(day)}/children/{day.village.child(SANDER).id}?day={BOOKED}")

    assert "38 t 45 min teller, 121 t 15 min igjen" in seen.text


async def test_the_month_is_a_file_without_formulas_for_whoever_proves_it_is_them(day: SchoolDay) -> None:
    fresh, stale = await day.as_(LEADER), await day.as_(LEADER, fresh=False)

    got = await fresh.get(f"{hours(day)}/month.csv")
    refused = await stale.get(f"{hours(day)}/month.csv")

    assert got.headers["Content-Disposition"] == 'attachment; filename="hours-2025-03.csv"'
    assert (
        '"Blåbær","Noah Bakken","2400","510","2430","2430","1800 per month","-630","0"'.replace('"-630"', '"\'-630"')
        in got.text
    )
    assert '"Sander =Ness"' in got.text
    assert "Noah" not in refused.text


async def test_a_teacher_sees_the_own_group_and_no_other(day: SchoolDay) -> None:
    teacher, other = await day.as_(TEACHER), await day.as_(OTHER)
    sheet = f"{hours(day)}/children/{day.village.child(NOAH).id}"

    own, theirs = await teacher.get(hours(day)), await other.get(hours(day))

    assert (NOAH in own.text, NOAH in theirs.text) == (True, False)
    assert (await teacher.get(sheet)).status == 200
    refused, absent = await other.get(sheet), await other.get(f"{hours(day)}/children/{'0' * 26}")
    assert refused.status == absent.status == 404
    assert without_chance(refused) == without_chance(absent)


async def test_whoever_was_placed_for_a_few_days_alone_is_listed_too_and_nobody_of_another_month(
    day: SchoolDay,
) -> None:
    leader = await day.as_(LEADER)
    sol, ilo = "Sol Engebretsen", "Ilo Korhonen"

    def place(work: Work) -> None:
        for name, first, last in ((sol, date(2025, 3, 4), date(2025, 3, 6)), (ilo, date(2025, 2, 4), date(2025, 2, 6))):
            of_child = sa.select(Placement).where(Placement.child_id == day.village.child(name).id)
            (placement,) = work.session.scalars(of_child)
            placement.from_day, placement.to_day = first, last

    await day.site.desk.work(TEST, place)
    seen = await leader.get(hours(day))
    sheet = await leader.get(f"{hours(day)}/children/{day.village.child(sol).id}?day={BOOKED}")

    assert (sol in seen.text, ilo in seen.text) == (True, False)
    assert (
        seen.text.count(f"/children/{day.village.child(NOAH).id}?") == 2
    )  # among those who used more, and in the group
    assert sheet.status == 200


async def test_another_owner_s_leader_sees_nothing(day: SchoolDay) -> None:
    stranger, leader = await day.as_("Tuula Heikkinen", SAARELA), await day.as_(LEADER)

    assert (await stranger.get(hours(day))).status == 404
    assert (await leader.get(hours(day))).status == 200


async def test_a_school_has_no_hours(day: SchoolDay) -> None:
    principal = await day.as_("Ingrid Solberg")

    seen = await principal.get("/hours")

    assert (await principal.get(f"/hours/{day.village.unit('school').id}")).status == 404
    assert seen.status == 200


async def test_an_owner_may_let_what_was_booked_count(day: SchoolDay) -> None:
    leader = await day.as_(LEADER)

    await count_what_was_booked(leader, day)
    seen = await leader.get(f"{hours(day)}/children/{day.village.child(NOAH).id}")

    assert "40 t teller, 10 t mer enn vedtatt" in seen.text


@pytest.mark.parametrize(("asked", "status"), [("0001-01-01", 400), ("9999-12-31", 400), ("2199-12-31", 200)])
async def test_a_month_that_nobody_reckons_with_is_no_question(day: SchoolDay, asked: str, status: int) -> None:
    leader = await day.as_(LEADER)

    assert (await leader.get(f"{hours(day)}?day={asked}")).status == status
