"""Rights are asked when an act is done, not when its conversation began: what a guardian answers or takes back after a
right ended, or a block was set, does nothing about the child, and a person reads it. Source: security rules S3.4 and S4.1.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from hub.desk import Look, Work
from hub.people.families import GuardianRight, Guardianship
from hub.post.messages import Author, Thread
from hub.school.absences import Absence
from hub.school.fetching import Fetching
from hub.school.late_arrivals import LateArrival
from hub.talk.heard import About, Act, Heard, Intent, KnownChild, Said
from tests.blocks import block
from tests.hub.post.outboxes import TEST
from tests.hub.talk.receptions import Receiving, receiving_in
from tests.village import Village

TODAY = date(2025, 3, 3)
ENDING = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class PlainListener:
    """Hears in each text exactly the act that stands for it."""

    async def start(self) -> None:
        """Nothing to start."""

    async def hear(self, said: Said, children: Sequence[KnownChild], asked: About | None) -> Heard:
        acts = {
            "syk": Act(Intent.ABSENCE, ill=True),
            "syk i dag": Act(Intent.ABSENCE, days=(TODAY,), ill=True),
            "sen i dag": Act(Intent.LATE, days=(TODAY,)),
            "mormor henter": Act(Intent.PICKUP_PERSON, days=(TODAY,), person="Mormor"),
            "ja": Act(Intent.YES),
            "i dag": Act(Intent.MESSAGE, days=(TODAY,)),
            "angre": Act(Intent.UNDO),
            "nei": Act(Intent.NO),
        }
        return Heard("nb", False, (acts[said.text],), listener="plain")

    async def stop(self) -> None:
        """Nothing to stop."""


def end_rights(work: Work, village: Village, guardian: str, child: str) -> None:
    tie = sa.select(Guardianship.id).where(
        Guardianship.guardian_id == village.guardian(guardian).id, Guardianship.child_id == village.child(child).id
    )
    work.session.execute(
        sa.update(GuardianRight).where(GuardianRight.guardianship_id.in_(tie)).values(to_day=TODAY - ENDING)
    )


def list_absences(look: Look) -> list[Absence]:
    return list(look.session.scalars(sa.select(Absence).order_by(Absence.id)))


def list_late(look: Look) -> list[LateArrival]:
    return list(look.session.scalars(sa.select(LateArrival)))


def list_confirmed(look: Look) -> list[bool]:
    return [fetching.is_confirmed for fetching in look.session.scalars(sa.select(Fetching).order_by(Fetching.id))]


def list_waiting(look: Look) -> list[str]:
    return [why for why in look.session.scalars(sa.select(Thread.waits_why)) if why is not None]


async def say(receiving: Receiving, text: str, guardian: str = "Anne Nordmann") -> None:
    await receiving.until_read(await receiving.say(text, guardian))


ENDINGS = pytest.mark.parametrize("ended", [block, end_rights], ids=["blocked", "ended"])
Ending = Callable[[Work, Village, str, str], None]


@ENDINGS
async def test_an_answer_that_comes_after_the_right_ended_reports_nothing(village: Village, ended: Ending) -> None:
    async with receiving_in(village, PlainListener()) as receiving:
        await say(receiving, "syk")
        await village.desk.work(TEST, ended, village, "Anne Nordmann", "Kari Nordmann")
        await say(receiving, "i dag")
        said = [message for message in await receiving.messages() if message.author == Author.BOT]

    assert await village.desk.look(TEST, list_absences) == []
    assert await village.desk.look(TEST, list_waiting) != []
    assert [message.text == said[-1].text for message in said] == [False, True]
    assert village.unit("school").name in said[-1].text


@ENDINGS
async def test_undo_after_the_right_ended_takes_nothing_back(village: Village, ended: Ending) -> None:
    async with receiving_in(village, PlainListener()) as receiving:
        await say(receiving, "sen i dag", "Ola Nordmann")
        await say(receiving, "syk i dag")
        await village.desk.work(TEST, ended, village, "Anne Nordmann", "Kari Nordmann")
        await village.desk.work(TEST, ended, village, "Ola Nordmann", "Kari Nordmann")
        await say(receiving, "angre")
        await say(receiving, "angre", "Ola Nordmann")

    assert [absence.ceased_at for absence in await village.desk.look(TEST, list_absences)] == [None]
    assert [late.taken_back_at for late in await village.desk.look(TEST, list_late)] == [None]
    assert await village.desk.look(TEST, list_waiting) != []


@ENDINGS
async def test_a_no_to_what_was_told_counts_only_while_one_may_know_of_the_child(
    village: Village, ended: Ending
) -> None:
    async with receiving_in(village, PlainListener()) as receiving:
        await say(receiving, "syk i dag")
        await village.desk.work(TEST, ended, village, "Ola Nordmann", "Kari Nordmann")
        await say(receiving, "nei", "Ola Nordmann")

    assert [absence.disputed_at for absence in await village.desk.look(TEST, list_absences)] == [None]
    assert await village.desk.look(TEST, list_waiting) == ["right_ended"]


@ENDINGS
async def test_a_yes_that_comes_after_the_right_ended_confirms_nobody_who_fetches(
    village: Village, ended: Ending
) -> None:
    async with receiving_in(village, PlainListener()) as receiving:
        await say(receiving, "mormor henter")
        await village.desk.work(TEST, ended, village, "Anne Nordmann", "Kari Nordmann")
        await say(receiving, "ja")

    assert await village.desk.look(TEST, list_confirmed) == [False]
    assert await village.desk.look(TEST, list_waiting) != []


async def test_a_yes_while_the_right_lasts_confirms_who_fetches(village: Village) -> None:
    async with receiving_in(village, PlainListener()) as receiving:
        await say(receiving, "mormor henter")
        await say(receiving, "ja")

    assert await village.desk.look(TEST, list_confirmed) == [True]


async def test_whoever_may_not_fetch_a_child_names_nobody_who_does(village: Village) -> None:
    def end_fetching(work: Work) -> None:
        tie = sa.select(Guardianship.id).where(
            Guardianship.guardian_id == village.guardian("Anne Nordmann").id,
            Guardianship.child_id == village.child("Kari Nordmann").id,
        )
        fetch = sa.update(GuardianRight).where(GuardianRight.guardianship_id.in_(tie), GuardianRight.kind == "fetch")
        work.session.execute(fetch.values(to_day=TODAY - ENDING))

    await village.desk.work(TEST, end_fetching)
    async with receiving_in(village, PlainListener()) as receiving:
        await say(receiving, "mormor henter")

    assert await village.desk.look(TEST, list_confirmed) == []
    assert await village.desk.look(TEST, list_waiting) == ["pickup_person"]
