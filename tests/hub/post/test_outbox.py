"""The outbox: nothing lost, nothing sent twice without its mark, whatever the provider answers."""

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from hub.clock import StoppedClock
from hub.desk import Work
from hub.doorbell import LocalDoorbell
from hub.post.channel import AddressGoneError, RejectedError, TryLaterError, UnknownFateError
from hub.post.claims import Claim, claim
from hub.post.deliveries import Delivery, Status
from hub.post.due import Room
from hub.post.messages import Lane
from hub.post.outbox import Outbox
from hub.post.verdicts import FIND_AFTER
from tests.hub.post.outboxes import TEST, Posting, PretendChannel, post_text, posting_in
from tests.village import Village

FOUND_BY = FIND_AFTER.total_seconds() * 1.3


@pytest.fixture
async def posting(village: Village, clock: StoppedClock) -> AsyncIterator[Posting]:
    async with posting_in(village, clock) as posting:
        yield posting


async def test_a_text_goes_once_and_is_handed_over(posting: Posting) -> None:
    id_ = await posting.post("Hei")

    delivery = await posting.until_status(id_, Status.QUEUED)

    assert (delivery.tries, delivery.parts, delivery.marks) == (1, 1, None)
    assert posting.channel.texts == ["Hei"]


async def test_a_provider_that_says_later_is_asked_again_no_sooner_than_it_said(posting: Posting) -> None:
    posting.channel.fail(TryLaterError("20429", after=30))
    id_ = await posting.post("Hei")

    waiting = await posting.until_delivery(id_, lambda d: d.reason == "20429")
    posting.move(29)
    was_asked_early = posting.channel.attempts > 1
    posting.move(5)
    delivery = await posting.until_status(id_, Status.QUEUED)

    assert waiting.due - posting.clock.now() >= timedelta(seconds=30 - 34)
    assert not was_asked_early
    assert (delivery.tries, delivery.marks) == (2, None)
    assert posting.channel.texts == ["Hei"]


async def test_waits_grow_and_differ_by_chance(posting: Posting) -> None:
    posting.channel.always = TryLaterError("30001", after=0)
    id_ = await posting.post("Hei", lane=Lane.ORDINARY)
    waits = []

    for _ in range(8):
        now = posting.clock.now()
        waits.append(((await posting.next_try(id_)).due - now).total_seconds())

    assert all(2 ** (n + 1) / 2 <= wait <= 2 ** (n + 1) for n, wait in enumerate(waits))
    assert len({round(wait / 2 ** (n + 1), 3) for n, wait in enumerate(waits)}) > 4


async def test_what_was_refused_is_not_tried_again_and_staff_are_told(posting: Posting) -> None:
    posting.channel.fail(RejectedError("21617"))
    id_ = await posting.post("Hei")

    delivery = await posting.until_status(id_, Status.FAILED)

    assert (delivery.tries, delivery.reason) == (1, "21617")
    assert posting.channel.attempts == 1


async def test_a_phone_that_is_gone_ends_its_addresss_life(posting: Posting) -> None:
    posting.channel.fail(AddressGoneError("21614"))
    first = await posting.post("Hei")
    await posting.until_status(first, Status.FAILED)

    second = await posting.post("Hei igjen")
    dropped = await posting.until_status(second, Status.DROPPED)

    assert dropped.reason == "address_over"
    assert posting.channel.attempts == 1


async def test_a_text_that_went_after_all_is_found_and_not_sent_again(posting: Posting) -> None:
    posting.channel.fail(UnknownFateError("http_500"), taken=True)
    id_ = await posting.post("Hei")

    await posting.until_delivery(id_, lambda d: d.reason == "http_500")
    posting.move(FOUND_BY)
    delivery = await posting.until_status(id_, Status.SENT)

    assert delivery.marks == ["unknown", "found"]
    assert posting.channel.texts == ["Hei"]


