"""One message, every rung, every state a delivery can be in: what the plan does next, and that nobody is written to twice.

The app first, then a text, then a mail, and a letter that the office posts at the end.
"""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from hub.address import APP, LETTER, MAIL, SMS
from hub.clock import StoppedClock
from hub.config import CapSettings
from hub.desk import Look, Work
from hub.people.families import GuardianAddress
from hub.post.claims import claim
from hub.post.climbing import climb_on, list_climbing
from hub.post.costs import Cost, cost_of_messages
from hub.post.deliveries import RANK, Delivery, Status
from hub.post.due import Room
from hub.post.family import find_family
from hub.post.family_book import read_family_book
from hub.post.family_reads import note_read
from hub.post.messages import Lane, Message
from hub.post.prices import Prices
from hub.post.reach_plans import Plan, PlanMakesNoSenseError, Rung, Sign, set_budget, set_plan
from hub.post.running_kinds import keep_kinds
from hub.post.signs import SEEN_IN_APP, has_sign
from hub.post.topics import Topic
from hub.post.unreached import Unreached
from tests.hub.post.outboxes import TEST, PretendChannel, posting_in
from tests.hub.post.test_reach import ANNE, Reaching, add_mail, post_by_way
from tests.village import Village

SENT = (APP, SMS, MAIL)
WAIT = timedelta(minutes=30)
RUNGS = tuple(Rung(kind, 30) for kind in (*SENT, LETTER))
NOON = datetime(2025, 3, 4, 11, tzinfo=UTC)
TAKEN_BACK = frozenset({Status.UNDONE})
ENDS_IT: dict[Sign, dict[str, set[Status]]] = {
    Sign.DELIVERED: {APP: {Status.READ}, SMS: {Status.DELIVERED, Status.READ}, MAIL: {Status.DELIVERED, Status.READ}},
    Sign.READ: {kind: {Status.READ} for kind in SENT},
    Sign.ANSWERED: {kind: set() for kind in SENT},
}
"""By what ends the climbing, and by kind of address, the states that are such a sign. That it lies in the app is none."""


def plan(until: Sign, *, calls: bool = False, topic: Topic = Topic.LETTER) -> Plan:
    return Plan(topic, RUNGS, until, calls)


def prepare(work: Work, village: Village, until: Sign, topic: Topic = Topic.LETTER) -> None:
    """Anne has the app, a phone and a mailbox, and the plan goes through all of them."""
    add_mail(work, village)
    anne = village.guardian(ANNE)
    work.session.add(
        GuardianAddress(
            id=work.new_id(),
            owner_id=anne.owner_id,
            guardian_id=anne.id,
            kind=APP,
            value=f"{APP}:{anne.id}",
            confirmed_at=work.now,
            rank=99,
        )
    )
    keep_kinds(work, set(SENT))
    set_plan(work, anne.owner_id, plan(until, topic=topic), "test")


def of(look: Look, message_id: str) -> list[Delivery]:
    asked = sa.select(Delivery).where(Delivery.message_id == message_id).order_by(Delivery.id)
    return list(look.session.scalars(asked))


def stand(work: Work, delivery: Delivery, status: Status) -> None:
    delivery.status, delivery.rank = status, RANK[status]
    work.session.flush()


def climb(work: Work) -> None:
    climb_on(work, list_climbing(work))
    work.session.flush()


def is_listed(look: Look, message_id: str) -> bool:
    asked = sa.select(Unreached.by_post).where(Unreached.message_id == message_id)
    found = look.session.scalars(asked).all()
    assert len(found) <= 1
    return found == [True]


class _Climber:
    """Brings a message to a rung of its plan by silence alone, then lets the delivery there stand as it is told."""

    def __init__(self, village: Village, clock: StoppedClock) -> None:
        self._village, self._clock = village, clock

    async def start(self) -> str:
        desk = self._village.desk
        return await desk.work(TEST, post_by_way, self._village, "Det er kommet et brev.", Topic.LETTER, Lane.ORDINARY)

    async def stand_at(self, message_id: str, at: int, status: Status) -> None:
        def last(work: Work, status: Status) -> None:
            stand(work, of(work, message_id)[-1], status)

        for _ in range(at):
            await self._village.desk.work(TEST, last, Status.SENT)
            await self.wait()
        await self._village.desk.work(TEST, last, status)

    async def wait(self, times: int = 1) -> None:
        for _ in range(times):
            self._clock.move(WAIT + timedelta(seconds=1))
            await self._village.desk.work(TEST, climb)

    async def look_at(self, message_id: str) -> tuple[list[str], list[str], bool]:
        def look_at(look: Look) -> tuple[list[str], list[str], bool]:
            found = of(look, message_id)
            statuses = [each.status for each in found]
            return [each.kind for each in found], statuses, is_listed(look, message_id)

        return await self._village.desk.look(TEST, look_at)


