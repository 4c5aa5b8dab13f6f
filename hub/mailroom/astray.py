"""Letters that went, or may have gone, by a number that their guardian has no more: each goes to its guardian anew, by the
usual road and under another name, and stays marked until somebody of the staff has taken note of it. One that went by the
D-number whose place its guardian's fødselsnummer took, as the register says, went to the right person, and stays as it is. In
doubt it went astray: a second letter to the right person does no harm, and one that lies with a stranger unseen does.

A number that was told of a guardian waits here until this is done, in works of its own, so that whatever ends the hub between
the two forgets no letter. Source: security rules S0 and S7.2.
"""

from collections.abc import Sequence

import sqlalchemy as sa

from hub.desk import Look, Work
from hub.mailroom.sendings import LetterSending, SendingState, WhySending, find_tried_number
from hub.people.national_ids import NationalId, open_national_id
from hub.safety.audit import note
from hub.school.leave_letters import LeaveLetter
from hub.seal import Seal

AT_ONCE = 20
"""Guardians in a work."""
_BY_POST = frozenset(
    {
        SendingState.WAITING,
        SendingState.TRIED,
        SendingState.HANDED_OVER,
        SendingState.DELIVERED,
        SendingState.OPENED,
    }
)
_CHANGED = sa.select(NationalId.guardian_id).where(NationalId.changed_due.is_not(None)).limit(AT_ONCE)


def list_changed(look: Look) -> list[str]:
    """The ids of guardians of whom another number, or their first, is told since this was last looked at; AT_ONCE at most."""
    return list(look.session.scalars(_CHANGED))


def follow_changes(work: Work, guardian_ids: Sequence[str], seal: Seal) -> None:
    """What was tried by a number that was never its guardian's goes to them anew. Audited."""
    asked = sa.select(NationalId).where(NationalId.guardian_id.in_(guardian_ids)).order_by(NationalId.guardian_id)
    for kept in work.session.scalars(asked.with_for_update()).all():
        kept.changed_due = None
        number = open_national_id(work, seal, kept.guardian_id)
        tried = sa.select(LetterSending).where(
            LetterSending.guardian_id == kept.guardian_id, LetterSending.parcel_id.is_not(None)
        )
        for sending in work.session.scalars(tried.order_by(LetterSending.id).with_for_update()).all():
            if number is not None and find_tried_number(work, seal, sending) is None:
                send_anew(work, sending)


def send_anew(work: Work, sending: LetterSending) -> None:
    """It was tried by another number than its guardian has. What is on paper by now, given or over stays so. Audited."""
    if sending.handed_over_at is not None or sending.state == SendingState.TRIED or sending.why == WhySending.NO_WORD:
        mark_astray(work, sending, _how_far(sending))
    letter = work.session.get_one(LeaveLetter, sending.letter_id)
    if sending.opened_at is not None and letter.opened_at == sending.opened_at:
        letter.opened_at = None
    sending.parcel_id = sending.number_id = sending.provider_id = None
    sending.service = sending.tried_way = sending.error = None
    sending.asked_at = sending.attempted_at = sending.failed_at = None
    sending.handed_over_at = sending.delivered_at = sending.opened_at = None
    sending.tries = 0
    if sending.state in _BY_POST:
        sending.state, sending.due = SendingState.WAITING, work.now
        sending.way = sending.why = None


def mark_astray(work: Work, sending: LetterSending, how_far: SendingState) -> None:
    """Whoever may give it learns that it went so far by a number that is not its guardian's. Audited."""
    sending.astray_at, sending.astray_state, sending.astray_noted_by = work.now, how_far, None
    note(work, "letters.astray", [sending.id, sending.letter_id], how_far)


def _how_far(sending: LetterSending) -> SendingState:
    if sending.opened_at is not None:
        return SendingState.OPENED
    if sending.delivered_at is not None:
        return SendingState.DELIVERED
    return SendingState.HANDED_OVER if sending.handed_over_at is not None else SendingState.TRIED
