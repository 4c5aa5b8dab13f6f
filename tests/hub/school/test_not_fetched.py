"""Children who are still here after their time, branch by branch: who is asked when, what holds it, and who is never asked."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
import sqlalchemy as sa

from hub.calendars import close
from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.people.families import Child, GuardianAddress, GuardianRight, Guardianship, Right
from hub.people.places import Unit
from hub.safety.access import get_reach
from hub.safety.audit import AuditRow
from hub.school.attendance import mark_here
from hub.school.attendance_days import close_days
from hub.school.attendance_undoing import undo_last
from hub.school.fetch_ladders import (
    FetchTimes,
    FetchTimesError,
    NobodyMarkedGoneError,
    get_fetch_times,
    set_fetch_times,
)
from hub.school.fetch_waking import read_fetch_waking
from hub.school.not_fetched import FetchStepTaken, hold, hold_no_more, list_still
from hub.school.still_here import note_spoken
from tests.blocks import block
from tests.hub.post.outboxes import TEST
from tests.hub.post.spoken import as_staff
from tests.hub.school.evening import MONDAY, Evening
from tests.village import Village

NOAH, MARTE, LARS = "Noah Bakken", "Marte Bakken", "Lars Bakken"
SPRING, AUTUMN = date(2025, 3, 30), date(2025, 10, 26)
"""The Sundays on which the clocks of Oslo are moved."""


@pytest.fixture
def evening(village: Village, clock: StoppedClock) -> Evening:
    return Evening(village, clock)


def phones(texts: list[tuple[str, str]]) -> list[str]:
    return sorted(phone for phone, _ in texts)


def list_steps(look: Look) -> list[str]:
    return list(look.session.scalars(sa.select(FetchStepTaken.step).order_by(FetchStepTaken.at, FetchStepTaken.step)))


def count_audit(look: Look, what: str) -> int:
    return look.session.scalar(sa.select(sa.func.count()).select_from(AuditRow).where(AuditRow.what == what)) or 0


async def test_it_climbs_from_staff_to_families_to_the_call_list_to_the_leader(evening: Evening) -> None:
    await evening.begin(NOAH)

    assert await evening.wake(16, 44) == []
    assert await evening.still() == []
    calm = await evening.wake(16, 45)
    shown = await evening.still()
    first = await evening.wake(17, 0)
    second = await evening.wake(17, 15)
    silent = [*await evening.wake(17, 30), *await evening.wake(17, 45), *await evening.wake(17, 46)]
    steps = await evening.village.desk.look(TEST, list_steps)

    assert (calm, shown) == ([], ["still here: Noah"])
    assert phones(first) == phones(second) == sorted([evening.phone(MARTE), evening.phone(LARS)])
    assert all("Noah" in text and "Lerkeveien barnehage" in text for _, text in first)
    assert silent == []
    assert steps == ["shown", "first", "second", "list", "leader"]
    assert await evening.village.desk.look(TEST, count_audit, "fetch_case.step") == 5


async def test_the_time_is_what_was_booked_and_a_unit_sets_each_step(evening: Evening) -> None:
    await evening.book(NOAH, (MONDAY, "8-15.30"))
    await evening.begin(NOAH, times=FetchTimes(True, 5, 10, 20, 60))

    assert await evening.wake(15, 34) == []
    assert len(await evening.wake(15, 35)) == 2
    assert len(await evening.wake(15, 40)) == 2
    await evening.wake(15, 50)
    assert await evening.still() == ["still here: Noah, call"]


async def test_a_leaving_stops_it_and_whoever_was_asked_is_told(evening: Evening) -> None:
    await evening.begin(NOAH)
    await evening.wake(17, 0)
    evening.at(17, 5)
    await evening.leave(NOAH)

    told = await evening.wake(17, 6)
    later = [*await evening.wake(17, 15), *await evening.wake(17, 45)]

    assert [text for _, text in told] == ["Noah har gått hjem, kl. 17.05. Du trenger ikke svare."] * 2
    assert later == []
    assert await evening.still() == []


STILL_HERE = "Beklager, vi tok feil: Noah er fortsatt her hos oss (Lerkeveien barnehage)."


async def undo_leaving(evening: Evening) -> None:
    """Somebody had tapped the wrong child."""

    def back(work: Work) -> None:
        noah = work.session.get_one(Child, evening.village.child(NOAH).id)
        undo_last(work, work.session.get_one(Unit, evening.unit.id), noah, "test")

    await evening.village.desk.work(TEST, back)


async def test_a_leaving_that_was_wrong_is_put_right_and_the_ladder_goes_on_where_it_was(evening: Evening) -> None:
    await evening.begin(NOAH)
    await evening.wake(17, 0)
    await evening.leave(NOAH)
    await evening.wake(17, 1)
    await undo_leaving(evening)

    told = await evening.wake(17, 2)
    again = await evening.wake(17, 3)

    assert phones(told) == sorted([evening.phone(MARTE), evening.phone(LARS)])
    assert all(text.startswith(STILL_HERE) for _, text in told)
    assert again == []
    assert await evening.still() == ["still here: Noah, asked"]


async def test_whoever_wrote_and_was_told_that_the_child_is_gone_hears_too_that_it_is_not(evening: Evening) -> None:
    await evening.begin(NOAH)
    await evening.wake(17, 0)
    await evening.leave(NOAH)
    answered = await evening.say(MARTE, "kommer 17.30")
    await evening.wake(17, 1)
    await undo_leaving(evening)

    told = await evening.wake(17, 2)

    assert [text for _, text in answered] == ["Noah har gått hjem, kl. 17.00."]
    assert phones(told) == sorted([evening.phone(MARTE), evening.phone(LARS)])


async def test_a_wrong_leaving_is_put_right_of_a_child_whose_time_has_moved_meanwhile(evening: Evening) -> None:
    await evening.begin(NOAH)
    await evening.wake(17, 0)
    await evening.leave(NOAH)
    await evening.wake(17, 1)
    await evening.book(NOAH, (MONDAY, "8-18"))
    await undo_leaving(evening)

    told = await evening.wake(17, 2)
    again = [*await evening.wake(17, 3), *await evening.wake(18, 0)]

    assert len(told) == 2
    assert again == []


async def test_a_child_who_left_and_came_back_is_no_mistake(evening: Evening) -> None:
    await evening.begin(NOAH)
    await evening.wake(17, 0)
    await evening.leave(NOAH)
    await evening.wake(17, 1)
    evening.at(17, 3)

    def come(work: Work) -> None:
        noah = work.session.get_one(Child, evening.village.child(NOAH).id)
        mark_here(work, work.session.get_one(Unit, evening.unit.id), [noah], "test")

    await evening.village.desk.work(TEST, come)

    assert await evening.wake(17, 4) == []


async def test_whoever_may_not_know_any_more_is_not_told_that_a_leaving_was_wrong(evening: Evening) -> None:
    await evening.begin(NOAH)
    await evening.wake(17, 0)
    await evening.leave(NOAH)
    await evening.wake(17, 1)
    await evening.village.desk.work(TEST, block, evening.village, LARS, NOAH)
    await undo_leaving(evening)

    assert phones(await evening.wake(17, 2)) == [evening.phone(MARTE)]


async def test_nobody_is_told_that_a_leaving_was_wrong_who_was_not_asked(evening: Evening) -> None:
    await evening.begin(NOAH)
    await evening.wake(16, 45)
    await evening.leave(NOAH)
    await evening.wake(16, 46)
    await undo_leaving(evening)

    assert await evening.wake(16, 47) == []
    assert await evening.still() == ["still here: Noah"]


async def test_a_time_holds_it_until_it_is_over_and_then_staff_call(evening: Evening) -> None:
    await evening.begin(NOAH)
    await evening.wake(17, 0)

    answered = await evening.say(MARTE, "kommer 17.30")
    quiet = [*await evening.wake(17, 15), *await evening.wake(17, 39)]
    held = await evening.still()
    await evening.wake(17, 40)

    assert phones(answered) == sorted([evening.phone(MARTE), evening.phone(LARS)])
    assert quiet == []
    assert held == ["still here: Noah, comes, until 17:40"]
    assert await evening.still() == ["still here: Noah, call, not_come"]


async def test_a_later_time_moves_it_again(evening: Evening) -> None:
    await evening.begin(NOAH)
    await evening.wake(17, 0)
    await evening.say(MARTE, "kommer 17.10")
    await evening.wake(17, 5)

    told = await evening.say(MARTE, "står i kø, henter 17.40")

    assert await evening.wake(17, 25) == []
    assert await evening.still() == ["still here: Noah, comes, until 17:50"]
    assert dict(told)[evening.phone(MARTE)].startswith("Takk! Da venter Noah og vi på dere til 17.40.")
    assert "17.40" in dict(told)[evening.phone(LARS)]


async def test_who_answers_twice_that_they_are_on_the_way_says_nothing_of_tomorrow(evening: Evening) -> None:
    await evening.begin(NOAH)
    await evening.wake(17, 0)
    await evening.say(MARTE, "på vei")
    await evening.wake(17, 5)

    said = await evening.say(MARTE, "på vei nå")

    assert not [text for _, text in said if "i morgen" in text]
    assert await evening.still() == ["still here: Noah, comes, until 17:20"]


async def test_who_is_on_the_way_for_ever_is_called_all_the_same(evening: Evening) -> None:
    await evening.begin(NOAH)
    await evening.wake(17, 0)
    for minute in (1, 12, 24, 36):
        evening.at(17, minute)
        await evening.say(MARTE, "på vei")
        await evening.wake(17, minute + 1)

    assert await evening.still() == ["still here: Noah, call, not_come"]
    assert "leader" in await evening.village.desk.look(TEST, list_steps)


async def test_a_time_is_heard_also_after_an_answer_that_was_not_understood(evening: Evening) -> None:
    await evening.begin(NOAH)
    await evening.wake(17, 0)
    await evening.say(MARTE, "hvor var votten hans?")

    await evening.say(MARTE, "kommer 17.20")

    assert await evening.still() == ["still here: Noah, comes, until 17:30"]


async def test_whoever_takes_their_word_back_holds_nothing_any_more_and_staff_call(evening: Evening) -> None:
    await evening.begin(NOAH)
    await evening.wake(17, 0)
    await evening.say(MARTE, "kommer 17.40")
    await evening.wake(17, 5)

    said = await evening.say(MARTE, "nei, jeg kommer ikke likevel")
    await evening.wake(17, 6)

    assert not [text for _, text in said if "i morgen" in text]
    assert await evening.still() == ["still here: Noah, call, disputed"]


async def test_a_question_of_a_guardian_leaves_the_time_that_they_have_told(evening: Evening) -> None:
    await evening.begin(NOAH)
    await evening.wake(17, 0)
    await evening.say(LARS, "kommer 17.30")

    await evening.say(LARS, "hvor var votten hans?")

    assert await evening.still() == ["still here: Noah, comes, until 17:40"]


async def test_what_is_not_understood_keeps_families_from_being_asked_and_staff_call_in_time(evening: Evening) -> None:
    await evening.begin(NOAH)
    await evening.wake(17, 0)
    await evening.say(MARTE, "hvor var votten hans?")

    texts = await evening.wake(17, 15)
    before = await evening.still()
    texts += await evening.wake(17, 30)
    listed = await evening.still()
    texts += await evening.wake(17, 45)

    assert texts == []
    assert before == ["still here: Noah, unclear"]
    assert listed == ["still here: Noah, call, unclear"]
    assert await evening.village.desk.look(TEST, list_steps) == ["first", "shown", "list", "leader"]


async def test_what_is_not_understood_takes_nobody_off_the_call_list(evening: Evening) -> None:
    await evening.begin(NOAH)
    for minute in (0, 15, 30):
        await evening.wake(17, minute)
    before = await evening.still()

    await evening.say(MARTE, "hvor var votten hans?")

    assert before == ["still here: Noah, call"]
    assert await evening.still() == ["still here: Noah, call, unclear"]
    await evening.wake(17, 45)
    assert "leader" in await evening.village.desk.look(TEST, list_steps)


async def test_an_answer_with_a_time_holds_it_also_after_one_that_was_not_understood(evening: Evening) -> None:
    await evening.begin(NOAH)
    await evening.wake(17, 0)
    await evening.say(MARTE, "hvor var votten hans?")
    await evening.say(LARS, "kommer 17.40")

    await evening.wake(17, 30)
    held = await evening.still()
    await evening.wake(17, 50)

    assert held == ["still here: Noah, comes, until 17:50"]
    assert await evening.still() == ["still here: Noah, call, not_come"]


async def test_where_one_guardian_denies_what_another_told_staff_call_at_once(evening: Evening) -> None:
    await evening.begin(NOAH)
    await evening.wake(17, 0)
    await evening.say(MARTE, "kommer 17.40")
    await evening.say(LARS, "nei, det er min dag i dag")

    texts = await evening.wake(17, 1)

    assert texts == []
    assert await evening.still() == ["still here: Noah, call, disputed"]


async def test_nobody_barred_and_nobody_without_both_rights_is_asked_or_told(evening: Evening) -> None:
    await evening.begin(NOAH)
    await evening.village.desk.work(TEST, block, evening.village, LARS, NOAH)

    first = await evening.wake(17, 0)
    await evening.village.desk.work(TEST, end_right, evening, MARTE, Right.INFORM)
    second = await evening.wake(17, 15)
    await evening.leave(NOAH)
    told = await evening.wake(17, 16)

    assert phones(first) == [evening.phone(MARTE)]
    assert (second, told) == ([], [])


def end_right(work: Work, evening: Evening, guardian: str, right: Right) -> None:
    """From today on they do not have it."""
    tie = sa.select(Guardianship.id).where(
        Guardianship.guardian_id == evening.village.guardian(guardian).id,
        Guardianship.child_id == evening.village.child(NOAH).id,
    )
    rows = work.session.scalars(
        sa.select(GuardianRight).where(GuardianRight.guardianship_id.in_(tie), GuardianRight.kind == right)
    )
    for row in rows:
        row.to_day = evening.unit.today(work.now) - timedelta(days=1)


async def test_whoever_may_know_but_not_fetch_is_not_asked(evening: Evening) -> None:
    await evening.begin(NOAH)
    await evening.village.desk.work(TEST, end_right, evening, LARS, Right.FETCH)

    assert phones(await evening.wake(17, 0)) == [evening.phone(MARTE)]


async def test_whom_nobody_may_be_asked_about_goes_to_staff_at_once(evening: Evening) -> None:
    await evening.begin(NOAH)
    for guardian in (MARTE, LARS):
        await evening.village.desk.work(TEST, block, evening.village, guardian, NOAH)

    assert [*await evening.wake(17, 0), *await evening.wake(17, 1)] == []
    assert await evening.still() == ["still here: Noah, call, unreachable"]


async def test_two_children_behind_one_phone_are_one_text(evening: Evening) -> None:
    await evening.begin("Odin Fjeld", "Tuva Fjeld")

    texts = await evening.wake(17, 0)

    assert phones(texts) == sorted([evening.phone("Maren Fjeld"), evening.phone("Anders Fjeld")])
    assert all("Odin" in text and "Tutta" in text for _, text in texts)


async def test_a_night_that_is_booked_asks_nobody_before_its_end(evening: Evening) -> None:
    tuesday = date(2025, 3, 4)
    await evening.works_shifts(NOAH)
    await evening.book(NOAH, (MONDAY, "14-7"))
    await evening.begin(NOAH)

    quiet = [*await evening.wake(17, 30), *await evening.wake(23, 0), *await evening.wake(6, 59, tuesday)]
    await evening.village.desk.work(TEST, close_days)
    shown = (await evening.wake(7, 0, tuesday), await evening.still())
    asked = await evening.wake(7, 15, tuesday)

    assert quiet == []
    assert shown == ([], ["still here: Noah"])
    assert len(asked) == 2


@pytest.mark.parametrize("night", [SPRING, AUTUMN])
async def test_a_night_on_which_the_clocks_are_moved_asks_once_and_at_the_right_time(
    evening: Evening, night: date
) -> None:
    before = night - timedelta(days=1)
    await open_on(evening, before, night)
    await evening.village.desk.work(TEST, know_phones, before)
    await evening.works_shifts(NOAH)
    await evening.book(NOAH, (before, "20-2.30"))
    await evening.begin(NOAH, on=before)
    due = evening.unit.moment(night, time(2, 30)) + timedelta(minutes=15)

    evening.clock.jump(due - timedelta(minutes=1))
    early = await evening.around.wake(evening.bot)
    evening.clock.jump(due)
    asked = await evening.around.wake(evening.bot)
    evening.clock.jump(due + timedelta(minutes=14))
    again = await evening.around.wake(evening.bot)

    assert (early, again) == ([], [])
    assert len(asked) == 2


def know_phones(work: Work, day: date) -> None:
    """Every number is known to be its guardian's."""
    for address in work.session.scalars(sa.select(GuardianAddress)):
        address.confirmed_at = datetime.combine(day, time(), UTC)


