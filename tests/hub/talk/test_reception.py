"""Reception: each message answered or before a person, in its sender's order, whatever fails.

Source: security rules S5.6, S9.6 and S9.8.
"""

import asyncio
from datetime import timedelta

import sqlalchemy as sa

from hub.clock import StoppedClock
from hub.desk import WAITING_LIMIT, DeskBusyError, Look, Work
from hub.post.arrivals import ArrivalState
from hub.post.messages import Author, Thread
from hub.talk.reception import AT_ONCE, TRY_LIMIT, take
from hub.talk.strangers import list_strangers
from tests.hub.post.outboxes import TEST, list_all
from tests.hub.talk.receptions import PretendListener, broken_bots, receiving_in
from tests.village import Village


def why_it_waits(look: Look) -> list[str | None]:
    return list(look.session.scalars(sa.select(Thread.waits_why).order_by(Thread.id)))


async def test_a_message_is_read_and_answered(village: Village) -> None:
    async with receiving_in(village) as receiving:
        (read,) = await receiving.until_read(await receiving.say("hjelp"))

        said, answered = await receiving.messages()

    assert (read.state, read.message_id) == (ArrivalState.FILED, said.id)
    assert (said.text, answered.author) == ("hjelp", Author.BOT)


async def test_a_bot_that_always_fails_brings_the_message_to_staff_with_a_friendly_word(village: Village) -> None:
    async with receiving_in(village, bots=broken_bots()) as receiving:
        (read,) = await receiving.until_read(await receiving.say("hjelp"))
        said, answered = await receiving.messages()

    assert read.state == ArrivalState.FILED
    assert said.text == "hjelp"
    assert village.staff("Kari Lunde").first_name in answered.text
    assert None not in await village.desk.look(TEST, why_it_waits)


async def test_what_is_not_answered_when_the_hub_ends_is_answered_by_nobody_afterwards(village: Village) -> None:
    listener = PretendListener(slow=frozenset({"treg"}))
    async with receiving_in(village, listener) as receiving:
        before = asyncio.all_tasks()
        slow = await receiving.say("treg")
        await receiving.until(lambda: "treg" in listener.heard)

        await receiving.reception.stop(seconds=0.01)

        assert asyncio.all_tasks() <= before, "its turn has ended"
        assert (await receiving.arrival(slow)).state == ArrivalState.NEW


async def test_one_senders_slow_message_holds_up_nobody_else(village: Village) -> None:
    listener = PretendListener(slow=frozenset({"treg"}))
    async with receiving_in(village, listener) as receiving:
        slow = await receiving.say("treg")
        await receiving.until(lambda: "treg" in listener.heard)
        behind = await receiving.say("hjelp bak")
        others = [await receiving.say(f"hjelp {n}", "Ola Nordmann") for n in range(3)]
        await receiving.until_read(*others)
        states = [(await receiving.arrival(id_)).state for id_ in (slow, behind)]
        listener.go_on.set()
        await receiving.until_read(slow, behind)

    assert states == [ArrivalState.NEW, ArrivalState.NEW]
    assert listener.heard.index("hjelp bak") > listener.heard.index("hjelp 2")


async def test_one_who_floods_takes_one_place_and_holds_up_nobody(village: Village) -> None:
    listener = PretendListener(slow=frozenset({"flom 0"}))
    async with receiving_in(village, listener) as receiving:
        flood = [await receiving.say(f"flom {n}") for n in range(AT_ONCE + 20)]
        await receiving.until(lambda: "flom 0" in listener.heard)
        await receiving.until_read(await receiving.say("hjelp", "Ola Nordmann"))
        heard = list(listener.heard)
        listener.go_on.set()
        await receiving.until_read(*flood)

    assert heard == ["flom 0", "hjelp"]
    assert [text for text in listener.heard if text.startswith("flom")] == [f"flom {n}" for n in range(AT_ONCE + 20)]


async def test_a_message_that_kills_the_process_again_and_again_is_parked_where_staff_see_it(
    village: Village, clock: StoppedClock
) -> None:
    listener = PretendListener(slow=frozenset({"dødelig"}))
    async with receiving_in(village, listener) as receiving:
        await receiving.reception.stop()
        deadly = await receiving.say("dødelig")
    for _ in range(TRY_LIMIT):
        (taken,) = await village.desk.work(TEST, take, 10, ())
        clock.move(timedelta(seconds=61))

    async with receiving_in(village, listener) as receiving:
        receiving.count = 100
        after = await receiving.say("hjelp")
        parked, read = await receiving.until_read(deadly, after)

    seen = await village.desk.look(TEST, list_strangers, [village.number("contact teacher 7A").value])
    assert not taken.too_often
    assert (parked.state, parked.reason, parked.text) == (ArrivalState.PARKED, "faults", "dødelig")
    assert [arrival.id for arrival in seen] == [deadly]
    assert read.state == ArrivalState.FILED