@pytest.mark.capability("N-07")
@pytest.mark.parametrize("until", list(Sign))
@pytest.mark.parametrize("at", range(len(SENT)))
async def test_every_state_on_every_rung_leads_to_one_next_step_and_never_to_two(
    village: Village, clock: StoppedClock, at: int, until: Sign
) -> None:
    clock.move(NOON - clock.now())
    await village.desk.work(TEST, prepare, village, until)
    climber = _Climber(village, clock)

    for status in Status:
        message_id = await climber.start()
        await climber.stand_at(message_id, at, status)
        await climber.wait()
        await climber.wait(0)
        kinds, statuses, listed = await climber.look_at(message_id)
        is_over = status in ENDS_IT[until][SENT[at]] or status in TAKEN_BACK
        is_last = at == len(SENT) - 1

        steps = at + (1 if is_over else 2)
        assert kinds == list(SENT[:steps]), status
        assert listed is (is_last and not is_over), status
        if status == Status.WAITING and not is_last:
            assert statuses[at] == Status.UNDONE, "what waited does not go behind the next way"


@pytest.mark.capability("N-07")
@pytest.mark.parametrize("seen_at", range(len(SENT) + 1))
async def test_opening_the_book_in_the_app_stops_it_on_whichever_rung_it_is(
    village: Village, clock: StoppedClock, seen_at: int
) -> None:
    clock.move(NOON - clock.now())
    await village.desk.work(TEST, prepare, village, Sign.READ)
    climber = _Climber(village, clock)
    message_id = await climber.start()
    first = Status.DELIVERED if seen_at == 0 else Status.DROPPED
    await climber.stand_at(message_id, 0, first)
    for _ in range(seen_at):
        await climber.wait()
        await village.desk.work(TEST, lambda work: stand(work, of(work, message_id)[-1], Status.SENT))

    await village.desk.work(TEST, open_book, village)
    await climber.wait(5)
    kinds, _, listed = await climber.look_at(message_id)

    assert kinds == list(SENT[: seen_at + 1])
    assert listed is (seen_at == len(SENT))
    assert await village.desk.look(TEST, is_still_to_call, village, message_id) is False


def open_book(work: Work, village: Village) -> None:
    """As the page does it."""
    anne = village.guardian(ANNE)
    family = find_family(work, anne.owner_id, [anne.id])
    assert family is not None
    entries = read_family_book(work, family, village.child("Kari Nordmann").id).entries
    note_read(work, family, [entry.id for entry in entries if entry.is_unread])
    assert not any(
        entry.is_unread for entry in read_family_book(work, family, village.child("Kari Nordmann").id).entries
    )


def is_still_to_call(look: Look, village: Village, message_id: str) -> bool:
    asked = sa.select(Unreached).where(Unreached.message_id == message_id)
    rows = look.session.scalars(asked).all()
    return any(not has_sign(look, row.message_id, row.guardian_id, Sign.READ) for row in rows)


@pytest.mark.capability("N-07")
@pytest.mark.parametrize("is_first", [True, False])
async def test_the_app_is_opened_in_the_same_moment_as_it_is_climbed_and_no_text_leaves(
    village: Village, clock: StoppedClock, is_first: bool
) -> None:
    clock.move(NOON - clock.now())
    await village.desk.work(TEST, prepare, village, Sign.READ)
    climber = _Climber(village, clock)
    message_id = await climber.start()
    await climber.stand_at(message_id, 0, Status.DELIVERED)
    clock.move(WAIT + timedelta(seconds=1))

    for verb in (open_book, climb) if is_first else (climb, open_book):
        await village.desk.work(TEST, verb, *((village,) if verb is open_book else ()))
    claimed = await village.desk.work(TEST, claim, Room(10))
    kinds, statuses, _ = await climber.look_at(message_id)

    assert claimed.claimed == []
    assert kinds == [APP] if is_first else [APP, SMS]
    assert statuses == [Status.READ] if is_first else [Status.READ, Status.UNDONE]


