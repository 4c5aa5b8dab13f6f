"""*Differences*: what a month is reckoned to cost beside what the provider billed, with each text by name that stands on one
side alone."""

from datetime import date

from aiohttp import web

from admin_web.page import Pages
from admin_web.staff.costs import MonthAsked, list_sums_seen, months_beside, prices_of
from admin_web.staff.visiting import Visit
from hub.address import mask
from hub.desk import Look
from hub.people.places import Unit
from hub.post.cost_differences import Compared, compare
from hub.post.costs import this_month
from hub.post.prices import Prices
from hub.safety.access import get_reach

pages = Pages()
PATH = "/cost-differences"


def gather_differences(look: Look, month_day: date | None, prices: Prices) -> tuple[Compared, Unit]:
    """With a unit by whose clock moments are told. Raises: NotThereError."""
    reach = get_reach(look)
    units = list_sums_seen(look, reach)
    month = (month_day or this_month(units[0], look.now)).replace(day=1)
    return compare(look, reach, units, month, prices), units[0]


@pages.get(PATH)
async def show_differences(visit: Visit, asked: MonthAsked) -> web.StreamResponse:
    """One month's."""
    found, unit = await visit.look(gather_differences, asked.month_day, prices_of(visit))
    told = [one.handed.guardian_id for one in found.unbilled if one.name]
    await visit.note_reading([unit.id, *(id_ for id_ in told if id_), *(one.bill.id for one in found.unknown)])
    return visit.show(
        "staff/cost_differences.j2",
        here=PATH,
        found=found,
        local=unit.local,
        today=unit.today(visit.house.parts.clock.now()),
        mask=mask,
        beside=months_beside(found.month),
    )
