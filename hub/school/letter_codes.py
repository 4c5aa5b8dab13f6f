"""Letters that their guardians open: the codes that name them on a phone, and who may read which, asked at that moment.

A code names a letter only among those of the people behind the phone that sends it; from any other it says nothing. It goes
back to the registered phone alone, whoever forged the sender. After some wrong ones a letter waits for a new code, so that
nobody guesses themselves to "opened". Source: security rules S1.5, S2.6 and S3.4.
"""

import secrets
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from hub.desk import Look, Work
from hub.people.families import Child, Right
from hub.people.places import Unit
from hub.post.audience import list_entitled
from hub.safety.audit import note
from hub.safety.starts import Function, find_begins
from hub.school.leave import LeaveApplication, LeaveState
from hub.school.leave_decisions import LeaveDecision, Outcome
from hub.school.leave_letters import NOT_BEGUN, LeaveLetter

DIGITS = 4
WRONG_AT_MOST = 5
Draw = Callable[[], str]


def draw_code() -> str:
    """Some figures nobody can foresee."""
    return f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"


@dataclass(frozen=True, slots=True)
class KnownLetter:
    """A letter, and what it is about. `holds`: the decision was neither withdrawn nor replaced since."""

    letter: LeaveLetter
    child: Child
    unit: Unit
    application: LeaveApplication
    outcome: Outcome

    @property
    def holds(self) -> bool:
        return self.application.state == LeaveState.DECIDED

    @property
    def waits(self) -> bool:
        """Whether its guardian is told of it as not opened."""
        return self.holds and self.letter.opened_at is None

    @property
    def is_locked(self) -> bool:
        """Whether it waits for a new code."""
        return self.letter.wrong_codes >= WRONG_AT_MOST


_LETTERS = (
    sa.select(LeaveLetter, Child, Unit, LeaveApplication, LeaveDecision.outcome)
    .join(LeaveDecision, LeaveDecision.id == LeaveLetter.decision_id)
    .join(LeaveApplication, LeaveApplication.id == LeaveDecision.application_id)
    .join(Unit, Unit.id == LeaveDecision.unit_id)
    .join(Child, Child.id == LeaveLetter.child_id)
    .where(
        LeaveLetter.guardian_id.in_(sa.bindparam("guardians", expanding=True)),
        LeaveLetter.told_at.is_not(None),
        sa.func.coalesce(LeaveLetter.why_not, "") != NOT_BEGUN,
    )
    .order_by(LeaveLetter.id.desc())
)


def list_letters_of(look: Look, guardian_ids: Collection[str]) -> list[KnownLetter]:
    """The letters to any of these people of which each of them may know today, the newest first.

    Those that were given on paper are left out, and all of a unit where decisions are not yet told electronically.
    """
    rows = look.session.execute(_LETTERS, {"guardians": list(guardian_ids)}).all()
    found = [KnownLetter(letter, child, unit, one, Outcome(outcome)) for letter, child, unit, one, outcome in rows]
    units = {one.unit.id: one.unit for one in found}
    known = {
        unit.id: _all_may_know(look, guardian_ids, unit)
        for unit in units.values()
        if find_begins(look, unit, Function.DECISIONS) is None
    }
    return [one for one in found if one.child.id in known.get(one.unit.id, ())]


def _all_may_know(look: Look, guardian_ids: Collection[str], unit: Unit) -> set[str]:
    """The children of whom each of these guardians may be informed, on the day it is at a unit."""
    known = list_entitled(look, guardian_ids, Right.INFORM, unit.today(look.now))
    return set.intersection(*(known.get(id_, set()) for id_ in guardian_ids)) if guardian_ids else set()


def find_by_code(letters: Sequence[KnownLetter], code: str) -> KnownLetter | None:
    """The letter of this code, where its code still opens it."""
    return next((one for one in letters if one.letter.code == code and not one.is_locked), None)


def count_wrong_code(work: Work, letters: Sequence[KnownLetter]) -> None:
    """A code that is none of theirs was sent from their phone: each letter that waits bears it. Audited."""
    waiting = [one.letter for one in letters if one.waits]
    for letter in waiting:
        letter.wrong_codes += 1
    note(work, "leave.wrong_code", [letter.id for letter in waiting])


def give_code(work: Work, letter: LeaveLetter, draw: Draw) -> str:
    """The letter's code; a new one where it had none, or was tried too often."""
    if letter.code is not None and letter.wrong_codes < WRONG_AT_MOST:
        return letter.code
    taken = set(work.session.scalars(sa.select(LeaveLetter.code).where(LeaveLetter.guardian_id == letter.guardian_id)))
    code = draw()
    while code in taken:
        code = draw()
    letter.code, letter.wrong_codes = code, 0
    return code
