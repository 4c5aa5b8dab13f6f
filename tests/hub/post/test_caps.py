"""Caps: so many texts and no more, by number, by how numbers begin, by unit, by owner and by money; what is over one waits
or is shown to a person, and what is urgent has room of its own."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from hub.clock import StoppedClock
from hub.config import CapSettings
from hub.desk import Look
from hub.post.channel import TryLaterError
from hub.post.claims import claim
from hub.post.deliveries import Delivery, Status
from hub.post.due import Room
from hub.post.messages import Lane, Thread
from hub.post.text_counts import Scope, TextCount, find_usage, forget_counts
from tests.hub.post.outboxes import TEST, post_text, posting_in
from tests.village import SAARELA, Village

ANNE, LENE = "Anne Nordmann", "Lene Berg"


@pytest.fixture(autouse=True)
def during_the_day(clock: StoppedClock) -> None:
    """The next opening is less than a day away."""
    clock.move(timedelta(hours=2))


async def post_to(village: Village, *guardians: str, lane: Lane = Lane.ORDINARY, text: str = "Hei") -> list[str]:
    return [
        id_
        for guardian in guardians
        for id_ in await village.desk.work(TEST, post_text, village, text, guardian, lane=lane)
    ]


async def let_go(village: Village, caps: CapSettings) -> list[str]:
    """The ids of what may be sent now."""
    found = await village.desk.work(TEST, claim, Room(50, caps=caps))
    return [claimed.envelope.delivery_id for claimed in found.claimed]


async def get(village: Village, id_: str) -> Delivery:
    return await village.desk.look(TEST, lambda look: look.session.get_one(Delivery, id_))


async def waits_why(village: Village) -> list[str]:
    def ask(look: Look) -> Sequence[str | None]:
        return look.session.scalars(sa.select(Thread.waits_why).order_by(Thread.id)).all()

    return [why for why in await village.desk.look(TEST, ask) if why is not None]


@pytest.mark.parametrize(
    ("caps", "reason"),
    [
        (CapSettings(per_number=1), "cap_number"),
        (CapSettings(per_prefix=1), "cap_prefix"),
        (CapSettings(per_unit=1), "cap_unit"),
        (CapSettings(per_day=1), "cap_day"),
        (CapSettings(money_per_day=Decimal("0.90"), prices={"NO": Decimal("0.60")}), "cap_money"),
        (CapSettings(money_per_month=Decimal("0.90"), prices={"NO": Decimal("0.60")}), "cap_money"),
    ],
)
async def test_a_text_over_a_cap_waits_for_the_units_next_opening_and_a_person_sees_it(
    village: Village, caps: CapSettings, reason: str
) -> None:
    first, second = await post_to(village, ANNE, ANNE)

    went = await let_go(village, caps)

    held = await get(village, second)
    oslo = ZoneInfo("Europe/Oslo")
    unit = village.unit("school")
    assert went == [first]
    assert (held.status, held.reason, held.tries) == (Status.WAITING, reason, 0)
    assert held.due.astimezone(oslo) == datetime(2025, 3, 4, unit.opens.hour, unit.opens.minute, tzinfo=oslo)
    assert await waits_why(village) == ["over_cap"]


async def test_what_waited_for_a_cap_goes_the_next_day(village: Village, clock: StoppedClock) -> None:
    caps = CapSettings(per_number=1)
    _, second = await post_to(village, ANNE, ANNE, lane=Lane.BULK)
    await let_go(village, caps)
    held = await get(village, second)

    clock.move(held.due - clock.now())
    went = await let_go(village, caps)

    sent = await get(village, second)
    assert second in went
    assert (sent.status, sent.reason, sent.tries) == (Status.CLAIMED, None, 1)


async def test_one_number_at_its_cap_holds_up_nobody_else(village: Village) -> None:
    first, held, other = await post_to(village, ANNE, ANNE, LENE)

    went = await let_go(village, CapSettings(per_number=1))

    assert went == [first, other]
    assert (await get(village, held)).status == Status.WAITING


async def test_a_reply_that_cannot_wait_until_tomorrow_is_a_task_for_a_person(village: Village) -> None:
    _, second = await post_to(village, ANNE, ANNE, lane=Lane.REPLY)

    await let_go(village, CapSettings(per_number=1))

    over = await get(village, second)
    assert (over.status, over.reason) == (Status.PARKED, "cap_number")
    assert await waits_why(village) == ["over_cap"]


async def test_texts_to_many_wait_without_a_task_for_each(village: Village) -> None:
    _, second = await post_to(village, ANNE, ANNE, lane=Lane.BULK)

    await let_go(village, CapSettings(per_unit=1, bulk_percent=100))

    assert (await get(village, second)).status == Status.WAITING
    assert await waits_why(village) == []


async def test_texts_to_many_leave_room_for_answers(village: Village) -> None:
    caps = CapSettings(per_unit=2, bulk_percent=50)
    first, second = await post_to(village, ANNE, LENE, lane=Lane.BULK)
    went = await let_go(village, caps)

    (answer,) = await post_to(village, ANNE, lane=Lane.REPLY)
    went += await let_go(village, caps)

    assert went == [first, answer]
    assert (await get(village, second)).reason == "cap_unit"


async def test_what_a_guardian_can_make_go_to_another_leaves_room_for_an_emergency(village: Village) -> None:
    caps = CapSettings(per_number=2, bulk_percent=50)
    echo, flood = await post_to(village, ANNE, ANNE, lane=Lane.SAFETY)
    went = await let_go(village, caps)

    emergencies = await post_to(village, ANNE, ANNE, lane=Lane.EMERGENCY)
    went += await let_go(village, caps)

    assert went == [echo, emergencies[0]]
    assert (await get(village, flood)).status == Status.PARKED


async def test_a_flood_of_strangers_leaves_room_for_those_whom_we_know(village: Village) -> None:
    caps = CapSettings(per_unit=2, bulk_percent=50)
    first, second = await post_to(village, ANNE, LENE, lane=Lane.REPLY)
    await village.desk.work(TEST, lambda work: work.session.execute(sa.update(Delivery).values(guardian_id=None)))
    went = await let_go(village, caps)

    (answer,) = await post_to(village, ANNE, lane=Lane.REPLY)
    went += await let_go(village, caps)

    assert went == [first, answer]
    assert (await get(village, second)).reason == "cap_unit"


@pytest.mark.parametrize("lane", [Lane.EMERGENCY, Lane.SAFETY])
async def test_what_is_urgent_goes_though_every_cap_is_used_up(village: Village, lane: Lane) -> None:
    one = Decimal(1)
    caps = CapSettings(
        per_number=1,
        per_prefix=1,
        per_unit=1,
        per_day=1,
        bulk_percent=100,
        money_per_day=one,
        money_per_month=one,
        prices={"NO": one},
    )
    first = await post_to(village, ANNE, lane=Lane.BULK)
    went = await let_go(village, caps)

    urgent = await post_to(village, ANNE, lane=lane)
    held = await post_to(village, ANNE, lane=Lane.ORDINARY)
    went += await let_go(village, caps)

    assert went == first + urgent
    assert (await get(village, held[0])).reason == "cap_number"


async def test_even_what_is_urgent_has_an_end_and_becomes_a_task(village: Village) -> None:
    first, second = await post_to(village, ANNE, ANNE, lane=Lane.EMERGENCY)

    went = await let_go(village, CapSettings(per_number=1))

    assert went == [first]
    assert (await get(village, second)).status == Status.PARKED
    assert await waits_why(village) == ["over_cap"]


async def test_two_owners_have_their_own_room(village: Village) -> None:
    await post_to(village, ANNE)
    theirs = await village.desk.work(
        TEST,
        post_text,
        village,
        "Hei",
        "Antti Virtanen",
        seat="teacher peikot",
        owner=SAARELA,
        place="preschool",
    )

    went = await let_go(village, CapSettings(per_day=1))

    assert set(theirs) < set(went)
    assert len(went) == 2


async def test_a_text_counts_once_however_often_it_is_tried(village: Village, clock: StoppedClock) -> None:
    async with posting_in(village, clock) as posting:
        posting.channel.fail(TryLaterError("20429", after=5), times=3)
        id_ = await posting.post("Hei")
        for _ in range(3):
            await posting.next_try(id_)
        await posting.until_status(id_, Status.QUEUED)

    assert await count_of(village, Scope.OWNER) == 1


async def test_the_counts_outlive_the_hub(village: Village, clock: StoppedClock) -> None:
    """They are in the store, written in the claim's own work: another outbox goes on where the first one ended."""
    caps = CapSettings(per_number=1)
    async with posting_in(village, clock, caps=caps) as posting:
        await posting.until_status(await posting.post("Hei"), Status.QUEUED)

    async with posting_in(village, clock, caps=caps) as posting:
        held = await posting.until_delivery(await posting.post("Hei igjen"), lambda d: d.reason is not None)

    assert held.reason == "cap_number"
    assert posting.channel.texts == []


