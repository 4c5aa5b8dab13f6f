"""How each child goes home on a day, where somebody told: when, with whom, and what is known of them.

What one guardian's text told counts as sure once another phone was told of it; before that staff see that it is not.
Source: security rules S1.2 and S1.3.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, time

from hub.desk import Look, Work
from hub.school.early_pickups import EarlyPickup
from hub.school.fetchers import Standing, judge, list_adults
from hub.school.fetching import Fetching
from hub.school.telling_on import LEAVES_WITHIN, list_untold
from hub.school.told import ToldOfLeaving, check, list_on
from hub.school.trusted_people import list_counted


@dataclass(frozen=True, slots=True)
class GoingHome:
    """What holds for one child and day. `standing` is of whoever fetches, by rights as they are now.

    `is_untold`: no other phone was told of some of it, and staff have not found out; `is_stuck`: nor will be soon.
    """

    early: EarlyPickup | None = None
    fetching: Fetching | None = None
    standing: Standing | None = None
    is_untold: bool = False
    is_stuck: bool = False

    @property
    def told(self) -> list[ToldOfLeaving]:
        return [row for row in (self.early, self.fetching) if row is not None]

    @property
    def leaves_at(self) -> time | None:
        return None if self.early is None else self.early.leaves_at

    @property
    def rings(self) -> bool:
        """Somebody must look at it now."""
        return self.is_disputed or self.is_stuck or (self.standing is Standing.FORBIDDEN and not self.is_checked)

    @property
    def is_disputed(self) -> bool:
        """Another guardian says it is not so, and nobody has found out yet."""
        return any(row.disputed_at is not None for row in self.told)

    @property
    def is_confirmed(self) -> bool:
        """Who fetches was said twice, or by somebody who was surely themselves, and another phone knows of it."""
        return self.fetching is not None and self.fetching.is_confirmed and not self.is_untold

    @property
    def is_checked(self) -> bool:
        return self.fetching is not None and self.fetching.checked_at is not None


def list_going_home(look: Look, child_ids: Iterable[str], day: date) -> dict[str, GoingHome]:
    """Of those of the children of whom something was told. It asks no rights of the reader: its callers have."""
    ids = list(child_ids)
    early, fetching = list_on(look, EarlyPickup, ids, day), list_on(look, Fetching, ids, day)
    standings = judge_all(look, list(fetching.values()))
    told: list[ToldOfLeaving] = [*early.values(), *fetching.values()]
    untold = list_untold(look, [row for row in told if row.checked_at is None])
    homes = {}
    for child_id in ids:
        rows = [row for row in (early.get(child_id), fetching.get(child_id)) if row is not None]
        if rows:
            waits = [row.told_at for row in rows if row.id in untold]
            homes[child_id] = GoingHome(
                early.get(child_id),
                fetching.get(child_id),
                standings[fetching[child_id].id] if child_id in fetching else None,
                is_untold=bool(waits),
                is_stuck=any(told_at <= look.now - LEAVES_WITHIN for told_at in waits),
            )
    return homes


def check_going_home(work: Work, home: GoingHome, by: str) -> None:
    """Staff have found out how it is, and take it from here: nothing rings any more. Audited."""
    check(work, home.told, by, "home.check")


def judge_all(look: Look, rows: Sequence[Fetching]) -> dict[str, Standing]:
    """What is known of whoever fetches, for each of these tellings by its id."""
    out: dict[str, Standing] = {}
    for day in {row.day for row in rows}:
        of_day = [row for row in rows if row.day == day]
        children = {row.child_id for row in of_day}
        adults, trusted = list_adults(look, children, day), list_counted(look, children, day)
        out |= {
            row.id: judge(row.person, row.phone, [*adults[row.child_id], *trusted.get(row.child_id, ())])
            for row in of_day
        }
    return out
