"""Children who are still here after their time: one case for a child, a unit and a day, and each step taken about it once.

What is known of the child is never copied here: a leaving ends it. A time or a person that a family tells holds it for a while
and is shown to staff; it ends nothing. What is unclear only keeps families from being asked again. Source: security rules S0.1
and S1.2.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime, time, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.database import ID_LENGTH, Base, Moment, Ref, after
from hub.desk import Look, Work
from hub.people.places import Unit
from hub.post.messages import Message
from hub.school.cases import Case, CaseStep, list_of_day, list_steps, note_case, take_steps
from hub.school.ladders import Step

GRACE = timedelta(minutes=10)
"""So much later than told is still as told."""
HOLDS = timedelta(minutes=20)
"""How long an answer with no time holds the ladder."""
LONGEST_TOLD = timedelta(hours=2)
"""A time that is farther off explains nothing: a person must read it."""


class Fetch(StrEnum):
    """What an answer says. UNCLEAR: a person must read it."""

    COMES = "comes"
    SOMEBODY = "somebody"
    UNCLEAR = "unclear"


class WhyCall(StrEnum):
    """Why staff are asked to call, where it is not that nobody answered. DISPUTED: guardians say different things."""

    UNREACHABLE = "unreachable"
    GUARDED = "guarded"
    NOT_COME = "not_come"
    UNCLEAR = "unclear"
    DISPUTED = "disputed"
    NO_MARKS = "no_marks"


class WhyOver(StrEnum):
    """What ended it, as `closed_by`: CHANGED where the child's time to go home is another by now."""

    LEFT = "left"
    CHANGED = "changed"


class NotFetched(Case, Base):
    """A child who is still here. `began_at` is its time to go home. `comes_at` is on the unit's clock, as it was answered.

    Nobody is asked before `held_until`, which a guardian's word sets, nor before `spoken_until`, since when `spoken_by` of the
    staff spoke with the family. `closed_by` is a WhyOver.
    """

    __tablename__ = "fetch_cases"
    __table_args__ = (
        sa.UniqueConstraint("child_id", "unit_id", "day"),
        sa.Index(None, "unit_id", "day"),
        sa.Index(None, "message_id"),
    )
    comes_at: Mapped[time | None] = mapped_column(sa.Time, default=None)
    held_until: Mapped[Moment | None] = mapped_column(default=None)
    spoken_until: Mapped[Moment | None] = mapped_column(default=None)
    spoken_by: Mapped[str | None] = mapped_column(sa.String(ID_LENGTH), default=None)
    message: Mapped[Message | None] = after(Message)

    @property
    def waits_until(self) -> datetime | None:
        """Until when, by whoever says the later. None where nobody has said so."""
        return max((until for until in (self.held_until, self.spoken_until) if until is not None), default=None)

    def has_ended_wrongly(self, came_at: datetime | None) -> bool:
        """Whether it ended because the child had left, and the child has been here since before: whoever left and came back did
        leave."""
        is_by_leaving = self.closed_at is not None and self.closed_by == WhyOver.LEFT
        return is_by_leaving and (came_at is None or self.closed_at is None or came_at <= self.closed_at)

    def is_told(self, now: datetime) -> bool:
        """Whether a guardian's word holds it."""
        return self.held_until is not None and self.held_until > now

    def is_spoken(self, now: datetime) -> bool:
        """Whether a word of the staff does."""
        return self.spoken_until is not None and self.spoken_until > now


class FetchStepTaken(CaseStep, Base):
    """One step about one case."""

    __tablename__ = "fetch_case_steps"
    case_id: Mapped[Ref] = mapped_column(sa.ForeignKey("fetch_cases.id"), primary_key=True)
    case: Mapped[NotFetched] = after(NotFetched)


def list_still(look: Look, unit: Unit, day: date, child_ids: Collection[str] | None = None) -> list[NotFetched]:
    """The cases of a unit's day; of all its children, or of these."""
    return list_of_day(look, NotFetched, unit, day, child_ids)


def list_fetch_steps(look: Look, case_ids: Sequence[str]) -> dict[str, dict[str, datetime]]:
    """When each step was taken, by case."""
    return list_steps(look, FetchStepTaken, case_ids)


def take_fetch_steps(work: Work, case: NotFetched, steps: Sequence[Step]) -> None:
    """These steps are taken. A second time breaks the key, and nothing of that work happened. Audited."""
    take_steps(work, FetchStepTaken, case, steps, "fetch_case.step")


def answer_fetch(
    work: Work,
    unit: Unit,
    case: NotFetched,
    said: Fetch,
    comes_at: time | None,
    guardian_id: str,
    message_id: str,
    *,
    against: bool = False,
) -> None:
    """A guardian has answered: the ladder waits for the time they told, or a while; who says again that they are on the way
    holds it no longer than before. Audited.

    What is unclear holds nothing, and nobody is asked again. It ends a word that holds already, where that was another's, or
    where it speaks `against` their own.
    """
    note_case(work, case, "fetch_case.answer", said)
    is_told = case.is_told(work.now)
    is_own = case.answered_by == guardian_id and (not against or case.message_id == message_id)
    if said is Fetch.UNCLEAR and is_told and is_own:
        return
    is_again = (case.answer, case.answered_by, case.comes_at) == (
        said,
        guardian_id,
        None,
    ) and case.held_until is not None
    case.answer, case.answered_at, case.answered_by, case.message_id = said, work.now, guardian_id, message_id
    if said is not Fetch.UNCLEAR:
        case.comes_at, case.why = comes_at, WhyCall.NOT_COME
        case.spoken_until = case.spoken_by = None
        told = None if comes_at is None else unit.moment(unit.today(work.now), comes_at) + GRACE
        if told is not None:
            case.held_until = max(told, work.now + GRACE)
        elif not is_again:
            case.held_until = work.now + HOLDS
    elif is_told:
        case.comes_at, case.held_until, case.why = None, None, WhyCall.DISPUTED
    else:
        case.why = WhyCall.UNCLEAR


def hold(work: Work, case: NotFetched, by: str) -> None:
    """Staff have spoken with the family, who are on the way: the ladder waits a while. Audited."""
    case.spoken_until, case.spoken_by = work.now + HOLDS, by
    note_case(work, case, "fetch_case.hold")


def hold_no_more(work: Work, case: NotFetched) -> None:
    """Staff have not, after all; what a guardian told holds on. Audited."""
    case.spoken_until = case.spoken_by = None
    note_case(work, case, "fetch_case.unhold")


def end_case(work: Work, case: NotFetched, why: WhyOver) -> None:
    """Nobody need be asked any more. Audited."""
    case.closed_at, case.closed_by = work.now, why
    note_case(work, case, "fetch_case.close", why)


def has_not_left(work: Work, case: NotFetched) -> None:
    """The leaving that ended it was none. It opens again where the child's time is over. Audited."""
    case.closed_by = WhyOver.CHANGED
    note_case(work, case, "fetch_case.not_left")
