"""How this provider behaves when nothing is wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from .problems import Problem


@dataclass(frozen=True)
class Manners:
    """What may be chosen about a provider; the defaults are Twilio's where Twilio has a rule."""

    answer_seconds: float = 0.0
    """Time each create call takes, whatever the pace."""
    keeps: bool = True
    """Keep texts in the log and show them on phones; without it the provider is light enough for load."""
    reports: bool = True
    """Send status callbacks."""
    texts_per_second: float | None = None
    """More create calls than this are refused with 20429; None: no limit."""
    prices: Mapping[str, Decimal] = field(default_factory=dict)
    """Of one part by how the number begins, in `currency`: the longest that fits counts. A text has its price once it has left;
    without one it is not billed."""
    currency: str = "USD"
    countries: frozenset[str] | None = None
    """Prefixes such as "+47" that E.164 recipients may have (else 21408); None: all."""
    words_block: bool = True
    """STOP and its like block on the provider's side, and the provider answers them itself."""
    webhook_seconds: float = 15.0
    webhook_retries: int = 0
    """Further tries after a 5xx or no answer, before the fallback address."""

    def price_of(self, recipient: str) -> Decimal | None:
        fitting = [prefix for prefix in self.prices if recipient.startswith(prefix)]
        return self.prices[max(fitting, key=len)] if fitting else None


class Allowance:
    """A bucket of requests that fills at `per_second`, holding one second's worth and at least one request."""

    def __init__(self, per_second: float, seconds: Callable[[], float]) -> None:
        self._per_second = per_second
        self._seconds = seconds
        self._most = max(per_second, 1.0)
        self._left = self._most
        self.refused = 0
        self._filled_at = seconds()

    def spend(self) -> None:
        """Raises: Problem 20429: nothing is left; it says in how many whole seconds there will be."""
        now = self._seconds()
        self._left = min(self._most, self._left + (now - self._filled_at) * self._per_second)
        self._filled_at = now
        if self._left < 1:
            self.refused += 1
            raise Problem(20429, retry_after=max(1, round((1 - self._left) / self._per_second)))
        self._left -= 1
