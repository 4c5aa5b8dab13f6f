"""The second factor: a code of six digits that changes every half minute, from a secret that the person's phone holds.

Each code counts once. The secret is kept sealed. Source: RFC 6238; security rules S2.2 and S10.6.
"""

import base64
from datetime import datetime

import pyotp
from pyotp.utils import strings_equal

from hub.desk import Work
from hub.people.staff import Staff
from hub.seal import Seal

STEP_SECONDS = 30
_SECRET_BYTES = 20
_ISSUER = "Budbok"


def new_secret(seal: Seal, invitation_token: str) -> str:
    """The secret that an invitation offers: the same each time it is opened, and known to nobody without the hub's key."""
    return base64.b32encode(seal.derive("second factor", invitation_token)[:_SECRET_BYTES]).decode()


def address_for_phone(secret: str, login: str) -> str:
    """What the QR code says. Source: the Key URI Format of Google Authenticator."""
    return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=_ISSUER)


def accepted_step(secret: str, code: str, now: datetime, after: int) -> int | None:
    """The time step that the code belongs to, if it is this one or a neighbour, and later than `after`."""
    digits = "".join(code.split())
    if len(digits) != 6 or not digits.isascii():
        return None
    totp, current = pyotp.TOTP(secret), int(now.timestamp()) // STEP_SECONDS
    steps = [step for step in (current - 1, current, current + 1) if step > after]
    return next((step for step in steps if strings_equal(totp.at(step * STEP_SECONDS), digits)), None)


def keep_secret(staff: Staff, seal: Seal, secret: str, step: int) -> None:
    staff.second_factor = seal.seal(secret, _bound(staff))
    staff.second_factor_step = step


def prove(work: Work, staff: Staff, seal: Seal, code: str) -> bool:
    """Whether the code is right and was not used before; if so it is used now. Raises: BrokenSealError."""
    locked = work.session.get_one(Staff, staff.id, with_for_update=True, populate_existing=True)
    if locked.second_factor is None:
        return False
    secret = seal.open(locked.second_factor, _bound(locked))
    step = accepted_step(secret, code, work.now, locked.second_factor_step)
    if step is None:
        return False
    locked.second_factor_step = step
    if not seal.is_current(locked.second_factor):
        locked.second_factor = seal.seal(secret, _bound(locked))
    return True


def _bound(staff: Staff) -> str:
    return f"staff {staff.id} second factor"
