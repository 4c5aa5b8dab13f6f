"""Questions about a holiday: which of its days a family needs, with what holds when nobody answers shown first.

A day that nobody needs becomes a day off; for the others times are told later, as for every week.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.calendars import list_open_days, may_wait
from hub.database import ID_LENGTH, Base, Id, Json, Moment, Ref, Utc, after
from hub.desk import Look, Refusal, Work
from hub.doorbell import LIVE
from hub.people.families import Child
from hub.people.places import Unit
from hub.post.messages import Message
from hub.quick_select import QuickSelect
from hub.safety.audit import note
from hub.school.care_bookings import CareBooking, Teller, book, list_of_child, take_back
from hub.school.care_hours import OFF
from hub.school.care_patterns import list_patterns
from hub.school.care_plans import list_placed
from hub.school.care_rules import get_rules, is_locked

LONGEST = timedelta(weeks=10)
REMINDER = timedelta(days=3)


class HolidayDatesError(Refusal):
    """The dates of a holiday question do not follow each other, or its days lock before its answers are in."""

    words = "refusals.holiday_dates"


class Unanswered(StrEnum):
    """What holds when nobody answers: days off, or care as usual."""

    OFF = "off"
    COMES = "comes"


class Step(StrEnum):
    ASK = "ask"
    REMIND = "remind"
    CLOSE = "close"


class HolidayQuestion(Base):
    """Asked about the open days from `first` to `last`, both included, at a moment; answered until another.

    `done` is the last step that was taken: its families asked, reminded, or the default written for who did not answer.
    """

    __tablename__ = "holiday_questions"
    __table_args__ = (sa.Index(None, "unit_id", "first"), sa.Index(None, "done", "asks_at"))
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    unit_id: Mapped[Ref] = mapped_column(sa.ForeignKey("units.id"))
    name: Mapped[str] = mapped_column(sa.String(60))
    first: Mapped[date] = mapped_column(sa.Date)
    last: Mapped[date] = mapped_column(sa.Date)
    asks_at: Mapped[Moment]
    closes_at: Mapped[Moment]
    unanswered: Mapped[str] = mapped_column(sa.String(10))
    made_by: Mapped[str] = mapped_column(sa.String(ID_LENGTH))
    made_at: Mapped[Moment]
    done: Mapped[str | None] = mapped_column(sa.String(10), default=None)

    def due_step(self, now: datetime) -> Step | None:
        """What is to be done now and has not been."""
        if now >= self.closes_at:
            return None if self.done == Step.CLOSE else Step.CLOSE
        if self.done is None and now >= self.asks_at:
            return Step.ASK
        return Step.REMIND if self.done == Step.ASK and now >= self.closes_at - REMINDER else None


class HolidayAnswer(Base):
    """The days, ISO 8601, on which one child comes. `told_kind` is "guardian", or "routine" for the default."""

    __tablename__ = "holiday_answers"
    __table_args__ = (sa.Index(None, "question_id", "child_id"), sa.Index(None, "message_id"))
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    question_id: Mapped[Ref] = mapped_column(sa.ForeignKey("holiday_questions.id"))
    child_id: Mapped[Ref] = mapped_column(sa.ForeignKey("children.id"))
    days: Mapped[Json]
    told_by: Mapped[str] = mapped_column(sa.String(ID_LENGTH))
    told_kind: Mapped[str] = mapped_column(sa.String(10))
    told_at: Mapped[Moment]
    message_id: Mapped[Ref | None] = mapped_column(sa.ForeignKey("messages.id"), default=None)
    ceased_at: Mapped[Moment | None] = mapped_column(default=None)
    message: Mapped[Message | None] = after(Message)

    @property
    def comes(self) -> tuple[date, ...]:
        return tuple(date.fromisoformat(day) for day in self.days)


def ask_about(
    work: Work,
    unit: Unit,
    name: str,
    first: date,
    last: date,
    *,
    asks_at: datetime,
    closes_at: datetime,
    unanswered: Unanswered,
    by: str,
) -> HolidayQuestion:
    """Plan a question; it leaves by itself when its time comes. Audited. Raises: HolidayDatesError."""
    in_order = work.now < closes_at and asks_at < closes_at and first <= last <= first + LONGEST
    rules = get_rules(work, unit)
    if not in_order or not rules.has_begun(first) or is_locked(rules, unit, first, closes_at):
        raise HolidayDatesError
    question = HolidayQuestion(
        id=work.new_id(),
        owner_id=unit.owner_id,
        unit_id=unit.id,
        name=name,
        first=first,
        last=last,
        asks_at=asks_at,
        closes_at=closes_at,
        unanswered=unanswered,
        made_by=by,
        made_at=work.now,
    )
    work.session.add(question)
    note(work, "holiday.ask", [unit.id, question.id])
    work.ring(LIVE, unit.id)
    return question


def list_days(look: Look, unit: Unit, question: HolidayQuestion) -> list[date]:
    """The days it is about: those on which the unit is open."""
    span = (question.first + timedelta(days=n) for n in range((question.last - question.first).days + 1))
    return list_open_days(look, unit, span)


def list_days_of(look: Look, unit: Unit, child_id: str, guardian_id: str, days: Iterable[date]) -> list[date]:
    """Those of the days that are this guardian's to answer for: of two homes that take turns, each answers for its own weeks,
    and both for what is neither's."""
    turns = [pattern for pattern in list_patterns(look, unit.id, child_id) if pattern.alternates]
    whose = {day: {pattern.guardian_id for pattern in turns if pattern.has_turn(day)} for day in days}
    return [day for day, those in whose.items() if not those or guardian_id in those or None in those]


