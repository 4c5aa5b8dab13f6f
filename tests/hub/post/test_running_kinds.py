"""What the channels carry is kept by whoever starts, also where two start at the same moment."""

import asyncio

from hub.address import MAIL, SMS
from hub.desk import Desk
from hub.post.running_kinds import keep_kinds, running_kinds
from tests.hub.post.outboxes import TEST


async def test_two_that_start_at_once_keep_the_same(desk: Desk) -> None:
    await asyncio.gather(*(desk.work(TEST, keep_kinds, {SMS, MAIL}) for _ in range(20)))

    assert await desk.look(TEST, running_kinds) == {SMS, MAIL}


async def test_what_is_carried_no_more_runs_no_more(desk: Desk) -> None:
    await desk.work(TEST, keep_kinds, {SMS, MAIL})
    await desk.work(TEST, keep_kinds, {SMS})

    assert await desk.look(TEST, running_kinds) == {SMS}