async def open_on(evening: Evening, *days: date) -> None:
    """The unit looks after children on days on which it would be closed."""

    def opened(work: Work) -> None:
        unit = work.session.get_one(Unit, evening.unit.id)
        close(work, unit, days[0], days[-1], "døgnåpent", "leader").is_open = True

    await evening.village.desk.work(TEST, opened)


async def test_shift_care_with_nothing_booked_may_last_as_long_as_it_does(evening: Evening) -> None:
    await evening.works_shifts(NOAH)
    await evening.begin(NOAH)

    assert [*await evening.wake(17, 0), *await evening.wake(17, 30)] == []
    assert await evening.still() == []


async def test_nobody_is_asked_on_a_closed_day(evening: Evening) -> None:
    await evening.begin(NOAH)

    def closed(work: Work) -> None:
        close(work, work.session.get_one(Unit, evening.unit.id), MONDAY, MONDAY, "planleggingsdag", "leader")

    await evening.village.desk.work(TEST, closed)

    assert await evening.wake(17, 0) == []


async def test_nobody_is_asked_once_the_day_has_ended_by_itself(evening: Evening) -> None:
    await evening.begin(NOAH)
    evening.at(23, 59)
    before = await evening.wake(23, 59)
    await evening.village.desk.work(TEST, close_days)
    after = [*await evening.wake(23, 59), *await evening.wake(0, 30, date(2025, 3, 4))]

    assert (before, after) == ([], [])


