"""Whom to ring: those who gave a sign meanwhile hide nobody who gave none, however many they are."""

import pytest
import sqlalchemy as sa

from hub.desk import Look, Work
from hub.post.deliveries import RANK, Delivery, Status
from hub.post.messages import Lane, Message, Thread
from hub.post.reading import get_reader
from hub.post.topics import Topic
from hub.post.unreached import MOST_SHOWN, list_to_call, put_on_list
from tests.hub.post.outboxes import TEST, post_text
from tests.hub.post.spoken import as_staff, heard
from tests.village import Village

ANNE, OLA, KARI = "Anne Nordmann", "Ola Nordmann", "Kari Nordmann"
MANY = MOST_SHOWN + 1


def give_up(work: Work, village: Village, times: int, to: str, status: Status | None) -> list[str]:
    """So many messages that reached nobody; a sign of each came afterwards where `status` is one."""
    found = []
    for at in range(times):
        (id_,) = post_text(work, village, f"Kom nå. {at}", to, about=[KARI], lane=Lane.EMERGENCY)
        delivery = work.session.get_one(Delivery, id_)
        message = work.session.get_one(Message, delivery.message_id)
        delivery.topic = Topic.EMERGENCY
        put_on_list(work, delivery, work.session.get_one(Thread, message.thread_id), "no_sign")
        if status is not None:
            delivery.status, delivery.rank = status, RANK[status]
        found.append(message.id)
    return found


def write_to_school(work: Work, village: Village) -> None:
    """Anne writes: a sign of all that she was sent before."""
    heard(work, village, village.guardian(ANNE), "school", "Vi er trygge.", [village.child(KARI)])


def list_messages(look: Look) -> list[str]:
    return [line.message.id for line in list_to_call(look, get_reader(look))]


@pytest.mark.parametrize("status", [Status.DELIVERED, None], ids=["arrived after all", "wrote meanwhile"])
async def test_those_who_gave_a_sign_since_hide_nobody_who_gave_none(village: Village, status: Status | None) -> None:
    leader = as_staff(village.staff("Ingrid Solberg"))
    await village.desk.work(TEST, give_up, village, MANY, ANNE, status)
    if status is None:
        assert len(await village.desk.look(leader, list_messages)) == MOST_SHOWN
        await village.desk.work(TEST, write_to_school, village)
    (last,) = await village.desk.work(TEST, give_up, village, 1, OLA, None)

    assert await village.desk.look(leader, list_messages) == [last]
    assert (
        await village.desk.look(TEST, lambda look: look.session.scalar(sa.select(sa.func.count(Delivery.id))))
        == MANY + 1
    )
