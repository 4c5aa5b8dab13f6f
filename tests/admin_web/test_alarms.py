"""*Emergency*, asked over HTTP as browsers do: raised in two steps, followed, answered for and ended."""

import re
from collections.abc import AsyncIterator
from html import unescape
from typing import Any

import pytest
import sqlalchemy as sa

from bots.broadcast import BroadcastBot
from hub.clock import StoppedClock
from hub.desk import Work
from hub.post.alarms import CHILD_MISSING, NEED_HELP, SAFE, Alarm
from hub.post.broadcast_receivers import keep_answer
from hub.post.deliveries import Delivery
from hub.post.messages import Lane
from hub.talk.bot import share_out
from tests.admin_web.school_day import SchoolDay, run_school_day
from tests.admin_web.staff_site import Browsing, Seen
from tests.hub.sign_in.school import TEST

LEADER, TEACHER, OFFICE, ASSISTANT = "Ingrid Solberg", "Kari Lunde", "Per Haugen", "Sindre Moen"
FIRE = "Brann i gymsalen. Alle barna er ute."


@pytest.fixture
async def day(village_store_url: str, clock: StoppedClock) -> AsyncIterator[SchoolDay]:
    async with run_school_day(village_store_url, clock) as day:
        day.move_to(10, 0)
        yield day


def form(day: SchoolDay, **more: Any) -> dict[str, Any]:
    return {"unit": day.village.unit("school").id, "whole": "unit", "language": "nb", "text_nb": FIRE, **more}


async def raise_alarm(browser: Browsing, day: SchoolDay, **more: Any) -> Seen:
    await browser.get("/alarms/new")
    return await browser.post("/alarms/raise", **form(day, **more), meant="yes")


async def wake(day: SchoolDay) -> None:
    bot, desk = BroadcastBot(), day.site.desk
    while due := await desk.look(TEST, bot.list_due):
        for part in share_out(bot, due):
            await desk.work_in_round(TEST, bot.prompt_due, part)


async def find_all(day: SchoolDay, table: type[Any]) -> list[Any]:
    return await day.site.desk.look(TEST, lambda look: list(look.session.scalars(sa.select(table).order_by(table.id))))


async def answer(day: SchoolDay, broadcast_id: str, guardian: str, choice: int) -> None:
    id_ = day.village.guardian(guardian).id
    await day.site.desk.work(TEST, keep_answer, broadcast_id, [id_], choice)


async def test_a_leader_sees_whom_it_reaches_and_how_long_it_takes_before_it_goes(day: SchoolDay) -> None:
    leader = await day.as_(LEADER)
    await leader.get("/alarms/new")

    seen = await leader.post("/alarms/look", **form(day))

    text = unescape(seen.text)
    assert re.search(r"Når \d+ foresatte på ca\. \d+ sekunder", text)
    assert (
        "NØD Fjordvik skole: Brann i gymsalen. Alle barna er ute. Svar 1 jeg er trygg eller 2 jeg trenger hjelp."
        in text
    )
    assert not await find_all(day, Alarm)


async def test_it_takes_two_steps_and_then_goes_at_once(day: SchoolDay) -> None:
    leader = await day.as_(LEADER)
    await leader.get("/alarms/new")

    slipped = await leader.post("/alarms/raise", **form(day))
    none_yet = await find_all(day, Alarm)
    sent = await leader.post("/alarms/raise", **form(day), meant="yes")
    again = await leader.post("/alarms/raise", **form(day), meant="yes")
    await wake(day)

    assert slipped.status == 422
    assert none_yet == []
    assert len(await find_all(day, Alarm)) == 1
    assert sent.path == again.path
    deliveries = await find_all(day, Delivery)
    assert deliveries
    assert {d.lane for d in deliveries} == {Lane.EMERGENCY}


async def test_a_second_leader_is_shown_the_first_ones_and_may_send_beside_it(day: SchoolDay) -> None:
    leader, other = await day.as_(LEADER), await day.as_(LEADER)
    await raise_alarm(leader, day)

    refused = await raise_alarm(other, day, text_nb="Det brenner i gymsalen!")
    seen = re.findall(r'name="seen" value="([0-9a-z]+)"', refused.text)
    beside = await other.post("/alarms/raise", **form(day, text_nb="Det brenner!"), meant="yes", seen=seen[0])

    assert refused.status == 422
    assert "Ingrid Solberg sendte en nødmelding til noen av de samme kl. 10.00." in unescape(refused.text)
    assert beside.status == 200
    assert len(await find_all(day, Alarm)) == 2


