"""What was let out on each day, counted by number, by how numbers begin, by unit and by owner: for the caps, and for leaders.

It is read and written with each claim, a few rows at a time; no text is ever counted by looking through the others.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from hub.database import Base, Ref
from hub.desk import Look, Work
from hub.people.places import Unit
from hub.post.deliveries import Delivery
from hub.post.messages import Message, Thread
from hub.quick_select import QuickSelect

MILLIONTHS = 1_000_000
NUMBERS_KEPT = timedelta(days=7)
TOTALS_KEPT = timedelta(days=400)
NUMBER, PREFIX, UNIT, DAY, MONEY = "cap_number", "cap_prefix", "cap_unit", "cap_day", "cap_money"
CAP_REASONS = frozenset({NUMBER, PREFIX, UNIT, DAY, MONEY})


class Scope(StrEnum):
    """What is counted together. A month is counted under its first day."""

    NUMBER = "number"
    PREFIX = "prefix"
    UNIT = "unit"
    OWNER = "owner"
    MONTH = "month"


class TextCount(Base):
    """What was let out on one day. `cost` is in millionths of the owner's currency; `unpriced` texts are not in it."""

    __tablename__ = "text_counts"
    day: Mapped[date] = mapped_column(sa.Date, primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(254), primary_key=True)
    scope: Mapped[str] = mapped_column(sa.String(6), primary_key=True)
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"), primary_key=True)
    urgent: Mapped[bool] = mapped_column(primary_key=True)
    texts: Mapped[int] = mapped_column(default=0)
    cost: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    unpriced: Mapped[int] = mapped_column(default=0)


class Key(NamedTuple):
    day: date
    name: str
    scope: str
    owner_id: str
    urgent: bool


@dataclass(slots=True)
class Used:
    """`cost` is in millionths of the owner's currency, and leaves out the `unpriced` texts."""

    texts: int = 0
    cost: int = 0
    unpriced: int = 0

    def add(self, cost: int | None) -> None:
        self.texts += 1
        self.cost += cost or 0
        self.unpriced += cost is None


_USED = QuickSelect(
    sa.select(
        TextCount.day,
        TextCount.name,
        TextCount.scope,
        TextCount.owner_id,
        TextCount.urgent,
        TextCount.texts,
        TextCount.cost,
        TextCount.unpriced,
    ).where(
        TextCount.day.in_(sa.bindparam("days", expanding=True)),
        TextCount.name.in_(sa.bindparam("names", expanding=True)),
    )
)


def _adding(insert: Any) -> Any:
    statement = insert(TextCount)
    added = {name: getattr(TextCount, name) + statement.excluded[name] for name in ("texts", "cost", "unpriced")}
    return statement.on_conflict_do_update(index_elements=list(Key._fields), set_=added)


_ADD = {"sqlite": _adding(sqlite.insert), "postgresql": _adding(postgresql.insert)}


def read_counts(look: Look, wanted: Iterable[Key]) -> defaultdict[Key, Used]:
    """What was let out already under these keys; nothing where no row says so."""
    out: defaultdict[Key, Used] = defaultdict(Used)
    keys = set(wanted)
    if keys:
        days, names = list({key.day for key in keys}), list({key.name for key in keys})
        for day, name, scope, owner_id, urgent, *used in _USED.rows(look, days=days, names=names):
            out[Key(day, name, Scope(scope), owner_id, urgent)] = Used(*used)
    return out


def add_counts(work: Work, added: Mapping[Key, Used]) -> None:
    """Add to what was let out, in the order of the keys, so that two who add do not wait for each other in a ring."""
    if added:
        rows = [
            {**key._asdict(), "texts": used.texts, "cost": used.cost, "unpriced": used.unpriced}
            for key, used in sorted(added.items())
        ]
        work.connection.execute(_ADD[work.connection.dialect.name], rows)


@dataclass(frozen=True, slots=True)
class Usage:
    """What of its room a unit has used today, urgent texts and others together. Money is in the owner's currency;
    `unpriced` texts of the owner's are not in it. `held` are the unit's texts that wait because of a cap, by its code."""

    texts: int
    of_owner: int
    money_today: Decimal
    money_this_month: Decimal
    unpriced: int
    held: Mapping[str, int]


def find_usage(look: Look, unit: Unit) -> Usage:
    """For whoever leads the unit. It asks no rights: its callers do."""
    day = unit.today(look.now)
    month = day.replace(day=1)
    used: defaultdict[tuple[date, str], Used] = defaultdict(Used)
    rows = _USED.rows(look, days=[day, month], names=[unit.id, unit.owner_id])
    for on, _, scope, _, _, texts, cost, unpriced in rows:
        total = used[on, scope]
        total.texts, total.cost, total.unpriced = total.texts + texts, total.cost + cost, total.unpriced + unpriced
    return Usage(
        texts=used[day, Scope.UNIT].texts,
        of_owner=used[day, Scope.OWNER].texts,
        money_today=Decimal(used[day, Scope.OWNER].cost) / MILLIONTHS,
        money_this_month=Decimal(used[month, Scope.MONTH].cost) / MILLIONTHS,
        unpriced=used[month, Scope.MONTH].unpriced,
        held=_count_held(look, unit),
    )


def _count_held(look: Look, unit: Unit) -> dict[str, int]:
    rows = look.session.execute(
        sa.select(Delivery.reason, sa.func.count().label("n"))
        .join(Message, Message.id == Delivery.message_id)
        .join(Thread, Thread.id == Message.thread_id)
        .where(sa.text("rank < 2"), Delivery.reason.in_(sorted(CAP_REASONS)), Thread.unit_id == unit.id)
        .group_by(Delivery.reason)
    )
    return {row.reason: row.n for row in rows}


def forget_counts(work: Work) -> None:
    """Let go of counts that no cap asks about any more: those of single numbers after a week, totals after a year."""
    today = work.now.date()
    work.session.execute(
        sa.delete(TextCount).where(
            sa.or_(
                TextCount.day < today - TOTALS_KEPT,
                sa.and_(TextCount.scope == Scope.NUMBER, TextCount.day < today - NUMBERS_KEPT),
            )
        )
    )
