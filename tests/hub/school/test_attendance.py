"""Coming and going: the order of the two, what is put right and why, nights, and how a day ends that nobody ended."""

from datetime import date, timedelta
from functools import partial

import pytest
import sqlalchemy as sa

from hub.asker import Asker, Trust
from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.people.places import Unit
from hub.safety.access import get_reach
from hub.safety.audit import AuditRow
from hub.school.absences import Reason, report
from hub.school.attendance import (
    CLOCK,
    Attendance,
    Departure,
    list_here_now,
    list_of_day,
    list_standing,
    mark_here,
    mark_left,
)
from hub.school.attendance_corrections import (
    AnotherDayError,
    AttendanceCorrection,
    CameAgainError,
    Times,
    TimesChangedError,
    UnexplainedCorrectionError,
    correct,
    list_corrections,
)
from hub.school.attendance_days import list_unseen, settle_as_booked
from hub.school.attendance_times import BeforeItLeftError, LeftBeforeItCameError, TooFarAheadError
from hub.school.attendance_undoing import not_here, stay_away, undo_last, unmark
from hub.school.day_board import Presence
from tests.hub.at_once import at_once
from tests.hub.post.outboxes import TEST
from tests.hub.school.attendance_day import MONDAY, AttendanceDay
from tests.village import SAARELA, Village

NOAH, MATHIAS = "Noah Bakken", "Mathias Berg"
TUESDAY = MONDAY + timedelta(days=1)
HALF_AN_HOUR = timedelta(minutes=30)


@pytest.fixture
def day(village: Village, clock: StoppedClock) -> AttendanceDay:
    return AttendanceDay(village, clock)


async def test_a_child_may_be_marked_here_half_an_hour_ahead_and_no_more(day: AttendanceDay) -> None:
    now = day.at(MONDAY, 8)

    with pytest.raises(TooFarAheadError):
        await day.come(NOAH, now + HALF_AN_HOUR + timedelta(seconds=1))
    (row,) = await day.come(NOAH, now + HALF_AN_HOUR)

    assert (row.came_at, row.marked_at) == (now + HALF_AN_HOUR, now)


async def test_of_two_who_mark_a_child_here_at_once_the_first_is_believed(day: AttendanceDay) -> None:
    """One at the door, and one on a page that had been read before."""
    day.at(MONDAY, 8)

    def read_and_mark(work: Work) -> list[Attendance]:
        unit = work.session.get_one(Unit, day.unit.id)
        list_standing(work, unit, MONDAY)
        return mark_here(work, unit, [day.kept(work, NOAH)], "another")

    second = day.village.desk.work(TEST, read_and_mark)
    first, then = await at_once(day.village.desk, TEST, partial(mark_by, day), second)

    assert ([row.marked_by for row in first], then) == (["staff"], [])


async def test_of_two_who_see_a_child_leave_at_once_the_first_is_believed(day: AttendanceDay) -> None:
    day.at(MONDAY, 8)
    await day.come(NOAH)
    day.at(MONDAY, 15)

    def leave(work: Work, name: str) -> list[Attendance]:
        unit = work.session.get_one(Unit, day.unit.id)
        list_standing(work, unit, MONDAY)
        return mark_left(work, unit, [day.kept(work, NOAH).id], Departure(work.now, "staff", None, name))

    second = day.village.desk.work(TEST, leave, "Nabo Geir")
    first, then = await at_once(day.village.desk, TEST, partial(leave, name="Mormor"), second)

    assert ([row.fetched_name for row in first], then) == (["Mormor"], [])


def mark_by(day: AttendanceDay, work: Work) -> list[Attendance]:
    return mark_here(work, work.session.get_one(Unit, day.unit.id), [day.kept(work, NOAH)], "staff")


