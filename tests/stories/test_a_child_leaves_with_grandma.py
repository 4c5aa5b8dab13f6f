"""A child leaves with its grandmother: the mother's phone gets a text, she answers no, and the alarm is on the teacher's open
Morning at once. Everything here leaves and comes through the provider."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import ClientResponse, ClientSession, CookieJar
from yarl import URL

from admin_web import cookies
from hub.asker import Trust
from hub.clock import StoppedClock
from hub.desk import Work
from hub.people.families import Child, Guardian
from hub.people.places import Unit
from hub.school.attendance import Departure, mark_here, mark_left
from hub.school.attendance_undoing import UNDONE_WITHIN
from hub.school.attendance_wishes import Moved, wish_to_hear
from hub.school.trusted_people import Whom, trust_person
from hub.sign_in.sessions import open_session
from tests.admin_web.staff_site import Browsing
from tests.living_hub import OPERATOR, LivingHub, living_hub
from tests.patience import PATIENCE

KARI, ANNE = "Kari Nordmann", "Anne Nordmann"
TITLE = "Kari Nordmann (7A): vi skrev at barnet gikk, men en foresatt sier nei"


@pytest.fixture
async def living(tmp_path: Path, village_store_url: str, clock: StoppedClock) -> AsyncIterator[LivingHub]:
    async with living_hub(tmp_path, village_store_url, clock) as hub:
        yield hub


def wish(work: Work, living: LivingHub) -> str:
    """Anne wishes to hear of it, and trusts grandmother, of whom the father was told; grandmother's id on the list."""
    village = living.village
    anne = work.session.get_one(Guardian, village.guardian(ANNE).id)
    wish_to_hear(work, anne, list(Moved), anne.id)
    kari = work.session.get_one(Child, village.child(KARI).id)
    row = trust_person(work, kari, Whom("Mormor"), told_by=anne.id, trust=Trust.CONFIRMED)
    row.announced_at = work.now
    return row.id


def come(work: Work, living: LivingHub) -> None:
    unit = work.session.get_one(Unit, living.village.unit("school").id)
    mark_here(work, unit, [work.session.get_one(Child, living.village.child(KARI).id)], "test")


def leave(work: Work, living: LivingHub, grandmother: str) -> None:
    unit = work.session.get_one(Unit, living.village.unit("school").id)
    departure = Departure(work.now, "test", fetched_by=grandmother, fetched_name="Mormor")
    mark_left(work, unit, [living.village.child(KARI).id], departure)


@pytest.fixture
async def teacher(living: LivingHub) -> AsyncIterator[Browsing]:
    """The contact teacher's browser."""
    url = living.hub.settings.staff.url
    token = await living.hub.desk.work(OPERATOR, open_session, living.village.staff("Kari Lunde"), None, fresh=True)
    async with ClientSession(url, cookie_jar=CookieJar(unsafe=True)) as session:
        session.cookie_jar.update_cookies({cookies.SESSION: token}, URL(url))
        yield Browsing(session, url)


async def changed(stream: ClientResponse) -> None:
    """Return when the open page is told to look again."""
    async with asyncio.timeout(PATIENCE):
        while b"changed" not in await stream.content.readline():
            """Another line."""


@pytest.mark.capability("N-14")
async def test_a_no_to_whom_the_child_left_with_is_on_the_open_morning_at_once(
    living: LivingHub, teacher: Browsing, clock: StoppedClock
) -> None:
    desk, morning = living.hub.desk, f"/morning/{living.village.unit('school').id}"
    grandmother = await desk.work(OPERATOR, wish, living)
    await desk.work(OPERATOR, come, living)
    came = await living.phone(ANNE).next_text()
    await desk.work(OPERATOR, leave, living, grandmother)
    clock.move(UNDONE_WITHIN)
    left = await living.phone(ANNE).next_text()
    await living.settled()
    before = await teacher.get(morning)

    async with teacher.session.get(f"{morning}/live") as stream:
        answered = await living.text(ANNE, "contact teacher 7A", "NEI")
        await changed(stream)
    board = await teacher.get(f"{morning}/board", headers={"HX-Request": "true"})

    assert came.body == "Kari kom kl. 07.12. Stemmer det ikke? Svar NEI, så ringer vi deg."
    assert left.body == "Kari gikk kl. 07.12 sammen med Mormor. Stemmer det ikke? Svar NEI, så ringer vi deg."
    assert answered == "Takk for at du sier fra. De ansatte har fått alarm om Kari nå og ringer deg."
    assert TITLE not in before.text
    assert TITLE in board.text