async def test_where_nobody_was_marked_as_gone_no_family_hears_and_staff_are_asked(evening: Evening) -> None:
    everybody = [child.name for (owner, _), child in evening.village.children.items() if owner == "fjordvik"]
    await evening.begin(*everybody)

    texts = [*await evening.wake(17, 0), *await evening.wake(17, 15), *await evening.wake(17, 30)]

    assert texts == []
    assert "still here: Noah, call, no_marks" in await evening.still()


async def test_while_leavings_are_marked_after_the_event_one_by_one_no_family_hears(evening: Evening) -> None:
    everybody = [child.name for (owner, _), child in evening.village.children.items() if owner == "fjordvik"]
    await evening.begin(*everybody)
    await evening.wake(16, 45)
    await evening.leave(NOAH)
    await evening.leave("Odin Fjeld")

    assert [*await evening.wake(17, 0), *await evening.wake(17, 1)] == []


async def test_a_school_that_marks_nobody_as_gone_cannot_switch_it_on(evening: Evening) -> None:
    school = evening.village.unit("school")

    with pytest.raises(NobodyMarkedGoneError):
        await evening.village.desk.work(TEST, set_fetch_times, school, FetchTimes(is_on=True), "leader")

    assert (await evening.village.desk.look(TEST, get_fetch_times, school)).is_on is False


