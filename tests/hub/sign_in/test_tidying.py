"""Old rows of signing in go; what still says something stays."""

from datetime import timedelta

import sqlalchemy as sa

from hub.clock import StoppedClock
from hub.database import Base
from hub.desk import Desk, Look
from hub.seal import Seal
from hub.sign_in.entering import HalfSignIn, enter
from hub.sign_in.invitations import Invitation
from hub.sign_in.pace import SignInPace, count_try
from hub.sign_in.sessions import StaffDevice, StaffSession, find_session
from hub.sign_in.tidying import tidy
from tests.hub.sign_in.people import HASH, HOME, invited, signed_in
from tests.hub.sign_in.school import TEST

TABLES: list[type[Base]] = [SignInPace, HalfSignIn, Invitation, StaffSession, StaffDevice]


def count_rows(look: Look) -> list[int]:
    return [look.session.scalar(sa.select(sa.func.count()).select_from(table)) or 0 for table in TABLES]


async def fill(desk: Desk, seal: Seal, school: dict[str, str]) -> str:
    """One session that lives, an invitation that waits, a half sign-in, and some tries."""
    session, _ = await signed_in(desk, seal, school["Per"])
    await invited(desk, school["Liv"])
    await desk.work(TEST, enter, school["Per"], HASH, HOME, "a new device")
    await desk.work(TEST, count_try, "nobody", "198.51.100.1")
    return session


async def test_what_is_in_use_stays(desk: Desk, seal: Seal, school: dict[str, str]) -> None:
    session = await fill(desk, seal, school)

    await desk.work(TEST, tidy)

    assert await desk.look(TEST, find_session, session) is not None
    assert await desk.look(TEST, count_rows) == [3, 1, 2, 1, 1]


async def test_what_is_long_over_goes(desk: Desk, clock: StoppedClock, seal: Seal, school: dict[str, str]) -> None:
    await fill(desk, seal, school)

    clock.move(timedelta(days=70))
    await desk.work(TEST, tidy)

    assert await desk.look(TEST, count_rows) == [0, 0, 0, 0, 0]
