"""Tells a text that the operator hands in once more from one that a guardian wrote twice: `deliver_sm` bears no id.

The operator hands a text in again when it did not get our yes: because the link was lost about then, because our yes came
late, or because the hub fell between keeping and answering. Only then is the same text from the same phone a repeat;
otherwise two "ja" are two. So a text's key is made of what came, the ten minutes in which it came, and a count.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from hub.clock import Clock

SPAN_SECONDS = 600
DOUBT_SECONDS = 600.0
"""For how long after a doubtful yes a repeat may come."""
LATE_SECONDS = 5.0
"""A yes that took longer may have been given up on."""
LOST_SECONDS = 30.0
"""A yes given this long before the link was lost may not have arrived."""
YOUNG_SECONDS = 300.0
"""For so long after our start a text may be one that the last process kept and did not answer."""
MOST_REMEMBERED = 50_000


@dataclass(slots=True)
class _Known:
    span: int
    count: int
    answered_at: float | None = None
    doubt_until: float = 0.0


class Repeats:
    """Of one link. `is_kept` asks the store whether something was kept under a key."""

    def __init__(self, prefix: str, clock: Clock, is_kept: Callable[[str], Awaitable[bool]]) -> None:
        self._prefix = prefix
        self._clock = clock
        self._is_kept = is_kept
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._started = clock.monotonic()

    async def find_key(self, body: bytes) -> str:
        """The key of what came: a known one where it is a repeat."""
        print_ = hashlib.sha256(body).hexdigest()[:32]
        span = int(self._clock.now().timestamp()) // SPAN_SECONDS
        known = self._known.get(print_)
        if known is None:
            known = await self._find_of_last_process(print_, span) or _Known(span, 0)
        elif known.answered_at is not None and self._clock.monotonic() >= known.doubt_until:
            known = _Known(span, known.count + 1 if known.span == span else 0)
        known.doubt_until = 0.0
        self._known[print_] = known
        self._known.move_to_end(print_)
        if len(self._known) > MOST_REMEMBERED:
            self._known.popitem(last=False)
        return self._key(print_, known)

    def answered(self, body: bytes, seconds: float) -> None:
        """We said yes, so long after it came."""
        known = self._known.get(hashlib.sha256(body).hexdigest()[:32])
        if known is not None:
            known.answered_at = self._clock.monotonic()
            if seconds > LATE_SECONDS:
                known.doubt_until = known.answered_at + DOUBT_SECONDS

    def lost(self) -> None:
        """The link was lost: what we said just before may not have arrived."""
        now = self._clock.monotonic()
        for known in reversed(self._known.values()):
            if known.answered_at is not None and known.answered_at < now - 10 * LOST_SECONDS:
                break
            if known.answered_at is not None and known.answered_at >= now - LOST_SECONDS:
                known.doubt_until = now + DOUBT_SECONDS

    async def _find_of_last_process(self, print_: str, span: int) -> _Known | None:
        """What was kept lately, and not by us: while we are young it comes again, and later it is counted on from."""
        age = self._clock.monotonic() - self._started
        if age > YOUNG_SECONDS + SPAN_SECONDS:
            return None
        for earlier in (span, span - 1):
            count = 0
            while await self._is_kept(self._key(print_, _Known(earlier, count))):
                count += 1
            if count and (age <= YOUNG_SECONDS or earlier == span):
                return _Known(earlier, count - 1 if age <= YOUNG_SECONDS else count)
        return None

    def _key(self, print_: str, known: _Known) -> str:
        return f"{self._prefix}:{print_}:{known.span}:{known.count}"
