"""How a family is reached: by which way, when not, by the next one without a sign, and by a person at the end."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from hub.address import MAIL, SMS
from hub.clock import StoppedClock
from hub.config import CapSettings
from hub.desk import Look, Work
from hub.people.families import Guardian, GuardianAddress
from hub.post.channel import AddressGoneError, RejectedError
from hub.post.climbing import climb_on, list_climbing
from hub.post.deliveries import Delivery, Status, climb
from hub.post.messages import Author, Lane, Message, Thread, ThreadKind, get_or_open_thread
from hub.post.posting import Post, post
from hub.post.quiet_hours import wakes_at
from hub.post.reach_plans import Plan, Rung, Sign, set_budget, set_plan
from hub.post.reach_wishes import Reserved, choose, end_reservation, find_wish, reserve, set_quiet
from hub.post.running_kinds import keep_kinds
from hub.post.topics import Topic
from hub.post.unreached import Unreached
from hub.post.ways import find_way, list_ways
from hub.privacy.forgetting import forget
from hub.privacy.terms import MESSAGES
from hub.register.loading import apply
from hub.register.reading import read_register
from tests.blocks import block
from tests.hub.post.outboxes import TEST, Posting, PretendChannel, post_text, posting_in
from tests.village import FOLDER, Village

ANNE = "Anne Nordmann"
PLAN = Plan(Topic.LETTER, (Rung(SMS, 30), Rung(MAIL, 60)), Sign.DELIVERED, calls=True)


@dataclass(slots=True)
class Reaching:
    """A guardian with a phone and a mail address, and the two channels."""

    posting: Posting
    village: Village
    mail: PretendChannel
    clock: StoppedClock

    @property
    def texts(self) -> list[str]:
        return self.posting.channel.texts

    async def do(self, verb: Callable[..., Any], *given: Any) -> Any:
        return await self.village.desk.work(TEST, verb, *given)

    @property
    def anne(self) -> Guardian:
        return self.village.guardian(ANNE)

    async def write(self, text: str, topic: Topic | None = None, lane: Lane = Lane.ORDINARY) -> str:
        """Post it as the hub itself; the id of the message."""
        return await self.village.desk.work(TEST, post_by_way, self.village, text, topic, lane)

    def wait_until(self, moment: datetime) -> None:
        self.clock.move(moment - self.clock.now())

    async def climb(self) -> None:
        due = await self.village.desk.look(TEST, list_climbing)
        await self.do(climb_on, due)

    async def of(self, message_id: str) -> list[Delivery]:
        return [each for each in await self.posting.deliveries() if each.message_id == message_id]

    async def until_ended(self, message_id: str, count: int = 1) -> list[Delivery]:
        """Wait until so many deliveries of a message have gone or ended."""
        for _ in range(2000):
            found = await self.of(message_id)
            if len([each for each in found if each.rank >= 2]) >= count:
                return found
            self.posting.ring()
            await asyncio.sleep(0.005)
        raise AssertionError([(each.kind, each.status, each.reason) for each in found])

    async def report(self, delivery: Delivery, status: Status) -> None:
        await self.do(report_status, delivery.id, status)

    async def to_call(self) -> list[Unreached]:
        return await self.village.desk.look(TEST, lambda look: list(look.session.scalars(sa.select(Unreached))))


def post_by_way(work: Work, village: Village, text: str, topic: Topic | None, lane: Lane) -> str:
    guardian, unit = village.guardian(ANNE), village.unit("school")
    thread = get_or_open_thread(work, unit.owner_id, unit.id, [guardian.id], ThreadKind.PRIVATE)
    message = post(
        work,
        thread,
        Post(
            text=text,
            language="nb",
            author=Author.BOT,
            author_id="today",
            child_ids=[village.child("Kari Nordmann").id],
            lane=lane,
            topic=topic,
            number=village.number("contact teacher 7A"),
        ),
    )
    return message.id


def report_status(work: Work, delivery_id: str, status: Status) -> None:
    climb(work, work.session.get_one(Delivery, delivery_id), status, None)


def add_mail(work: Work, village: Village) -> None:
    guardian = village.guardian(ANNE)
    known = sa.select(GuardianAddress).where(GuardianAddress.guardian_id == guardian.id, GuardianAddress.kind == MAIL)
    if work.session.scalars(known).first() is None:
        work.session.add(
            GuardianAddress(
                id=work.new_id(),
                owner_id=guardian.owner_id,
                guardian_id=guardian.id,
                kind=MAIL,
                value="anne@example.org",
                confirmed_at=work.now,
            )
        )
    keep_kinds(work, {SMS, MAIL})


@pytest.fixture
async def reaching(village: Village, clock: StoppedClock) -> AsyncIterator[Reaching]:
    mail = PretendChannel(name="mail", kind=MAIL)
    await village.desk.work(TEST, add_mail, village)
    async with posting_in(village, clock, beside={"mail": mail}) as posting:
        yield Reaching(posting, village, mail, clock)


@pytest.mark.capability("H-60")
async def test_a_text_goes_by_sms_unless_the_guardian_wished_otherwise(reaching: Reaching) -> None:
    usual = await reaching.write("Husk gymtøy i morgen.")
    await reaching.until_ended(usual)
    await reaching.do(choose, reaching.anne, [Topic.DAILY], [MAIL], "test")

    wished = await reaching.write("Husk matpakke i morgen.")
    await reaching.until_ended(wished)

    assert reaching.texts == ["Husk gymtøy i morgen."]
    assert reaching.mail.texts == ["Husk matpakke i morgen."]


@pytest.mark.capability("H-60")
async def test_a_wish_for_one_matter_leaves_the_others_and_what_is_urgent_takes_every_way(reaching: Reaching) -> None:
    await reaching.do(choose, reaching.anne, list(Topic), [MAIL], "test")

    def ways(look: Look, topic: Topic) -> list[str]:
        return [way.kind for way in list_ways(look, reaching.anne.id, topic)]

    assert await reaching.village.desk.look(TEST, ways, Topic.DAILY) == [MAIL]
    assert await reaching.village.desk.look(TEST, ways, Topic.URGENT) == [MAIL, SMS]


async def test_a_wish_that_leads_nowhere_is_no_silence(reaching: Reaching) -> None:
    await reaching.do(choose, reaching.anne, list(Topic), [MAIL], "test")
    await reaching.do(keep_kinds, {SMS})

    way = await reaching.village.desk.look(TEST, find_way, reaching.anne.id, Topic.DAILY)

    assert way is not None
    assert way.kind == SMS


@pytest.mark.capability("H-33")
@pytest.mark.parametrize("lane", list(Lane))
async def test_who_reserved_against_sms_gets_none_of_any_kind_and_the_story_says_why(
    reaching: Reaching, lane: Lane
) -> None:
    await reaching.do(reserve, reaching.anne, SMS, Reserved.ALL, "test")
    await reaching.do(reserve, reaching.anne, MAIL, Reserved.ALL, "test")

    ids = await reaching.do(post_by_staff, reaching.village, "Hei.", lane)
    found = await reaching.until_ended(ids)

    assert (found[0].status, found[0].reason) == (Status.DROPPED, "reserved")
    assert reaching.texts == reaching.mail.texts == []


def post_by_staff(work: Work, village: Village, text: str, lane: Lane) -> str:
    delivery = work.session.get_one(Delivery, post_text(work, village, text, ANNE, lane=lane)[0])
    return delivery.message_id


@pytest.mark.capability("H-33")
@pytest.mark.parametrize(("lane", "goes"), [(Lane.EMERGENCY, True), (Lane.SAFETY, True), (Lane.ORDINARY, False)])
async def test_the_milder_reservation_lets_what_is_urgent_pass(reaching: Reaching, lane: Lane, goes: bool) -> None:
    await reaching.do(reserve, reaching.anne, SMS, Reserved.NOT_URGENT, "test")
    await reaching.do(reserve, reaching.anne, MAIL, Reserved.ALL, "test")

    found = await reaching.until_ended(await reaching.do(post_by_staff, reaching.village, "Hei.", lane))

    assert (found[0].status != Status.DROPPED) is goes
    assert bool(reaching.texts) is goes


@pytest.mark.capability("H-33")
async def test_what_is_reserved_on_one_way_goes_by_another_and_comes_back_when_it_ends(reaching: Reaching) -> None:
    await reaching.do(reserve, reaching.anne, SMS, Reserved.ALL, "test")
    by_mail = await reaching.write("Husk gymtøy i morgen.")
    await reaching.until_ended(by_mail)

    await reaching.do(end_reservation, reaching.anne, SMS, "test")
    again = await reaching.write("Husk matpakke i morgen.")
    await reaching.until_ended(again)

    assert reaching.mail.texts == ["Husk gymtøy i morgen."]
    assert reaching.texts == ["Husk matpakke i morgen."]


async def test_a_reservation_between_posting_and_going_stops_what_waits(reaching: Reaching) -> None:
    ids = await reaching.do(post_held, reaching.village)
    await reaching.do(reserve, reaching.anne, SMS, Reserved.ALL, "test")
    reaching.posting.move(120)

    found = await reaching.until_ended(ids)

    assert found[0].reason == "reserved"
    assert reaching.texts == []


def post_held(work: Work, village: Village) -> str:
    ids = post_text(work, village, "Hei.", ANNE, hold=timedelta(seconds=60))
    return work.session.get_one(Delivery, ids[0]).message_id


async def test_an_answer_to_their_own_text_goes_all_the_same(reaching: Reaching) -> None:
    await reaching.do(reserve, reaching.anne, SMS, Reserved.ALL, "test")

    answer = await reaching.do(answer_by_bot, reaching.village)
    found = await reaching.until_ended(answer)

    assert found[0].status == Status.QUEUED
    assert reaching.texts == ["Notert."]


def answer_by_bot(work: Work, village: Village) -> str:
    ids = post_text(work, village, "Notert.", ANNE, author=Author.BOT)
    return work.session.get_one(Delivery, ids[0]).message_id


async def test_without_a_sign_the_next_way_is_taken_once_and_a_person_rings_at_the_end(reaching: Reaching) -> None:
    await reaching.do(set_plan, reaching.village.owner().id, PLAN, "test")
    letter = await reaching.write("Det er kommet et brev.", Topic.LETTER)
    await reaching.until_ended(letter)

    await reaching.climb()
    too_early = len(await reaching.of(letter))
    reaching.posting.move(31 * 60)
    await reaching.climb()
    await reaching.climb()
    by_both = await reaching.until_ended(letter, 2)
    listed_early = await reaching.to_call()
    reaching.posting.move(61 * 60)
    await reaching.climb()
    await reaching.climb()

    assert too_early == 1
    assert [each.kind for each in by_both] == [SMS, MAIL]
    assert listed_early == []
    assert [(row.guardian_id, row.why) for row in await reaching.to_call()] == [(reaching.anne.id, "no_sign")]


@pytest.mark.parametrize("status", [Status.DELIVERED, Status.READ])
async def test_the_first_sign_ends_it(reaching: Reaching, status: Status) -> None:
    await reaching.do(set_plan, reaching.village.owner().id, PLAN, "test")
    letter = await reaching.write("Det er kommet et brev.", Topic.LETTER)
    first = (await reaching.until_ended(letter))[0]

    await reaching.report(first, status)
    reaching.posting.move(31 * 60)
    await reaching.climb()
    reaching.posting.move(120 * 60)
    await reaching.climb()

    assert len(await reaching.of(letter)) == 1
    assert await reaching.to_call() == []


async def test_who_has_answered_is_sent_nothing_more(reaching: Reaching) -> None:
    plan = Plan(Topic.LETTER, PLAN.rungs, Sign.ANSWERED, calls=True)
    await reaching.do(set_plan, reaching.village.owner().id, plan, "test")
    letter = await reaching.write("Det er kommet et brev.", Topic.LETTER)
    first = (await reaching.until_ended(letter))[0]
    await reaching.report(first, Status.DELIVERED)
    reaching.clock.move(timedelta(minutes=5))

    await reaching.do(write_back, reaching.village, letter)
    reaching.posting.move(31 * 60)
    await reaching.climb()

    assert len(await reaching.of(letter)) == 1


def write_back(work: Work, village: Village, message_id: str) -> None:
    message = work.session.get_one(Message, message_id)
    work.session.add(
        Message(
            id=work.new_id(),
            owner_id=message.owner_id,
            thread_id=message.thread_id,
            at=work.now,
            author=Author.GUARDIAN,
            author_id=village.guardian(ANNE).id,
            channel=SMS,
            text="Takk",
            language="nb",
        )
    )


async def test_a_sign_that_comes_while_the_next_way_waits_keeps_it_back(reaching: Reaching) -> None:
    reaching.mail.open.clear()
    await reaching.do(set_plan, reaching.village.owner().id, PLAN, "test")
    letter = await reaching.write("Det er kommet et brev.", Topic.LETTER)
    first = (await reaching.until_ended(letter))[0]
    reaching.clock.move(timedelta(minutes=31))

    await reaching.do(climb_and_read, first.id)
    found = await reaching.until_ended(letter, 2)

    assert [(each.kind, each.status, each.reason) for each in found[1:]] == [(MAIL, Status.UNDONE, "sign_given")]
    assert reaching.mail.attempts == 0


def climb_and_read(work: Work, delivery_id: str) -> None:
    climb_on(work, [delivery_id])
    work.session.flush()
    report_status(work, delivery_id, Status.READ)


async def test_what_fails_goes_on_at_once_and_staff_are_told_only_at_the_end(reaching: Reaching) -> None:
    reaching.posting.channel.fail(RejectedError("30003"))
    letter = await reaching.write("Husk gymtøy i morgen.")
    await reaching.until_ended(letter)

    await reaching.climb()
    found = await reaching.until_ended(letter, 2)

    assert [(each.kind, each.status) for each in found] == [(SMS, Status.FAILED), (MAIL, Status.QUEUED)]
    assert await reaching.village.desk.look(TEST, why_it_waits, letter) is None


async def test_when_all_ways_fail_a_person_is_told_and_rings(reaching: Reaching) -> None:
    reaching.posting.channel.fail(RejectedError("30003"))
    reaching.mail.fail(AddressGoneError("5.1.1"))
    letter = await reaching.write("Det er kommet et brev.", Topic.LETTER)
    await reaching.until_ended(letter)

    await reaching.climb()
    await reaching.until_ended(letter, 2)
    await reaching.climb()

    assert await reaching.village.desk.look(TEST, why_it_waits, letter) == "not_delivered"
    assert [row.why for row in await reaching.to_call()] == ["5.1.1"]


def why_it_waits(look: Look, message_id: str) -> str | None:
    return look.session.get_one(Thread, look.session.get_one(Message, message_id).thread_id).waits_why


async def test_who_was_blocked_is_sought_nowhere_and_rung_by_nobody(reaching: Reaching) -> None:
    await reaching.do(block, reaching.village, ANNE, "Kari Nordmann")
    letter = await reaching.write("Det er kommet et brev.", Topic.LETTER)
    await reaching.until_ended(letter)

    await reaching.climb()
    reaching.posting.move(48 * 3600)
    await reaching.climb()

    assert [(each.status, each.reason) for each in await reaching.of(letter)] == [(Status.DROPPED, "no_right")]
    assert await reaching.to_call() == []


async def test_at_night_what_does_not_hurry_waits_for_the_morning_and_what_is_urgent_goes(reaching: Reaching) -> None:
    reaching.wait_until(datetime(2025, 3, 3, 20, 30, tzinfo=UTC))  # half past nine in the evening at the school

    held = await reaching.write("Husk gymtøy i morgen.")
    urgent = await reaching.write("Vi leter etter Ella.", lane=Lane.SAFETY)
    await reaching.until_ended(urgent)
    waiting = (await reaching.of(held))[0]
    reaching.wait_until(datetime(2025, 3, 4, 6, 0, 1, tzinfo=UTC))
    reaching.posting.ring()
    await reaching.until_ended(held)

    assert (waiting.status, waiting.reason) == (Status.WAITING, "quiet_hours")
    assert waiting.due == datetime(2025, 3, 4, 6, 0, tzinfo=UTC)
    assert reaching.texts == ["Vi leter etter Ella.", "Husk gymtøy i morgen."]


async def test_a_guardian_chooses_other_quiet_hours_or_none(reaching: Reaching) -> None:
    reaching.wait_until(datetime(2025, 3, 3, 20, 30, tzinfo=UTC))
    await reaching.do(set_quiet, reaching.anne, (time(0), time(0)), "test")

    letter = await reaching.write("Husk gymtøy i morgen.")
    await reaching.until_ended(letter)

    assert reaching.texts == ["Husk gymtøy i morgen."]


async def test_staff_answer_at_night_whoever_has_just_written_and_let_others_sleep(reaching: Reaching) -> None:
    reaching.wait_until(datetime(2025, 3, 3, 21, 0, tzinfo=UTC))
    sleeping = await reaching.do(post_by_staff, reaching.village, "Husk gymtøy.", Lane.REPLY)
    (asleep,) = await reaching.of(sleeping)
    await reaching.posting.until_delivery(asleep.id, lambda delivery: delivery.reason == "quiet_hours")
    await reaching.do(write_back, reaching.village, sleeping)

    answered = await reaching.do(post_by_staff, reaching.village, "Det går bra.", Lane.REPLY)
    await reaching.until_ended(answered)

    assert reaching.texts == ["Det går bra."]
    assert (await reaching.of(answered))[0].status == Status.QUEUED


NIGHTS = [
    ("Europe/Oslo", "2025-03-29T22:00", "2025-03-30T05:00"),  # the night that lacks an hour
    ("Europe/Oslo", "2025-10-25T22:00", "2025-10-26T06:00"),  # the night that has one more
    ("Europe/Helsinki", "2025-03-29T20:00", "2025-03-30T04:00"),
    ("Europe/Helsinki", "2025-10-25T19:30", "2025-10-26T05:00"),
    ("Europe/Stockholm", "2025-06-10T19:00", "2025-06-11T05:00"),
    ("Atlantic/Reykjavik", "2025-06-10T21:00", "2025-06-11T07:00"),
    ("Europe/Oslo", "2025-06-10T18:59", None),
    ("Europe/Oslo", "2025-06-10T19:00", "2025-06-11T05:00"),
    ("Europe/Oslo", "2025-06-11T04:59", "2025-06-11T05:00"),
    ("Europe/Oslo", "2025-06-11T05:00", None),
]


@pytest.mark.parametrize(("zone", "now", "wakes"), NIGHTS)
def test_quiet_hours_are_read_on_the_wall_clock_of_the_unit(zone: str, now: str, wakes: str | None) -> None:
    found = wakes_at(datetime.fromisoformat(now).replace(tzinfo=UTC), zone, (time(21), time(7)))

    assert found == (None if wakes is None else datetime.fromisoformat(wakes).replace(tzinfo=UTC))


async def test_a_register_changes_no_wish(reaching: Reaching) -> None:
    await reaching.do(reserve, reaching.anne, SMS, Reserved.NOT_URGENT, "test")
    await reaching.do(choose, reaching.anne, [Topic.DAILY], [MAIL], "test")
    await reaching.do(load_again)

    wish = await reaching.village.desk.look(TEST, find_wish, reaching.anne.id)

    assert wish is not None
    assert (wish.reserved, wish.choices) == ({SMS: "not_urgent"}, {"daily": [MAIL]})


def load_again(work: Work) -> None:
    apply(work, read_register(FOLDER / "village.json"), (), large=True)


@pytest.mark.one_store
@pytest.mark.parametrize(("lane", "kinds"), [(Lane.ORDINARY, [SMS, MAIL]), (Lane.SAFETY, [SMS])])
async def test_over_the_owners_budget_a_way_that_costs_nothing_is_taken_and_what_is_urgent_passes(
    village: Village, clock: StoppedClock, lane: Lane, kinds: list[str]
) -> None:
    mail = PretendChannel(name="mail", kind=MAIL)
    caps = CapSettings(prices={"NO": Decimal("0.79")})
    await village.desk.work(TEST, add_mail, village)
    await village.desk.work(TEST, set_budget, village.owner().id, 0, "test")
    async with posting_in(village, clock, caps=caps, beside={"mail": mail}) as posting:
        reaching = Reaching(posting, village, mail, clock)
        message = await reaching.write("Husk gymtøy i morgen.", lane=lane)
        await reaching.until_ended(message)
        await reaching.climb()

        found = await reaching.until_ended(message, len(kinds))

    assert [each.kind for each in found] == kinds
    assert (found[0].reason == "over_budget") is (lane == Lane.ORDINARY)
    assert (mail.texts == []) is (lane == Lane.SAFETY)


@pytest.mark.one_store
async def test_over_the_budget_and_with_no_other_way_staff_are_told(village: Village, clock: StoppedClock) -> None:
    caps = CapSettings(prices={"NO": Decimal("0.79")})
    await village.desk.work(TEST, set_budget, village.owner().id, 0, "test")
    async with posting_in(village, clock, caps=caps) as posting:
        reaching = Reaching(posting, village, PretendChannel(), clock)
        message = await reaching.write("Husk gymtøy i morgen.")
        found = await reaching.until_ended(message)

    assert [(each.status, each.reason) for each in found] == [(Status.DROPPED, "over_budget")]
    assert await village.desk.look(TEST, why_it_waits, message) == "over_cap"


@pytest.mark.one_store
async def test_a_message_that_is_forgotten_takes_its_line_of_the_call_list_along(reaching: Reaching) -> None:
    reaching.posting.channel.fail(RejectedError("30003"))
    reaching.mail.fail(AddressGoneError("5.1.1"))
    letter = await reaching.write("Det er kommet et brev.", Topic.LETTER)
    await reaching.until_ended(letter)
    await reaching.climb()
    await reaching.until_ended(letter, 2)
    await reaching.climb()
    before = len(await reaching.to_call())

    await reaching.do(forget, next(iter(MESSAGES)), [letter])

    assert before == 1
    assert await reaching.to_call() == []
