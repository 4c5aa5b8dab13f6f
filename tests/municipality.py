"""A generated municipality of schools and one guardian a child, who are reached by text, mail and Telegram, or hardly at all.

All people are invented, and no text leaves the machine.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from hub.address import CHAT, SMS
from hub.desk import Work
from hub.people.families import Guardian, GuardianAddress
from hub.post.chats import link_chat
from hub.post.reach_wishes import choose
from hub.post.topics import Topic
from hub.register.loading import apply
from hub.register.rows import TABLES, make_register

OWNER = "nordhaug"
LEADER, ADMINISTRATOR = "Rektor{at}", "Vilde"
"""By their first names."""
SCHOOL_SIZE, GROUP_SIZE = 500, 25
FROM = "2024-08-12"
RIGHTS = ["inform", "write", "absence", "fetch", "consent", "leave", "care_time"]
FIRST = (
    "Ask",
    "Birk",
    "Dagny",
    "Eir",
    "Folke",
    "Gry",
    "Hauk",
    "Idunn",
    "Jo",
    "Kåre",
    "Liv",
    "Mons",
    "Njål",
    "Oda",
    "Pål",
    "Runa",
)
LAST = ("Almli", "Brekke", "Dyrli", "Engen", "Furu", "Gjerde", "Hegna", "Ihle", "Jordal", "Kleiva", "Mork", "Nygård")


class Way(StrEnum):
    """By what a family is reached. Whose phone is a landline by no text."""

    TEXT = "text"
    TEXT_AND_MAIL = "text and mail"
    MAIL = "mail"
    TELEGRAM = "telegram"
    LANDLINE_AND_MAIL = "landline and mail"
    LANDLINE = "landline"


_OF_TWENTY = (
    *(Way.TEXT,) * 9, *(Way.TEXT_AND_MAIL,) * 4, *(Way.MAIL,) * 3, *(Way.TELEGRAM,) * 2, Way.LANDLINE_AND_MAIL, Way.LANDLINE,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Household:
    """One guardian with one child; who has no phone or mail has "" for it, no chat None."""

    at: int

    @property
    def way(self) -> Way:
        return _OF_TWENTY[self.at % len(_OF_TWENTY)]

    @property
    def name(self) -> str:
        return f"{FIRST[self.at % len(FIRST)]} {LAST[self.at % len(LAST)]}{self.at}"

    @property
    def phone(self) -> str:
        return "" if self.way is Way.MAIL else f"+47405{self.at:05d}"

    @property
    def mail(self) -> str:
        return f"hjem{self.at}@familie.example.org" if self.way in _WITH_MAIL else ""

    @property
    def chat(self) -> int | None:
        return 7_000_000 + self.at if self.way is Way.TELEGRAM else None


_WITH_MAIL = frozenset({Way.TEXT_AND_MAIL, Way.MAIL, Way.LANDLINE_AND_MAIL})


def list_households(families: int) -> list[Household]:
    return [Household(at) for at in range(families)]


def number_of(school: int) -> str:
    """The number of a school's leader, from which what goes to all of it is sent."""
    return f"+475901{school:04d}"


def list_numbers(families: int) -> list[str]:
    return [number_of(school) for school in range(_schools(families))]


def load_municipality(work: Work, families: int) -> None:
    """Its register, and the chats that families have linked and wish to be written to in."""
    tables = dict(_list_tables(families))
    rows = {name: [TABLES[name].model_validate(row) for row in told] for name, told in tables.items()}
    apply(work, make_register(rows), (), True)
    work.session.flush()
    asked = sa.select(GuardianAddress, Guardian).join(Guardian).where(GuardianAddress.kind == SMS)
    by_phone = {address.value: (address, guardian) for address, guardian in work.session.execute(asked)}
    for one in list_households(families):
        if one.chat is not None:
            address, guardian = by_phone[one.phone]
            link_chat(work, f"telegram:{one.chat}", [(address, guardian)], number_of(one.at // SCHOOL_SIZE))
            choose(work, guardian, list(Topic), [CHAT], guardian.id)


def _schools(families: int) -> int:
    return (families + SCHOOL_SIZE - 1) // SCHOOL_SIZE


def _list_tables(families: int) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    schools, homes = range(_schools(families)), list_households(families)
    groups = range((families + GROUP_SIZE - 1) // GROUP_SIZE)
    in_school = SCHOOL_SIZE // GROUP_SIZE
    yield "owners", [{"id": OWNER, "name": "Nordhaug kommune", "country": "NO", "language": "nb"}]
    yield (
        "units",
        [
            {"id": f"u{at}", "kind": "school", "name": f"Skole {at}", "zone": "Europe/Oslo", "languages": ["nb"]}
            for at in schools
        ],
    )
    yield "groups", [{"id": f"g{at}", "unit": f"u{at // in_school}", "name": f"Klasse {at}"} for at in groups]
    yield (
        "roles",
        [
            {"id": "administrator", "unit": "u0", "kind": "administrator", "title": "Administrator"},
            *({"id": f"l{at}", "unit": f"u{at}", "kind": "leader", "title": "Rektor"} for at in schools),
        ],
    )
    yield "numbers", [{"id": f"n{at}", "value": number_of(at), "role": f"l{at}", "pace": 10} for at in schools]
    yield (
        "staff",
        [
            _staff("administrator", ADMINISTRATOR, "Aasland", "administrator"),
            *(_staff(f"s{at}", LEADER.format(at=at), "Vang", f"l{at}") for at in schools),
        ],
    )
    yield "children", [
        {"id": f"c{home.at}", "first_name": FIRST[-1 - home.at % len(FIRST)], "last_name": home.name.split()[1],
         "birth_date": "2016-05-04", "placements": [{"group": f"g{home.at // GROUP_SIZE}", "from": FROM}]}
        for home in homes
    ]  # fmt: skip
    yield "guardians", [
        {"id": f"f{home.at}", "first_name": home.name.split()[0], "last_name": home.name.split()[1], "language": "nb",
         "phones": [home.phone] if home.phone else [], "emails": [home.mail] if home.mail else []}
        for home in homes
    ]  # fmt: skip
    yield (
        "guardianships",
        [
            {
                "id": f"t{home.at}",
                "guardian": f"f{home.at}",
                "child": f"c{home.at}",
                "relation": "mother",
                "rights": RIGHTS,
            }
            for home in homes
        ],
    )


def _staff(id_: str, first: str, last: str, role: str) -> dict[str, Any]:
    login = f"{id_}@nordhaug.example"
    return {"id": id_, "first_name": first, "last_name": last, "login": login, "roles": [{"role": role, "from": FROM}]}
