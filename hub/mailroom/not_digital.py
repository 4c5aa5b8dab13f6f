"""Whom digital post could not reach, as the national register said when their newest letter was sent: for whoever runs the unit
that decided, so that they can ask the guardian to mend it. Who is given letters by hand alone is on no such list.

What a register says is never kept but as the code of a letter's way. Source: security rules S3.1 and S4.4.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from hub.desk import Look
from hub.mailroom.sendings import LetterSending, WhySending
from hub.people.families import Guardian, Right
from hub.people.places import Unit
from hub.people.postal_addresses import is_only_by_hand
from hub.post.audience import list_guardians_for
from hub.school.leave_decisions import LeaveDecision
from hub.school.leave_letters import LeaveLetter

LOOKED_BACK = timedelta(days=365)
MOST_LOOKED_AT = 5000
NOT_DIGITAL = frozenset(
    {
        WhySending.NOT_NOTIFIABLE,
        WhySending.RESERVED,
        WhySending.NO_MAILBOX,
        WhySending.UNKNOWN,
        WhySending.NO_NATIONAL_ID,
        WhySending.GONE,
    }
)
"""What the guardian, or whoever keeps the register of families, can mend; and that somebody has chosen paper."""


@dataclass(frozen=True, slots=True)
class NotDigital:
    """A guardian whose newest letter of a unit went no digital way, why by its code, and when that was asked."""

    guardian: Guardian
    unit: Unit
    why: str
    at: datetime


def list_not_digital(look: Look, units: Sequence[Unit]) -> list[NotDigital]:
    """By name, of the letters of a year, those who may still know of the child that theirs was about. It asks no rights of the
    reader: its callers have, for each of these units."""
    by_id = {unit.id: unit for unit in units}
    asked = (
        sa.select(LetterSending, Guardian, LeaveDecision.unit_id, LeaveLetter.child_id)
        .join(LeaveLetter, LeaveLetter.id == LetterSending.letter_id)
        .join(LeaveDecision, LeaveDecision.id == LeaveLetter.decision_id)
        .join(Guardian, Guardian.id == LetterSending.guardian_id)
        .where(LeaveDecision.unit_id.in_(by_id), LetterSending.made_at > look.now - LOOKED_BACK)
        .order_by(LetterSending.made_at.desc(), LetterSending.id.desc())
        .limit(MOST_LOOKED_AT)
    )
    newest: dict[str, tuple[LetterSending, Unit, str]] = {}
    guardians: dict[str, Guardian] = {}
    for sending, guardian, unit_id, child_id in look.session.execute(asked):
        newest.setdefault(guardian.id, (sending, by_id[unit_id], child_id))
        guardians[guardian.id] = guardian
    found = [
        NotDigital(guardians[id_], unit, sending.why, sending.asked_at or sending.made_at)
        for id_, (sending, unit, child_id) in newest.items()
        if sending.why in NOT_DIGITAL
        and not is_only_by_hand(look, id_)
        and any(one.id == id_ for one in list_guardians_for(look, child_id, Right.INFORM, unit.today(look.now)))
    ]
    return sorted(found, key=lambda one: (one.guardian.name, one.guardian.id))
