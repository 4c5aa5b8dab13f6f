"""What time the gate thinks it is. The hub's own clock is out of reach here, and its word on the time is asked for."""

from datetime import UTC, datetime


def now() -> datetime:
    """Aware, UTC."""
    return datetime.now(UTC)
