"""Short ways to be signed in, for tests that are about what comes after."""

import pyotp
import sqlalchemy as sa

from hub.desk import Desk, Look, Refusal
from hub.people.staff import Staff
from hub.seal import Seal
from hub.sign_in.invitations import accept, choose_password, invite
from hub.sign_in.second_factor import new_secret
from tests.hub.sign_in.school import TEST

DEVICE = "a device token of the test"
HOME = "203.0.113.7"
HASH = "$argon2id$ what a test says it is"


async def invited(desk: Desk, staff_id: str) -> str:
    """The token of a first invitation."""
    return await desk.work(TEST, lambda work: invite(work, work.session.get_one(Staff, staff_id)))


async def accepted(desk: Desk, seal: Seal, token: str, code: str | None = None) -> str | Refusal:
    """The session's token, once the password is chosen and the phone shows its code."""
    await desk.work(TEST, choose_password, token, HASH)
    shown = code or phone(seal, token).at(desk.clock.now())
    return await desk.work(TEST, accept, seal, token, shown, HOME, DEVICE)


def phone(seal: Seal, token: str) -> pyotp.TOTP:
    return pyotp.TOTP(new_secret(seal, token))


async def signed_in(desk: Desk, seal: Seal, staff_id: str) -> tuple[str, pyotp.TOTP]:
    """A session's token, and the phone."""
    token = await invited(desk, staff_id)
    session = await accepted(desk, seal, token)
    assert isinstance(session, str)
    return session, phone(seal, token)


def get_staff(look: Look, staff_id: str) -> Staff:
    return look.session.scalars(sa.select(Staff).where(Staff.id == staff_id)).one()
