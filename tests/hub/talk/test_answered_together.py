"""Texts of one family that are answered at the same moment, in one round or by two writers: each sees what the other did."""

import asyncio
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date

import pytest
import sqlalchemy as sa

from bots.absence import AbsenceBot
from bots.absence_facts import AbsenceFacts
from hub.chosen_parts import load_bots
from hub.desk import Look, Work
from hub.people.families import GuardianRight, Guardianship, Right
from hub.post.messages import Message, Thread
from hub.school.absences import Absence
from hub.talk.heard import About, Act, Heard, Intent, KnownChild, Said
from hub.talk.listening import Understood
from hub.talk.receiving import receive
from hub.talk.reception import RECEPTION
from hub.talk.speaker import Speaker
from tests.hub.at_once import waits_for_a_lock
from tests.hub.post.outboxes import TEST
from tests.hub.privacy.keepsakes import thread_of
from tests.hub.talk.receptions import keep_text, receiving_in
from tests.hub.test_rounds import busy
from tests.patience import PATIENCE
from tests.village import Village

ANNE, OLA, KARI = "Anne Nordmann", "Ola Nordmann", "Kari Nordmann"
MEETING_SECONDS = 0.3
TODAY = date(2025, 3, 3)
TOMORROW = date(2025, 3, 4)


def ill(*days: date) -> Act:
    return Act(Intent.ABSENCE, days=days, ill=True)


ILL = Understood(Heard("nb", False, (ill(TODAY),), listener="plain"))


@dataclass(frozen=True, slots=True)
class HearsIll:
    """Hears that the child is ill today, whatever is said."""

    async def start(self) -> None:
        """Nothing to start."""

    async def hear(self, said: Said, children: Sequence[KnownChild], asked: About | None) -> Heard:
        assert ILL.here is not None
        return ILL.here

    async def stop(self) -> None:
        """Nothing to stop."""


def leave_only(work: Work, village: Village, guardian: str, right: Right) -> None:
    """Of all that the guardian may do for Kari."""
    tie = sa.select(Guardianship.id).where(
        Guardianship.guardian_id == village.guardian(guardian).id, Guardianship.child_id == village.child(KARI).id
    )
    work.session.execute(
        sa.delete(GuardianRight).where(GuardianRight.guardianship_id.in_(tie), GuardianRight.kind != right)
    )


def list_absences(look: Look) -> list[Absence]:
    return list(look.session.scalars(sa.select(Absence).order_by(Absence.id)))


def list_waiting(look: Look) -> list[str | None]:
    return list(look.session.scalars(sa.select(Thread.waits_why).where(Thread.waits_since.is_not(None))))


def count_echoes(look: Look) -> int:
    echoes = sa.select(sa.func.count()).select_from(Message).where(Message.author_id == "absence_echo")
    return look.session.scalar(echoes) or 0


class MeetingAbsenceBot(AbsenceBot):
    """Lets two who tell at the same moment come equally far, where the store lets them."""

    def __init__(self) -> None:
        self._met = threading.Barrier(2)

    def gather(self, look: Look, speaker: Speaker, act: Act) -> AbsenceFacts | None:
        with suppress(threading.BrokenBarrierError):
            self._met.wait(MEETING_SECONDS)
        return super().gather(look, speaker, act)


async def arrive(village: Village, *guardians: str) -> list[str]:
    """A text of each, kept and not yet answered; the ids of their arrivals."""
    return [await keep_text(village, number, "syk i dag", guardian) for number, guardian in enumerate(guardians)]


async def answer_in_one_round(village: Village, arrivals: Sequence[str]) -> None:
    """Every writer is busy until all of them wait."""
    async with busy(village.desk):
        answered = [
            asyncio.create_task(village.desk.work_in_round(RECEPTION, receive, load_bots(), id_, ILL))
            for id_ in arrivals
        ]
        await asyncio.sleep(0)
    await asyncio.gather(*answered)


async def test_two_who_tell_of_one_child_in_one_round_make_one_absence_and_one_echo(village: Village) -> None:
    arrivals = await arrive(village, ANNE, OLA)

    await answer_in_one_round(village, arrivals)

    assert len(await village.desk.look(TEST, list_absences)) == 1
    assert await village.desk.look(TEST, count_echoes) == 1


async def test_one_who_may_only_tell_of_absence_sees_in_a_round_what_another_has_just_told(village: Village) -> None:
    await village.desk.work(TEST, leave_only, village, OLA, Right.ABSENCE)
    arrivals = await arrive(village, ANNE, OLA)

    await answer_in_one_round(village, arrivals)

    assert len(await village.desk.look(TEST, list_absences)) == 1


async def test_two_writers_do_not_answer_about_one_child_at_the_same_moment(village: Village) -> None:
    bots = load_bots() | {"absence": MeetingAbsenceBot()}
    arrivals = await arrive(village, ANNE, OLA)

    await asyncio.gather(*(village.desk.work(RECEPTION, receive, bots, id_, ILL) for id_ in arrivals))

    assert len(await village.desk.look(TEST, list_absences)) == 1
    assert await village.desk.look(TEST, count_echoes) == 1


async def test_a_text_that_meets_another_writer_who_opens_its_thread_is_answered_all_the_same(village: Village) -> None:
    """Staff write to Anne for the first time at the very moment when she writes for the first time."""
    begun, over = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def open_slowly(work: Work) -> None:
        thread_of(work, village, ANNE)
        work.session.flush()
        loop.call_soon_threadsafe(begun.set)
        over.wait(PATIENCE)

    opening = asyncio.create_task(village.desk.work(TEST, open_slowly))
    await begun.wait()
    async with receiving_in(village, HearsIll()) as receiving:
        keeping = asyncio.create_task(receiving.say("syk i dag", ANNE))
        if "postgresql" in village.desk.url:
            async with asyncio.timeout(PATIENCE):
                while not await village.desk.look(TEST, waits_for_a_lock):
                    await asyncio.sleep(0.005)
        over.set()
        await asyncio.gather(opening, receiving.until_read(await keeping))

    assert len(await village.desk.look(TEST, list_absences)) == 1
    assert await village.desk.look(TEST, list_waiting) == []


@pytest.mark.parametrize(
    ("acts", "days"),
    [
        ((ill(TODAY), ill(TODAY, TOMORROW)), [TODAY, TOMORROW]),
        ((ill(TODAY, TOMORROW), Act(Intent.ABSENCE_CANCEL, days=(TOMORROW,))), [TODAY]),
    ],
)
async def test_what_a_text_says_second_sees_what_it_said_first(
    village: Village, acts: tuple[Act, ...], days: list[date]
) -> None:
    (arrival,) = await arrive(village, ANNE)

    understood = Understood(Heard("nb", False, acts, listener="plain"))
    await village.desk.work_in_round(RECEPTION, receive, load_bots(), arrival, understood)

    holding = [absence.day for absence in await village.desk.look(TEST, list_absences) if absence.ceased_at is None]
    assert sorted(holding) == days
    assert await village.desk.look(TEST, list_waiting) == []
