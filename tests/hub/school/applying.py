"""Applications for leave in the village, as its families make them."""

from collections.abc import Sequence
from datetime import date, timedelta

from hub.desk import Work
from hub.people.families import Child
from hub.school.leave import LeaveReason, lock
from hub.school.leave_decisions import Outcome
from hub.school.leave_verdicts import Verdict, decide
from hub.school.leave_voices import list_voices, note_asked
from hub.school.leave_wishes import Wish, apply
from tests.village import FJORDVIK, Village

MONDAY = date(2025, 3, 3)
FAR = date(2025, 3, 24)
"""A Monday three weeks ahead: in time by every rule of the village."""


def days_from(first: date, count: int) -> list[date]:
    return [first + timedelta(days=n) for n in range(count)]


def apply_for(
    work: Work,
    village: Village,
    child: str,
    guardian: str,
    days: Sequence[date],
    reason: LeaveReason = LeaveReason.TRAVEL,
    words: str | None = None,
    *,
    asked: bool = True,
    replaces: Sequence[str] = (),
    owner: str = FJORDVIK,
) -> str:
    """A guardian applies, and whoever must agree is asked; the application's id."""
    wish = Wish(days, reason, [village.guardian(guardian, owner).id], words, replaces=replaces)
    applied = apply(work, work.session.get_one(Child, village.child(child, owner).id), wish)
    assert applied.application is not None
    work.session.flush()
    for voice in list_voices(work, [applied.application.id]):
        note_asked(work, applied.application, voice, None if asked else "no_address")
    work.session.flush()
    return applied.application.id


def grant(work: Work, village: Village, application_id: str, unit: str = "school") -> None:
    """Whoever asks grants it all."""
    decide(work, lock(work, application_id), village.unit(unit), Verdict(Outcome.GRANTED))
    work.session.flush()
