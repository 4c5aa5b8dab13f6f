"""Three hubs on one store, killed in the middle of an emergency and of families' texts, while the broker is emptied: all are
told, each text is answered, and nothing is sent twice without its mark. Source: security rules S9.2, S9.3 and S9.8.
"""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from datetime import time, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa

from hub.desk import Look, Work
from hub.people.families import Guardian
from hub.post.alarms import AlarmKind
from hub.post.arrivals import ArrivalState
from hub.post.broadcast_receivers import BroadcastReceiver
from hub.post.broadcast_rights import get_place
from hub.post.broadcasts import Broadcast, BroadcastState, Scope, Written, keep_broadcast
from hub.post.deliveries import Delivery, Status
from hub.post.messages import Lane, Message
from hub.post.nodes import Node
from hub.post.prepared_texts import PreparedText
from hub.post.reach_wishes import set_quiet
from hub.safety.audit import Fault, verify
from hub.talk.alarm_raising import begin_alarm
from tests.conftest import copy_of
from tests.faults.running_hub import RunningHub
from tests.faults.several_hubs import SeveralHubs, several_hubs
from tests.faults.test_killed import Load, list_arrivals, list_deliveries, list_stories, settle, wait
from tests.hub.post.spoken import as_staff
from tests.living_hub import OPERATOR
from tests.patience import PATIENCE
from tests.rehearsal.manners import Manners

HELD = timedelta(seconds=8)
FIRE = Written({"nb": "Brann i gymsalen. Alle barna er ute på plassen."}, "nb")


