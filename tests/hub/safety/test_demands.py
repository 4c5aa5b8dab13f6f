"""An owner demands that what tells of a child's day is said twice; until then it explains no child and lets none go."""

import pytest
import sqlalchemy as sa

from hub.asker import Trust
from hub.clock import StoppedClock
from hub.desk import Look
from hub.safety.demands import DEMANDABLE, list_demands, needs, set_demands
from hub.school.absences import Absence
from hub.school.early_pickups import EarlyPickup
from hub.school.late_arrivals import LateArrival
from tests.hub.post.outboxes import TEST
from tests.hub.school.ladder_day import LadderDay
from tests.village import Village

OLA, KARI = "Ola Nordmann", "Kari Nordmann"
TEXTS = [
    ("absence", "Kari er syk i dag", Absence),
    ("late", "Kari kommer klokka 11", LateArrival),
    ("early_pickup", "Kari hentes klokka 12", EarlyPickup),
]


@pytest.fixture
def day(village: Village, clock: StoppedClock) -> LadderDay:
    return LadderDay(village, clock)


async def demand(day: LadderDay, *acts: str) -> None:
    await day.village.desk.work(TEST, set_demands, day.village.owner().id, acts, "test")


async def trusts(day: LadderDay, table: type[Absence | LateArrival | EarlyPickup]) -> list[int]:
    def ask(look: Look) -> list[int]:
        return list(look.session.scalars(sa.select(table.trust)))

    return await day.village.desk.look(TEST, ask)


@pytest.mark.parametrize(("act", "text", "table"), TEXTS)
async def test_what_is_demanded_counts_after_a_yes_and_is_then_confirmed(
    day: LadderDay, act: str, text: str, table: type[Absence | LateArrival | EarlyPickup]
) -> None:
    await demand(day, act)
    day.at(8, 0)

    await day.say(OLA, text)
    asked = await trusts(day, table)
    await day.say(OLA, "ja")

    assert asked == []
    assert await trusts(day, table) == [Trust.CONFIRMED]


@pytest.mark.parametrize(("act", "text", "table"), TEXTS)
async def test_what_is_not_demanded_counts_at_once_as_claimed(
    day: LadderDay, act: str, text: str, table: type[Absence | LateArrival | EarlyPickup]
) -> None:
    await demand(day, *(other for other in DEMANDABLE if other != act))
    day.at(8, 0)

    await day.say(OLA, text)

    assert await trusts(day, table) == [Trust.CLAIMED]


@pytest.mark.parametrize(("act", "text", "table"), TEXTS[:2])
async def test_a_text_that_nobody_confirms_stops_no_ladder(
    day: LadderDay, act: str, text: str, table: type[Absence | LateArrival]
) -> None:
    await demand(day, act)
    await day.begin(KARI)
    await day.say(OLA, text)

    await day.wake(9, 0)

    assert "asked about: Kari" in await day.facts()


async def test_a_demand_that_ceased_and_came_again_holds_once(day: LadderDay) -> None:
    await demand(day, "late", "absence")
    await demand(day, "absence")
    await demand(day, "absence", "late", "leave_application")

    def ask(look: Look) -> tuple[frozenset[str], Trust, Trust]:
        owner = day.village.owner().id
        return list_demands(look, owner), needs(look, owner, "late"), needs(look, owner, "absence_cancel")

    assert await day.village.desk.look(TEST, ask) == (frozenset({"absence", "late"}), Trust.CONFIRMED, Trust.CLAIMED)