async def test_a_child_cannot_be_back_before_it_left(day: AttendanceDay) -> None:
    day.at(MONDAY, 8)
    await day.come(NOAH)
    left_at = day.at(MONDAY, 12)
    await day.leave(NOAH)
    day.at(MONDAY, 13)

    with pytest.raises(BeforeItLeftError):
        await day.come(NOAH, left_at - timedelta(minutes=1))
    await day.come(NOAH, left_at)

    assert (await day.on_board(NOAH, MONDAY)).presence is Presence.HERE


async def test_a_child_cannot_leave_before_it_came(day: AttendanceDay) -> None:
    came_at = day.at(MONDAY, 8)
    await day.come(NOAH)
    day.at(MONDAY, 15)

    with pytest.raises(LeftBeforeItCameError):
        await day.leave(NOAH, came_at - timedelta(minutes=1))

    assert (await day.on_board(NOAH, MONDAY)).presence is Presence.HERE
    await day.leave(NOAH)
    assert (await day.on_board(NOAH, MONDAY)).presence is Presence.LEFT


async def undo(day: AttendanceDay, child: str = NOAH, only: Presence | None = None) -> Presence | None:
    """How the child stood and does not after all."""

    def do(work: Work) -> Presence | None:
        undone = undo_last(work, day.unit, day.kept(work, child), "mette", only)
        return None if undone is None else undone.presence

    return await day.village.desk.work(TEST, do)


async def test_what_was_marked_last_is_undone_first_and_nothing_else_with_it(day: AttendanceDay) -> None:
    came_at = day.at(MONDAY, 8)
    await day.come(NOAH)
    left_at = day.at(MONDAY, 12)
    await day.leave(NOAH)
    day.at(MONDAY, 13)
    await day.come(NOAH)

    undone = await undo(day)
    morning = await day.on_board(NOAH, MONDAY)
    undone_too = await undo(day)
    back = await day.on_board(NOAH, MONDAY)

    assert (undone, morning.presence, morning.left_at) == (Presence.HERE, Presence.LEFT, left_at)
    assert (undone_too, back.presence, back.came_at) == (Presence.LEFT, Presence.HERE, came_at)
    assert (await undo(day), await undo(day)) == (Presence.HERE, None)
    assert (await day.on_board(NOAH, MONDAY)).presence is Presence.NOT_HEARD


async def test_what_a_child_is_not_cannot_be_undone_of_it(day: AttendanceDay) -> None:
    day.at(MONDAY, 8)
    await day.come(NOAH)

    assert await undo(day, only=Presence.LEFT) is None
    assert await undo(day, only=Presence.AWAY) is None
    assert (await day.on_board(NOAH, MONDAY)).presence is Presence.HERE
    assert await undo(day, only=Presence.HERE) is Presence.HERE


async def be_away(day: AttendanceDay, child: str, told_kind: str, reason: Reason = Reason.SICK) -> None:
    def do(work: Work) -> None:
        report(
            work, day.kept(work, child), [MONDAY], reason, told_by="somebody", told_kind=told_kind, trust=Trust.STRONG
        )

    await day.village.desk.work(TEST, do)


async def test_staff_undo_what_staff_told_and_no_word_of_a_guardian_and_no_leave_that_was_decided(
    day: AttendanceDay,
) -> None:
    day.at(MONDAY, 8)
    await be_away(day, NOAH, "guardian")
    await be_away(day, MATHIAS, "staff", Reason.LEAVE)
    await be_away(day, "Sander Ness", "staff", Reason.UNTOLD)

    undone = [await undo(day, name) for name in (NOAH, MATHIAS, "Sander Ness")]

    standing = [(await day.on_board(name, MONDAY)).presence for name in (NOAH, MATHIAS, "Sander Ness")]
    assert undone == [None, None, Presence.AWAY]
    assert standing == [Presence.AWAY, Presence.AWAY, Presence.NOT_HEARD]


