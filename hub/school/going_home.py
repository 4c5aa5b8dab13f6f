"""How each child goes home on a day, where somebody told: when, with whom, and what is known of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, time

from hub.desk import Look, Work
from hub.school.early_pickups import EarlyPickup
from hub.school.fetchers import Standing, judge, list_adults
from hub.school.fetching import Fetching, check_fetching
from hub.school.told import list_on, settle_dispute


@dataclass(frozen=True, slots=True)
class GoingHome:
    """What holds for one child and day. `standing` is of whoever fetches, by rights as they are now."""

    early: EarlyPickup | None = None
    fetching: Fetching | None = None
    standing: Standing | None = None

    @property
    def leaves_at(self) -> time | None:
        return None if self.early is None else self.early.leaves_at

    @property
    def rings(self) -> bool:
        """Somebody must look at it now."""
        return self.is_disputed or (self.standing is Standing.FORBIDDEN and not self.is_checked)

    @property
    def is_disputed(self) -> bool:
        """Another guardian says it is not so, and nobody has found out yet."""
        return any(row is not None and row.disputed_at is not None for row in (self.early, self.fetching))

    @property
    def is_checked(self) -> bool:
        return self.fetching is not None and self.fetching.checked_at is not None


def list_going_home(look: Look, child_ids: Iterable[str], day: date) -> dict[str, GoingHome]:
    """Of those of the children of whom something was told. It asks no rights of the reader: its callers have."""
    ids = list(child_ids)
    early, fetching = list_on(look, EarlyPickup, ids, day), list_on(look, Fetching, ids, day)
    standings = judge_all(look, list(fetching.values()))
    return {
        child_id: GoingHome(
            early.get(child_id),
            fetching.get(child_id),
            standings[fetching[child_id].id] if child_id in fetching else None,
        )
        for child_id in ids
        if child_id in early or child_id in fetching
    }


def check_going_home(work: Work, home: GoingHome, by: str) -> None:
    """Staff have found out how it is, and take it from here: nothing rings any more. Audited."""
    if home.fetching is not None:
        check_fetching(work, home.fetching, by)
    settle_dispute(work, [row for row in (home.early, home.fetching) if row is not None], "home.check")


def judge_all(look: Look, rows: Sequence[Fetching]) -> dict[str, Standing]:
    """What is known of whoever fetches, for each of these tellings by its id."""
    out: dict[str, Standing] = {}
    for day in {row.day for row in rows}:
        of_day = [row for row in rows if row.day == day]
        adults = list_adults(look, {row.child_id for row in of_day}, day)
        out |= {row.id: judge(row.person, row.phone, adults[row.child_id]) for row in of_day}
    return out
