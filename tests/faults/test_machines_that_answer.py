"""Two machines that answer each other come to rest, and nobody is ever flooded. Source: security rule S5.6."""

from datetime import timedelta

import pytest

from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.post.answer_caps import may_answer
from hub.post.messages import Author
from tests.hub.post.outboxes import TEST, list_all, post_text
from tests.living_hub import LivingHub
from tests.rehearsal.handsets import Handset
from tests.village import Village


async def answer_back(living: LivingHub, phone: Handset, words: str, rounds: int) -> int:
    """An automatic answer on a phone: it answers whatever it gets; how many texts it got."""
    number = living.village.number("contact teacher 7A").value
    got = 0
    for _ in range(rounds):
        await phone.text(number, words)
        await living.settled()
        if len(phone.received) == got:
            break
        got = len(phone.received)
    return got


async def test_a_guardians_automatic_answer_is_answered_a_few_times_and_then_brought_to_staff(
    living: LivingHub,
) -> None:
    got = await answer_back(living, living.phone("Anne Nordmann"), "Jeg er bortreist, skriv til meg@mail.example", 12)

    assert 1 <= got <= 3


async def test_a_strangers_automatic_answer_is_answered_once(living: LivingHub) -> None:
    assert await answer_back(living, living.provider.phone("+4740000987"), "Jeg er bortreist", 12) == 1


async def test_another_hub_that_answers_everything_comes_to_rest(living: LivingHub) -> None:
    got = await answer_back(living, living.provider.phone("+4759999001"), "Takk, dette nummeret leses ikke.", 12)

    assert got == 1


def answer_automatically(work: Work, village: Village) -> None:
    post_text(work, village, "Lest i morgen", author=Author.BOT)


def may_answer_anne(look: Look, village: Village, in_talk: bool) -> bool:
    return may_answer(look, village.phone("Anne Nordmann"), in_talk=in_talk)


async def count_answers(
    village: Village, clock: StoppedClock, every: timedelta, *, in_talk: bool, within: timedelta
) -> int:
    """How many automatic answers one address gets when it asks this often."""
    given = 0
    for _ in range(int(within / every)):
        if await village.desk.look(TEST, may_answer_anne, village, in_talk):
            await village.desk.work(TEST, answer_automatically, village)
            given += 1
        clock.move(every)
    return given


@pytest.mark.parametrize(
    ("in_talk", "every", "within", "most"),
    [
        (False, timedelta(seconds=20), timedelta(minutes=10), 3),
        (False, timedelta(minutes=4), timedelta(hours=24), 10),
        (True, timedelta(seconds=15), timedelta(minutes=10), 20),
    ],
)
async def test_an_address_gets_no_more_automatic_answers_than_the_limit(
    village: Village, clock: StoppedClock, in_talk: bool, every: timedelta, within: timedelta, most: int
) -> None:
    assert await count_answers(village, clock, every, in_talk=in_talk, within=within) == most


async def test_what_people_write_is_not_counted(village: Village) -> None:
    for _ in range(12):
        await village.desk.work(TEST, post_text, village, "Hei fra skolen")

    assert await village.desk.look(TEST, may_answer_anne, village, False)
    assert len(await village.desk.look(TEST, list_all)) == 12
