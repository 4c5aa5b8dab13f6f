"""A unit that practises: families tell their times as they will later, and nothing comes of it until the day it is binding."""

from datetime import timedelta

import pytest

from admin_web.staff.week_board import gather_board
from bots.care_time import CareTimeBot
from hub.clock import StoppedClock
from hub.desk import Work
from hub.school.care_decisions import Per, decide_hours, forecast
from hub.school.care_hours import pack, read_hours
from hub.school.care_patterns import set_week
from hub.school.care_plans import counted_minutes, list_expected, list_plans_of
from hub.school.care_rounds import list_due_rounds
from hub.school.care_rules import FeeStep, Rules, set_rules
from hub.talk.conversations import Conversation
from tests.hub.post.spoken import as_staff
from tests.hub.school.care_homes import MONDAY, Homes
from tests.hub.school.test_care_bookings import FULL, TEST, WEEK, in_work
from tests.village import Village

NEXT = [day + timedelta(days=7) for day in WEEK]
STEPS = (FeeStep(40, "A"), FeeStep(200, "B"))


def practise(at: Homes, *, asks: bool = False) -> None:
    """Until the Monday after the week that is booked; each week before it locks."""
    set_rules(at.work, at.unit, Rules(binding=NEXT[0], fee_steps=STEPS, asks=asks), "leader")
    at.work.session.flush()


@pytest.mark.capability("L-09")
async def test_practice_costs_nothing_and_is_on_no_list_and_then_each_child_must_be_booked(
    village: Village, clock: StoppedClock
) -> None:
    def book_both_weeks(at: Homes) -> None:
        practise(at, asks=True)
        decide_hours(at.work, at.unit, at.child, 45, Per.MONTH, from_day=MONDAY - timedelta(days=30), by="leader")
        at.book(at.marte, dict.fromkeys([*WEEK, *NEXT], FULL))
        told = forecast(at.work, at.unit, at.child.id, MONDAY, at.rules)
        plans = list_plans_of(at.work, at.unit, at.child.id, [*WEEK, *NEXT])

        assert (told.hours, told.beyond, told.step) == (40, 0, "A"), "only the binding week, not 80 hours"
        assert counted_minutes(plans, at.rules, at.unit, practice=True) == 40 * 60, "kept apart"
        assert list_expected(at.work, at.unit, MONDAY) == {}
        assert list_expected(at.work, at.unit, NEXT[0]) == {at.child.id: FULL[0].start}

    await in_work(village, book_both_weeks)
    asker = as_staff(village.staff("Astrid Vik"))
    unit = village.unit("preschool").id
    practice = await village.desk.look(asker, gather_board, unit, MONDAY)
    binding = await village.desk.look(asker, gather_board, unit, NEXT[0])
    clock.move(timedelta(days=10, hours=10))
    asked = await village.desk.work(TEST, ask_families)

    assert (practice.is_practice, binding.is_practice) == (True, False)
    missing = {row.child.id for row in binding.untold}
    assert missing
    assert village.child("Noah Bakken").id not in missing
    assert missing <= asked, "each whose times are missing is asked for them before the week locks"


def ask_families(work: Work) -> set[str]:
    """Wake the bot; the children who are asked about for the first week that is binding."""
    bot = CareTimeBot()
    due = bot.list_due(work)
    assert [each.monday for each in list_due_rounds(work)] == [NEXT[0]]
    bot.prompt_due(work, due)
    work.session.flush()
    rows = work.session.query(Conversation).filter(Conversation.bot == bot.name).all()
    return {child["id"] for row in rows for child in row.facts["children"]}


async def test_a_base_week_is_practice_too(village: Village) -> None:
    def verb(at: Homes) -> None:
        practise(at)
        set_week(at.work, at.unit, at.child, [FULL] * 5, from_day=MONDAY, by="leader")
        at.work.session.flush()

        assert list_expected(at.work, at.unit, MONDAY) == {}
        assert list_expected(at.work, at.unit, NEXT[0]) == {at.child.id: FULL[0].start}
        assert forecast(at.work, at.unit, at.child.id, MONDAY, at.rules).hours == 40 + 8

    await in_work(village, verb)


async def test_what_was_told_in_practice_never_costs_though_the_day_becomes_binding_and_holds_when_told_again(
    village: Village,
) -> None:
    def verb(at: Homes) -> None:
        practise(at)
        at.book(at.marte, {MONDAY: FULL, WEEK[1]: read_hours("9-15")})
        set_rules(at.work, at.unit, Rules(), "leader")
        at.work.session.flush()
        assert forecast(at.work, at.unit, at.child.id, MONDAY, at.rules).hours == 0
        assert list_expected(at.work, at.unit, MONDAY) == {}

        at.book(at.marte, {MONDAY: FULL})
        (plan,) = list_plans_of(at.work, at.unit, at.child.id, [MONDAY])
        assert (pack(plan.hours), plan.is_practice) == ("08:00-16:00", False)
        assert forecast(at.work, at.unit, at.child.id, MONDAY, at.rules).hours == 8

    await in_work(village, verb)
