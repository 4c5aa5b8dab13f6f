"""The not-arrived ladder, branch by branch: who is asked when, what stops it, and what brings a child to staff."""

from datetime import date, time, timedelta

import pytest
import sqlalchemy as sa

from bots.whereabouts import WhereaboutsBot
from hub.asker import Trust
from hub.calendars import ClosedDays, close
from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.people.families import Child, GuardianAddress
from hub.people.places import Unit
from hub.post.deliveries import Delivery, Status, end_badly
from hub.safety.access import get_reach
from hub.safety.audit import AuditRow
from hub.school.absences import Reason, dispute, list_of_child, report, take_back
from hub.school.attendance_undoing import unmark
from hub.school.call_list import How, undo_close
from hub.school.call_list import close_case as close_by_hand
from hub.school.ladders import LadderTimes, LadderTimesError, get_times, set_times
from hub.school.late_arrivals import report_late
from hub.school.not_arrived import StepTaken, list_cases
from hub.school.not_arrived import close as close_case
from tests.blocks import block
from tests.hub.post.outboxes import TEST
from tests.hub.post.spoken import as_staff
from tests.hub.school.ladder_day import NINE, LadderDay
from tests.hub.talk.around_bot import send_all
from tests.village import SAARELA, Village

ANNE, OLA = "Anne Nordmann", "Ola Nordmann"
KARI = "Kari Nordmann"
SPRING, AUTUMN = date(2025, 3, 30), date(2025, 10, 26)
"""The Sundays on which the clocks of Oslo are moved."""


@pytest.fixture
def day(village: Village, clock: StoppedClock) -> LadderDay:
    return LadderDay(village, clock)


def phones(texts: list[tuple[str, str]]) -> list[str]:
    return sorted(phone for phone, _ in texts)


def tell_ill(work: Work, day: LadderDay, child: str, guardian: str) -> None:
    report(
        work,
        work.session.get_one(Child, day.village.child(child).id),
        [day.unit.today(work.now)],
        Reason.SICK,
        told_by=day.village.guardian(guardian).id,
        told_kind="guardian",
        trust=Trust.CLAIMED,
    )


def tell_late(work: Work, day: LadderDay, child: str, at: time | None) -> None:
    kept = work.session.get_one(Child, day.village.child(child).id)
    report_late(work, kept, day.unit.today(work.now), at, told_by="x", message_id=None)


def list_steps(look: Look) -> list[str]:
    return list(look.session.scalars(sa.select(StepTaken.step).order_by(StepTaken.at, StepTaken.step)))


@pytest.mark.capability("H-56", "N-06")
async def test_silence_climbs_step_by_step_to_the_leader_and_each_step_is_in_the_audit(day: LadderDay) -> None:
    await day.begin(KARI)

    assert await day.wake(8, 59) == []
    first = await day.wake(9, 0)
    assert await day.wake(9, 14) == []
    second = await day.wake(9, 15)
    before_list = await day.facts()
    silent = await day.wake(9, 30)
    listed = await day.facts()
    await day.wake(9, 45)
    steps = await day.village.desk.look(TEST, list_steps)
    noted = await day.village.desk.look(TEST, count_audit, "not_arrived.step")

    assert phones(first) == phones(second) == sorted([day.phone(ANNE), day.phone(OLA)])
    assert all("Kari" in text and "Fjordvik skole" in text for _, text in first)
    assert silent == []
    assert "asked about: Kari" in before_list
    assert "looked for: Kari" in listed
    assert steps == ["first", "second", "list", "leader"]
    assert noted == 4


def count_audit(look: Look, what: str) -> int:
    return look.session.scalar(sa.select(sa.func.count()).select_from(AuditRow).where(AuditRow.what == what)) or 0


@pytest.mark.capability("H-56", "N-06")
async def test_nobody_is_asked_about_a_child_that_is_explained(day: LadderDay) -> None:
    await day.begin(KARI, "Dag Ruud", "Sara Hansen", "Birk Rønning")
    await day.village.desk.work(TEST, tell_ill, day, KARI, ANNE)
    await day.village.desk.work(TEST, tell_late, day, "Dag Ruud", time(10, 0))
    await day.village.desk.work(TEST, tell_late, day, "Sara Hansen", None)
    await day.mark("Birk Rønning")

    assert await day.wake(9, 0) == []


