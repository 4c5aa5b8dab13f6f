"""Who takes a child along from the door: whom staff may choose, and what a name must pass before it is believed.

Somebody who must not fetch passes by nobody's single touch: only a leader of the unit, who says to have found out. A doubt is
passed by whoever says to have checked. Source: security rules S0.1 and S4.1.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from hub.desk import Look, Refusal, Work
from hub.people.families import Child, Guardian, Guardianship, Right
from hub.people.places import Unit, UnitKind
from hub.post.audience import entitled_pairs
from hub.safety.access import Reach
from hub.safety.audit import note
from hub.school.attendance import FETCHED_LENGTH
from hub.school.fetchers import Standing, judge, list_adults
from hub.school.going_home import GoingHome, list_going_home
from hub.school.trusted_people import list_counted, list_counting

OTHER, ALONE = "other", "alone"
_ALONE_FROM = frozenset({UnitKind.SCHOOL, UnitKind.AFTER_SCHOOL})


class FetcherForbiddenError(Refusal):
    """The name may be that of somebody who must not fetch the child."""

    words = "refusals.fetcher_forbidden"


class FetcherUncheckedError(Refusal):
    """Nobody has said that they checked who this is."""

    words = "refusals.fetcher_unchecked"


class NoFetcherError(Refusal):
    """Nobody was chosen, or somebody who may not be."""

    words = "refusals.no_fetcher"


@dataclass(frozen=True, slots=True)
class Fetcher:
    """Somebody to choose. `id` is a guardian's or a trusted person's."""

    id: str
    name: str
    relation: str


@dataclass(frozen=True, slots=True)
class WhoFetches:
    """For some children at once: who may fetch them all, and what was told for today of each."""

    may: Sequence[Fetcher]
    homes: Mapping[str, GoingHome]
    may_go_alone: bool

    @property
    def rings(self) -> bool:
        return any(home.rings for home in self.homes.values())


@dataclass(frozen=True, slots=True)
class SaidFetcher:
    """What staff say of whoever takes the children along: `who` is a fetcher's id, that of what was told for today, OTHER with
    a `name`, or ALONE. `is_checked`: they have found out; `is_led`: they lead the unit, and let it be."""

    who: str
    name: str = ""
    is_checked: bool = False
    is_led: bool = False


_TIED = (
    sa.select(Guardianship.child_id, Guardianship.relation, Guardian)
    .join(Guardian, Guardian.id == Guardianship.guardian_id)
    .where(Guardianship.child_id.in_(sa.bindparam("children", expanding=True)))
    .order_by(Guardianship.id)
)


def read_who_fetches(look: Look, unit: Unit, child_ids: Sequence[str], day: date) -> WhoFetches:
    """It asks no rights of the reader: its callers have."""
    return WhoFetches(
        list_may_fetch(look, child_ids, day),
        list_going_home(look, child_ids, day),
        unit.kind in _ALONE_FROM,
    )


def list_may_fetch(look: Look, child_ids: Sequence[str], day: date) -> list[Fetcher]:
    """Guardians and trusted people who may fetch every one of these children today, guardians first."""
    tied = look.session.execute(_TIED, {"children": list(child_ids)}).all()
    guardians = {guardian.id: (guardian, relation) for _, relation, guardian in tied}
    may = entitled_pairs(look, guardians, child_ids, Right.FETCH, day) if guardians else set()
    found = [
        Fetcher(id_, f"{guardian.first_name} {guardian.last_name}", relation)
        for id_, (guardian, relation) in guardians.items()
        if all((id_, child_id) in may for child_id in child_ids)
    ]
    counting = list_counting(look, child_ids, day)
    names = [{row.person.casefold() for row in counting.get(child_id, ())} for child_id in child_ids]
    for_all = set.intersection(*names) if names else set()
    trusted = counting.get(child_ids[0], ()) if child_ids else ()
    return [*found, *(Fetcher(row.id, row.person, row.relation) for row in trusted if row.person.casefold() in for_all)]


def judge_name(look: Look, child_ids: Sequence[str], day: date, name: str) -> Standing:
    """The worst that is known of a name, among the adults of each of the children."""
    adults, trusted = list_adults(look, child_ids, day), list_counted(look, child_ids, day)
    standings = {judge(name, None, [*adults[id_], *trusted.get(id_, ())]) for id_ in child_ids}
    return next(standing for standing in Standing if standing in standings)


def settle_fetcher(
    work: Work, reach: Reach, unit: Unit, children: Sequence[Child], day: date, said: SaidFetcher
) -> tuple[str | None, str | None]:
    """The id of who takes the children along, where they have one, and their name; neither where they go alone.

    Raises: FetcherForbiddenError, FetcherUncheckedError, NoFetcherError.
    """
    ids = [child.id for child in children]
    fetches = read_who_fetches(work, unit, ids, day)
    if said.who == ALONE and fetches.may_go_alone:
        return None, None
    chosen = next((one for one in fetches.may if one.id == said.who), None)
    if chosen is not None:
        return chosen.id, chosen.name[:FETCHED_LENGTH]
    told = next((home for home in fetches.homes.values() if home.fetching and home.fetching.id == said.who), None)
    name = told.fetching.person if told is not None and told.fetching is not None else said.name.strip()
    if not name or (told is None and said.who != OTHER):
        raise NoFetcherError
    standing = judge_name(work, ids, day, name)
    if standing is Standing.FORBIDDEN:
        if not (said.is_led and unit.id in reach.leads):
            raise FetcherForbiddenError(name=name)
        note(work, "door.forbidden", ids)
    is_sure = standing is Standing.KNOWN and (told is None or not (told.is_disputed or told.is_untold))
    if not (is_sure or said.is_checked or standing is Standing.FORBIDDEN):
        raise FetcherUncheckedError(name=name)
    return None, name[:FETCHED_LENGTH]
