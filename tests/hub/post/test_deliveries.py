"""Deliveries: their status only climbs, in whatever order and however often the reports come."""

import random
from itertools import permutations

import pytest
import sqlalchemy as sa

from hub.desk import Look, Work
from hub.post.channel import Receipt, Report
from hub.post.claims import claim
from hub.post.deliveries import Delivery, Status
from hub.post.due import Room
from hub.post.messages import Lane, Thread
from hub.post.outcomes import Handed, NotHanded, settle
from hub.post.reports import DeliveryReport, keep_reports
from tests.hub.post.outboxes import TEST, list_all, post_text
from tests.village import Village


def report(status: str, delivery_id: str | None = None, sid: str = "SM1", error: str | None = None) -> Report:
    return Report("twilio", f"{sid}:{status}:{error or ''}", sid, status, delivery_id, error)


async def in_flight(village: Village, lane: Lane = Lane.REPLY) -> str:
    """A delivery that is being sent; its id."""
    (id_,) = await village.desk.work(TEST, post_text, village, "Hei", lane=lane)
    await village.desk.work(TEST, claim, Room(10))
    return id_


async def handed(village: Village, lane: Lane = Lane.REPLY) -> str:
    id_ = await in_flight(village, lane)
    await village.desk.work(TEST, settle, [Handed(id_, Receipt("SM1", "queued", 1))])
    return id_


async def the_one(village: Village) -> Delivery:
    (delivery,) = await village.desk.look(TEST, list_all)
    return delivery


def count_reports(look: Look) -> int:
    return look.session.scalar(sa.select(sa.func.count()).select_from(DeliveryReport)) or 0


def why_it_waits(look: Look) -> str | None:
    return look.session.scalar(sa.select(Thread.waits_why))


async def test_reports_in_any_order_and_doubled_end_in_the_same(village: Village) -> None:
    chance = random.Random(7)
    orders = list(permutations(["queued", "sending", "sent", "delivered"]))
    for number, order in enumerate(chance.sample(orders, 8)):
        sid = f"SM{number}"
        (id_,) = await village.desk.work(TEST, post_text, village, "Hei")
        await village.desk.work(TEST, claim, Room(1))
        told = [report(status, id_, sid) for status in order for _ in range(2)]
        chance.shuffle(told)
        half = chance.randrange(len(told))

        for each in told[:half]:
            await village.desk.work(TEST, keep_reports, [each])
        await village.desk.work(TEST, settle, [Handed(id_, Receipt(sid, "queued", 1))])
        await village.desk.work(TEST, keep_reports, told[half:])

        delivery = next(d for d in await village.desk.look(TEST, list_all) if d.id == id_)
        assert (delivery.status, delivery.provider_id, delivery.marks) == (Status.DELIVERED, sid, None)


async def test_a_report_before_the_create_calls_answer_is_not_lost(village: Village) -> None:
    id_ = await in_flight(village)

    await village.desk.work(TEST, keep_reports, [report("delivered", id_)])
    await village.desk.work(TEST, settle, [Handed(id_, Receipt("SM1", "queued", 1))])

    assert (await the_one(village)).status == Status.DELIVERED


async def test_a_report_without_our_tag_waits_for_the_receipt(village: Village) -> None:
    id_ = await in_flight(village)

    await village.desk.work(TEST, keep_reports, [report("delivered")])
    await village.desk.work(TEST, settle, [Handed(id_, Receipt("SM1", "queued", 1))])

    assert (await the_one(village)).status == Status.DELIVERED


async def test_a_report_tells_that_an_attempt_of_unknown_fate_went(village: Village) -> None:
    id_ = await in_flight(village)

    await village.desk.work(TEST, keep_reports, [report("sent", id_)])
    await village.desk.work(TEST, settle, [NotHanded(id_, "timeout", village.desk.clock.now(), unknown=True)])

    delivery = await the_one(village)
    assert (delivery.status, delivery.provider_id) == (Status.SENT, "SM1")
    assert (await village.desk.work(TEST, claim, Room(10))).claimed == []


