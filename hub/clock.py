"""The only file that asks what time it is."""

import base64
import secrets
import threading
import time
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Protocol
from zoneinfo import ZoneInfo

ID_LETTERS = 26
_RANDOM_BITS = 80
_STEP = 1 << 16
_DRAWN_FOR = 64
_LETTERS = "0123456789abcdefghijklmnopqrstuv"
_PAIRS = [first + second for first in _LETTERS for second in _LETTERS]
_SHIFTS = range(ID_LETTERS * 5 - 10, -1, -10)
_REMEMBERED = 256
"""Milliseconds for which ids were made lately: far more than works go on at the same time."""


class Clock(Protocol):
    """Tells the time. `now` is aware and UTC; `monotonic` counts seconds for durations."""

    def now(self) -> datetime: ...

    def monotonic(self) -> float: ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


class StoppedClock:
    """A clock that stands still until it is moved, for tests and rehearsals."""

    def __init__(self, now: datetime) -> None:
        self._now = now.astimezone(UTC)
        self._monotonic = 0.0

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic

    def move(self, by: timedelta) -> None:
        """Wall clock and durations go on together."""
        self._now += by
        self._monotonic += by.total_seconds()

    def jump(self, to: datetime) -> None:
        """The wall clock is set, as by an administrator or a time server; durations do not notice."""
        self._now = to.astimezone(UTC)


def _spell(number: int) -> str:
    """128 bits in base32hex, lower case and without padding: two letters at a time, five times as fast as the library's."""
    number <<= ID_LETTERS * 5 - 128
    return "".join([_PAIRS[number >> shift & 1023] for shift in _SHIFTS])


class IdMaker:
    """Makes ids of 26 letters: 48 bits of milliseconds, then 80 bits of chance, so that they sort by time.

    Two ids of the same millisecond sort in the order they were made, whatever is made for later ones in between. Source: the
    layout of the ULID specification, in the letters of RFC 4648 section 7, lower case.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last: dict[int, int] = {}
        self._chance = b""

    def make(self, now: datetime) -> str:
        """An id that sorts after every id this maker made for an earlier or the same moment."""
        milliseconds = int(now.timestamp() * 1000)
        with self._lock:
            chance = self._draw()
            last = self._last.pop(milliseconds, None)
            fresh = (milliseconds << _RANDOM_BITS) | chance if last is None else last + 1 + chance % _STEP
            self._last[milliseconds] = fresh
            if len(self._last) > _REMEMBERED:
                del self._last[next(iter(self._last))]
        return _spell(fresh)

    def _draw(self) -> int:
        """The system's own chance, fetched for many ids at a time."""
        if len(self._chance) < _RANDOM_BITS // 8:
            self._chance = secrets.token_bytes(_RANDOM_BITS // 8 * _DRAWN_FOR)
        drawn, self._chance = self._chance[: _RANDOM_BITS // 8], self._chance[_RANDOM_BITS // 8 :]
        return int.from_bytes(drawn, "big")


def first_id(moment: datetime) -> str:
    """What sorts before every id made at that moment or later, and after those made earlier."""
    milliseconds = int(moment.timestamp() * 1000)
    return _spell(milliseconds << _RANDOM_BITS)


def moment_of(id_: str) -> datetime:
    """When an id was made, to the millisecond; UTC."""
    number = int.from_bytes(base64.b32hexdecode(f"{id_.upper()}======"), "big")
    return datetime.fromtimestamp((number >> _RANDOM_BITS) / 1000, UTC)


@lru_cache(maxsize=16_384)
def local_moment(day: date, hour: int, minute: int, zone: str) -> datetime:
    """The moment of a wall-clock time in a zone, as UTC.

    A time that does not exist (spring) becomes the next valid instant; one that exists twice (autumn) is its first.
    Source: PEP 495.
    """
    local = datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZoneInfo(zone), fold=0)
    moment = local.astimezone(UTC)
    back = moment.astimezone(ZoneInfo(zone))
    if (back.hour, back.minute) == (hour, minute):
        return moment
    gap = (local.replace(fold=0).utcoffset() or timedelta()) - (local.replace(fold=1).utcoffset() or timedelta())
    first_valid = datetime(day.year, day.month, day.day, hour, 0, tzinfo=ZoneInfo(zone), fold=0).astimezone(UTC)
    return first_valid if abs(gap) == timedelta(hours=1) else moment
