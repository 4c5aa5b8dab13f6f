"""What the pages of the door show: whether this phone is in use, one touch, one child, and who is here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from hub.desk import Look
from hub.door.confirming import Touched, get_touched, list_touched
from hub.door.last_seen import list_last_seen
from hub.door.looking import ToLookAt, list_to_look_at
from hub.door.marks import DoorMark, list_said
from hub.door.phones import Phone, find_phone
from hub.door.readers import TagReader
from hub.door.tag_reach import list_labelled
from hub.door.who_fetches import WhoFetches, read_who_fetches
from hub.people.finding import NEAR_ENOUGH, nearness, words_of
from hub.people.naming import names_of
from hub.people.places import Unit
from hub.safety.access import NotThereError, Reach, get_reach, get_unit, list_groups, list_units
from hub.school.care_at_door import Mark, list_marks
from hub.school.day_board import OnBoard, Presence, get_on_board, list_board
from hub.school.marking import list_looked_for


@dataclass(frozen=True, slots=True)
class Browser:
    """What tells one browser's phone from another's: the token of its cookie, and the session it is signed in by."""

    token: str | None
    session_id: str


@dataclass(frozen=True, slots=True)
class Door:
    """The page that a phone rests on. It holds no names of children."""

    unit: Unit
    units: Sequence[Unit]
    phone: Phone | None
    waiting: int
    to_look_at: int

    @property
    def counted(self) -> int:
        return 0 if self.phone is None else self.phone.reader.counted


@dataclass(frozen=True, slots=True)
class Pass:
    """One touch, and all that staff need to say what it means."""

    unit: Unit
    touched: Touched
    fetches: WhoFetches
    groups: Mapping[str, str]
    marks: Mapping[str, Mark]
    looked_for: frozenset[str]
    read_at: str
    is_led: bool
    is_own: bool


@dataclass(frozen=True, slots=True)
class AtDoor:
    """One child without a touch, and what was said of it at the door today."""

    unit: Unit
    on: OnBoard
    group: str
    fetches: WhoFetches
    mark: Mark | None
    said: Sequence[DoorMark]
    names: Mapping[str, str]
    waits: ToLookAt | None
    is_led: bool


@dataclass(frozen=True, slots=True)
class GroupHere:
    """A group and its children by their names."""

    id: str
    name: str
    children: tuple[OnBoard, ...]

    @property
    def here(self) -> int:
        return sum(on.presence is Presence.HERE for on in self.children)


@dataclass(frozen=True, slots=True)
class WhoIsHere:
    """Everybody of a unit whom the asker reaches, those who wait for a person first."""

    unit: Unit
    groups: Sequence[GroupHere]
    waits: Sequence[tuple[ToLookAt, OnBoard]]
    names: Mapping[str, str]
    typed: str
    seen: Mapping[str, datetime]

    @property
    def here(self) -> int:
        return sum(group.here for group in self.groups)

    @property
    def child_ids(self) -> list[str]:
        return sorted({on.child.id for group in self.groups for on in group.children})


def gather_first(look: Look) -> str:
    """The id of my first unit. Raises: NotThereError."""
    units = list_units(look, get_reach(look))
    if not units:
        raise NotThereError
    return units[0].id


def gather_door(look: Look, unit_id: str, browser: Browser) -> Door:
    """Raises: NotThereError."""
    reach = get_reach(look)
    unit = get_unit(look, reach, unit_id)
    phone = find_phone(look, browser.token, unit.id, browser.session_id)
    waiting = list_touched(look, reach, unit, None if phone is None else phone.reader.id)
    ids = [on.child.id for on in list_board(look, reach, unit, unit.today(look.now))]
    served = [one for one in list_units(look, reach) if list_groups(look, reach, one.id)]
    return Door(unit, served, phone, len(waiting), len(list_to_look_at(look, unit, ids)))


def gather_next(look: Look, unit_id: str, browser: Browser) -> str | None:
    """The id of the touch that has waited longest. Raises: NotThereError."""
    reach = get_reach(look)
    unit = get_unit(look, reach, unit_id)
    phone = find_phone(look, browser.token, unit.id, browser.session_id)
    waiting = list_touched(look, reach, unit, None if phone is None else phone.reader.id)
    return waiting[0].tap.id if waiting else None


def gather_pass(look: Look, unit_id: str, tap_id: str, browser: Browser) -> Pass:
    """Raises: NotThereError."""
    reach = get_reach(look)
    unit = get_unit(look, reach, unit_id)
    touched = get_touched(look, reach, unit, tap_id)
    ids = [on.child.id for on in touched.children]
    phone = find_phone(look, browser.token, unit.id, browser.session_id)
    today = unit.today(look.now)
    return Pass(
        unit=unit,
        touched=touched,
        fetches=read_who_fetches(look, unit, ids, today),
        groups=_group_names(look, reach, unit),
        marks=list_marks(look, reach, unit, touched.children),
        looked_for=frozenset(list_looked_for(look, unit, today) & set(ids)),
        read_at=look.session.get_one(TagReader, touched.tap.reader_id).name,
        is_led=unit.id in reach.leads,
        is_own=phone is not None and phone.reader.id == touched.tap.reader_id,
    )


def gather_at_door(look: Look, unit_id: str, child_id: str) -> AtDoor:
    """Raises: NotThereError."""
    reach = get_reach(look)
    unit = get_unit(look, reach, unit_id)
    today = unit.today(look.now)
    on = get_on_board(look, reach, unit, child_id)
    said = list_said(look, unit, today, [child_id])
    waits = list_to_look_at(look, unit, [child_id])
    return AtDoor(
        unit=unit,
        on=on,
        group=_group_names(look, reach, unit).get(on.group_id, ""),
        fetches=read_who_fetches(look, unit, [child_id], today),
        mark=list_marks(look, reach, unit, [on]).get(child_id),
        said=said,
        names=names_of(look, staff={row.said_by for row in said}),
        waits=waits[0] if waits else None,
        is_led=unit.id in reach.leads,
    )


def gather_here(look: Look, unit_id: str, typed: str = "") -> WhoIsHere:
    """`typed` narrows it to children whose names are near it. Raises: NotThereError."""
    reach = get_reach(look)
    unit = get_unit(look, reach, unit_id)
    board = list_board(look, reach, unit, unit.today(look.now))
    by_id = {on.child.id: on for on in board}
    waits = [(one, by_id[one.child_id]) for one in list_to_look_at(look, unit, list(by_id))]
    labelled = list_labelled(look, reach, typed) if typed else set()
    shown = [on for on in board if on.child.id in labelled or _is_near(typed, on)]
    groups = [
        GroupHere(id_, name, tuple(on for on in shown if on.group_id == id_))
        for id_, name in _group_names(look, reach, unit).items()
    ]
    return WhoIsHere(
        unit=unit,
        groups=[group for group in groups if group.children],
        waits=waits,
        names=names_of(look, staff={row.said_by for one, _ in waits for row in one.said}),
        typed=typed,
        seen=list_last_seen(look, unit, board),
    )


def _is_near(typed: str, on: OnBoard) -> bool:
    wanted = words_of(typed)
    return not wanted or nearness(wanted, words_of(f"{on.child.called} {on.child.name}")) >= NEAR_ENOUGH


def _group_names(look: Look, reach: Reach, unit: Unit) -> dict[str, str]:
    return {group.id: group.name for group in list_groups(look, reach, unit.id)}
