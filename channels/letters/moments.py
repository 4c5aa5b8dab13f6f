"""Moments as public services write them."""

from datetime import UTC, datetime


def read_moment(told: object) -> datetime | None:
    """UTC, from a moment with any offset, be it of bare hours; None for one that makes no sense."""
    try:
        moment = datetime.fromisoformat(told) if isinstance(told, str) else None
        if moment is None:
            return None
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
