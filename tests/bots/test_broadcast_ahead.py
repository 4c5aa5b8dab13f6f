"""What a broadcast will say is worked out in its hold: nothing of that stands anywhere or leaves before its end, and what has
changed by then counts."""

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from bots.broadcast import BroadcastBot
from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.people.families import Child, Guardian, GuardianAddress, GuardianRight, Guardianship, Right
from hub.post.audience import list_guardians_of
from hub.post.broadcast_picture import End
from hub.post.broadcast_recalls import recall
from hub.post.broadcast_receivers import BroadcastReceiver, ReceiverState
from hub.post.broadcasts import HOLD, Broadcast, BroadcastState, Scope, keep_broadcast
from hub.post.deliveries import Delivery
from hub.post.messages import Message, Thread
from hub.post.prepared_texts import PreparedText
from hub.talk.conversations import Conversation
from tests.blocks import set_block
from tests.bots.broadcast_school import SKI, TEACHER, TEN, School
from tests.hub.post.spoken import TEST, as_staff
from tests.village import Village

LIVES = (BroadcastReceiver, Message, Delivery, Thread, Conversation)


@pytest.fixture(autouse=True)
def at_ten(clock: StoppedClock) -> None:
    clock.move(TEN)


@pytest.fixture
def school(village: Village, clock: StoppedClock) -> School:
    return School(village, clock)


async def hold(school: School) -> str:
    """One to a class, held as long as any."""

    def keep(work: Work) -> str:
        return keep_broadcast(work, school.place(work, ("7A",), Scope.GROUPS), SKI, work.now + HOLD).id

    return await school.village.desk.work(as_staff(school.village.staff(TEACHER)), keep)


async def count(school: School) -> list[int]:
    def ask(look: Look) -> list[int]:
        return [look.session.scalar(sa.select(sa.func.count()).select_from(table)) or 0 for table in LIVES]

    return await school.village.desk.look(TEST, ask)


async def list_ready(school: School) -> list[bool]:
    """Of all that is prepared, whether it can be written as it is."""
    return await school.village.desk.look(
        TEST, lambda look: [rows is not None for rows in look.session.scalars(sa.select(PreparedText.rows))]
    )


async def end_hold(school: School) -> None:
    school.clock.move(HOLD)
    await school.prepare()


async def test_what_is_prepared_in_the_hold_is_nowhere_before_its_end_and_is_what_would_have_been_told(
    school: School,
) -> None:
    now_id = await school.send()
    await school.prepare()
    told_now = sorted(await school.texts())
    before = await count(school)
    id_ = await hold(school)

    await school.prepare()
    in_hold, ready, shown = await count(school), await list_ready(school), await school.progress(id_)
    await end_hold(school)
    told_then = (await school.texts())[len(told_now) :]

    assert now_id != id_
    assert in_hold == before
    assert ready.count(True) < len(ready)  # a yes to the first one waits for most
    assert shown.total == 0
    assert sorted(told_then) == told_now
    assert await list_ready(school) == []
    assert await school.state(id_) == BroadcastState.SENT


async def test_whoever_nothing_waits_for_is_told_as_it_was_prepared(school: School) -> None:
    id_ = await hold(school)
    await school.prepare()
    ready = await list_ready(school)

    school.clock.move(HOLD)
    await school.wake()
    arrived = await school.deliver()

    def ask(look: Look) -> tuple[set[str], set[bool]]:
        states = look.session.scalars(sa.select(Conversation.state)).all()
        moments = look.session.scalars(sa.select(Message.at).where(Message.author_id == "broadcast"))
        starts_at = look.session.get_one(Broadcast, id_).starts_at
        return set(states), {at == starts_at for at in moments}

    progress = await school.progress(id_)
    assert ready.count(True) > len(ready) / 2
    assert arrived == progress.ends[End.REACHED] >= ready.count(True)
    assert await school.village.desk.look(TEST, ask) == ({"told"}, {True})


async def test_it_is_known_when_the_next_hold_ends(school: School) -> None:
    def find(look: Look) -> datetime | None:
        return BroadcastBot().find_next(look)

    before = await school.village.desk.look(TEST, find)
    id_ = await hold(school)
    held = await school.village.desk.look(TEST, find)
    school.clock.move(HOLD)

    assert before is None
    assert held == await school.village.desk.look(TEST, lambda look: look.session.get_one(Broadcast, id_).starts_at)
    assert await school.village.desk.look(TEST, find) is None


