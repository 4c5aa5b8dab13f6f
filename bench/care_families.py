"""A generated owner of many preschools: a hundred children in each, two guardians of each child, and a week told before.

Every third father has two phones. All people are invented, and no text leaves the machine.
"""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from hub.asker import Trust
from hub.desk import Work
from hub.people.families import Guardianship, Placement
from hub.people.places import Unit
from hub.register.reading import read_register
from hub.register.rows import Register
from hub.school.care_bookings import CareBooking
from hub.school.care_rules import Rules, set_rules_of_all

from .neighbourhood import FIRST, LAST, RIGHTS

UNIT_SIZE, GROUP_SIZE = 100, 20
PLACED = "2024-08-01"
HOURS = ("08:00-16:00", "07:30-15:45", "08:15-14:30")
DAYS = 5


def make_register(children: int, folder: Path) -> Register:
    """The register, read as any other; its file stays in `folder`."""
    units = range((children + UNIT_SIZE - 1) // UNIT_SIZE)
    groups = range((children + GROUP_SIZE - 1) // GROUP_SIZE)
    tree = {
        "owners": [{"id": "haug", "name": "Haug kommune", "country": "NO", "language": "nb"}],
        "units": [
            {"id": f"u-{n}", "kind": "preschool", "name": f"Haug barnehage {n}", "zone": "Europe/Oslo",
             "languages": ["nb"], "opens": "07:00", "closes": "17:00"}
            for n in units
        ],
        "groups": [{"id": f"g-{n}", "unit": _unit_of(n * GROUP_SIZE), "name": f"Avdeling {n}"} for n in groups],
        "roles": [{"id": f"r-{n}", "unit": f"u-{n}", "kind": "office", "title": "Styrer"} for n in units],
        "numbers": [
            {"id": f"n-{n}", "value": f"+47590{n:05d}", "role": f"r-{n}", "channel": "twilio", "pace": 1000}
            for n in units
        ],
        "staff": [],
        "children": [_child(n) for n in range(children)],
        "guardians": [guardian for n in range(children) for guardian in _parents(n)],
        "guardianships": [tie for n in range(children) for tie in _ties(n)],
    }  # fmt: skip
    file = folder / "register.json"
    file.write_text(json.dumps(tree), "utf-8")
    return read_register(file)


def _unit_of(child: int) -> str:
    return f"u-{child // UNIT_SIZE}"


def _names(number: int) -> dict[str, str]:
    return {"first_name": FIRST[number % len(FIRST)], "last_name": LAST[number // len(FIRST) % len(LAST)]}


def _child(number: int) -> dict[str, Any]:
    placements = [{"group": f"g-{number // GROUP_SIZE}", "from": PLACED}]
    return {"id": f"c-{number}", **_names(number), "placements": placements}


def _parents(number: int) -> list[dict[str, Any]]:
    phones = [f"+4741{number:06d}", *([f"+4742{number:06d}"] if number % 3 == 0 else [])]
    return [
        {"id": f"m-{number}", **_names(number + 7), "language": "nb", "phones": [f"+4740{number:06d}"]},
        {"id": f"f-{number}", **_names(number + 11), "language": "nb", "phones": phones},
    ]


def _ties(number: int) -> list[dict[str, Any]]:
    return [
        {"id": f"{who}t-{number}", "guardian": f"{who}-{number}", "child": f"c-{number}", "relation": relation,
         "rights": RIGHTS}
        for who, relation in (("m", "mother"), ("f", "father"))
    ]  # fmt: skip


def begin(work: Work, monday: date) -> None:
    """All units ask from now on; every child's mother has told the week that begins on `monday`."""
    unit = work.session.scalars(sa.select(Unit).limit(1)).one()
    set_rules_of_all(work, unit.owner_id, Rules(asks=True), "bench")
    places = work.session.execute(
        sa.select(Placement.child_id, Placement.unit_id, Placement.owner_id, Guardianship.guardian_id)
        .join(Guardianship, Guardianship.child_id == Placement.child_id)
        .where(Guardianship.relation == "mother")
    ).all()
    for number, (child_id, unit_id, owner_id, guardian_id) in enumerate(places):
        work.session.add_all(
            CareBooking(
                id=work.new_id(),
                owner_id=owner_id,
                child_id=child_id,
                unit_id=unit_id,
                day=monday + timedelta(days=weekday),
                hours=HOURS[number % len(HOURS)],
                told_by=guardian_id,
                told_kind="guardian",
                trust=Trust.CONFIRMED,
                told_at=work.now,
            )
            for weekday in range(DAYS)
        )