async def test_whoever_is_told_late_and_does_not_come_is_asked_about_after_that_time(day: LadderDay) -> None:
    await day.begin("Dag Ruud")
    await day.village.desk.work(TEST, tell_late, day, "Dag Ruud", time(10, 0))

    assert await day.wake(10, 14) == []
    assert phones(await day.wake(10, 15)) == [day.phone("Gunnar Ruud")]


@pytest.mark.capability("N-06")
async def test_the_answer_of_one_stops_the_texts_to_the_other_who_is_told(day: LadderDay) -> None:
    await day.begin(KARI)
    await day.wake(9, 0)

    told = await day.say(ANNE, "hun er syk")
    later = [*await day.wake(9, 15), *await day.wake(9, 31)]

    assert phones(told) == sorted([day.phone(ANNE), day.phone(OLA)])
    assert "absence: Kari, 2025-03-03, sick" in await day.facts()
    assert later == []
    assert not [fact for fact in await day.facts() if fact.startswith(("asked", "looked"))]


async def test_an_absence_told_meanwhile_by_another_way_stops_it(day: LadderDay) -> None:
    await day.begin(KARI)
    await day.wake(9, 0)

    await day.village.desk.work(TEST, tell_ill, day, KARI, OLA)

    assert await day.wake(9, 15) == []
    assert await day.say(ANNE, "ok takk") == []


async def test_a_child_that_should_be_here_is_an_alarm_and_only_a_mark_or_a_person_ends_it(day: LadderDay) -> None:
    await day.begin(KARI)
    await day.wake(9, 0)

    told = dict(await day.say(ANNE, "hun gikk hjemmefra kl 8!"))
    await day.say(OLA, "hun er syk, hun er hos meg")
    await day.wake(9, 1)
    facts = await day.facts()
    await day.mark(KARI)
    come = await day.wake(9, 2)

    assert "ringer deg" in told[day.phone(ANNE)]
    assert "Vi ser etter" in told[day.phone(OLA)]
    assert "looked for: Kari, should_be_here" in facts
    assert day.phone(ANNE) in phones(come)
    assert not [fact for fact in await day.facts() if fact.startswith("looked")]


async def test_two_guardians_who_answer_at_once_and_differ_end_with_staff(day: LadderDay) -> None:
    await day.begin(KARI)
    await day.wake(9, 0)

    await day.hear((ANNE, "hun er syk"), (OLA, "hun skal være der!"))

    assert [fact for fact in await day.facts() if fact.startswith("looked for: Kari")]
    await day.wake(9, 1)
    assert [fact for fact in await day.facts() if fact.startswith("looked for: Kari")]


async def test_two_guardians_who_answer_the_same_at_once_are_both_thanked(day: LadderDay) -> None:
    await day.begin(KARI)
    await day.wake(9, 0)

    await day.hear((ANNE, "hun er syk"), (OLA, "hun er syk"))

    facts = await day.facts()
    assert [fact for fact in facts if fact.startswith("absence: Kari")] == ["absence: Kari, 2025-03-03, sick"]
    assert not [fact for fact in facts if fact.startswith("looked")]


async def test_an_answer_after_the_child_was_marked_here_raises_no_alarm(day: LadderDay) -> None:
    await day.begin(KARI)
    await day.wake(9, 0)
    await day.mark(KARI)

    answered = dict(await day.say(ANNE, "hun gikk hjemmefra kl 8!"))
    other = await day.wake(9, 1)

    assert "Kari er her" in answered[day.phone(ANNE)]
    assert phones(other) == [day.phone(OLA)]
    assert not [fact for fact in await day.facts() if fact.startswith("looked")]


async def test_a_child_marked_here_and_told_ill_is_for_a_person(day: LadderDay) -> None:
    await day.begin(KARI)
    await day.wake(9, 0)
    await day.mark(KARI)

    await day.say(ANNE, "hun er syk")

    assert not [fact for fact in await day.facts() if fact.startswith("absence")]
    assert await day.village.desk.look(TEST, list_waits) == ["here_but_away"]


def list_waits(look: Look) -> list[str]:
    return list(look.session.scalars(sa.text("SELECT waits_why FROM threads WHERE waits_since IS NOT NULL")))