@pytest.mark.parametrize(
    ("who", "kind", "works"),
    [
        (TEACHER, "emergency", False),
        (OFFICE, "emergency", False),
        (OFFICE, "urgent", True),
        (LEADER, "urgent", True),
        (ASSISTANT, "urgent", False),
    ],
)
async def test_only_leaders_raise_an_emergency_and_only_senders_an_urgent_notice(
    day: SchoolDay, who: str, kind: str, works: bool
) -> None:
    browser = await day.as_(who)

    await raise_alarm(browser, day, kind=kind)

    assert len(await find_all(day, Alarm)) == works


async def test_answers_are_counted_and_who_needs_help_is_rung_and_stands_on_top_of_morning(day: SchoolDay) -> None:
    leader = await day.as_(LEADER)
    sent = await raise_alarm(leader, day)
    await wake(day)
    id_ = (await find_all(day, Alarm))[0].broadcast_id
    await answer(day, id_, "Anne Nordmann", NEED_HELP)
    await answer(day, id_, "Ola Nordmann", SAFE)

    seen = await leader.get(f"/alarms/{id_}")
    morning = await leader.get(f"/morning/{day.village.unit('school').id}")
    rung = re.findall(r'action="(/alarms/[^"]+/rung/[^"]+)"', seen.text)
    await leader.post(rung[0], how="reached")
    twice = await leader.post(rung[0], how="reached")
    after = await leader.get(f"/alarms/{id_}")
    calm = await leader.get(f"/morning/{day.village.unit('school').id}")

    assert sent.status == 200
    assert re.search(r"1 trenger hjelp, 1 av \d+ er trygge", unescape(seen.text))
    assert seen.text.index("Anne Nordmann") < seen.text.index("Nådd på telefon")
    assert "tel:+47" in seen.text
    assert "Trenger hjelp nå" in morning.text
    assert len(re.findall("/rung/", after.text)) == len(rung) - 1
    assert twice.status == 200
    assert len(await day.audited("alarm.called", LEADER)) == 1
    assert "Trenger hjelp nå" not in calm.text


@pytest.mark.parametrize("more", [{}, {"drill": "yes"}])
async def test_whose_child_is_missing_stands_first_on_the_alarm_and_on_morning_in_a_drill_too(
    day: SchoolDay, more: dict[str, Any]
) -> None:
    leader = await day.as_(LEADER)
    await raise_alarm(leader, day, **more)
    await wake(day)
    id_ = (await find_all(day, Alarm))[0].broadcast_id
    await answer(day, id_, "Anne Nordmann", NEED_HELP)
    await answer(day, id_, "Ola Nordmann", CHILD_MISSING)

    seen = await leader.get(f"/alarms/{id_}")
    morning = await leader.get(f"/morning/{day.village.unit('school').id}")
    first = re.findall(r'action="(/alarms/[^"]+/rung/[^"]+)"', seen.text)[0]
    await leader.post(first, how="reached")
    calm = await leader.get(f"/morning/{day.village.unit('school').id}")

    assert "2 trenger hjelp, 0 av" in unescape(seen.text)
    assert seen.text.index("Savner et barn.") < seen.text.index("Trenger hjelp.")
    assert seen.text.index("Ola Nordmann") < seen.text.index("Anne Nordmann")
    assert morning.text.index("Savner et barn.") < morning.text.index('id="missing"')
    assert "Savner et barn." not in calm.text


async def test_a_drill_is_marked_counted_and_stands_on_no_morning(day: SchoolDay) -> None:
    leader = await day.as_(LEADER)
    await raise_alarm(leader, day, drill="yes")
    await wake(day)
    id_ = (await find_all(day, Alarm))[0].broadcast_id
    await answer(day, id_, "Anne Nordmann", NEED_HELP)

    seen = await leader.get(f"/alarms/{id_}")
    morning = await leader.get(f"/morning/{day.village.unit('school').id}")

    assert "Dette er en øvelse." in seen.text
    assert "Øvelse: ingen trenger å ringe." in unescape(seen.text)
    assert "Anne Nordmann" in seen.text
    assert re.search(r"1 trenger hjelp, 0 av", unescape(seen.text))
    assert "Trenger hjelp nå" not in morning.text
    told = [d for d in await find_all(day, Delivery) if "Brann" in d.text]
    assert told
    assert all(d.text.split()[0] in ("ØVELSE", "ØVING", "ÖVNING", "HARJOITUS", "DRILL") for d in told)
    assert {(d.lane, d.climbs_at) for d in told} == {(Lane.BULK, None)}


