"""What the pages of the door say: what their templates are given."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from admin_web.staff.door_board import AtDoor, Door, Pass, WhoIsHere
from admin_web.staff.morning_words import home_said
from admin_web.staff.visiting import Visit
from hub.door.looking import Found, ToLookAt, stands_as
from hub.door.marks import DoorMark, Way, Why
from hub.people.places import Unit
from hub.school.care_at_door import Mark
from hub.school.day_board import OnBoard, Presence
from hub.school.going_home import GoingHome
from hub.spoken import say_clock

PILL = {
    Presence.NOT_HEARD: "unheard",
    Presence.LATE: "late",
    Presence.AWAY: "away",
    Presence.ELSEWHERE: "away",
    Presence.HERE: "here",
    Presence.LEFT: "away",
}
SAYS = {
    Presence.NOT_HEARD: ("coming", "away"),
    Presence.LATE: ("coming", "away"),
    Presence.AWAY: ("coming", "not_away"),
    Presence.ELSEWHERE: ("coming", "away"),
    Presence.HERE: ("leaving", "not_come"),
    Presence.LEFT: ("not_left", "coming"),
}
"""What staff may say of a child as it stands, what is likeliest first."""
WHYS = ("", *Why)


def door_facts(visit: Visit, door: Door) -> dict[str, Any]:
    """What the page is given on which a phone rests."""
    until = None if door.phone is None else door.unit.local(door.phone.own.ends_at)
    return {"door": door, "path": f"/door/{door.unit.id}", "until": until, "left": seconds_left(visit, door)}


def seconds_left(visit: Visit, door: Door) -> int:
    """How long the phone is in use still; a phone's own clock may be wrong, so that it is told no moment."""
    return 0 if door.phone is None else int((door.phone.own.ends_at - visit.house.parts.clock.now()).total_seconds())


def pass_facts(visit: Visit, passing: Pass, way: Way) -> dict[str, Any]:
    """What the page of one touch is given."""
    unit, tap = passing.unit, passing.touched.tap
    return {
        **_common(visit, unit),
        "passing": passing,
        "way": way,
        "names": [on.child.called for on in passing.touched.children],
        "touched": visit.say(
            "door.touched",
            at=unit.local(tap.at),
            where="" if passing.is_own else passing.read_at,
            now=unit.local(visit.house.parts.clock.now()),
        ),
        "touched_at": unit.local(tap.at).strftime("%H:%M"),
        "homes": _homes(visit, passing.touched.children, passing.fetches.homes),
        "fetches": passing.fetches,
        "care_of": lambda id_: _care(visit, passing.marks.get(id_)),
        "is_led": passing.is_led,
    }


def child_facts(visit: Visit, at_door: AtDoor) -> dict[str, Any]:
    """What the page of one child is given."""
    return {
        **_common(visit, at_door.unit),
        "at_door": at_door,
        "on": at_door.on,
        "says": says_of(at_door.unit, at_door.on, visit.house.parts.clock.now()),
        "touched_at": "",
        "homes": _homes(visit, [at_door.on], at_door.fetches.homes),
        "fetches": at_door.fetches,
        "care": _care(visit, at_door.mark),
        "logged": _logging(visit, at_door.unit, at_door.names),
        "is_led": at_door.is_led,
    }


def says_of(unit: Unit, on: OnBoard, now: datetime) -> tuple[str, ...]:
    """What staff may say of a child: no guardian's word is taken back here, nor a coming of a night before."""
    unsaid = set()
    if on.absence is not None and not on.absence.is_of_staff:
        unsaid.add("not_away")
    if on.came_on is not None and on.came_on < unit.today(now):
        unsaid.add("not_come")
    return tuple(said for said in SAYS[on.presence] if said not in unsaid)


def here_facts(visit: Visit, here: WhoIsHere) -> dict[str, Any]:
    """What the page of who is here is given."""
    return {**_common(visit, here.unit), "here": here, "logged": _logging(visit, here.unit, here.names)}


def _common(visit: Visit, unit: Unit) -> dict[str, Any]:
    return {
        "path": f"/door/{unit.id}",
        "unit": unit,
        "whys": WHYS,
        "founds_of": _founds_of,
        "stands_as": stands_as,
        "pill_of": lambda on: PILL[on.presence],
        "time_of": lambda on: _time_of(visit, unit, on),
        "clash_of": lambda one: _clash(visit, unit, one),
    }


def _founds_of(on: OnBoard) -> list[Found]:
    """What one tap may say of a child that waits; with whom it left is asked."""
    return [Found.HERE] if on.presence is Presence.LEFT else [Found.HERE, Found.AWAY]


def _time_of(visit: Visit, unit: Unit, on: OnBoard) -> str:
    moment = on.left_at or on.came_at
    if moment is not None:
        return say_clock(unit.local(moment), visit.language)
    return "" if on.comes_at is None else say_clock(on.comes_at, visit.language)


def _clash(visit: Visit, unit: Unit, one: ToLookAt) -> str:
    today = unit.today(visit.house.parts.clock.now())
    return visit.say("door.clash", clash=one.clash, since=one.since if one.since < today else None, today=today)


def _care(visit: Visit, mark: Mark | None) -> str:
    return "" if mark is None else visit.say("care_page.mark", notes=mark.has_notes, serious=mark.is_serious)


def _homes(visit: Visit, children: Sequence[OnBoard], homes: Mapping[str, GoingHome]) -> list[tuple[str, bool, str]]:
    """Of each child of whom something was told for today: its name, whether it rings, and what was told."""
    return [
        (on.child.called, homes[on.child.id].rings, " · ".join(home_said(visit, homes[on.child.id])))
        for on in children
        if on.child.id in homes
    ]


def _logging(visit: Visit, unit: Unit, names: Mapping[str, str]) -> Callable[[DoorMark], str]:
    def say(row: DoorMark) -> str:
        return visit.say(
            "door.logged",
            way=row.way,
            at=unit.local(row.at),
            said_at=unit.local(row.said_at),
            who=names.get(row.said_by, ""),
        )

    return say
