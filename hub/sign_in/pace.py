"""How often one may try to sign in: counted per account, per address and overall, in one atomic step.

Trying is slowed, never locked: past a first handful the next try has to wait. A device that its owner already proved has
a pace of its own, so that a stranger's guesses do not slow the owner. Source: security rule S2.6.
"""

import ipaddress
import math
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.database import Base, Moment, insert_missing
from hub.desk import Refusal, Work
from hub.token_hash import hash_token


@dataclass(frozen=True, slots=True)
class Pace:
    """`burst` tries at once, then one each `every`."""

    burst: int
    every: timedelta


ACCOUNT = Pace(5, timedelta(seconds=30))
OWN_DEVICE = Pace(10, timedelta(seconds=10))
ADDRESS = Pace(100, timedelta(seconds=5))  # a whole school may share one
OVERALL = Pace(1000, timedelta(milliseconds=200))


class SlowDownError(Refusal):
    """Too many tries in a short time."""

    words = "sign_in.slow_down"

    def __init__(self, wait_seconds: int) -> None:
        super().__init__(seconds=wait_seconds)
        self.wait_seconds = wait_seconds


class SignInPace(Base):
    """The moment at which all tries counted so far are worked off. `what` is a hash: no name, no address."""

    __tablename__ = "sign_in_paces"
    what: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    clear_at: Mapped[Moment]


def count_try(
    work: Work, name: str, address: str, device: str | None = None, *, account: Pace = ACCOUNT, own: Pace = OWN_DEVICE
) -> None:
    """Count one try on every count at once, or on none. `device` names a device that proved this account before, and has a
    pace of its `own` instead of the `account`'s.

    Raises: SlowDownError, and then nothing is counted.
    """
    paces = {_account_count(name, device): own if device else account, **_shared(address)}
    wait = 0.0
    for row in _lock(work, sorted(paces)):
        pace = paces[row.what]
        clear_at = max(row.clear_at, work.now) + pace.every
        wait = max(wait, (clear_at - work.now - pace.burst * pace.every).total_seconds())
        row.clear_at = clear_at
    if wait > 0:
        raise SlowDownError(math.ceil(wait))


def give_back(work: Work, address: str) -> None:
    """A try from this address was its owner's: it counts for the account alone, not for all who share the address."""
    paces = _shared(address)
    for row in _lock(work, sorted(paces)):
        row.clear_at = max(work.now, row.clear_at - paces[row.what].every)


def forget_tries(work: Work, account: str, device: str | None = None) -> None:
    """The account's owner came in: its count starts anew."""
    work.session.execute(sa.delete(SignInPace).where(SignInPace.what == _account_count(account, device)))


def _account_count(account: str, device: str | None) -> str:
    return hash_token(f"account {account.casefold()} {device or ''}")


def _shared(address: str) -> dict[str, Pace]:
    """The counts that many people share."""
    return {hash_token(f"address {_network(address)}"): ADDRESS, hash_token("overall"): OVERALL}


def _lock(work: Work, counts: list[str]) -> list[SignInPace]:
    """The rows, made where they are missing, and nobody else's until this work ends; always in the same order."""
    fresh = [{"what": what, "clear_at": work.now} for what in counts]
    work.session.execute(insert_missing(work.connection, SignInPace).values(fresh))
    chosen = sa.select(SignInPace).where(SignInPace.what.in_(counts)).order_by(SignInPace.what)
    return list(work.session.scalars(chosen.with_for_update()))


def _network(address: str) -> str:
    """One home or office: an IPv4 address, or the /64 of an IPv6 one."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(parsed) if parsed.version == 4 else str(ipaddress.ip_network((parsed, 64), strict=False))
