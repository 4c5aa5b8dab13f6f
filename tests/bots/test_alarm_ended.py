"""What becomes of an emergency that is over: whoever it had not reached by then is not frightened by it afterwards."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from hub.address import MAIL, SMS
from hub.clock import StoppedClock
from hub.desk import Work
from hub.people.families import GuardianAddress
from hub.post.channel import Receipt
from hub.post.claims import claim
from hub.post.climbing import climb_on, list_climbing
from hub.post.deliveries import Delivery, Status
from hub.post.due import Room
from hub.post.outcomes import Handed, NotHanded, mark_repeat, settle
from hub.post.running_kinds import keep_kinds
from tests.bots.alarm_school import School
from tests.hub.post.spoken import TEST
from tests.village import Village

FIRE, OVER = "Brann i gymsalen", "Alle er inne igjen"


@pytest.fixture(autouse=True)
def at_ten(clock: StoppedClock) -> None:
    clock.move(timedelta(hours=3))


@pytest.fixture
def school(village: Village) -> School:
    return School(village)


async def take_some(school: School) -> list[str]:
    """The ids of what the outbox has in hand."""
    found = await school.village.desk.work(TEST, claim, Room(5))
    return [one.envelope.delivery_id for one in found.claimed]


async def hand_over(school: School, ids: list[str]) -> None:
    await school.village.desk.work(TEST, settle, [Handed(id_, Receipt(f"SM{id_}", "sent", 1)) for id_ in ids])


async def test_what_still_waits_when_it_is_over_never_goes_and_the_others_hear_that_it_is_over(school: School) -> None:
    alarm = await school.sound()
    await school.wake()
    gone = await take_some(school)
    await hand_over(school, gone)

    await school.end(alarm)
    await school.wake()

    emergency = [d for d in await school.deliveries() if d.topic == "emergency" and OVER not in d.text]
    told = {d.guardian_id for d in emergency if d.id in gone}
    closing = {
        d.guardian_id for d in await school.deliveries() if d.message_id not in {e.message_id for e in emergency}
    }
    assert {d.status for d in emergency if d.id not in gone} == {Status.UNDONE}
    assert closing == told


async def test_whom_it_was_never_written_to_is_told_nothing_of_it_afterwards(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bots.broadcast.GATHERED_AT_ONCE", 10)
    monkeypatch.setattr("bots.broadcast.AT_ONCE", 5)
    alarm = await school.sound()
    await school.wake(4)
    before = len(await school.deliveries())

    await school.end(alarm)
    await school.wake()

    assert before
    assert len([d for d in await school.deliveries() if d.lane == 0]) == before


async def test_an_alarm_that_is_over_before_anybody_was_told_goes_to_nobody(school: School) -> None:
    alarm = await school.sound()

    await school.end(alarm)
    await school.wake()

    assert await school.deliveries() == []


async def test_what_the_provider_hands_back_after_the_end_is_not_tried_again(
    school: School, clock: StoppedClock
) -> None:
    alarm = await school.sound()
    await school.wake()
    later, unknown, *_ = await take_some(school)

    await school.end(alarm)
    again = clock.now() + timedelta(seconds=5)
    outcomes = [NotHanded(later, "busy", again), NotHanded(unknown, "timeout", again, unknown=True)]
    await school.village.desk.work(TEST, settle, outcomes)
    clock.move(timedelta(minutes=2))
    sought = await school.village.desk.work(TEST, claim, Room(200))
    may_repeat = await school.village.desk.work(TEST, mark_repeat, unknown)

    ends = {d.id: (d.status, d.reason) for d in await school.deliveries()}
    assert later not in {one.envelope.delivery_id for one in sought.claimed}
    assert ends[later] == (Status.UNDONE, "recalled")
    assert not may_repeat
    assert ends[unknown] == (Status.FAILED, "unknown_fate")


async def test_it_goes_on_by_no_further_way_once_it_is_over(school: School, clock: StoppedClock) -> None:
    anne = school.village.guardian("Anne Nordmann")

    def give_mail(work: Work) -> None:
        keep_kinds(work, {SMS, MAIL})
        address = GuardianAddress(
            id=work.new_id(),
            owner_id=anne.owner_id,
            guardian_id=anne.id,
            kind=MAIL,
            value="anne@example.org",
            confirmed_at=work.now,
        )
        work.session.add(address)

    await school.village.desk.work(TEST, give_mail)
    alarm = await school.sound()
    await school.wake()
    while ids := await take_some(school):
        await hand_over(school, ids)

    await school.end(alarm)
    await school.wake()
    clock.move(timedelta(hours=2))
    await school.village.desk.work(TEST, lambda work: climb_on(work, list_climbing(work)))

    asked = sa.select(Delivery.text).where(Delivery.kind == MAIL)
    mailed = await school.village.desk.look(TEST, lambda look: list(look.session.scalars(asked)))
    assert any(OVER in text for text in mailed)
    assert not any(FIRE in text for text in mailed)
