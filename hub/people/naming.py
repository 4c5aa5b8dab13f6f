"""What people are called: the first and last names behind ids. It asks no rights: its callers have."""

from collections.abc import Collection

import sqlalchemy as sa

from hub.desk import Look
from hub.people.families import Child, Guardian
from hub.people.staff import Staff

PLAIN_LETTER = r"[^\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]"
"""As a pattern: no control character, and none that turns the letters around it the other way."""


def _names_in(table: type[Guardian] | type[Staff] | type[Child], ids: str) -> "sa.Select[str, str, str]":
    return sa.select(table.id, table.first_name, table.last_name).where(table.id.in_(sa.bindparam(ids, expanding=True)))


_NAMES = sa.union_all(_names_in(Guardian, "guardians"), _names_in(Staff, "staff"), _names_in(Child, "children"))


def names_of(
    look: Look, *, guardians: Collection[str] = (), staff: Collection[str] = (), children: Collection[str] = ()
) -> dict[str, str]:
    """By id, in one question; an id that is nobody's is left out."""
    if not guardians and not staff and not children:
        return {}
    asked = {"guardians": list(guardians), "staff": list(staff), "children": list(children)}
    return {id_: f"{first} {last}" for id_, first, last in look.session.execute(_NAMES, asked)}
