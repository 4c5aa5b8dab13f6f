"""When a provider asks us to come again. Source: RFC 9110 section 10.2.3."""

import re
from collections.abc import Mapping

_SECONDS = re.compile(r"[0-9]{1,6}")


def find_seconds(headers: Mapping[str, str]) -> float | None:
    """Retry-After as seconds; a date is left to the outbox, which has a clock."""
    told = headers.get("Retry-After", "").strip()
    return float(told) if _SECONDS.fullmatch(told) else None