@pytest.mark.parametrize(("first", "then"), list(permutations(["delivered", "undelivered", "failed"], 2)))
async def test_two_ends_that_contradict_keep_the_first_and_mark_the_second(
    village: Village, first: str, then: str
) -> None:
    id_ = await handed(village)

    await village.desk.work(TEST, keep_reports, [report(first, id_)])
    await village.desk.work(
        TEST, keep_reports, [report(then, id_), report(then, id_), report(then, id_, error="30005")]
    )

    delivery = await the_one(village)
    assert (delivery.status, delivery.marks) == (first, [f"contradicted:{then}"])


async def test_a_late_report_for_a_delivery_we_do_not_know_is_kept_and_changes_nothing(village: Village) -> None:
    id_ = await handed(village)

    fresh = await village.desk.work(TEST, keep_reports, [report("failed", "01jx0000000000000000000000", "SM9")])

    assert fresh == [True]
    assert await village.desk.look(TEST, count_reports) == 1
    assert (await village.desk.look(TEST, lambda look: look.session.get_one(Delivery, id_))).status == Status.QUEUED


async def test_a_repeated_report_is_no_news(village: Village) -> None:
    id_ = await handed(village)
    told = report("delivered", id_)

    fresh = [
        await village.desk.work(TEST, keep_reports, [told, told]),
        await village.desk.work(TEST, keep_reports, [told]),
    ]

    assert fresh == [[True, False], [False]]
    assert await village.desk.look(TEST, count_reports) == 1


async def test_a_report_of_another_channel_changes_nothing(village: Village) -> None:
    id_ = await handed(village)

    await village.desk.work(TEST, keep_reports, [Report("smpp", "k", "SM1", "failed", id_)])

    assert (await the_one(village)).status == Status.QUEUED


async def test_an_attempt_and_its_repeat_that_both_went_are_told_apart(village: Village) -> None:
    id_ = await in_flight(village)

    await village.desk.work(TEST, keep_reports, [report("sent", id_, "SM1")])
    await village.desk.work(TEST, settle, [Handed(id_, Receipt("SM2", "queued", 1))])
    await village.desk.work(TEST, keep_reports, [report("sent", id_, "SM2"), report("delivered", id_, "SM2")])
    await village.desk.work(TEST, keep_reports, [report("delivered", id_, "SM1")])

    delivery = await the_one(village)
    assert (delivery.provider_id, delivery.status, delivery.marks) == ("SM1", Status.DELIVERED, ["second:SM2"])


async def two_alike(village: Village) -> tuple[str, str]:
    """Two deliveries with the same words to the same phone, of whose attempts nobody knows whether they went; their ids."""
    ids = [(await village.desk.work(TEST, post_text, village, "Hei"))[0] for _ in range(2)]
    await village.desk.work(TEST, claim, Room(10))
    await village.desk.work(
        TEST, settle, [NotHanded(id_, "no_answer", village.desk.clock.now(), unknown=True) for id_ in ids]
    )
    return ids[0], ids[1]


async def claimed_again(village: Village) -> list[tuple[str, bool]]:
    """What is claimed now, and whether its earlier attempt is looked for first."""
    claimed = (await village.desk.work(TEST, claim, Room(10))).claimed
    return [(each.envelope.delivery_id, each.look_first) for each in claimed]


async def get_both(village: Village, mistaken: str, went: str) -> tuple[Delivery, Delivery]:
    found = {delivery.id: delivery for delivery in await village.desk.look(TEST, list_all)}
    return found[mistaken], found[went]