async def test_a_mark_that_is_taken_back_brings_the_child_to_staff(day: LadderDay) -> None:
    await day.begin(KARI)
    await day.wake(9, 0)
    await day.mark(KARI)
    await day.wake(9, 1)

    await day.village.desk.work(TEST, unmark, day.unit, [day.village.child(KARI).id])
    await day.wake(9, 2)

    assert "looked for: Kari, not_come" in await day.facts()


async def test_whoever_was_told_that_a_child_has_come_hears_that_it_has_not(day: LadderDay) -> None:
    await day.begin(KARI)
    await day.wake(9, 0)
    await day.mark(KARI)
    come = await day.wake(9, 1)

    await day.village.desk.work(TEST, unmark, day.unit, [day.village.child(KARI).id])
    told = await day.wake(9, 2)
    again = await day.wake(9, 3)

    assert phones(come) == phones(told) == sorted([day.phone(ANNE), day.phone(OLA)])
    assert all(
        text.startswith("Beklager, vi tok feil: Kari er ikke her likevel. Vi ser etter Kari nå") for _, text in told
    )
    assert again == []


async def test_nobody_barred_since_hears_that_a_child_has_not_come_after_all(day: LadderDay) -> None:
    await day.begin(KARI)
    await day.wake(9, 0)
    await day.mark(KARI)
    await day.wake(9, 1)
    await day.village.desk.work(TEST, block, day.village, OLA, KARI)

    await day.village.desk.work(TEST, unmark, day.unit, [day.village.child(KARI).id])

    assert phones(await day.wake(9, 2)) == [day.phone(ANNE)]


async def test_a_family_that_has_told_where_the_child_is_hears_nothing_of_a_wrong_mark(day: LadderDay) -> None:
    await day.begin(KARI)
    await day.wake(9, 0)
    await day.mark(KARI)
    await day.wake(9, 1)
    await day.village.desk.work(TEST, tell_ill, day, KARI, ANNE)

    await day.village.desk.work(TEST, unmark, day.unit, [day.village.child(KARI).id])

    assert await day.wake(9, 2) == []


async def test_a_tap_that_a_child_is_here_may_be_undone_also_after_the_next_waking(day: LadderDay) -> None:
    await day.begin(KARI)
    await day.wake(9, 0)
    await day.village.desk.work(as_staff(day.village.staff("Kari Lunde")), tap_here, day)
    await day.wake(9, 1)

    await day.village.desk.work(as_staff(day.village.staff("Kari Lunde")), tap_here, day, undoes=True)
    told = await day.wake(9, 2)

    assert "looked for: Kari, not_come" in await day.facts()
    assert phones(told) == sorted([day.phone(ANNE), day.phone(OLA)])


def tap_here(work: Work, day: LadderDay, *, undoes: bool = False) -> None:
    """On the call list: she is here, or is not after all."""
    unit = work.session.get_one(Unit, day.unit.id)
    (case,) = list_cases(work, unit, unit.today(work.now))
    if undoes:
        undo_close(work, get_reach(work), unit, case.id)
    else:
        close_by_hand(work, get_reach(work), unit, case.id, How.HERE)


async def test_an_absence_that_another_guardian_disputes_is_for_staff_at_once(day: LadderDay) -> None:
    await day.begin(KARI)

    def differ(work: Work) -> None:
        told = report(
            work,
            work.session.get_one(Child, day.village.child(KARI).id),
            [day.unit.today(work.now)],
            Reason.SICK,
            told_by="x",
            told_kind="guardian",
            trust=Trust.CLAIMED,
        )
        dispute(work, told)

    await day.village.desk.work(TEST, differ)

    assert await day.wake(9, 0) == []
    assert "looked for: Kari, disputed" in await day.facts()


async def dispute_annes_word(day: LadderDay) -> None:
    """Anne tells that Kari is ill, and Ola says that it is not so."""
    await day.village.desk.work(TEST, tell_ill, day, KARI, ANNE)

    def differ(work: Work) -> None:
        dispute(work, list_of_child(work, day.village.child(KARI).id, [day.unit.today(work.now)]))

    await day.village.desk.work(TEST, differ)


