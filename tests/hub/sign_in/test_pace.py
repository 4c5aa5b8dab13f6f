"""Trying to sign in is slowed, never locked; and all counts are taken together or not at all."""

import asyncio
from datetime import timedelta

import pytest
import sqlalchemy as sa

from hub.clock import StoppedClock
from hub.desk import Desk, Look
from hub.sign_in.pace import ACCOUNT, ADDRESS, OWN_DEVICE, SignInPace, SlowDownError, count_try, forget_tries, give_back
from tests.hub.sign_in.school import TEST


async def try_often(desk: Desk, times: int, account: str = "per.moen", address: str = "203.0.113.7") -> list[int]:
    """The seconds each refused try was told to wait."""
    waits = []
    for _ in range(times):
        try:
            await desk.work(TEST, count_try, account, address)
        except SlowDownError as refusal:
            waits.append(refusal.wait_seconds)
    return waits


async def test_a_handful_of_tries_goes_through_and_the_next_must_wait(desk: Desk) -> None:
    assert await try_often(desk, ACCOUNT.burst) == []

    assert await try_often(desk, 1) == [30]


async def test_waiting_is_enough_so_nobody_is_locked_out(desk: Desk, clock: StoppedClock) -> None:
    await try_often(desk, 500)

    clock.move(timedelta(seconds=30))

    assert await try_often(desk, 1) == []


async def test_an_owners_proven_device_is_not_slowed_by_a_strangers_guesses(desk: Desk) -> None:
    await try_often(desk, 20)

    for _ in range(OWN_DEVICE.burst):
        await desk.work(TEST, count_try, "per.moen", "198.51.100.1", "device")
    with pytest.raises(SlowDownError):
        await desk.work(TEST, count_try, "per.moen", "198.51.100.1", "device")


async def test_one_address_that_tries_many_accounts_is_slowed(desk: Desk) -> None:
    for number in range(ADDRESS.burst):
        await desk.work(TEST, count_try, f"account {number}", "203.0.113.7")

    with pytest.raises(SlowDownError):
        await desk.work(TEST, count_try, "one more", "203.0.113.7")
    await desk.work(TEST, count_try, "one more", "198.51.100.1")


async def test_addresses_of_one_ipv6_network_count_as_one(desk: Desk) -> None:
    for number in range(ADDRESS.burst):
        await desk.work(TEST, count_try, f"account {number}", f"2001:db8::{number:x}")

    with pytest.raises(SlowDownError):
        await desk.work(TEST, count_try, "one more", "2001:db8::ffff")
    await desk.work(TEST, count_try, "one more", "2001:db8:0:1::1")


async def test_a_refused_try_counts_nowhere(desk: Desk) -> None:
    await try_often(desk, ACCOUNT.burst)

    def read(look: Look) -> list[object]:
        return list(look.session.execute(sa.select(SignInPace.what, SignInPace.clear_at).order_by(SignInPace.what)))

    before = await desk.look(TEST, read)
    await try_often(desk, 3)

    assert await desk.look(TEST, read) == before


async def test_tries_at_the_same_moment_are_all_counted(desk: Desk) -> None:
    results = await asyncio.gather(
        *(desk.work(TEST, count_try, "per.moen", "203.0.113.7") for _ in range(20)), return_exceptions=True
    )

    assert sum(result is None for result in results) == ACCOUNT.burst
    assert sum(isinstance(result, SlowDownError) for result in results) == 20 - ACCOUNT.burst


async def test_coming_in_starts_the_accounts_count_anew(desk: Desk) -> None:
    await try_often(desk, ACCOUNT.burst)

    await desk.work(TEST, forget_tries, "per.moen")

    assert await try_often(desk, ACCOUNT.burst) == []


async def test_the_store_learns_no_name_and_no_address_from_a_try(desk: Desk) -> None:
    await try_often(desk, 1)

    kept = await desk.look(TEST, lambda look: list(look.session.scalars(sa.select(SignInPace.what))))

    assert len(kept) == 3
    assert all(len(what) == 64 and "per" not in what for what in kept)


async def test_a_school_behind_one_address_signs_in_without_being_slowed(desk: Desk) -> None:
    for number in range(2 * ADDRESS.burst):
        await desk.work(TEST, count_try, f"account {number}", "203.0.113.7")
        await desk.work(TEST, give_back, "203.0.113.7")
