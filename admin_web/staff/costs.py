"""*Costs*: what texts cost in a month, and about how much work they saved: all units, one unit, one family and each of its
messages. Families stand there for those who lead the unit; an administrator sees sums."""

from dataclasses import dataclass
from datetime import date, datetime

from aiohttp import web

from admin_web.page import Pages
from admin_web.parameters import Asked, Day, PublicId
from admin_web.staff.visiting import Visit
from hub.desk import Look
from hub.people.places import Unit, list_units_of
from hub.post.costs import (
    Cost,
    Handed,
    Ledger,
    find_currency,
    list_handed,
    list_seen,
    next_month,
    read_ledger,
    this_month,
)
from hub.post.prices import Prices
from hub.safety.access import NotThereError, Reach, get_reach
from hub.saved_time import Saved, count_saved

pages = Pages()
PATH = "/costs"


class MonthAsked(Asked):
    """`month_day` is any day of the month; this month's where it is None."""

    month_day: Day | None = None


class CostsAsked(MonthAsked):
    unit_id: PublicId


class FamilyAsked(CostsAsked):
    guardian_id: PublicId


@dataclass(frozen=True, slots=True)
class Summed:
    """One unit's month."""

    unit: Unit
    total: Cost
    minutes: int


@dataclass(frozen=True, slots=True)
class Overview:
    """The units whose sums the asker may see. `month` is None where there are none."""

    month: date
    units: tuple[Summed, ...]
    total: Cost
    administers: bool

    @property
    def minutes(self) -> int:
        return sum(one.minutes for one in self.units)


@dataclass(frozen=True, slots=True)
class OneUnit:
    """`shows_families`: the asker leads the unit."""

    ledger: Ledger
    saved: tuple[Saved, ...]
    shows_families: bool


@dataclass(frozen=True, slots=True)
class OneFamily:
    """What one guardian was sent in a month, each message with what it cost."""

    unit: Unit
    month: date
    name: str
    total: Cost
    rows: tuple[tuple[Handed, datetime, Cost], ...]


def list_sums_seen(look: Look, reach: Reach) -> list[Unit]:
    """The units of which the asker may see what they cost, by name. Raises: NotThereError where there are none."""
    units = [u for u in list_units_of(look, reach.owner_id) if reach.administers or u.id in reach.leads]
    if not units:
        raise NotThereError
    return units


def gather_overview(look: Look, month_day: date | None, prices: Prices) -> Overview:
    """Raises: NotThereError for whoever neither leads a unit nor administers the owner."""
    reach = get_reach(look)
    units = list_sums_seen(look, reach)
    month = _month(units[0], month_day, look.now)
    total, summed = Cost(find_currency(look, units[0])), []
    for unit in units:
        of_unit = read_ledger(look, reach, unit, month, prices).total
        total.add_all(of_unit)
        summed.append(Summed(unit, of_unit, sum(each.minutes for each in count_saved(look, unit, month))))
    return Overview(month, tuple(summed), total, reach.administers)


def gather_costs(look: Look, unit_id: str, month_day: date | None, prices: Prices) -> OneUnit:
    """Raises: NotThereError for whoever neither leads the unit nor administers its owner."""
    reach = get_reach(look)
    unit = next((unit for unit in list_sums_seen(look, reach) if unit.id == unit_id), None)
    if unit is None:
        raise NotThereError
    month = _month(unit, month_day, look.now)
    saved = count_saved(look, unit, month)
    return OneUnit(read_ledger(look, reach, unit, month, prices), tuple(saved), unit.id in reach.leads)


def gather_family(look: Look, unit_id: str, guardian_id: str, month_day: date | None, prices: Prices) -> OneFamily:
    """Raises: NotThereError for whoever does not lead the unit, or may not see the guardian."""
    reach = get_reach(look)
    unit = look.session.get(Unit, unit_id)
    if unit is None or unit.id not in reach.leads:
        raise NotThereError
    name = list_seen(look, reach, unit).get(guardian_id)
    if name is None:
        raise NotThereError
    month, currency = _month(unit, month_day, look.now), find_currency(look, unit)
    total, rows = Cost(currency), []
    for row in list_handed(look, unit, month, prices):
        if row.guardian_id == guardian_id:
            cost = Cost(currency)
            for charge in row.charges:
                cost.add(charge)
            total.add_all(cost)
            rows.append((row, unit.local(row.at), cost))
    return OneFamily(unit, month, name, total, tuple(rows))


def _month(unit: Unit, month_day: date | None, now: datetime) -> date:
    return (month_day or this_month(unit, now)).replace(day=1)


def months_beside(month: date) -> dict[str, str]:
    """The first days of the months before and after, for a page's links."""
    before = (month.replace(day=1) - date.resolution).replace(day=1)
    return {"before": before.isoformat(), "after": next_month(month).isoformat()}


def prices_of(visit: Visit) -> Prices:
    return Prices.read(visit.house.parts.settings)


@pages.get(PATH)
async def show_overview(visit: Visit, asked: MonthAsked) -> web.StreamResponse:
    """All units whose sums one may see."""
    found = await visit.look(gather_overview, asked.month_day, prices_of(visit))
    await visit.note_reading([one.unit.id for one in found.units])
    return visit.show("staff/costs.j2", here=PATH, found=found, beside=months_beside(found.month))


@pages.get("/costs/{unit_id}")
async def show_costs(visit: Visit, asked: CostsAsked) -> web.StreamResponse:
    """The ledger of one month."""
    found = await visit.look(gather_costs, asked.unit_id, asked.month_day, prices_of(visit))
    ledger = found.ledger
    families = ledger.by_family if found.shows_families else {}
    await visit.note_reading([ledger.unit.id, *(id_ for id_ in families if id_)])
    return visit.show(
        "staff/costs_unit.j2",
        here=f"/costs/{asked.unit_id}",
        found=found,
        ledger=ledger,
        uses=sorted(ledger.by_use.items(), key=lambda pair: -pair[1].parts),
        families=sorted(families.items(), key=lambda pair: (-pair[1].parts, ledger.names.get(pair[0], ""))),
        minutes=sum(each.minutes for each in found.saved),
        beside=months_beside(ledger.month),
    )


@pages.get("/costs/{unit_id}/families/{guardian_id}")
async def show_family(visit: Visit, asked: FamilyAsked) -> web.StreamResponse:
    """What each message to one guardian cost."""
    found = await visit.look(gather_family, asked.unit_id, asked.guardian_id, asked.month_day, prices_of(visit))
    await visit.note_reading([found.unit.id, asked.guardian_id])
    return visit.show(
        "staff/costs_family.j2",
        here=f"/costs/{asked.unit_id}/families/{asked.guardian_id}",
        found=found,
        today=found.unit.today(visit.house.parts.clock.now()),
        beside=months_beside(found.month),
    )
