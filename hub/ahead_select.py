"""Asks at once for many values what verbs then ask for one after the other: between the families of a round nothing changes.

What was read ahead holds until the session writes. Only a session that writes when it is told to, as a round's, keeps any.
"""

from collections.abc import Collection, Hashable
from typing import Any, Generic, TypeVarTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hub.desk import Look
from hub.quick_flush import READ_AHEAD
from hub.quick_select import QuickSelect

Ts = TypeVarTuple("Ts")


class AheadSelect(Generic[*Ts]):
    """A select of the rows that have one value in a column of theirs, in the select's order. Its other parameters are its
    `bindparam`s, always given in the same order."""

    def __init__(self, select: sa.Select[*Ts], column: sa.orm.InstrumentedAttribute[str]) -> None:
        self._one: QuickSelect[*Ts] = QuickSelect(select.where(column == sa.bindparam("of")))
        self._many: QuickSelect[Any] = QuickSelect(
            select.add_columns(column).where(column.in_(sa.bindparam("of_all", expanding=True)))
        )

    def rows(self, look: Look, of: str, /, **others: Any) -> list[tuple[*Ts]]:
        """What the select answers for this value. Raises: sa.exc.DBAPIError."""
        found: list[tuple[*Ts]] | None = _known(look.session).get((self, of, *others.values()))
        return self._one.rows(look, of=of, **others) if found is None else found

    def remember(self, look: Look, of: str, /, **others: Any) -> None:
        """Ask for one value that many ask for; `rows` knows it from now on."""
        found = self.rows(look, of, **others)
        if not look.session.autoflush:
            look.session.info.setdefault(READ_AHEAD, {})[self, of, *others.values()] = found

    def knows_none(self, look: Look, of: str) -> bool:
        """Whether it was read ahead that there is nothing of this value."""
        return _known(look.session).get((self, of)) == []

    def read_ahead(self, look: Look, of_all: Collection[str], /, **others: Any) -> list[tuple[*Ts]]:
        """What it answers for all of these, which `rows` knows from now on; nothing, where that could not be kept."""
        if look.session.autoflush or not of_all:
            return []
        about = tuple(others.values())
        found: dict[str, list[tuple[*Ts]]] = {of: [] for of in of_all}
        for row in self._many.rows(look, of_all=list(found), **others):
            own: tuple[Any, ...] = row[:-1]
            found[row[-1]].append(own)
        known = look.session.info.setdefault(READ_AHEAD, {})
        known.update({(self, of, *about): rows for of, rows in found.items()})
        return [row for rows in found.values() for row in rows]


def say_unwritten(look: Look, id_: str) -> None:
    """That the store knows nothing of this id yet, nor of anything that hangs on it, until the session writes."""
    if not look.session.autoflush:
        look.session.info.setdefault(READ_AHEAD, {})[id_] = True


def is_unwritten(look: Look, id_: str) -> bool:
    """Whether nothing can be found for it."""
    return id_ in _known(look.session)


def _known(session: Session) -> dict[Hashable, Any]:
    known: dict[Hashable, Any] = session.info.get(READ_AHEAD, {})
    return known
