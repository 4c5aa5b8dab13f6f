"""One hub among several: what it takes in hand while it joins, lives, stands still and leaves."""

import asyncio
from datetime import timedelta

import pytest

from hub.asker import routine_asker
from hub.clock import StoppedClock
from hub.config import SettingsError
from hub.desk import Desk
from hub.duty import ASK_SECONDS, Duty
from hub.post.deliveries import Status
from hub.post.membership import BEAT_SECONDS, BELIEVED_SECONDS, Membership, refuse_company
from hub.post.nodes import DEAD_AFTER, beat
from hub.post.outbox import OTHERS
from hub.post.shares import SLOTS, share_of
from tests.hub.post.outboxes import posting_in
from tests.patience import PATIENCE
from tests.village import Village

TEST = routine_asker("test")


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


async def test_a_hub_that_stood_still_while_others_took_over_sends_nothing_that_it_had_in_hand(
    desk: Desk, clock: StoppedClock
) -> None:
    membership = Membership(desk, "a")
    await membership.start()
    claimed_at = clock.monotonic()
    assert membership.has_been_ours(claimed_at)

    clock.move(timedelta(seconds=30))
    assert not membership.has_been_ours(claimed_at), "before it has said anything"
    assert (await desk.work(TEST, beat, "b")).sharing == ["b"]
    async with asyncio.timeout(PATIENCE):
        while membership.share() is None:
            await asyncio.sleep(0.02)

    assert not membership.has_been_ours(claimed_at), "it lives again, and what it had is the others'"
    assert membership.has_been_ours(clock.monotonic())
    await membership.stop()


async def test_a_hub_that_could_not_say_that_it_lives_for_a_while_keeps_what_nobody_took_over(
    desk: Desk, clock: StoppedClock
) -> None:
    membership = Membership(desk, "a")
    await membership.start()
    claimed_at = clock.monotonic()

    clock.move(timedelta(seconds=30))
    async with asyncio.timeout(PATIENCE):
        while membership.share() is None:
            await asyncio.sleep(0.02)

    assert membership.has_been_ours(claimed_at)
    await membership.stop()


class StoodStill(Membership):
    """It claims, and before it sends it is stopped for a while, until it `goes_on`."""

    goes_on = False

    def has_been_ours(self, since: float) -> bool:
        return self.goes_on and super().has_been_ours(since)


async def test_an_outbox_sends_nothing_that_others_may_have_taken_over(
    store_kind: str, village: Village, clock: StoppedClock
) -> None:
    if store_kind == "sqlite":
        pytest.skip("several hubs share a PostgreSQL")
    membership = StoodStill(village.desk, "a")
    await membership.start()
    async with posting_in(village, clock, membership=membership) as posting:
        id_ = await posting.post("Kari er her")
        await posting.until_delivery(id_, lambda delivery: delivery.reason == OTHERS)
        assert posting.channel.attempts == 0

        membership.goes_on = True

        sent = await posting.until_status(id_, Status.QUEUED)
        assert (posting.channel.texts, sent.tries) == (["Kari er her"], 1)
    await membership.stop()


async def test_a_hub_that_is_alone_by_its_settings_does_not_start_beside_others(
    desk: Desk, store_url: str, clock: StoppedClock
) -> None:
    duty = Duty(store_url, clock)
    await refuse_company(desk, duty)
    await desk.work(TEST, beat, "a")

    with pytest.raises(SettingsError, match=r"hub\.nats"):
        await refuse_company(desk, duty)
    clock.move(DEAD_AFTER + timedelta(seconds=1))
    await refuse_company(desk, duty)
    await duty.close()


async def test_of_two_hubs_that_are_alone_by_their_settings_the_second_does_not_start(
    desk: Desk, store_kind: str, store_url: str, clock: StoppedClock
) -> None:
    if store_kind == "sqlite":
        pytest.skip("an SQLite store is locked by the hub that has it")
    first, second = Duty(store_url, clock), Duty(store_url, clock)
    await refuse_company(desk, first)

    with pytest.raises(SettingsError, match=r"hub\.nats"):
        await refuse_company(desk, second)
    await first.close()
    clock.move(timedelta(seconds=ASK_SECONDS))
    await refuse_company(desk, second)
    await second.close()


async def until_share(membership: Membership, clock: StoppedClock, number: int) -> None:
    """A few beats on, it has so many of the slots."""
    async with asyncio.timeout(PATIENCE):
        while (share := membership.share()) is None or len(share.slots) != number:
            clock.move(timedelta(seconds=BEAT_SECONDS / 100))
            await asyncio.sleep(0.01)


async def test_a_hub_that_joins_others_takes_nothing_in_hand_until_all_have_heard_of_it(
    desk: Desk, clock: StoppedClock
) -> None:
    await desk.work(TEST, beat, "a")
    membership = Membership(desk, "b")
    await membership.start()
    began, others = clock.monotonic(), share_of("a", ["a", "b"]).slots
    try:
        share = membership.share()
        assert share is not None
        assert share.slots == ()

        await until_share(membership, clock, SLOTS - len(others))

        assert clock.monotonic() - began >= BELIEVED_SECONDS > 2 * BEAT_SECONDS
    finally:
        await membership.stop()


async def test_a_hub_that_is_leaving_takes_nothing_more_in_hand_and_the_others_have_its_numbers_at_their_next_beat(
    desk: Desk, clock: StoppedClock
) -> None:
    membership = Membership(desk, "a")
    await membership.start()
    claimed_at = clock.monotonic()
    assert (await desk.work(TEST, beat, "b")).sharing == ["a", "b"]

    await membership.begin_to_leave()

    assert membership.share() is None
    assert membership.has_been_ours(claimed_at), "what it has in hand it finishes"
    assert (await desk.work(TEST, beat, "b")).sharing == ["b"]
    assert (await desk.work(TEST, beat, "a")).sharing == ["b"], "and it is not heard of as a new one"
    await membership.stop()
