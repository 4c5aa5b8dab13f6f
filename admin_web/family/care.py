"""What we should know of a child, as its family fills it in: health and food, whom we ring, who may fetch, and that it holds.

Health may be written behind any sign-in, and is read behind a strong one; so no browser keeps this page for reading offline.
Source: security rules S3.9, S4.3 and S6.1.
"""

from typing import Annotated, Any, Literal

from aiohttp import web
from pydantic import Field

from admin_web.family.proving import list_ways
from admin_web.family.visiting import HOME, FamilyVisit
from admin_web.page import Pages
from admin_web.parameters import Asked, PublicId
from hub.address import shown_phone
from hub.asker import Trust
from hub.desk import Look, Refusal, Work
from hub.people.naming import PLAIN_LETTER
from hub.school.care_notes import WORDS_LENGTH, CareNote, Matter, NoteKind
from hub.school.fetching import NAME_LENGTH
from hub.school.own_care import (
    OwnCare,
    end_own_note,
    end_own_person,
    read_own_care,
    say_own_holds,
    tell_own_note,
    trust_own,
)
from hub.school.trusted_people import RELATION_LENGTH, TrustedPerson, Whom
from hub.sign_in.family_sessions import get_acting_session, get_family_session

pages = Pages()

TICKED = "yes"
CARE = f"{HOME}/children/{{child_id}}/care"
Name = Annotated[str, Field(min_length=1, max_length=NAME_LENGTH, pattern=rf"^{PLAIN_LETTER}*$")]


class CareAsked(Asked):
    child_id: PublicId


class NoteAsked(CareAsked):
    kind: NoteKind
    words: Annotated[str, Field(min_length=1, max_length=WORDS_LENGTH, pattern=r"\S")]
    serious: Literal["", "yes"] = ""
    instead_of: PublicId | None = None

    @property
    def matter(self) -> Matter:
        return Matter(self.kind, " ".join(self.words.split()), self.serious == TICKED)


class OneNoteAsked(CareAsked):
    note_id: PublicId


class PersonAsked(CareAsked):
    person: Name
    relation: Annotated[str, Field(max_length=RELATION_LENGTH, pattern=rf"^{PLAIN_LETTER}*$")] = ""
    phone: Annotated[str, Field(max_length=30)] = ""
    may_fetch: Literal["", "yes"] = ""
    is_rung: Literal["", "yes"] = ""
    instead_of: PublicId | None = None

    @property
    def whom(self) -> Whom:
        named = " ".join(self.person.split()), " ".join(self.relation.split())
        return Whom(*named, self.phone.strip() or None, self.may_fetch == TICKED, self.is_rung == TICKED)


class OnePersonAsked(CareAsked):
    person_id: PublicId


def gather_care(look: Look, session_id: str, child_id: str) -> OwnCare:
    """By rights as they are now. Raises: NotThereError."""
    found = get_family_session(look, session_id)
    return read_own_care(look, found.family, child_id, is_strong=found.trust >= Trust.STRONG)


def act_on_care(work: Work, session_id: str, child_id: str) -> OwnCare:
    """The same, for who may change it: whoever reads a mailbox may not. Raises: NotThereError, NotByMailError."""
    get_acting_session(work, session_id)
    return gather_care(work, session_id, child_id)


@pages.get(CARE)
async def show_care(visit: FamilyVisit, asked: CareAsked) -> web.StreamResponse:
    """All that stands of this child."""
    return await _show(visit, asked.child_id)


@pages.post(f"{CARE}/notes")
async def keep_note(visit: FamilyVisit, asked: NoteAsked) -> web.StreamResponse:
    """Something to know, new or anew."""
    await visit.work(tell_note_here, visit.signed_in.id, asked.child_id, asked.matter, asked.instead_of)
    return visit.go(f"{_path(asked.child_id)}#notes")


def tell_note_here(work: Work, session_id: str, child_id: str, matter: Matter, instead_of: str | None) -> None:
    """Raises: NotThereError, NotByMailError."""
    tell_own_note(work, act_on_care(work, session_id, child_id), matter, instead_of)


@pages.post(f"{CARE}/notes/{{note_id}}/end")
async def end_note(visit: FamilyVisit, asked: OneNoteAsked) -> web.StreamResponse:
    """It holds no more."""
    await visit.work(end_note_here, visit.signed_in.id, asked.child_id, asked.note_id)
    return visit.go(f"{_path(asked.child_id)}#notes")


def end_note_here(work: Work, session_id: str, child_id: str, note_id: str) -> None:
    """Raises: NotThereError, NotByMailError."""
    end_own_note(work, act_on_care(work, session_id, child_id), note_id)


@pages.post(f"{CARE}/people")
async def keep_person(visit: FamilyVisit, asked: PersonAsked) -> web.StreamResponse:
    """Somebody whom they trust, new or anew."""
    told = (visit.signed_in.id, asked.child_id, asked.whom, asked.instead_of)
    outcome = await visit.try_work(trust_here, *told)
    if isinstance(outcome, Refusal):
        return await _show(visit, asked.child_id, outcome, asked)
    return visit.go(f"{_path(asked.child_id)}#people")


