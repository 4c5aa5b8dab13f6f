"""What an administrator sends to all of the owner: each unit's own people see whom of their families it reached and did not,
and take nothing back."""

import re
from collections.abc import AsyncIterator
from html import unescape
from typing import Any

import pytest
import sqlalchemy as sa

from bots.broadcast import BroadcastBot
from hub.clock import StoppedClock
from hub.desk import Work
from hub.people.families import GuardianAddress
from hub.post.alarms import NEED_HELP, Alarm
from hub.post.broadcast_receivers import keep_answer
from hub.post.broadcasts import HOLD
from hub.talk.bot import share_out
from tests.admin_web.broadcast_day import deliver, send, wake
from tests.admin_web.school_day import SchoolDay, run_school_day
from tests.hub.sign_in.school import TEST
from tests.village import SAARELA

TEACHER, LEADER, OTHER_LEADER, ADMINISTRATOR = "Kari Lunde", "Ingrid Solberg", "Astrid Vik", "Tora Myklebust"
CARER = "Solveig Aas"
CLOSED: dict[str, Any] = {"everyone": "owner", "language": "nb", "text_nb": "Fredag er alle enheter stengt."}
STORM: dict[str, Any] = {
    "whole": "owner",
    "kind": "emergency",
    "language": "nb",
    "text_nb": "Uvær. Bli inne til vi sier fra.",
}


@pytest.fixture
async def day(village_store_url: str, clock: StoppedClock) -> AsyncIterator[SchoolDay]:
    async with run_school_day(village_store_url, clock) as day:
        day.move_to(10, 0)
        yield day


async def test_a_units_leader_sees_whom_of_its_families_it_did_not_reach(day: SchoolDay) -> None:
    page = (await send(await day.as_(ADMINISTRATOR), CLOSED)).path
    leader = await day.as_(LEADER)
    held = await leader.get(page)
    day.clock.move(HOLD)
    await wake(day)
    await deliver(day)

    seen = await leader.get(page)
    text = unescape(seen.text)
    whole = unescape((await (await day.as_(ADMINISTRATOR)).get(page)).text)

    assert held.status == 404
    assert "Den gikk til alle enhetene. Her ser du familiene ved Fjordvik skole" in text
    assert "Torleif Tveit" in text.partition("Å ringe")[2]
    assert "Torleif Tveit" not in whole
    (reached, here), (_, everywhere) = (_figures(each) for each in (text, whole))
    assert 0 < reached < here < everywhere
    assert page in (await leader.get("/broadcasts")).text


async def test_they_take_nothing_back_and_send_nothing_in_its_place(day: SchoolDay) -> None:
    page = (await send(await day.as_(ADMINISTRATOR), CLOSED)).path
    day.clock.move(HOLD)
    await wake(day)
    leader = await day.as_(LEADER)

    seen = await leader.get(page)

    assert f"{page}/recall" not in seen.text
    assert "corrects=" not in seen.text
    assert (await leader.post(f"{page}/recall")).status == 404
    assert (await leader.post(f"{page}/now")).status == 404


@pytest.mark.parametrize(("name", "owner"), [(TEACHER, "fjordvik"), ("Jari Laine", SAARELA)])
async def test_nobody_sees_it_who_serves_no_whole_unit_there(day: SchoolDay, name: str, owner: str) -> None:
    page = (await send(await day.as_(ADMINISTRATOR), CLOSED)).path
    day.clock.move(HOLD)
    await wake(day)

    stranger = await day.as_(name, owner)

    assert (await stranger.get(page)).status == 404
    assert page not in (await stranger.get("/broadcasts")).text


async def test_an_emergency_of_the_owner_opens_for_each_units_leader_who_rings_their_own(day: SchoolDay) -> None:
    administrator = await day.as_(ADMINISTRATOR)
    await administrator.get("/alarms/new")
    raised = await administrator.post("/alarms/raise", **STORM, meant="yes")
    assert raised.status == 200, unescape(raised.text)
    bot, desk = BroadcastBot(), day.site.desk
    while due := await desk.look(TEST, bot.list_due):
        for part in share_out(bot, due):
            await desk.work_in_round(TEST, bot.prompt_due, part)
    id_ = await desk.look(TEST, lambda look: look.session.scalars(sa.select(Alarm.broadcast_id)).one())
    await desk.work(TEST, keep_answer, id_, [day.village.guardian("Anne Nordmann").id], NEED_HELP)

    leader, other = await day.as_(LEADER), await day.as_(OTHER_LEADER)
    morning = await leader.get(f"/morning/{day.village.unit('school').id}")
    seen, elsewhere = await leader.get(f"/alarms/{id_}"), await other.get(f"/alarms/{id_}")
    rung = re.findall(r'action="(/alarms/[^"]+/rung/[^"]+)"', seen.text)
    refused = await other.post(rung[0], how="reached")
    done = await leader.post(rung[0], how="reached")

    assert f"/alarms/{id_}" in morning.text
    assert "Anne Nordmann" in seen.text
    assert "Anne Nordmann" not in elsewhere.text
    assert (elsewhere.status, refused.status, done.status) == (200, 404, 200)
    assert f"/alarms/{id_}/end" not in seen.text
    assert (await leader.post(f"/alarms/{id_}/end", text="Over.")).status == 404


async def test_a_family_with_children_at_two_units_is_in_the_figures_of_both_and_hidden_from_a_third(
    day: SchoolDay,
) -> None:
    berit = day.village.guardian("Berit Ness").id

    def lose_ways(work: Work) -> None:
        work.session.execute(sa.delete(GuardianAddress).where(GuardianAddress.guardian_id == berit))

    await day.site.desk.work(TEST, lose_ways)
    page = (await send(await day.as_(ADMINISTRATOR), CLOSED)).path
    day.clock.move(HOLD)
    await wake(day)

    to_ring = {
        who: unescape((await (await day.as_(who)).get(page)).text).partition("Å ringe")[2]
        for who in (LEADER, OTHER_LEADER, CARER)
    }

    assert 'Berit Ness</a> <span class="aside">Amalie' in to_ring[LEADER]
    assert 'Berit Ness</a> <span class="aside">Sander' in to_ring[OTHER_LEADER]
    assert "Berit Ness" not in to_ring[CARER]


async def test_whoever_needs_help_stands_before_the_leaders_of_all_units_where_their_children_are(
    day: SchoolDay,
) -> None:
    administrator = await day.as_(ADMINISTRATOR)
    await administrator.get("/alarms/new")
    await administrator.post("/alarms/raise", **STORM, meant="yes")
    await wake(day)
    desk = day.site.desk
    id_ = await desk.look(TEST, lambda look: look.session.scalars(sa.select(Alarm.broadcast_id)).one())
    await desk.work(TEST, keep_answer, id_, [day.village.guardian("Berit Ness").id], NEED_HELP)

    for who, unit, child in ((LEADER, "school", "Amalie"), (OTHER_LEADER, "preschool", "Sander")):
        leader = await day.as_(who)
        seen = await leader.get(f"/alarms/{id_}")
        morning = await leader.get(f"/morning/{day.village.unit(unit).id}")
        assert "Berit Ness" in seen.text
        assert child in seen.text.partition("Berit Ness")[2].partition("</article>")[0]
        assert "Berit Ness" in morning.text.partition("Trenger hjelp nå")[2]


def _figures(page: str) -> tuple[int, int]:
    found = re.search(r"<h1>Nådde (\d+) av (\d+)</h1>", page)
    assert found is not None, page
    return int(found[1]), int(found[2])
