"""Pupils with a phone or mail of their own in a register: each speaks for one child, themselves.

They are kept as people beside the guardians, tied to the child that they are, so that blocks, protection and approvals hold
for them as for anybody.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hub.people.families import Guardian, Right
from hub.register.plan import Plan, Scope
from hub.register.rows import ChildRow, GuardianRow, GuardianshipRow, RightItem

PUPIL = "pupil"
PREFIX = f"{PUPIL}:"


@dataclass(frozen=True, slots=True)
class Pupil:
    """A pupil as a person with addresses, and their tie to themselves."""

    person: GuardianRow
    tie: GuardianshipRow


def list_pupils(plan: Plan, scope: Scope, rows: Sequence[ChildRow]) -> list[Pupil]:
    """Those whom the children's rows give an address, and those whom an earlier load did."""
    known = {row.source_id for row in plan.rows(Guardian, scope.owner_id) if row.pupil_id is not None}
    pupils = []
    for row in rows:
        id_ = f"{PREFIX}{row.id}"[:64]
        if row.phones or row.emails or id_ in known:
            scope.pupils[id_] = row.id
            pupils.append(_as_people(id_, row))
    return pupils


def _as_people(id_: str, row: ChildRow) -> Pupil:
    named: dict[str, Any] = {column: getattr(row, column) for column in ("phones", "emails") if row.has(column)}
    person = GuardianRow(id=id_, first_name=row.first_name, last_name=row.last_name, **named)
    tie: dict[str, Any] = {"id": id_, "guardian": id_, "child": row.id, "relation": PUPIL}
    if named:
        tie["rights"] = [RightItem(right=Right.WRITE)] if row.phones or row.emails else []
    return Pupil(person, GuardianshipRow(**tie))
