"""Leave: an application for days off for a child, as one row: what is asked for, where it stands, and what the rules say to it.

What was applied for is never changed: it is withdrawn, or another application takes its place. Nothing here refuses an
application because it is late, long or over the limit: a person decides that. Sources: security rules S1.2, S4.1 and S4.3.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.database import ID_LENGTH, Base, Id, Json, Moment, Ref, after
from hub.desk import Look, Refusal, Work
from hub.doorbell import LIVE
from hub.people.places import Unit
from hub.post.messages import Message
from hub.school.leave_rules import Terms, count_by_year, school_year


class LeaveReason(StrEnum):
    """What the days are for. It says more than an open channel may: a religious feast is nobody else's business."""

    TRAVEL = "travel"
    FAMILY = "family"
    SPORTS = "sports"
    RELIGIOUS = "religious"
    OTHER = "other"


class LeaveState(StrEnum):
    WAITS = "waits"
    DECIDED = "decided"
    WITHDRAWN = "withdrawn"
    REPLACED = "replaced"


class Doubt(StrEnum):
    """What whoever decides must weigh, and whoever applies is told. The first four are of the rules, the others of people."""

    LATE = "late"
    LONG = "long"
    OVER = "over"
    BLOCKED = "blocked"
    NOT_ASKED = "not_asked"
    DISAGREES = "disagrees"


OF_PEOPLE = frozenset({Doubt.NOT_ASKED, Doubt.DISAGREES})


class LeaveOverError(Refusal):
    """It has been withdrawn, or another has taken its place."""

    words = "refusals.leave_over"


class LeaveApplication(Base):
    """Days off for one child. `days` are the school days asked for, `granted` those that stand granted now, both ISO days.

    `words` are the guardian's own, and sensitive: they stand here and on the page of whoever decides, nowhere else.
    `doubts` are those that the guardian was told of. `waits_until` is how long the other guardians have to answer.
    `replaces` are the ids of granted ones that end when this one is granted. `end_told_at`: the family knows of its end.
    """

    __tablename__ = "leave_applications"
    __table_args__ = (sa.Index(None, "child_id", "state"), sa.Index(None, "state", "last_day"))
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    child_id: Mapped[Ref] = mapped_column(sa.ForeignKey("children.id"))
    unit_id: Mapped[Ref] = mapped_column(sa.ForeignKey("units.id"))
    applied_by: Mapped[Ref] = mapped_column(sa.ForeignKey("guardians.id"))
    applied_at: Mapped[Moment]
    trust: Mapped[int] = mapped_column(sa.SmallInteger)
    reason: Mapped[str] = mapped_column(sa.String(12))
    days: Mapped[Json]
    first_day: Mapped[date] = mapped_column(sa.Date)
    last_day: Mapped[date] = mapped_column(sa.Date)
    doubts: Mapped[Json]
    words: Mapped[str | None] = mapped_column(sa.Text, default=None)
    message_id: Mapped[Ref | None] = mapped_column(sa.ForeignKey("messages.id"), default=None)
    waits_until: Mapped[Moment | None] = mapped_column(default=None)
    replaces: Mapped[Json | None] = mapped_column(default=None)
    state: Mapped[str] = mapped_column(sa.String(12), default=LeaveState.WAITS)
    granted: Mapped[Json | None] = mapped_column(default=None)
    ended_at: Mapped[Moment | None] = mapped_column(default=None)
    ended_by: Mapped[str | None] = mapped_column(sa.String(ID_LENGTH), default=None)
    end_told_at: Mapped[Moment | None] = mapped_column(default=None)
    message: Mapped[Message | None] = after(Message)

    @property
    def days_off(self) -> tuple[date, ...]:
        return tuple(date.fromisoformat(day) for day in self.days)

    @property
    def days_granted(self) -> tuple[date, ...]:
        return tuple(date.fromisoformat(day) for day in self.granted or ())


def judge(look: Look, terms: Terms, application: LeaveApplication) -> list[str]:
    """What the rules say against it: late, too long, over the limit of a school year."""
    unit = look.session.get_one(Unit, application.unit_id)
    days = application.days_off
    doubts: list[str] = []
    if unit.today(application.applied_at) > terms.deadline(days[0]):
        doubts.append(Doubt.LATE)
    if terms.list_blocked(days):
        doubts.append(Doubt.BLOCKED)
    if application.reason == LeaveReason.RELIGIOUS and terms.religious_is_free:
        return doubts
    if terms.most_at_once is not None and len(days) > terms.most_at_once:
        doubts.append(Doubt.LONG)
    if terms.most_a_year is not None:
        apart_from = (application.id, *(application.replaces or ()))
        used = count_used(look, application.child_id, days, apart_from=apart_from, terms=terms)
        if any(used.get(year, 0) + count > terms.most_a_year for year, count in count_by_year(days).items()):
            doubts.append(Doubt.OVER)
    return doubts


def count_used(
    look: Look, child_id: str, days: Sequence[date], *, terms: Terms, apart_from: Iterable[str | None] = ()
) -> dict[date, int]:
    """The granted days of the school years that the days are in, by the first day of each year."""
    leave_out = set(apart_from)
    granted = [
        day
        for one in look.session.scalars(_GRANTED, {"child": child_id})
        if one.id not in leave_out and not (one.reason == LeaveReason.RELIGIOUS and terms.religious_is_free)
        for day in one.days_granted
    ]
    years = {school_year(day)[0] for day in days}
    return {year: count for year, count in count_by_year(granted).items() if year in years}


def end(work: Work, application: LeaveApplication, state: LeaveState, by: str) -> None:
    """It holds no longer: withdrawn, or replaced."""
    application.state, application.ended_at, application.ended_by = state, work.now, by
    ring(work, application)


def ring(work: Work, application: LeaveApplication) -> None:
    work.ring(LIVE, application.child_id)


_OF_CHILD = (
    sa.select(LeaveApplication).where(LeaveApplication.child_id == sa.bindparam("child")).order_by(LeaveApplication.id)
)
_GRANTED = _OF_CHILD.where(LeaveApplication.granted.is_not(None))
_STANDING = _OF_CHILD.where(LeaveApplication.state.in_([LeaveState.WAITS, LeaveState.DECIDED]))


def list_standing(look: Look, child_id: str) -> list[LeaveApplication]:
    """A child's applications that wait, and those decided with days that are not over, oldest first."""
    found = look.session.scalars(_STANDING, {"child": child_id})
    return [one for one in found if one.state == LeaveState.WAITS or one.granted]


def list_of_child(look: Look, child_id: str) -> list[LeaveApplication]:
    """All that was ever applied for, oldest first."""
    return list(look.session.scalars(_OF_CHILD, {"child": child_id}))


def lock(work: Work, application_id: str) -> LeaveApplication:
    """The application as it is now, which nobody else changes until this work is over."""
    question = sa.select(LeaveApplication).where(LeaveApplication.id == application_id)
    return work.session.scalars(question.with_for_update().execution_options(populate_existing=True)).one()
