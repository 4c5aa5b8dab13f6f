"""Meals in a family day carer's home are facts: of a child who was here, told once, taken back and told anew, never changed."""

from datetime import date, time
from decimal import Decimal

import pytest
import sqlalchemy as sa

from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.people.staff import RoleKind
from hub.safety.access import NotThereError
from hub.safety.audit import AuditRow
from hub.school.attendance import CLOCK, Attendance, Departure, get_marks, mark_left
from hub.school.attendance_undoing import take_marks_back
from hub.school.care_notes import NoteKind
from hub.school.meals import (
    AteElsewhereError,
    MealAheadError,
    MealKind,
    MealLongAgoError,
    get_meals,
    list_meals,
    list_told,
    take_meals_back,
    tell_again,
)
from hub.school.reimbursement import Gap, What
from hub.school.reimbursement_rates import drop_rates, list_all_rates, set_rates
from tests.hub.post.outboxes import TEST
from tests.hub.school.home_days import ASK, CARER, DEARER, LIVE, MONDAY, RATES, SIGNE, HomeDays, as_staff
from tests.village import Village

LUNCH, BREAKFAST = MealKind.LUNCH, MealKind.BREAKFAST


@pytest.fixture
def home(village: Village, clock: StoppedClock) -> HomeDays:
    days = HomeDays(village, clock)
    days.at(MONDAY, 15)
    return days


async def standing(home: HomeDays, day: date = MONDAY) -> list[tuple[str, str, bool]]:
    def ask(look: Look) -> list[tuple[str, str, bool]]:
        names = {home.child(name).id: name for name in (ASK, LIVE, SIGNE)}
        return [(names[row.child_id], row.kind, row.is_special) for row in list_meals(look, home.unit, day, day)]

    return await home.village.desk.look(TEST, ask)


@pytest.mark.capability("N-34")
async def test_a_meal_told_twice_is_one(home: HomeDays) -> None:
    for name in (ASK, LIVE):
        await home.was_here(name, MONDAY, time(8), None)
    await home.ate(MONDAY, LUNCH, ASK)

    kept = await home.ate(MONDAY, LUNCH, ASK, LIVE)

    assert [row.child_id for row in kept.fresh] == [home.child(LIVE).id]
    assert await standing(home) == [(ASK, "lunch", False), (LIVE, "lunch", False)]


async def test_of_whoever_was_not_here_nothing_is_kept_of_anybody(home: HomeDays) -> None:
    await home.was_here(ASK, MONDAY, time(8), time(14))

    with pytest.raises(AteElsewhereError):
        await home.ate(MONDAY, LUNCH, ASK, LIVE)

    assert await standing(home) == []


async def test_who_is_here_since_the_night_before_had_breakfast_here(home: HomeDays) -> None:
    """Ask came on Monday evening and is here on Tuesday; of Tuesday its meals are told and paid for, its night of Monday."""
    await home.set_rates(date(2025, 1, 1))
    await home.in_shift_care(ASK)
    await home.was_here(ASK, MONDAY, time(18), None)
    tuesday = date(2025, 3, 4)
    home.at(tuesday, 7, 30)

    await home.ate(tuesday, BREAKFAST, ASK)
    left_at = home.at(tuesday, 8)

    def leave(work: Work) -> None:
        mark_left(work, home.unit, [home.child(ASK).id], Departure(left_at, home.village.staff(CARER).id))

    await home.village.desk.work(TEST, leave)
    home.at(date(2025, 3, 5), 9)
    await home.ate(tuesday, LUNCH, ASK)
    days = (await home.month()).days

    assert sorted(await standing(home, tuesday)) == [(ASK, "breakfast", False), (ASK, "lunch", False)]
    assert [(day.care.day, [part.what for part in day.parts], day.gaps) for day in days] == [
        (MONDAY, [What.WHOLE_DAY], ()),
        (tuesday, [What.MEAL, What.MEAL], ()),
    ]


async def test_of_the_day_after_a_night_nothing_is_told(home: HomeDays) -> None:
    await home.in_shift_care(ASK)
    mark = await home.was_here(ASK, MONDAY, time(18), None)
    tuesday = date(2025, 3, 4)
    left_at = home.at(tuesday, 7)

    def leave(work: Work) -> None:
        row = work.session.get_one(Attendance, mark)
        row.left_at, row.left_marked_by = left_at, home.village.staff(CARER).id

    await home.village.desk.work(TEST, leave)
    home.at(date(2025, 3, 5), 12)

    with pytest.raises(AteElsewhereError):
        await home.ate(date(2025, 3, 5), LUNCH, ASK)


async def test_meals_are_told_of_this_month_and_the_one_before(home: HomeDays) -> None:
    await home.was_here(ASK, date(2025, 2, 3), time(8), time(14))
    await home.was_here(ASK, date(2025, 1, 31), time(8), time(14))

    await home.ate(date(2025, 2, 3), LUNCH, ASK)
    with pytest.raises(MealLongAgoError):
        await home.ate(date(2025, 1, 31), LUNCH, ASK)
    with pytest.raises(MealAheadError):
        await home.ate(date(2025, 3, 4), LUNCH, ASK)

    assert await standing(home, date(2025, 2, 3)) == [(ASK, "lunch", False)]


