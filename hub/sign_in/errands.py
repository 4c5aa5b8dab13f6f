"""Signing in by a provider, as far as it lies with us: what ties its answer to the browser that asked, once and shortly.

Nothing is kept while somebody is away at the provider: the state that travels with them is sealed to a secret of their own
browser, and the rest is worked out from both. When they are back its hash is kept, so that it counts once.
Source: security rule S2.1; RFC 9700 section 2.1; RFC 7636.
"""

import base64
import json
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.database import Base, Moment, insert_missing
from hub.desk import Refusal, Work
from hub.seal import BrokenSealError, Seal
from hub.sign_in.identity import Errand
from hub.token_hash import hash_token

LASTS = timedelta(minutes=10)
STATE_LETTERS = 2000


class StartAgainError(Refusal):
    """The answer belongs to no sign-in that this browser began lately, or it was given before."""

    words = "eid.start_again"


class UsedState(Base):
    """A state that came back, as a hash: it does not count again. It may go once it is over by itself."""

    __tablename__ = "used_states"
    hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    ends_at: Mapped[Moment]


def begin_errand(
    seal: Seal, now: datetime, browser: str, provider: str, back: str, *, is_fresh: bool = False
) -> Errand:
    """A new one. `browser` is a random token that this browser alone has, `back` the path where it goes on afterwards."""
    told = json.dumps([provider, back, int(now.timestamp()), is_fresh], separators=(",", ":"))
    return _errand(seal, browser, seal.seal(told, _bound_to(browser)))


def find_errand(seal: Seal, now: datetime, browser: str, provider: str, state: str) -> Errand:
    """The errand that a browser comes back from. Raises: StartAgainError."""
    if len(state) > STATE_LETTERS:
        raise StartAgainError
    try:
        errand = _errand(seal, browser, state)
    except (BrokenSealError, ValueError):
        raise StartAgainError from None
    if errand.provider != provider or not errand.began_at <= now < errand.began_at + LASTS:
        raise StartAgainError
    return errand


def use_state(work: Work, errand: Errand) -> None:
    """The answer to this errand counts, and no other one does. Raises: StartAgainError."""
    row = {"hash": hash_token(errand.state), "ends_at": errand.began_at + LASTS}
    used = work.session.execute(
        insert_missing(work.connection, UsedState).values(row).returning(UsedState.hash)
    ).scalar_one_or_none()
    if used is None:
        raise StartAgainError


def _errand(seal: Seal, browser: str, state: str) -> Errand:
    """Raises: BrokenSealError, ValueError."""
    provider, back, began, is_fresh = json.loads(seal.open(state, _bound_to(browser)))

    def derive(purpose: str) -> str:
        return base64.urlsafe_b64encode(seal.derive(f"eid {purpose}", f"{browser}\0{state}")).rstrip(b"=").decode()

    return Errand(
        provider=provider,
        state=state,
        nonce=derive("nonce"),
        verifier=derive("verifier"),
        began_at=datetime.fromtimestamp(began, UTC),
        back=back,
        is_fresh=is_fresh,
    )


def _bound_to(browser: str) -> str:
    return f"eid\0{browser}"
