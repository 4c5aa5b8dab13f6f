"""After a burst of messages a question still gets its word, and a machine that answers everything gets no more than before."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from hub.clock import StoppedClock
from hub.desk import Desk, Look, Work
from hub.post.deliveries import Delivery
from hub.post.messages import Thread, settle_waiting
from hub.talk.cast import read_cast
from hub.talk.rehearsal import REHEARSAL, Rehearsal
from tests.transcript import load_bots, the_ear

HEAD = "Monday 3 March 2025, 09:12. Children: Ella."
QUESTION = "når er foreldremøtet i år?"


@pytest.fixture
async def rehearsal(desk: Desk, clock: StoppedClock) -> Rehearsal:
    rehearsal = Rehearsal(desk, clock, the_ear(), load_bots(), read_cast(HEAD, "nb"))
    await rehearsal.open()
    return rehearsal


def take_care(work: Work) -> None:
    """A person reads what waits."""
    for thread in work.session.scalars(sa.select(Thread)):
        settle_waiting(work, thread)


def list_waits(look: Look) -> list[timedelta]:
    """How long each automatic answer waits before it goes, the oldest first."""
    return [delivery.due - look.now for delivery in look.session.scalars(sa.select(Delivery).order_by(Delivery.id))]


def why_it_waits(look: Look) -> str | None:
    return look.session.scalars(sa.select(Thread.waits_why)).one()


async def test_what_belongs_to_talks_takes_nothing_from_the_word_that_a_question_gets(rehearsal: Rehearsal) -> None:
    for text in ("STATUS", "HJELP", "hva er avtalt?", "Ella er syk i dag", "ANGRE"):
        assert await rehearsal.hear("", text)

    lines = await rehearsal.hear("", QUESTION)

    assert lines[0] == "< Takk. Ingrid (Furulia skole) leser meldingen og svarer deg her."


async def test_the_word_of_a_fourth_question_waits_for_its_ten_minutes_and_a_fifth_adds_none(
    rehearsal: Rehearsal, desk: Desk
) -> None:
    for _ in range(5):
        await rehearsal.hear("", QUESTION)
        await desk.work(REHEARSAL, take_care)
    await rehearsal.hear("", QUESTION)

    nothing, ten = timedelta(), timedelta(minutes=10)
    assert await desk.look(REHEARSAL, list_waits) == [nothing, nothing, nothing, ten]
    assert await desk.look(REHEARSAL, why_it_waits) == "not_answered"


async def test_a_machine_that_answers_all_day_gets_ten_answers(
    rehearsal: Rehearsal, desk: Desk, clock: StoppedClock
) -> None:
    for _ in range(40):
        await rehearsal.hear("", QUESTION)
        await desk.work(REHEARSAL, take_care)
        clock.move(timedelta(minutes=11))

    assert len(await desk.look(REHEARSAL, list_waits)) == 10


async def test_a_question_long_after_staff_were_called_is_worth_a_word_again(
    rehearsal: Rehearsal, clock: StoppedClock
) -> None:
    assert await rehearsal.hear("", QUESTION)
    assert await rehearsal.hear("", QUESTION) == []
    clock.move(timedelta(hours=2, minutes=1))

    assert await rehearsal.hear("", "ok, men hva med tirsdag da?") != []