async def test_a_text_that_never_went_is_sent_once_more_and_marked(posting: Posting) -> None:
    posting.channel.fail(UnknownFateError("no_answer"))
    id_ = await posting.post("Hei")

    await posting.until_delivery(id_, lambda d: d.reason == "no_answer")
    posting.move(FOUND_BY)
    delivery = await posting.until_status(id_, Status.QUEUED)

    assert delivery.marks == ["unknown", "repeated"]
    assert posting.channel.texts == ["Hei"]


async def test_a_repeat_is_made_once_at_most_whatever_becomes_of_it(posting: Posting) -> None:
    posting.channel.log_lags = True
    posting.channel.fail(UnknownFateError("no_answer"), taken=True, times=9)
    id_ = await posting.post("Hei")

    for _ in range(3):
        await posting.next_try(id_)
    delivery = await posting.until_status(id_, Status.FAILED)

    assert delivery.reason == "unknown_fate"
    assert posting.channel.texts == ["Hei", "Hei"]
    assert (delivery.marks or []).count("repeated") == 1


async def test_a_repeat_that_surely_did_not_go_is_not_used_up(posting: Posting) -> None:
    posting.channel.fail(UnknownFateError("no_answer"))
    posting.channel.fail(TryLaterError("20429", after=5))
    id_ = await posting.post("Hei")

    await posting.until_delivery(id_, lambda d: d.reason == "no_answer")
    posting.move(FOUND_BY)
    between = await posting.until_delivery(id_, lambda d: d.reason == "20429")
    posting.move(60)
    delivery = await posting.until_status(id_, Status.QUEUED)

    assert between.marks == ["unknown"]
    assert delivery.marks == ["unknown", "repeated"]
    assert posting.channel.texts == ["Hei"]


async def test_a_log_that_cannot_be_read_is_no_leave_to_send_again(posting: Posting) -> None:
    posting.channel.fail(UnknownFateError("timeout"), taken=True)
    posting.channel.log_trouble = TryLaterError("http_503")
    id_ = await posting.post("Hei")

    await posting.until_delivery(id_, lambda d: d.reason == "timeout")
    posting.move(FOUND_BY)
    await posting.until_delivery(id_, lambda d: d.reason == "http_503")
    posting.channel.log_trouble = None
    posting.move(60)
    delivery = await posting.until_status(id_, Status.SENT)

    assert posting.channel.texts == ["Hei"]
    assert delivery.marks == ["unknown", "found"]


async def test_the_text_of_another_delivery_is_not_taken_for_the_lost_one(posting: Posting) -> None:
    posting.channel.knows_tags = False
    posting.channel.fail(UnknownFateError("no_answer"))
    lost = await posting.post("Hei")
    await posting.until_delivery(lost, lambda d: d.reason == "no_answer")
    other = await posting.post("Hei")
    await posting.until_status(other, Status.QUEUED)

    posting.move(FOUND_BY)
    delivery = await posting.until_delivery(lost, lambda d: d.provider_id is not None)

    assert delivery.provider_id != (await posting.delivery(other)).provider_id
    assert delivery.marks == ["unknown", "repeated"]
    assert posting.channel.texts == ["Hei", "Hei"]


async def test_what_nobody_could_find_before_its_deadline_is_looked_for_but_not_sent(posting: Posting) -> None:
    posting.channel.fail(UnknownFateError("no_answer"))
    id_ = await posting.post("Hei")
    await posting.until_delivery(id_, lambda d: d.reason == "no_answer")

    posting.move(7 * 3600)
    delivery = await posting.until_status(id_, Status.FAILED)

    assert delivery.reason == "unknown_fate"
    assert posting.channel.texts == []


async def test_what_went_in_time_is_found_after_its_deadline(posting: Posting) -> None:
    posting.channel.fail(UnknownFateError("no_answer"), taken=True)
    id_ = await posting.post("Hei")
    await posting.until_delivery(id_, lambda d: d.reason == "no_answer")

    posting.move(7 * 3600)

    assert (await posting.until_status(id_, Status.SENT)).marks == ["unknown", "found"]