def list_unanswered(
    look: Look, unit: Unit, child_id: str, answers: Iterable[HolidayAnswer], days: Sequence[date]
) -> list[date]:
    """Those of the days that no answer about the child speaks of."""
    spoken_of = {day for row in answers if row.child_id == child_id for day in _spoken_of(look, unit, row, days)}
    return [day for day in days if day not in spoken_of]


def _spoken_of(look: Look, unit: Unit, row: HolidayAnswer, days: Sequence[date]) -> list[date]:
    """A default is about what nobody has told; a guardian's about the days that are theirs."""
    if row.told_kind != "guardian":
        return list(days)
    return list_days_of(look, unit, row.child_id, row.told_by, days)


def answer(
    work: Work,
    unit: Unit,
    question: HolidayQuestion,
    child: Child,
    days: Sequence[date],
    open_days: Sequence[date],
    teller: Teller,
) -> tuple[HolidayAnswer, list[CareBooking]]:
    """The child comes on these of the question's days, and is off on the others. Audited.

    A later answer takes the place of an earlier one; what another guardian booked stays and waits for both.
    """
    days_asked = list_days(work, unit, question)
    for before in _list_answers(work, question.id, child.id):
        if before.told_by == teller.id or set(_spoken_of(work, unit, before, days_asked)) <= set(open_days):
            before.ceased_at = work.now
    row = HolidayAnswer(
        id=work.new_id(),
        owner_id=unit.owner_id,
        question_id=question.id,
        child_id=child.id,
        days=[day.isoformat() for day in sorted(days)],
        told_by=teller.id,
        told_kind=teller.kind,
        told_at=work.now,
        message_id=teller.message_id,
    )
    work.session.add(row)
    note(work, "holiday.answer", [child.id, row.id])
    rules = get_rules(work, unit)
    free = [day for day in open_days if not is_locked(rules, unit, day, work.now)]
    back = [r for r in list_of_child(work, child.id, unit.id, free) if r.day in days and r.hours == ""]
    take_back(work, [r for r in back if r.told_kind != "guardian" or r.told_by == teller.id], teller.id)
    booked = book(work, unit, child, dict.fromkeys((day for day in free if day not in days), OFF), teller, rules)
    work.ring(LIVE, unit.id)
    return row, [*booked.fresh, *booked.rivals]


def close(work: Work, unit: Unit, question: HolidayQuestion) -> None:
    """Write what holds for every child and day that nobody answered for."""
    open_days, answers = list_days(work, unit, question), list_answers(work, question.id)
    for child_id in list_placed(work, unit, question.first):
        left = list_unanswered(work, unit, child_id, answers, open_days)
        if left:
            days = left if question.unanswered == Unanswered.COMES else []
            child = work.session.get_one(Child, child_id)
            answer(work, unit, question, child, days, left, Teller("holidays", "routine", work.asker.trust))


_ANSWERS = sa.select(HolidayAnswer).where(
    HolidayAnswer.question_id == sa.bindparam("question"), HolidayAnswer.ceased_at.is_(None)
)
_OF_CHILD = QuickSelect(_ANSWERS.where(HolidayAnswer.child_id == sa.bindparam("child")))
_DUE = (
    sa.select(HolidayQuestion, Unit)
    .join(Unit, Unit.id == HolidayQuestion.unit_id)
    .where(
        sa.or_(HolidayQuestion.done.is_(None), HolidayQuestion.done != Step.CLOSE),
        HolidayQuestion.asks_at <= sa.bindparam("now", type_=Utc),
    )
    .order_by(HolidayQuestion.id)
)


def _list_answers(look: Look, question_id: str, child_id: str) -> list[HolidayAnswer]:
    return [row for (row,) in _OF_CHILD.rows(look, question=question_id, child=child_id)]


def find_other_answer(
    look: Look,
    unit: Unit,
    question: HolidayQuestion,
    child_id: str,
    guardian_id: str,
    days: Sequence[date],
    open_days: Sequence[date],
) -> HolidayAnswer | None:
    """Another guardian's answer that speaks of some of the open days otherwise than these days do."""
    for row in _list_answers(look, question.id, child_id):
        both = set(_spoken_of(look, unit, row, open_days))
        if row.told_kind == "guardian" and row.told_by != guardian_id and both & set(row.comes) != both & set(days):
            return row
    return None


def list_answers(look: Look, question_id: str) -> list[HolidayAnswer]:
    """Those that hold."""
    return list(look.session.scalars(_ANSWERS, {"question": question_id}))


def list_due(look: Look) -> list[tuple[HolidayQuestion, Step]]:
    """The questions of which something is to be done now; families are written to by day, and on no feast that it may
    wait over."""
    found = [
        (question, unit, question.due_step(look.now))
        for question, unit in look.session.execute(_DUE, {"now": look.now})
    ]
    return [
        (question, step)
        for question, unit, step in found
        if step is Step.CLOSE
        or (step is not None and unit.is_awake(look.now) and not may_wait(look, unit, question.closes_at))
    ]


def list_questions(look: Look, unit_id: str) -> list[HolidayQuestion]:
    """A unit's questions, the latest holiday first."""
    return list(
        look.session.scalars(
            sa.select(HolidayQuestion)
            .where(HolidayQuestion.unit_id == unit_id)
            .order_by(HolidayQuestion.first.desc(), HolidayQuestion.id)
        )
    )


def count_days(answers: Iterable[HolidayAnswer]) -> dict[date, int]:
    """How many children come on each day that somebody needs."""
    counts: dict[date, int] = {}
    for _, day in {(row.child_id, day) for row in answers for day in row.comes}:
        counts[day] = counts.get(day, 0) + 1
    return counts