async def test_money_is_counted_by_parts_and_what_has_no_price_is_told_apart(village: Village) -> None:
    await post_to(village, ANNE, text="å" * 161)
    await post_to(village, ANNE, text="Hei 😀")
    await let_go(village, CapSettings(prices={"NO": Decimal("0.79")}))
    await post_to(village, ANNE)
    await let_go(village, CapSettings(prices={"SE": Decimal("0.50")}))

    usage = await village.desk.look(TEST, find_usage, village.unit("school"))

    assert (usage.texts, usage.money_today, usage.money_this_month) == (3, Decimal("2.37"), Decimal("2.37"))
    assert usage.unpriced == 1


async def test_the_month_goes_on_counting_when_the_day_ends(village: Village, clock: StoppedClock) -> None:
    caps = CapSettings(money_per_month=Decimal(1), prices={"NO": Decimal("0.60")})
    await post_to(village, ANNE)
    await let_go(village, caps)

    clock.move(timedelta(days=1))
    (second,) = await post_to(village, ANNE)
    went_in_march = await let_go(village, caps)
    clock.move(datetime(2025, 4, 1, 8, tzinfo=UTC) - clock.now())
    (third,) = await post_to(village, LENE)
    went_in_april = await let_go(village, caps)

    assert second not in went_in_march
    assert third in went_in_april
    assert (await get(village, second)).reason == "deadline"


async def test_counts_of_single_numbers_are_let_go_after_a_week(village: Village, clock: StoppedClock) -> None:
    await post_to(village, ANNE)
    await let_go(village, CapSettings())

    clock.move(timedelta(days=9))
    await village.desk.work(TEST, forget_counts)

    assert await count_of(village, Scope.NUMBER) == 0
    assert await count_of(village, Scope.UNIT) == 1


async def count_of(village: Village, scope: Scope) -> int:
    def ask(look: Look) -> int:
        return look.session.scalar(sa.select(sa.func.sum(TextCount.texts)).where(TextCount.scope == scope)) or 0

    return await village.desk.look(TEST, ask)