async def test_what_waited_past_its_deadline_is_reported_and_not_sent(posting: Posting) -> None:
    posting.channel.always = TryLaterError("20429", after=3600)
    id_ = await posting.post("Hei")
    await posting.until_delivery(id_, lambda d: d.reason == "20429")
    posting.channel.always = None

    posting.move(7 * 3600)

    assert (await posting.until_status(id_, Status.EXPIRED)).reason == "deadline"
    assert posting.channel.texts == []


async def test_a_channel_that_fails_as_a_whole_costs_no_message_a_try(posting: Posting) -> None:
    posting.channel.always = TryLaterError("20003", whole_channel=True)
    ids = [await posting.post(f"Hei {n}", hold=timedelta(seconds=1)) for n in range(5)]
    posting.move(2)
    for id_ in ids:
        await posting.until_delivery(id_, lambda d: d.reason == "20003" and d.status == Status.WAITING)
    await posting.go_on(lambda: posting.channel.attempts >= 20)

    posting.channel.always = None
    await posting.go_on(lambda: len(posting.channel.texts) == 5)
    found = [await posting.until_status(id_, Status.QUEUED) for id_ in ids]

    assert [delivery.tries for delivery in found] == [1] * 5
    assert sorted(posting.channel.texts) == [f"Hei {n}" for n in range(5)]


async def test_a_provider_that_fails_again_and_again_is_left_alone_for_a_while(posting: Posting) -> None:
    posting.channel.always = TryLaterError("no_connection")
    ids = [await posting.post(f"Hei {n}", hold=timedelta(seconds=1)) for n in range(5)]
    posting.move(2)
    for id_ in ids:
        await posting.until_delivery(id_, lambda d: d.reason == "no_connection")
    attempts = posting.channel.attempts

    late = await posting.post("Hei 5")
    posting.channel.always = None
    posting.ring()
    was_held = (await posting.delivery(late)).status
    posting.move(60)
    for id_ in [*ids, late]:
        await posting.until_status(id_, Status.QUEUED)

    assert attempts == 5
    assert was_held == Status.WAITING


async def test_an_urgent_text_waits_a_second_at_most_behind_a_long_row_of_the_same_number(posting: Posting) -> None:
    for n in range(60):
        await posting.post(f"Bulk {n}", lane=Lane.BULK, hold=timedelta(seconds=1))
    posting.move(2)
    await posting.until(lambda: posting.channel.attempts > 0)
    urgent = await posting.post("Nå", lane=Lane.EMERGENCY)
    moved = 0
    for _ in range(30):
        posting.move(0.1)
        moved += 1
        if (await posting.delivery(urgent)).status == Status.QUEUED:
            break
    await posting.until_status(urgent, Status.QUEUED)

    assert posting.channel.texts.index("Nå") <= 45
    claimed = [d for d in await posting.deliveries() if d.status == Status.CLAIMED]
    assert len(claimed) <= 20 + moved, "two seconds' worth, and what the moved clock has let in since"


async def test_a_stop_hands_back_what_had_not_begun_and_finishes_what_had(
    village: Village, clock: StoppedClock
) -> None:
    channel = PretendChannel()
    channel.open.clear()
    async with posting_in(village, clock, channel) as posting:
        begun = await posting.post("Hei")
        await posting.until(lambda: channel.attempts == 1)
        rows = [await posting.post(f"Rad {n}") for n in range(9)]
        await posting.until(lambda: channel.attempts >= 1)
        channel.open.set()

    found = {delivery.id: delivery for delivery in await posting.deliveries()}
    assert found[begun].status == Status.QUEUED
    for id_ in rows:
        assert found[id_].status in (Status.QUEUED, Status.WAITING)
        assert found[id_].faults == 0
        assert not found[id_].marks


