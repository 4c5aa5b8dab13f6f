"""Leave: a guardian applies for days off for a child, and another may have to agree. One row an application.

What was applied for is never changed: it is withdrawn, or another application takes its place. Nothing here refuses an
application because it is late, long or over the limit: a person decides that. Sources: security rules S1.2, S4.1 and S4.3.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.asker import Trust
from hub.database import ID_LENGTH, Base, Id, Json, Moment, Ref, after
from hub.desk import Look, Refusal, Work
from hub.doorbell import LIVE
from hub.people.families import Child, Guardian, Guardianship, Placement, Right
from hub.people.places import Unit, UnitKind
from hub.post.audience import list_guardians_for
from hub.post.messages import Message
from hub.safety.access import DAY, placed
from hub.safety.audit import note
from hub.school.calendars import list_open_days
from hub.school.leave_rules import Both, Terms, count_by_year, school_year, terms_of


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
    """What whoever decides must weigh, and whoever applies is told. The first three are of the rules, the others of people."""

    LATE = "late"
    LONG = "long"
    OVER = "over"
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
    `replaces` is a granted application that ends when this one is granted. `end_told_at`: the family knows of its end.
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
    replaces: Mapped[str | None] = mapped_column(sa.String(ID_LENGTH), default=None)
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


class LeaveVoice(Base):
    """Another guardian's word on an application: asked or not (`why_not` is a code), and what they answered, if anything."""

    __tablename__ = "leave_voices"
    __table_args__ = (sa.UniqueConstraint("application_id", "guardian_id"),)
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    application_id: Mapped[Ref] = mapped_column(sa.ForeignKey("leave_applications.id"))
    guardian_id: Mapped[Ref] = mapped_column(sa.ForeignKey("guardians.id"))
    asked_at: Mapped[Moment | None] = mapped_column(default=None)
    why_not: Mapped[str | None] = mapped_column(sa.String(20), default=None)
    agrees: Mapped[bool | None] = mapped_column(default=None)
    answered_at: Mapped[Moment | None] = mapped_column(default=None)
    application: Mapped[LeaveApplication] = after(LeaveApplication)


@dataclass(frozen=True, slots=True)
class Wish:
    """What is applied for, and by whom: everybody behind the phone that wrote. `replaces` are applications of theirs."""

    days: Sequence[date]
    reason: LeaveReason
    guardian_ids: Sequence[str]
    words: str | None = None
    message_id: str | None = None
    replaces: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Applied:
    """What came of a wish: no application when the unit is closed on all the days.

    `to_ask` are those whose word it takes, each with a guardian. `joined`: another guardian had applied for the same days
    already, and this was taken as agreeing.
    """

    application: LeaveApplication | None
    to_ask: tuple[tuple[Guardian, LeaveVoice], ...] = ()
    joined: bool = False


def apply(work: Work, child: Child, wish: Wish) -> Applied:
    """Apply for leave, at the unit that the child goes to. Audited."""
    unit = find_home_unit(work, child.id)
    days = list_open_days(work, unit, wish.days) if unit is not None else []
    if unit is None or not days:
        return Applied(None)
    standing = list_standing(work, child.id)
    same = next((one for one in standing if one.days_off == tuple(days) and one.state == LeaveState.WAITS), None)
    if same is not None and same.applied_by not in wish.guardian_ids:
        _join(work, same, wish.guardian_ids)
        return Applied(same, joined=True)
    terms = terms_of(work, unit)
    ended = _make_room(work, [one for one in standing if one.id in wish.replaces], wish.guardian_ids[0])
    application = _write(work, child, unit, wish, days, ended)
    application.doubts = judge(work, terms, application)
    to_ask, left_out = _list_others(work, terms, child.id, unit, wish.guardian_ids)
    if left_out:
        application.doubts = [*application.doubts, Doubt.NOT_ASKED]
    if to_ask:
        application.waits_until = _wait_until(work, terms, unit, days[0])
    work.session.add(application)
    voices = [_voice(work, application, guardian.id) for guardian in to_ask]
    work.session.add_all(voices)
    note(work, "leave.apply", [child.id, application.id, *(one.id for one in standing if one.id in wish.replaces)])
    ring(work, application)
    return Applied(application, tuple(zip(to_ask, voices, strict=True)))


