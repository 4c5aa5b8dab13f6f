"""Children who are expected and have not arrived: one case for a child, a unit and a day, and each step taken about it once.

What is known of the child is never copied here: a mark, an absence or a time that is not past explains the child, and what
nobody explains is asked again. A guardian's alarm ends only by a mark or by a person.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.database import Base, Moment, Ref, after
from hub.desk import Look, Work
from hub.people.places import Unit
from hub.post.messages import Message
from hub.school.cases import Case, CaseStep, list_of_day, list_steps, note_case, take_steps
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


class NotArrived(Case, Base):
    """A child who is looked for. `alarm_at` is since when only a mark or a person ends it.

    `closed_by` is a member of staff or "mark". `quiet_at` is when it was last seen explained. `come_told_at` is since when the
    family believes that the child has come.
    """

    __tablename__ = "not_arrived"
    __table_args__ = (
        sa.UniqueConstraint("child_id", "unit_id", "day"),
        sa.Index(None, "unit_id", "day"),
        sa.Index(None, "message_id"),
    )
    alarm_at: Mapped[Moment | None] = mapped_column(default=None)
    quiet_at: Mapped[Moment | None] = mapped_column(default=None)
    come_told_at: Mapped[Moment | None] = mapped_column(default=None)
    closed_how: Mapped[str | None] = mapped_column(sa.String(10), default=None)
    message: Mapped[Message | None] = after(Message)


class StepTaken(CaseStep, Base):
    """One step about one case."""

    __tablename__ = "not_arrived_steps"
    case_id: Mapped[Ref] = mapped_column(sa.ForeignKey("not_arrived.id"), primary_key=True)
    case: Mapped[NotArrived] = after(NotArrived)


def list_cases(look: Look, unit: Unit, day: date, child_ids: Collection[str] | None = None) -> list[NotArrived]:
    """The cases of a unit's day; of all its children, or of these."""
    return list_of_day(look, NotArrived, unit, day, child_ids)


def list_taken(look: Look, case_ids: Sequence[str]) -> dict[str, dict[str, datetime]]:
    """When each step was taken, by case."""
    return list_steps(look, StepTaken, case_ids)


def take(work: Work, case: NotArrived, steps: Sequence[Step]) -> None:
    """These steps are taken. A second time breaks the key, and nothing of that work happened. Audited."""
    take_steps(work, StepTaken, case, steps, "not_arrived.step")


def answer(
    work: Work, case: NotArrived, said: Answer, guardian_id: str, message_id: str, *, against: bool = False
) -> None:
    """A guardian has answered. What does not explain the child brings it to staff at once; what speaks `against` what
    another has told stays there, as an alarm does. Audited."""
    case.answer, case.answered_at, case.answered_by, case.message_id = said, work.now, guardian_id, message_id
    note_case(work, case, "not_arrived.answer", said)
    if said in (Answer.SHOULD_BE_HERE, Answer.UNCLEAR):
        case.why, case.quiet_at, case.closed_at, case.closed_by = Why(said), None, None, None
        if said is Answer.SHOULD_BE_HERE or against:
            case.alarm_at = case.alarm_at or work.now


def rest(work: Work, case: NotArrived, on: OnBoard) -> None:
    """The child is explained; a mark ends an alarm too. What a person has closed stays as they closed it. Audited."""
    case.quiet_at = work.now
    case.why = None if case.why == Why.NOT_TOLD else case.why
    if on.was_found and case.closed_at is None:
        close(work, case, "mark")


def has_not_come(work: Work, case: NotArrived) -> None:
    """The mark of which the family heard was wrong, and they have been told so. Audited."""
    case.come_told_at = None
    note_case(work, case, "not_arrived.not_come")


def close(work: Work, case: NotArrived, by: str, how: str | None = None) -> None:
    """A person knows where the child is, or the child is here. Audited."""
    case.closed_at, case.closed_by, case.closed_how, case.alarm_at = work.now, by, how, None
    note_case(work, case, "not_arrived.close")


def reopen(work: Work, case: NotArrived) -> None:
    """It was closed by mistake: staff look on. Audited."""
    case.closed_at = case.closed_by = case.closed_how = case.quiet_at = None
    case.why = case.why or Why.NOT_COME
    note_case(work, case, "not_arrived.reopen")
