"""The other guardians' voices on an application for leave: whose word it takes, who was asked, and what they answered.

Who may not be asked is a doubt that a person weighs, and nobody's silence holds an application up for long.
Sources: security rules S4.1 and S4.3.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.database import Base, Id, Moment, Ref, Utc, after
from hub.desk import Look, Work
from hub.people.families import Guardian, Guardianship, Right
from hub.people.places import Unit
from hub.post.audience import list_guardians_for
from hub.safety.audit import note
from hub.school.leave import OF_PEOPLE, Doubt, LeaveApplication, LeaveState, lock, ring
from hub.school.leave_rules import Both, Terms


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


_BONDS = sa.select(Guardianship).where(Guardianship.child_id == sa.bindparam("child"))
_VOICES = (
    sa.select(LeaveVoice)
    .where(LeaveVoice.application_id.in_(sa.bindparam("applications", expanding=True)))
    .order_by(LeaveVoice.id)
)


def list_others(
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


def wait_until(work: Work, terms: Terms, unit: Unit, first_day: date) -> datetime:
    """The others have some days, but no longer than until the leave would begin."""
    begins = unit.moment(first_day, unit.opens)
    return max(work.now, min(work.now + timedelta(days=terms.answer_days), begins))


def make_voice(work: Work, application: LeaveApplication, guardian_id: str) -> LeaveVoice:
    return LeaveVoice(
        id=work.new_id(), owner_id=application.owner_id, application_id=application.id, guardian_id=guardian_id
    )


def join(work: Work, application: LeaveApplication, guardian_ids: Sequence[str]) -> None:
    """They have wished for the same: taken as agreeing. Audited."""
    known = {voice.guardian_id: voice for voice in list_voices(work, [application.id])}
    for guardian_id in guardian_ids:
        voice = known.get(guardian_id) or make_voice(work, application, guardian_id)
        voice.agrees, voice.answered_at = True, work.now
        work.session.add(voice)
    note(work, "leave.agree", [application.id, *guardian_ids])
    ring(work, application)


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


def list_voices(look: Look, application_ids: Sequence[str]) -> list[LeaveVoice]:
    return list(look.session.scalars(_VOICES, {"applications": list(application_ids)}))


_UNANSWERED = (
    sa.select(LeaveVoice, LeaveApplication)
    .join(LeaveApplication, LeaveApplication.id == LeaveVoice.application_id)
    .where(
        LeaveApplication.unit_id == sa.bindparam("unit"),
        LeaveApplication.state == LeaveState.WAITS,
        LeaveApplication.waits_until > sa.bindparam("now", type_=Utc),
        LeaveVoice.guardian_id.in_(sa.bindparam("guardians", expanding=True)),
        LeaveVoice.asked_at.is_not(None),
        LeaveVoice.agrees.is_(None),
    )
    .order_by(LeaveVoice.id)
)


def list_unanswered(look: Look, unit_id: str, guardian_ids: Iterable[str]) -> list[tuple[LeaveVoice, LeaveApplication]]:
    """What these guardians were asked at a unit and may still answer in time."""
    asked = {"unit": unit_id, "now": look.now, "guardians": list(guardian_ids)}
    return [(voice, application) for voice, application in look.session.execute(_UNANSWERED, asked)]