@pytest.mark.parametrize("takes_it_back_first", [False, True])
async def test_whoever_tells_a_disputed_absence_again_does_not_hide_the_child(
    day: LadderDay, takes_it_back_first: bool
) -> None:
    await day.begin(KARI)
    await dispute_annes_word(day)

    def take_it_back(work: Work) -> None:
        told = list_of_child(work, day.village.child(KARI).id, [day.unit.today(work.now)])
        take_back(work, told, day.village.guardian(ANNE).id)

    if takes_it_back_first:
        await day.village.desk.work(TEST, take_it_back)
    await day.village.desk.work(TEST, tell_ill, day, KARI, ANNE)

    assert await day.wake(9, 0) == []
    assert "looked for: Kari, disputed" in await day.facts()


@pytest.mark.parametrize("who", ["the other guardian", "staff"])
async def test_a_dispute_ends_when_the_other_guardian_or_staff_tell_the_same(day: LadderDay, who: str) -> None:
    await day.begin(KARI)
    await dispute_annes_word(day)

    def by_staff(work: Work) -> None:
        child, today = work.session.get_one(Child, day.village.child(KARI).id), day.unit.today(work.now)
        report(work, child, [today], Reason.UNTOLD, told_by="staff", told_kind="staff", trust=Trust.STRONG)

    if who == "staff":
        await day.village.desk.work(TEST, by_staff)
        await day.village.desk.work(TEST, tell_ill, day, KARI, ANNE)
    else:
        await day.village.desk.work(TEST, tell_ill, day, KARI, OLA)

    await day.wake(9, 0)
    assert not [fact for fact in await day.facts() if fact.startswith("looked for: Kari")]


async def test_a_time_after_the_school_has_closed_is_the_clubs_and_explains_no_morning(day: LadderDay) -> None:
    await day.begin(KARI)
    await day.village.desk.work(TEST, tell_late, day, KARI, day.unit.closes)

    before = await day.wake(9, 30)
    texts = await day.wake(10, 0)

    assert before == []
    assert phones(texts) == sorted(day.village.phone(who) for who in (ANNE, OLA))


async def test_a_unit_that_cannot_be_read_keeps_no_child_of_another_from_being_looked_for(
    day: LadderDay, caplog: pytest.LogCaptureFixture
) -> None:
    await day.begin(KARI)
    broken = day.village.unit("club").id

    def break_it(work: Work) -> None:
        unit = work.session.get_one(Unit, broken)
        set_times(work, unit, LadderTimes(is_on=True, asks_at=unit.opens), "test")
        unit.zone = "Nowhere/Never"

    await day.village.desk.work(TEST, break_it)
    texts = await day.wake(9, 0)

    assert phones(texts) == sorted(day.village.phone(who) for who in (ANNE, OLA))
    assert "could not be read" in caplog.text


@pytest.mark.parametrize(("child", "why"), [("Ada Lien", "guarded"), ("Eirik Tveit", "guarded")])
async def test_nobody_is_asked_by_text_about_a_protected_child_or_at_an_old_number(
    day: LadderDay, child: str, why: str
) -> None:
    await day.begin(child)

    texts = await day.wake(9, 0)

    name = child.partition(" ")[0]
    assert not [text for _, text in texts if name in text]
    assert f"looked for: {name}, {why}" in await day.facts()


async def test_a_family_without_a_phone_is_for_staff_at_once(day: LadderDay) -> None:
    def end(work: Work) -> None:
        ids = [day.village.guardian(name).id for name in (ANNE, OLA)]
        work.session.execute(
            sa.update(GuardianAddress).where(GuardianAddress.guardian_id.in_(ids)).values(gone_at=work.now)
        )

    await day.begin(KARI)
    await day.village.desk.work(TEST, end)

    assert await day.wake(9, 0) == []
    assert "looked for: Kari, unreachable" in await day.facts()


async def test_a_blocked_guardian_is_never_asked_and_the_other_is(day: LadderDay) -> None:
    await day.begin("Tiril Sand")

    assert phones(await day.wake(9, 0)) == [day.phone("Wenche Sand")]


async def test_a_guardian_blocked_between_question_and_answer_explains_nothing(day: LadderDay) -> None:
    await day.begin(KARI)
    await day.wake(9, 0)
    await day.village.desk.work(TEST, block, day.village, ANNE, KARI)

    await day.say(ANNE, "syk")
    second = await day.wake(9, 15)

    assert not [fact for fact in await day.facts() if fact.startswith("absence")]
    assert phones(second) == [day.phone(OLA)]


