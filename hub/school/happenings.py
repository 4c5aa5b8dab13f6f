"""What happens at a unit, or for some of its groups, on a day: parents' evening, a trip, a photographer. Staff put it in the
calendar, and the families whom it concerns see it there.

Everybody who may read it is whoever may know of a child that is there on the day. Source: security rules S3.1 and S3.2.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, time, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.database import ID_LENGTH, Base, Id, Json, Moment, Ref
from hub.desk import Look, Refusal, Work
from hub.people.places import Group, Unit
from hub.post.broadcast_rights import get_sending
from hub.post.family import Family
from hub.safety.access import NotThereError, get_reach, list_units
from hub.safety.audit import note

LONGEST_NAME = 80
LONGEST_PLACE = 80
LONGEST_MORE = 300
FURTHEST = timedelta(days=400)
LONGEST = timedelta(days=31)


class BadHappeningError(Refusal):
    """It is in the past, too far ahead, lasts too long, ends before it begins, or has no name."""

    words = "refusals.bad_happening"


class Happening(Base):
    """Of the groups named, or of the whole unit where none is. `day` to `last_day`, both included; times by the unit's clock.

    It is never changed: what is wrong is called off and put in anew.
    """

    __tablename__ = "happenings"
    __table_args__ = (sa.Index(None, "unit_id", "last_day"),)
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    unit_id: Mapped[Ref] = mapped_column(sa.ForeignKey("units.id"))
    group_ids: Mapped[Json]
    day: Mapped[date] = mapped_column(sa.Date)
    last_day: Mapped[date] = mapped_column(sa.Date)
    starts_at: Mapped[time | None] = mapped_column(sa.Time)
    ends_at: Mapped[time | None] = mapped_column(sa.Time)
    name: Mapped[str] = mapped_column(sa.String(LONGEST_NAME))
    place: Mapped[str] = mapped_column(sa.String(LONGEST_PLACE))
    more: Mapped[str] = mapped_column(sa.String(LONGEST_MORE))
    language: Mapped[str] = mapped_column(sa.String(8))
    put_by: Mapped[str] = mapped_column(sa.String(ID_LENGTH))
    put_at: Mapped[Moment]
    called_off_at: Mapped[Moment | None] = mapped_column(default=None)

    def concerns(self, group_ids: Collection[str]) -> bool:
        return not self.group_ids or not set(self.group_ids).isdisjoint(group_ids)


@dataclass(frozen=True, slots=True)
class Written:
    """What is put in. `last_day` None: one day."""

    name: str
    day: date
    last_day: date | None = None
    starts_at: time | None = None
    ends_at: time | None = None
    place: str = ""
    more: str = ""
    group_ids: tuple[str, ...] = ()


_OF_UNITS = (
    sa.select(Happening)
    .where(
        Happening.unit_id.in_(sa.bindparam("units", expanding=True)),
        Happening.last_day >= sa.bindparam("first", type_=sa.Date),
        Happening.day <= sa.bindparam("last", type_=sa.Date),
        Happening.called_off_at.is_(None),
    )
    .order_by(Happening.day, Happening.starts_at.is_not(None), Happening.starts_at, Happening.id)
)
"""What takes all day comes before what has an hour."""


def put(work: Work, unit_id: str, written: Written) -> Happening:
    """Put it in the calendar. Audited. Raises: NotThereError, for whoever may not write to all of these; BadHappeningError."""
    unit, groups = get_place(work, unit_id)
    may_whole = unit.id in get_sending(work).reach.whole_units
    known = {group.id for group in groups}
    if not known >= set(written.group_ids) or not (written.group_ids or may_whole):
        raise NotThereError
    name, today = " ".join(written.name.split()), unit.today(work.now)
    last_day = written.last_day or written.day
    is_dated = today <= written.day <= last_day <= written.day + LONGEST and written.day <= today + FURTHEST
    is_backward = (
        last_day == written.day
        and written.ends_at is not None
        and (written.starts_at is None or written.ends_at <= written.starts_at)
    )
    if not name or not is_dated or is_backward:
        raise BadHappeningError
    happening = Happening(
        id=work.new_id(),
        owner_id=unit.owner_id,
        unit_id=unit.id,
        group_ids=sorted(set(written.group_ids)),
        day=written.day,
        last_day=last_day,
        starts_at=written.starts_at,
        ends_at=written.ends_at,
        name=name,
        place=" ".join(written.place.split()),
        more=written.more.strip(),
        language=unit.languages[0],
        put_by=work.asker.id,
        put_at=work.now,
    )
    work.session.add(happening)
    note(work, "calendar.put", [unit.id, happening.id])
    return happening


def call_off(work: Work, unit_id: str, happening_id: str) -> Happening:
    """It is in no calendar any more. Audited. Raises: NotThereError."""
    happening = next((one for one in list_put(work, unit_id) if one.id == happening_id), None)
    if happening is None or not may_put(work, happening):
        raise NotThereError
    happening.called_off_at = work.now
    note(work, "calendar.call_off", [happening.unit_id, happening.id])
    return happening


def get_place(look: Look, unit_id: str) -> tuple[Unit, list[Group]]:
    """A unit that the asker may write to, and the groups of it that they may. Raises: NotThereError."""
    found = next((pair for pair in get_sending(look).list_units(look) if pair[0].id == unit_id), None)
    if found is None:
        raise NotThereError
    return found


def may_put(look: Look, happening: Happening) -> bool:
    """Whether the asker may write to all whom it concerns."""
    sending = get_sending(look)
    if happening.unit_id in sending.reach.whole_units:
        return True
    groups = next((groups for unit, groups in sending.list_units(look) if unit.id == happening.unit_id), [])
    return bool(happening.group_ids) and {group.id for group in groups} >= set(happening.group_ids)


def list_put(look: Look, unit_id: str) -> list[Happening]:
    """What is not over at a unit that the asker sees. Raises: NotThereError."""
    unit = next((unit for unit in list_units(look, get_reach(look)) if unit.id == unit_id), None)
    if unit is None:
        raise NotThereError
    today = unit.today(look.now)
    return _list(look, [unit.id], today, today + FURTHEST + LONGEST)


def list_for_child(look: Look, family: Family, child_id: str, first: date, last: date) -> list[Happening]:
    """What concerns one child of a family in a span, both ends included. Raises: NotThereError."""
    places = family.places_of(child_id)
    groups = {place.group_id for place in places}
    found = _list(look, {place.unit_id for place in places}, first, last)
    return [one for one in found if one.concerns(groups)]


def _list(look: Look, unit_ids: Iterable[str], first: date, last: date) -> list[Happening]:
    asked = {"units": list(unit_ids), "first": first, "last": last}
    return list(look.session.scalars(_OF_UNITS, asked))
