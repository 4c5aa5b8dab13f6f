"""Three taps make the usual day in a family day carer's home, and each is undone as one."""

from datetime import date, time

import pytest

from hub.asker import Trust
from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.people.families import Child
from hub.people.places import Unit
from hub.safety.access import NotThereError, get_reach
from hub.school.absences import Reason, report
from hub.school.attendance import Attendance, Departure, list_standing, mark_left
from hub.school.day_board import list_board
from hub.school.home_days import (
    Done,
    all_come,
    all_eat,
    all_leave,
    clock_of,
    count_done,
    list_leaving,
    undo_done,
)
from hub.school.meals import MealKind, list_meals
from tests.hub.at_once import at_once
from tests.hub.post.outboxes import TEST
from tests.hub.school.home_days import ASK, LIVE, MONDAY, SIGNE, HomeDays
from tests.village import Village

LUNCH = MealKind.LUNCH


@pytest.fixture
def home(village: Village, clock: StoppedClock) -> HomeDays:
    days = HomeDays(village, clock)
    days.at(MONDAY, 8, 30)
    return days


async def tap(home: HomeDays, done: Done, kind: MealKind | None = None) -> str | None:
    """A tap on a page that was shown just now; what it is undone by."""

    def do(work: Work) -> str | None:
        reach, every = get_reach(work), [home.child(name).id for name in (ASK, LIVE, SIGNE)]
        if done is Done.ATE:
            return all_eat(work, reach, home.unit, every, kind).mark
        if done is Done.CAME:
            return all_come(work, reach, home.unit, every).mark
        leaving = list_leaving(work, home.unit, list_board(work, reach, home.unit, home.unit.today(work.now)))
        return all_leave(work, reach, home.unit, {one.child.id: clock_of(home.unit, one) for one in leaving}).mark

    return await home.village.desk.work(home.asker(), do)


async def undo(home: HomeDays, done: Done, mark: str | None, by: str | None = None) -> None:
    def do(work: Work) -> None:
        assert mark is not None
        undo_done(work, get_reach(work), home.unit, done, mark)

    await home.village.desk.work(home.asker() if by is None else home.asker(by), do)


async def times(home: HomeDays) -> dict[str, tuple[str, str]]:
    """By child's name, when it came and when it left today, on the home's clock."""

    def clock_of(row: Attendance) -> tuple[str, str]:
        came, left = home.unit.local(row.came_at), row.left_at and home.unit.local(row.left_at)
        return f"{came:%H:%M}", f"{left:%H:%M}" if left else ""

    def ask(look: Look) -> dict[str, tuple[str, str]]:
        names = {home.child(name).id: name for name in (ASK, LIVE, SIGNE)}
        rows = list_standing(look, home.unit, home.unit.today(look.now))
        return {names[row.child_id]: clock_of(row) for row in rows}

    return await home.village.desk.look(TEST, ask)


async def eaten(home: HomeDays) -> list[tuple[str, str]]:
    def ask(look: Look) -> list[tuple[str, str]]:
        names = {home.child(name).id: name for name in (ASK, LIVE, SIGNE)}
        today = home.unit.today(look.now)
        return sorted((names[row.child_id], row.kind) for row in list_meals(look, home.unit, today, today))

    return await home.village.desk.look(TEST, ask)


@pytest.mark.capability("N-34", "L-11")
async def test_a_usual_day_takes_three_taps(home: HomeDays) -> None:
    await home.books(ASK, MONDAY, "8-15")
    await home.books(LIVE, MONDAY, "7.45-16")
    await home.books(SIGNE, MONDAY, "8.30-14")

    await tap(home, Done.CAME)
    home.at(MONDAY, 11, 40)
    await tap(home, Done.ATE, LUNCH)
    home.at(MONDAY, 16, 20)
    await tap(home, Done.LEFT)

    assert await times(home) == {ASK: ("08:00", "15:00"), LIVE: ("07:45", "16:00"), SIGNE: ("08:30", "14:00")}
    assert await eaten(home) == [(ASK, "lunch"), (LIVE, "lunch"), (SIGNE, "lunch")]


async def test_who_is_booked_for_later_or_off_or_told_away_is_not_marked_with_the_rest(home: HomeDays) -> None:
    await home.books(ASK, MONDAY, "10-15")
    await home.books(LIVE, MONDAY, "")

    def sick(work: Work) -> None:
        child = work.session.get_one(Child, home.child(SIGNE).id)
        report(work, child, [MONDAY], Reason.SICK, told_by="x", told_kind="guardian", trust=Trust.CLAIMED)

    await home.village.desk.work(TEST, sick)

    assert await tap(home, Done.CAME) is None
    assert await times(home) == {}


async def test_who_has_no_booking_came_when_it_was_said(home: HomeDays) -> None:
    await tap(home, Done.CAME)

    assert set((await times(home)).values()) == {("08:30", "")}