async def test_it_is_ended_once_with_a_closing_word_to_all_who_got_it(day: SchoolDay) -> None:
    leader = await day.as_(LEADER)
    await raise_alarm(leader, day)
    await wake(day)
    id_ = (await find_all(day, Alarm))[0].broadcast_id

    def go(work: Work) -> int:
        for delivery in work.session.scalars(sa.select(Delivery)):
            delivery.status, delivery.rank = "sent", 5
        return 0

    await day.site.desk.work(TEST, go)

    silent = await leader.post(f"/alarms/{id_}/end", text=" ")
    await leader.post(f"/alarms/{id_}/end", text="Alle er inne igjen.")
    await leader.post(f"/alarms/{id_}/end", text="Alle er inne igjen.")
    await wake(day)
    seen = await leader.get(f"/alarms/{id_}")

    assert silent.status == 422
    assert "Over kl. 10.00" in seen.text
    assert len(await find_all(day, Alarm)) == 2
    told = [d.text for d in await find_all(day, Delivery) if "inne igjen" in d.text]
    assert "Faren er over. Fjordvik skole: Alle er inne igjen." in told


@pytest.mark.parametrize("drill", ["", "yes"])
async def test_whoever_ends_it_without_a_fresh_code_reads_so_on_top_with_the_name_of_the_button(
    day: SchoolDay, drill: str
) -> None:
    await raise_alarm(await day.as_(LEADER), day, drill=drill)
    id_ = (await find_all(day, Alarm))[0].broadcast_id
    stale = await day.as_(LEADER, fresh=False)
    await stale.get(f"/alarms/{id_}")

    seen = await stale.post(f"/alarms/{id_}/end", text="Alle er inne igjen.")

    text = unescape(seen.text)
    assert seen.status == 422
    assert "trykk «Si fra at det er over» her" in text
    assert text.index("Ikke avsluttet ennå") < text.index("<h1")
    assert "Alle er inne igjen." in text
    assert [alarm.over_at for alarm in await find_all(day, Alarm)] == [None]


async def test_nobody_else_sees_raises_rings_or_ends_it(day: SchoolDay) -> None:
    await raise_alarm(await day.as_(LEADER), day)
    await wake(day)
    id_ = (await find_all(day, Alarm))[0].broadcast_id
    assistant, office = await day.as_(ASSISTANT), await day.as_(OFFICE)
    await assistant.get("/broadcasts")
    await office.get("/broadcasts")

    assert (await assistant.get(f"/alarms/{id_}")).status == 404
    assert (await office.get(f"/alarms/{id_}")).status == 200
    assert (await office.post(f"/alarms/{id_}/end", text="Over.")).status == 404
    assert [alarm.over_at for alarm in await find_all(day, Alarm)] == [None]


async def test_an_emergency_is_taken_back_only_by_whoever_may_end_it_and_those_it_reached_are_not_forgotten(
    day: SchoolDay,
) -> None:
    groups = day.village.group("7A").id
    await raise_alarm(await day.as_(LEADER), day, whole="", groups=groups)
    await wake(day)
    id_ = (await find_all(day, Alarm))[0].broadcast_id
    await answer(day, id_, "Anne Nordmann", NEED_HELP)
    leader, teacher, office = await day.as_(LEADER), await day.as_(TEACHER), await day.as_(OFFICE)

    buttons = {f"/broadcasts/{id_}/recall" in (await one.get(f"/broadcasts/{id_}")).text for one in (teacher, office)}
    refused = {(await one.post(f"/broadcasts/{id_}/recall")).status for one in (teacher, office)}
    await leader.get(f"/broadcasts/{id_}")
    taken = await leader.post(f"/broadcasts/{id_}/recall")
    morning = await leader.get(f"/morning/{day.village.unit('school').id}")

    assert (buttons, refused, taken.status) == ({False}, {404}, 200)
    assert "Trenger hjelp nå" in morning.text
    assert f"{id_}/end" in (await leader.get(f"/alarms/{id_}")).text


@pytest.mark.parametrize("kind", ["emergency", "urgent"])
async def test_a_button_that_is_pressed_twice_raises_it_once(day: SchoolDay, kind: str) -> None:
    leader = await day.as_(LEADER)

    first = await raise_alarm(leader, day, kind=kind)
    second = await raise_alarm(leader, day, kind=kind)
    other = await raise_alarm(leader, day, kind="urgent", text_nb="Ta med varme klær.")

    assert first.path == second.path != other.path
    assert [alarm.kind for alarm in await find_all(day, Alarm)] == [kind, "urgent"]