async def test_a_text_that_was_seen_in_the_app_says_so_and_keeps_what_its_provider_told(
    village: Village, clock: StoppedClock
) -> None:
    clock.move(NOON - clock.now())
    await village.desk.work(TEST, prepare, village, Sign.READ)
    climber = _Climber(village, clock)
    message_id = await climber.start()
    await climber.stand_at(message_id, 1, Status.DELIVERED)

    await village.desk.work(TEST, open_book, village)
    text = (await village.desk.look(TEST, of, message_id))[-1]

    assert (text.kind, text.status) == (SMS, Status.DELIVERED)
    assert SEEN_IN_APP in (text.marks or ())


PRICE, BUDGET = Decimal("0.79"), 2


@pytest.fixture
async def reaching(village: Village, clock: StoppedClock) -> AsyncIterator[Reaching]:
    clock.move(NOON - clock.now())
    mail, app = PretendChannel(name="mail", kind=MAIL), PretendChannel(name=APP, kind=APP)
    await village.desk.work(TEST, prepare, village, Sign.READ, Topic.DAILY)
    await village.desk.work(TEST, set_budget, village.owner().id, BUDGET, "test")
    caps = CapSettings(prices={"NO": PRICE})
    async with posting_in(village, clock, caps=caps, beside={"mail": mail, APP: app}) as posting:
        yield Reaching(posting, village, mail, clock)


@pytest.mark.capability("N-07")
@pytest.mark.one_store
async def test_what_climbs_from_the_app_costs_no_more_than_the_ceiling_and_the_rest_goes_free(
    reaching: Reaching,
) -> None:
    messages = [await reaching.write(f"Husk gymtøy {n}.", Topic.DAILY) for n in range(5)]
    for rounds in (1, 2):
        for id_ in messages:
            await reaching.until_ended(id_, rounds)
        reaching.posting.move((WAIT + timedelta(seconds=1)).total_seconds())
        await reaching.climb()
    for id_ in messages:
        await reaching.until_ended(id_, 3)
    cost = await reaching.village.desk.look(TEST, cost_of, messages, Prices({"NO": PRICE}))
    deliveries = [each for id_ in messages for each in await reaching.of(id_)]
    paid = [each for each in deliveries if each.kind == SMS and each.handed_at is not None]

    assert cost.money == len(paid) * PRICE == 2 * PRICE <= BUDGET
    assert Counter(each.kind for each in deliveries) == {APP: 5, SMS: 5, MAIL: 5}
    assert Counter(each.reason for each in deliveries if each.kind == SMS) == {None: 2, "over_budget": 3}
    assert len(reaching.mail.texts) == 5
    assert len(set(reaching.texts)) == len(reaching.texts) == 2


def cost_of(look: Look, message_ids: Sequence[str], prices: Prices) -> Cost:
    return cost_of_messages(look, prices, sa.select(Message.id).where(Message.id.in_(message_ids)))


@pytest.mark.parametrize(
    ("topic", "kinds", "is_sense"),
    [
        (Topic.LETTER, [APP, SMS, MAIL, LETTER], True),
        (Topic.DAILY, [APP], True),
        (Topic.EMERGENCY, [SMS, APP], True),
        (Topic.EMERGENCY, [APP, SMS], False),
        (Topic.URGENT, [APP, SMS], False),
        (Topic.LETTER, [LETTER], False),
        (Topic.LETTER, [LETTER, SMS], False),
        (Topic.LETTER, [SMS, "fax"], False),
    ],
)
async def test_a_letter_ends_a_plan_and_nothing_urgent_begins_in_the_app(
    village: Village, topic: Topic, kinds: list[str], is_sense: bool
) -> None:
    wished = Plan(topic, tuple(Rung(kind, 30) for kind in kinds), Sign.READ, calls=False)

    async def keep() -> None:
        await village.desk.work(TEST, set_plan, village.owner().id, wished, "test")

    if is_sense:
        await keep()
    else:
        with pytest.raises(PlanMakesNoSenseError):
            await keep()


async def test_what_lies_in_the_app_of_several_is_no_way_for_one_of_them(village: Village, clock: StoppedClock) -> None:
    clock.move(NOON - clock.now())
    await village.desk.work(TEST, prepare, village, Sign.READ)

    def share(work: Work) -> None:
        anne, ola = village.guardian(ANNE), village.guardian("Ola Nordmann")
        own = sa.update(GuardianAddress).where(GuardianAddress.guardian_id == anne.id, GuardianAddress.kind == APP)
        work.session.execute(own.values(value=f"{APP}:{','.join(sorted((anne.id, ola.id)))}"))

    await village.desk.work(TEST, share)
    message_id = await _Climber(village, clock).start()

    assert [each.kind for each in await village.desk.look(TEST, of, message_id)] == [SMS]