async def test_what_was_found_as_another_deliverys_text_is_looked_for_again_once_that_one_is_told_of(
    village: Village,
) -> None:
    mistaken, went = await two_alike(village)
    await village.desk.work(TEST, settle, [Handed(mistaken, Receipt("SM1", "sent", 1), found=True)])

    await village.desk.work(TEST, keep_reports, [report("delivered", went)])

    first, second = await get_both(village, mistaken, went)
    assert (first.provider_id, first.handed_at, first.ended_at, first.marks) == (None, None, None, ["unknown"])
    assert (second.provider_id, second.status) == ("SM1", Status.DELIVERED)
    assert await claimed_again(village) == [(mistaken, True)]


async def test_what_the_mistaken_one_was_told_is_heeded_by_the_one_that_went(village: Village) -> None:
    mistaken, went = await two_alike(village)
    await village.desk.work(TEST, settle, [Handed(mistaken, Receipt("SM1", "sent", 1), found=True)])
    await village.desk.work(TEST, keep_reports, [report("delivered")])

    await village.desk.work(TEST, keep_reports, [report("sent", went)])

    first, second = await get_both(village, mistaken, went)
    assert (first.status, second.status) == (Status.CLAIMED, Status.DELIVERED)
    assert await claimed_again(village) == [(mistaken, True)]


@pytest.mark.parametrize("order", [[0, 1], [1, 0]])
@pytest.mark.parametrize("together", [True, False])
async def test_what_was_found_while_another_deliverys_text_was_being_answered_is_looked_for_again(
    village: Village, order: list[int], together: bool
) -> None:
    mistaken, went = await two_alike(village)
    await village.desk.work(TEST, claim, Room(10))
    receipt = Receipt("SM1", "sent", 1)
    outcomes = [[Handed(mistaken, receipt, found=True), Handed(went, receipt)][place] for place in order]

    for batch in [outcomes] if together else [[outcome] for outcome in outcomes]:
        await village.desk.work(TEST, settle, batch)

    first, second = await get_both(village, mistaken, went)
    assert (first.status, first.provider_id) == (Status.CLAIMED, None)
    assert (second.status, second.provider_id) == (Status.SENT, "SM1")
    assert first.lease_until is not None


async def test_where_two_alike_went_for_two_nothing_more_is_sent(village: Village) -> None:
    mistaken, went = await two_alike(village)
    await village.desk.work(TEST, settle, [Handed(mistaken, Receipt("SM1", "sent", 1), found=True)])
    await village.desk.work(TEST, settle, [Handed(went, Receipt("SM2", "queued", 1))])

    await village.desk.work(TEST, keep_reports, [report("delivered", went, "SM1")])

    first, second = await get_both(village, mistaken, went)
    assert (first.provider_id, second.provider_id, second.marks) == ("SM1", "SM2", ["unknown", "second:SM1"])
    assert await claimed_again(village) == []


async def test_a_text_that_did_not_arrive_waits_for_a_person(village: Village) -> None:
    id_ = await handed(village)

    await village.desk.work(TEST, keep_reports, [report("undelivered", id_, error="30005")])

    assert (await the_one(village)).reason == "30005"
    assert await village.desk.look(TEST, why_it_waits) == "not_delivered"


async def test_a_text_that_arrived_waits_for_nobody(village: Village) -> None:
    id_ = await handed(village)

    await village.desk.work(TEST, keep_reports, [report("delivered", id_)])

    assert await village.desk.look(TEST, why_it_waits) is None


async def test_one_of_many_that_did_not_arrive_asks_for_nobody(village: Village) -> None:
    id_ = await handed(village, Lane.BULK)

    await village.desk.work(TEST, keep_reports, [report("undelivered", id_, error="30005")])

    assert await village.desk.look(TEST, why_it_waits) is None


async def test_a_mark_is_taken_back_from_the_end(village: Village) -> None:
    await in_flight(village)

    def mark(work: Work) -> list[str]:
        delivery = work.session.scalars(sa.select(Delivery)).one()
        for each in ("crashed", "repeated", "crashed"):
            delivery.mark(each)
        delivery.unmark("repeated")
        delivery.unmark("never")
        return list(delivery.marks or [])

    assert await village.desk.work(TEST, mark) == ["crashed", "crashed"]
