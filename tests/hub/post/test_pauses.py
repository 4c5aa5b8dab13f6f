"""Pauses of channels: known to everybody while they last, and to nobody afterwards."""

from datetime import timedelta

from hub.clock import StoppedClock
from hub.desk import Desk, Work
from hub.post.claim_times import begin_anew
from hub.post.claims import claim
from hub.post.due import Room
from hub.post.pauses import Pause, find_pause
from tests.hub.post.outboxes import TEST

MINUTE = timedelta(minutes=1)


async def claim_during(desk: Desk, pause: Pause) -> None:
    await desk.work(TEST, claim, Room(1, {"twilio": pause}))


async def test_a_pause_is_known_until_it_is_over_and_for_its_own_channel(desk: Desk, clock: StoppedClock) -> None:
    pause = Pause(clock.now() + MINUTE, "20003")
    await claim_during(desk, pause)

    found, of_another = await desk.look(TEST, find_pause, "twilio"), await desk.look(TEST, find_pause, "mail")
    clock.move(MINUTE)

    assert (found, of_another) == (pause, None)
    assert await desk.look(TEST, find_pause, "twilio") is None


async def test_a_later_pause_takes_the_place_of_an_earlier_one(desk: Desk, clock: StoppedClock) -> None:
    await claim_during(desk, Pause(clock.now() + MINUTE, "20003"))
    later = Pause(clock.now() + 3 * MINUTE, "not_answering")

    await claim_during(desk, later)

    assert await desk.look(TEST, find_pause, "twilio") == later


async def test_a_wall_clock_set_back_makes_no_pause_longer(desk: Desk, clock: StoppedClock) -> None:
    await claim_during(desk, Pause(clock.now() + MINUTE, "20003"))
    clock.jump(clock.now() - timedelta(hours=1))
    same = Pause(clock.now() + MINUTE, "20003")

    await claim_during(desk, same)

    assert await desk.look(TEST, find_pause, "twilio") == same


async def test_after_a_start_no_channel_rests(desk: Desk, clock: StoppedClock) -> None:
    def keep_and_start(work: Work) -> None:
        claim(work, Room(1, {"twilio": Pause(clock.now() + MINUTE, "20003")}))
        work.session.flush()
        begin_anew(work)

    await desk.work(TEST, keep_and_start)

    assert await desk.look(TEST, find_pause, "twilio") is None