@pytest.fixture
async def several(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[SeveralHubs]:
    template: str = request.getfixturevalue("postgresql_village")
    with copy_of(template, tmp_path, request) as url:
        async with several_hubs(tmp_path, url, Manners(answer_seconds=0.05)) as hubs:
            yield hubs


def raise_it(work: Work, unit_id: str) -> None:
    begin_alarm(work, get_place(work, Scope.UNIT, unit_id), FIRE, AlarmKind.EMERGENCY, is_drill=False)


def list_nodes(look: Look) -> list[str]:
    return list(look.session.scalars(sa.select(Node.name)))


def list_faults(look: Look, anchors: Sequence[Path]) -> list[Fault]:
    return list(verify(look, *anchors))


def list_holders(look: Look) -> list[str | None]:
    """The hubs that are sending something of the emergency now."""
    sending = sa.select(Delivery.held_by).join(Message).where(Message.lane == Lane.EMERGENCY)
    return list(look.session.scalars(sending.where(Delivery.status == Status.CLAIMED)))


async def who_sends(several: SeveralHubs) -> RunningHub:
    """The hub that has something of the emergency in hand, as soon as one has."""
    async with asyncio.timeout(PATIENCE):
        while not (holders := await several.desk.look(OPERATOR, list_holders)):
            await asyncio.sleep(0.005)
    (holder,) = [hub for hub in several.hubs if hub.process and f".{hub.process.pid}." in str(holders[0])]
    return holder


async def number_of_nodes(several: SeveralHubs, number: int) -> None:
    """Return when so many hubs are taken for living."""
    async with asyncio.timeout(PATIENCE):
        while len(await several.desk.look(OPERATOR, list_nodes)) != number:
            await asyncio.sleep(0.1)


def assert_nothing_doubled(several: SeveralHubs, deliveries: Sequence[Delivery]) -> None:
    """Each was handed over once, and once more for each time that this is noted."""
    sent = Counter(
        parse_qs(urlsplit(text.status_callback).query)["m"][0]
        for text in several.provider.texts
        if text.status_callback
    )
    for delivery in deliveries:
        marks = delivery.marks or []
        assert sent[delivery.id] <= 1 + marks.count("repeated"), marks


def list_told(look: Look) -> tuple[set[str], Counter[str]]:
    """Whom the alarm is for, and how many messages of it each has."""
    meant = set(look.session.scalars(sa.select(BroadcastReceiver.guardian_id)))
    rows = look.session.execute(
        sa.select(Delivery.guardian_id).join(Message).where(Message.lane == Lane.EMERGENCY, Delivery.kind == "sms")
    )
    return meant, Counter(str(guardian) for (guardian,) in rows)


@pytest.mark.parametrize("kills", [3, pytest.param(40, marks=[pytest.mark.sweep])], ids=["short form", "whole"])
async def test_hubs_killed_and_a_broker_emptied_in_the_middle_lose_nothing_and_double_nothing(
    several: SeveralHubs, kills: int
) -> None:
    chance = random.Random(kills)
    await several.start()
    load = Load(several.hubs[0], chance, texts_a_kill=12)
    leader = as_staff(several.village.staff("Ingrid Solberg"))

    for number in range(kills):
        if number == 0:
            await several.desk.work(leader, raise_it, several.village.unit("school").id)
        texting = asyncio.create_task(load.run())
        if number == 0:
            hub = await who_sends(several)
        else:
            await wait(chance.uniform(0.05, 1.0))
            hub = several.hubs[number % len(several.hubs)]
        await hub.kill()
        if number % 2 == 0:
            await several.broker.kill()
            several.broker.wipe()
            await several.broker.start()
        await texting
        await hub.start()
        await hub.ready()
    await load.run()
    await settle(several.hubs[0])
    await several.provider.at_rest()
    await number_of_nodes(several, len(several.hubs))
    codes = [await hub.stop() for hub in several.hubs]

    arrivals = {arrival.provider_id: arrival for arrival in await several.desk.look(OPERATOR, list_arrivals)}
    stories = await several.desk.look(OPERATOR, list_stories)
    deliveries = await several.desk.look(OPERATOR, list_deliveries)
    meant, told = await several.desk.look(OPERATOR, list_told)
    assert codes == [0, 0, 0]
    assert load.accepted
    for sid in load.accepted:
        assert arrivals[sid].state == ArrivalState.FILED
        assert {"answered", "to_staff"} & set(stories[arrivals[sid].message_id or ""])
    assert len(told) >= 20, "a school's families"
    assert set(told.values()) == {1}, "one message for each, whoever posted it"
    assert told.keys() <= meant
    assert_nothing_doubled(several, deliveries)
    for delivery in deliveries:
        ended = (Status.DELIVERED, Status.SENT, Status.QUEUED, Status.PARKED, Status.FAILED)
        assert delivery.status in ended, delivery.marks
    assert sum(delivery.status == Status.DELIVERED for delivery in deliveries) >= 0.9 * len(deliveries)
    assert await several.desk.look(OPERATOR, list_nodes) == [], "each left in order"
    anchors = [hub.folder / "data/anchors.jsonl" for hub in several.hubs]
    assert await several.desk.look(OPERATOR, list_faults, anchors) == []


def wake_all(work: Work) -> None:
    """Nobody wants quiet hours: the test may run in the evening."""
    for guardian in work.session.scalars(sa.select(Guardian)).all():
        set_quiet(work, guardian, (time(), time()), guardian.id)


def hold_it(work: Work, unit_id: str) -> str:
    place = get_place(work, Scope.UNIT, unit_id)
    return keep_broadcast(work, place, Written({"nb": "Turen er flyttet til fredag."}, "nb"), work.now + HELD).id


def list_written(look: Look, broadcast_id: str) -> tuple[BroadcastState, set[str], Counter[str]]:
    """How far a broadcast is, whom it is for, and how many texts of it each has."""
    broadcast = look.session.get_one(Broadcast, broadcast_id)
    meant = set(
        look.session.scalars(
            sa.select(BroadcastReceiver.guardian_id).where(BroadcastReceiver.broadcast_id == broadcast_id)
        )
    )
    of_it = sa.select(BroadcastReceiver.message_id).where(BroadcastReceiver.broadcast_id == broadcast_id)
    rows = look.session.scalars(
        sa.select(Delivery.guardian_id).where(Delivery.message_id.in_(of_it), Delivery.kind == "sms")
    )
    return BroadcastState(broadcast.state), meant, Counter(str(guardian) for guardian in rows)


def count_prepared(look: Look) -> int:
    return look.session.scalar(sa.select(sa.func.count()).select_from(PreparedText)) or 0


async def until_some_is_prepared(several: SeveralHubs) -> None:
    async with asyncio.timeout(PATIENCE):
        while not await several.desk.look(OPERATOR, count_prepared):
            await asyncio.sleep(0.002)


@pytest.mark.parametrize("times", [1, pytest.param(12, marks=[pytest.mark.sweep])], ids=["short form", "whole"])
async def test_hubs_killed_while_they_work_out_a_held_broadcast_tell_each_family_once(
    several: SeveralHubs, times: int
) -> None:
    chance = random.Random(times)
    await several.start()
    leader = as_staff(several.village.staff("Ingrid Solberg"))
    await several.desk.work(leader, wake_all)
    held = []
    for _ in range(times):
        held.append(await several.desk.work(leader, hold_it, several.village.unit("school").id))
        await until_some_is_prepared(several)
        await wait(chance.uniform(0.0, 0.05))
        await asyncio.gather(*(hub.kill() for hub in several.hubs[:2]))
        await several.hubs[0].start()
        await several.hubs[1].start()
        await several.hubs[0].ready()
        await until_gone(several, held[-1])
    await settle(several.hubs[0])
    await several.provider.at_rest()

    for broadcast_id in held:
        _, meant, told = await several.desk.look(OPERATOR, list_written, broadcast_id)
        assert len(meant) >= 20, "a school's families"
        assert told.keys() <= meant
        assert len(told) >= 20
        assert set(told.values()) == {1}
    assert_nothing_doubled(several, await several.desk.look(OPERATOR, list_deliveries))


async def until_gone(several: SeveralHubs, broadcast_id: str) -> None:
    """Until all of it is written."""
    async with asyncio.timeout(PATIENCE):
        while (await several.desk.look(OPERATOR, list_written, broadcast_id))[0] is not BroadcastState.SENT:
            await asyncio.sleep(0.05)


async def test_a_text_is_answered_while_all_hubs_but_one_are_down_and_there_is_no_broker(several: SeveralHubs) -> None:
    await several.start()
    for hub in several.hubs[1:]:
        await hub.kill()
    await several.broker.kill()
    phone = several.provider.phone(several.village.phone("Anne Nordmann"))

    assert await phone.text(several.village.number("contact teacher 7A").value, "hjelp") == 200

    assert (await phone.next_text()).body
    assert await several.hubs[0].stop() == 0


async def test_a_hub_that_stood_still_for_longer_than_the_others_wait_for_it_doubles_nothing(
    several: SeveralHubs,
) -> None:
    """As a machine that is short of memory does: it goes on as if nothing had been, in the middle of what it was doing."""
    await several.start()
    leader = as_staff(several.village.staff("Ingrid Solberg"))
    await several.desk.work(leader, raise_it, several.village.unit("school").id)
    hub = await who_sends(several)
    hub.stand_still()
    try:
        await number_of_nodes(several, len(several.hubs) - 1)
        await settle(hub)
    finally:
        hub.go_on()
    await number_of_nodes(several, len(several.hubs))
    await several.provider.at_rest()

    meant, told = await several.desk.look(OPERATOR, list_told)
    assert len(told) >= 20, "a school's families"
    assert told.keys() <= meant
    assert set(told.values()) == {1}
    assert_nothing_doubled(several, await several.desk.look(OPERATOR, list_deliveries))
    assert [await hub.stop() for hub in several.hubs] == [0, 0, 0]
