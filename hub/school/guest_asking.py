"""By whose times a unit asks where a child is that has not come.

By its own, where it has switched that on. Else its guests are asked for at home, and on a day on which their own unit is closed
where they are, by the times that their own unit has set. Source: security rule S0.1.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, time, timedelta

import sqlalchemy as sa

from hub.calendars import is_open
from hub.desk import Look
from hub.people.guest_places import GuestStay
from hub.people.places import Unit
from hub.quick_select import QuickSelect
from hub.safety.guests import DURING, list_guest_homes
from hub.school.ladders import LadderTimes, get_times, list_units_that_ask

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class AskingTimes:
    """`own` are the unit's times, which may be off; `guests` those of guests by child, where they are not."""

    own: LadderTimes
    guests: Mapping[str, LadderTimes]

    def of(self, child_id: str) -> LadderTimes | None:
        """By which a child is asked for here; None where it is not."""
        return self.own if self.own.is_on else self.guests.get(child_id)

    @property
    def begins(self) -> time | None:
        """When the first is asked for; None where nobody is."""
        return self.own.asks_at if self.own.is_on else min((one.asks_at for one in self.guests.values()), default=None)


def read_asking(look: Look, unit: Unit, day: date) -> AskingTimes:
    """Of a unit and a day. A time at which this unit is closed is moved to the one that is usual here."""
    own = get_times(look, unit)
    if own.is_on:
        return AskingTimes(own, {})
    guests = list_guest_homes(look, unit, day)
    homes = {home.id: home for home in guests.values()}
    times = {id_: get_times(look, home) for id_, home in homes.items() if not is_open(look, home, day)}
    here = {
        id_: one if unit.opens <= one.asks_at < unit.closes else replace(one, asks_at=own.asks_at)
        for id_, one in times.items()
        if one.is_on
    }
    return AskingTimes(own, {child_id: here[home.id] for child_id, home in guests.items() if home.id in here})


def list_asked_for(look: Look, unit: Unit, day: date, child_ids: Collection[str]) -> set[str]:
    """Those of the children whom a unit asks for on a day."""
    asking = read_asking(look, unit, day)
    return {id_ for id_ in child_ids if asking.of(id_) is not None}


_HOSTS = QuickSelect(sa.select(Unit).where(Unit.id.in_(sa.select(GuestStay.unit_id).where(*DURING))).order_by(Unit.id))


def list_units_asking(look: Look) -> list[Unit]:
    """The units that ask today, of every owner; those too that may have to for a guest alone."""
    on = list_units_that_ask(look)
    day = look.now.date()
    hosts = (unit for (unit,) in _HOSTS.rows(look, first=day - ONE_DAY, last=day + ONE_DAY))
    return list({unit.id: unit for unit in (*on, *hosts)}.values())
