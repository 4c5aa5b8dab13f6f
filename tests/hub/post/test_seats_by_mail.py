"""A seat's own mailbox is known without asking each time; what a token says, and what is no mailbox yet, is asked for."""

from datetime import timedelta
from pathlib import Path

import pytest

from hub.clock import StoppedClock
from hub.desk import Work
from hub.people.numbers import VirtualNumber, allocate
from hub.people.staff import Role
from hub.post.channel import BusyError, Mailbox
from hub.post.inbox import REMEMBERED_SECONDS, DeskInbox
from hub.post.spool import Spool
from tests.hub.post.outboxes import TEST
from tests.village import Village


@pytest.fixture
def inbox(village: Village, tmp_path: Path) -> DeskInbox:
    return DeskInbox(village.desk, Spool(tmp_path / "spool"))


async def test_a_seat_is_known_for_a_minute_also_while_nobody_can_be_asked(
    village: Village, inbox: DeskInbox, clock: StoppedClock
) -> None:
    number = village.number("office").value
    local = number.removeprefix("+")
    asked = await inbox.find_mailbox(local)
    await village.desk.close()

    known = await inbox.find_mailbox(local)
    with pytest.raises(BusyError):
        await inbox.find_mailbox(f"{local}+token")
    clock.move(timedelta(seconds=REMEMBERED_SECONDS))
    with pytest.raises(BusyError):
        await inbox.find_mailbox(local)

    assert asked == known == Mailbox(number)


async def test_a_number_that_gets_a_seat_has_its_mailbox_at_once(village: Village, inbox: DeskInbox) -> None:
    number, role = village.number("free"), village.role("music teacher")

    def seat(work: Work) -> None:
        allocate(work, work.session.get_one(VirtualNumber, number.id), work.session.get_one(Role, role.id))

    before = await inbox.find_mailbox(number.value.removeprefix("+"))
    await village.desk.work(TEST, seat)

    assert before is None
    assert await inbox.find_mailbox(number.value.removeprefix("+")) == Mailbox(number.value)