async def test_whoever_was_seen_is_not_away_by_a_word_alone(day: AttendanceDay) -> None:
    def keep_away(work: Work) -> bool:
        return stay_away(work, day.unit, day.kept(work, NOAH), "mette")

    day.at(MONDAY, 8)
    await day.come(NOAH)

    refused = await day.village.desk.work(TEST, keep_away)
    here = (await day.on_board(NOAH, MONDAY)).presence
    await undo(day)
    told = await day.village.desk.work(TEST, keep_away)

    assert (refused, here) == (False, Presence.HERE)
    assert (told, (await day.on_board(NOAH, MONDAY)).presence) == (True, Presence.AWAY)


async def test_a_night_s_leaving_is_undone_and_its_coming_stays(day: AttendanceDay) -> None:
    await day.in_shift_care(NOAH)
    day.at(MONDAY, 20)
    await day.come(NOAH)
    day.at(TUESDAY, 6)
    await day.leave(NOAH)

    undone, nothing = await undo(day), await undo(day)

    assert (undone, nothing) == (Presence.LEFT, None)
    assert (await day.on_board(NOAH, TUESDAY)).presence is Presence.HERE


async def put_right(day: AttendanceDay, row: Attendance, times: Times, reason: str) -> AttendanceCorrection | None:
    def do(work: Work) -> AttendanceCorrection | None:
        kept = work.session.get_one(Attendance, row.id)
        return correct(work, work.session.get_one(Unit, day.unit.id), kept, times, reason, "mette")

    return await day.village.desk.work(TEST, do)


async def test_what_stood_before_a_correction_is_kept_with_who_and_when_and_why(day: AttendanceDay) -> None:
    came_at = day.at(MONDAY, 8)
    (row,) = await day.come(NOAH)
    now = day.at(MONDAY, 16)

    await put_right(day, row, Times(came_at - HALF_AN_HOUR, now), "  kom med bror,\n ikke merket ")

    (kept,) = await day.village.desk.look(TEST, list_corrections, [row.id])
    assert (kept.came_before, kept.left_before) == (came_at, None)
    assert (kept.came_at, kept.left_at, kept.by, kept.at) == (came_at - HALF_AN_HOUR, now, "mette", now)
    assert kept.reason == "kom med bror, ikke merket"
    on = await day.on_board(NOAH, MONDAY)
    assert (on.came_at, on.left_at) == (came_at - HALF_AN_HOUR, now)
    assert await day.village.desk.look(TEST, count_audited, "attendance.correct") == 1


def count_audited(look: Look, what: str) -> int:
    return look.session.scalar(sa.select(sa.func.count()).select_from(AuditRow).where(AuditRow.what == what)) or 0


async def test_a_correction_has_a_reason_and_an_order_and_lies_in_the_past(day: AttendanceDay) -> None:
    came_at = day.at(MONDAY, 8)
    (row,) = await day.come(NOAH)
    now = day.at(MONDAY, 16)

    with pytest.raises(UnexplainedCorrectionError):
        await put_right(day, row, Times(came_at, now), " \n")
    with pytest.raises(LeftBeforeItCameError):
        await put_right(day, row, Times(now, came_at), "feil")
    with pytest.raises(TooFarAheadError):
        await put_right(day, row, Times(came_at, now + timedelta(minutes=1)), "feil")
    with pytest.raises(AnotherDayError):
        await put_right(day, row, Times(came_at - timedelta(days=1), now), "feil")

    assert await day.village.desk.look(TEST, list_corrections, [row.id]) == []


async def test_times_that_another_has_changed_since_they_were_read_are_not_put_right(day: AttendanceDay) -> None:
    came_at = day.at(MONDAY, 8)
    (row,) = await day.come(NOAH)
    now = day.at(MONDAY, 16)

    def leave(work: Work) -> None:
        unit = work.session.get_one(Unit, day.unit.id)
        mark_left(work, unit, [row.child_id], Departure(work.now, "staff"))

    def still_here(work: Work) -> None:
        """By a page that showed the child here."""
        unit, kept = work.session.get_one(Unit, day.unit.id), work.session.get_one(Attendance, row.id)
        seen = Times(came_at, None)
        correct(work, unit, kept, Times(came_at - HALF_AN_HOUR, None), "kom før", "mette", before=seen)

    with pytest.raises(TimesChangedError):
        await at_once(day.village.desk, TEST, leave, day.village.desk.work(TEST, still_here))

    on = await day.on_board(NOAH, MONDAY)
    assert (on.came_at, on.left_at) == (came_at, now)