async def test_what_is_recalled_after_it_was_prepared_leaves_nothing_behind(school: School) -> None:
    before = await count(school)
    id_ = await hold(school)
    await school.prepare()

    await school.village.desk.work(TEST, lambda work: recall(work, work.session.get_one(Broadcast, id_)))
    await end_hold(school)

    assert await list_ready(school) == []
    assert await count(school) == before


@pytest.mark.parametrize("works", [1, 2])
async def test_a_hold_that_ends_before_all_is_prepared_tells_each_once(
    school: School, monkeypatch: pytest.MonkeyPatch, works: int
) -> None:
    """As after a crash, too: each work keeps what it prepared together with how far it came."""
    monkeypatch.setattr("bots.broadcast.AT_ONCE", 3)
    monkeypatch.setattr("bots.broadcast.CHECKED_AT_ONCE", 4)
    monkeypatch.setattr("bots.broadcast_ahead.RELEASED_AT_ONCE", 2)
    id_ = await hold(school)
    for _ in range(works):
        await school.wake()

    ready = await list_ready(school)
    await end_hold(school)

    phones = [phone for phone, _ in await school.texts()]
    progress = await school.progress(id_)
    assert len(ready) == 3 * works
    assert len(phones) == len(set(phones)) == progress.total - progress.ends[End.FAILED]
    assert await school.state(id_) == BroadcastState.SENT


def _give_right(work: Work, school: School, child: Child) -> Guardian:
    """Somebody of another class who answers for this child too from today on."""
    other = school.village.guardian("Ragnhild Lien")
    of = Guardianship(id=work.new_id(), owner_id=child.owner_id, guardian_id=other.id, child_id=child.id, source_id="")
    work.session.add(of)
    work.session.flush()
    work.session.add(
        GuardianRight(
            id=work.new_id(),
            owner_id=child.owner_id,
            guardianship_id=of.id,
            kind=Right.INFORM,
            basis="custody",
            from_day=work.now.date() - timedelta(days=2),
        )
    )
    return other


async def test_who_may_be_told_and_where_is_as_it_is_at_the_end_of_the_hold(school: School) -> None:
    village = school.village
    kari = village.child("Kari Nordmann")
    id_ = await hold(school)
    await school.prepare()

    def change(work: Work) -> tuple[str, str, str]:
        """One is blocked, one has another phone, a child of one is protected, and one has a new right."""
        day = village.unit("school").today(work.now)
        ready = sa.select(PreparedText.guardian_id).where(PreparedText.rows.is_not(None))
        plain = sorted(work.session.scalars(ready))
        anne = village.guardian("Anne Nordmann").id
        moved, guarded = [guardian_id for guardian_id in plain if guardian_id != anne][:2]
        set_block(work, village.guardian("Anne Nordmann"), kari)
        address = work.session.scalars(sa.select(GuardianAddress).where(GuardianAddress.guardian_id == moved)).one()
        address.value = "+4740009999"
        child_ids = sa.select(Guardianship.child_id).where(Guardianship.guardian_id == guarded)
        work.session.execute(sa.update(Child).where(Child.id.in_(child_ids)).values(protected=True))
        other = _give_right(work, school, kari)
        work.session.flush()
        assert other.id in {one.id for one in list_guardians_of(work, [kari.id], Right.INFORM, day)[kari.id]}
        return moved, guarded, other.id

    moved, guarded, added = await village.desk.work(TEST, change)
    await end_hold(school)

    def ask(look: Look) -> dict[str, tuple[str, str, str]]:
        asked = sa.select(
            BroadcastReceiver.guardian_id, Delivery.recipient, Delivery.text, BroadcastReceiver.state
        ).join(Delivery, Delivery.message_id == BroadcastReceiver.message_id)
        return {row[0]: (row[1], row[2], row[3]) for row in look.session.execute(asked)}

    told = await village.desk.look(TEST, ask)
    assert village.guardian("Anne Nordmann").id not in told
    assert told[moved][0] == "+4740009999"
    assert "ski" not in told[guarded][1]
    assert added in told
    assert {state for _, _, state in told.values()} == {ReceiverState.TOLD}
    assert await school.state(id_) == BroadcastState.SENT
