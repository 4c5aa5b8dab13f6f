"""Trips: some children leave the house with a phone, and are counted on the way, also without a network.

What each count said of a child is a mark in the log of the door, so it stands in the child's day, and a child that was missing
waits for a person as after any roll call. A child who is not here any more, or is on two trips at once, waits too.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.database import ID_LENGTH, Base, Id, Moment, Ref
from hub.desk import Look, Work
from hub.door.marks import Clash, DoorMark, Way, keep_mark, list_said
from hub.doorbell import LIVE
from hub.people.places import Unit
from hub.quick_select import QuickSelect
from hub.safety.audit import note
from hub.school.day_board import OnBoard, Presence

PLACE_LENGTH = 60
MOST_CHILDREN = 50
SHORTEST, LONGEST = 5, 120
"""Minutes between two counts."""
LATE = timedelta(minutes=5)
"""So much later than due a count is overdue in the sight of those at home."""


class Trip(Base):
    """One trip. `reader_id` is the phone it left with, and `number` that phone's own count of the entry that began it;
    `every` are the minutes between two counts. `by` is who of the staff leads it."""

    __tablename__ = "trips"
    __table_args__ = (sa.UniqueConstraint("reader_id", "number"), sa.Index(None, "unit_id", "day"))
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    unit_id: Mapped[Ref] = mapped_column(sa.ForeignKey("units.id"))
    day: Mapped[date] = mapped_column(sa.Date)
    place: Mapped[str] = mapped_column(sa.String(PLACE_LENGTH))
    every: Mapped[int] = mapped_column(sa.SmallInteger)
    began_at: Mapped[Moment]
    by: Mapped[str] = mapped_column(sa.String(ID_LENGTH))
    reader_id: Mapped[Ref] = mapped_column(sa.ForeignKey("tag_readers.id"))
    number: Mapped[int] = mapped_column(sa.BigInteger)
    ended_at: Mapped[Moment | None] = mapped_column(default=None)


class TripChild(Base):
    """A child on a trip."""

    __tablename__ = "trip_children"
    trip_id: Mapped[Ref] = mapped_column(sa.ForeignKey("trips.id"), primary_key=True)
    child_id: Mapped[Ref] = mapped_column(sa.ForeignKey("children.id"), primary_key=True)
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))


class TripCount(Base):
    """One head count, once for each number of the phone: how many were `there`. `said_at` is when it came to the hub."""

    __tablename__ = "trip_counts"
    __table_args__ = (sa.UniqueConstraint("reader_id", "number"), sa.Index(None, "trip_id"))
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    trip_id: Mapped[Ref] = mapped_column(sa.ForeignKey("trips.id"))
    at: Mapped[Moment]
    said_at: Mapped[Moment]
    there: Mapped[int] = mapped_column(sa.SmallInteger)
    missing: Mapped[int] = mapped_column(sa.SmallInteger)
    reader_id: Mapped[Ref] = mapped_column(sa.ForeignKey("tag_readers.id"))
    number: Mapped[int] = mapped_column(sa.BigInteger)


@dataclass(frozen=True, slots=True)
class Said:
    """Who says something of a trip on which phone: `at` is when it was, `number` that phone's own count."""

    by: str
    reader_id: str
    number: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Out:
    """A trip that is under way, for those who stay: the children on it, and when they were last counted. `seen` is when each
    of them was there at a count or as it began, and `missing` since when somebody has missed it and nobody has looked."""

    trip: Trip
    child_ids: frozenset[str]
    counted_at: datetime
    seen: Mapping[str, datetime]
    missing: Mapping[str, datetime]

    def is_overdue(self, now: datetime) -> bool:
        return _is_overdue(self.trip, self.counted_at, now)


def _is_overdue(trip: Trip, counted_at: datetime, now: datetime) -> bool:
    return now > counted_at + timedelta(minutes=trip.every) + LATE


def begin_trip(work: Work, unit: Unit, board: Sequence[OnBoard], place: str, every: int, said: Said) -> Trip:
    """These children leave with a phone, and so were seen. Audited."""
    elsewhere: set[str] = set()
    if _is_of_today(work, unit, said):
        elsewhere.update(*(out.child_ids for out in list_out(work, unit, {on.child_id for on in board})))
    trip = Trip(
        id=work.new_id(),
        owner_id=unit.owner_id,
        unit_id=unit.id,
        day=unit.today(said.at),
        place=place[:PLACE_LENGTH],
        every=every,
        began_at=said.at,
        by=said.by,
        reader_id=said.reader_id,
        number=said.number,
    )
    work.session.add(trip)
    work.session.flush()
    work.session.add_all(TripChild(trip_id=trip.id, child_id=on.child_id, owner_id=unit.owner_id) for on in board)
    for on in board:
        clash = Clash.OTHERWISE if on.child_id in elsewhere else _judge(work, unit, on, said)
        _mark(work, unit, on.child_id, Way.SEEN, clash, said)
    note(work, "trip.begin", [trip.id, *(on.child_id for on in board)])
    return trip


def count_trip(
    work: Work, unit: Unit, trip: Trip, board: Sequence[OnBoard], missing: Collection[str], said: Said
) -> None:
    """All of the board that are on the trip were there but the missing, each of whom waits for a person. Audited."""
    ids = list_children_of(work, [trip.id])[trip.id]
    for on in board:
        if on.child_id in ids and on.child_id not in missing:
            _mark(work, unit, on.child_id, Way.SEEN, _judge(work, unit, on, said), said)
    for child_id in missing:
        _mark(work, unit, child_id, Way.MISSING, Clash.MISSING, said)
    row = TripCount(
        id=work.new_id(),
        owner_id=trip.owner_id,
        trip_id=trip.id,
        at=said.at,
        said_at=work.now,
        there=len(ids.difference(missing)),
        missing=len(missing),
        reader_id=said.reader_id,
        number=said.number,
    )
    work.session.add(row)
    note(work, "trip.count", [trip.id, *missing])