async def test_a_mark_that_was_taken_back_has_no_times_to_put_right(day: AttendanceDay) -> None:
    came_at = day.at(MONDAY, 8)
    (row,) = await day.come(NOAH)
    await undo(day)

    with pytest.raises(TimesChangedError):
        await put_right(day, row, Times(came_at, came_at), "feil")


async def test_of_two_who_undo_at_once_the_second_takes_nothing_more_back(day: AttendanceDay) -> None:
    day.at(MONDAY, 8)
    await day.come(NOAH)
    day.at(MONDAY, 12)
    await day.leave(NOAH)

    def back(work: Work) -> None:
        undo_last(work, work.session.get_one(Unit, day.unit.id), day.kept(work, NOAH), "mette", Presence.LEFT)

    _, second = await at_once(day.village.desk, TEST, back, undo(day, only=Presence.LEFT))

    assert second is None
    assert (await day.on_board(NOAH, MONDAY)).presence is Presence.HERE


async def test_who_is_not_here_after_all_was_here_before_and_whoever_has_left_had_come(day: AttendanceDay) -> None:
    came_at = day.at(MONDAY, 8)
    await day.come(NOAH)
    await day.come(MATHIAS)
    left_at = day.at(MONDAY, 11)
    await day.leave(NOAH)
    await day.leave(MATHIAS)
    day.at(MONDAY, 13)
    (again,) = await day.come(NOAH)
    ids = [day.village.child(name).id for name in (NOAH, MATHIAS)]

    gone = [await day.village.desk.work(TEST, not_here, day.unit, ids) for _ in range(2)]

    assert [[row.id for row in rows] for rows in gone] == [[again.id], []]
    for name in (NOAH, MATHIAS):
        on = await day.on_board(name, MONDAY)
        assert (on.presence, on.came_at, on.left_at) == (Presence.LEFT, came_at, left_at)


async def test_who_is_not_here_while_another_sees_it_leave_has_left(day: AttendanceDay) -> None:
    day.at(MONDAY, 8)
    (row,) = await day.come(NOAH)

    def leave(work: Work) -> None:
        mark_left(work, work.session.get_one(Unit, day.unit.id), [row.child_id], Departure(work.now, "staff"))

    second = day.village.desk.work(TEST, not_here, day.unit, [row.child_id])
    _, gone = await at_once(day.village.desk, TEST, leave, second)

    assert gone == []
    assert (await day.on_board(NOAH, MONDAY)).presence is Presence.LEFT


async def test_who_is_seen_while_another_says_that_it_stays_away_is_here(day: AttendanceDay) -> None:
    day.at(MONDAY, 8)

    def keep_away(work: Work) -> bool:
        return stay_away(work, work.session.get_one(Unit, day.unit.id), day.kept(work, NOAH), "mette")

    _, told = await at_once(day.village.desk, TEST, partial(mark_by, day), day.village.desk.work(TEST, keep_away))

    assert told is False
    assert (await day.on_board(NOAH, MONDAY)).absence is None


