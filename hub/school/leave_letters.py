"""Letters about leave: each guardian who may know has the decision in their own language, as it was worded on that day.

A letter's words are never changed, and its digest tells that they were not. Sources: administration acts on reasons and
appeals; the regulation on electronic notice, section 8 (opened within a week).
"""

import hashlib
from datetime import datetime, timedelta
from functools import partial

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.database import Base, Id, Moment, Ref, after
from hub.desk import Look, Work
from hub.people.families import Child, Right
from hub.people.places import Owner, Unit
from hub.people.staff import Staff
from hub.post.audience import list_guardians_for
from hub.safety.audit import note
from hub.school.leave import LeaveApplication
from hub.school.leave_decisions import LeaveDecision
from hub.school.leave_rules import say_appeal, terms_of

OPENED_WITHIN = timedelta(days=7)
NOT_BEGUN = "not_begun"
"""Why a letter was not told of: decisions by text have not begun, and it is given on paper."""


class LeaveLetter(Base):
    """The decision as one guardian's letter: in their language, as it was worded, with the SHA-256 of its UTF-8 in hex.

    `open_text` is the same as an open channel may show it: where the reasons are, in place of the reasons. `code` names the
    letter on its guardian's phone from when they are told of it (see hub.school.letter_codes).
    `told_at` is when they were told of it, or found to be beyond telling (`why_not` is a code); `told_again_at` when once
    more; `opened_at` when they first opened it; `answer` what they said to it at `answered_at`, by which `answer_road` (see
    hub.school.leave_answers). `paper_due` is when it is to be made as a PDF (see hub.school.leave_papers),
    None once that is settled; `sending_due` since when that PDF waits to be sent, None once its sending is kept.
    """

    __tablename__ = "leave_letters"
    __table_args__ = (
        sa.UniqueConstraint("decision_id", "guardian_id"),
        sa.Index(None, "told_at", "made_at"),
        sa.Index(
            "ix_leave_letters_paper_due",
            "paper_due",
            sqlite_where=sa.text("paper_due IS NOT NULL"),
            postgresql_where=sa.text("paper_due IS NOT NULL"),
        ),
        sa.Index(
            "ix_leave_letters_sending_due",
            "sending_due",
            sqlite_where=sa.text("sending_due IS NOT NULL"),
            postgresql_where=sa.text("sending_due IS NOT NULL"),
        ),
    )
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    decision_id: Mapped[Ref] = mapped_column(sa.ForeignKey("leave_decisions.id"))
    child_id: Mapped[Ref] = mapped_column(sa.ForeignKey("children.id"), index=True)
    guardian_id: Mapped[Ref] = mapped_column(sa.ForeignKey("guardians.id"), index=True)
    language: Mapped[str] = mapped_column(sa.String(8))
    text: Mapped[str] = mapped_column(sa.Text)
    open_text: Mapped[str] = mapped_column(sa.Text)
    sha256: Mapped[str] = mapped_column(sa.String(64))
    made_at: Mapped[Moment]
    told_at: Mapped[Moment | None] = mapped_column(default=None)
    why_not: Mapped[str | None] = mapped_column(sa.String(20), default=None)
    told_again_at: Mapped[Moment | None] = mapped_column(default=None)
    opened_at: Mapped[Moment | None] = mapped_column(default=None)
    answer: Mapped[str | None] = mapped_column(sa.String(10), default=None)
    answered_at: Mapped[Moment | None] = mapped_column(default=None)
    answer_road: Mapped[str | None] = mapped_column(sa.String(8), default=None)
    code: Mapped[str | None] = mapped_column(sa.String(8), default=None)
    wrong_codes: Mapped[int] = mapped_column(default=0)
    paper_due: Mapped[Moment | None] = mapped_column(default=None)
    paper_tries: Mapped[int] = mapped_column(sa.SmallInteger, default=0)
    sending_due: Mapped[Moment | None] = mapped_column(default=None)
    decision: Mapped[LeaveDecision] = after(LeaveDecision)

    @property
    def is_as_made(self) -> bool:
        return digest(self.text) == self.sha256


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def write_letters(work: Work, application: LeaveApplication, decision: LeaveDecision, child: Child, unit: Unit) -> None:
    """One for each guardian who may know by rights as they are now."""
    terms = terms_of(work, unit)
    owner = work.session.get_one(Owner, unit.owner_id)
    decider = work.session.get(Staff, decision.decided_by)
    for guardian in list_guardians_for(work, child.id, Right.INFORM, unit.today(work.now)):
        names = {"child": child.name, "unit": unit.name, "owner": owner.name}
        words = work.words.in_language(guardian.language)
        say_letter = partial(
            words.say,
            "leave_letter.decision",
            **names,
            outcome=decision.outcome,
            asked=application.days_off,
            granted=decision.days_granted,
            applied_on=unit.today(application.applied_at),
            decided_on=unit.today(work.now),
            decider=decider.name if decider is not None else unit.name,
            appeal=say_appeal(work, unit, terms, guardian.language, names),
        )
        text = say_letter(reason=decision.reason)
        kept = words.say("leave_letter.reason_kept", unit=unit.name) if decision.reason else ""
        letter = LeaveLetter(
            id=work.new_id(),
            owner_id=child.owner_id,
            decision_id=decision.id,
            child_id=child.id,
            guardian_id=guardian.id,
            language=guardian.language,
            text=text,
            open_text=say_letter(reason=kept),
            sha256=digest(text),
            made_at=work.now,
            paper_due=work.now,
        )
        work.session.add(letter)


def open_letter(work: Work, letter: LeaveLetter, at: datetime | None = None) -> None:
    """A guardian opened it, now or `at`; only the first time counts. Audited."""
    if letter.opened_at is None:
        letter.opened_at = at or work.now
        note(work, "leave.open_letter", [letter.id, letter.guardian_id])


def list_letters(look: Look, decision_id: str) -> list[LeaveLetter]:
    return list(
        look.session.scalars(
            sa.select(LeaveLetter).where(LeaveLetter.decision_id == decision_id).order_by(LeaveLetter.id)
        )
    )
