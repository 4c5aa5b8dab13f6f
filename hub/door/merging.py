"""What a phone kept while it had no network, taken from it in its own order, each thing once.

Touches become taps that wait, as if they had come at once. A tick counts where it goes with what is known by now; where
somebody has said otherwise meanwhile it changes nothing, is shown, and the child waits for a person. A child that was ticked
as missing, at whatever time and whoever sends it, stays so until a person settles it, whatever another phone says. Source:
security rules S8.1 and S8.2; of roll calls the rule is ours.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from hub.desk import Work
from hub.door.marks import Clash, DoorMark, Way, find_numbered, keep_mark, list_open
from hub.door.phones import Phone, find_reach_of_owner, get_queued, is_signed
from hub.door.tag_keys import NO_KEYS, TagKeys, open_keys
from hub.door.taps import LIVE_WINDOW, QUEUED_WINDOW, Touch, keep_tap, turns_of
from hub.people.places import Unit
from hub.safety.access import NotThereError, Reach
from hub.safety.audit import note
from hub.school.attendance import Attendance, Departure, mark_here, mark_left
from hub.school.attendance_times import BeforeItLeftError, LeftBeforeItCameError, TooFarAheadError
from hub.school.day_board import OnBoard, Presence, get_on_board
from hub.seal import Seal

MOST = 9_007_199_254_740_991
"""The largest whole number that every phone counts right. Source: ECMA-262, Number.MAX_SAFE_INTEGER."""
SENT_AT_ONCE = timedelta(seconds=10)
"""What a phone sends later than this after it was read has waited."""
FIRST_YEAR, LAST_YEAR = 1970, 2199
"""Between them moments can be reckoned with, in every zone; a clock that was never set begins with the first."""


def _within_reckoning(given: datetime) -> datetime:
    if not FIRST_YEAR <= given.year <= LAST_YEAR:
        raise ValueError("no clock says so")
    return given


DeviceClock = Annotated[AwareDatetime, AfterValidator(_within_reckoning)]


class Fate(StrEnum):
    """What became of a thing on a phone's queue. The phone may forget all of them."""

    KEPT = "kept"
    CLASHED = "clashed"
    REFUSED = "refused"


class Entry(BaseModel):
    """One thing as a phone wrote it down and signed it. Of a touch it tells what was on the tag, of a tick which child, what
    was said of it, and how the child stood on this phone then."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    reader: Annotated[str, Field(pattern=r"^[0-9a-v]{26}$")]
    number: Annotated[int, Field(ge=1, le=MOST)]
    at: DeviceClock
    kind: Literal["touch", "tick"]
    serial: Annotated[str, Field(pattern=r"^([0-9a-f]{2}){4,10}$")] | None = None
    told: Annotated[str, Field(max_length=300)] | None = None
    child: Annotated[str, Field(pattern=r"^[0-9a-v]{26}$")] | None = None
    way: Literal["coming", "leaving", "seen", "missing"] | None = None
    stood: Presence | None = None

    @property
    def is_whole(self) -> bool:
        if self.kind == "touch":
            return self.serial is not None
        return self.child is not None and self.way is not None and self.stood is not None


@dataclass(frozen=True, slots=True)
class Sent:
    """What a phone sends: the texts it signed, their signatures, and its own clock now."""

    reader_id: str
    texts: Sequence[str]
    signatures: Sequence[str]
    clock: datetime


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one of them; `tap_id` is of a touch that waits."""

    fate: Fate
    tap_id: str | None = None


def take_queue(work: Work, reach: Reach, unit: Unit, sent: Sent, seal: Seal) -> list[Taken]:
    """Each of them as if it had come when it was written down, in that order; once, however often it is sent. `seal` opens
    the owner's keys, by which tags prove themselves. Audited.

    Raises: NotThereError, where the phone is none of the unit's, was revoked, or its shift is too long ago.
    """
    work.take_turns([sent.reader_id])
    phone = get_queued(work, sent.reader_id, unit.id)
    taken: dict[str, Taken] = {}
    right = [_read(phone, text, signature) for text, signature in zip(sent.texts, sent.signatures, strict=True)]
    work.take_turns(_turns_of(work, phone, right, sent.clock))
    is_proven = any(entry is not None and entry.told is not None for entry in right)
    keys = open_keys(work, seal, unit.owner_id) if is_proven else NO_KEYS
    for text, entry in sorted(
        zip(sent.texts, right, strict=True), key=lambda pair: 0 if pair[1] is None else pair[1].number
    ):
        taken[text] = _take(work, reach, unit, phone, entry, sent.clock, keys)
    note(work, "door.queue", [phone.reader.id])
    return [taken[text] for text in sent.texts]


def _read(phone: Phone, text: str, signature: str) -> Entry | None:
    """None where the phone never wrote it."""
    if not is_signed(phone, text, signature):
        return None
    try:
        entry = Entry.model_validate_json(text)
    except ValidationError:
        return None
    return entry if entry.is_whole and entry.reader == phone.reader.id else None


def _turns_of(work: Work, phone: Phone, entries: Iterable[Entry | None], clock: datetime) -> list[str]:
    """What all of them are about: the phone, its tags, and the children of its ticks."""
    whole = [entry for entry in entries if entry is not None]
    touches = [_read_touch(entry, clock, work.now) for entry in whole if entry.kind == "touch"]
    return [*turns_of(phone.reader, touches), *(entry.child for entry in whole if entry.child is not None)]


