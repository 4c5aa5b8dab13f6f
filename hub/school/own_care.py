"""What a family told lastingly of a child, as those who decide for it see, fill in and change it on the family pages.

Health is shown after a strong sign-in alone, and may be written behind any. What another guardian told, one may question or
deny; then staff find out. Whom else a family trusts is never said to be right or wrong here.
Source: security rules S1.2, S1.5, S4.1, S4.3 and S6.1.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from hub.address import parse_phone
from hub.asker import Trust
from hub.desk import Look, Refusal, Work
from hub.people.families import Child, Guardian
from hub.people.naming import names_of
from hub.people.places import Owner, Unit
from hub.post.family import Family
from hub.post.messages import ThreadKind, get_or_open_thread, wait_for_person
from hub.safety.access import NotThereError
from hub.safety.coming_of_age import is_of_age
from hub.school.care_checks import find_last_said, say_it_holds
from hub.school.care_notes import CareNote, Matter, Teller, end_note, list_notes, question_note, tell_note
from hub.school.fetchers import Standing
from hub.school.own_consents import list_deciding
from hub.school.trusted_people import (
    TrustedPerson,
    Whom,
    dispute_person,
    end_person,
    judge_trusted,
    list_may_trust,
    list_trusted,
    trust_person,
)


class NoPhoneError(Refusal):
    """What was typed is no number that a phone could have."""

    words = "refusals.no_phone"


@dataclass(frozen=True, slots=True)
class OwnCare:
    """What stands of one child. `own` are those who speak here, as one; `is_strong`: health may be shown. `may_trust`: they may
    say who fetches. `names` are those of the guardians who told something."""

    child: Child
    unit: Unit
    today: date
    own: tuple[str, ...]
    is_strong: bool
    may_trust: bool
    notes: Sequence[CareNote]
    people: Sequence[TrustedPerson]
    names: Mapping[str, str]
    said_at: datetime | None

    @property
    def trust(self) -> Trust:
        """Of what they tell here: they answer a form of ours about exactly this."""
        return Trust.STRONG if self.is_strong else Trust.CONFIRMED

    @property
    def told_by(self) -> str:
        return self.own[0]

    @property
    def shown(self) -> Sequence[CareNote]:
        """Health behind a strong sign-in alone."""
        return self.notes if self.is_strong else ()

    def is_own(self, row: CareNote | TrustedPerson) -> bool:
        return row.told_by in self.own

    def get_note(self, note_id: str) -> CareNote:
        """One that they were shown. Raises: NotThereError."""
        found = next((row for row in self.shown if row.id == note_id), None)
        if found is None:
            raise NotThereError
        return found

    def get_person(self, person_id: str) -> TrustedPerson:
        """Raises: NotThereError."""
        found = next((row for row in self.people if row.id == person_id), None)
        if found is None:
            raise NotThereError
        return found


def read_own_care(look: Look, family: Family, child_id: str, *, is_strong: bool) -> OwnCare:
    """Raises: NotThereError, where one of them does not decide for the child, or is the child and under age: an age from which
    pupils consent says nothing of their health or of who fetches them."""
    found = next(((child, unit) for child, unit in list_deciding(look, family) if child.id == child_id), None)
    if found is None:
        raise NotThereError
    child, unit = found
    today = unit.today(look.now)
    if not is_of_age(child.birth_date, today) and _is_one_of(look, child, family):
        raise NotThereError
    may = list_may_trust(look, family.guardian_ids, [child.id], today)
    notes = list_notes(look, [child.id]).get(child.id, [])
    people = list_trusted(look, [child.id]).get(child.id, [])
    return OwnCare(
        child=child,
        unit=unit,
        today=today,
        own=family.guardian_ids,
        is_strong=is_strong,
        may_trust=all((guardian_id, child.id) in may for guardian_id in family.guardian_ids),
        notes=notes,
        people=people,
        names=names_of(look, guardians={row.told_by for row in notes} | {row.told_by for row in people}),
        said_at=find_last_said(look, child.id),
    )


def _is_one_of(look: Look, child: Child, family: Family) -> bool:
    own = sa.select(Guardian.id).where(Guardian.id.in_(family.guardian_ids), Guardian.pupil_id == child.id)
    return look.session.scalar(own) is not None


def tell_own_note(work: Work, care: OwnCare, matter: Matter, instead_of: str | None = None) -> CareNote:
    """Keep it; of their own they may write anew what they were shown. Raises: NotThereError."""
    work.touch([care.child.id, *care.own])
    before = care.get_note(instead_of) if instead_of is not None else None
    if before is not None and not care.is_own(before):
        raise NotThereError
    return tell_note(work, care.child, matter, Teller(care.told_by, care.trust), before)


def end_own_note(work: Work, care: OwnCare, note_id: str) -> None:
    """It holds no more; where another told it, or staff did, they are asked first. Raises: NotThereError."""
    work.touch([care.child.id, *care.own])
    row = care.get_note(note_id)
    if care.is_own(row):
        end_note(work, row, care.told_by)
    else:
        question_note(work, row, care.told_by)
        _to_staff(work, care, "care_note_questioned")


def trust_own(work: Work, care: OwnCare, whom: Whom, instead_of: str | None = None) -> TrustedPerson:
    """Put somebody on the list. Raises: NotThereError, NoPhoneError, and what trust_person raises."""
    work.touch([care.child.id, *care.own])
    before = care.get_person(instead_of) if instead_of is not None else None
    if not care.may_trust or (before is not None and not care.is_own(before)):
        raise NotThereError
    row = trust_person(
        work,
        care.child,
        _with_phone(work, care, whom),
        told_by=care.told_by,
        trust=care.trust,
        instead_of=before,
    )
    if row.may_fetch and judge_trusted(work, [row], care.today)[row.id] is Standing.FORBIDDEN:
        _to_staff(work, care, "trusted_forbidden")
    return row


def _with_phone(look: Look, care: OwnCare, whom: Whom) -> Whom:
    if not whom.phone:
        return Whom(whom.person, whom.relation, None, whom.may_fetch, whom.is_rung)
    number = parse_phone(whom.phone, look.session.get_one(Owner, care.child.owner_id).country)
    if number is None:
        raise NoPhoneError
    return Whom(whom.person, whom.relation, number.value, whom.may_fetch, whom.is_rung)


def end_own_person(work: Work, care: OwnCare, person_id: str) -> None:
    """They are trusted no more; whom another told of is denied, and staff find out. Raises: NotThereError."""
    work.touch([care.child.id, *care.own])
    row = care.get_person(person_id)
    if care.is_own(row):
        end_person(work, row, care.told_by)
    elif dispute_person(work, row, care.told_by):
        _to_staff(work, care, "trusted_disputed")


def say_own_holds(work: Work, care: OwnCare) -> None:
    """All that they have told is right, as they would answer by text."""
    work.touch([care.child.id, *care.own])
    for guardian_id in care.own:
        say_it_holds(work, care.child, guardian_id, care.trust)


def _to_staff(work: Work, care: OwnCare, why: str) -> None:
    """In the thread of those who said it, at the child's unit."""
    kind = ThreadKind.PRIVATE if len(care.own) == 1 else ThreadKind.SHARED_PHONE
    thread = get_or_open_thread(work, care.child.owner_id, care.unit.id, care.own, kind)
    wait_for_person(work, thread, why)