async def test_who_is_here_longer_than_booked_leaves_now(home: HomeDays) -> None:
    await home.books(ASK, MONDAY, "8-15")
    await home.was_here(ASK, MONDAY, time(8), None)
    await home.was_here(LIVE, MONDAY, time(8), None)
    home.at(MONDAY, 14, 30)

    await tap(home, Done.LEFT)

    assert await times(home) == {ASK: ("08:00", "14:30"), LIVE: ("08:00", "14:30")}


async def test_all_who_ate_are_those_who_are_here_and_later_those_who_were(home: HomeDays) -> None:
    await home.was_here(ASK, MONDAY, time(7, 30), time(8, 15))
    await home.was_here(LIVE, MONDAY, time(8), None)

    await tap(home, Done.ATE, MealKind.BREAKFAST)
    home.at(MONDAY, 16)
    await tap(home, Done.LEFT)
    await tap(home, Done.ATE, LUNCH)

    assert await eaten(home) == [(ASK, "lunch"), (LIVE, "breakfast"), (LIVE, "lunch")]


@pytest.mark.capability("N-34")
async def test_one_tap_tells_the_meals_of_the_last_time(home: HomeDays) -> None:
    await home.set_rates(date(2025, 1, 1))
    friday = date(2025, 2, 28)
    for name in (ASK, LIVE):
        await home.was_here(name, friday, time(8), time(15))
        await home.was_here(name, MONDAY, time(8), None)
    await home.ate(friday, LUNCH, ASK, LIVE)
    await home.ate(friday, MealKind.BREAKFAST, ASK)
    await home.ate(friday, MealKind.DINNER, ASK)
    await home.ate(MONDAY, LUNCH, LIVE)
    home.at(MONDAY, 12)

    mark = await tap(home, Done.ATE)

    assert await eaten(home) == [(ASK, "breakfast"), (ASK, "lunch"), (LIVE, "lunch")]
    await undo(home, Done.ATE, mark)
    assert await eaten(home) == [(LIVE, "lunch")]


@pytest.mark.capability("N-34")
async def test_each_tap_is_undone_as_one_and_nothing_else_with_it(home: HomeDays) -> None:
    await home.was_here(SIGNE, MONDAY, time(8), None)
    came = await tap(home, Done.CAME)
    home.at(MONDAY, 9)
    await home.ate(MONDAY, LUNCH, SIGNE)
    home.at(MONDAY, 12)
    ate = await tap(home, Done.ATE, LUNCH)
    home.at(MONDAY, 15)
    left = await tap(home, Done.LEFT)

    await undo(home, Done.LEFT, left)
    assert {left for _, left in (await times(home)).values()} == {""}
    await undo(home, Done.ATE, ate)
    assert await eaten(home) == [(SIGNE, "lunch")]
    await undo(home, Done.CAME, came)
    assert set(await times(home)) == {SIGNE}


async def test_nobody_undoes_what_another_tapped(home: HomeDays) -> None:
    mark = await tap(home, Done.CAME)

    with pytest.raises(NotThereError):
        await undo(home, Done.CAME, mark, by="Astrid Vik")

    def count(look: Look) -> list[int]:
        reach = get_reach(look)
        return [count_done(look, reach, home.unit, done, mark or "") for done in Done]

    assert await home.village.desk.look(home.asker("Astrid Vik"), count) == [0, 0, 0]
    assert await home.village.desk.look(home.asker(), count) == [3, 0, 0]


async def test_whose_way_home_somebody_must_look_at_stays_here(home: HomeDays) -> None:
    await home.was_here(ASK, MONDAY, time(8), None)
    await home.was_here(LIVE, MONDAY, time(8), None)
    await home.way_home_is_disputed(LIVE)
    home.at(MONDAY, 16)

    await tap(home, Done.LEFT)

    assert await times(home) == {ASK: ("08:00", "16:00"), LIVE: ("08:00", "")}
    board = await home.village.desk.look(
        home.asker(), lambda look: list_board(look, get_reach(look), home.unit, MONDAY)
    )
    assert len(board) == 3


async def test_who_leaves_while_the_coming_of_all_is_undone_has_left(home: HomeDays) -> None:
    came = await tap(home, Done.CAME)
    assert came is not None
    ask = home.child(ASK)

    def leave(work: Work) -> None:
        child = work.session.get_one(Child, ask.id)
        mark_left(work, work.session.get_one(Unit, home.unit.id), [child.id], Departure(work.now, "x"))

    second = home.village.desk.work(
        home.asker(), lambda work: undo_done(work, get_reach(work), home.unit, Done.CAME, came)
    )
    await at_once(home.village.desk, TEST, leave, second)

    assert set(await times(home)) == {ASK}
