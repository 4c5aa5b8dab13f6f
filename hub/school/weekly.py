"""The weekly text with all that waits for a family: whether an owner wants it, and what it has told whom.

What it has told is not also asked by itself in the same hours; a reminder before something locks always is.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.address import SMS
from hub.calendars import is_feast
from hub.database import ID_LENGTH, Base, Id, Json, Moment, Ref, Utc
from hub.desk import Look, Refusal, Work
from hub.people.families import Guardian, GuardianAddress, Guardianship, Placement
from hub.people.places import SLEEPS, WAKES, Unit
from hub.safety.access import placed
from hub.safety.audit import note

SAME_HOURS = timedelta(hours=20)
"""So long after the text told of something it is not also asked by itself."""
HELD_BEFORE = timedelta(hours=12)
HELD_AFTER = timedelta(hours=1)
"""So long past its time what is due waits for a text that has not left, and then goes by itself."""
WINDOW = timedelta(hours=20)
KEPT = timedelta(days=14)


class NotByDayError(Refusal):
    """It is sent by day, with time left to answer."""

    words = "refusals.weekly_by_day"


class WeeklyRule(Base):
    """An owner's wish, until it ceases: on a weekday (Monday is 0) at a time of the wall clock. `done_for`: its last day."""

    __tablename__ = "weekly_rules"
    __table_args__ = (sa.Index(None, "owner_id"),)
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    is_on: Mapped[bool]
    weekday: Mapped[int] = mapped_column(sa.SmallInteger)
    at: Mapped[time] = mapped_column(sa.Time)
    set_by: Mapped[str] = mapped_column(sa.String(ID_LENGTH))
    set_at: Mapped[Moment]
    done_for: Mapped[date | None] = mapped_column(sa.Date, default=None)
    ceased_at: Mapped[Moment | None] = mapped_column(default=None)


class WeeklyText(Base):
    """One guardian's text of one day. `told` are the marks of what stood in it; `told_at` is None while it waits to leave."""

    __tablename__ = "weekly_texts"
    __table_args__ = (sa.UniqueConstraint("guardian_id", "day"), sa.Index(None, "owner_id", "day"))
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    guardian_id: Mapped[Ref] = mapped_column(sa.ForeignKey("guardians.id"))
    day: Mapped[date] = mapped_column(sa.Date)
    told: Mapped[Json]
    told_at: Mapped[Moment | None] = mapped_column(default=None)


@dataclass(frozen=True, slots=True)
class Turn:
    """An owner's text of one day. `moment` is when it is due by the clock of `unit`, UTC; `is_open` while it has not been sent
    to everyone."""

    rule: WeeklyRule
    unit: Unit
    day: date
    moment: datetime

    @property
    def is_open(self) -> bool:
        return self.rule.done_for != self.day and self.moment >= self.rule.set_at


_HOLDING = sa.select(WeeklyRule).where(WeeklyRule.ceased_at.is_(None)).order_by(WeeklyRule.id)
_UNITS = sa.select(Unit).where(Unit.owner_id == sa.bindparam("owner")).order_by(Unit.id)
_WAITING = (
    sa.select(WeeklyText.guardian_id)
    .where(
        WeeklyText.owner_id == sa.bindparam("owner"),
        WeeklyText.day == sa.bindparam("day", type_=sa.Date),
        WeeklyText.told_at.is_(None),
    )
    .order_by(WeeklyText.id)
)
_FAMILIES = (
    sa.select(Guardianship.guardian_id, sa.func.min(Placement.unit_id).label("unit_id"))
    .join(Placement, Placement.child_id == Guardianship.child_id)
    .join(Unit, Unit.id == Placement.unit_id)
    .join(Guardian, Guardian.id == Guardianship.guardian_id)
    .where(Unit.owner_id == sa.bindparam("owner"), placed(sa.bindparam("day", type_=sa.Date)))
    .group_by(Guardianship.guardian_id)
)
_PHONES = (
    sa.select(sa.func.count(sa.distinct(GuardianAddress.value)))
    .join(Guardianship, Guardianship.guardian_id == GuardianAddress.guardian_id)
    .join(Placement, Placement.child_id == Guardianship.child_id)
    .where(
        Placement.unit_id.in_(sa.bindparam("units", expanding=True)),
        placed(sa.bindparam("day", type_=sa.Date)),
        GuardianAddress.kind == SMS,
        GuardianAddress.gone_at.is_(None),
        GuardianAddress.stopped_at.is_(None),
    )
)
_PLANNED = sa.insert(WeeklyText)
_TOLD = sa.select(WeeklyText.guardian_id, WeeklyText.told).where(
    WeeklyText.owner_id == sa.bindparam("owner"), WeeklyText.told_at > sa.bindparam("since", type_=Utc)
)


def get_rule(look: Look, owner_id: str) -> WeeklyRule | None:
    """What holds; None where nobody has ever wished for it."""
    return look.session.scalars(_HOLDING.where(WeeklyRule.owner_id == owner_id)).first()


def check_time(at: time) -> None:
    """Raises: NotByDayError."""
    if not WAKES < at.hour < SLEEPS - 1:
        raise NotByDayError