@pytest.mark.parametrize("steps", [(4, 30, 45, 60), (15, 15, 45, 60), (15, 45, 30, 60), (15, 30, 45, 241)])
async def test_steps_follow_each_other(evening: Evening, steps: tuple[int, int, int, int]) -> None:
    with pytest.raises(FetchTimesError):
        await evening.village.desk.work(TEST, set_fetch_times, evening.unit, FetchTimes(True, *steps), "leader")


async def test_staff_who_spoke_with_the_family_hold_it_and_may_take_that_back(evening: Evening) -> None:
    await evening.begin(NOAH)
    await evening.wake(17, 0)

    def spoken(work: Work, *, takes_back: bool = False) -> None:
        (case,) = list_still(work, evening.unit, MONDAY)
        if takes_back:
            hold_no_more(work, case)
        else:
            hold(work, case, "teacher")

    await evening.village.desk.work(TEST, spoken)
    quiet = await evening.wake(17, 15)
    await evening.village.desk.work(TEST, spoken, takes_back=True)
    again = await evening.wake(17, 16)

    assert quiet == []
    assert len(again) == 2


async def speak(evening: Evening, *, takes_back: bool = False) -> None:
    """A teacher taps that they have spoken with Noah's family, or have not."""

    def tap(work: Work) -> None:
        (case,) = list_still(work, evening.unit, MONDAY)
        note_spoken(work, get_reach(work), evening.unit, case.id, takes_back=takes_back)

    await evening.village.desk.work(as_staff(evening.village.staff("Mette Strand")), tap)


