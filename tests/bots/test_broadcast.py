"""A broadcast from its hold to the last family: each is told once, by rights as they are when it goes."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bots.broadcast import BroadcastBot
from hub.address import APP, MAIL, SMS
from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.doorbell import LocalDoorbell
from hub.people.families import Guardian, GuardianAddress
from hub.people.staff import RoleHolding
from hub.post.broadcast_audience import Member, list_members
from hub.post.broadcast_picture import End, draw_line
from hub.post.broadcast_recalls import TooLateToRecallError, recall
from hub.post.broadcast_receivers import BroadcastReceiver
from hub.post.broadcast_rights import get_broadcast
from hub.post.broadcasts import (
    HOLD,
    Broadcast,
    BroadcastState,
    Place,
    Scope,
    Written,
    keep_broadcast,
    send_now,
)
from hub.post.channel import Receipt
from hub.post.claims import claim
from hub.post.climbing import climb_on, list_climbing
from hub.post.deliveries import RANK, Delivery, Status
from hub.post.due import Room
from hub.post.messages import Lane
from hub.post.outcomes import Handed, settle
from hub.post.running_kinds import keep_kinds
from hub.talk.broadcast_writing import Order, send
from tests.blocks import block
from tests.bots.broadcast_school import (
    ADMINISTRATOR,
    CAPS,
    LEADER,
    OFFICE,
    PRICES,
    SKI,
    TEACHER,
    TEN,
    School,
)
from tests.hub.post.spoken import TEST, as_staff
from tests.village import Village


@pytest.fixture(autouse=True)
def at_ten(clock: StoppedClock) -> None:
    clock.move(TEN)


@pytest.fixture
def school(village: Village, clock: StoppedClock) -> School:
    return School(village, clock)


async def test_every_guardian_of_a_class_is_told_once_and_in_bulk(school: School) -> None:
    id_ = await school.send()

    while await school.wake():
        pass

    texts = await school.texts()
    phones = [phone for phone, _ in texts]
    assert await school.state(id_) == BroadcastState.SENT
    assert len(phones) == len(set(phones)) > 1
    assert (
        school.village.phone("Anne Nordmann"),
        "Kari Lunde, Kontaktlærer 7A: Torsdag går Kari og resten av 7A på ski. Du trenger ikke svare.",
    ) in texts
    lanes = await school.village.desk.look(TEST, lambda look: set(look.session.scalars(sa.select(Delivery.lane))))
    assert lanes == {Lane.BULK}


async def test_nothing_leaves_while_it_is_held_and_sending_now_ends_the_hold(school: School) -> None:
    teacher = as_staff(school.village.staff(TEACHER))
    shown = await school.compose()
    order = Order(SKI, shown.key)
    id_ = await school.village.desk.work(teacher, lambda work: send(work, school.place(work), order, PRICES).id)

    school.clock.move(HOLD - timedelta(seconds=1))
    assert await school.prepare() == 1
    assert await school.texts() == []
    await school.village.desk.work(teacher, lambda work: send_now(work, get_broadcast(work, id_)))

    assert await school.wake() == 1
    assert await school.texts()


async def test_what_is_recalled_in_the_hold_never_leaves(school: School) -> None:
    id_ = await school.send()

    await school.village.desk.work(TEST, lambda work: recall(work, work.session.get_one(Broadcast, id_)))

    assert await school.wake() == 0
    assert await school.texts() == []
    with pytest.raises(TooLateToRecallError):
        await school.village.desk.work(TEST, lambda work: recall(work, work.session.get_one(Broadcast, id_)))


@pytest.mark.parametrize("at_once", [1, 300])
async def test_what_is_recalled_on_its_way_stops_and_a_correction_reaches_those_it_had_reached(
    school: School, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    teacher = as_staff(school.village.staff(TEACHER))
    id_ = await school.send()
    await school.wake()
    await school.village.desk.work(TEST, claim, Room(1, caps=CAPS))

    await school.village.desk.work(teacher, lambda work: recall(work, get_broadcast(work, id_)))

    def correct(work: Work) -> str:
        place = replace(school.place(work), corrects_id=id_)
        return keep_broadcast(work, place, Written({"nb": "Vi går på ski fredag."}, "nb"), work.now).id

    before = await school.texts()
    monkeypatch.setattr("bots.broadcast.GATHERED_AT_ONCE", at_once)
    correction = await school.village.desk.work(teacher, correct)
    while await school.wake():
        pass
    after = (await school.texts())[len(before) :]
    assert {status for _, status in await statuses(school)} >= {Status.UNDONE, Status.CLAIMED}
    assert len(after) == 1
    assert "fredag" in after[0][1]
    assert (await school.progress(correction)).total == 1


@pytest.mark.parametrize(("is_recalled", "kinds"), [(True, {SMS}), (False, {SMS, MAIL})])
async def test_what_was_recalled_goes_on_by_no_further_way_the_next_day(
    school: School, is_recalled: bool, kinds: set[str]
) -> None:
    await school.village.desk.work(TEST, give_mail, school.village.guardian("Anne Nordmann"))
    id_ = await school.send()
    while await school.wake():
        pass
    found = await school.village.desk.work(TEST, claim, Room(200, caps=CAPS))
    handed = [Handed(one.envelope.delivery_id, Receipt(one.envelope.delivery_id, "sent", 2)) for one in found.claimed]
    await school.village.desk.work(TEST, settle, handed)
    if is_recalled:
        await school.village.desk.work(TEST, lambda work: recall(work, work.session.get_one(Broadcast, id_)))

    school.clock.move(timedelta(days=1, hours=1))
    await school.village.desk.work(TEST, lambda work: climb_on(work, list_climbing(work)))

    ways = await school.village.desk.look(TEST, lambda look: set(look.session.scalars(sa.select(Delivery.kind))))
    assert ways == kinds


def give_mail(work: Work, guardian: Guardian) -> None:
    keep_kinds(work, {SMS, MAIL})
    work.session.add(
        GuardianAddress(
            id=work.new_id(),
            owner_id=guardian.owner_id,
            guardian_id=guardian.id,
            kind=MAIL,
            value="anne@example.org",
            confirmed_at=work.now,
        )
    )


async def statuses(school: School) -> list[tuple[str, str]]:
    def ask(look: Look) -> list[tuple[str, str]]:
        return [(d.recipient, d.status) for d in look.session.scalars(sa.select(Delivery).order_by(Delivery.id))]

    return await school.village.desk.look(TEST, ask)


async def test_a_crash_between_two_rounds_loses_nobody_and_tells_nobody_twice(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bots.broadcast.AT_ONCE", 1)
    id_ = await school.send(who=LEADER, scope=Scope.UNIT)
    await school.wake()
    half = await school.texts()
    bot, desk = BroadcastBot(), school.village.desk
    due = list(await desk.look(TEST, bot.list_due))

    def dies(work: Work) -> None:
        bot.prompt_due(work, due)
        work.session.flush()
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await desk.work(TEST, dies)
    await desk.work(TEST, bot.prompt_due, due)
    await desk.work(TEST, bot.prompt_due, due)
    await school.wake()

    phones = [phone for phone, _ in await school.texts()]
    assert 1 == len(half) < len(phones) == len(set(phones))
    assert await school.state(id_) == BroadcastState.SENT


Row = tuple[str, str, tuple[str, ...], bool]


def list_rows(look: Look, id_: str) -> list[Row]:
    found = look.session.scalars(sa.select(BroadcastReceiver).where(BroadcastReceiver.broadcast_id == id_))
    return sorted((one.guardian_id, one.unit_id, tuple(one.child_ids), one.guarded) for one in found)


def list_wanted(look: Look, id_: str) -> list[Row]:
    members = list_members(look, look.session.get_one(Broadcast, id_))
    return sorted((one.guardian.id, one.unit.id, tuple(one.child_ids), one.guarded) for one in members)


@pytest.mark.parametrize("at_once", [1, 2, 300])
async def test_it_is_for_the_same_families_in_however_many_parts_they_are_written_down(
    school: School, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    """At several units, some with children at two of them."""
    monkeypatch.setattr("bots.broadcast.GATHERED_AT_ONCE", at_once)
    id_ = await school.send(replace(SKI, texts={"nb": "Hei"}), ADMINISTRATOR, (), Scope.OWNER)
    wanted = await school.village.desk.look(TEST, list_wanted, id_)

    while await school.wake():
        pass

    phones = [phone for phone, _ in await school.texts()]
    assert await school.village.desk.look(TEST, list_rows, id_) == wanted
    assert len({unit_id for _, unit_id, _, _ in wanted}) > 1
    assert any(len(child_ids) > 1 for _, _, child_ids, _ in wanted)
    assert len(phones) == len(set(phones)) > 1
    assert await school.state(id_) == BroadcastState.SENT


async def test_whose_right_ends_just_as_they_are_written_down_takes_nobody_else_away(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the two questions for a part of them."""
    id_ = await school.send(who=LEADER, scope=Scope.UNIT)
    wanted = {guardian_id for guardian_id, *_ in await school.village.desk.look(TEST, list_wanted, id_)}
    gone: set[str] = set()

    def list_some(look: Look, place: Place | Broadcast, among: set[str], *, with_guests: bool) -> list[Member]:
        members = list_members(look, place, among, with_guests=with_guests)
        gone.update([] if gone else [members[0].guardian.id])
        return [member for member in members if member.guardian.id not in gone]

    monkeypatch.setattr("bots.broadcast.GATHERED_AT_ONCE", 5)
    monkeypatch.setattr("hub.post.broadcast_audience.list_members", list_some)
    while await school.wake():
        pass

    rows = await school.village.desk.look(TEST, list_rows, id_)
    assert {guardian_id for guardian_id, *_ in rows} == wanted - gone