async def test_who_fetched_is_forgotten_with_a_leaving_that_was_wrong(day: AttendanceDay) -> None:
    came_at = day.at(MONDAY, 8)
    (row,) = await day.come(NOAH)
    left_at = day.at(MONDAY, 15)
    await day.leave(NOAH, fetched_by="guardian", fetched_name="Marte Bakken")
    day.at(MONDAY, 16)

    await put_right(day, row, Times(came_at, left_at - HALF_AN_HOUR), "gikk før")
    kept = (await day.on_board(NOAH, MONDAY)).left_with
    await put_right(day, row, Times(came_at, None), "er her ennå")

    (row,) = await day.village.desk.look(TEST, list_of_day, day.unit, row.child_id, MONDAY)
    assert kept == "Marte Bakken"
    assert (row.left_at, row.left_marked_by, row.fetched_by, row.fetched_name) == (None, None, None, None)


async def test_a_leaving_is_not_put_past_the_next_coming(day: AttendanceDay) -> None:
    came_at = day.at(MONDAY, 8)
    (row,) = await day.come(NOAH)
    day.at(MONDAY, 11)
    await day.leave(NOAH)
    back_at = day.at(MONDAY, 13)
    await day.come(NOAH)
    day.at(MONDAY, 16)

    for left_at in (back_at + timedelta(minutes=1), None):
        with pytest.raises(CameAgainError):
            await put_right(day, row, Times(came_at, left_at), "feil")
    await put_right(day, row, Times(came_at, back_at), "feil")

    first, second = await day.village.desk.look(TEST, list_of_day, day.unit, row.child_id, MONDAY)
    assert (first.left_at, second.came_at) == (back_at, back_at)


async def test_a_night_s_leaving_is_not_put_past_the_coming_of_the_next_day(day: AttendanceDay) -> None:
    await day.in_shift_care(NOAH)
    came_at = day.at(MONDAY, 20)
    (row,) = await day.come(NOAH)
    day.at(TUESDAY, 6)
    await day.leave(NOAH)
    back_at = day.at(TUESDAY, 9)
    (again,) = await day.come(NOAH)
    now = day.at(TUESDAY, 16)

    with pytest.raises(CameAgainError):
        await put_right(day, row, Times(came_at, now), "feil")
    await put_right(day, row, Times(came_at, back_at - HALF_AN_HOUR), "feil")
    with pytest.raises(BeforeItLeftError):
        await put_right(day, again, Times(back_at - 2 * HALF_AN_HOUR, None), "feil")

    assert (await day.on_board(NOAH, TUESDAY)).came_at == back_at


async def test_a_mark_that_another_stands_in_place_of_can_be_settled(day: AttendanceDay) -> None:
    """A guardian told that the child is away, staff saw it again: both marks say when it came."""
    came_at = day.at(MONDAY, 8)
    (row,) = await day.come(NOAH)
    day.at(MONDAY, 9)
    await be_away(day, NOAH, "guardian")
    (again,) = await day.come(NOAH)
    day.at(MONDAY, 23, 59)
    await day.close()
    day.at(TUESDAY, 7)
    left_at = day.unit.moment(MONDAY, day.unit.closes)

    for one in (row, again):
        await put_right(day, one, Times(came_at, left_at), "hentet av far")

    assert await unseen_by(day, "Astrid Vik") == []


async def test_a_child_that_is_here_since_a_night_before_may_have_come_at_another_time(day: AttendanceDay) -> None:
    await day.in_shift_care(NOAH)
    came_at = day.at(MONDAY, 20)
    (row,) = await day.come(NOAH)
    day.at(TUESDAY, 6)

    await put_right(day, row, Times(came_at - HALF_AN_HOUR, None), "kom før")

    on = await day.on_board(NOAH, TUESDAY)
    assert (on.presence, on.came_at) == (Presence.HERE, came_at - HALF_AN_HOUR)


async def test_nobody_left_later_than_the_longest_stay(day: AttendanceDay) -> None:
    await day.in_shift_care(NOAH)
    came_at = day.at(MONDAY, 20)
    (row,) = await day.come(NOAH)
    fourth = day.at(MONDAY + timedelta(days=4), 6)

    with pytest.raises(AnotherDayError):
        await put_right(day, row, Times(came_at, fourth), "feil")
    await put_right(day, row, Times(came_at, fourth - timedelta(days=1)), "feil")


