"""What a load would change, or changed: counts for each table, and one line for each row, by ids alone."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """`WAITS` needs somebody's approval; `HELD` is not done whoever approves; `MISSING` is only told."""

    ADDED = "added"
    CHANGED = "changed"
    ENDED = "ended"
    WAITS = "waits"
    HELD = "held"
    MISSING = "missing"


_TOLD = {
    Kind.ADDED: "added",
    Kind.CHANGED: "changed",
    Kind.ENDED: "ended",
    Kind.WAITS: "waiting for approval",
    Kind.HELD: "held back",
    Kind.MISSING: "not in the register any more",
}


@dataclass(frozen=True, slots=True)
class Change:
    """One row: `what` are column names, or what happens to an item of a list. Never what a cell holds."""

    table: str
    owner: str
    id: str
    kind: Kind
    what: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """What `--approve` takes."""
        return f"{self.table}:{self.owner}/{self.id}"

    def line(self) -> str:
        told = f"{self.key} {_TOLD[self.kind]}" + (f": {', '.join(self.what)}" if self.what else "")
        return f"{told} (--approve {self.key})" if self.kind is Kind.WAITS else told

    def as_json(self) -> dict[str, object]:
        return {
            "table": self.table,
            "owner": self.owner,
            "id": self.id,
            "change": self.kind.value,
            "what": list(self.what),
        }


@dataclass(slots=True)
class Changes:
    """All of it. `large` names the owners whose families change so much that somebody must say that it is meant;
    `confirmed` counts the addresses that the load shows to be still in use."""

    rows: list[Change] = field(default_factory=list)
    large: list[str] = field(default_factory=list)
    confirmed: int = 0

    @property
    def is_nothing(self) -> bool:
        """Nothing would be written but that addresses are confirmed anew."""
        return not any(change.kind in (Kind.ADDED, Kind.CHANGED, Kind.ENDED) for change in self.rows)

    def of(self, kind: Kind, table: str | None = None) -> list[Change]:
        return [change for change in self.rows if change.kind is kind and table in (None, change.table)]

    def counts(self) -> Iterator[str]:
        """ "children: 40 added, 2 changed", a line for each table."""
        by_table: dict[str, Counter[Kind]] = {}
        for change in self.rows:
            by_table.setdefault(change.table, Counter())[change.kind] += 1
        for table, kinds in by_table.items():
            yield f"{table}: " + ", ".join(f"{kinds[kind]} {_TOLD[kind]}" for kind in Kind if kinds[kind])
