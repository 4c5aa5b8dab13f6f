"""Leading a unit makes nobody an administrator of its owner: not by a role, not by a link, not by standing in."""

from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa

from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.people.staff import Role, RoleGroup, RoleHolding, RoleKind
from hub.sign_in.invitations import Invitation
from tests.admin_web.school_day import SchoolDay, run_school_day
from tests.hub.sign_in.school import TEST

LEADER, ADMINISTRATOR, TEACHER = "Ingrid Solberg", "Tora Myklebust", "Kari Lunde"


@pytest.fixture
async def day(village_store_url: str, clock: StoppedClock) -> AsyncIterator[SchoolDay]:
    async with run_school_day(village_store_url, clock) as running:
        yield running


async def count_administrators(day: SchoolDay) -> int:
    def count(look: Look) -> int:
        held = sa.select(RoleHolding.id).join(Role, Role.id == RoleHolding.role_id)
        mine = held.where(Role.kind == RoleKind.ADMINISTRATOR, RoleHolding.owner_id == day.village.owner().id)
        return len(look.session.scalars(mine).all())

    return await day.site.desk.look(TEST, count)


async def count_links(day: SchoolDay) -> int:
    wanted = sa.select(sa.func.count()).select_from(Invitation)
    return await day.site.desk.look(TEST, lambda look: look.session.scalar(wanted) or 0)


async def make_leader_of_the_school(day: SchoolDay, name: str) -> None:
    def give(work: Work) -> None:
        work.session.add(
            RoleHolding(
                id=work.new_id(),
                owner_id=day.village.owner().id,
                role_id=day.village.role("principal").id,
                staff_id=day.village.staff(name).id,
                from_day=day.village.unit("school").today(work.now),
                made_at=work.now,
                stand_in=True,
            )
        )

    await day.site.desk.work(TEST, give)


async def test_groups_of_an_administrator_s_role_let_nobody_see_their_children(day: SchoolDay) -> None:
    def give_groups(work: Work) -> None:
        (role_id,) = work.session.scalars(
            sa.select(RoleHolding.role_id)
            .join(Role, Role.id == RoleHolding.role_id)
            .where(Role.kind == RoleKind.ADMINISTRATOR, RoleHolding.staff_id == day.village.staff(ADMINISTRATOR).id)
        )
        group_id, owner_id = day.village.group("7A").id, day.village.owner().id
        work.session.add(RoleGroup(role_id=role_id, group_id=group_id, owner_id=owner_id))

    await day.site.desk.work(TEST, give_groups)
    child = f"/children/{day.village.child('Kari Nordmann').id}"

    administrator, teacher = await day.as_(ADMINISTRATOR), await day.as_(TEACHER)

    assert (await administrator.get(child)).status == 404
    assert (await teacher.get(child)).status == 200


@pytest.mark.parametrize(("who", "more"), [(LEADER, 0), (ADMINISTRATOR, 1)])
async def test_only_an_administrator_gives_the_administrator_s_role(day: SchoolDay, who: str, more: int) -> None:
    if who == ADMINISTRATOR:
        await make_leader_of_the_school(day, who)
    before = await count_administrators(day)
    browser = await day.as_(who)
    seen = await browser.get("/staff")

    await browser.post(
        f"/staff/{day.village.staff(TEACHER).id}/roles",
        role=day.village.role("administrator").id,
        from_day="2025-03-03",
    )

    assert await count_administrators(day) - before == more
    assert ('value="administrator"' in seen.text) is bool(more)


async def test_a_leader_makes_no_seat_for_an_administrator(day: SchoolDay) -> None:
    leader = await day.as_(LEADER)
    await leader.get("/staff")
    school = day.village.unit("school").id

    refused = await leader.post("/staff/roles", unit=school, kind="administrator", title="Sjef for alt")
    made = await leader.post("/staff/roles", unit=school, kind="assistant", title="Assistent 7A")

    assert (refused.status, made.status) == (404, 200)


@pytest.mark.parametrize(("whom", "links"), [(ADMINISTRATOR, 0), (TEACHER, 1)])
async def test_a_leader_opens_no_way_into_an_administrator_s_account(day: SchoolDay, whom: str, links: int) -> None:
    before = await count_links(day)
    leader = await day.as_(LEADER)
    await leader.get("/staff")

    await leader.post(f"/staff/{day.village.staff(whom).id}/invite", purpose="first")

    assert await count_links(day) - before == links


async def test_an_administrator_s_role_alone_shows_no_child(day: SchoolDay) -> None:
    administrator = await day.as_(ADMINISTRATOR)

    board = await administrator.get(day.board())
    child = await administrator.get(f"/children/{day.village.child('Kari Nordmann').id}")

    assert "Nordmann" not in board.text
    assert child.status == 404


@pytest.mark.parametrize(("kind", "made"), [(RoleKind.ADMINISTRATOR, 0), (RoleKind.TEACHER, 1)])
async def test_a_role_of_an_administrator_is_made_with_no_group(day: SchoolDay, kind: RoleKind, made: int) -> None:
    await make_leader_of_the_school(day, ADMINISTRATOR)
    browser = await day.as_(ADMINISTRATOR)
    await browser.get("/staff")
    unit, group = day.village.unit("school").id, day.village.group("7A").id

    answer = await browser.post("/staff/roles", unit=unit, kind=kind.value, title="Ny rolle", groups=group)

    wanted = sa.select(sa.func.count()).select_from(Role).where(Role.title == "Ny rolle")
    assert await day.site.desk.look(TEST, lambda look: look.session.scalar(wanted)) == made
    assert ("En administrator har ingen grupper." in answer.text) is not bool(made)
