"""Exports: a file or a printed list of more rows than a limit waits for the yes of a second person, who may see the same.

A yes is for one list and one asker, and holds for a day. Whoever asked and whoever said yes must still be those who may when
it is used. Source: security rules S3.3, S3.4, S7.9 and S13.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.database import Base, Id, Json, Moment, Ref
from hub.desk import Look, Refusal, Work
from hub.safety.access import NotThereError, Reach, get_reach, get_unit
from hub.safety.audit import note
from hub.safety.export_wishes import ExportKind, Wish
from hub.safety.second_people import find_reach, is_second

LIMIT = 50
"""So many rows one person saves or prints alone. Source: security rule S13."""
LASTS = timedelta(hours=24)
"""From the yes on."""
ASK_LASTS = timedelta(days=7)
"""A question that nobody answers is over then."""
MOST_OPEN = 50
"""So many questions, the oldest, are held against one's rights when a page opens."""


class Export(Base):
    """Somebody asked for a list of so many rows; `answered_by` said yes, or no where it `is_refused`. It names nobody else."""

    __tablename__ = "exports"
    __table_args__ = (sa.Index(None, "owner_id", "answered_at"), sa.Index(None, "asked_by", "asked_at"))
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    kind: Mapped[str] = mapped_column(sa.String(20))
    unit_id: Mapped[Ref] = mapped_column(sa.ForeignKey("units.id"))
    first: Mapped[date | None] = mapped_column(sa.Date)
    last: Mapped[date | None] = mapped_column(sa.Date)
    about: Mapped[Json]
    rows: Mapped[int]
    asked_by: Mapped[Ref] = mapped_column(sa.ForeignKey("staff.id"))
    asked_at: Mapped[Moment]
    answered_by: Mapped[str | None] = mapped_column(sa.ForeignKey("staff.id"), default=None)
    answered_at: Mapped[Moment | None] = mapped_column(default=None)
    is_refused: Mapped[bool] = mapped_column(default=False)
    uses: Mapped[int] = mapped_column(default=0)
    used_at: Mapped[Moment | None] = mapped_column(default=None)

    @property
    def wish(self) -> Wish:
        return Wish(ExportKind(self.kind), self.unit_id, self.first, self.last, tuple(self.about))

    @property
    def until(self) -> datetime | None:
        """How long the yes holds; None without one."""
        return None if self.answered_at is None or self.is_refused else self.answered_at + LASTS

    def is_open(self, now: datetime) -> bool:
        return self.answered_at is None and now < self.asked_at + ASK_LASTS

    def allows(self, rows: int, now: datetime) -> bool:
        """Whether the yes holds for so many rows: for a tenth more than it was said to."""
        return self.until is not None and now < self.until and rows * 10 <= self.rows * 11


class AnsweredError(Refusal):
    """Somebody else has answered, or nobody did in time."""

    words = "exports.no_longer_open"


class OtherRowsError(Refusal):
    """It was asked anew, for another number of rows than the page showed."""

    words = "exports.other_rows"


def ask(work: Work, wish: Wish, rows: int) -> Export:
    """A second person is asked, once however often it is pressed. What is told of the list is held against it when it is saved,
    so nobody gains by telling less. Audited. Raises: NotThereError."""
    reach = get_reach(work)
    for unit_id in {wish.unit_id, *wish.unit_ids}:
        get_unit(work, reach, unit_id)
    work.take_turns([reach.staff_id])
    row = next((one for one in _list_of(work, reach.staff_id, wish) if one.is_open(work.now)), None)
    if row is not None and row.rows == rows:
        return row
    if row is None:
        row = Export(
            id=work.new_id(),
            owner_id=reach.owner_id,
            kind=wish.kind,
            unit_id=wish.unit_id,
            first=wish.first,
            last=wish.last,
            about=list(wish.about),
            rows=rows,
            asked_by=reach.staff_id,
            asked_at=work.now,
        )
        work.session.add(row)
    row.rows, row.asked_at = rows, work.now
    _note(work, "export.ask", row)
    return row