async def test_staff_may_hold_it_again_when_nobody_has_come(evening: Evening) -> None:
    await evening.begin(NOAH)
    for minute in (0, 15, 30):
        await evening.wake(17, minute)
    await speak(evening)
    evening.at(17, 40)
    await speak(evening)
    held = await evening.still()
    await evening.wake(17, 51)
    over = await evening.still()

    await speak(evening)

    assert held == ["still here: Noah, spoken with, until 17:50"]
    assert over == ["still here: Noah, call"]
    assert await evening.still() == ["still here: Noah, spoken with, until 18:11"]


async def test_a_tap_of_staff_neither_shortens_nor_takes_away_the_time_that_a_guardian_told(evening: Evening) -> None:
    await evening.begin(NOAH)
    await evening.wake(17, 0)
    await evening.say(MARTE, "kommer 17.40")
    await speak(evening)
    spoken = await evening.still()
    await speak(evening, takes_back=True)

    quiet = [*await evening.wake(17, 15), *await evening.wake(17, 49)]
    held = await evening.still()
    await evening.wake(17, 50)

    assert quiet == []
    assert spoken == held == ["still here: Noah, comes, until 17:50"]
    assert await evening.still() == ["still here: Noah, call, not_come"]


async def test_a_time_that_a_guardian_tells_after_staff_have_spoken_with_them_is_the_one_that_counts(
    evening: Evening,
) -> None:
    await evening.begin(NOAH)
    await evening.wake(17, 0)
    await speak(evening)

    await evening.say(MARTE, "kommer 17.05")
    await speak(evening, takes_back=True)

    assert await evening.still() == ["still here: Noah, comes, until 17:15"]


async def test_a_second_waking_in_the_same_minute_changes_nothing(evening: Evening) -> None:
    await evening.begin(NOAH)
    await evening.wake(17, 0)

    assert await evening.around.wake(evening.bot) == []
    found = await evening.village.desk.look(TEST, read_fetch_waking, evening.unit)
    assert found.due == ()


async def test_it_is_off_until_somebody_switches_it_on(evening: Evening) -> None:
    await evening.begin(NOAH, times=FetchTimes(is_on=False))

    assert await evening.wake(17, 0) == []
    assert await evening.still() == []


async def test_whoever_may_not_fetch_any_more_holds_nothing(evening: Evening) -> None:
    await evening.begin(NOAH)
    await evening.wake(17, 0)
    await evening.village.desk.work(TEST, end_right, evening, MARTE, Right.FETCH)

    await evening.say(MARTE, "kommer 17.30")

    assert await evening.still() == ["still here: Noah, asked"]
