"""Hubs that share a store: what each has in hand is its own while it lives, and the others' once it has died."""

import asyncio
import socket
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from hub.address import SMS, Address
from hub.asker import routine_asker
from hub.clock import StoppedClock
from hub.desk import Desk, Look, Work
from hub.doorbell import ARRIVALS, DELIVERIES
from hub.post.arrivals import Arrival, ArrivalState, keep_arrivals
from hub.post.channel import Inbound, Receipt
from hub.post.deliveries import RANK, Delivery, Status
from hub.post.membership import Membership
from hub.post.nodes import DEAD_AFTER, beat, leave, let_go, new_name
from hub.post.outbox import OTHERS
from hub.post.outcomes import Handed, NotHanded, mark_repeat, settle
from hub.post.shares import SLOTS, share_of
from hub.safety.audit import AuditRow
from hub.talk.reception import LEASE, take
from tests.hub.post.outboxes import list_all, post_text, posting_in
from tests.patience import PATIENCE
from tests.village import Village

TEST = routine_asker("test")
FIRST, SECOND = "+4791234501", "+4791234502"


def test_every_slot_is_one_living_hub_s_and_only_a_dead_one_s_change_hands() -> None:
    three, two = ["a.1", "b.2", "c.3"], ["a.1", "c.3"]
    owners = {slot: name for name in three for slot in share_of(name, three).slots}
    later = {slot: name for name in two for slot in share_of(name, two).slots}

    assert sorted(owners) == sorted(later) == list(range(SLOTS))
    assert min(Counter(owners.values()).values()) >= SLOTS // 8, "none is left with next to nothing"
    assert {slot for slot in owners if owners[slot] != later[slot]} == set(share_of("b.2", three).slots)


async def arrive(desk: Desk, *senders: str) -> None:
    def keep(work: Work) -> None:
        known = len(work.session.scalars(sa.select(Arrival.id)).all())
        inbounds = [
            Inbound(
                "twilio", f"{known + at}", Address(SMS, sender), Address(SMS, "+4791234599"), "hei", f"SM{known + at}"
            )
            for at, sender in enumerate(senders)
        ]
        keep_arrivals(work, [(inbound, work.now) for inbound in inbounds])

    await desk.work(TEST, keep)


async def take_up(desk: Desk, node: str, busy: tuple[str, ...] = ()) -> list[str]:
    return [taken.sender for taken in await desk.work(TEST, take, 10, busy, node)]


async def test_a_sender_s_next_message_waits_while_another_hub_has_the_one_before(desk: Desk) -> None:
    await arrive(desk, FIRST, FIRST, SECOND)

    assert await take_up(desk, "a") == [FIRST, SECOND]
    assert await take_up(desk, "b") == [], "the second of the first sender waits for its turn"


async def test_what_a_dead_hub_had_in_hand_goes_on_in_another_and_what_a_living_one_has_does_not(
    desk: Desk, clock: StoppedClock
) -> None:
    await desk.work(TEST, beat, "a")
    await desk.work(TEST, beat, "b")
    await arrive(desk, FIRST)
    await take_up(desk, "a")
    await arrive(desk, SECOND)
    await take_up(desk, "b")

    clock.move(DEAD_AFTER - timedelta(seconds=1))
    assert (await desk.work(TEST, beat, "b")).sharing == ["a", "b"]
    assert await take_up(desk, "b", (SECOND,)) == []
    clock.move(timedelta(seconds=2))

    assert (await desk.work(TEST, beat, "b")).sharing == ["b"]
    assert clock.now() < (await desk.look(TEST, _when_leased, SECOND)) < clock.now() + LEASE, "its own stays in hand"
    assert await take_up(desk, "b", (SECOND,)) == [FIRST]


def _when_leased(look: Look, sender: str) -> datetime:
    lease_until = look.session.scalars(sa.select(Arrival.lease_until).where(Arrival.sender == sender)).one()
    assert lease_until is not None
    return lease_until


async def test_a_hub_that_ends_leaves_what_it_had_to_the_others_at_once(desk: Desk) -> None:
    for name in ("a", "b"):
        await desk.work(TEST, beat, name)
    await arrive(desk, FIRST)
    await take_up(desk, "a")

    await desk.work(TEST, leave, "a")

    assert await take_up(desk, "b") == [FIRST]


def test_two_hubs_never_have_the_same_name_even_in_containers_that_are_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "a-host-with-a-very-long-name." * 3)

    names = {new_name() for _ in range(50)}

    assert len(names) == 50
    chain = AuditRow.__table__.c.chain.type
    assert isinstance(chain, sa.String)
    assert chain.length is not None
    assert max(len(f"{name}.{number}") for name in names for number in range(10)) <= chain.length, (
        "its writers' chains bear it"
    )


async def test_what_a_hub_took_up_is_not_over_for_one_whose_clock_is_a_little_behind(
    desk: Desk, clock: StoppedClock
) -> None:
    await arrive(desk, FIRST)
    assert await take_up(desk, "a") == [FIRST]

    clock.jump(clock.now() - timedelta(seconds=5))

    assert await take_up(desk, "b") == []