def _read_touch(entry: Entry, clock: datetime, now: datetime) -> Touch:
    """Whether it waited is told by the phone's own clock alone, right or wrong."""
    return Touch(
        entry.number,
        entry.serial or "",
        entry.at,
        entry.told,
        waited=clock - entry.at > SENT_AT_ONCE,
        is_clock_right=is_right(clock, now),
    )


def _take(
    work: Work,
    reach: Reach,
    unit: Unit,
    phone: Phone,
    entry: Entry | None,
    clock: datetime,
    keys: TagKeys,
) -> Taken:
    if entry is None:
        return Taken(Fate.REFUSED)
    if entry.kind == "touch":
        return Taken(Fate.KEPT, keep_tap(work, phone.reader, _read_touch(entry, clock, work.now), keys).id)
    if (known := find_numbered(work, phone.reader.id, entry.number)) is not None:
        return Taken(Fate.CLASHED if known.clash else Fate.KEPT)
    try:
        return Taken(_take_tick(work, reach, unit, phone, entry, clock))
    except NotThereError:
        return Taken(Fate.REFUSED)


def is_right(clock: datetime, now: datetime) -> bool:
    """Whether a device whose clock says this may be believed about earlier."""
    return abs(clock - now) <= LIVE_WINDOW


def _take_tick(work: Work, reach: Reach, unit: Unit, phone: Phone, entry: Entry, clock: datetime) -> Fate:
    """Raises: NotThereError."""
    way = Way(entry.way or "")
    is_believed = is_right(clock, work.now) and work.now - QUEUED_WINDOW <= entry.at <= work.now + LIVE_WINDOW
    at = min(entry.at, work.now) if is_believed else work.now
    on = _get_ticked(work, reach, unit, phone, entry.child or "", way, at)
    if way is Way.MISSING:
        clash: Clash | None = Clash.MISSING
    elif reach.staff_id != phone.reader.paired_by:
        clash = Clash.OTHER_PERSON
    elif not _is_of_today(work, unit, entry, clock):
        clash = Clash.OTHERWISE
    else:
        clash = _judge(work, unit, on, way, Presence(entry.stood or ""), at)
    rows: list[Attendance] = []
    if clash is None or clash is Clash.WHO_FETCHED:
        try:
            rows = _apply(work, unit, on, way, at, phone.reader.paired_by)
        except (TooFarAheadError, BeforeItLeftError, LeftBeforeItCameError):
            clash = Clash.OTHERWISE
    mark = DoorMark(
        id=work.new_id(),
        owner_id=unit.owner_id,
        unit_id=unit.id,
        child_id=on.child.id,
        day=unit.today(work.now),
        way=way,
        at=at,
        said_at=at,
        said_by=phone.reader.paired_by,
        reader_id=phone.reader.id,
        number=entry.number,
        attendance_id=rows[0].id if rows else None,
        clash=clash,
    )
    keep_mark(work, mark)
    return Fate.KEPT if clash is None else Fate.CLASHED


def _get_ticked(work: Work, reach: Reach, unit: Unit, phone: Phone, child_id: str, way: Way, at: datetime) -> OnBoard:
    """The child of a tick, whom the sender reaches; one that is missing also where the phone's owner did then.

    Raises: NotThereError.
    """
    try:
        return get_on_board(work, reach, unit, child_id)
    except NotThereError:
        reached = find_reach_of_owner(work, phone, at) if way is Way.MISSING else None
        if reached is None:
            raise
    return get_on_board(work, reached, unit, child_id)


def _is_of_today(work: Work, unit: Unit, entry: Entry, clock: datetime) -> bool:
    """By how long ago it was, which the phone's clock tells right or wrong, if nobody set it meanwhile."""
    age = clock - entry.at
    return age >= -LIVE_WINDOW and unit.today(work.now - age) == unit.today(work.now)


def _judge(work: Work, unit: Unit, on: OnBoard, way: Way, stood: Presence, at: datetime) -> Clash | None:
    """Why a person must look before, or after, the tick counts."""
    if unit.today(at) != unit.today(work.now):
        return Clash.OTHERWISE
    if list_open(work, unit, unit.today(work.now), [on.child.id]):
        return Clash.OTHERWISE
    if way is Way.SEEN:
        return None if on.presence is Presence.HERE else Clash.NOT_HERE
    target = Presence.HERE if way is Way.COMING else Presence.LEFT
    if on.presence is not target and on.presence is not stood:
        return Clash.OTHERWISE
    if way is Way.LEAVING:
        if not on.was_seen or (on.came_at is not None and at < on.came_at):
            return Clash.NOT_HERE
        return Clash.WHO_FETCHED if on.presence is Presence.HERE else None
    is_told_away = on.presence is Presence.AWAY or on.is_disputed
    return Clash.OTHERWISE if is_told_away else None


def _apply(work: Work, unit: Unit, on: OnBoard, way: Way, at: datetime, by: str) -> list[Attendance]:
    if way is Way.COMING and on.presence is not Presence.HERE:
        return mark_here(work, unit, [on.child], by, came_at=at)
    if way is Way.LEAVING and on.presence is Presence.HERE:
        return mark_left(work, unit, [on.child.id], Departure(at, by))
    return []
