"""A question that nobody answers brings the matter to staff."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from hub.asker import routine_asker
from hub.clock import StoppedClock
from hub.database import make_engine
from hub.desk import Desk, Look
from hub.post.deliveries import Delivery
from hub.post.messages import Thread
from hub.school.facts import list_facts
from hub.talk.cast import read_cast
from hub.talk.conversations import Conversation
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


async def test_two_hubs_that_look_at_the_same_moment_do_not_both_hand_it_over(
    desk: Desk, clock: StoppedClock, store_kind: str
) -> None:
    if store_kind == "sqlite":
        pytest.skip("several hubs share a PostgreSQL")
    await ask(desk, clock)
    clock.move(timedelta(hours=2))
    engine = make_engine(desk.url)

    with engine.begin() as other:
        other.execute(sa.select(Conversation.id).with_for_update())
        ended = await desk.work(ROUTINE, hand_over_unanswered)

    engine.dispose()
    assert ended == 0
    assert await desk.work(ROUTINE, hand_over_unanswered) == 1, "the other did not do it after all"


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
        "< Vi fikk ikke noe svar, så vi lar det ligge nå. De ansatte tar det videre, og du kan skrive igjen når du vil.",
        "< Takk. Ingrid (Furulia skole) leser meldingen og svarer deg her.",
        "= waits for staff: message",
    ]


async def test_the_guardian_is_told_once_that_the_question_is_over(desk: Desk, clock: StoppedClock) -> None:
    rehearsal = await ask(desk, clock)
    clock.move(timedelta(hours=3))
    await desk.work(ROUTINE, hand_over_unanswered)
    await desk.work(ROUTINE, hand_over_unanswered)

    told = await rehearsal.act(lambda work: None)

    assert told[0].startswith("< Vi fikk ikke noe svar")
    assert [line for line in told if line.startswith("<")] == told[:1]


async def test_nobody_is_woken_to_hear_that_a_question_is_over(desk: Desk, clock: StoppedClock) -> None:
    rehearsal = Rehearsal(desk, clock, the_ear(), load_bots(), read_cast(HEAD.replace("07:12", "21:30"), "nb"))
    await rehearsal.open()
    await rehearsal.hear("", "hun er syk i morgen")
    clock.move(timedelta(hours=2, minutes=1))
    await desk.work(ROUTINE, hand_over_unanswered)

    due = await desk.look(ROUTINE, last_due)

    assert due == datetime(2025, 3, 4, 7, 0, tzinfo=ZoneInfo("Europe/Oslo"))


def last_due(look: Look) -> datetime | None:
    return look.session.scalar(sa.select(sa.func.max(Delivery.due)))
