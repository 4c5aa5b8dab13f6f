"""Posting: kept and on its way in one work, held and undone until it leaves, and never twice to one phone."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from hub.clock import StoppedClock
from hub.desk import Work
from hub.people.families import GuardianAddress
from hub.post.claims import claim
from hub.post.deliveries import Status
from hub.post.due import Room
from hub.post.messages import Author, Lane, Message, ThreadKind, get_or_open_thread
from hub.post.posting import DEADLINES, NobodyToReachError, Post, TooLateToUndoError, post, send_now, undo
from tests.hub.post.outboxes import TEST, list_all, post_text
from tests.village import Village


def the_message(work: Work) -> Message:
    return work.session.scalars(sa.select(Message)).one()


def undo_it(work: Work) -> int:
    return undo(work, the_message(work))


def send_it_now(work: Work) -> None:
    send_now(work, the_message(work))


async def test_a_text_that_waits_can_be_undone_and_never_leaves(village: Village, clock: StoppedClock) -> None:
    await village.desk.work(TEST, post_text, village, "Hei", hold=timedelta(seconds=5))

    undone = await village.desk.work(TEST, undo_it)
    clock.move(timedelta(minutes=1))

    assert undone == 1
    assert (await village.desk.work(TEST, claim, Room(10))).claimed == []
    assert [delivery.status for delivery in await village.desk.look(TEST, list_all)] == [Status.UNDONE]


async def test_a_text_that_has_been_claimed_cannot_be_undone(village: Village) -> None:
    await village.desk.work(TEST, post_text, village, "Hei")
    await village.desk.work(TEST, claim, Room(10))

    with pytest.raises(TooLateToUndoError):
        await village.desk.work(TEST, undo_it)

    assert [delivery.status for delivery in await village.desk.look(TEST, list_all)] == [Status.CLAIMED]


async def test_a_hold_can_be_ended_early(village: Village) -> None:
    await village.desk.work(TEST, post_text, village, "Hei", hold=timedelta(seconds=30))

    await village.desk.work(TEST, send_it_now)

    assert len((await village.desk.work(TEST, claim, Room(10))).claimed) == 1


@pytest.mark.parametrize("lane", list(Lane))
async def test_each_lane_has_its_deadline_counted_from_the_end_of_its_hold(village: Village, lane: Lane) -> None:
    await village.desk.work(TEST, post_text, village, "Hei", lane=lane, hold=timedelta(seconds=30))

    (delivery,) = await village.desk.look(TEST, list_all)

    assert delivery.deadline == village.desk.clock.now() + timedelta(seconds=30) + DEADLINES[lane]


async def test_two_who_share_a_phone_get_one_text(village: Village) -> None:
    def post_to_both(work: Work) -> None:
        school = village.unit("school")
        ids = [village.guardian(name).id for name in ("Arne Moe", "Gerd Moe")]
        thread = get_or_open_thread(work, school.owner_id, school.id, ids, ThreadKind.SHARED_PHONE)
        post(
            work,
            thread,
            Post("Hei", "nb", Author.STAFF, "test", number=village.number("contact teacher 7A")),
        )

    await village.desk.work(TEST, post_to_both)

    assert [delivery.recipient for delivery in await village.desk.look(TEST, list_all)] == [village.phone("Arne Moe")]


async def test_a_thread_in_which_nobody_can_be_reached_keeps_nothing(village: Village) -> None:
    def post_to_nobody(work: Work) -> None:
        anne = village.guardian("Anne Nordmann")
        work.session.execute(
            sa.update(GuardianAddress).where(GuardianAddress.guardian_id == anne.id).values(gone_at=work.now)
        )
        school = village.unit("school")
        thread = get_or_open_thread(work, school.owner_id, school.id, [anne.id], ThreadKind.PRIVATE)
        post(work, thread, Post("Hei", "nb", Author.STAFF, "test", number=village.number("contact teacher 7A")))

    with pytest.raises(NobodyToReachError):
        await village.desk.work(TEST, post_to_nobody)

    assert await village.desk.look(TEST, list_all) == []
    assert await village.desk.look(TEST, lambda look: list(look.session.scalars(sa.select(Message)))) == []
