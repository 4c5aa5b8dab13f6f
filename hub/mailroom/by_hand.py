"""Letters that nobody could receive, and that a person gives: whoever decides leave sees them, and the office of the unit.

Rights are asked anew here as anywhere: whoever is blocked by now is given nothing. Of a protected child only its named readers
see any. Source: security rules S3.1, S3.7 and S4.4.
"""

from dataclasses import dataclass
from itertools import islice

import sqlalchemy as sa

from hub.desk import Look, Work
from hub.mailroom.sendings import LetterSending, SendingState
from hub.mailroom.ways import find_hindrance
from hub.people.families import Child, Guardian
from hub.people.places import Unit
from hub.safety.access import NotThereError, Reach, get_child, get_reach
from hub.safety.audit import note
from hub.safety.roles import may_run
from hub.school.leave_decisions import LeaveDecision
from hub.school.leave_letters import LeaveLetter
from hub.school.leave_queue import get_leave

MOST_SHOWN, MOST_LOOKED_AT = 100, 1000


@dataclass(frozen=True, slots=True)
class ByHand:
    """One letter to give. `application_id` is None for whoever may give it and not read what it is about."""

    sending: LetterSending
    guardian: Guardian
    child: Child
    unit: Unit
    application_id: str | None


def list_by_hand(look: Look) -> list[ByHand]:
    """Those that the asker may give, the oldest first, MOST_SHOWN at most. Raises: NotThereError."""
    reach = get_reach(look)
    waiting = look.session.scalars(
        sa.select(LetterSending)
        .where(LetterSending.owner_id == reach.owner_id, LetterSending.state == SendingState.NOBODY)
        .order_by(LetterSending.made_at, LetterSending.id)
        .limit(MOST_LOOKED_AT)
    )
    seen = (_find(look, reach, sending) for sending in waiting)
    return list(islice((one for one in seen if one is not None), MOST_SHOWN))


def give(work: Work, sending_id: str) -> None:
    """The asker has given it to its guardian. Audited. Raises: NotThereError, also where that was done by now."""
    reach = get_reach(work)
    sending = work.session.get(LetterSending, sending_id, with_for_update=True)
    found = None
    if sending is not None and sending.owner_id == reach.owner_id and sending.state == SendingState.NOBODY:
        found = _find(work, reach, sending)
    if found is None:
        raise NotThereError
    found.sending.state = SendingState.GIVEN
    found.sending.given_at, found.sending.handed_by = work.now, reach.staff_id
    note(work, "letters.given", [sending_id, found.sending.letter_id, found.guardian.id])


def _find(look: Look, reach: Reach, sending: LetterSending) -> ByHand | None:
    """None where it is not the asker's to give, or nobody's by now."""
    letter = look.session.get_one(LeaveLetter, sending.letter_id)
    decision = look.session.get_one(LeaveDecision, letter.decision_id)
    if find_hindrance(look, letter) is not None:
        return None
    guardian = look.session.get_one(Guardian, sending.guardian_id)
    try:
        row = get_leave(look, reach, decision.application_id)
    except NotThereError:
        return _find_for_office(look, reach, sending, guardian, letter.child_id)
    return ByHand(sending, guardian, row.child, row.unit, decision.application_id)


def _find_for_office(
    look: Look, reach: Reach, sending: LetterSending, guardian: Guardian, child_id: str
) -> ByHand | None:
    try:
        child, places = get_child(look, reach, child_id)
    except NotThereError:
        return None
    unit = next((unit for unit, _ in places if may_run(look, reach, unit.id)), None)
    return ByHand(sending, guardian, child, unit, None) if unit is not None else None
