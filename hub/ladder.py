"""A ladder: steps with times, stopped by any answer. It knows nothing of what a step does, or of who climbs it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Rung:
    """One step, so long after the ladder began. One that `follows` keeps its distance from the step before, even when that
    was late, and is never taken in the same moment."""

    name: str
    after: timedelta
    follows: bool = False


@dataclass(frozen=True, slots=True)
class Ladder:
    """Its rungs, the lowest first."""

    rungs: tuple[Rung, ...]

    def due(self, began: datetime, now: datetime, taken: Mapping[str, datetime]) -> list[str]:
        """The steps whose time has come and that have not been taken, the lowest first.

        `taken` holds when each step was taken. Whoever was not woken for long finds all that is due at once.
        """
        due = []
        for place, rung in enumerate(self.rungs):
            if rung.name in taken or now < began + rung.after:
                continue
            if rung.follows and place and not self._is_apart(place, now, taken):
                continue
            due.append(rung.name)
        return due

    def _is_apart(self, place: int, now: datetime, taken: Mapping[str, datetime]) -> bool:
        rung, before = self.rungs[place], self.rungs[place - 1]
        return before.name in taken and now >= taken[before.name] + (rung.after - before.after)

    def from_rung(self, name: str) -> "Ladder":
        """The ladder from one step on, which is then due at once."""
        start = next(rung for rung in self.rungs if rung.name == name)
        higher = self.rungs[self.rungs.index(start) :]
        return Ladder(tuple(Rung(rung.name, rung.after - start.after, rung.follows) for rung in higher))