async def test_the_same_answer_of_a_guardian_who_is_not_blocked_explains_it(day: LadderDay) -> None:
    await day.begin(KARI)
    await day.wake(9, 0)

    await day.say(ANNE, "syk")

    assert "absence: Kari, 2025-03-03, sick" in await day.facts()


async def test_two_behind_one_phone_are_asked_once(day: LadderDay) -> None:
    await day.begin("Iselin Moe")

    assert phones(await day.wake(9, 0)) == [day.phone("Arne Moe")]


async def test_two_who_share_a_thread_are_each_asked_at_their_own_phone(day: LadderDay) -> None:
    await day.begin("Nora Bakken")

    asked = await day.wake(9, 0)
    await day.say("Lars Bakken", "2")

    assert phones(asked) == sorted([day.phone("Marte Bakken"), day.phone("Lars Bakken")])
    assert "late: Nora, 2025-03-03" in await day.facts()


async def test_siblings_are_asked_about_in_one_text(day: LadderDay) -> None:
    await day.begin("Jonas Aune", "Maja Aune")

    asked = await day.wake(9, 0)

    assert phones(asked) == sorted([day.phone("Stein Aune"), day.phone("Trine Aune")])
    assert all("Jonas" in text and "Maja" in text for _, text in asked)


@pytest.mark.capability("N-06")
async def test_each_is_asked_in_their_own_language(day: LadderDay) -> None:
    await day.begin("Ella Lindqvist")

    asked = dict(await day.wake(9, 0))

    assert asked[day.phone("Sofia Lindqvist")].startswith("Hej!")
    assert "ei ole tullut" in asked[day.phone("Mikko Lindqvist")]


async def test_a_doubled_waking_sends_nothing_twice(day: LadderDay) -> None:
    await day.begin(KARI)

    first = await day.wake(9, 0)
    again = [*await day.wake_now(WhereaboutsBot()), *await day.wake_now(WhereaboutsBot())]

    assert len(first) == 2
    assert again == []


async def test_a_waking_that_fails_half_way_leaves_nothing_and_the_next_does_it_all(day: LadderDay) -> None:
    await day.begin(KARI)
    day.at(9, 0)
    due = await day.village.desk.look(TEST, day.bot.list_due)

    def fail(work: Work) -> None:
        day.bot.prompt_due(work, due)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await day.village.desk.work(TEST, fail)

    assert await day.fresh_texts() == []
    assert len(await day.wake(9, 1)) == 2


async def test_whoever_was_asleep_asks_once_and_shows_staff_at_once(day: LadderDay) -> None:
    await day.begin(KARI)

    late = await day.wake(10, 5)

    assert len(late) == 2
    assert "looked for: Kari" in await day.facts()
    assert await day.wake(10, 6) == []
    assert len(await day.wake(10, 20)) == 2


async def test_nobody_is_asked_after_the_unit_has_closed(day: LadderDay) -> None:
    await day.begin(KARI)

    assert await day.wake(14, 0) == []


async def test_a_unit_that_has_not_switched_it_on_asks_nobody(day: LadderDay) -> None:
    await day.begin(KARI, times=None)

    assert await day.wake(9, 0) == []


@pytest.mark.capability("N-06")
async def test_nobody_is_asked_on_a_closed_day(day: LadderDay) -> None:
    await day.begin(KARI)
    await day.village.desk.work(TEST, close, day.unit, date(2025, 3, 3), date(2025, 3, 7), "Vinterferie", "x")

    assert await day.wake(9, 0) == []
    assert await day.wake(9, 0, date(2025, 4, 18)) == []  # Good Friday
    assert await day.wake(9, 0, date(2025, 3, 8)) == []  # a Saturday


async def test_what_was_yesterday_is_over(day: LadderDay) -> None:
    await day.begin(KARI)
    await day.wake(9, 0)

    answered = await day.say(ANNE, "hun gikk hjemmefra kl 8!")
    tuesday = await day.wake(9, 0, date(2025, 3, 4))

    assert answered
    assert day.phone(ANNE) in phones(tuesday)


