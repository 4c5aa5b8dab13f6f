"""An open page is told of what its viewer may read, and of nothing else: not even that something happened.

Source: security rules S3.3 and S4.4.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial

import pytest

from admin_web.live import Concerns
from admin_web.staff.child_book import concerns_child
from admin_web.staff.morning import concerns_board
from admin_web.staff.thread import concerns_thread
from admin_web.staff.threads import concerns_inbox
from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.doorbell import LIVE
from hub.people.families import Child
from hub.people.places import Unit
from hub.post.arrivals import Arrival
from hub.post.inboxes import settle
from hub.post.reading import get_reader, get_thread
from hub.post.takers import assign, list_takers
from hub.school.attendance import mark_here
from hub.school.attendance_undoing import unmark
from hub.talk.routing import find_route
from hub.talk.strangers import quarantine
from tests.admin_web.school_day import SchoolDay, run_school_day
from tests.hub.post.spoken import as_staff
from tests.hub.sign_in.school import TEST

NAMED, NOT_NAMED, OTHER_GROUP = "Maria Nygård", "Sindre Moen", "Jonas Dahl"
HIDDEN, HIDDENS_MOTHER = "Ada Lien", "Ragnhild Lien"
PLAIN, PLAINS_MOTHER = "Emilie Foss", "Kristin Foss"

Act = Callable[[SchoolDay, str, str], Awaitable[object]]


@pytest.fixture
async def day(village_store_url: str, clock: StoppedClock) -> AsyncIterator[SchoolDay]:
    async with run_school_day(village_store_url, clock) as running:
        yield running


async def rung_by(day: SchoolDay, act: Awaitable[object]) -> frozenset[str]:
    """The ids that ring while something is done."""
    with day.site.doorbell.watching(LIVE) as rings:
        await act
        return frozenset(rings.get_nowait() for _ in range(rings.qsize()))


async def hears(day: SchoolDay, who: str, concerns: Concerns, ids: frozenset[str]) -> bool:
    assert ids
    return await day.site.desk.look(as_staff(day.village.staff(who)), concerns, ids)


async def write(day: SchoolDay, child: str, guardian: str) -> None:
    await day.write(guardian, "Hei", [child])


async def mark(day: SchoolDay, child: str, guardian: str) -> None:
    def both(work: Work) -> None:
        school = work.session.get_one(Unit, day.village.unit("school").id)
        seen = work.session.get_one(Child, day.village.child(child).id)
        mark_here(work, school, [seen], day.village.staff(NAMED).id)
        unmark(work, school, [seen.id])

    await day.site.desk.work(as_staff(day.village.staff(NAMED)), both)


async def report(day: SchoolDay, child: str, guardian: str) -> None:
    await day.report(child, guardian)


async def settle_thread(day: SchoolDay, child: str, guardian: str) -> None:
    thread_id = await day.write(guardian, "Hei", [child])
    await day.site.desk.work(as_staff(day.village.staff(NAMED)), settle, thread_id)


ACTS = (write, mark, report, settle_thread)


@pytest.mark.parametrize("act", ACTS)
async def test_what_happens_to_a_protected_child_rings_for_its_named_readers_alone(day: SchoolDay, act: Act) -> None:
    ids = await rung_by(day, act(day, HIDDEN, HIDDENS_MOTHER))

    board = partial(concerns_board, unit_id=day.village.unit("school").id)
    assert await hears(day, NAMED, board, ids)
    assert not await hears(day, NOT_NAMED, board, ids)
    assert not await hears(day, "Per Haugen", board, ids)
    assert not await hears(day, NOT_NAMED, concerns_inbox, ids)
    assert await hears(day, NAMED, partial(concerns_child, child_id=day.village.child(HIDDEN).id), ids)


@pytest.mark.parametrize("act", ACTS)
async def test_what_happens_to_another_child_rings_for_those_who_serve_it(day: SchoolDay, act: Act) -> None:
    ids = await rung_by(day, act(day, PLAIN, PLAINS_MOTHER))

    board = partial(concerns_board, unit_id=day.village.unit("school").id)
    assert await hears(day, NOT_NAMED, board, ids)
    assert await hears(day, "Per Haugen", board, ids)
    assert await hears(day, NOT_NAMED, partial(concerns_child, child_id=day.village.child(PLAIN).id), ids)
    assert not await hears(day, OTHER_GROUP, board, ids)
    assert not await hears(day, OTHER_GROUP, concerns_inbox, ids)


async def test_a_message_rings_in_its_own_thread_and_on_no_page_of_another(day: SchoolDay) -> None:
    other = await day.write(HIDDENS_MOTHER, "Hei", [HIDDEN])
    thread = await day.write(PLAINS_MOTHER, "Hei", [PLAIN])

    ids = await rung_by(day, day.write(PLAINS_MOTHER, "Hei igjen", [PLAIN]))

    assert await hears(day, NAMED, partial(concerns_thread, thread_id=thread), ids)
    assert await hears(day, NOT_NAMED, concerns_inbox, ids)
    assert not await hears(day, NAMED, partial(concerns_thread, thread_id=other), ids)


@pytest.mark.parametrize(("guardian", "is_heard"), [(HIDDENS_MOTHER, False), (PLAINS_MOTHER, True)])
async def test_a_text_set_apart_rings_for_those_who_may_read_it(day: SchoolDay, guardian: str, is_heard: bool) -> None:
    role = "contact teacher 1A"
    arrival_id = await day.write_unknown(day.village.phone(guardian), role, "Hei")

    def set_apart(work: Work) -> None:
        arrival = work.session.get_one(Arrival, arrival_id)
        route = find_route(work, arrival.kind, "+4740000999", arrival.recipient)
        assert route is not None
        quarantine(work, arrival, route)

    ids = await rung_by(day, day.site.desk.work(TEST, set_apart))

    board = partial(concerns_board, unit_id=day.village.unit("school").id)
    assert await hears(day, "Per Haugen", board, ids) is is_heard
    assert await hears(day, "Ingrid Solberg", board, ids)


async def test_the_list_of_who_may_take_a_thread_hints_at_no_hidden_child(day: SchoolDay) -> None:
    """A guardian of two: what was said is about the one whom everybody who serves the group may know of."""

    def hide_brother(work: Work) -> None:
        work.session.get_one(Child, day.village.child("Emil Foss").id).protected = True

    thread_id = await day.write(PLAINS_MOTHER, "Hei", [PLAIN])
    office = as_staff(day.village.staff("Per Haugen"))

    def takers(look: Look) -> set[str]:
        thread = get_thread(look, get_reader(look), thread_id)
        return {name for _, name in list_takers(look, get_reader(look), thread)}

    before = await day.site.desk.look(office, takers)
    await day.site.desk.work(TEST, hide_brother)
    after = await day.site.desk.look(office, takers)

    assert NOT_NAMED in before
    assert after == before
    await day.site.desk.work(office, assign, thread_id, day.village.staff(NOT_NAMED).id)
