"""Guardians who hold a letter of granted leave, and whom no channel could tell that the leave has ended: a person tells them,
so that nobody is left to believe that a child is away on a day on which it is waited for."""

import sqlalchemy as sa

from hub.desk import Work
from hub.mailroom.sendings import LetterSending, SendingState, WhySending, keep_sending
from hub.mailroom.ways import end_sending
from hub.safety.audit import note
from hub.school.leave_decisions import LeaveDecision
from hub.school.leave_letters import LeaveLetter

_NEVER_LEFT = (SendingState.WAITING, SendingState.PAPER, SendingState.NOBODY, SendingState.OVER)
_LETTER = (
    sa.select(LeaveLetter)
    .join(LeaveDecision, LeaveDecision.id == LeaveLetter.decision_id)
    .where(
        LeaveDecision.application_id == sa.bindparam("application"),
        LeaveLetter.guardian_id == sa.bindparam("guardian"),
    )
)
_SENDING = sa.select(LetterSending).where(LetterSending.letter_id == sa.bindparam("letter")).with_for_update()


def keep_end_untold(work: Work, application_id: str, guardian_id: str) -> None:
    """Whoever has had the decision, by a letter that left or by word of it, is for a person to tell. Audited."""
    letter = work.session.scalars(_LETTER, {"application": application_id, "guardian": guardian_id}).one_or_none()
    if letter is None:
        return
    sending = work.session.scalars(_SENDING, {"letter": letter.id}).one_or_none()
    was_told = letter.told_at is not None and letter.why_not is None
    if letter.opened_at is None and not was_told and (sending is None or not _may_have_left(sending)):
        return
    if sending is None:
        sending = keep_sending(work, letter)
        end_sending(work, sending, WhySending.ENDED)
    sending.end_untold_at = work.now
    note(work, "letters.end_untold", [sending.id, letter.id, guardian_id])


def _may_have_left(sending: LetterSending) -> bool:
    """Also where it goes another way since: what a service took lies in a mailbox still, and what it may have taken may."""
    was_tried = sending.attempted_at is not None and sending.failed_at is None
    return sending.state not in _NEVER_LEFT or was_tried or sending.delivered_at is not None
