"""Hubs that share a store: what each has in hand is its own while it lives, and the others' once it has died."""

from collections import Counter
from datetime import datetime, timedelta

import sqlalchemy as sa

from hub.address import SMS, Address
from hub.asker import routine_asker
from hub.clock import StoppedClock
from hub.desk import Desk, Look, Work
from hub.post.arrivals import Arrival, keep_arrivals
from hub.post.channel import Inbound
from hub.post.membership import BELIEVED_SECONDS, Membership
from hub.post.nodes import DEAD_AFTER, beat, leave
from hub.post.shares import SLOTS, share_of
from hub.talk.reception import LEASE, take

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
    assert await desk.work(TEST, beat, "b") == ["a", "b"]
    assert await take_up(desk, "b", (SECOND,)) == []
    clock.move(timedelta(seconds=2))

    assert await desk.work(TEST, beat, "b") == ["b"]
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


async def test_a_hub_that_cannot_say_that_it_lives_takes_nothing_new_before_others_take_it_for_dead(
    desk: Desk, clock: StoppedClock
) -> None:
    membership = Membership(desk, "a")
    await membership.start()
    share = membership.share()
    assert share is not None
    assert len(share.slots) == SLOTS

    clock.move(timedelta(seconds=BELIEVED_SECONDS))

    assert membership.share() is None
    assert timedelta(seconds=BELIEVED_SECONDS) < DEAD_AFTER
    await membership.stop()
