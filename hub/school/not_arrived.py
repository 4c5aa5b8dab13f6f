"""Children who are expected and have not arrived: one case for a child, a unit and a day, and each step taken about it once.

What is known of the child is never copied here: a mark, an absence or a time that is not past explains the child, and what
nobody explains is asked again. A guardian's alarm ends only by a mark or by a person.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.database import ID_LENGTH, Base, Id, Moment, Ref, after
from hub.desk import Look, Work
from hub.doorbell import LIVE
from hub.people.places import Unit
from hub.post.messages import Message
from hub.safety.audit import note
from hub.school.day_board import OnBoard
from hub.school.ladders import Step


class Answer(StrEnum):
    """What a guardian made of the question."""

    AWAY = "away"
    COMES = "comes"
    SHOULD_BE_HERE = "should_be_here"
    UNCLEAR = "unclear"


class Why(StrEnum):
    """Why staff are asked to call, where it is not that nobody answered."""

    SHOULD_BE_HERE = "should_be_here"
    UNCLEAR = "unclear"
    UNREACHABLE = "unreachable"
    GUARDED = "guarded"
    DISPUTED = "disputed"
    NOT_COME = "not_come"
    NOT_TOLD = "not_told"


class NotArrived(Base):
    """A child who is looked for. `why` says what brought it to staff; `alarm_at` is since when only a mark or a person ends it.

    `answered_by` is a guardian, `closed_by` a member of staff or "mark". `quiet_at` is when it was last seen explained.
    """

    __tablename__ = "not_arrived"
    __table_args__ = (
        sa.UniqueConstraint("child_id", "unit_id", "day"),
        sa.Index(None, "unit_id", "day"),
        sa.Index(None, "message_id"),
    )
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    child_id: Mapped[Ref] = mapped_column(sa.ForeignKey("children.id"))
    unit_id: Mapped[Ref] = mapped_column(sa.ForeignKey("units.id"))
    day: Mapped[date] = mapped_column(sa.Date)
    began_at: Mapped[Moment]
    why: Mapped[str | None] = mapped_column(sa.String(20), default=None)
    answer: Mapped[str | None] = mapped_column(sa.String(20), default=None)
    answered_at: Mapped[Moment | None] = mapped_column(default=None)
    answered_by: Mapped[str | None] = mapped_column(sa.String(ID_LENGTH), default=None)
    message_id: Mapped[Ref | None] = mapped_column(sa.ForeignKey("messages.id"), default=None)
    alarm_at: Mapped[Moment | None] = mapped_column(default=None)
    quiet_at: Mapped[Moment | None] = mapped_column(default=None)
    closed_at: Mapped[Moment | None] = mapped_column(default=None)
    closed_by: Mapped[str | None] = mapped_column(sa.String(ID_LENGTH), default=None)
    closed_how: Mapped[str | None] = mapped_column(sa.String(10), default=None)
    message: Mapped[Message | None] = after(Message)


class StepTaken(Base):
    """One step about one case: the key lets it be taken once, whoever is woken twice."""

    __tablename__ = "not_arrived_steps"
    case_id: Mapped[Ref] = mapped_column(sa.ForeignKey("not_arrived.id"), primary_key=True)
    step: Mapped[str] = mapped_column(sa.String(10), primary_key=True)
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    at: Mapped[Moment]
    case: Mapped[NotArrived] = after(NotArrived)


def list_cases(look: Look, unit: Unit, day: date, child_ids: Collection[str] | None = None) -> list[NotArrived]:
    """The cases of a unit's day; of all its children, or of these."""
    asked = sa.select(NotArrived).where(NotArrived.unit_id == unit.id, NotArrived.day == day)
    if child_ids is not None:
        asked = asked.where(NotArrived.child_id.in_(child_ids))
    return list(look.session.scalars(asked.order_by(NotArrived.id)))


def list_taken(look: Look, case_ids: Sequence[str]) -> dict[str, dict[str, datetime]]:
    """When each step was taken, by case."""
    taken: dict[str, dict[str, datetime]] = {}
    for row in look.session.scalars(sa.select(StepTaken).where(StepTaken.case_id.in_(case_ids))):
        taken.setdefault(row.case_id, {})[row.step] = row.at
    return taken


def take(work: Work, case: NotArrived, steps: Sequence[Step]) -> None:
    """These steps are taken. A second time breaks the key, and nothing of that work happened. Audited."""
    work.session.add_all(StepTaken(case_id=case.id, step=step, owner_id=case.owner_id, at=work.now) for step in steps)
    note(work, "not_arrived.step", [case.child_id, case.id], " ".join(steps))
    work.ring(LIVE, case.child_id)


def answer(
    work: Work, case: NotArrived, said: Answer, guardian_id: str, message_id: str, *, against: bool = False
) -> None:
    """A guardian has answered. What does not explain the child brings it to staff at once; what speaks `against` what
    another has told stays there, as an alarm does. Audited."""
    case.answer, case.answered_at, case.answered_by, case.message_id = said, work.now, guardian_id, message_id
    note(work, "not_arrived.answer", [case.child_id, case.id], said)
    if said in (Answer.SHOULD_BE_HERE, Answer.UNCLEAR):
        case.why, case.quiet_at, case.closed_at, case.closed_by = Why(said), None, None, None
        if said is Answer.SHOULD_BE_HERE or against:
            case.alarm_at = case.alarm_at or work.now
    work.ring(LIVE, case.child_id)


def rest(work: Work, case: NotArrived, on: OnBoard) -> None:
    """The child is explained; a mark ends an alarm too. Audited."""
    case.quiet_at = work.now
    case.why = None if case.why == Why.NOT_TOLD else case.why
    if on.was_seen:
        close(work, case, "mark")


def close(work: Work, case: NotArrived, by: str, how: str | None = None) -> None:
    """A person knows where the child is, or the child is here. Audited."""
    case.closed_at, case.closed_by, case.closed_how, case.alarm_at = work.now, by, how, None
    note(work, "not_arrived.close", [case.child_id, case.id])
    work.ring(LIVE, case.child_id)


def reopen(work: Work, case: NotArrived) -> None:
    """It was closed by mistake: staff look on. Audited."""
    case.closed_at = case.closed_by = case.closed_how = case.quiet_at = None
    case.why = case.why or Why.NOT_COME
    note(work, "not_arrived.reopen", [case.child_id, case.id])
    work.ring(LIVE, case.child_id)
