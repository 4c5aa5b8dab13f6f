"""How a decision's letters arrived, as a record of its own in the case: for each guardian what happened to theirs and when, how
the service calls it, the digest of the PDF that they were sent, and what they answered.

It is kept some weeks after the decision, when whoever may appeal has had their time and the leave is over, and later where a
letter is still under way then; but in the end as it is: that a letter reached nobody is told too.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

import sqlalchemy as sa

from hub.archive.leave_records import BUDBOK, IS_NOT_FOR_IT, WordedCase, has_record
from hub.archive.records import RecordKind, Written, find_record, keep_record
from hub.database import Utc
from hub.desk import Work
from hub.mailroom.open_letters import awaits_letter
from hub.mailroom.sendings import find_sending
from hub.mailroom.status import list_steps
from hub.people.families import Child
from hub.people.places import Unit
from hub.school.leave import LeaveApplication
from hub.school.leave_answers import code_of
from hub.school.leave_decisions import LeaveDecision
from hub.school.leave_letters import LeaveLetter
from hub.school.leave_papers import LeavePaper

PROVEN_AFTER = timedelta(weeks=4)
PROVEN_AT_LAST = timedelta(weeks=13)
A_DAY = timedelta(days=1)
"""The leave is over by any clock."""
_HAS_LETTERS = sa.exists().where(
    LeaveDecision.application_id == LeaveApplication.id, LeaveLetter.decision_id == LeaveDecision.id
)


def awaits_proof() -> sa.ColumnElement[bool]:
    """On a question about LeaveApplication: what became of its letters must go to the archive, and is not kept for it yet."""
    return sa.and_(_HAS_LETTERS, ~has_record(RecordKind.PROOF), ~IS_NOT_FOR_IT)


def gather_proofs(work: Work, most: int) -> int:
    """Keep those that are due, at most so many; how many records that made. A proof never comes before what it is of."""
    due = (
        sa.select(LeaveApplication, LeaveDecision)
        .join(LeaveDecision, LeaveDecision.application_id == LeaveApplication.id)
        .where(
            sa.or_(
                sa.and_(_was_decided_before(work.now - PROVEN_AFTER), ~awaits_letter()),
                _was_decided_before(work.now - PROVEN_AT_LAST),
            ),
            LeaveApplication.last_day < (work.now - A_DAY).date(),
            awaits_proof(),
            has_record(RecordKind.LEAVE),
        )
        .order_by(LeaveApplication.id)
        .limit(most)
    )
    found = [(application, decision) for application, decision in work.session.execute(due)]
    work.take_turns([application.id for application, _ in found])
    return sum(_keep(work, application, decision) for application, decision in found)


def _was_decided_before(moment: datetime) -> sa.ColumnElement[bool]:
    return LeaveDecision.decided_at <= sa.bindparam(None, moment, type_=Utc, unique=True)


def _keep(work: Work, application: LeaveApplication, decision: LeaveDecision) -> int:
    if find_record(work, RecordKind.PROOF, application.id, application.child_id) is not None:
        return 0
    child, unit = work.session.get_one(Child, application.child_id), work.session.get_one(Unit, decision.unit_id)
    case = WordedCase(work, application, decision, child, unit)
    facts = [fact for letter in case.letters for fact in _tell(work, case, decision, letter)]
    document = Written(case.words.say("records.arrivals"), tuple(facts), "")
    proof = case.keep(RecordKind.PROOF, "letters_arrived", work.now, (document,))
    keep_record(work, child, unit, proof, BUDBOK)
    return 1


def _tell(work: Work, case: WordedCase, decision: LeaveDecision, letter: LeaveLetter) -> Iterator[str]:
    """One letter's way, a line for each thing that happened."""
    say = case.words.say

    def tell(code: str, at: datetime | None, detail: str = "") -> str:
        return say("letter_status.dated", code=code, at=case.unit.local(at) if at else None, detail=detail)

    yield say("records.letter_to", name=case.name(letter.guardian_id))
    paper = work.session.get(LeavePaper, letter.id)
    if paper is not None:
        yield say("records.letter_hash", sha256=paper.sha256)
    if letter.told_at is not None and letter.why_not is None:
        yield tell("told", letter.told_at)
    if letter.told_again_at is not None:
        yield tell("told_again", letter.told_again_at)
    if letter.opened_at is not None:
        yield tell("read", letter.opened_at)
    if letter.answer is not None and letter.answered_at is not None:
        code, answered_at = code_of(decision.outcome, letter.answer), case.unit.local(letter.answered_at)
        yield say("records.answered", who=case.name(letter.guardian_id), code=code, at=answered_at)
    sending = find_sending(work, letter.id)
    if sending is None:
        return
    if sending.provider_id is not None:
        yield say("records.letter_known_as", name=sending.provider_id)
    for step in list_steps(sending):
        yield tell(step.code, step.at, step.detail)
