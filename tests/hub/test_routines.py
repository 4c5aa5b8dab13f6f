"""What the scheduler wakes, woken by hand."""

from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa

from hub.clock import StoppedClock
from hub.desk import Desk, Look
from hub.post.inbox import DeskInbox
from hub.post.spool import Spool
from hub.routines import Routines
from hub.sign_in.pace import SignInPace, count_try
from tests.hub.sign_in.school import TEST


def count_tries(look: Look) -> int:
    return look.session.scalar(sa.select(sa.func.count()).select_from(SignInPace)) or 0


async def test_what_signing_in_left_behind_is_tidied_away(desk: Desk, clock: StoppedClock, tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool")
    routines = Routines(desk, DeskInbox(desk, spool), spool, {}, tmp_path / "anchors.jsonl")
    await desk.work(TEST, count_try, "nobody", "198.51.100.1")

    await routines.tidy()
    fresh = await desk.look(TEST, count_tries)
    clock.move(timedelta(days=1))
    await routines.tidy()
    old = await desk.look(TEST, count_tries)

    assert fresh > 0
    assert old == 0
