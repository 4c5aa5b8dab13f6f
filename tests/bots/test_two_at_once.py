"""Two guardians of one child write at the same moment: one fact holds, nothing of either is lost, and each is answered."""

from collections.abc import AsyncIterator
from datetime import date, time, timedelta

import pytest
import sqlalchemy as sa

from hub.asker import Trust
from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.people.families import Child
from hub.people.places import Unit
from hub.post.messages import Author, Message, Thread
from hub.school.campaigns import start
from hub.school.care_holidays import HolidayAnswer, Unanswered, ask_about
from hub.school.consent_kinds import list_kinds
from hub.school.consent_standing import Verdict, read_standings
from hub.school.consents import Choice, How, Told, say_words
from hub.school.early_pickups import EarlyPickup
from hub.school.fetching import Fetching
from hub.school.late_arrivals import LateArrival
from hub.school.told import ToldOfDay
from hub.talk.bot import Prompter
from tests.hub.post.outboxes import TEST
from tests.hub.talk.receptions import Receiving, receiving_in
from tests.transcript import load_bots, the_ear
from tests.village import Village

MONDAY = date(2025, 3, 3)
MARTE, LARS, NOAH = "Marte Bakken", "Lars Bakken", "Noah Bakken"
ANNE, OLA, KARI = "Anne Nordmann", "Ola Nordmann", "Kari Nordmann"


@pytest.fixture
async def receiving(village: Village) -> AsyncIterator[Receiving]:
    async with receiving_in(village, the_ear(), load_bots()) as receiving:
        yield receiving


async def say_at_once(receiving: Receiving, *said: tuple[str, str]) -> None:
    """All of it is kept before any is answered."""
    ids = [await receiving.say(text, guardian) for guardian, text in said]
    await receiving.until_read(*ids)


def texts_to(look: Look, receiving: Receiving, guardian: str) -> list[str]:
    """What the hub said in the guardian's own thread."""
    party = receiving.village.guardian(guardian).id
    asked = sa.select(Message.text).join(Thread, Thread.id == Message.thread_id).where(Message.author == Author.BOT)
    return list(look.session.scalars(asked.where(Thread.party == party).order_by(Message.id)))


@pytest.mark.parametrize(
    ("table", "hers", "his"),
    [
        (LateArrival, "Kari kommer kl 10 i dag", "Kari kommer kl 9 i dag"),
        (EarlyPickup, "Kari hentes kl 13 i dag", "Kari hentes kl 12 i dag"),
        (Fetching, "Mormor henter Kari i dag", "Farfar henter Kari i dag"),
    ],
)
async def test_what_two_tell_of_a_day_at_the_same_moment_leaves_one_that_holds_and_both_in_the_book(
    receiving: Receiving, table: type[ToldOfDay], hers: str, his: str
) -> None:
    await say_at_once(receiving, (ANNE, hers), (OLA, his))

    def rows(look: Look) -> list[bool]:
        return sorted(row.taken_back_at is None for row in look.session.scalars(sa.select(table)))

    assert await receiving.village.desk.look(TEST, rows) == [False, True]
    for guardian in (ANNE, OLA):
        told = await receiving.village.desk.look(TEST, texts_to, receiving, guardian)
        assert len(told) == 2, "their own receipt, and word of what the other told"


async def ask_both_for_trips(village: Village) -> None:
    """Both have said yes to texts on paper; now the class is asked for trips."""
    kari, unit = village.child(KARI), village.unit("school")
    bot = load_bots()["consent"]
    assert isinstance(bot, Prompter)

    def begin(work: Work) -> None:
        kinds = {kind.code: kind for kind in list_kinds(work, village.owner().id)}
        for guardian_id in (village.guardian(ANNE).id, village.guardian(OLA).id):
            told = Told(How.PAPER, guardian_id, Trust.STRONG)
            say_words(
                work,
                work.session.get_one(Child, kari.id),
                guardian_id,
                [Choice(kinds["electronic"], granted=True)],
                told,
            )
        start(work, unit, village.group("7A").id, [kinds["trip"].id], MONDAY + timedelta(days=14), 4)

    await village.desk.work(TEST, begin)
    await village.desk.work(TEST, bot.prompt_due, await village.desk.look(TEST, bot.list_due))


async def test_a_yes_and_a_no_to_a_consent_at_the_same_moment_are_a_no_and_both_are_kept(
    receiving: Receiving, clock: StoppedClock
) -> None:
    village = receiving.village
    clock.jump(village.unit("school").moment(MONDAY, time(9, 0)))
    await ask_both_for_trips(village)

    await say_at_once(receiving, (ANNE, "ja"), (OLA, "nei"))

    def verdict(look: Look) -> tuple[Verdict, list[bool]]:
        kari = village.child(KARI).id
        standings = read_standings(look, village.owner().id, [kari], MONDAY)
        trip = standings.find_kind("trip")
        assert trip is not None
        said = [word.granted for (_, _, kind_id), word in standings.words.items() if kind_id == trip.id]
        return standings.of(kari, trip).verdict, sorted(said)

    assert await village.desk.look(TEST, verdict) == (Verdict.NO, [False, True])
    for guardian in (ANNE, OLA):
        assert "Notert" in (await village.desk.look(TEST, texts_to, receiving, guardian))[-1]


async def test_two_answers_to_a_holiday_question_at_the_same_moment_leave_one_and_bring_the_other_to_staff(
    village: Village, clock: StoppedClock
) -> None:
    unit, child = village.unit("preschool"), village.child(NOAH)
    clock.jump(unit.moment(MONDAY, time(9, 0)))
    bot = load_bots()["care_holiday"]
    assert isinstance(bot, Prompter)

    def plan(work: Work) -> None:
        kept = work.session.get_one(Unit, unit.id)
        closes = unit.moment(date(2025, 3, 20), time(17, 0))
        what = Unanswered.COMES
        first, last = date(2025, 4, 14), date(2025, 4, 16)
        ask_about(work, kept, "Påske", first, last, asks_at=work.now, closes_at=closes, unanswered=what, by="test")

    await village.desk.work(TEST, plan)
    await village.desk.work(TEST, bot.prompt_due, await village.desk.look(TEST, bot.list_due))
    number = village.number("teacher blabaer").value
    async with receiving_in(village, the_ear(), load_bots()) as receiving:
        ids = [await receiving.say(words, who, to=number) for who, words in ((MARTE, "nei"), (LARS, "1"))]
        await receiving.until_read(*ids)

    def holding(look: Look) -> tuple[int, set[str | None]]:
        rows = sa.select(HolidayAnswer).where(HolidayAnswer.child_id == child.id, HolidayAnswer.ceased_at.is_(None))
        return len(look.session.scalars(rows).all()), set(look.session.scalars(sa.select(Thread.waits_why)))

    count, waits = await village.desk.look(TEST, holding)
    assert count == 1
    assert "care_time_clash" in waits
