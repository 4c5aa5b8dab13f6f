"""Applications for leave beside the letters of their decisions, by child: for whoever decides, and as a guardian may see them.

A guardian sees their own letter. Another's they see only where both chose to share a thread, and never where the child is
protected: who else had one, and when it was opened, is nobody else's. Source: security rules S3.4, S4.3 and S4.4.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa

from hub.desk import Look
from hub.mailroom.sendings import LetterSending
from hub.people.families import Guardian, Right
from hub.people.places import Unit
from hub.post.audience import list_guardians_for
from hub.post.family import Family
from hub.school.leave import LeaveApplication, LeaveState, list_of_child
from hub.school.leave_decisions import LeaveDecision
from hub.school.leave_letters import LeaveLetter
from hub.school.leave_voices import list_voices
from hub.talk.routing import list_sharing


@dataclass(frozen=True, slots=True)
class CaseLetter:
    """One letter, to whom it is, and how far it has come; `sending` is None before it is sent."""

    letter: LeaveLetter
    guardian: Guardian
    sending: LetterSending | None


@dataclass(frozen=True, slots=True)
class LeaveCase:
    """One application with its decision and the letters of that. `unit` decided it, or is to."""

    application: LeaveApplication
    unit: Unit
    decision: LeaveDecision | None
    letters: tuple[CaseLetter, ...]


def read_cases(look: Look, applications: Sequence[LeaveApplication]) -> list[LeaveCase]:
    """In the same order. It asks no rights: its callers have."""
    if not applications:
        return []
    asked = sa.select(LeaveDecision).where(LeaveDecision.application_id.in_([one.id for one in applications]))
    decisions = {one.application_id: one for one in look.session.scalars(asked)}
    letters: dict[str, list[CaseLetter]] = {}
    rows = look.session.execute(
        sa.select(LeaveLetter, Guardian, LetterSending)
        .join(Guardian, Guardian.id == LeaveLetter.guardian_id)
        .outerjoin(LetterSending, LetterSending.letter_id == LeaveLetter.id)
        .where(LeaveLetter.decision_id.in_([one.id for one in decisions.values()]))
        .order_by(LeaveLetter.id)
    )
    for letter, guardian, sending in rows:
        letters.setdefault(letter.decision_id, []).append(CaseLetter(letter, guardian, sending))
    return [_read(look, one, decisions.get(one.id), letters) for one in applications]


def _read(
    look: Look, one: LeaveApplication, decision: LeaveDecision | None, letters: dict[str, list[CaseLetter]]
) -> LeaveCase:
    unit = look.session.get_one(Unit, decision.unit_id if decision is not None else one.unit_id)
    return LeaveCase(one, unit, decision, tuple(letters.get(decision.id, ())) if decision is not None else ())


def list_own_cases(look: Look, family: Family, child_id: str) -> list[LeaveCase]:
    """What they applied for, or agreed to, or had a letter about, the newest first, with the letters that they may know of.

    By rights as they are now. Raises: NotThereError, where they may not be informed of the child.
    """
    child = family.places_of(child_id)[0].child
    told = list_of_child(look, child_id)[::-1]
    own = set(family.guardian_ids)
    agreed = {
        voice.application_id
        for voice in list_voices(look, [one.id for one in told])
        if voice.guardian_id in own and voice.agrees
    }
    cases = []
    for case in read_cases(look, told):
        known = own if child.protected else own | _list_sharing(look, family, child_id, case.unit)
        shown = tuple(one for one in case.letters if one.letter.guardian_id in known)
        is_own = case.application.applied_by in own or case.application.id in agreed
        has_letter = any(one.letter.guardian_id in own for one in shown)
        never_decided = case.decision is None and case.application.state == LeaveState.REPLACED
        if has_letter or (is_own and not never_decided):
            cases.append(replace(case, letters=shown))
    return cases


def _list_sharing(look: Look, family: Family, child_id: str, unit: Unit) -> set[str]:
    """Those who chose to share a thread at the unit with the one guardian that it is, and may be informed of the child today;
    nobody where several use a phone."""
    if len(family.guardian_ids) != 1:
        return set()
    informed = {one.id for one in list_guardians_for(look, child_id, Right.INFORM, unit.today(look.now))}
    return informed.intersection(list_sharing(look, look.session.get_one(Guardian, family.guardian_ids[0]), unit))
