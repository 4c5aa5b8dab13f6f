"""Whom digital post could not reach, as the national register said when their newest letter was sent: for whoever runs the unit
that decided, so that they can ask the guardian to mend it. Who is given letters by hand alone is on no such list.

What a register says is never kept but as the code of a letter's way. Source: security rules S3.1 and S4.4.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from hub.clock import first_id
from hub.desk import Look
from hub.mailroom.sendings import LetterSending, WhySending
from hub.people.families import Guardian, Right
from hub.people.places import Unit
from hub.people.postal_addresses import is_only_by_hand
from hub.post.audience import list_guardians_of
from hub.school.leave_decisions import LeaveDecision
from hub.school.leave_letters import LeaveLetter

LOOKED_BACK = timedelta(days=365)
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
    found = []
    for unit in units:
        rows = look.session.execute(_NEWEST, {"unit": unit.id, "since": first_id(look.now - LOOKED_BACK)}).all()
        told = list_guardians_of(look, {child_id for *_, child_id in rows}, Right.INFORM, unit.today(look.now))
        may_know = {(child_id, one.id) for child_id, guardians in told.items() for one in guardians}
        for sending, guardian, child_id in rows:
            if (child_id, guardian.id) in may_know and not is_only_by_hand(look, guardian.id):
                found.append(NotDigital(guardian, unit, sending.why or "", sending.asked_at or sending.made_at))
    return sorted(found, key=lambda one: (one.guardian.name, one.guardian.id))


_OF_UNIT = (
    sa.select(sa.func.max(LetterSending.id))
    .join(LeaveLetter, LeaveLetter.id == LetterSending.letter_id)
    .join(LeaveDecision, LeaveDecision.id == LeaveLetter.decision_id)
    .where(LeaveDecision.unit_id == sa.bindparam("unit"), LetterSending.id > sa.bindparam("since"))
    .group_by(LetterSending.guardian_id)
)
_NEWEST = (
    sa.select(LetterSending, Guardian, LeaveLetter.child_id)
    .join(LeaveLetter, LeaveLetter.id == LetterSending.letter_id)
    .join(Guardian, Guardian.id == LetterSending.guardian_id)
    .where(LetterSending.id.in_(_OF_UNIT), LetterSending.why.in_(NOT_DIGITAL))
)
"""Each guardian's newest letter of a unit: ids tell when they were made."""