async def test_a_crash_while_it_is_written_down_misses_nobody_and_nobody_is_told_before_all_stand_there(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bots.broadcast.GATHERED_AT_ONCE", 2)
    id_ = await school.send(who=LEADER, scope=Scope.UNIT)
    bot, desk = BroadcastBot(), school.village.desk
    await school.wake()
    first = await desk.look(TEST, list_rows, id_)
    due = list(await desk.look(TEST, bot.list_due))

    def dies(work: Work) -> None:
        bot.prompt_due(work, due)
        work.session.flush()
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await desk.work(TEST, dies)
    after_crash = await desk.look(TEST, list_rows, id_)
    texts = await school.texts()
    while await school.wake():
        pass

    assert len(first) == 2
    assert after_crash == first
    assert texts == []
    assert await desk.look(TEST, list_rows, id_) == await desk.look(TEST, list_wanted, id_)
    phones = [phone for phone, _ in await school.texts()]
    assert len(phones) == len(set(phones)) > 2


async def test_what_is_being_written_down_goes_on_at_once_and_what_is_told_waits_for_its_turn(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bots.broadcast.GATHERED_AT_ONCE", 2)
    id_ = await school.send(who=LEADER, scope=Scope.UNIT)
    bot, desk = BroadcastBot(), school.village.desk
    bell = desk.doorbell
    assert isinstance(bell, LocalDoorbell)
    before = bell.place(bot.hurried_by)
    await school.wake()
    rounds = 1

    rung = bell.rung_since(bot.hurried_by, before)
    while due := await desk.look(TEST, bot.list_hurried):
        await desk.work(TEST, bot.prompt_due, due)
        rounds += 1

    assert rung == [id_]
    assert rounds == len(await desk.look(TEST, list_wanted, id_)) // 2 + 1
    assert await school.state(id_) == BroadcastState.SENDING
    assert await desk.look(TEST, list_rows, id_) == await desk.look(TEST, list_wanted, id_)


@pytest.mark.parametrize(("ends_by", "state"), [("recall", "recalled"), ("right", "stopped")])
async def test_what_ends_while_it_is_written_down_is_told_to_nobody(
    school: School, monkeypatch: pytest.MonkeyPatch, ends_by: str, state: str
) -> None:
    monkeypatch.setattr("bots.broadcast.GATHERED_AT_ONCE", 1)
    id_ = await school.send()
    await school.wake()

    await school.village.desk.work(TEST, end_right if ends_by == "right" else recall_it, school.village, id_)
    while await school.wake():
        pass

    assert await school.texts() == []
    assert await school.state(id_) == state
    assert not (await school.progress(id_)).ends[End.WAITING]


def end_right(work: Work, village: Village, id_: str) -> None:
    staff = village.staff(TEACHER)
    work.session.execute(sa.update(RoleHolding).where(RoleHolding.staff_id == staff.id).values(ended_at=work.now))


def recall_it(work: Work, village: Village, id_: str) -> None:
    recall(work, work.session.get_one(Broadcast, id_))


async def test_a_block_set_while_it_is_held_or_waits_is_heeded(school: School) -> None:
    village = school.village
    await school.send()

    await village.desk.work(TEST, block, village, "Ola Nordmann", "Kari Nordmann")
    await school.wake()

    phones = [phone for phone, _ in await school.texts()]
    assert village.phone("Ola Nordmann") not in phones
    assert village.phone("Anne Nordmann") in phones


async def test_what_a_writer_may_no_longer_send_when_it_is_to_leave_does_not_leave(school: School) -> None:
    id_ = await school.send()

    await school.village.desk.work(TEST, end_right, school.village, id_)
    await school.wake()

    assert await school.texts() == []
    assert await school.state(id_) == BroadcastState.STOPPED


async def test_two_behind_one_phone_get_one_text_and_both_are_reached(school: School) -> None:
    village = school.village
    anne, ola = village.guardian("Anne Nordmann"), village.guardian("Ola Nordmann")

    def share(work: Work) -> None:
        work.session.execute(
            sa.update(GuardianAddress)
            .where(GuardianAddress.guardian_id == ola.id, GuardianAddress.rank == 1)
            .values(value=village.phone("Anne Nordmann"))
        )

    await village.desk.work(TEST, share)
    id_ = await school.send()
    await school.wake()
    await school.deliver()

    phones = [phone for phone, _ in await school.texts()]
    assert phones.count(village.phone("Anne Nordmann")) == 1
    assert "Ola Nordmann" not in [one.name for one in (await school.progress(id_)).unreached]
    rows = await village.desk.look(TEST, lambda look: receivers_of(look, id_, [anne, ola]))
    assert len({row.message_id for row in rows}) == 1


def receivers_of(look: Look, id_: str, guardians: Sequence[Guardian]) -> list[BroadcastReceiver]:
    ids = [guardian.id for guardian in guardians]
    asked = sa.select(BroadcastReceiver).where(
        BroadcastReceiver.broadcast_id == id_, BroadcastReceiver.guardian_id.in_(ids)
    )
    return list(look.session.scalars(asked))


async def test_the_pages_figures_follow_the_texts_and_end_with_everybody_reached_or_named(school: School) -> None:
    village = school.village
    ola = village.guardian("Ola Nordmann")
    await village.desk.work(
        TEST,
        lambda work: work.session.execute(
            sa.update(GuardianAddress).where(GuardianAddress.guardian_id == ola.id).values(gone_at=work.now)
        ),
    )
    id_ = await school.send()
    await school.wake()
    waiting = await school.progress(id_)

    arrived = await school.deliver()
    done = await school.progress(id_)

    assert waiting.ends[End.WAITING] == arrived
    assert done.ends == {End.REACHED: arrived, End.FAILED: len(done.unreached)}
    assert done.by_channel["sms"][End.REACHED] == arrived
    assert ("Ola Nordmann", "no_address") in [(one.name, one.why) for one in done.unreached]
    assert done.points[-1].reached == arrived
    assert done.points[-1].failed == done.ends[End.FAILED]
    assert draw_line(done.points, [point.reached for point in done.points], done.total).startswith("0.0,160.0 ")


@pytest.mark.parametrize(("status", "has_reached"), [(Status.DELIVERED, False), (Status.READ, True)])
async def test_what_lies_in_the_app_has_reached_nobody_before_it_is_opened(
    school: School, status: Status, has_reached: bool
) -> None:
    id_ = await school.send()
    while await school.wake():
        pass

    def lie_in_app(work: Work) -> None:
        work.session.execute(sa.update(Delivery).values(kind=APP, status=status, rank=RANK[status]))

    await school.village.desk.work(TEST, lie_in_app)

    ends = (await school.progress(id_)).ends
    assert bool(ends[End.REACHED]) is has_reached
    assert bool(ends[End.SENT]) is not has_reached


async def test_a_protected_family_gets_a_notice_that_says_nothing_and_only_named_readers_see_it(school: School) -> None:
    village = school.village
    id_ = await school.send(who=LEADER, groups=("1A",))
    await school.wake()

    texts = dict(await school.texts())
    ragnhild = texts[village.phone("Ragnhild Lien")]
    named, others = await school.progress(id_, LEADER), await school.progress(id_, OFFICE)
    assert "1A" not in ragnhild
    assert "Ada" not in ragnhild
    assert named.total == others.total + 1