@pytest.mark.capability("N-34")
async def test_what_a_family_told_of_food_makes_a_meal_a_special_diet_unless_the_carer_says_otherwise(
    home: HomeDays,
) -> None:
    for name in (ASK, LIVE, SIGNE):
        await home.was_here(name, MONDAY, time(8), None)
    await home.has_note(LIVE, NoteKind.FOOD, "uten gluten")
    await home.has_note(SIGNE, NoteKind.MEDICINE, "inhalator")

    await home.ate(MONDAY, LUNCH, ASK, LIVE, SIGNE)
    await home.ate(MONDAY, BREAKFAST, LIVE, is_special=False)

    assert await standing(home) == [
        (ASK, "lunch", False),
        (LIVE, "lunch", True),
        (SIGNE, "lunch", False),
        (LIVE, "breakfast", False),
    ]


async def test_another_diet_takes_back_what_was_told_and_tells_it_anew(home: HomeDays) -> None:
    await home.was_here(ASK, MONDAY, time(8), None)
    await home.ate(MONDAY, LUNCH, ASK)

    kept = await home.ate(MONDAY, LUNCH, ASK, is_special=True)

    assert await standing(home) == [(ASK, "lunch", True)]
    assert [row.is_special for row in kept.before] == [False]
    told = await home.village.desk.look(TEST, list_told, home.unit, MONDAY)
    assert [(row.is_special, row.taken_back_by) for row in told] == [
        (False, home.village.staff(CARER).id),
        (True, None),
    ]


async def test_who_said_what_and_took_it_back_stays_and_stands_in_the_audit(home: HomeDays) -> None:
    await home.was_here(ASK, MONDAY, time(8), None)
    kept = await home.ate(MONDAY, LUNCH, ASK)
    solveig = home.village.staff(CARER).id

    def undo(work: Work) -> None:
        take_meals_back(work, get_meals(work, [kept.fresh[0].id]), solveig)

    await home.village.desk.work(home.asker(), undo)

    assert await standing(home) == []
    (row,) = await home.village.desk.look(TEST, list_told, home.unit, MONDAY)
    assert (row.said_by, row.taken_back_by, row.taken_back_at) == (solveig, solveig, home.clock.now())
    whats = await home.village.desk.look(TEST, list_audited)
    assert whats == [("meal.take_back", solveig), ("meal.tell", solveig)]


def list_audited(look: Look) -> list[tuple[str, str]]:
    rows = look.session.scalars(sa.select(AuditRow).where(AuditRow.what.like("meal.%")))
    return sorted((row.what, row.who_id) for row in rows)


async def test_what_stood_before_stands_anew_but_where_something_was_told_since(home: HomeDays) -> None:
    for name in (ASK, LIVE):
        await home.was_here(name, MONDAY, time(8), None)
    kept = await home.ate(MONDAY, LUNCH, ASK, LIVE, is_special=True)
    ids = [row.id for row in kept.fresh]

    def undo(work: Work) -> None:
        take_meals_back(work, get_meals(work, ids), "x")

    def again(work: Work) -> None:
        tell_again(work, home.unit, get_meals(work, ids), "x")

    await home.village.desk.work(home.asker(), undo)
    await home.ate(MONDAY, LUNCH, LIVE, is_special=False)
    await home.village.desk.work(home.asker(), again)

    assert sorted(await standing(home)) == [(ASK, "lunch", True), (LIVE, "lunch", False)]


@pytest.mark.capability("W-28", "N-34")
async def test_the_month_writes_itself_from_marks_and_meals(home: HomeDays) -> None:
    await home.set_rates(date(2025, 1, 1))
    await home.set_rates(date(2025, 3, 5), DEARER)
    await home.was_here(ASK, MONDAY, time(8), time(15))
    await home.was_here(LIVE, MONDAY, time(9), time(11, 30))
    await home.was_here(ASK, date(2025, 3, 5), time(8), time(12, 59))
    home.at(date(2025, 3, 6), 9)
    await home.ate(MONDAY, LUNCH, ASK, LIVE)
    await home.ate(date(2025, 3, 5), LUNCH, ASK, is_special=True)

    month = await home.month()

    (solveig,) = month.carers
    assert [staff.name for staff in solveig.carers] == [CARER]
    assert [(line.from_day.month, line.what, line.count, str(line.amount)) for line in solveig.lines] == [
        (1, What.MEAL, 1, "3.33"),
        (1, What.MEAL, 1, "4.44"),
        (1, What.WHOLE_DAY, 1, "7.00"),
        (1, What.PART_DAY, 1, "3.50"),
        (3, What.MEAL, 1, "3.33"),
        (3, What.DIET, 1, "1.00"),
        (3, What.PART_DAY, 1, "7.97"),
    ]
    assert solveig.amount == Decimal("30.57")


async def test_a_child_who_came_twice_was_here_for_both_times(home: HomeDays) -> None:
    await home.set_rates(date(2025, 1, 1))
    await home.was_here(ASK, MONDAY, time(8), time(10))
    await home.was_here(ASK, MONDAY, time(12), time(13))

    ((day,),) = [month.days for month in (await home.month()).carers]

    assert day.care.minutes == 180


