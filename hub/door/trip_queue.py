"""What a phone wrote down of its trips, taken from it in its own order, each thing once: that one began, its head counts, and
that it is over. Signed by the phone's own key, as everything that waits there. Source: security rules S8.1 to S8.3.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hub.desk import Look, Work
from hub.door.merging import MOST, DeviceClock, Fate, Sent
from hub.door.phones import Phone, find_reach_of_owner, get_queued, is_signed
from hub.door.taps import LIVE_WINDOW
from hub.door.trips import (
    LONGEST,
    MOST_CHILDREN,
    PLACE_LENGTH,
    SHORTEST,
    Said,
    begin_trip,
    count_trip,
    end_trip,
    find_trip,
    is_counted,
    list_children_of,
)
from hub.people.places import Unit
from hub.safety.access import Reach
from hub.safety.audit import note
from hub.school.day_board import OnBoard, list_board

ChildId = Annotated[str, Field(pattern=r"^[0-9a-v]{26}$")]


class TripEntry(BaseModel):
    """One thing as a phone wrote it down and signed it. `children` are all of a trip that begins, and of a count those who are
    missing; `trip` is the number of the entry that began it."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    reader: ChildId
    number: Annotated[int, Field(ge=1, le=MOST)]
    at: DeviceClock
    kind: Literal["trip", "count", "back"]
    trip: Annotated[int, Field(ge=1, le=MOST)] | None = None
    place: Annotated[str, Field(min_length=1, max_length=PLACE_LENGTH)] | None = None
    every: Annotated[int, Field(ge=SHORTEST, le=LONGEST)] | None = None
    children: Annotated[list[ChildId], Field(max_length=MOST_CHILDREN)] = []

    @property
    def is_whole(self) -> bool:
        if self.kind == "trip":
            return self.place is not None and self.every is not None and bool(self.children)
        return self.trip is not None


def take_trips(work: Work, reach: Reach, unit: Unit, sent: Sent) -> list[Fate]:
    """Each of them as if it had come when it was written down. Audited.

    Raises: NotThereError, where the phone is none of the unit's, was revoked, or its shift is too long ago.
    """
    work.take_turns([sent.reader_id, unit.id])
    phone = get_queued(work, sent.reader_id, unit.id)
    read = [_read(phone, text, signature) for text, signature in zip(sent.texts, sent.signatures, strict=True)]
    fates = [Fate.REFUSED] * len(read)
    work.take_turns(_list_children_in(work, phone, read))
    in_order = sorted((entry.number, at) for at, entry in enumerate(read) if entry is not None)
    for _, at in in_order:
        entry = read[at]
        if entry is not None:
            fates[at] = _take(work, reach, unit, phone, entry, sent.clock)
            work.session.flush()
    note(work, "trip.queue", [phone.reader.id])
    return fates


def _read(phone: Phone, text: str, signature: str) -> TripEntry | None:
    """None where the phone never wrote it."""
    if not is_signed(phone, text, signature):
        return None
    try:
        entry = TripEntry.model_validate_json(text)
    except ValidationError:
        return None
    return entry if entry.is_whole and entry.reader == phone.reader.id else None


def _list_children_in(look: Look, phone: Phone, entries: Iterable[TripEntry | None]) -> set[str]:
    """All whom the entries are about: those they name, and those on the trips they go on with."""
    whole = [entry for entry in entries if entry is not None]
    trips = [find_trip(look, phone.reader.id, number) for number in {entry.trip for entry in whole if entry.trip}]
    on_trips = list_children_of(look, [trip.id for trip in trips if trip is not None])
    return {id_ for entry in whole for id_ in entry.children}.union(*on_trips.values())


def _take(work: Work, reach: Reach, unit: Unit, phone: Phone, entry: TripEntry, clock: datetime) -> Fate:
    said = Said(phone.reader.paired_by, phone.reader.id, entry.number, _find_when(work, phone, entry.at, clock))
    if entry.kind == "trip":
        return _begin(work, reach, unit, phone, entry, said)
    trip = find_trip(work, phone.reader.id, entry.trip or 0)
    if trip is None:
        return Fate.REFUSED
    if entry.kind == "back":
        end_trip(work, trip, said.at)
        return Fate.KEPT
    ids = list_children_of(work, [trip.id])[trip.id]
    reached = _list_reached(work, reach, unit, phone, [*ids, *entry.children], said.at)
    missing = sorted({*entry.children} & {*ids, *(on.child.id for on in reached)})
    if not is_counted(work, phone.reader.id, entry.number):
        count_trip(work, unit, trip, reached, missing, said)
    if not {*entry.children} <= {*missing}:
        return Fate.REFUSED
    return Fate.CLASHED if missing else Fate.KEPT


def _begin(work: Work, reach: Reach, unit: Unit, phone: Phone, entry: TripEntry, said: Said) -> Fate:
    """Whoever nobody reaches stays off the trip, and the phone is told that not all of it was taken."""
    trip = find_trip(work, said.reader_id, said.number)
    if trip is None:
        reached = _list_reached(work, reach, unit, phone, entry.children, said.at)
        if not reached:
            return Fate.REFUSED
        trip = begin_trip(work, unit, reached, entry.place or "", entry.every or LONGEST, said)
        work.session.flush()
    taken = list_children_of(work, [trip.id])[trip.id]
    return Fate.KEPT if taken.issuperset(entry.children) else Fate.REFUSED


def _list_reached(
    work: Work, reach: Reach, unit: Unit, phone: Phone, child_ids: Collection[str], at: datetime
) -> list[OnBoard]:
    """Those of the children whom the sender reaches, or whoever wrote it down did then, each once."""
    reaches = [reach, find_reach_of_owner(work, phone, at)]
    boards = [list_board(work, one, unit, unit.today(at)) for one in reaches if one is not None]
    return list({on.child.id: on for board in boards for on in board if on.child.id in child_ids}.values())


def _find_when(work: Work, phone: Phone, at: datetime, clock: datetime) -> datetime:
    """As long ago as the phone's own clock tells, right or wrong, and not before the phone was taken into use; now, where the
    clock was set back meanwhile. A count that came late is never newer than it is, or nobody would look for them."""
    age = clock - at
    if age < -LIVE_WINDOW:
        return work.now
    return min(work.now, max(work.now - age, phone.reader.paired_at))