def trust_here(work: Work, session_id: str, child_id: str, whom: Whom, instead_of: str | None) -> None:
    """Raises: NotThereError, NotByMailError, and what trust_own raises."""
    trust_own(work, act_on_care(work, session_id, child_id), whom, instead_of)


@pages.post(f"{CARE}/people/{{person_id}}/end")
async def end_person(visit: FamilyVisit, asked: OnePersonAsked) -> web.StreamResponse:
    """They are trusted no more, or never were by whoever says so."""
    await visit.work(end_person_here, visit.signed_in.id, asked.child_id, asked.person_id)
    return visit.go(f"{_path(asked.child_id)}#people")


def end_person_here(work: Work, session_id: str, child_id: str, person_id: str) -> None:
    """Raises: NotThereError, NotByMailError."""
    end_own_person(work, act_on_care(work, session_id, child_id), person_id)


@pages.post(f"{CARE}/holds")
async def say_holds(visit: FamilyVisit, asked: CareAsked) -> web.StreamResponse:
    """All of it is right."""
    await visit.work(say_holds_here, visit.signed_in.id, asked.child_id)
    return visit.go(_path(asked.child_id))


def say_holds_here(work: Work, session_id: str, child_id: str) -> None:
    """Raises: NotThereError, NotByMailError."""
    say_own_holds(work, act_on_care(work, session_id, child_id))


async def _show(
    visit: FamilyVisit, child_id: str, refusal: Refusal | None = None, typed: PersonAsked | None = None
) -> web.Response:
    care = await visit.look(gather_care, visit.signed_in.id, child_id)
    await visit.note_reading([care.child.id, *(row.id for row in care.shown), *(row.id for row in care.people)])
    said = care.unit.local(care.said_at).date() if care.said_at is not None else None
    withheld = len(care.notes) - len(care.shown)
    return visit.show(
        "family/care.j2",
        status=422 if refusal is not None else 200,
        here=_path(child_id),
        path=_path(child_id),
        book=f"{HOME}/children/{child_id}",
        child=care.child.called,
        head=visit.say("own_care.head", child=care.child.called, said=said, today=care.today),
        notes=[_lay_out_note(visit, care, row) for row in care.shown],
        withheld=withheld,
        ways_to_read=await list_ways(visit, _path(child_id)) if withheld else [],
        people=[_lay_out_person(visit, care, row) for row in care.people],
        kinds=[(kind.value, visit.say("own_care.kind", kind=kind.value)) for kind in NoteKind],
        may_trust=care.may_trust,
        may_say=bool(care.notes or care.people),
        is_shared=len(care.own) > 1,
        typed=_typed(typed),
        most=WORDS_LENGTH,
        ticked=TICKED,
        wrong=visit.explain(refusal) if refusal is not None else "",
    )


def _lay_out_note(visit: FamilyVisit, care: OwnCare, row: CareNote) -> dict[str, Any]:
    return {
        "id": row.id,
        "kind": row.kind,
        "word": visit.say("own_care.kind", kind=row.kind),
        "words": row.words,
        "serious": row.serious,
        "is_own": care.is_own(row),
        "is_asked": row.questioned_at is not None,
        "told": _told(visit, care, row),
    }


def _lay_out_person(visit: FamilyVisit, care: OwnCare, row: TrustedPerson) -> dict[str, Any]:
    """A phone is shown to those who told it: homes that do not share a thread do not see each other's."""
    is_own = care.is_own(row)
    return {
        "id": row.id,
        "person": row.person,
        "relation": row.relation,
        "phone": shown_phone(row.phone) if row.phone and is_own else "",
        "may_fetch": row.may_fetch,
        "is_rung": row.is_rung,
        "is_own": is_own,
        "is_asked": row.disputed_at is not None,
        "trusted_with": visit.say("own_care.trusted_with", fetches=row.may_fetch, rung=row.is_rung),
        "told": _told(visit, care, row),
    }


def _typed(asked: PersonAsked | None) -> dict[str, Any]:
    """What the form for somebody new holds: as it was typed, else nothing but that they may fetch."""
    if asked is None:
        return {"id": "", "person": "", "relation": "", "phone": "", "may_fetch": True, "is_rung": False}
    return {"id": asked.instead_of or "", **asked.model_dump(exclude={"child_id", "instead_of"})}


def _told(visit: FamilyVisit, care: OwnCare, row: CareNote | TrustedPerson) -> str:
    """Of what staff wrote down for a guardian who is here, that guardian."""
    name = "" if care.is_own(row) and len(care.own) == 1 else care.names.get(row.told_by, "")
    by_staff = row.told_by not in care.names
    day = care.unit.local(row.told_at).date()
    return visit.say("own_care.told", name=name, by_staff=by_staff, day=day, today=care.today)


def _path(child_id: str) -> str:
    return f"{HOME}/children/{child_id}/care"
