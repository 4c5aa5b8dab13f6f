"""A clock for hubs that are measured at night: quiet hours would hold what the bench waits for."""

import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

HOME = ZoneInfo("Europe/Oslo")
WEEKEND = (5, 6)


class MiddayClock:
    """Goes on as the machine's does, from the last noon of a working day before it was made."""

    def __init__(self) -> None:
        now = datetime.now(UTC)
        self._behind = now - last_midday(now)

    def now(self) -> datetime:
        return datetime.now(UTC) - self._behind

    def monotonic(self) -> float:
        return time.monotonic()


def last_midday(now: datetime) -> datetime:
    """Twelve o'clock in Oslo, from Monday to Friday."""
    noon = now.astimezone(HOME).replace(hour=12, minute=0, second=0, microsecond=0)
    while noon > now or noon.weekday() in WEEKEND:
        noon -= timedelta(days=1)
    return noon.astimezone(UTC)
