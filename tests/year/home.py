"""The family whose year is told: three children in a school, an after-school club and a preschool, and two homes.

They are loaded as a municipality's register would load them. Every number is from a range kept for fiction, or allotted to
nobody.
"""

from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from hub.asker import operator_asker
from hub.desk import Work
from hub.people.families import Child, Guardian, Right
from hub.people.places import Group, Unit
from hub.people.staff import Staff
from hub.register.loading import apply
from hub.register.rows import TABLES, make_register

YEAR = operator_asker("year")
FIRST_DAY = "2025-08-01"
FAMILY = "Lind"
CHILDREN = (("Ella", "2014-03-11"), ("Otso", "2018-05-20"), ("Saga", "2021-10-02"))
GUARDIANS = ("Hanna", "Jonas")
UNITS = ("school", "club", "preschool")
HEAD = "siri"
"""Leads all three, and does what staff do on pages."""
_KINDS = {"school": "school", "club": "after_school", "preschool": "preschool"}
_ROLES = {"school": "contact_teacher", "club": "club", "preschool": "teacher"}
_HOURS = {"school": ("08:15", "14:00"), "club": ("13:00", "17:00"), "preschool": ("07:00", "17:00")}
_PLACES = {"Ella": ("6A",), "Otso": ("2A", "club"), "Saga": ("preschool",)}
_GROUPS = {"6A": "school", "2A": "school", "club": "club", "preschool": "preschool"}


@dataclass(frozen=True, slots=True)
class Land:
    """Where a language's family is at home. `phones` are those of the two, then one more of each; `labels` name units."""

    country: str
    zone: str
    names: tuple[str, str, str]
    labels: tuple[str, str, str]
    phones: tuple[str, str, str, str]
    numbers: tuple[str, str, str]


LANDS = {
    "nb": Land(
        "NO",
        "Europe/Oslo",
        ("Furulia skole", "Furulia SFO", "Lerken barnehage"),
        ("skolen", "SFO", "barnehagen"),
        ("+4740000011", "+4740000012", "+4740000081", "+4740000082"),
        ("+4740000090", "+4740000091", "+4740000092"),
    ),
    "sv": Land(
        "SE",
        "Europe/Stockholm",
        ("Furulidsskolan", "Furulids fritids", "Lärkans förskola"),
        ("skolan", "fritids", "förskolan"),
        ("+46701740611", "+46701740612", "+46701740681", "+46701740682"),
        ("+46701740690", "+46701740691", "+46701740692"),
    ),
    "fi": Land(
        "FI",
        "Europe/Helsinki",
        ("Kielon koulu", "Kielon iltapäivätoiminta", "Leivosen päiväkoti"),
        ("koulu", "iltapäivä", "päiväkoti"),
        ("+358457395011", "+358457395012", "+358457395081", "+358457395082"),
        ("+358457395090", "+358457395091", "+358457395092"),
    ),
}


@dataclass(slots=True)
class Home:
    """Who is there, by name; units and numbers by what the scripts call them ("skolen"), units also by kind.

    `shows_who`: who told it belongs to the facts from now on.
    """

    language: str
    land: Land
    phones: dict[str, str]
    numbers: dict[str, str]
    units: dict[str, Unit] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    children: dict[str, Child] = field(default_factory=dict)
    guardians: dict[str, Guardian] = field(default_factory=dict)
    head: Staff | None = None
    shows_who: bool = False

    def called(self, phone: str) -> str:
        return next(name for name, value in self.phones.items() if value == phone)

    def label(self, number: str) -> str:
        return next(label for label, value in self.numbers.items() if value == number)


def move_in(work: Work, language: str) -> Home:
    """Load the register, and look everybody up."""
    land = LANDS[language]
    tables = {
        name: [TABLES[name].model_validate(row) for row in rows] for name, rows in _register(language, land).items()
    }
    apply(work, make_register(tables))
    work.session.flush()
    names = (*GUARDIANS, *(f"{name} ny" for name in GUARDIANS))
    home = Home(language, land, dict(zip(names, land.phones, strict=True)), {})
    home.numbers = dict(zip(land.labels, land.numbers, strict=True))
    found = {unit.source_id: unit for unit in work.session.scalars(sa.select(Unit))}
    home.units = found | {label: found[kind] for kind, label in zip(UNITS, land.labels, strict=True)}
    home.groups = {group.source_id: group for group in work.session.scalars(sa.select(Group))}
    home.children = {child.first_name: child for child in work.session.scalars(sa.select(Child))}
    home.guardians = {each.first_name: each for each in work.session.scalars(sa.select(Guardian))}
    home.head = work.session.scalars(sa.select(Staff).where(Staff.source_id == HEAD)).one()
    return home


def _register(language: str, land: Land) -> dict[str, list[dict[str, Any]]]:
    return {
        "owners": [{"id": "furulia", "name": "Furulia", "country": land.country, "language": language}],
        "units": [_unit(kind, name, language, land) for kind, name in zip(UNITS, land.names, strict=True)],
        "groups": [{"id": group, "unit": unit, "name": group} for group, unit in _GROUPS.items()],
        "roles": [
            role
            for unit in UNITS
            for role in (
                {"id": f"lead-{unit}", "unit": unit, "kind": "leader", "title": "Siri"},
                {"id": f"seat-{unit}", "unit": unit, "kind": _ROLES[unit], "title": unit, "groups": _groups_of(unit)},
            )
        ],
        "numbers": [
            {"id": f"n-{unit}", "value": number, "role": f"seat-{unit}"}
            for unit, number in zip(UNITS, land.numbers, strict=True)
        ],
        "staff": [
            _member(HEAD, "Siri", language, [f"lead-{unit}" for unit in UNITS]),
            *(
                _member(name.lower(), name, language, [f"seat-{unit}"])
                for name, unit in zip(("Ingrid", "Tor", "Maja"), UNITS, strict=True)
            ),
        ],
        "children": [
            {
                "id": name.lower(),
                "first_name": name,
                "last_name": FAMILY,
                "birth_date": born,
                "placements": [{"group": group, "from": FIRST_DAY} for group in _PLACES[name]],
            }
            for name, born in CHILDREN
        ],
        "guardians": [
            {
                "id": name.lower(),
                "first_name": name,
                "last_name": FAMILY,
                "language": language,
                "phones": [{"number": phone, "confirmed": confirmed}],
            }
            for name, phone, confirmed in zip(GUARDIANS, land.phones[:2], ("2025-08-10", "2025-06-20"), strict=True)
        ],
        "guardianships": [
            {
                "id": f"{guardian}.{child}".lower(),
                "guardian": guardian.lower(),
                "child": child.lower(),
                "rights": [{"right": right, "from": FIRST_DAY} for right in Right],
            }
            for guardian in GUARDIANS
            for child, _ in CHILDREN
        ],
    }


def _unit(kind: str, name: str, language: str, land: Land) -> dict[str, Any]:
    opens, closes = _HOURS[kind]
    return {
        "id": kind,
        "kind": _KINDS[kind],
        "name": name,
        "zone": land.zone,
        "languages": [language],
        "opens": opens,
        "closes": closes,
    }


def _groups_of(unit: str) -> list[str]:
    return [group for group, at in _GROUPS.items() if at == unit]


def _member(id_: str, name: str, language: str, roles: list[str]) -> dict[str, Any]:
    return {
        "id": id_,
        "first_name": name,
        "last_name": "Lund",
        "login": f"{id_}@furulia.example",
        "language": language,
        "roles": [{"role": role, "from": FIRST_DAY} for role in roles],
    }