def _write(
    work: Work, child: Child, unit: Unit, wish: Wish, days: Sequence[date], granted: Sequence[LeaveApplication]
) -> LeaveApplication:
    return LeaveApplication(
        id=work.new_id(),
        owner_id=child.owner_id,
        child_id=child.id,
        unit_id=unit.id,
        applied_by=wish.guardian_ids[0],
        applied_at=work.now,
        trust=Trust.CONFIRMED,
        reason=wish.reason,
        days=[day.isoformat() for day in days],
        first_day=days[0],
        last_day=days[-1],
        doubts=[],
        words=wish.words,
        message_id=wish.message_id,
        replaces=granted[0].id if granted else None,
    )


def _make_room(work: Work, before: Sequence[LeaveApplication], by: str) -> list[LeaveApplication]:
    """End those that nobody has decided. Answers those that are granted: they stand until the new one is decided."""
    for one in before:
        if one.state == LeaveState.WAITS:
            end(work, one, LeaveState.REPLACED, by)
            one.end_told_at = work.now
    return [one for one in before if one.state == LeaveState.DECIDED]


def _join(work: Work, application: LeaveApplication, guardian_ids: Sequence[str]) -> None:
    known = {voice.guardian_id: voice for voice in list_voices(work, [application.id])}
    for guardian_id in guardian_ids:
        voice = known.get(guardian_id) or _voice(work, application, guardian_id)
        voice.agrees, voice.answered_at = True, work.now
        work.session.add(voice)
    note(work, "leave.agree", [application.id, *guardian_ids])
    ring(work, application)


def _voice(work: Work, application: LeaveApplication, guardian_id: str) -> LeaveVoice:
    return LeaveVoice(
        id=work.new_id(), owner_id=application.owner_id, application_id=application.id, guardian_id=guardian_id
    )


def _wait_until(work: Work, terms: Terms, unit: Unit, first_day: date) -> datetime:
    """The others have some days, but no longer than until the leave would begin."""
    begins = unit.moment(first_day, unit.opens)
    return max(work.now, min(work.now + timedelta(days=terms.answer_days), begins))


def judge(look: Look, terms: Terms, application: LeaveApplication) -> list[str]:
    """What the rules say against it: late, too long, over the limit of a school year."""
    unit = look.session.get_one(Unit, application.unit_id)
    days = application.days_off
    doubts: list[str] = []
    if unit.today(application.applied_at) > terms.deadline(days[0]):
        doubts.append(Doubt.LATE)
    if application.reason == LeaveReason.RELIGIOUS and terms.religious_is_free:
        return doubts
    if terms.most_at_once is not None and len(days) > terms.most_at_once:
        doubts.append(Doubt.LONG)
    if terms.most_a_year is not None:
        used = count_used(
            look, application.child_id, days, apart_from=(application.id, application.replaces), terms=terms
        )
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


def _list_others(
    look: Look, terms: Terms, child_id: str, unit: Unit, guardian_ids: Sequence[str]
) -> tuple[list[Guardian], bool]:
    """Whose word it takes besides, and whether the rule would have somebody's who may not be asked."""
    if terms.both is Both.ONE:
        return [], False
    concerned = {
        bond.guardian_id
        for bond in look.session.scalars(_BONDS, {"child": child_id})
        if (terms.both is Both.ALL or bond.lives_with) and bond.guardian_id not in guardian_ids
    }
    today = unit.today(look.now)
    may_decide = list_guardians_for(look, child_id, Right.LEAVE, today)
    may_know = {guardian.id for guardian in list_guardians_for(look, child_id, Right.INFORM, today)}
    to_ask = [one for one in may_decide if one.id in concerned and one.id in may_know]
    return to_ask, len(to_ask) < len(concerned)


def note_asked(work: Work, application: LeaveApplication, voice: LeaveVoice, why_not: str | None) -> None:
    """The other guardian was asked, or could not be: then a person sees to it."""
    if why_not is None:
        voice.asked_at = work.now
        return
    voice.why_not = why_not
    application.doubts = [*application.doubts, Doubt.NOT_ASKED]