async def test_what_a_dead_process_had_in_hand_goes_on_at_once_and_in_order(village: Village) -> None:
    async with receiving_in(village) as receiving:
        await receiving.reception.stop()
        ids = [await receiving.say(f"hjelp {n}") for n in range(3)]
    taken = await village.desk.work(TEST, take, 10, ())

    listener = PretendListener()
    async with receiving_in(village, listener) as receiving:
        read = await receiving.until_read(*ids)

    assert [one.id for one in taken] == ids[:1]
    assert listener.heard == ["hjelp 0", "hjelp 1", "hjelp 2"]
    assert [arrival.tries for arrival in read] == [2, 1, 1]


async def test_a_clock_set_back_leaves_no_message_waiting_for_its_old_lease(
    village: Village, clock: StoppedClock
) -> None:
    async with receiving_in(village) as receiving:
        await receiving.reception.stop()
        id_ = await receiving.say("hjelp")
    await village.desk.work(TEST, take, 10, ())
    clock.jump(clock.now() - timedelta(hours=3))

    (again,) = await village.desk.work(TEST, take, 10, ())

    assert again.id == id_


async def test_a_store_that_is_away_costs_no_try_and_changes_no_order(village: Village) -> None:
    listener = PretendListener(slow=frozenset({"hjelp 0"}))
    async with receiving_in(village, listener) as receiving:
        ids = [await receiving.say(f"hjelp {n}") for n in range(2)]
        await receiving.until(lambda: "hjelp 0" in listener.heard)
        loop = asyncio.get_running_loop()
        free = asyncio.Event()
        works = [asyncio.ensure_future(village.desk.work(TEST, _hold, loop, free)) for _ in range(4)]
        works += [asyncio.ensure_future(village.desk.work(TEST, lambda work: None)) for _ in range(WAITING_LIMIT)]
        await asyncio.sleep(0)
        listener.go_on.set()
        for _ in range(20):
            await asyncio.sleep(0)
        free.set()
        ends = await asyncio.gather(*works, return_exceptions=True)
        assert any(isinstance(end, DeskBusyError) for end in ends)
        read = await receiving.until_read(*ids)

    assert [arrival.tries for arrival in read] == [1, 1]
    assert [message.text for message in await receiving.messages() if message.author == Author.GUARDIAN] == [
        "hjelp 0",
        "hjelp 1",
    ]


def _hold(work: Work, loop: asyncio.AbstractEventLoop, free: asyncio.Event) -> None:
    asyncio.run_coroutine_threadsafe(free.wait(), loop).result()


async def test_machines_short_codes_and_our_own_numbers_are_kept_and_never_answered(village: Village) -> None:
    ours = village.number("office").value
    async with receiving_in(village) as receiving:
        ids = [await receiving.say("Meld. sendt", sender=sender) for sender in ("26998", "BankNorge", "1881", ours)]
        read = await receiving.until_read(*ids)

    assert {arrival.state for arrival in read} == {ArrivalState.QUARANTINED}
    assert await village.desk.look(TEST, list_all) == []


async def test_a_stranger_gets_one_neutral_answer_at_most_in_a_month(village: Village, clock: StoppedClock) -> None:
    async with receiving_in(village) as receiving:
        for hours in (0, 1, 24, 24 * 20):
            clock.move(timedelta(hours=hours))
            await receiving.until_read(await receiving.say("Hvem er dette?", sender="+4740000987"))
        within = len(await village.desk.look(TEST, list_all))
        clock.move(timedelta(days=31))
        await receiving.until_read(await receiving.say("Hvem er dette?", sender="+4740000987"))

    assert within == 1
    assert len(await village.desk.look(TEST, list_all)) == 2


async def test_a_stranger_and_one_whose_number_is_very_old_are_told_the_same(village: Village) -> None:
    async with receiving_in(village) as receiving:
        await receiving.until_read(
            await receiving.say("syk", sender="+4740000987"), await receiving.say("syk", "Torleif Tveit")
        )

    texts = {delivery.text for delivery in await village.desk.look(TEST, list_all)}
    assert len(texts) == 1


async def test_a_text_to_a_number_that_is_not_ours_is_parked(village: Village) -> None:
    async with receiving_in(village) as receiving:
        (read,) = await receiving.until_read(await receiving.say("syk", to="+4759999999"))

    assert (read.state, read.reason) == (ArrivalState.PARKED, "unknown_number")


async def test_two_receptions_at_one_store_answer_each_message_once(village: Village) -> None:
    async with receiving_in(village) as one, receiving_in(village):
        ids = [await one.say(f"hjelp {n}", name) for n in range(6) for name in ("Anne Nordmann", "Ola Nordmann")]
        await one.until_read(*ids)
        said = [message.text for message in await one.messages() if message.author == Author.GUARDIAN]

    assert sorted(said) == sorted(f"hjelp {n}" for n in range(6) for _ in range(2))
