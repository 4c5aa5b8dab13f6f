"""*Costs*: what a unit's texts cost in a month, whole, by what they were for, and by family; for those who lead the unit."""

from datetime import date

from aiohttp import web

from admin_web.page import Pages
from admin_web.parameters import Asked, Day, PublicId
from admin_web.staff.visiting import Visit
from hub.config import CapSettings
from hub.desk import Look
from hub.post.costs import Ledger, next_month, read_ledger, this_month
from hub.safety.access import NotThereError, get_reach, get_unit

pages = Pages()


class CostsAsked(Asked):
    """`month_day` is any day of the month; this month's where it is None."""

    unit_id: PublicId
    month_day: Day | None = None


def gather_costs(look: Look, unit_id: str, month_day: date | None, caps: CapSettings) -> Ledger:
    """Raises: NotThereError for whoever does not lead the unit."""
    reach = get_reach(look)
    unit = get_unit(look, reach, unit_id)
    if unit.id not in reach.leads:
        raise NotThereError
    month = (month_day or this_month(unit, look.now)).replace(day=1)
    return read_ledger(look, reach, unit, month, caps)


@pages.get("/costs/{unit_id}")
async def show_costs(visit: Visit, asked: CostsAsked) -> web.StreamResponse:
    """The ledger of one month."""
    ledger = await visit.look(gather_costs, asked.unit_id, asked.month_day, visit.house.parts.settings.caps)
    await visit.note_reading([ledger.unit.id, *(id_ for id_ in ledger.by_family if id_)])
    before = (ledger.month.replace(day=1) - date.resolution).replace(day=1)
    return visit.show(
        "staff/costs.j2",
        here=f"/costs/{asked.unit_id}",
        ledger=ledger,
        uses=sorted(ledger.by_use.items(), key=lambda pair: -pair[1].parts),
        families=sorted(ledger.by_family.items(), key=lambda pair: (-pair[1].parts, ledger.names.get(pair[0], ""))),
        before=before.isoformat(),
        after=next_month(ledger.month).isoformat(),
    )
