"""Seventy-one more invented families at the village's preschool, for a full morning at its door: four groups, a teacher of them
with a number, and a child and a guardian each. They come by the register, as any do, and only once somebody asks for them.
"""

from collections.abc import Mapping
from typing import Any

from hub.desk import Work
from hub.register.loading import apply
from hub.register.rows import TABLES, make_register
from tests.village import FJORDVIK, Village

COUNT = 71
"""With those of the village eighty children."""
MARK = "z-"
"""Every id begins so: they come after the village's own wherever people are counted through by their ids."""
GROUPS = ("Multe", "Tranebær", "Bringebær", "Krekling")
TITLE, NUMBER = "Pedagogisk leder, de andre gruppene", "+4759000025"
FIRST_PHONE = 4740000500
CHILDREN = ("Alma", "Brage", "Dina", "Eline", "Frans", "Gro", "Håkon", "Idun", "Joar", "Kaia", "Levi", "Mina", "Nils",
            "Oda", "Peder", "Runa", "Sigurd", "Tyra")  # fmt: skip
GUARDIANS = ("Bodil", "Carsten", "Eirin", "Frode", "Guro", "Helge", "Irene", "Jarle", "Kjersti", "Magne", "Oddny")
LAST = ("Fagervik", "Granlund", "Hellebust", "Kvitnes", "Lyngmo", "Myrseth", "Nesbakk", "Rognmo", "Skogheim", "Tangvald",
        "Vassbotn", "Åmodt", "Øyjord")  # fmt: skip
LANGUAGES = ("nb", "nb", "nn", "sv", "nb", "en", "fi", "da")
FROM = "2024-08-12"
RIGHTS = ["inform", "write", "absence", "fetch", "consent", "leave", "care_time"]


def load_many(work: Work) -> None:
    """A second time changes nothing."""
    rows = {name: [TABLES[name].model_validate(row) for row in told] for name, told in list_rows().items()}
    apply(work, make_register(rows), (), True)


def list_rows() -> Mapping[str, list[dict[str, Any]]]:
    """In the form of docs/register.md."""
    ids = {name: f"{MARK}{at}" for at, name in enumerate(GROUPS)}
    role = f"{MARK}teacher"
    return {
        "owners": [{"id": FJORDVIK, "name": "Fjordvik kommune", "country": "NO", "language": "nb"}],
        "groups": [{"id": id_, "unit": "preschool", "name": name} for name, id_ in ids.items()],
        "roles": [
            {
                "id": role,
                "unit": "preschool",
                "kind": "contact_teacher",
                "title": TITLE,
                "groups": list(ids.values()),
            }
        ],
        "numbers": [{"id": f"{MARK}number", "value": NUMBER, "role": role}],
        "staff": [
            {
                "id": f"{MARK}staff",
                "first_name": "Sigrid",
                "last_name": "Holm",
                "login": "sigrid.holm@fjordvik.example",
                "roles": [{"role": role, "from": FROM}],
            }
        ],
        "children": [_child(at, ids[GROUPS[at % len(GROUPS)]]) for at in range(COUNT)],
        "guardians": [_guardian(at) for at in range(COUNT)],
        "guardianships": [_tie(at) for at in range(COUNT)],
    }


def _child(at: int, group: str) -> dict[str, Any]:
    return {
        "id": f"{MARK}child-{at:02}",
        "first_name": CHILDREN[at % len(CHILDREN)],
        "last_name": LAST[at % len(LAST)],
        "birth_date": f"{2021 + at % 3}-{1 + at % 12:02}-{1 + at % 28:02}",
        "placements": [{"group": group, "from": FROM}],
    }


def _guardian(at: int) -> dict[str, Any]:
    return {
        "id": f"{MARK}guardian-{at:02}",
        "first_name": GUARDIANS[at % len(GUARDIANS)],
        "last_name": LAST[at % len(LAST)],
        "language": LANGUAGES[at % len(LANGUAGES)],
        "phones": [f"+{FIRST_PHONE + at}"],
    }


def _tie(at: int) -> dict[str, Any]:
    relation = "mother" if at % len(GUARDIANS) % 2 == 0 else "father"
    return {
        "id": f"{MARK}tie-{at:02}",
        "guardian": f"{MARK}guardian-{at:02}",
        "child": f"{MARK}child-{at:02}",
        "relation": relation,
        "rights": RIGHTS,
    }


def leave_out_many(village: Village) -> None:
    """They are in the store, and no part of the village that one plays with: they have no phones on the page."""
    village.children = {key: row for key, row in village.children.items() if not row.source_id.startswith(MARK)}
    village.guardians = {key: row for key, row in village.guardians.items() if not row.source_id.startswith(MARK)}
