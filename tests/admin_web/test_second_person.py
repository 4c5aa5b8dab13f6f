"""A leader who hands out a link could open it. What it lets one read of protected children takes a second person.

Source: security rule S4.6.
"""

from collections.abc import AsyncIterator
from datetime import date

import pytest

from hub.asker import operator_asker
from hub.clock import StoppedClock
from hub.desk import Work
from hub.operations.name_reader import ALREADY, ENDED, NOT_NAMED, NOT_PROTECTED, PROPOSED, name_reader
from hub.people.holding import begin
from hub.people.staff import Role, Staff
from hub.sign_in.invitations import invite_link
from tests.admin_web.school_day import SchoolDay, run_school_day
from tests.admin_web.staff_site import Browsing, accept_invitation
from tests.hub.sign_in.school import TEST

READER = "Maria Nygård"
LEADER = "Tuva Brekke"
OTHER_LEADER = "Ingrid Solberg"
NEW_READER = "Per Haugen"


@pytest.fixture
async def day(village_store_url: str, clock: StoppedClock) -> AsyncIterator[SchoolDay]:
    async with run_school_day(village_store_url, clock) as running:
        await make_leader(running, LEADER)
        yield running


async def make_leader(day: SchoolDay, name: str) -> None:
    def hold(work: Work) -> None:
        role = work.session.get_one(Role, day.village.role("principal").id)
        begin(
            work,
            role,
            work.session.get_one(Staff, day.village.staff(name).id),
            date(2025, 3, 3),
            None,
            is_stand_in=False,
        )

    await day.site.desk.work(TEST, hold)


async def link_by(day: SchoolDay, leader: str, whom: str) -> str:
    """The path of a link that a leader made on the page."""
    browser = await day.as_(leader)
    person = f"/staff/{day.village.staff(whom).id}"
    await browser.get(person)
    shown = await browser.post(f"{person}/invite", purpose="first")
    return "/welcome/" + shown.text.split("/welcome/")[1].split("<")[0]


async def open_link(day: SchoolDay, link: str) -> Browsing:
    """Whoever holds the link opens it."""
    browser = day.site.browser()
    await accept_invitation(day.site, browser, link)
    return browser


async def sees_ada(day: SchoolDay, browser: Browsing) -> bool:
    ada = day.village.child("Ada Lien").id
    seen = [await browser.get(f"/children/{ada}"), await browser.get(day.board())]
    found = await browser.get("/find?q=Ada")
    told = {seen[0].status == 200, "Ada" in seen[1].text, ada in found.text}
    assert len(told) == 1
    return told.pop()


async def confirm(day: SchoolDay, leader: str, whom: str) -> int:
    browser = await day.as_(leader)
    person = f"/staff/{day.village.staff(whom).id}"
    await browser.get(person)
    return (await browser.post(f"{person}/confirm")).status


async def test_a_link_that_a_leader_made_opens_no_protected_child(day: SchoolDay) -> None:
    assert await sees_ada(day, await day.as_(READER))

    opened = await open_link(day, await link_by(day, LEADER, READER))

    assert not await sees_ada(day, opened)
    assert (await opened.get("/threads")).status == 200


async def test_leaders_are_alarmed_and_a_second_one_confirms(day: SchoolDay) -> None:
    opened = await open_link(day, await link_by(day, LEADER, READER))
    told = (await (await day.as_(OTHER_LEADER)).get("/staff")).text

    assert "ser ikke beskyttede barn ennå" in told
    assert await confirm(day, OTHER_LEADER, READER) == 200
    assert await sees_ada(day, opened)
    assert len(await day.audited("reader.confirmed", OTHER_LEADER)) == 1
    assert "ser ikke beskyttede barn" not in (await (await day.as_(OTHER_LEADER)).get("/staff")).text


async def test_whoever_made_the_link_does_not_confirm_it(day: SchoolDay) -> None:
    opened = await open_link(day, await link_by(day, LEADER, READER))

    assert await confirm(day, LEADER, READER) == 422
    assert not await sees_ada(day, opened)


async def test_neither_does_a_leader_who_came_in_by_the_same_hands(day: SchoolDay) -> None:
    await make_leader(day, "Per Haugen")
    await open_link(day, await link_by(day, LEADER, "Per Haugen"))

    opened = await open_link(day, await link_by(day, "Per Haugen", READER))

    assert await confirm(day, LEADER, READER) == 422
    assert not await sees_ada(day, opened)
    assert await confirm(day, OTHER_LEADER, READER) == 200


