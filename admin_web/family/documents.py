"""*Documents* of a child: each application for leave beside the letters of its decision, with where they went.

A guardian sees their own letters, and those of whom they share a thread with by choice. Source: security rules S3.4 and S4.3.
"""

from dataclasses import dataclass
from typing import Any

from aiohttp import web

from admin_web.family.leave import PILLS
from admin_web.family.letters import say_sent
from admin_web.family.visiting import HOME, FamilyVisit
from admin_web.page import Pages
from admin_web.parameters import Asked, PublicId
from hub.desk import Look
from hub.mailroom.cases import CaseLetter, LeaveCase, list_own_cases
from hub.mailroom.status import list_steps
from hub.people.families import Child
from hub.school.leave_answers import code_of
from hub.school.leave_letters import NOT_BEGUN, LeaveLetter
from hub.school.letter_codes import list_letters_of
from hub.school.own_leave import find_standing
from hub.sign_in.family_sessions import get_family_session

pages = Pages()


class DocumentsAsked(Asked):
    child_id: PublicId


@dataclass(frozen=True, slots=True)
class Documents:
    """A child's, as these guardians may see them. `open_ids` are the letters that are read on the pages, `waiting` those of
    them that nobody opened."""

    child: Child
    own: frozenset[str]
    cases: list[LeaveCase]
    open_ids: frozenset[str]
    waiting: int


def gather_documents(look: Look, session_id: str, child_id: str) -> Documents:
    """By rights as they are now. Raises: NotThereError."""
    family = get_family_session(look, session_id).family
    cases = list_own_cases(look, family, child_id)
    letters = [one for one in list_letters_of(look, family.guardian_ids) if one.child.id == child_id]
    return Documents(
        child=family.places_of(child_id)[0].child,
        own=frozenset(family.guardian_ids),
        cases=cases,
        open_ids=frozenset(one.letter.id for one in letters),
        waiting=sum(1 for one in letters if one.waits),
    )


@pages.get(f"{HOME}/children/{{child_id}}/documents")
async def show_documents(visit: FamilyVisit, asked: DocumentsAsked) -> web.StreamResponse:
    """The newest first."""
    found = await visit.look(gather_documents, visit.signed_in.id, asked.child_id)
    letters = [one.letter.id for case in found.cases for one in case.letters]
    await visit.note_reading([found.child.id, *(case.application.id for case in found.cases), *letters])
    return visit.show(
        "family/documents.j2",
        child=found.child.called,
        book=f"{HOME}/children/{found.child.id}",
        waiting=found.waiting,
        cases=[_lay_out(visit, found, case) for case in found.cases],
    )


def _lay_out(visit: FamilyVisit, found: Documents, case: LeaveCase) -> dict[str, Any]:
    application, unit = case.application, case.unit
    today = unit.today(visit.house.parts.clock.now())
    own = next((one.letter for one in case.letters if one.letter.guardian_id in found.own), None)
    standing = find_standing(application, case.decision, own)
    return {
        "id": application.id,
        "days": visit.say("own_leave.days", days=application.days_off, today=today),
        "applied": visit.say(
            "own_documents.applied",
            day=unit.today(application.applied_at),
            today=today,
            own=application.applied_by in found.own,
        ),
        "unit": unit.name,
        "pill": PILLS[standing],
        "word": visit.say("own_leave.standing", standing=standing.value),
        "letters": [_lay_out_letter(visit, found, case, one) for one in case.letters],
    }


def _lay_out_letter(visit: FamilyVisit, found: Documents, case: LeaveCase, one: CaseLetter) -> dict[str, Any]:
    """Where it went, and what was answered, is said of one's own alone."""
    letter, today = one.letter, case.unit.today(visit.house.parts.clock.now())
    is_own = letter.guardian_id in found.own
    told = [_say_state(visit, case, letter)]
    if is_own and one.sending is not None:
        told += say_sent(visit, case.unit, list_steps(one.sending))
    answered = ""
    if is_own and case.decision is not None and letter.answer is not None and letter.answered_at is not None:
        at = case.unit.local(letter.answered_at)
        moment = visit.say("threads.moment", at=at, day=at.date(), today=today)
        answered = visit.say("letter_answer.answered", code=code_of(case.decision.outcome, letter.answer), at=moment)
    return {
        "to": visit.say("own_documents.letter", name="" if is_own else one.guardian.name),
        "told": list(dict.fromkeys(told)),
        "answered": answered,
        "href": f"{HOME}/letters/{letter.id}" if letter.id in found.open_ids else "",
    }


def _say_state(visit: FamilyVisit, case: LeaveCase, letter: LeaveLetter) -> str:
    at = letter.opened_at or letter.told_at
    code = "opened" if letter.opened_at is not None else "sent"
    if letter.opened_at is None and letter.why_not is not None:
        code = "by_hand" if letter.why_not == NOT_BEGUN else "unopened"
    elif at is None:
        code = "leaves"
    local = case.unit.local(at) if at is not None else None
    today = case.unit.today(visit.house.parts.clock.now())
    moment = visit.say("threads.moment", at=local, day=local.date(), today=today) if local is not None else ""
    return visit.say("own_documents.state", code=code, at=moment)
