"""The shape of a provider of identities: it shows who somebody is, how surely and by what means, and nothing of ours.

Whatever speaks a provider's language is a channel of its own and knows no guardian; who it is to us is asked by `proofs`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from typing import Protocol

from hub.desk import Refusal


class Level(IntEnum):
    """How surely a provider knows somebody. Source: Regulation (EU) 910/2014, article 8."""

    LOW = 1
    SUBSTANTIAL = 2
    HIGH = 3


class IdentityAwayError(Refusal):
    """The provider does not answer, or says what makes no sense. Nothing is wrong with whoever signs in."""

    words = "eid.away"


class NotGivenError(Refusal):
    """Whoever was to sign in turned back at the provider, or it would not let them."""

    words = "eid.not_given"


class NotAcceptedError(Refusal):
    """What came back is not what we may rely on. `why` is a short code for the log."""

    words = "eid.not_accepted"

    def __init__(self, why: str) -> None:
        super().__init__()
        self.why = why


class TooWeakError(Refusal):
    """The means that was used is not sure enough here."""

    words = "eid.too_weak"


@dataclass(frozen=True, slots=True)
class Errand:
    """One sign-in under way in one browser. What ties the provider's answer to it is told to nobody else: `verifier` goes
    to the provider with its code alone. `is_fresh` asks for a proof made now, whatever the provider remembers."""

    provider: str
    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)
    began_at: datetime
    back: str
    is_fresh: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """Whom a provider has seen: `at` is when, `method` by what means, as the provider names it. `sid` is its own session."""

    issuer: str
    subject: str = field(repr=False)
    national_id: str = field(repr=False)
    level: Level
    method: str
    at: datetime
    sid: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class SignedOut:
    """Whom a provider has signed out: everybody who is `subject` there, or one session of theirs alone."""

    issuer: str
    subject: str | None = field(repr=False)
    sid: str | None = field(repr=False)


class Identity(Protocol):
    """One provider under one name, and the `label` that people know it by.

    `owner` is whose families sign in by it, by source id, "" for all of them; `country` whose numbers it tells; `contact` is
    whom somebody should ask whom the register does not know; proofs from `strong` on are T3.
    """

    name: str
    label: str
    issuer: str
    owner: str
    country: str
    contact: str
    strong: Level

    async def begin(self, errand: Errand, language: str) -> str:
        """The address to send the browser to. Raises: IdentityAwayError."""

    async def finish(self, errand: Errand, answer: Mapping[str, str]) -> Shown:
        """Who it is, given the parameters with which the browser came back.

        Raises: IdentityAwayError, NotGivenError, NotAcceptedError, TooWeakError.
        """

    async def read_sign_out(self, token: str) -> SignedOut:
        """Whom the provider itself tells us to sign out. Raises: IdentityAwayError, NotAcceptedError."""

    async def way_out(self, back: str) -> str | None:
        """Where the browser signs out at the provider too; None where the provider has no such page."""