def answer(work: Work, application_id: str, guardian_ids: Sequence[str], *, agrees: bool | None) -> LeaveState:
    """Note what another guardian says; None takes it back. Answers the state it was in: only while it waits is it noted.

    Audited.
    """
    application = lock(work, application_id)
    if application.state != LeaveState.WAITS:
        return LeaveState(application.state)
    for voice in list_voices(work, [application_id]):
        if voice.guardian_id in guardian_ids:
            voice.agrees = agrees
            voice.answered_at = None if agrees is None else work.now
    note(work, "leave_voice.answer", [application.id, *guardian_ids])
    ring(work, application)
    return LeaveState.WAITS


def end(work: Work, application: LeaveApplication, state: LeaveState, by: str) -> None:
    """It holds no longer: withdrawn, or replaced."""
    application.state, application.ended_at, application.ended_by = state, work.now, by
    ring(work, application)


def doubts_now(application: LeaveApplication, voices: Iterable[LeaveVoice], rules_say: Iterable[str]) -> list[Doubt]:
    """What is to be weighed now: by the rules as they are, and by what the other guardians have said."""
    doubts = [Doubt(code) for code in rules_say]
    doubts += [Doubt(code) for code in dict.fromkeys(application.doubts) if code in OF_PEOPLE]
    if any(voice.agrees is False for voice in voices):
        doubts.append(Doubt.DISAGREES)
    return doubts


def is_waiting_for_others(application: LeaveApplication, voices: Iterable[LeaveVoice], now: datetime) -> bool:
    """Whether somebody was asked, has not answered, and still has time to."""
    in_time = application.waits_until is not None and now < application.waits_until
    return in_time and any(voice.asked_at is not None and voice.agrees is None for voice in voices)


def ring(work: Work, application: LeaveApplication) -> None:
    work.ring(LIVE, application.child_id)


_BONDS = sa.select(Guardianship).where(Guardianship.child_id == sa.bindparam("child"))
_OF_CHILD = (
    sa.select(LeaveApplication).where(LeaveApplication.child_id == sa.bindparam("child")).order_by(LeaveApplication.id)
)
_GRANTED = _OF_CHILD.where(LeaveApplication.granted.is_not(None))
_STANDING = _OF_CHILD.where(LeaveApplication.state.in_([LeaveState.WAITS, LeaveState.DECIDED]))
_VOICES = (
    sa.select(LeaveVoice)
    .where(LeaveVoice.application_id.in_(sa.bindparam("applications", expanding=True)))
    .order_by(LeaveVoice.id)
)
_HOMES = (
    sa.select(Unit)
    .join(Placement, Placement.unit_id == Unit.id)
    .where(Placement.child_id == sa.bindparam("child"))
    .order_by(sa.case((Unit.kind == UnitKind.AFTER_SCHOOL, 1), else_=0), Unit.id)
)


def list_standing(look: Look, child_id: str) -> list[LeaveApplication]:
    """A child's applications that wait, and those decided with days that are not over, oldest first."""
    found = look.session.scalars(_STANDING, {"child": child_id})
    return [one for one in found if one.state == LeaveState.WAITS or one.granted]


def list_of_child(look: Look, child_id: str) -> list[LeaveApplication]:
    """All that was ever applied for, oldest first."""
    return list(look.session.scalars(_OF_CHILD, {"child": child_id}))


def list_voices(look: Look, application_ids: Sequence[str]) -> list[LeaveVoice]:
    return list(look.session.scalars(_VOICES, {"applications": list(application_ids)}))


def lock(work: Work, application_id: str) -> LeaveApplication:
    """The application as it is now, which nobody else changes until this work is over."""
    question = sa.select(LeaveApplication).where(LeaveApplication.id == application_id)
    return work.session.scalars(question.with_for_update().execution_options(populate_existing=True)).one()


def find_home_unit(look: Look, child_id: str) -> Unit | None:
    """Where a child goes today: its school or preschool before its after-school club."""
    for unit in look.session.scalars(_HOMES, {"child": child_id}):
        if is_placed(look, child_id, unit):
            return unit
    return None


def is_placed(look: Look, child_id: str, unit: Unit) -> bool:
    """Whether a child has a place at a unit today."""
    question = sa.select(Placement.id).where(Placement.child_id == child_id, Placement.unit_id == unit.id, placed(DAY))
    return look.session.scalars(question, {"day": unit.today(look.now)}).first() is not None