async def test_the_marks_of_a_day_are_those_of_the_nights_that_reach_into_it_too(day: AttendanceDay) -> None:
    await day.in_shift_care(NOAH)
    day.at(MONDAY, 20)
    (row,) = await day.come(NOAH)
    noah = row.child_id

    async def of(on: date) -> list[str]:
        return [one.id for one in await day.village.desk.look(TEST, list_of_day, day.unit, noah, on)]

    day.at(TUESDAY, 6)
    assert (await of(MONDAY), await of(TUESDAY), await of(TUESDAY + timedelta(days=1))) == ([row.id], [row.id], [])
    await day.leave(NOAH)
    day.at(TUESDAY, 9)
    (again,) = await day.come(NOAH)
    day.at(TUESDAY, 16)
    await day.leave(NOAH)
    day.at(TUESDAY + timedelta(days=3), 8)

    assert (await of(MONDAY), await of(TUESDAY)) == ([row.id], [row.id, again.id])
    assert await of(TUESDAY + timedelta(days=1)) == []


async def test_a_day_that_is_over_is_not_opened_again(day: AttendanceDay) -> None:
    came_at = day.at(MONDAY, 8)
    (row,) = await day.come(NOAH)
    left_at = day.at(MONDAY, 16)
    await day.leave(NOAH)
    day.at(TUESDAY, 8)

    with pytest.raises(AnotherDayError):
        await put_right(day, row, Times(came_at, None), "feil")
    await put_right(day, row, Times(came_at, left_at - HALF_AN_HOUR), "feil")

    assert (await day.on_board(NOAH, MONDAY)).left_at == left_at - HALF_AN_HOUR


async def test_a_day_that_nobody_ended_ends_by_itself_and_does_not_make_a_child_here_the_next(
    day: AttendanceDay,
) -> None:
    day.at(MONDAY, 8)
    await day.come(NOAH)
    day.at(MONDAY, 23, 58)
    early = await day.close()
    last = day.at(MONDAY, 23, 59)

    closed = await day.close()

    day.at(TUESDAY, 7)
    yesterday, today = await day.on_board(NOAH, MONDAY), await day.on_board(NOAH, TUESDAY)
    assert (early, closed, await day.close()) == (0, 1, 0)
    assert (yesterday.presence, yesterday.left_at) == (Presence.LEFT, last)
    assert today.presence is Presence.NOT_HEARD


async def test_before_the_day_has_ended_by_itself_nobody_is_here_the_next_morning_either(day: AttendanceDay) -> None:
    day.at(MONDAY, 8)
    await day.come(NOAH)
    day.at(TUESDAY, 7)

    on = await day.on_board(NOAH, TUESDAY)
    here = await day.village.desk.look(TEST, list_here_now, [on.child.id], TUESDAY)

    assert (on.presence, here) == (Presence.NOT_HEARD, set())


async def test_a_child_in_shift_care_is_here_over_midnight_on_the_board_of_the_new_day(day: AttendanceDay) -> None:
    await day.in_shift_care(NOAH)
    came_at = day.at(MONDAY, 20)
    await day.come(NOAH)
    day.at(MONDAY, 23, 59)
    closed = await day.close()
    day.at(TUESDAY, 6)

    on = await day.on_board(NOAH, TUESDAY)
    here = await day.village.desk.look(TEST, list_here_now, [on.child.id], TUESDAY)
    tomorrow = await day.on_board(NOAH, TUESDAY + timedelta(days=1))
    again = await day.come(NOAH)
    taken_back = await day.village.desk.work(TEST, unmark, day.unit, [on.child.id])

    assert closed == 0
    assert (on.presence, on.came_at, on.came_on) == (Presence.HERE, came_at, MONDAY)
    assert here == {on.child.id}
    assert tomorrow.presence is Presence.NOT_HEARD
    assert (again, taken_back) == ([], [])


