"""*Said twice*, for leaders to see and administrators to set: what families must say twice by text before it counts, and what
that changes. It holds for all units of the owner."""

from dataclasses import dataclass
from datetime import timedelta

from aiohttp import web

from admin_web.page import Pages
from admin_web.parameters import Asked, NothingAsked
from admin_web.staff.visiting import Visit
from hub.desk import Look, Work
from hub.people.places import Owner
from hub.safety.access import NotThereError, get_reach
from hub.safety.demands import DEMANDABLE, list_demands, set_demands
from hub.safety.roles import get_administered
from hub.school.telling_on import count_texts

pages = Pages()

YES = "yes"
A_WEEK = timedelta(days=7)


class DemandsWished(Asked):
    """`sure` is set where it is to hold, and not only to be shown."""

    absence: str = ""
    late: str = ""
    early_pickup: str = ""
    sure: str = ""

    @property
    def acts(self) -> list[str]:
        return [act for act in DEMANDABLE if getattr(self, act) == YES]


@dataclass(frozen=True, slots=True)
class Demands:
    """What the owner demands now. `may_change`: the reader administers the owner."""

    owner: Owner
    acts: frozenset[str]
    may_change: bool


def gather_demands(look: Look) -> Demands:
    """Raises: NotThereError for whoever neither leads a unit nor administers the owner."""
    reach = get_reach(look)
    if not reach.leads and not reach.administers:
        raise NotThereError
    return Demands(look.session.get_one(Owner, reach.owner_id), list_demands(look, reach.owner_id), reach.administers)


def count_asked_back(look: Look, acts: list[str]) -> int:
    """How many texts of the last week would have been asked back. Raises: NotThereError unless they administer the owner."""
    return count_texts(look, get_administered(look).id, acts, look.now - A_WEEK)


def change_demands(work: Work, acts: list[str]) -> None:
    """Raises: NotThereError unless the asker administers the owner."""
    set_demands(work, get_administered(work).id, acts, work.asker.id)


@pages.get("/said-twice")
async def show_demands(visit: Visit, asked: NothingAsked) -> web.StreamResponse:
    """As it is now."""
    demands = await visit.look(gather_demands)
    return _show(visit, demands, sorted(demands.acts))


@pages.post("/said-twice", fresh=True)
async def set_by_page(visit: Visit, asked: DemandsWished) -> web.StreamResponse:
    """Show what it changes; done a second time, it holds."""
    demands = await visit.look(gather_demands)
    texts = await visit.look(count_asked_back, asked.acts)
    if asked.sure != YES:
        return _show(visit, demands, asked.acts, texts)
    await visit.work(change_demands, asked.acts)
    return visit.go("/said-twice")


def _show(visit: Visit, demands: Demands, shown: list[str], texts: int | None = None) -> web.Response:
    return visit.show(
        "staff/demands.j2",
        here="/said-twice",
        owner=demands.owner.name,
        demanded=[act for act in DEMANDABLE if act in demands.acts],
        may_change=demands.may_change,
        acts=DEMANDABLE,
        shown=shown,
        texts=texts,
        yes=YES,
    )
