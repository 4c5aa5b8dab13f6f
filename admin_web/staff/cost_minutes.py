"""*Minutes by hand*, for leaders to see and administrators to set: how long each act takes somebody who does it by hand, from
which day on. What is reckoned as saved rests on nothing else."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from aiohttp import web
from pydantic import Field

from admin_web.page import Pages
from admin_web.parameters import Asked, Day, NothingAsked
from admin_web.staff.costs import list_sums_seen
from admin_web.staff.visiting import Visit
from hub.desk import Look
from hub.safety.access import get_reach
from hub.saved_time import FUNCTIONS, MOST_MINUTES, HandTime, read_hand_times, set_hand_times

pages = Pages()
PATH = "/cost-minutes"
Minutes = Annotated[int, Field(ge=0, le=MOST_MINUTES)]


class MinutesAsked(Asked):
    """Minutes for each function; nothing where nobody says."""

    from_day: Day
    absence: Minutes | None = None
    today: Minutes | None = None
    early_pickup: Minutes | None = None
    fetching: Minutes | None = None
    leave: Minutes | None = None
    consent: Minutes | None = None
    care_time: Minutes | None = None
    care_holiday: Minutes | None = None
    whereabouts: Minutes | None = None
    documents: Minutes | None = None
    broadcast: Minutes | None = None
    letters: Minutes | None = None

    @property
    def minutes(self) -> dict[str, int | None]:
        return {function: getattr(self, function) for function in FUNCTIONS}


@dataclass(frozen=True, slots=True)
class Found:
    """What holds today for each function, None where nobody has said; `may_change`: the reader administers the owner."""

    held: tuple[tuple[str, HandTime | None], ...]
    today: date
    may_change: bool


def gather_minutes(look: Look) -> Found:
    """Raises: NotThereError for whoever neither leads a unit nor administers the owner."""
    reach = get_reach(look)
    today = list_sums_seen(look, reach)[0].today(look.now)
    times = read_hand_times(look, reach.owner_id)
    return Found(tuple((each, times.find(each, today)) for each in FUNCTIONS), today, reach.administers)


@pages.get(PATH)
async def show_minutes(visit: Visit, asked: NothingAsked) -> web.StreamResponse:
    """As they are."""
    return visit.show("staff/cost_minutes.j2", here=PATH, found=await visit.look(gather_minutes))


@pages.post(PATH, fresh=True)
async def keep_minutes(visit: Visit, asked: MinutesAsked) -> web.StreamResponse:
    """From the day on they hold."""
    await visit.work(set_hand_times, asked.minutes, asked.from_day)
    return visit.go(PATH)