async def test_a_child_that_left_after_midnight_has_left_on_the_board_of_the_new_day(day: AttendanceDay) -> None:
    await day.in_shift_care(NOAH)
    day.at(MONDAY, 20)
    (row,) = await day.come(NOAH)
    left_at = day.at(TUESDAY, 6)

    (left,) = await day.leave(NOAH)

    on = await day.on_board(NOAH, TUESDAY)
    assert (left.id, left.day) == (row.id, MONDAY)
    assert (on.presence, on.left_at) == (Presence.LEFT, left_at)


async def test_nobody_stays_longer_than_three_nights_without_a_mark(day: AttendanceDay) -> None:
    await day.in_shift_care(NOAH)
    day.at(MONDAY, 20)
    await day.come(NOAH)
    day.at(MONDAY + timedelta(days=3), 23, 58)
    early = await day.close()
    last = day.at(MONDAY + timedelta(days=3), 23, 59)

    closed = await day.close()

    (row,) = await day.village.desk.look(TEST, list_of_day, day.unit, day.village.child(NOAH).id, MONDAY)
    assert (early, closed) == (0, 1)
    assert (row.left_at, row.left_marked_by) == (last, CLOCK)


@pytest.mark.parametrize(
    ("on", "hours"),
    [
        pytest.param(date(2025, 3, 29), 9, id="the clock goes forward"),
        pytest.param(date(2025, 10, 25), 11, id="the clock goes back"),
        pytest.param(date(2025, 12, 31), 10, id="a year ends"),
    ],
)
async def test_a_night_is_as_long_as_it_was(day: AttendanceDay, on: date, hours: int) -> None:
    await day.in_shift_care(NOAH)
    came_at = day.at(on, 20)
    await day.come(NOAH)
    day.at(on, 23, 59)
    await day.close()
    day.at(on + timedelta(days=1), 6)

    (row,) = await day.leave(NOAH)

    assert row.left_at is not None
    assert row.left_at - came_at == timedelta(hours=hours)
    assert (await day.on_board(NOAH, on + timedelta(days=1))).presence is Presence.LEFT


async def test_the_last_day_of_the_year_ends_by_each_unit_s_own_clock(village: Village, clock: StoppedClock) -> None:
    silvester = date(2025, 12, 31)
    kielo = AttendanceDay(village, clock, owner=SAARELA)
    lerke = AttendanceDay(village, clock)
    finnish = next(name for (owner, name) in village.children if owner == SAARELA)
    lerke.at(silvester, 8)
    await lerke.come(NOAH)
    await kielo.come(finnish)

    kielo.at(silvester, 23, 59)
    first = await kielo.close()
    lerke.at(silvester, 23, 59)
    second = await lerke.close()

    assert (first, second) == (1, 1)


def as_staff(day: AttendanceDay, name: str) -> Asker:
    return Asker("staff", day.village.staff(name).id, Trust.STRONG, "test", day.village.owner().id)


async def unseen_by(day: AttendanceDay, name: str) -> list[str]:
    def ask(look: Look) -> list[str]:
        return [child.name for _, child in list_unseen(look, get_reach(look), day.unit)]

    return await day.village.desk.look(as_staff(day, name), ask)


async def leave_unseen(day: AttendanceDay) -> None:
    day.at(MONDAY, 8)
    await day.come(NOAH)
    day.at(MONDAY, 23, 59)
    await day.close()
    day.at(TUESDAY, 7)


async def test_staff_are_asked_when_a_child_left_whom_nobody_saw_until_somebody_says(day: AttendanceDay) -> None:
    await leave_unseen(day)
    asked = await unseen_by(day, "Astrid Vik")
    (row,) = await day.village.desk.look(TEST, list_of_day, day.unit, day.village.child(NOAH).id, MONDAY)

    await put_right(day, row, Times(row.came_at, day.unit.moment(MONDAY, day.unit.closes)), "hentet av far")

    assert (asked, await unseen_by(day, "Astrid Vik")) == ([NOAH], [])


