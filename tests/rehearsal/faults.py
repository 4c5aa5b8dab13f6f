"""What goes wrong on demand: how the provider answers, what becomes of its callbacks, whether the network is up."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class How(StrEnum):
    """How the caller learns (or doesn't) what became of its request."""

    REFUSAL = "a refusal with a code"
    ERROR = "500"
    SILENCE = "no answer at all"
    NONSENSE = "200 with a body that is no JSON"
    RESET = "a reset connection"
    SLOW = "the right answer, late"


@dataclass(frozen=True)
class Trouble:
    """One troubled answer. `taken`: the request is carried out all the same. `code` belongs to a refusal."""

    how: How
    taken: bool = False
    code: int = 20500
    seconds: float = 0.0


class Faults:
    """Set the trouble; the provider meets it. `times=None` lasts until `clear()`."""

    def __init__(self) -> None:
        self._next: deque[Trouble] = deque()
        self._lasting: Trouble | None = None
        self._lasting_everywhere = False
        self._network_down = False
        self._watchers: list[Callable[[], None]] = []
        self.provider_down = False
        """Every connection to the API is reset, before anything is done."""
        self.callbacks_shuffled = False
        self.callbacks_doubled = 0.0
        """The chance that a status callback comes twice, 0 to 1."""
        self.callbacks_lost = 0.0
        """The chance that a status callback never comes, 0 to 1."""
        self.callbacks_before_answer = False
        """All callbacks of a text come before its create call is answered."""
        self.webhooks_lost = False
        """Texts from phones are in the log, but nobody is told."""
        self.webhooks_doubled = False

    def too_many(self, retry_after: int = 1, times: int | None = 1, *, everywhere: bool = False) -> None:
        """429 (20429) with a `Retry-After` in seconds; nothing is sent."""
        self._plan(Trouble(How.REFUSAL, code=20429, seconds=retry_after), times, everywhere)

    def refuse(self, code: int, times: int | None = 1) -> None:
        """A refusal with one of the codes in `problems.KNOWN`."""
        self._plan(Trouble(How.REFUSAL, code=code), times)

    def error(self, times: int | None = 1, *, sent: bool = False, everywhere: bool = False) -> None:
        self._plan(Trouble(How.ERROR, taken=sent), times, everywhere)

    def silence(self, times: int | None = 1, *, sent: bool = True, everywhere: bool = False) -> None:
        self._plan(Trouble(How.SILENCE, taken=sent), times, everywhere)

    def nonsense(self, times: int | None = 1, *, sent: bool = True, everywhere: bool = False) -> None:
        self._plan(Trouble(How.NONSENSE, taken=sent), times, everywhere)

    def reset(self, times: int | None = 1, *, sent: bool = False, everywhere: bool = False) -> None:
        self._plan(Trouble(How.RESET, taken=sent), times, everywhere)

    def slow(self, seconds: float, times: int | None = 1, *, everywhere: bool = False) -> None:
        self._plan(Trouble(How.SLOW, taken=True, seconds=seconds), times, everywhere)

    @property
    def network_down(self) -> bool:
        """The mobile network is out: texts wait at the provider, and no phone can send."""
        return self._network_down

    @network_down.setter
    def network_down(self, down: bool) -> None:
        self._network_down = down
        for watcher in self._watchers:
            watcher()

    def watch(self, watcher: Callable[[], None]) -> None:
        """Call this when the network goes or comes back."""
        self._watchers.append(watcher)

    def clear(self) -> None:
        """All is well again."""
        self._next.clear()
        self._lasting = None
        self._lasting_everywhere = self.provider_down = False
        self.callbacks_shuffled = self.callbacks_before_answer = False
        self.callbacks_doubled = self.callbacks_lost = 0.0
        self.webhooks_lost = self.webhooks_doubled = False
        self.network_down = False

    def take(self, *, sending: bool) -> Trouble | None:
        """The trouble for a request that just came; planned ones befall sending only, unless `everywhere`."""
        if sending and self._next:
            return self._next.popleft()
        return self._lasting if sending or self._lasting_everywhere else None

    def _plan(self, trouble: Trouble, times: int | None, everywhere: bool = False) -> None:
        if times is None:
            self._lasting, self._lasting_everywhere = trouble, everywhere
        elif everywhere:
            raise ValueError("trouble everywhere lasts until cleared: times=None")
        else:
            self._next.extend([trouble] * times)
