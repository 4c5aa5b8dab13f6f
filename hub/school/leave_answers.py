"""What a guardian answers to the letter of a decision: granted days are used or given up, a refusal is accepted or not.

To give days up is to withdraw the leave, by that act alone and by whoever may. What is said to a refusal changes nothing and is
no appeal. Each answers for themselves, and no other guardian learns of it here. Source: security rules S3.4 and S4.3.
"""

from collections.abc import Collection
from enum import StrEnum

import sqlalchemy as sa

from hub.desk import Look, Work
from hub.people.families import Right
from hub.post.audience import list_entitled
from hub.post.family import Family
from hub.safety.access import NotThereError
from hub.safety.audit import note
from hub.school.leave import LeaveOverError, LeaveState, ring
from hub.school.leave_decisions import LeaveDecision, Outcome
from hub.school.leave_letters import LeaveLetter
from hub.school.letter_codes import KnownLetter
from hub.school.own_leave import read_own_leave


class LetterAnswer(StrEnum):
    """DECLINED: the granted days are given up, or the refusal is not accepted."""

    ACCEPTED = "accepted"
    DECLINED = "declined"


class AnswerRoad(StrEnum):
    """How sure it is whose answer it was: behind a code to a phone, or an electronic id."""

    CODE = "code"
    EID = "eid"


def list_answers(look: Look, family: Family, known: KnownLetter) -> tuple[LetterAnswer, ...]:
    """What they may answer now, and have not: to a letter that they opened, until the first granted day, as they may decide
    about leave. Whoever may not withdraw the leave can give no days up. On a phone that several people answer nobody may: it
    would be said in another's name."""
    today = known.unit.today(look.now)
    days = known.application.days_granted
    if known.letter.opened_at is None or not known.holds or (days and days[0] <= today):
        return ()
    if family.guardian_ids != (known.letter.guardian_id,):
        return ()
    held = list_entitled(look, family.guardian_ids, Right.LEAVE, today)
    if known.child.id not in held.get(known.letter.guardian_id, ()):
        return ()
    may_decline = known.outcome is Outcome.REFUSED or _may_give_up(look, family, known)
    fits = LetterAnswer if may_decline else (LetterAnswer.ACCEPTED,)
    return tuple(one for one in fits if one != known.letter.answer)


def _may_give_up(look: Look, family: Family, known: KnownLetter) -> bool:
    try:
        read_own_leave(look, family, known.child.id).get(known.application.id)
    except NotThereError:
        return False
    return True


def keep_answer(work: Work, known: KnownLetter, answer: LetterAnswer, road: AnswerRoad) -> None:
    """One of those that they may give. What was granted is given up once it is withdrawn. Audited.

    Raises: LeaveOverError where it is not.
    """
    gives_up = known.outcome is not Outcome.REFUSED and answer is LetterAnswer.DECLINED
    if gives_up and known.application.state != LeaveState.WITHDRAWN:
        raise LeaveOverError
    letter = known.letter
    letter.answer, letter.answered_at, letter.answer_road = answer, work.now, road
    note(work, "leave.answer_letter", [known.child.id, letter.id, letter.guardian_id], answer)
    ring(work, known.application)


def list_not_accepted(look: Look, application_ids: Collection[str]) -> set[str]:
    """Those of these applications of which a guardian has said that they do not accept the refusal. It asks no rights."""
    asked = (
        sa.select(LeaveDecision.application_id)
        .join(LeaveLetter, LeaveLetter.decision_id == LeaveDecision.id)
        .where(
            LeaveDecision.application_id.in_(application_ids),
            LeaveDecision.outcome == Outcome.REFUSED,
            LeaveLetter.answer == LetterAnswer.DECLINED,
        )
    )
    return set(look.session.scalars(asked))


def code_of(outcome: str, answer: str) -> str:
    """What was answered, by the name that its words have: used, given_up, accepted or not_accepted."""
    accepted = answer == LetterAnswer.ACCEPTED
    if outcome == Outcome.REFUSED:
        return "accepted" if accepted else "not_accepted"
    return "used" if accepted else "given_up"
