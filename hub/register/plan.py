"""What is to be written so that the store says what the register says. Every table is read once for each owner."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, cast

import sqlalchemy as sa

from hub.database import Base
from hub.desk import Look, Work
from hub.register.changes import Change, Changes, Kind
from hub.seal import Seal

LARGE_SHARE, LARGE_NUMBER = 0.1, 50

Columns = dict[str, Any]


@dataclass(slots=True)
class Scope:
    """One owner's part of the register. `ids` has the store's id for each source id, table by table."""

    owner_id: str
    owner: str
    country: str
    language: str
    today: date
    ids: dict[str, dict[str, str]] = field(default_factory=dict)
    pupils: dict[str, str] = field(default_factory=dict)
    """For each pupil who has an address of their own the child that they are, both by the ids of their rows."""

    def find(self, table: str, source_id: str) -> str | None:
        return self.ids.get(table, {}).get(source_id)


@dataclass(slots=True)
class Wish:
    """A row as the register wants it: `given` always, `fresh` only when the store does not have it yet."""

    source_id: str
    given: Columns
    fresh: Columns = field(default_factory=dict)


@dataclass(slots=True)
class Plan:
    """What is to be written, and how it is told. `approved` holds keys of waiting changes that somebody approved; `seal` is
    what national ids and postal addresses are kept with."""

    look: Look
    new_id: Callable[[], str]
    approved: frozenset[str] = frozenset()
    seal: Seal | None = None
    faults: list[str] = field(default_factory=list)
    large: list[str] = field(default_factory=list)
    confirmed: int = 0
    used_approvals: set[str] = field(default_factory=set)
    owner_ids: list[str] = field(default_factory=list)
    _told: dict[tuple[str, str, str, Kind], list[str]] = field(default_factory=dict)
    _inserts: dict[type[Base], list[Columns]] = field(default_factory=lambda: defaultdict(list))
    _updates: dict[type[Base], dict[tuple[str, ...], list[Columns]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )
    _last: list[Callable[[Work], object]] = field(default_factory=list)

    def tell(self, scope: Scope, table: str, source_id: str, kind: Kind, *what: str) -> None:
        """A row that is added is not told to be changed as well."""
        if kind in (Kind.CHANGED, Kind.ENDED) and (table, scope.owner, source_id, Kind.ADDED) in self._told:
            return
        told = self._told.setdefault((table, scope.owner, source_id, kind), [])
        told.extend(part for part in what if part not in told)

    def is_approved(self, scope: Scope, table: str, source_id: str) -> bool:
        key = Change(table, scope.owner, source_id, Kind.WAITS).key
        if key in self.approved:
            self.used_approvals.add(key)
        return key in self.approved

    def fault(self, table: str, source_id: str, text: str) -> None:
        self.faults.append(f"In {table} {source_id}, {text}.")

    def add(self, table: type[Base], columns: Columns) -> None:
        self._inserts[table].append(columns)

    def change(self, table: type[Base], id_: str, columns: Columns) -> None:
        self._updates[table][tuple(sorted(columns))].append({**columns, "id": id_})

    def added(self, table: type[Base]) -> list[Columns]:
        """The rows that are to be added to a table, of every owner."""
        return self._inserts.get(table, [])

    def weigh(self, scope: Scope, touched: int, of: int) -> None:
        """Notice when a load changes a large part of what an owner has. Source: security rule S4.2."""
        is_large = touched > LARGE_NUMBER or touched > of * LARGE_SHARE
        if is_large and scope.owner not in self.large:
            self.large.append(scope.owner)

    def at_last(self, verb: Callable[[Work], object]) -> None:
        """What is done when all rows are written."""
        self._last.append(verb)

    def rows(self, table: type[Base], owner_id: str) -> Iterable[sa.Row[Any]]:
        """Everything the store has in a table of one owner."""
        source = _table(table)
        return self.look.session.execute(sa.select(source).where(source.c.owner_id == owner_id)).all()

    def settle(
        self,
        scope: Scope,
        name: str,
        table: type[Base],
        wishes: Iterable[Wish],
        fixed: Iterable[str] = (),
        tells_missing: bool = True,
    ) -> Mapping[str, sa.Row[Any]]:
        """Add and change the rows of a table; what the store had comes back by source id.

        A column in `fixed` may not change once it is written.
        """
        stored = {row.source_id: row for row in self.rows(table, scope.owner_id)}
        ids = {source_id: row.id for source_id, row in stored.items()}
        seen = set()
        for wish in wishes:
            seen.add(wish.source_id)
            row = stored.get(wish.source_id)
            if row is None:
                ids[wish.source_id] = self.new_id()
                own = {"id": ids[wish.source_id], "owner_id": scope.owner_id, "source_id": wish.source_id}
                self.add(table, {**wish.fresh, **wish.given, **own})
                self.tell(scope, name, wish.source_id, Kind.ADDED)
                continue
            changed = {column: value for column, value in wish.given.items() if getattr(row, column) != value}
            for column in fixed:
                if column in changed:
                    self.fault(name, wish.source_id, f"{column.removesuffix('_id')} cannot change; give it a new id")
            if changed:
                self.change(table, row.id, changed)
                self.tell(scope, name, wish.source_id, Kind.CHANGED, *changed)
        scope.ids[name] = ids
        if seen and tells_missing:
            for source_id in sorted(stored.keys() - seen):
                self.tell(scope, name, source_id, Kind.MISSING)
        return stored

    def changes(self) -> Changes:
        rows = [Change(table, owner, id_, kind, tuple(what)) for (table, owner, id_, kind), what in self._told.items()]
        return Changes(rows, list(self.large), self.confirmed)

    def carry_out(self, work: Work) -> None:
        in_order = {table: place for place, table in enumerate(Base.metadata.sorted_tables)}
        for table in sorted(self._inserts, key=lambda table: in_order[_table(table)]):
            work.session.execute(sa.insert(table), self._inserts[table])
        for table, alike in self._updates.items():
            for rows in alike.values():
                work.session.execute(sa.update(table), rows)
        work.session.flush()
        for verb in self._last:
            verb(work)


def _table(mapped: type[Base]) -> sa.Table:
    return cast(sa.Table, mapped.__table__)
