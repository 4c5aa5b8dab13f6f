"""Staff ask 7A for some consents; families answer by text, with numbers and a no; one withdraws, and the list changes."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from admin_web.staff.consents_campaign import start_campaign
from hub.asker import Trust
from hub.desk import Look, Work
from hub.people.families import Child
from hub.post.messages import Thread
from hub.school.campaigns import ConsentCampaign, list_children_in, read_asking
from hub.school.consent_board import read_board
from hub.school.consent_kinds import list_kinds
from hub.school.consent_standing import may_use
from hub.school.consents import Choice, How, Told, say_words
from tests.hub.post.spoken import as_staff
from tests.living_hub import OPERATOR, LivingHub, living_hub

NINE = datetime(2025, 3, 3, 8, 0, tzinfo=UTC)
TODAY = NINE.date()
KARI, TEACHER = "Kari Nordmann", "Kari Lunde"
SEAT = "contact teacher 7A"


class FromNine:
    """A clock that goes as clocks go, from nine in the morning, whenever the test runs."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def now(self) -> datetime:
        return NINE + timedelta(seconds=time.monotonic() - self._began)

    def monotonic(self) -> float:
        return time.monotonic()


async def give_general(living: LivingHub) -> None:
    """The families of 7A signed the general consent when school began."""

    def sign(work: Work) -> None:
        unit = living.village.unit("school")
        general = list_kinds(work, unit.owner_id)[0]
        campaign = read_board(work, unit.id, living.village.group("7A").id)
        for child in list_children_in(work, unit.id, living.village.group("7A").id, TODAY):
            kept = work.session.get_one(Child, child.id)
            for guardian_id in campaign.standings.deciders.get(child.id, ()):
                told = Told(How.PAPER, guardian_id, Trust.STRONG)
                say_words(work, kept, guardian_id, [Choice(general, granted=True)], told)

    await living.hub.desk.work(as_staff(living.village.staff(TEACHER)), sign)


def list_for_the_pool(living: LivingHub) -> Callable[[Look], list[str]]:
    def names(look: Look) -> list[str]:
        board = read_board(look, living.village.unit("school").id, living.village.group("7A").id)
        swimming = next(kind for kind in board.kinds if kind.code == "swimming")
        return [child.name for child in board.usable(swimming)]

    return names


async def test_a_class_is_asked_answers_and_one_withdraws(tmp_path: Path, store_url: str) -> None:
    async with living_hub(tmp_path, store_url, FromNine()) as living:
        village, desk = living.village, living.hub.desk
        teacher = as_staff(village.staff(TEACHER))
        await give_general(living)
        anne, ola = living.phone("Anne Nordmann"), living.phone("Ola Nordmann")
        kinds = await desk.look(OPERATOR, lambda look: {k.code: k.id for k in list_kinds(look, village.owner().id)})

        campaign = await desk.work(
            teacher,
            start_campaign,
            village.unit("school").id,
            village.group("7A").id,
            (kinds["swimming"], kinds["trip"]),
            TODAY + timedelta(days=14),
            4,
        )
        asked = [(await phone.next_text()).body for phone in (anne, ola)]

        assert all("1 Kari" in text and "2 Kari" in text for text in asked), asked

        answers = await asyncio.gather(
            living.text("Anne Nordmann", SEAT, "1,2"), living.text("Ola Nordmann", SEAT, "2")
        )
        assert answers[0].startswith("Notert for Kari: ja til turer og bading")
        assert answers[1].startswith("Notert for Kari: ja til bading, nei til turer")

        def progress(look: Look) -> list[tuple[str, int, int]]:
            kept = look.session.get_one(ConsentCampaign, campaign)
            return [(p.kind.code, p.given, p.no) for p in read_asking(look, kept, village.unit("school")).progress()]

        assert await desk.look(OPERATOR, progress) == [("trip", 0, 1), ("swimming", 1, 0)]
        assert await desk.look(teacher, list_for_the_pool(living)) == [KARI]
        assert await desk.look(OPERATOR, may_use, village.child(KARI).id, "swimming", TODAY)

        said = await living.text("Anne Nordmann", SEAT, "Nei til bading for Kari")

        assert "nei til bading" in said
        assert "De ansatte får beskjed" in said
        assert not await desk.look(OPERATOR, may_use, village.child(KARI).id, "swimming", TODAY)
        assert await desk.look(teacher, list_for_the_pool(living)) == []
        waits = await desk.look(OPERATOR, lambda look: look.session.scalars(sa.select(Thread.waits_why)).all())
        assert "consent_withdrawn" in waits