def set_rule(work: Work, owner_id: str, weekday: int, at: time, by: str, *, is_on: bool) -> WeeklyRule:
    """From now on; a day whose time is past is not caught up with. Audited. Raises: NotByDayError."""
    check_time(at)
    work.take_turns([owner_id])
    before = get_rule(work, owner_id)
    if before is not None:
        before.ceased_at = work.now
    rule = WeeklyRule(
        id=work.new_id(),
        owner_id=owner_id,
        is_on=is_on,
        weekday=weekday,
        at=at,
        set_by=by,
        set_at=work.now,
        done_for=None if before is None else before.done_for,
    )
    work.session.add(rule)
    note(work, "weekly_rule.set", [owner_id, rule.id])
    return rule


def next_moment(unit: Unit, weekday: int, at: time, now: datetime) -> datetime:
    """When the first text with this wish would leave, UTC."""
    today = unit.today(now)
    day = today + timedelta(days=(weekday - today.weekday()) % 7)
    moment = unit.moment(day, at)
    return moment if moment > now else unit.moment(day + timedelta(days=7), at)


def count_phones(look: Look, units: Sequence[Unit]) -> int:
    """How many phones it could come to from these units: those that have not said stop."""
    asked = {"units": [unit.id for unit in units], "day": units[0].today(look.now)}
    return look.session.scalar(_PHONES, asked) or 0


def list_units(look: Look, owner_id: str) -> list[Unit]:
    """All units of an owner: its routine works for all of them, and asks no rights."""
    return list(look.session.scalars(_UNITS, {"owner": owner_id}))


def _turns(look: Look, away: timedelta) -> Iterable[Turn]:
    """The texts of each owner whose day it was, or will be, so far `away` from now. On a feast there is none: what waits is
    asked by itself then."""
    for rule in look.session.scalars(_HOLDING.where(WeeklyRule.is_on)):
        units = list_units(look, rule.owner_id)
        if units:
            day = units[0].today(look.now + away)
            if day.weekday() == rule.weekday and not is_feast(look, units[0], day):
                yield Turn(rule, units[0], day, units[0].moment(day, rule.at))


def list_open_turns(look: Look) -> list[Turn]:
    """Whose time has come and is not over, by the clock of the owner's first unit; none at night."""
    found = (turn for away in (timedelta(), -WINDOW) for turn in _turns(look, away))
    open_now = [turn for turn in found if turn.is_open and turn.moment <= look.now < turn.moment + WINDOW]
    return [turn for turn in {turn.rule.id: turn for turn in open_now}.values() if turn.unit.is_awake(look.now)]


def list_held(look: Look) -> set[str]:
    """The owners whose text is due within hours, or leaves just now: what it will tell is not asked by itself before."""
    return {
        turn.rule.owner_id
        for turn in _turns(look, timedelta())
        if turn.is_open and turn.moment - HELD_BEFORE <= look.now < turn.moment + HELD_AFTER
    }


def list_waiting(look: Look, turn: Turn) -> list[str]:
    """The guardians whose text has not left yet."""
    return list(look.session.scalars(_WAITING, {"owner": turn.rule.owner_id, "day": turn.day}))


def is_planned(look: Look, turn: Turn) -> bool:
    """Whether it is written down who has a turn on this day."""
    known = sa.select(WeeklyText.id).where(WeeklyText.owner_id == turn.rule.owner_id, WeeklyText.day == turn.day)
    return look.session.scalar(known.limit(1)) is not None


def plan(work: Work, turn: Turn) -> None:
    """Every guardian of a child that has a place has a turn, those of one unit together; what was told long ago goes."""
    owner_id = turn.rule.owner_id
    work.session.execute(sa.delete(WeeklyText).where(WeeklyText.owner_id == owner_id, WeeklyText.day < turn.day - KEPT))
    families = work.session.execute(_FAMILIES, {"owner": owner_id, "day": turn.day}).all()
    rows = [
        {"id": work.new_id(), "owner_id": owner_id, "guardian_id": guardian_id, "day": turn.day, "told": []}
        for guardian_id, _ in sorted(families, key=lambda row: (row.unit_id, row.guardian_id))
    ]
    if rows:
        work.connection.execute(_PLANNED, rows)


def get_texts(work: Work, turn: Turn, guardian_ids: Collection[str]) -> list[WeeklyText]:
    """Those of these guardians that wait to leave, each written by nobody else meanwhile."""
    asked = (
        sa.select(WeeklyText)
        .where(
            WeeklyText.owner_id == turn.rule.owner_id,
            WeeklyText.day == turn.day,
            WeeklyText.guardian_id.in_(list(guardian_ids)),
            WeeklyText.told_at.is_(None),
        )
        .order_by(WeeklyText.id)
        .with_for_update(skip_locked=True)
    )
    return list(work.session.scalars(asked))


def keep_told(work: Work, texts: Iterable[WeeklyText], marks: Sequence[str]) -> None:
    """They have left, and told this."""
    for text in texts:
        text.told, text.told_at = list(marks), work.now


def list_told_lately(look: Look, owner_id: str) -> dict[str, set[str]]:
    """By guardian, the marks of what they were told a few hours ago."""
    found: dict[str, set[str]] = {}
    for guardian_id, told in look.session.execute(_TOLD, {"owner": owner_id, "since": look.now - SAME_HOURS}):
        found.setdefault(guardian_id, set()).update(told)
    return found


def mark(bot: str, key: str, child_id: str) -> str:
    """What stands for one matter of one child."""
    return f"{bot} {key} {child_id}"
