"""Which applications for leave have a letter that has not come to its end: they are kept until it has, however old they are."""

import sqlalchemy as sa

from hub.mailroom.sendings import LetterSending, SendingState
from hub.school.leave import LeaveApplication
from hub.school.leave_decisions import LeaveDecision
from hub.school.leave_letters import LeaveLetter

_ENDS = (
    SendingState.HANDED_OVER,
    SendingState.DELIVERED,
    SendingState.OPENED,
    SendingState.PAGES,
    SendingState.POSTED,
    SendingState.GIVEN,
    SendingState.OVER,
)


def awaits_letter() -> sa.ColumnElement[bool]:
    """On a question about LeaveApplication: whether a letter is still to be made, sent, printed, posted or given, or went
    astray and nobody has taken note of it."""
    is_under_way = sa.or_(
        LetterSending.state.not_in(_ENDS),
        LetterSending.due.is_not(None),
        sa.and_(LetterSending.astray_at.is_not(None), LetterSending.astray_noted_by.is_(None)),
    )
    is_to_be_made = sa.or_(LeaveLetter.paper_due.is_not(None), LeaveLetter.sending_due.is_not(None))
    return sa.exists().where(
        LeaveDecision.application_id == LeaveApplication.id,
        LeaveLetter.decision_id == LeaveDecision.id,
        sa.or_(is_to_be_made, sa.exists().where(LetterSending.letter_id == LeaveLetter.id, is_under_way)),
    )
