"""A family calls its child by the class, and goes on with "hun" or "hän"; where two can be meant, the hub asks which one."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.people.families import Child
from hub.school.absences import Absence
from hub.school.late_arrivals import LateArrival
from hub.talk.prompting import Notice, tell
from tests.living_hub import OPERATOR, LivingHub, living_hub

OFFICE = "office"


@pytest.fixture
async def living(tmp_path: Path, village_store_url: str, clock: StoppedClock) -> AsyncIterator[LivingHub]:
    async with living_hub(tmp_path, village_store_url, clock) as hub:
        yield hub


async def facts(living: LivingHub) -> set[tuple[str, str]]:
    def read(look: Look) -> set[tuple[str, str]]:
        away = sa.select(Child.first_name).join(Absence, Absence.child_id == Child.id)
        late = sa.select(Child.first_name).join(LateArrival, LateArrival.child_id == Child.id)
        told = {"absence": look.session.scalars(away).all(), "late": look.session.scalars(late).all()}
        return {(name, kind) for kind, names in told.items() for name in names}

    return await living.hub.desk.look(OPERATOR, read)


@pytest.mark.capability("N-12")
async def test_the_class_names_the_one_child_in_it(living: LivingHub) -> None:
    ill = await living.text("Wenche Sand", OFFICE, "Hei! Min i 7A er syk i dag, hun i 4B kommer kl 10")

    assert "Fredrik" in ill
    assert "Tiril" in ill
    assert await facts(living) == {("Fredrik", "absence"), ("Tiril", "late")}


@pytest.mark.capability("N-12")
async def test_two_in_one_class_are_asked_about_and_the_one_is_remembered(living: LivingHub) -> None:
    asked = await living.text("Lene Berg", OFFICE, "jenta mi i 4b er syk i dag")
    noted = await living.text("Lene Berg", OFFICE, "2")
    both = await facts(living)
    goes_on = await living.text("Lene Berg", OFFICE, "hun kommer kl 10 i morgen")

    assert "1 Jakob" in asked
    assert "2 Johanne" in asked
    assert "Johanne" in noted
    assert both == {("Johanne", "absence")}
    assert "Johanne" in goes_on
    assert "Jakob" not in goes_on
    assert await facts(living) == {("Johanne", "absence"), ("Johanne", "late")}


async def test_a_class_that_no_child_of_theirs_is_in_is_for_staff_to_read(living: LivingHub) -> None:
    told = await living.text("Wenche Sand", OFFICE, "min i 3C er syk i dag")

    assert "leser meldingen" in told
    assert await facts(living) == set()


@pytest.mark.parametrize("has_read_it", [False, True])
async def test_a_word_of_ours_that_nobody_can_have_read_yet_tells_of_no_child(
    living: LivingHub, clock: StoppedClock, *, has_read_it: bool
) -> None:
    school, lene = living.village.unit("school"), living.village.guardian("Lene Berg")
    about = Notice("reception.received", {}, [living.village.child("Jakob Berg").id], author="weekly")

    def tell_of_jakob(work: Work) -> None:
        tell(work, school, lene, about)

    await living.hub.desk.work(OPERATOR, tell_of_jakob)
    await living.phone("Lene Berg").next_text()
    clock.jump(clock.now() + timedelta(minutes=3 if has_read_it else 0))
    answer = await living.text("Lene Berg", "contact teacher 4B", "han er syk i dag")

    assert ("1 Jakob" in answer) is not has_read_it
    assert await facts(living) == ({("Jakob", "absence")} if has_read_it else set())