@pytest.mark.capability("N-06")
@pytest.mark.parametrize(
    ("sunday", "before", "after"),
    [(SPRING, (1, 59), (3, 0)), (AUTUMN, (1, 59), (2, 30))],
    ids=["spring, when half past two is missing", "autumn, when it comes twice"],
)
async def test_on_the_nights_when_clocks_are_moved_the_first_text_leaves_once(
    day: LadderDay, sunday: date, before: tuple[int, int], after: tuple[int, int]
) -> None:
    def open_at_night(work: Work) -> None:
        unit = work.session.get_one(Unit, day.unit.id)
        unit.opens, unit.closes = time(0, 0), time(23, 0)
        opened = ClosedDays(
            id=work.new_id(),
            owner_id=unit.owner_id,
            source_id="night",
            unit_id=unit.id,
            from_day=sunday,
            to_day=sunday,
            name="Nattåpent",
            is_open=True,
        )
        work.session.add(opened)
        set_times(work, unit, LadderTimes(is_on=True, asks_at=time(2, 30)), "x")
        work.session.execute(sa.update(GuardianAddress).values(confirmed_at=work.now))

    day.at(1, 0, sunday)
    await day.village.desk.work(TEST, open_at_night)

    early = await day.wake(*before, sunday)
    first = dict(await day.wake(*after, sunday))
    day.clock.move(timedelta(hours=1))
    later = dict(await day.wake_now())

    assert early == []
    assert first[day.phone(ANNE)].startswith("Hei!")
    assert later[day.phone(ANNE)].startswith("Vi venter fortsatt")


async def test_each_unit_asks_by_its_own_clock(village: Village, clock: StoppedClock) -> None:
    kielo = LadderDay(village, clock, unit_name="preschool", owner=SAARELA)
    await kielo.begin("Aino Virtanen")

    early = await kielo.wake(8, 59)
    asked = await kielo.wake(9, 0)

    assert early == []
    assert phones(asked) == sorted([kielo.phone("Laura Virtanen"), kielo.phone("Antti Virtanen")])
    assert clock.now().hour == 7


@pytest.mark.parametrize(
    "times",
    [
        LadderTimes(True, time(9, 0), second_after=4),
        LadderTimes(True, time(9, 0), second_after=30, list_after=30),
        LadderTimes(True, time(9, 0), list_after=50),
        LadderTimes(True, time(9, 0), leader_after=241),
        LadderTimes(True, time(8, 0)),
        LadderTimes(True, time(14, 0)),
    ],
)
async def test_times_that_do_not_follow_each_other_are_refused(day: LadderDay, times: LadderTimes) -> None:
    with pytest.raises(LadderTimesError):
        await day.village.desk.work(TEST, set_times, day.unit, times, "x")


async def test_until_somebody_sets_it_it_is_off_with_times_that_suit_the_unit(day: LadderDay) -> None:
    school = await day.village.desk.look(TEST, get_times, day.unit)
    preschool = await day.village.desk.look(TEST, get_times, day.village.unit("preschool"))
    await day.village.desk.work(TEST, set_times, day.unit, NINE, "x")

    assert school == LadderTimes(is_on=False, asks_at=time(9, 0))
    assert preschool == LadderTimes(is_on=False, asks_at=time(10, 0))
    assert await day.village.desk.look(TEST, get_times, day.unit) == NINE


async def test_words_about_another_day_or_another_child_explain_nothing_today(day: LadderDay) -> None:
    await day.begin("Jonas Aune")
    await day.wake(9, 0)

    await day.say("Stein Aune", "Maja er syk")
    other = await day.facts()
    await day.wake(9, 15)
    await day.say("Trine Aune", "Jonas kommer i morgen")

    assert "absence: Maja, 2025-03-03, sick" in other
    assert "asked about: Jonas" in other
    assert [fact for fact in await day.facts() if fact.startswith(("looked for: Jonas", "absence: Jonas"))]


async def test_a_time_that_is_past_is_no_explanation(day: LadderDay) -> None:
    await day.begin("Dag Ruud")
    await day.wake(9, 0)

    await day.say("Gunnar Ruud", "han kommer klokka 8")

    assert [fact for fact in await day.facts() if fact.startswith("looked for: Dag")]