async def test_nobody_confirms_themselves(day: SchoolDay) -> None:
    await make_leader(day, READER)
    opened = await open_link(day, await link_by(day, LEADER, READER))

    assert await confirm(day, READER, READER) == 422
    assert not await sees_ada(day, opened)


async def test_a_teacher_finds_nothing_to_confirm(day: SchoolDay) -> None:
    await open_link(day, await link_by(day, LEADER, READER))

    assert await confirm(day, "Jonas Dahl", READER) == 404


async def test_a_link_from_whoever_runs_budbok_opens_all(day: SchoolDay) -> None:
    await open_link(day, await link_by(day, LEADER, READER))
    login = day.village.staff(READER).login
    link = await day.site.desk.work(operator_asker("invite"), invite_link, login, day.site.url)

    opened = await open_link(day, link.removeprefix(day.site.url))

    assert await sees_ada(day, opened)


async def test_a_link_nobody_opened_changes_nothing(day: SchoolDay) -> None:
    await link_by(day, LEADER, READER)

    assert await sees_ada(day, await day.as_(READER))


async def name(day: SchoolDay, whom: str, child: str = "Ada Lien", *, end: bool = False) -> tuple[int, str]:
    """As whoever runs Budbok does: the exit code, and what is said."""
    said: list[str] = []
    login, child_id = day.village.staff(whom).login, day.village.child(child).id
    return await name_reader(day.site.desk, child_id, login, said.append, end=end), said[0]


async def say_yes(day: SchoolDay, leader: str, whom: str) -> int:
    browser = await day.as_(leader)
    person = f"/staff/{day.village.staff(whom).id}"
    await browser.get(person)
    return (await browser.post(f"{person}/let-read")).status


async def test_whoever_is_named_to_read_of_a_protected_child_does_once_a_leader_said_yes(day: SchoolDay) -> None:
    before = await sees_ada(day, await day.as_(NEW_READER))
    named = await name(day, NEW_READER)
    waiting = await sees_ada(day, await day.as_(NEW_READER))
    told = (await (await day.as_(LEADER)).get("/staff")).text
    said_yes = await say_yes(day, LEADER, NEW_READER)
    after = await sees_ada(day, await day.as_(NEW_READER))
    told_after = (await (await day.as_(LEADER)).get("/staff")).text
    ended = await name(day, NEW_READER, end=True)

    assert (before, waiting, after) == (False, False, True)
    assert (named, ended) == ((0, PROPOSED), (0, ENDED))
    assert f"{NEW_READER} er navngitt til å lese om et barn med hemmelig adresse" in told
    assert "Ada" not in told
    assert said_yes == 200
    assert "navngitt" not in told_after
    assert not await sees_ada(day, await day.as_(NEW_READER))
    assert len(await day.audited("reader.confirmed", LEADER)) == 1


async def test_to_a_new_reader_only_a_second_person_says_yes_and_no_link_does(day: SchoolDay) -> None:
    await name(day, NEW_READER)
    opened = await open_link(day, await link_by(day, LEADER, NEW_READER))
    by_the_same_hands = await say_yes(day, LEADER, NEW_READER)
    confirmed = await confirm(day, OTHER_LEADER, NEW_READER)
    by_a_colleague = await say_yes(day, "Jonas Dahl", NEW_READER)
    seen = await sees_ada(day, opened)
    login = day.village.staff(NEW_READER).login
    link = await day.site.desk.work(operator_asker("invite"), invite_link, login, day.site.url)
    anew = await open_link(day, link.removeprefix(day.site.url))

    assert (by_the_same_hands, confirmed, by_a_colleague) == (422, 200, 404)
    assert not seen
    assert not await sees_ada(day, anew)


async def test_nobody_is_named_twice_or_for_a_child_that_needs_it_not(day: SchoolDay) -> None:
    await name(day, NEW_READER)

    assert await name(day, NEW_READER) == (1, ALREADY)
    assert await name(day, READER) == (1, ALREADY)
    assert await name(day, NEW_READER, "Kari Nordmann") == (1, NOT_PROTECTED)
    assert await name(day, "Jonas Dahl", end=True) == (1, NOT_NAMED)
    assert await name_reader(day.site.desk, "nobody", "nobody", lambda said: None, end=False) == 1