async def test_who_is_here_still_and_whom_nobody_saw_leave_wait_with_their_day(home: HomeDays) -> None:
    await home.set_rates(date(2025, 1, 1))
    await home.was_here(ASK, MONDAY, time(8), None)
    mark = await home.was_here(LIVE, date(2025, 2, 28), time(8), time(16))

    def close(work: Work) -> None:
        work.session.get_one(Attendance, mark).left_marked_by = CLOCK

    await home.village.desk.work(TEST, close)

    march, february = await home.month(), await home.month(date(2025, 2, 1))

    assert [day.gaps for day in (*march.days, *february.days)] == [(Gap.NO_LEAVING,), (Gap.NO_LEAVING,)]


async def test_a_mark_that_was_taken_back_takes_its_meals_out_of_the_month(home: HomeDays) -> None:
    await home.set_rates(date(2025, 1, 1))
    mark = await home.was_here(ASK, MONDAY, time(8), time(15))
    await home.ate(MONDAY, LUNCH, ASK)

    def undo(work: Work) -> None:
        take_marks_back(work, get_marks(work, [mark]))

    await home.village.desk.work(TEST, undo)
    ((day,),) = [month.days for month in (await home.month()).carers]

    assert (day.parts, day.gaps) == ((), (Gap.NOT_HERE,))


async def test_a_month_in_which_the_carer_changes_is_two_reports(home: HomeDays) -> None:
    await home.set_rates(date(2025, 1, 1))
    await home.give_role("Liv Berge", RoleKind.CARER, from_day=date(2025, 3, 4))
    for day in (3, 4):
        await home.was_here(ASK, date(2025, 3, day), time(8), time(15))

    month = await home.month()

    assert [[staff.name for staff in one.carers] for one in month.carers] == [[CARER], [CARER, "Liv Berge"]]


async def test_a_stand_in_is_paid_only_where_the_home_is_nobody_elses(home: HomeDays) -> None:
    await home.set_rates(date(2025, 1, 1))
    await home.give_role("Liv Berge", RoleKind.CARER, stand_in=True)
    await home.was_here(ASK, MONDAY, time(8), time(15))
    await home.was_here(ASK, date(2025, 3, 4), time(8), time(15))

    assert [[staff.name for staff in one.carers] for one in (await home.month()).carers] == [[CARER]]


@pytest.mark.parametrize(
    ("who", "kind", "may"),
    [
        (CARER, None, True),
        ("Astrid Vik", None, False),
        ("Astrid Vik", RoleKind.LEADER, True),
        ("Per Haugen", RoleKind.OFFICE, False),
        ("Tora Myklebust", None, False),
        ("Sindre Moen", RoleKind.ASSISTANT, False),
    ],
)
async def test_the_carer_sees_her_home_and_who_leads_it_does_and_nobody_else(
    home: HomeDays, who: str, kind: RoleKind | None, may: bool
) -> None:
    if kind is not None:
        await home.give_role(who, kind)
    await home.was_here(ASK, MONDAY, time(8), time(15))

    if may:
        assert (await home.month(by=who)).days
    else:
        with pytest.raises(NotThereError):
            await home.month(by=who)


async def test_a_protected_child_is_in_the_month_of_its_named_readers_alone(home: HomeDays) -> None:
    await home.was_here(ASK, MONDAY, time(8), time(15))

    def protect(work: Work) -> None:
        child = work.session.get_one(type(home.child(ASK)), home.child(ASK).id)
        child.protected = True

    await home.village.desk.work(TEST, protect)

    assert (await home.month()).days == []


async def test_rates_of_another_owner_pay_for_nothing_here(home: HomeDays) -> None:
    kaisa = home.village.staff("Kaisa Rinne", "saarela")
    await home.village.desk.work(as_staff(kaisa), set_rates, date(2025, 1, 1), RATES)
    await home.was_here(ASK, MONDAY, time(8), time(15))

    ((day,),) = [month.days for month in (await home.month()).carers]

    assert day.gaps == (Gap.NO_RATES,)


async def test_only_an_administrator_sets_rates_and_what_is_set_again_ceases(home: HomeDays) -> None:
    for stranger in (CARER, "Astrid Vik"):
        with pytest.raises(NotThereError):
            await home.village.desk.work(home.asker(stranger), set_rates, MONDAY, RATES)
    first = await home.set_rates(MONDAY)
    second = await home.set_rates(MONDAY, DEARER)

    def drop(work: Work) -> None:
        drop_rates(work, second)

    await home.village.desk.work(home.asker("Tora Myklebust"), drop)
    with pytest.raises(NotThereError):
        await home.village.desk.work(home.asker("Tora Myklebust"), drop)

    rows = await home.village.desk.look(TEST, list_all_rates, home.unit.owner_id)
    tora = home.village.staff("Tora Myklebust").id
    assert [(row.id, row.ceased_by) for row in rows] == [(second, tora), (first, tora)]
    assert rows[0].value == DEARER
