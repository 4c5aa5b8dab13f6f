"""A family writes its child's four letters instead of the name; from any other phone they say nothing."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.people.child_codes import give_codes, renew_code
from hub.people.families import Child
from hub.post.arrivals import Arrival, ArrivalState
from hub.school.absences import Absence
from tests.living_hub import OPERATOR, LivingHub, living_hub

TEACHER = "contact teacher 7A"


@pytest.fixture
async def living(tmp_path: Path, village_store_url: str, clock: StoppedClock) -> AsyncIterator[LivingHub]:
    async with living_hub(tmp_path, village_store_url, clock) as hub:
        yield hub


async def code_of_kari(living: LivingHub, *, anew: bool = False) -> str:
    kari = living.village.child("Kari Nordmann").id

    def give(work: Work) -> str:
        child = work.session.get_one(Child, kari)
        give_codes(work, [child])
        if anew:
            renew_code(work, child)
        assert child.code is not None
        return child.code

    return await living.hub.desk.work(OPERATOR, give)


async def away(living: LivingHub) -> list[str]:
    def read(look: Look) -> list[str]:
        return list(look.session.scalars(sa.select(Absence.child_id).where(Absence.ceased_at.is_(None))))

    return await living.hub.desk.look(OPERATOR, read)


@pytest.mark.capability("N-38")
async def test_the_code_names_the_child_for_its_guardian_and_says_nothing_from_an_unknown_phone(
    living: LivingHub,
) -> None:
    code = await code_of_kari(living)
    stranger = living.provider.phone("+4740000987")

    await stranger.text(living.village.number(TEACHER).value, code)
    neutral = await stranger.next_text()
    await stranger.text(living.village.number(TEACHER).value, f"{code} er syk i dag")
    await living.settled()
    nothing = await away(living)
    noted = await living.text("Anne Nordmann", TEACHER, f"{code.lower()} er syk i dag")

    assert "Kari" not in neutral.body
    assert nothing == []
    assert await living.hub.desk.look(OPERATOR, count_kept_apart) == 2
    assert noted.startswith("Notert: Kari er syk i dag, mandag 3. mars.")
    assert await away(living) == [living.village.child("Kari Nordmann").id]


async def test_a_code_that_was_replaced_names_nobody(living: LivingHub) -> None:
    before = await code_of_kari(living)
    now = await code_of_kari(living, anew=True)

    await living.text("Anne Nordmann", TEACHER, f"{before} er syk i dag")
    old = await away(living)
    await living.text("Anne Nordmann", TEACHER, f"{now} er syk i dag")

    assert old == []
    assert await away(living) == [living.village.child("Kari Nordmann").id]


def count_kept_apart(look: Look) -> int:
    asked = sa.select(sa.func.count()).select_from(Arrival).where(Arrival.state == ArrivalState.QUARANTINED)
    return look.session.scalar(asked) or 0
