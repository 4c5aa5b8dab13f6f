"""One text says that a child is ill, and five lists show it; "better after all" takes it off all five."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from hub.asker import Asker, Trust
from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.people.families import Child
from hub.people.places import Unit
from hub.safety.access import get_reach
from hub.school.care_bookings import Teller, book
from hub.school.care_hours import read_hours
from hub.school.care_plans import Standing, list_plans_of
from hub.school.care_rules import get_rules
from hub.school.day_board import Presence, list_board
from hub.school.days import read_day
from hub.school.services import ServiceKind, enrol
from tests.living_hub import OPERATOR, LivingHub, living_hub

SARA = "Sara Hansen"


@pytest.fixture
async def living(tmp_path: Path, village_store_url: str, clock: StoppedClock) -> AsyncIterator[LivingHub]:
    async with living_hub(tmp_path, village_store_url, clock) as hub:
        await hub.hub.desk.work(OPERATOR, prepare, hub)
        yield hub


def prepare(work: Work, living: LivingHub) -> None:
    """Sara eats at school, rides the bus, and is booked at the club today."""
    school, club = (work.session.get_one(Unit, living.village.unit(kind).id) for kind in ("school", "club"))
    sara, today = work.session.get_one(Child, living.village.child(SARA).id), school.today(work.now)
    for kind, name in ((ServiceKind.MEALS, "Lunsj"), (ServiceKind.TRANSPORT, "Buss 104")):
        enrol(work, school, sara, kind, name, today, by="leader")
    booked = Teller(living.village.staff("Ingrid Solberg").id, "staff", Trust.STRONG, None)
    book(work, club, sara, {today: read_hours("13-16")}, booked, get_rules(work, club))


async def lists_with_her_away(living: LivingHub) -> set[str]:
    """On which of the five lists Sara stands as away today, each as those who use it see it."""
    at_school = await _seen(living, "Ingrid Solberg", _at_school)
    return at_school | await _seen(living, "Nora Eide", _at_the_club)


async def _seen(living: LivingHub, staff: str, ask: Callable[[Look, LivingHub], set[str]]) -> set[str]:
    asker = Asker("staff", living.village.staff(staff).id, Trust.STRONG, "page lists")
    return await living.hub.desk.look(asker, ask, living)


def _at_school(look: Look, living: LivingHub) -> set[str]:
    school = living.village.unit("school")
    day = read_day(look, get_reach(look), school, school.today(look.now))
    services = {service.kind.value for service in day.services if service.away}
    return services | _on_board(look, living, school, "class")


def _at_the_club(look: Look, living: LivingHub) -> set[str]:
    club = living.village.unit("club")
    [plan] = list_plans_of(look, club, living.village.child(SARA).id, [club.today(look.now)])
    booking = {"booking"} if plan.standing is Standing.AWAY else set()
    return booking | _on_board(look, living, club, "club")


def _on_board(look: Look, living: LivingHub, unit: Unit, name: str) -> set[str]:
    board = list_board(look, get_reach(look), unit, unit.today(look.now))
    presence = {each.child.id: each.presence for each in board}
    return {name} if presence[living.village.child(SARA).id] is Presence.AWAY else set()


@pytest.mark.capability("N-01")
async def test_one_text_marks_all_five_and_a_second_takes_her_off_all_five(
    living: LivingHub, clock: StoppedClock
) -> None:
    before = await lists_with_her_away(living)

    receipt = await living.text("Camilla Hansen", "contact teacher 1A", "Sara er syk i dag")
    away = await lists_with_her_away(living)
    clock.move(timedelta(minutes=20))
    second = await living.text("Camilla Hansen", "contact teacher 1A", "Sara er frisk likevel og kommer i dag")

    assert before == set()
    assert receipt.startswith("Notert: Sara er syk i dag, mandag 3. mars.")
    assert all(each in receipt for each in ("Klassen", "SFO", "kjøkkenet", "skyssen ser det nå"))
    assert away == {"class", "club", "booking", "meals", "transport"}
    assert second.startswith("Notert: Sara kommer i dag, mandag 3. mars.")
    assert await lists_with_her_away(living) == set()
