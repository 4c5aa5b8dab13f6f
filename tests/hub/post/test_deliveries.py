"""Deliveries: their status only climbs, in whatever order and however often the reports come."""

import random
from itertools import permutations

import pytest
import sqlalchemy as sa

from hub.desk import Look, Work
from hub.post.channel import Receipt, Report
from hub.post.claims import Room, claim
from hub.post.deliveries import Delivery, Status
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
