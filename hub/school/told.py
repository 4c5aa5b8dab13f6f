"""What a guardian told of one child and one day, whichever it was: kept, replaced by what is told later, taken back.

Nothing is overwritten: what no longer holds says since when, and who ended it.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from functools import cache
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, MappedAsDataclass, mapped_column

from hub.asker import Trust
from hub.database import ID_LENGTH, Id, Moment, Ref
from hub.desk import Look, Work
from hub.doorbell import LIVE
from hub.quick_select import QuickSelect
from hub.safety.audit import note


class ToldOfDay(MappedAsDataclass, kw_only=True):
    """The columns that such tables share. At most one row of a table holds for a child and a day."""

    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    child_id: Mapped[Ref] = mapped_column(sa.ForeignKey("children.id"))
    day: Mapped[date] = mapped_column(sa.Date)
    told_by: Mapped[str] = mapped_column(sa.String(ID_LENGTH))
    told_at: Mapped[Moment]
    trust: Mapped[int] = mapped_column(sa.SmallInteger, default=Trust.CLAIMED)
    message_id: Mapped[Ref | None] = mapped_column(sa.ForeignKey("messages.id"), default=None)
    disputed_at: Mapped[Moment | None] = mapped_column(default=None)
    taken_back_at: Mapped[Moment | None] = mapped_column(default=None)
    taken_back_by: Mapped[str | None] = mapped_column(sa.String(ID_LENGTH), default=None)


class ToldOfLeaving(ToldOfDay, kw_only=True):
    """How a child goes home. `checked_at` is set when staff have found out how it is."""

    checked_at: Mapped[Moment | None] = mapped_column(default=None)
    checked_by: Mapped[str | None] = mapped_column(sa.String(ID_LENGTH), default=None)


T = TypeVar("T", bound=ToldOfDay)


def tell(work: Work, fresh: Sequence[T], what: str) -> list[T]:
    """Keep these, each of another child or day; what of the same kind held for them ceases, and is answered.

    What another guardian has disputed stays so when the same guardian tells it again: only staff end that. Audited as `what`.
    """
    table = type(fresh[0])
    before = [row for child in {f.child_id for f in fresh} for row in list_holding(work, table, child, _days(fresh))]
    by = {(row.child_id, row.day): row.told_by for row in fresh}
    replaced = [row for row in before if (row.child_id, row.day) in by]
    for row in fresh:
        if row.disputed_at is None and _is_disputed_already(work, row):
            row.disputed_at = work.now
    for row in replaced:
        row.taken_back_at, row.taken_back_by = work.now, by[row.child_id, row.day]
    work.session.add_all(fresh)
    note(work, what, [*dict.fromkeys(row.child_id for row in fresh), *(row.id for row in fresh)])
    _ring(work, fresh)
    return replaced


def _is_disputed_already(look: Look, fresh: ToldOfDay) -> bool:
    """Whether what this guardian last told of the child and the day was disputed, and nobody has found out since."""
    table = type(fresh)
    last = look.session.scalars(
        sa.select(table)
        .where(table.child_id == fresh.child_id, table.day == fresh.day, table.told_by == fresh.told_by)
        .order_by(table.id.desc())
        .limit(1)
    ).first()
    return last is not None and last.disputed_at is not None


def take_back(work: Work, told: Iterable[T], by: str, what: str) -> list[T]:
    """They no longer hold. Answers those that held until now. Audited as `what`."""
    ended = [row for row in told if row.taken_back_at is None]
    for row in ended:
        row.taken_back_at, row.taken_back_by = work.now, by
    if ended:
        note(work, what, [row.id for row in ended])
    _ring(work, ended)
    return ended


def list_standing(look: Look, told: Sequence[T]) -> list[T]:
    """What holds of these, or holds again in their place, having been told in the same message."""
    standing = {row.id: row for row in told if row.taken_back_at is None}
    for row in told:
        if row.taken_back_at is not None and row.message_id is not None:
            again = list_holding(look, type(row), row.child_id, [row.day])
            standing |= {held.id: held for held in again if held.message_id == row.message_id}
    return list(standing.values())


def dispute(work: Work, told: Iterable[ToldOfDay], what: str) -> None:
    """Another guardian says it is not so: staff must ask. Audited as `what`."""
    disputed = [row for row in told if row.taken_back_at is None]
    for row in disputed:
        row.disputed_at = work.now
    note_about(work, disputed, what)


def check(work: Work, rows: Sequence[ToldOfLeaving], by: str, what: str) -> None:
    """Staff have found out how these children go home, and take it from here. Audited as `what`."""
    for row in rows:
        row.checked_at, row.checked_by, row.disputed_at = work.now, by, None
    note_about(work, rows, what)


def note_about(work: Work, rows: Sequence[ToldOfDay], what: str) -> None:
    """Something about these has changed. Audited as `what`."""
    note(work, what, [row.id for row in rows])
    _ring(work, rows)


def list_holding(look: Look, table: type[T], child_id: str, days: Iterable[date]) -> list[T]:
    """What holds of a child on any of the days, in their order."""
    return list(
        look.session.scalars(
            sa.select(table)
            .where(table.child_id == child_id, table.day.in_(list(days)), table.taken_back_at.is_(None))
            .order_by(table.day, table.id)
        )
    )


def list_since_day(look: Look, table: type[T], child_id: str, first: date, last: date) -> list[T]:
    """What holds of a child from a day to a day, both included, in their order."""
    return list(
        look.session.scalars(
            sa.select(table)
            .where(table.child_id == child_id, table.day.between(first, last), table.taken_back_at.is_(None))
            .order_by(table.day, table.id)
        )
    )


@cache
def _of_day(table: type[T]) -> QuickSelect[T]:
    return QuickSelect(
        sa.select(table)
        .where(
            table.child_id.in_(sa.bindparam("children", expanding=True)),
            table.day == sa.bindparam("day", type_=sa.Date),
            table.taken_back_at.is_(None),
        )
        .order_by(table.id)
    )


def list_on(look: Look, table: type[T], child_ids: Iterable[str], day: date) -> dict[str, T]:
    """What holds of each of these children on a day."""
    rows = _of_day(table).rows(look, children=list(child_ids), day=day)
    return {row.child_id: row for (row,) in rows}


def get_told(look: Look, table: type[T], ids: Iterable[str]) -> list[T]:
    """Those of the ids that there are, whether they still hold or not, by day."""
    asked = list(ids)
    if not asked:
        return []
    return list(look.session.scalars(sa.select(table).where(table.id.in_(asked)).order_by(table.day, table.id)))


def tell_again(work: Work, before: Sequence[T], ended: Sequence[ToldOfDay], today: date, what: str) -> list[T]:
    """What was replaced by, or ended with, one of `ended` holds again, as told now; days that are over stay as they are.

    Audited as `what`.
    """
    freed = {(row.child_id, row.day) for row in ended}
    again = [_as_now(work, row) for row in before if row.day >= today and (row.child_id, row.day) in freed]
    if again:
        tell(work, again, what)
    return again


def _as_now(work: Work, row: T) -> T:
    columns = [column.key for column in sa.inspect(type(row)).columns if column.key not in _OF_A_TELLING]
    return type(row)(**{key: getattr(row, key) for key in columns}, id=work.new_id(), told_at=work.now)


_OF_A_TELLING = frozenset({"id", "told_at", "taken_back_at", "taken_back_by"})


def _days(rows: Iterable[ToldOfDay]) -> set[date]:
    return {row.day for row in rows}


def _ring(work: Work, rows: Iterable[ToldOfDay]) -> None:
    for child_id in {row.child_id for row in rows}:
        work.ring(LIVE, child_id)