@pytest.mark.parametrize("goes_wrong", ["waits", "fails"])
async def test_an_absence_nobody_else_was_told_of_explains_nothing(day: LadderDay, goes_wrong: str) -> None:
    """A text in a father's name may be forged: the ladder stops once the mother's phone has been told, and not before."""
    day.around.sends = False
    await day.begin(KARI)
    await day.hear((OLA, "Kari er syk i dag"))
    if goes_wrong == "fails":
        await day.village.desk.work(TEST, fail_to, day.phone(ANNE))

    await day.wake(8, 59)
    assert not [fact for fact in await day.facts() if fact.startswith("looked")]
    asked = await day.wake(9, 5)

    assert not [text for _, text in asked if "1 borte" in text]
    assert "looked for: Kari, not_told" in await day.facts()


async def test_an_absence_is_heeded_once_the_other_has_been_told(day: LadderDay) -> None:
    await day.begin(KARI)
    await day.say(OLA, "Kari er syk i dag")

    assert await day.wake(9, 5) == []

    assert not [fact for fact in await day.facts() if fact.startswith("looked")]


async def test_a_word_that_leaves_late_ends_the_search(day: LadderDay) -> None:
    day.around.sends = False
    await day.begin(KARI)
    await day.hear((OLA, "Kari er syk i dag"))
    await day.wake(9, 5)

    await day.village.desk.work(TEST, send_all)
    await day.wake(9, 6)

    assert not [fact for fact in await day.facts() if fact.startswith("looked")]


async def test_the_word_may_be_on_its_way_for_a_moment(day: LadderDay) -> None:
    day.around.sends = False
    await day.begin(KARI)
    day.at(8, 58)
    await day.hear((OLA, "Kari er syk i dag"))

    await day.wake(9, 0)

    assert not [fact for fact in await day.facts() if fact.startswith("looked")]


@pytest.mark.parametrize("sends", [True, False])
async def test_with_nobody_else_to_tell_the_receipt_is_the_word(day: LadderDay, *, sends: bool) -> None:
    day.around.sends = sends
    await day.begin("Dag Ruud")
    await day.say("Gunnar Ruud", "Dag er syk i dag")

    await day.wake(9, 5)

    assert ("looked for: Dag, not_told" in await day.facts()) is not sends


async def test_a_person_who_has_found_out_is_not_asked_again(day: LadderDay) -> None:
    day.around.sends = False
    await day.begin(KARI)
    await day.hear((OLA, "Kari er syk i dag"))
    await day.wake(9, 5)

    await day.village.desk.work(TEST, find_out, day)
    await day.wake(9, 6)

    assert not [fact for fact in await day.facts() if fact.startswith("looked")]


def fail_to(work: Work, phone: str) -> None:
    """What is on its way to this phone does not arrive; all else does."""
    for delivery in work.session.scalars(sa.select(Delivery).where(Delivery.recipient == phone)):
        end_badly(work, delivery, Status.FAILED, "rehearsed")
    send_all(work)


def find_out(work: Work, day: LadderDay) -> None:
    """A person has called, and closes the case."""
    unit = work.session.get_one(Unit, day.unit.id)
    for case in list_cases(work, unit, unit.today(work.now)):
        close_case(work, case, "test", "absent")


@pytest.mark.parametrize(
    ("friday", "monday", "utc_hours"),
    [(date(2025, 3, 28), date(2025, 3, 31), (8, 7)), (date(2025, 10, 24), date(2025, 10, 27), (7, 8))],
    ids=["clocks went forward", "clocks went back"],
)
async def test_before_and_after_the_clocks_are_moved_families_are_asked_at_nine_by_the_wall(
    day: LadderDay, clock: StoppedClock, friday: date, monday: date, utc_hours: tuple[int, int]
) -> None:
    def renew(work: Work) -> None:
        work.session.execute(sa.update(GuardianAddress).values(confirmed_at=work.now))

    await day.begin(KARI, on=friday)
    await day.village.desk.work(TEST, renew)
    hours = []
    for school_day in (friday, monday):
        assert not [text for _, text in await day.wake(8, 59, school_day) if "Kari er ikke kommet" in text]
        asked = [text for _, text in await day.wake(9, 0, school_day) if "Kari er ikke kommet" in text]
        hours.append(clock.now().hour)
        assert len(asked) == 2

    assert tuple(hours) == utc_hours
