"""*Pupils*, for leaders to see and administrators to set: from which age a matter is the pupil's own."""

from dataclasses import dataclass
from typing import Annotated

from aiohttp import web
from pydantic import Field

from admin_web.page import Pages
from admin_web.parameters import Asked, NothingAsked
from admin_web.staff.visiting import Visit
from hub.desk import Look, Work
from hub.people.places import Owner
from hub.safety.access import NotThereError, get_reach
from hub.safety.coming_of_age import YEARS
from hub.safety.pupils import YOUNGEST, Matter, count_pupils, list_ages, set_ages
from hub.safety.roles import get_administered

pages = Pages()

PATH = "/pupils"
YES = "yes"
Years = Annotated[int, Field(ge=YOUNGEST, le=YEARS)]


class AgesWished(Asked):
    """`sure` is set where they are to hold, and not only to be shown."""

    own: Years
    private: Years
    absence: Years
    leave: Years
    consent: Years
    sure: str = ""

    @property
    def ages(self) -> dict[Matter, int]:
        return {matter: getattr(self, matter) for matter in Matter}


@dataclass(frozen=True, slots=True)
class Ages:
    """What holds now. `pupils` have an address of their own. `may_change`: the reader administers the owner."""

    owner: Owner
    ages: dict[Matter, int]
    pupils: int
    may_change: bool


def gather_ages(look: Look) -> Ages:
    """Raises: NotThereError for whoever neither leads a unit nor administers the owner."""
    reach = get_reach(look)
    if not reach.leads and not reach.administers:
        raise NotThereError
    owner = look.session.get_one(Owner, reach.owner_id)
    return Ages(owner, list_ages(look, owner.id), count_pupils(look, owner.id), reach.administers)


def change_ages(work: Work, ages: dict[Matter, int]) -> None:
    """Raises: NotThereError unless the asker administers the owner."""
    set_ages(work, get_administered(work).id, ages, work.asker.id)


@pages.get(PATH)
async def show_ages(visit: Visit, asked: NothingAsked) -> web.StreamResponse:
    """As it is now."""
    found = await visit.look(gather_ages)
    return _show(visit, found, found.ages, is_preview=False)


@pages.post(PATH, fresh=True)
async def set_by_page(visit: Visit, asked: AgesWished) -> web.StreamResponse:
    """Show what it changes; done a second time, it holds."""
    found = await visit.look(gather_ages)
    if not found.may_change:
        raise NotThereError
    if asked.sure != YES:
        return _show(visit, found, asked.ages, is_preview=True)
    await visit.work(change_ages, asked.ages)
    return visit.go(PATH)


def _show(visit: Visit, found: Ages, shown: dict[Matter, int], *, is_preview: bool) -> web.Response:
    changed = [matter for matter in Matter if shown[matter] != found.ages[matter]]
    return visit.show(
        "staff/pupil_ages.j2",
        here=PATH,
        owner=found.owner.name,
        pupils=found.pupils,
        may_change=found.may_change,
        rows=[(matter.value, found.ages[matter], shown[matter]) for matter in Matter],
        is_preview=is_preview,
        changed=[(matter.value, found.ages[matter], shown[matter]) for matter in changed],
        years=[(str(years), str(years)) for years in range(YOUNGEST, YEARS + 1)],
        yes=YES,
    )