def answer(work: Work, export_id: str, rows: int, *, yes: bool) -> Export:
    """The asker says yes, or no, to a list of so many rows. Audited. Raises: NotThereError, AnsweredError, OtherRowsError."""
    reach = get_reach(work)
    work.take_turns([export_id])
    row = work.session.get(Export, export_id)
    if row is None or not _may_answer(work, reach, row):
        raise NotThereError
    if row.answered_by == reach.staff_id and row.is_refused is not yes:
        return row
    if not row.is_open(work.now):
        raise AnsweredError
    if row.rows != rows:
        raise OtherRowsError
    row.answered_by, row.answered_at, row.is_refused = reach.staff_id, work.now, not yes
    _note(work, "export.approve" if yes else "export.refuse", row)
    return row


def use(work: Work, wish: Wish, rows: int) -> bool:
    """Whether the asker may have this list now; that it went is kept and audited. Asked only of whom the list was made for."""
    reach = get_reach(work)
    for row in _list_of(work, reach.staff_id, wish):
        if row.allows(rows, work.now) and _still_said(work, row):
            row.uses, row.used_at = row.uses + 1, work.now
            _note(work, "export.save", row)
            return True
    return False


def find_last(look: Look, wish: Wish) -> Export | None:
    """What the asker last asked for of this list. Raises: NotThereError."""
    return next(iter(_list_of(look, get_reach(look).staff_id, wish)), None)


def list_own(look: Look) -> list[Export]:
    """What the asker asked for lately, the newest first. Raises: NotThereError."""
    return _list_asked(look, get_reach(look).staff_id)


def list_waiting(look: Look) -> list[Export]:
    """What others ask for and the asker may say yes to, the oldest first. Raises: NotThereError."""
    reach = get_reach(look)
    asked = {
        "owner": reach.owner_id,
        "since": look.now - ASK_LASTS,
        "units": sorted(reach.units),
        "all": reach.administers,
    }
    return [row for row in look.session.scalars(_OPEN, asked) if _may_answer(look, reach, row)]


_SINCE = sa.bindparam("since", type_=Export.asked_at.type)
_OPEN = (
    sa.select(Export)
    .where(
        Export.owner_id == sa.bindparam("owner"),
        Export.answered_at.is_(None),
        Export.asked_at > _SINCE,
        sa.or_(Export.unit_id.in_(sa.bindparam("units", expanding=True)), sa.bindparam("all", type_=sa.Boolean)),
    )
    .order_by(Export.asked_at, Export.id)
    .limit(MOST_OPEN)
)
_ASKED = (
    sa.select(Export)
    .where(Export.asked_by == sa.bindparam("staff"), Export.asked_at > _SINCE)
    .order_by(Export.asked_at.desc(), Export.id.desc())
)


def _list_asked(look: Look, staff_id: str) -> list[Export]:
    return list(look.session.scalars(_ASKED, {"staff": staff_id, "since": look.now - ASK_LASTS - LASTS}))


def _list_of(look: Look, staff_id: str, wish: Wish) -> Iterator[Export]:
    return (row for row in _list_asked(look, staff_id) if row.wish == wish)


def _still_said(look: Look, row: Export) -> bool:
    """Whether whoever said yes is still one who may."""
    reach = find_reach(look, row.answered_by or "")
    return reach is not None and _may_answer(look, reach, row)


def _may_answer(look: Look, reach: Reach, row: Export) -> bool:
    if row.owner_id != reach.owner_id:
        return False
    asker = find_reach(look, row.asked_by)
    return asker is not None and is_second(look, reach, asker, row.wish)


def _note(work: Work, what: str, row: Export) -> None:
    note(work, what, [row.id, row.unit_id, *row.about], f"{row.kind} {row.rows}")
