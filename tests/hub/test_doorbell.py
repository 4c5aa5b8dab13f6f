"""The doorbell: wakes whoever waits, carries ids only, and never holds up whoever rings."""

import asyncio

from hub.doorbell import ARRIVALS, DELIVERIES, LIVE, LocalDoorbell, Ring


async def test_a_ring_wakes_every_waiter_of_its_topic_and_no_other() -> None:
    bell = LocalDoorbell()
    waiters = [bell.waiter(ARRIVALS), bell.waiter(ARRIVALS)]
    other = asyncio.create_task(bell.waiter(DELIVERIES).wait(30))
    waiting = [asyncio.create_task(waiter.wait(30)) for waiter in waiters]
    await asyncio.sleep(0)

    bell.ring([Ring(ARRIVALS)])
    await asyncio.wait_for(asyncio.gather(*waiting), 5)

    assert not other.done()
    other.cancel()


async def test_a_ring_before_the_wait_is_not_lost() -> None:
    bell = LocalDoorbell()
    waiter = bell.waiter(ARRIVALS)

    bell.ring([Ring(ARRIVALS)])

    await asyncio.wait_for(waiter.wait(30), 5)


async def test_whoever_is_never_rung_for_looks_by_itself() -> None:
    waiter = LocalDoorbell().waiter(ARRIVALS)

    await asyncio.wait_for(waiter.wait(0.01), 5)


async def test_a_watcher_gets_the_ids_in_order() -> None:
    bell = LocalDoorbell()
    with bell.watching(LIVE) as ids:
        bell.ring([Ring(LIVE, "a"), Ring(ARRIVALS, "x"), Ring(LIVE, "b")])

        assert [ids.get_nowait(), ids.get_nowait()] == ["a", "b"]
        assert ids.empty()


async def test_a_watcher_that_does_not_keep_up_is_told_to_look_at_everything_and_holds_up_nobody() -> None:
    bell = LocalDoorbell(queue_size=3)
    with bell.watching(LIVE) as slow, bell.watching(LIVE) as other:
        for number in range(10):
            bell.ring([Ring(LIVE, str(number))])
            if number % 2:
                other.get_nowait()

        ids = [slow.get_nowait() for _ in range(slow.qsize())]

    assert "" in ids
    assert len(ids) <= 3


async def test_a_watcher_that_has_gone_is_forgotten() -> None:
    bell = LocalDoorbell()
    with bell.watching(LIVE) as ids:
        pass

    bell.ring([Ring(LIVE, "a")])

    assert ids.empty()
