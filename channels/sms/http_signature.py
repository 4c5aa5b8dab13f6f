"""Signatures over a request's time, method, path and body, and the memory that lets each through once.

HMAC-SHA256 by a shared secret. A request counts for five minutes, and once: what was taken is refused when it comes again as
it was. Who repeats signs anew. Source: RFC 2104; security rules S7.1 and S7.11.
"""

import hmac
from collections import OrderedDict
from collections.abc import Mapping, Sequence

from multidict import MultiMapping

from hub.clock import Clock

TIME, SIGNATURE = "Budbok-Time", "Budbok-Signature"
VERSION = "v1="
WINDOW_SECONDS = 300
MOST_REMEMBERED = 200_000
LONGEST_TIME = 12


def sign(secret: bytes, time: str, method: str, path_qs: str, body: bytes) -> str:
    """As it stands in the header. `path_qs` is the path with its query, as it goes over the line."""
    signed = f"{time}\n{method}\n{path_qs}\n".encode() + body
    return VERSION + hmac.digest(secret, signed, "sha256").hex()


def make_headers(secret: bytes, clock: Clock, method: str, path_qs: str, body: bytes) -> Mapping[str, str]:
    time = str(int(clock.now().timestamp()))
    return {TIME: time, SIGNATURE: sign(secret, time, method, path_qs, body)}


class Signatures:
    """Checks against every live secret."""

    def __init__(self, secrets: Sequence[bytes], clock: Clock) -> None:
        self._secrets = secrets
        self._clock = clock
        self._taken: OrderedDict[str, float] = OrderedDict()

    def is_genuine(self, method: str, path_qs: str, headers: MultiMapping[str], body: bytes) -> bool:
        times, signatures = headers.getall(TIME, ()), headers.getall(SIGNATURE, ())
        if len(times) != 1 or len(signatures) != 1 or not path_qs.isascii() or not signatures[0].isascii():
            return False
        time = times[0]
        if not (time.isascii() and time.isdigit() and len(time) <= LONGEST_TIME):
            return False
        if abs(self._clock.now().timestamp() - int(time)) > WINDOW_SECONDS:
            return False
        told = signatures[0].encode()
        matches = [
            hmac.compare_digest(sign(secret, time, method, path_qs, body).encode(), told) for secret in self._secrets
        ]
        return any(matches)

    def was_taken(self, headers: MultiMapping[str]) -> bool:
        """Whether this very request was taken before."""
        self._forget()
        return headers[SIGNATURE] in self._taken

    def take(self, headers: MultiMapping[str]) -> None:
        """What it says is kept: it is not taken again."""
        self._taken[headers[SIGNATURE]] = self._clock.monotonic()

    def _forget(self) -> None:
        """A signature can be as old as the window, on either side of our clock."""
        oldest = self._clock.monotonic() - 2 * WINDOW_SECONDS
        while self._taken:
            signature, taken_at = next(iter(self._taken.items()))
            if taken_at >= oldest and len(self._taken) <= MOST_REMEMBERED:
                return
            del self._taken[signature]