def end_trip(work: Work, trip: Trip, at: datetime) -> None:
    """They are back. A second time changes nothing. Audited."""
    if trip.ended_at is None:
        trip.ended_at = at
        note(work, "trip.end", [trip.id])
        ring_trips(work, [trip.id])


def ring_trips(work: Work, trip_ids: Sequence[str]) -> None:
    """Something of these trips has changed, for whoever sees a child on them and for nobody else."""
    for child_id in frozenset().union(*list_children_of(work, trip_ids).values()):
        work.ring(LIVE, child_id)


def _is_of_today(look: Look, unit: Unit, said: Said) -> bool:
    return unit.today(said.at) == unit.today(look.now)


def _judge(look: Look, unit: Unit, on: OnBoard, said: Said) -> Clash | None:
    """Whoever is counted on a trip today and does not stand as here waits for a person."""
    is_plain = on.presence is Presence.HERE or not _is_of_today(look, unit, said)
    return None if is_plain else Clash.NOT_HERE


def _mark(work: Work, unit: Unit, child_id: str, way: Way, clash: Clash | None, said: Said) -> None:
    """In the log of the day on which it was; but who was missing on an earlier one waits today."""
    mark = DoorMark(
        id=work.new_id(),
        owner_id=unit.owner_id,
        unit_id=unit.id,
        child_id=child_id,
        day=unit.today(work.now if way is Way.MISSING else said.at),
        way=way,
        at=said.at,
        said_at=work.now,
        said_by=said.by,
        reader_id=said.reader_id,
        clash=clash,
    )
    keep_mark(work, mark)


def find_trip(look: Look, reader_id: str, number: int) -> Trip | None:
    """The trip that an entry of a phone began."""
    return look.session.scalars(sa.select(Trip).where(Trip.reader_id == reader_id, Trip.number == number)).one_or_none()


def is_counted(look: Look, reader_id: str, number: int) -> bool:
    """Whether a count of a phone is kept already."""
    asked = sa.select(TripCount.id).where(TripCount.reader_id == reader_id, TripCount.number == number)
    return look.session.scalars(asked).first() is not None


def list_children_of(look: Look, trip_ids: Sequence[str]) -> dict[str, frozenset[str]]:
    """The children of each trip."""
    found: dict[str, set[str]] = {id_: set() for id_ in trip_ids}
    for row in look.session.scalars(sa.select(TripChild).where(TripChild.trip_id.in_(trip_ids))):
        found[row.trip_id].add(row.child_id)
    return {id_: frozenset(ids) for id_, ids in found.items()}


_UNDER_WAY = QuickSelect(
    sa.select(Trip)
    .where(
        Trip.unit_id == sa.bindparam("unit"),
        Trip.day == sa.bindparam("day", type_=sa.Date),
        Trip.ended_at.is_(None),
    )
    .order_by(Trip.began_at, Trip.id)
)


def list_out(look: Look, unit: Unit, child_ids: Collection[str]) -> list[Out]:
    """Today's trips of a unit that are under way, with those of these children who are on them, the earliest first; nothing in
    it tells of any other child. It asks no rights of the reader: its callers have."""
    today = unit.today(look.now)
    trips = [trip for (trip,) in _UNDER_WAY.rows(look, unit=unit.id, day=today)]
    if not trips:
        return []
    children, counted = list_children_of(look, [trip.id for trip in trips]), _list_counted(look, trips)
    wanted = frozenset(child_ids)
    said = list_said(look, unit, today, wanted & frozenset().union(*children.values()))
    out = [_read(trip, children[trip.id] & wanted, counted[trip.id], said) for trip in trips]
    return [one for one in out if one.child_ids]


def _list_counted(look: Look, trips: Sequence[Trip]) -> dict[str, datetime]:
    """When each trip was last counted; when it began, where it was not yet."""
    found = {trip.id: trip.began_at for trip in trips}
    counts = sa.select(TripCount.trip_id, sa.func.max(TripCount.at)).where(TripCount.trip_id.in_(list(found)))
    return found | dict(look.session.execute(counts.group_by(TripCount.trip_id)).all())


def _read(trip: Trip, child_ids: frozenset[str], counted_at: datetime, said: Sequence[DoorMark]) -> Out:
    seen = dict.fromkeys(child_ids, trip.began_at)
    missing: dict[str, datetime] = {}
    for row in said:
        if row.child_id not in child_ids:
            continue
        if row.way == Way.SEEN and row.reader_id == trip.reader_id:
            seen[row.child_id] = max(seen[row.child_id], row.at)
        elif row.clash == Clash.MISSING and row.looked_at is None:
            missing[row.child_id] = max(missing.get(row.child_id, row.at), row.at)
    return Out(trip, child_ids, counted_at, seen, missing)


def list_overdue(look: Look) -> dict[str, datetime]:
    """The trips under way, at any unit, of which a count is overdue, and when each was counted last: for a routine, which shows
    nobody."""
    since = (look.now - timedelta(days=1)).date()
    asked = sa.select(Trip, Unit).join(Unit, Unit.id == Trip.unit_id).where(Trip.ended_at.is_(None), Trip.day >= since)
    trips = [trip for trip, unit in look.session.execute(asked) if trip.day == unit.today(look.now)]
    counted = _list_counted(look, trips)
    return {trip.id: counted[trip.id] for trip in trips if _is_overdue(trip, counted[trip.id], look.now)}
