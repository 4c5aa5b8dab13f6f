"""A generated register: one school, groups of twenty, one guardian for each child, numbers fast enough for load, a leader
and a teacher.

All people are invented, and no text leaves the machine.
"""

import json
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from hub.register.reading import read_register
from hub.register.rows import Register

FIRST = (
    "Ada", "Aksel", "Alma", "Amund", "Anna", "Aron", "Astrid", "Bjørn", "Brage", "Dina", "Edvin", "Eira",
    "Ella", "Embla", "Erle", "Falk", "Frida", "Gard", "Guro", "Hedda", "Iben", "Ingrid", "Isak", "Jonas",
    "Kaia", "Kasper", "Lars", "Live", "Magnus", "Maja", "Nils", "Nora", "Odin", "Oda", "Per", "Ragna", "Selma",
    "Sigurd", "Tiril", "Vilde",
)  # fmt: skip
LAST = (
    "Aasen", "Berge", "Dahl", "Eide", "Foss", "Grimstad", "Haugen", "Isaksen", "Kvam", "Lunde", "Moen", "Nes",
    "Oppdal", "Rud", "Sand", "Tveit", "Ulven", "Vik",
)  # fmt: skip
GROUP_SIZE = 20
RIGHTS = ["inform", "write", "absence", "fetch", "consent", "leave", "care_time"]
PACE = 1000
LEADER, TEACHER = "s-0", "s-1"
"""Who leads the school, and who teaches its first group."""


@dataclass(frozen=True, slots=True)
class Family:
    """A guardian's phone, the number that answers for the child's group, and what the child is called."""

    phone: str
    number: str
    child: str


def list_families(children: int) -> list[Family]:
    names = list(product(FIRST, LAST))
    return [
        Family(f"+4740{index:06d}", number_of(index // GROUP_SIZE), names[index % len(names)][0])
        for index in range(children)
    ]


def number_of(group: int) -> str:
    """The number of a group's contact teacher."""
    return f"+47590{group:05d}"


def make_register(children: int, folder: Path) -> Register:
    """The register, read as any other; its file stays in `folder`."""
    names = list(product(FIRST, LAST))
    groups = range((children + GROUP_SIZE - 1) // GROUP_SIZE)
    people = range(children)
    tree = {
        "owners": [{"id": "haug", "name": "Haug kommune", "country": "NO", "language": "nb"}],
        "units": [
            {"id": "school", "kind": "school", "name": "Haug skole", "zone": "Europe/Oslo", "languages": ["nb"],
             "opens": "08:15", "closes": "14:00"}
        ],
        "groups": [{"id": f"g-{n}", "unit": "school", "name": f"Gruppe {n}"} for n in groups],
        "roles": [
            {"id": "leader", "unit": "school", "kind": "leader", "title": "Rektor"},
            *({"id": f"r-{n}", "unit": "school", "kind": "contact_teacher", "title": f"Kontakt {n}",
               "groups": [f"g-{n}"]} for n in groups),
        ],
        "numbers": [
            {"id": f"n-{n}", "value": number_of(n), "role": f"r-{n}", "channel": "twilio", "pace": PACE} for n in groups
        ],
        "staff": [
            {"id": LEADER, "first_name": "Unni", "last_name": "Fossum", "login": "unni.fossum@haug.example",
             "language": "nb", "roles": [{"role": "leader", "from": "2024-08-01"}]},
            {"id": TEACHER, "first_name": "Tor", "last_name": "Kleven", "login": "tor.kleven@haug.example",
             "language": "nb", "roles": [{"role": "r-0", "from": "2024-08-01"}]},
        ],
        "children": [
            {"id": f"c-{n}", "first_name": names[n % len(names)][0], "last_name": names[n % len(names)][1],
             "placements": [{"group": f"g-{n // GROUP_SIZE}", "from": "2024-08-01"}]}
            for n in people
        ],
        "guardians": [
            {"id": f"f-{n}", "first_name": "Vera", "last_name": names[n % len(names)][1], "language": "nb",
             "phones": [family.phone]}
            for n, family in enumerate(list_families(children))
        ],
        "guardianships": [
            {"id": f"t-{n}", "guardian": f"f-{n}", "child": f"c-{n}", "relation": "mother", "rights": RIGHTS}
            for n in people
        ],
    }  # fmt: skip
    file = folder / "register.json"
    file.write_text(json.dumps(tree), "utf-8")
    return read_register(file)