async def in_hand_of(village: Village, node: str) -> str:
    """A text that a hub claimed; the id of its delivery."""
    (id_,) = await village.desk.work(TEST, post_text, village, "Kari er her")
    await village.desk.work(TEST, claim_for, id_, node)
    return id_


def claim_for(work: Work, id_: str, node: str) -> None:
    delivery = work.session.get_one(Delivery, id_)
    delivery.status, delivery.rank, delivery.held_by = Status.CLAIMED, RANK[Status.CLAIMED], node
    delivery.tries, delivery.lease_until, delivery.attempted_at = delivery.tries + 1, work.now + LEASE, work.now


async def test_what_a_hub_hands_back_too_late_is_in_the_hand_of_the_other_still(
    village: Village, clock: StoppedClock
) -> None:
    id_ = await in_hand_of(village, "a")
    await village.desk.work(TEST, claim_for, id_, "b")

    stood = await village.desk.work(TEST, settle, [NotHanded(id_, OTHERS, clock.now(), counted=False)], "a")

    (delivery,) = await village.desk.look(TEST, list_all)
    assert stood == [False]
    assert (delivery.status, delivery.lease_until, delivery.tries) == (Status.CLAIMED, clock.now() + LEASE, 2)


async def test_what_a_hub_sent_before_another_took_over_counts_all_the_same(village: Village) -> None:
    id_ = await in_hand_of(village, "a")
    await village.desk.work(TEST, claim_for, id_, "b")

    await village.desk.work(TEST, settle, [Handed(id_, Receipt("SM1", "queued", 1))], "a")

    (delivery,) = await village.desk.look(TEST, list_all)
    assert (delivery.status, delivery.provider_id) == (Status.QUEUED, "SM1")


def end_it(work: Work, id_: str) -> None:
    work.session.get_one(Delivery, id_).end(Status.DELIVERED, work.now)


def hand_over(work: Work, id_: str) -> None:
    claim_for(work, id_, "b")


@pytest.mark.parametrize("happens", [end_it, hand_over], ids=["a report came", "another has it"])
async def test_a_repeat_is_made_only_by_the_hub_that_has_the_text_in_hand(
    village: Village, happens: Callable[[Work, str], None]
) -> None:
    id_ = await in_hand_of(village, "a")
    await village.desk.work(TEST, happens, id_)

    assert not await village.desk.work(TEST, mark_repeat, id_, "a")

    (delivery,) = await village.desk.look(TEST, list_all)
    assert delivery.marks is None


@pytest.mark.parametrize("topic", [ARRIVALS, DELIVERIES])
@pytest.mark.parametrize("act", [leave, lambda work, name: let_go(work, [name])], ids=["it ended", "it died"])
async def test_the_others_are_woken_for_what_a_hub_lets_go(
    desk: Desk, topic: str, act: Callable[[Work, str], None]
) -> None:
    waiter = desk.doorbell.waiter(topic)
    await desk.work(TEST, beat, "a")
    await waiter.wait(0)

    await desk.work(TEST, act, "a")

    await asyncio.wait_for(waiter.wait(PATIENCE), PATIENCE - 1)


async def test_one_hub_whose_clock_is_set_back_does_not_bring_nearer_what_waits_for_all(
    store_kind: str, village: Village, clock: StoppedClock, caplog: pytest.LogCaptureFixture
) -> None:
    if store_kind == "sqlite":
        pytest.skip("several hubs share a PostgreSQL")
    membership = Membership(village.desk, "a")
    await membership.start()
    async with posting_in(village, clock, membership=membership) as posting:
        id_ = await posting.post("Turen er avlyst", hold=timedelta(hours=2))
        before = await posting.delivery(id_)

        clock.jump(clock.now() - timedelta(hours=1))
        posting.ring()
        await posting.until(lambda: any("clock was set back" in said for said in caplog.messages))

        assert (await posting.delivery(id_)).due == before.due
    await membership.stop()


async def test_the_many_texts_of_one_sender_in_another_hub_s_hand_keep_nobody_else_waiting(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.talk.reception.WINDOWS", (10, 1_000))
    await arrive(desk, *[FIRST] * 30, SECOND)
    assert await take_up(desk, "a", (SECOND,)) == [FIRST]

    assert await take_up(desk, "b") == [SECOND]


async def test_50_000_texts_that_wait_are_taken_up_at_once_however_few_wrote_them(desk: Desk) -> None:
    """Looked through pairwise, they would take the store longer than it gives any question."""
    senders = [f"+479123{number:04d}" for number in range(20)]
    await desk.work(TEST, keep_many, senders, 50_000)

    assert sorted(await take_up(desk, "a")) == senders[:10]
    assert sorted(await take_up(desk, "b")) == senders[10:]


def keep_many(work: Work, senders: Sequence[str], number: int) -> None:
    rows = [
        {
            **dict.fromkeys(("digest", "channel", "recipient", "text", "provider_id"), "x"),
            "id": work.new_id(),
            "key": str(at),
            "kind": SMS,
            "sender": senders[at % len(senders)],
            "received_at": work.now,
            "state": ArrivalState.NEW,
            "tries": 0,
            "changed_repeat": False,
        }
        for at in range(number)
    ]
    work.session.execute(sa.insert(Arrival.metadata.tables[Arrival.__tablename__]), rows)
