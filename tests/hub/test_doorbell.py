"""The doorbell: wakes whoever waits, carries ids only, and never holds up whoever rings."""

import asyncio

from hub.doorbell import ARRIVALS, DELIVERIES, LIVE, LocalDoorbell, Ring
from tests.patience import PATIENCE


async def test_a_ring_wakes_every_waiter_of_its_topic_and_no_other() -> None:
    bell = LocalDoorbell()
    waiters = [bell.waiter(ARRIVALS), bell.waiter(ARRIVALS)]
    other = asyncio.create_task(bell.waiter(DELIVERIES).wait(PATIENCE))
    waiting = [asyncio.create_task(waiter.wait(PATIENCE)) for waiter in waiters]
    await asyncio.sleep(0)

    bell.ring([Ring(ARRIVALS)])
    await asyncio.wait_for(asyncio.gather(*waiting), PATIENCE)

    assert not other.done()
    other.cancel()


async def test_a_ring_before_the_wait_is_not_lost() -> None:
    bell = LocalDoorbell()
    waiter = bell.waiter(ARRIVALS)

    bell.ring([Ring(ARRIVALS)])

    await asyncio.wait_for(waiter.wait(30), PATIENCE)


async def test_whoever_is_never_rung_for_looks_by_itself() -> None:
    waiter = LocalDoorbell().waiter(ARRIVALS)

    await asyncio.wait_for(waiter.wait(0.01), PATIENCE)


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


async def test_a_watcher_hears_first_of_what_rang_since_the_place_it_names() -> None:
    bell = LocalDoorbell()
    bell.ring([Ring(LIVE, "before")])
    place = bell.place(LIVE)
    bell.ring([Ring(LIVE, "a"), Ring(DELIVERIES, "x"), Ring(LIVE, "b")])

    with bell.watching(LIVE, place) as ids, bell.watching(LIVE, bell.place(LIVE)) as later:
        bell.ring([Ring(LIVE, "c")])

    assert [ids.get_nowait() for _ in range(ids.qsize())] == ["a", "b", "c"]
    assert [later.get_nowait() for _ in range(later.qsize())] == ["c"]


async def test_a_watcher_whose_place_is_too_long_ago_or_another_doorbells_looks_at_everything() -> None:
    bell, place_of_another = LocalDoorbell(queue_size=3), LocalDoorbell().place(LIVE)
    place = bell.place(LIVE)
    bell.ring([Ring(LIVE, str(number)) for number in range(4)])

    for unknown in (place, place_of_another, ""):
        with bell.watching(LIVE, unknown) as ids:
            assert [ids.get_nowait() for _ in range(ids.qsize())] == [""]


async def test_a_place_has_always_as_many_letters_however_often_it_rang() -> None:
    bell = LocalDoorbell()
    before = bell.place(LIVE)

    bell.ring([Ring(LIVE, "a")] * 1000)

    assert len(bell.place(LIVE)) == len(before)
