"""*Staff*: for leaders, about their own units, by date, after fresh proof; everybody else finds no such page."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.people.places import Group
from hub.people.staff import Role, RoleGroup, RoleHolding
from hub.sign_in.sessions import FRESH_FOR
from tests.admin_web.staff_site import Browsing, Seen, Site, accept_invitation, run_site
from tests.hub.sign_in.school import TEST

NEW: dict[str, Any] = {
    "first_name": "Ane",
    "last_name": "Lie",
    "login": "ane.lie",
    "from_day": "2025-03-03",
    "to_day": "",
}


@pytest.fixture
async def site(store_url: str, clock: StoppedClock) -> AsyncIterator[Site]:
    async with run_site(store_url, clock) as site:
        yield site


@pytest.fixture
async def leader(site: Site) -> Browsing:
    """Solveig, who leads Lia skole, on the page Staff, freshly proven."""
    browser = await site.signed_in("solveig.bakken")
    await browser.get("/staff")
    return browser


def link_in(seen: Seen) -> str:
    return "/welcome/" + seen.text.split("/welcome/")[1].split("<")[0]


async def test_a_leader_sees_the_people_of_their_own_unit(site: Site, leader: Browsing) -> None:
    assert leader.seen is not None
    assert "Per Moen" in leader.seen.text
    assert "Liv Dahl" not in leader.seen.text


async def test_a_teacher_finds_no_such_page_and_no_way_to_it(site: Site) -> None:
    browser = await site.signed_in("per.moen")

    seen = await browser.get("/staff")

    assert seen.status == 404
    assert 'href="/staff"' not in seen.text


@pytest.mark.parametrize("path", ["/staff/{Liv}", "/staff/{Lia skole}"])
async def test_somebody_of_another_unit_is_not_there(site: Site, leader: Browsing, path: str) -> None:
    assert (await leader.get(path.format(**site.ids))).status == 404
    assert (await leader.get(f"/staff/{site.ids['Per']}")).status == 200


async def test_somebody_new_gets_a_link_that_lets_them_in(site: Site, leader: Browsing) -> None:
    shown = await leader.post("/staff/add", role=site.ids["Pers role"], **NEW)

    assert shown.status == 200
    assert "<svg" in shown.text
    browser = site.browser()
    await accept_invitation(site, browser, link_in(shown))
    assert "Ane Lie" in (await browser.get("/sign-in/again")).text
    assert "Ane Lie" in (await leader.get("/staff")).text


async def test_a_login_is_one_persons_alone_and_the_form_keeps_what_was_typed(site: Site, leader: Browsing) -> None:
    seen = await leader.post("/staff/add", role=site.ids["Pers role"], **(NEW | {"login": "PER.moen"}))

    assert seen.status == 422
    assert 'value="Ane"' in seen.text
    assert "Ane Lie" not in (await leader.get("/staff")).text


async def test_days_that_cross_are_refused(site: Site, leader: Browsing) -> None:
    seen = await leader.post("/staff/add", role=site.ids["Pers role"], **(NEW | {"to_day": "2025-03-02"}))

    assert seen.status == 422
    assert "Ane Lie" not in (await leader.get("/staff")).text


async def test_a_role_of_another_unit_cannot_be_given(site: Site, leader: Browsing) -> None:
    path = f"/staff/{site.ids['Per']}/roles"

    refused = await leader.post(path, role=site.ids["Livs role"], from_day="2025-03-03")
    await leader.get("/staff")
    given = await leader.post(path, role=site.ids["Solveigs role"], from_day="2025-03-03", stand_in="true")

    assert (refused.status, given.status) == (404, 200)
    assert "Rektor" in given.text


async def test_a_role_given_for_later_opens_nothing_yet(site: Site, leader: Browsing, clock: StoppedClock) -> None:
    person = site.browser()
    shown = await leader.post("/staff/add", role=site.ids["Pers role"], **(NEW | {"from_day": "2025-03-04"}))
    link = link_in(shown)
    await accept_invitation(site, person, link)
    assert person.cookie("budbok-staff") is None

    clock.move(timedelta(days=1))
    await accept_invitation(site, person, link)

    assert person.cookie("budbok-staff") is not None


async def test_when_the_last_role_ends_the_person_is_out(site: Site, leader: Browsing, clock: StoppedClock) -> None:
    teacher = await site.signed_in("per.moen")
    assert (await teacher.get("/sign-in/again")).path == "/sign-in/again"
    holding = await site.desk.look(TEST, holding_of, site.ids["Per"])

    await leader.get(f"/staff/{site.ids['Per']}")
    await leader.post(f"/staff/{site.ids['Per']}/roles/{holding}/end", last_day="2025-03-02")

    assert (await teacher.get("/sign-in/again")).path == "/sign-in"
    assert "Per Moen" not in (await leader.get("/staff")).text


async def test_a_role_that_ends_today_still_holds_today(site: Site, leader: Browsing) -> None:
    teacher = await site.signed_in("per.moen")
    holding = await site.desk.look(TEST, holding_of, site.ids["Per"])

    await leader.get(f"/staff/{site.ids['Per']}")
    await leader.post(f"/staff/{site.ids['Per']}/roles/{holding}/end", last_day="2025-03-03")

    assert (await teacher.get("/sign-in/again")).path == "/sign-in/again"


async def test_leaders_do_not_end_their_own_role(site: Site, leader: Browsing) -> None:
    holding = await site.desk.look(TEST, holding_of, site.ids["Solveig"])

    seen = await leader.post(f"/staff/{site.ids['Solveig']}/roles/{holding}/end", last_day="2025-03-02")

    assert seen.status == 422
    assert (await leader.get("/staff")).status == 200


async def test_a_holding_of_another_unit_cannot_be_ended(site: Site, leader: Browsing) -> None:
    holding = await site.desk.look(TEST, holding_of, site.ids["Liv"])

    seen = await leader.post(f"/staff/{site.ids['Per']}/roles/{holding}/end", last_day="2025-03-02")

    assert seen.status == 404
    other = await site.signed_in("liv.dahl")
    assert (await other.get("/staff")).status == 200


async def test_whoever_can_sign_in_is_active_although_a_new_link_lies_unused(site: Site, leader: Browsing) -> None:
    path = f"/staff/{site.ids['Per']}"
    await leader.post(f"{path}/invite", purpose="first")
    assert "pill-waiting" in (await leader.get(path)).text
    await site.signed_in("per.moen")
    await leader.get(path)

    await leader.post(f"{path}/invite", purpose="first")

    assert "pill-here" in (await leader.get(path)).text


async def test_whoever_also_works_elsewhere_is_not_invited_by_one_leader_alone(site: Site, leader: Browsing) -> None:
    await site.desk.work(TEST, hold, site.ids["Per"], site.ids["Livs role"])
    await leader.get(f"/staff/{site.ids['Per']}")

    seen = await leader.post(f"/staff/{site.ids['Per']}/invite", purpose="first")

    assert seen.status == 422
    assert "/welcome/" not in seen.text


async def test_a_new_role_serves_the_groups_it_was_given(site: Site, leader: Browsing) -> None:
    form: dict[str, Any] = {"unit": site.ids["Lia skole"], "kind": "contact_teacher", "title": "Kontaktlærer 7A"}

    await leader.post("/staff/roles", groups=site.ids["7A Lia skole"], **form)

    def served(look: Look) -> list[str]:
        rows = (
            sa.select(Group.id).join(RoleGroup, RoleGroup.group_id == Group.id).join(Role, Role.id == RoleGroup.role_id)
        )
        return list(look.session.scalars(rows.where(Role.title == "Kontaktlærer 7A")))

    assert await site.desk.look(TEST, served) == [site.ids["7A Lia skole"]]


async def test_a_new_role_does_not_reach_into_another_unit(site: Site, leader: Browsing) -> None:
    form: dict[str, Any] = {"unit": site.ids["Lia skole"], "kind": "contact_teacher", "title": "Kontaktlærer"}

    assert (await leader.post("/staff/roles", groups=site.ids["7A Naust skole"], **form)).status == 404
    await leader.get("/staff")
    assert (await leader.post("/staff/roles", **(form | {"unit": site.ids["Naust skole"]}))).status == 404


@pytest.mark.parametrize("act", ["add", "roles", "{Per}/roles", "{Per}/invite"])
async def test_changing_rights_asks_for_fresh_proof(
    site: Site, leader: Browsing, clock: StoppedClock, act: str
) -> None:
    clock.move(FRESH_FOR)

    seen = await leader.post(f"/staff/{act.format(**site.ids)}", purpose="first")

    assert seen.path.startswith("/sign-in/fresh")


async def test_the_link_is_shown_once(site: Site, leader: Browsing) -> None:
    await leader.get(f"/staff/{site.ids['Per']}")
    shown = await leader.post(f"/staff/{site.ids['Per']}/invite", purpose="first")
    assert "/welcome/" in shown.text

    for path in ("/staff", f"/staff/{site.ids['Per']}"):
        assert "/welcome/" not in (await leader.get(path)).text


def holding_of(look: Look, staff_id: str) -> str:
    return look.session.scalars(sa.select(RoleHolding.id).where(RoleHolding.staff_id == staff_id)).one()


def hold(work: Work, staff_id: str, role_id: str) -> None:
    owner_id = work.session.get_one(Role, role_id).owner_id
    work.session.add(
        RoleHolding(
            id=work.new_id(),
            owner_id=owner_id,
            role_id=role_id,
            staff_id=staff_id,
            from_day=work.now.date(),
            made_at=work.now,
        )
    )