class StoppedAsItStarts(Outbox):
    """Told to stop before what it claimed has taken its first step."""

    stopping: asyncio.Task[None]

    async def _claim(self) -> Claim:
        claimed = await super()._claim()
        if claimed.claimed:
            self.stopping = asyncio.create_task(self.stop(2.0))
        return claimed


async def test_a_stop_at_the_moment_of_starting_hands_back_too(village: Village, clock: StoppedClock) -> None:
    desk = village.desk
    (id_,) = await desk.work(TEST, post_text, village, "Hei")
    channel = PretendChannel()
    assert isinstance(desk.doorbell, LocalDoorbell)
    outbox = StoppedAsItStarts(desk, {"twilio": channel}, desk.doorbell, random.Random(1))

    await outbox.run()
    await outbox.stopping

    delivery = await desk.look(TEST, lambda look: look.session.get_one(Delivery, id_))
    assert (delivery.status, delivery.faults, channel.texts) == (Status.WAITING, 0, [])


async def test_a_stop_in_the_middle_of_a_send_leaves_it_to_be_looked_up(village: Village, clock: StoppedClock) -> None:
    channel = PretendChannel()
    channel.open.clear()
    async with posting_in(village, clock, channel) as posting:
        id_ = await posting.post("Hei")
        await posting.until(lambda: channel.attempts == 1)
        await posting.outbox.stop(0.01)
        stopped = await posting.delivery(id_)
    channel.plan.clear()
    clock.move(timedelta(seconds=30))
    async with posting_in(village, clock, channel) as again:
        delivery = await again.until_status(id_, Status.QUEUED)

    assert (stopped.status, stopped.reason, stopped.marks) == (Status.CLAIMED, "stopped", ["unknown"])
    assert delivery.marks == ["unknown", "repeated"]
    assert channel.texts == ["Hei"]


async def test_an_attempt_that_a_kill_cut_short_is_looked_up_at_the_next_start(
    village: Village, clock: StoppedClock
) -> None:
    await village.desk.work(TEST, leave_claimed, village)
    channel = PretendChannel()

    async with posting_in(village, clock, channel) as posting:
        (row,) = await posting.deliveries()
        early = await posting.until_delivery(row.id, lambda d: d.reason == "not_found_yet")
        posting.move(FOUND_BY)
        delivery = await posting.until_status(row.id, Status.QUEUED)

    assert early.marks == ["crashed", "unknown"]
    assert delivery.marks == ["crashed", "unknown", "repeated"]
    assert channel.texts == ["Hei"]


def leave_claimed(work: Work, village: Village) -> None:
    post_text(work, village, "Hei")
    claim(work, Room(10))


async def test_a_clock_set_back_makes_nothing_wait_longer(posting: Posting) -> None:
    posting.channel.fail(TryLaterError("20429", after=10))
    id_ = await posting.post("Hei")
    await posting.until_delivery(id_, lambda d: d.reason == "20429")

    posting.clock.jump(posting.clock.now() - timedelta(hours=3))
    posting.ring()
    shifted = await posting.until_delivery(id_, lambda d: d.due < posting.clock.now() + timedelta(seconds=20))
    posting.move(12)
    delivery = await posting.until_status(id_, Status.QUEUED)

    assert shifted.status == Status.WAITING
    assert posting.channel.texts == ["Hei"]
    assert delivery.marks is None


async def test_a_clock_set_forward_sends_nothing_twice(posting: Posting) -> None:
    posting.channel.open.clear()
    id_ = await posting.post("Hei")
    await posting.until(lambda: posting.channel.attempts == 1)

    posting.clock.jump(posting.clock.now() + timedelta(hours=3))
    for _ in range(3):
        posting.ring()
        await posting.post("Mer", hold=timedelta(hours=1))
    posting.channel.open.set()
    delivery = await posting.until_status(id_, Status.QUEUED)

    assert posting.channel.texts == ["Hei"]
    assert delivery.marks is None
