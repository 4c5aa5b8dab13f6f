"""A question that nobody answers brings the matter to staff."""

from datetime import timedelta

import sqlalchemy as sa

from hub.asker import routine_asker
from hub.clock import StoppedClock
from hub.desk import Desk, Look
from hub.post.messages import Thread
from hub.school.facts import list_facts
from hub.talk.cast import read_cast
from hub.talk.rehearsal import Rehearsal
from hub.talk.unanswered import hand_over_unanswered
from tests.transcript import load_bots, the_ear

ROUTINE = routine_asker("unanswered")
HEAD = "Monday 3 March 2025, 07:12. Children: Ella, Otso."


def why_it_waits(look: Look) -> str | None:
    return look.session.scalars(sa.select(Thread.waits_why)).one()


async def ask(desk: Desk, clock: StoppedClock) -> Rehearsal:
    rehearsal = Rehearsal(desk, clock, the_ear(), load_bots(), read_cast(HEAD, "nb"), [list_facts])
    await rehearsal.open()
    await rehearsal.hear("", "hun er syk i dag")
    return rehearsal


async def test_a_question_that_nobody_answers_goes_to_staff_when_its_time_is_over(
    desk: Desk, clock: StoppedClock
) -> None:
    await ask(desk, clock)
    clock.move(timedelta(hours=2))

    ended = await desk.work(ROUTINE, hand_over_unanswered)
    again = await desk.work(ROUTINE, hand_over_unanswered)

    assert (ended, again) == (1, 0)
    assert await desk.look(ROUTINE, why_it_waits) == "unanswered"


async def test_a_question_that_still_has_time_stays_with_the_guardian(desk: Desk, clock: StoppedClock) -> None:
    rehearsal = await ask(desk, clock)
    clock.move(timedelta(hours=1))

    ended = await desk.work(ROUTINE, hand_over_unanswered)

    assert ended == 0
    assert await desk.look(ROUTINE, why_it_waits) is None
    assert "= absence: Ella, 2025-03-03, sick" in await rehearsal.hear("", "1")


async def test_an_answer_after_staff_took_over_is_read_by_them(desk: Desk, clock: StoppedClock) -> None:
    rehearsal = await ask(desk, clock)
    clock.move(timedelta(hours=3))
    await desk.work(ROUTINE, hand_over_unanswered)

    lines = await rehearsal.hear("", "1")

    assert lines == [
        "< Takk. Ingrid (Furulia skole) leser meldingen og svarer deg her.",
        "= waits for staff: message",
    ]