async def test_that_a_child_left_at_the_last_minute_is_an_answer_too(day: AttendanceDay) -> None:
    await leave_unseen(day)
    (row,) = await day.village.desk.look(TEST, list_of_day, day.unit, day.village.child(NOAH).id, MONDAY)

    await put_right(day, row, Times(row.came_at, row.left_at), "var her til da")

    assert await unseen_by(day, "Astrid Vik") == []


async def test_only_those_who_serve_a_child_are_asked_when_it_left(day: AttendanceDay) -> None:
    await leave_unseen(day)

    assert await unseen_by(day, "Mette Strand") == [NOAH]
    assert await unseen_by(day, "Erik Johansson") == []


async def test_a_school_never_marks_who_leaves_and_is_not_asked(village: Village, clock: StoppedClock) -> None:
    day = AttendanceDay(village, clock, unit_name="school")
    day.at(MONDAY, 8)
    await day.come("Kari Nordmann")
    day.at(MONDAY, 23, 59)

    closed = await day.close()

    day.at(TUESDAY, 7)
    assert closed == 1
    assert await unseen_by(day, "Ingrid Solberg") == []


async def test_a_day_is_settled_before_the_child_came_again(day: AttendanceDay) -> None:
    await day.in_shift_care(NOAH)
    day.at(MONDAY, 7)
    (row,) = await day.come(NOAH)
    day.at(MONDAY, 15)
    await day.leave(NOAH)
    back_at = day.at(MONDAY, 16)
    await day.come(NOAH)
    day.at(MONDAY + timedelta(days=1), 8)

    def settle(work: Work) -> None:
        unit = work.session.get_one(Unit, day.unit.id)
        kept = work.session.get_one(Attendance, row.id)
        kept.left_marked_by = CLOCK
        settle_as_booked(work, unit, [kept], "som avtalt", "astrid")

    await day.village.desk.work(TEST, settle)

    first, _ = await day.village.desk.look(TEST, list_of_day, day.unit, row.child_id, MONDAY)
    assert first.left_at == back_at


async def test_what_somebody_has_found_out_is_not_settled_once_more(day: AttendanceDay) -> None:
    """A leader settles all whom nobody saw leave, and a colleague has just told when one of them did."""
    await leave_unseen(day)
    (row,) = await day.village.desk.look(TEST, list_of_day, day.unit, day.village.child(NOAH).id, MONDAY)
    left_at = row.came_at + HALF_AN_HOUR

    def find_out(work: Work) -> None:
        unit, kept = work.session.get_one(Unit, day.unit.id), work.session.get_one(Attendance, row.id)
        correct(work, unit, kept, Times(kept.came_at, left_at), "hentet av far", "mette")

    def settle(work: Work) -> None:
        unit = work.session.get_one(Unit, day.unit.id)
        rows = list_of_day(work, unit, row.child_id, MONDAY)
        settle_as_booked(work, unit, rows, "som avtalt", "astrid")

    await at_once(day.village.desk, TEST, find_out, day.village.desk.work(TEST, settle))

    (kept,) = await day.village.desk.look(TEST, list_of_day, day.unit, row.child_id, MONDAY)
    assert kept.left_at == left_at


async def test_a_day_is_settled_as_it_was_booked_or_as_the_unit_closed(day: AttendanceDay) -> None:
    await leave_unseen(day)

    def settle(work: Work) -> None:
        unit = work.session.get_one(Unit, day.unit.id)
        rows = list_of_day(work, unit, day.village.child(NOAH).id, MONDAY)
        settle_as_booked(work, unit, rows, "som avtalt", "astrid")

    await day.village.desk.work(TEST, settle)

    on = await day.on_board(NOAH, MONDAY)
    assert on.left_at == day.unit.moment(MONDAY, day.unit.closes)
    assert await unseen_by(day, "Astrid Vik") == []
