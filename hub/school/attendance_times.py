"""When a child may be said to have come and to have left: not long before it happens, and in that order."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from hub.desk import Refusal

AHEAD = timedelta(minutes=30)
"""So long before a child comes it may be marked here: it stands in the yard."""


class TooFarAheadError(Refusal):
    """The time is not yet, nor soon."""

    words = "refusals.too_far_ahead"


class BeforeItLeftError(Refusal):
    """It would have come back before it had left."""

    words = "refusals.before_it_left"


class LeftBeforeItCameError(Refusal):
    """It would have left before it came."""

    words = "refusals.left_before_it_came"


def check_coming(came_at: datetime, leavings: Iterable[datetime | None], now: datetime) -> None:
    """Raises: TooFarAheadError; BeforeItLeftError, where one of the earlier leavings is later."""
    if came_at > now + AHEAD:
        raise TooFarAheadError
    if any(left_at is not None and came_at < left_at for left_at in leavings):
        raise BeforeItLeftError


def check_leaving(came_at: datetime, left_at: datetime) -> None:
    """Raises: LeftBeforeItCameError."""
    if left_at < came_at:
        raise LeftBeforeItCameError
