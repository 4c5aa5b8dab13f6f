"""One text tells who is away and who is fetched; a stranger's name goes to staff; and every list knows at once."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.asker import Asker, Trust
from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.people.families import Child
from hub.safety.access import get_reach
from hub.school.day_board import Presence, list_board
from hub.school.days import UnitDay, read_day
from hub.school.fetchers import Standing
from hub.school.going_home import GoingHome, list_going_home
from hub.school.services import ServiceKind, enrol
from tests.living_hub import OPERATOR, LivingHub, living_hub


@pytest.fixture
async def living(tmp_path: Path, village_store_url: str, clock: StoppedClock) -> AsyncIterator[LivingHub]:
    async with living_hub(tmp_path, village_store_url, clock) as hub:
        yield hub


async def day_of(living: LivingHub, staff: str, unit: str) -> UnitDay:
    """The lists of a unit as a member of its staff sees them."""
    asker = Asker("staff", living.village.staff(staff).id, Trust.STRONG, "page lists")
    place = living.village.unit(unit)

    def read(look: Look) -> UnitDay:
        return read_day(look, get_reach(look), place, place.today(look.now))

    return await living.hub.desk.look(asker, read)


async def presence_of(living: LivingHub, child: str, staff: str, unit: str) -> Presence:
    asker = Asker("staff", living.village.staff(staff).id, Trust.STRONG, "page morning")
    place = living.village.unit(unit)

    def read(look: Look) -> dict[str, Presence]:
        return {on.child.id: on.presence for on in list_board(look, get_reach(look), place, place.today(look.now))}

    return (await living.hub.desk.look(asker, read))[living.village.child(child).id]


async def home_of(living: LivingHub, child: str) -> GoingHome:
    id_, unit = living.village.child(child).id, living.village.unit("school")

    def read(look: Look) -> GoingHome:
        return list_going_home(look, [id_], unit.today(look.now)).get(id_, GoingHome())

    return await living.hub.desk.look(OPERATOR, read)


async def put_on_lists(living: LivingHub, child: str) -> None:
    """Lunch and a bus, at the school."""

    def both(work: Work) -> None:
        unit, kept = living.village.unit("school"), work.session.get_one(Child, living.village.child(child).id)
        for kind, name in ((ServiceKind.MEALS, "Lunsj"), (ServiceKind.TRANSPORT, "Buss 104")):
            enrol(work, unit, kept, kind, name, unit.today(work.now), by="x")

    await living.hub.desk.work(OPERATOR, both)


def away_on(day: UnitDay) -> dict[str, int]:
    services = {service.name: service.away for service in day.services}
    return {"all": day.total.away, "club": day.club.away if day.club else 0, **services}


@pytest.mark.capability("W-38")
async def test_one_text_and_the_class_the_club_the_kitchen_and_the_bus_know(living: LivingHub) -> None:
    await put_on_lists(living, "Sara Hansen")

    answer = await living.text("Camilla Hansen", "contact teacher 1A", "Sara er syk i dag")

    assert "Klassen, SFO, kjøkkenet og skyssen ser det nå." in answer
    assert away_on(await day_of(living, "Ingrid Solberg", "school")) == {
        "all": 1,
        "club": 1,
        "Lunsj": 1,
        "Buss 104": 1,
    }
    assert await presence_of(living, "Sara Hansen", "Nora Eide", "club") is Presence.AWAY


async def test_a_second_text_takes_it_off_every_list(living: LivingHub) -> None:
    await put_on_lists(living, "Sara Hansen")
    await living.text("Camilla Hansen", "contact teacher 1A", "Sara er syk i dag")

    answer = await living.text("Camilla Hansen", "contact teacher 1A", "Sara er frisk likevel og kommer i dag")

    assert answer.startswith("Notert: Sara kommer i dag")
    assert "Klassen, SFO, kjøkkenet og skyssen ser det nå." in answer
    assert set(away_on(await day_of(living, "Ingrid Solberg", "school")).values()) == {0}
    assert await presence_of(living, "Sara Hansen", "Nora Eide", "club") is Presence.NOT_HEARD


async def test_a_child_with_one_place_is_told_of_no_others(living: LivingHub) -> None:
    answer = await living.text("Anne Nordmann", "contact teacher 7A", "Kari er syk i dag")

    assert "ser det nå" not in answer


async def test_one_text_tells_of_an_absence_and_of_a_pickup(living: LivingHub) -> None:
    answer = await living.text(
        "Lene Berg", "contact teacher 4B", "Johanne er syk i dag, og Jakob hentes kl 13 av mormor"
    )

    home = await home_of(living, "Jakob Berg")
    assert "Johanne er syk i dag" in answer
    assert "Jakob drar kl. 13.00 i dag" in answer
    assert await presence_of(living, "Johanne Berg", "Ingrid Solberg", "school") is Presence.AWAY
    assert home.leaves_at is not None
    assert home.fetching is not None
    assert home.standing is Standing.UNKNOWN
    assert not home.fetching.is_confirmed


async def test_a_stranger_who_fetches_is_for_staff_to_check_and_a_yes_makes_it_surely_told(living: LivingHub) -> None:
    other = living.phone("Ola Nordmann")

    answer = await living.text("Anne Nordmann", "contact teacher 7A", "Naboen Per Lie henter Kari i dag")
    told = await other.next_text()
    before = await home_of(living, "Kari Nordmann")
    thanks = await living.text("Anne Nordmann", "contact teacher 7A", "ja")
    after = await home_of(living, "Kari Nordmann")

    assert "De ansatte sjekker det først" in answer
    assert "Per Lie henter Kari" in told.body
    assert before.fetching is not None
    assert not before.fetching.is_confirmed
    assert before.standing is Standing.UNKNOWN
    assert thanks.startswith("Takk!")
    assert after.fetching is not None
    assert after.fetching.is_confirmed
    assert after.standing is Standing.UNKNOWN


async def test_a_name_of_somebody_who_must_not_fetch_rings_and_is_answered_like_any_other(living: LivingHub) -> None:
    ordinary = await living.text("Anne Nordmann", "contact teacher 7A", "Onkel Bo henter Kari i dag")

    answer = await living.text("Wenche Sand", "contact teacher 4B", "Roger henter Tiril i dag")

    home = await home_of(living, "Tiril Sand")
    assert answer.replace("Roger", "Bo").replace("Tiril", "Kari") == ordinary
    assert home.standing is Standing.FORBIDDEN
    assert home.rings
