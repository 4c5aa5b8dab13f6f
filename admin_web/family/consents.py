"""A child's consents as those who decide for it see them: what holds, from whom, and a yes or no by button.

The button stands below the whole text, so that it answers exactly that. The general consent is asked first, on the first page
after a sign-in, and may be declined or left for later. Source: security rules S1.2, S1.5 and S4.4.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from aiohttp import web

from admin_web import cookies
from admin_web.consent_pills import PILL, word_of
from admin_web.family.visiting import HOME, FamilyVisit
from admin_web.page import Pages
from admin_web.parameters import Asked, BackPath, PublicId
from admin_web.public.eid import path_to
from hub.asker import Trust
from hub.desk import Look, Refusal, Work
from hub.people.places import Owner
from hub.school.consent_kinds import CHILD, Kind
from hub.school.consent_standing import Says, Verdict
from hub.school.own_consents import OwnConsents, list_general_waiting, read_own_consents, say_own
from hub.sign_in.family_sessions import FoundFamily, get_acting_session, get_family_session
from hub.sign_in.proofs import is_proven

pages = Pages()

JUST_NOW = timedelta(minutes=10)
"""So old at most is the proof that a strong consent is given with."""


class ConsentsAsked(Asked):
    child_id: PublicId


class WordAsked(ConsentsAsked):
    """`text` is the version that was shown."""

    kind: PublicId
    text: PublicId
    answer: Literal["yes", "no"]
    back: BackPath = ""


class LaterAsked(Asked):
    back: BackPath = HOME


@dataclass(frozen=True, slots=True)
class FamilyConsents:
    """One child's, as one session may see and change them. `owner` is its source id."""

    found: FoundFamily
    own: OwnConsents
    is_proven: bool
    owner: str


@dataclass(frozen=True, slots=True)
class Line:
    """One kind: its text, what holds, what each said as a sentence, why a yes has to wait, and which buttons there are."""

    id: str
    text_id: str
    name: str
    text: str
    depth: int
    pill: str
    word: str
    said: list[str]
    hindrance: str
    proofs: list[tuple[str, str]]
    yes: bool
    no: str


def gather_consents(look: Look, session_id: str, child_id: str) -> FamilyConsents:
    """Raises: NotThereError."""
    found = get_family_session(look, session_id)
    own = read_own_consents(look, found.family, child_id, is_strong=found.trust >= Trust.STRONG)
    owner = look.session.get_one(Owner, found.owner_id).source_id
    return FamilyConsents(found, own, is_proven(look, found.proof_id, JUST_NOW), owner)


@pages.get(f"{HOME}/children/{{child_id}}/consents")
async def show_consents(visit: FamilyVisit, asked: ConsentsAsked) -> web.StreamResponse:
    """All that is asked of this family for one child."""
    consents = await visit.look(gather_consents, visit.signed_in.id, asked.child_id)
    return await _show(visit, consents)


@pages.post(f"{HOME}/children/{{child_id}}/consents")
async def keep_word(visit: FamilyVisit, asked: WordAsked) -> web.StreamResponse:
    """Keep a yes or a no."""
    told = (visit.signed_in.id, asked.child_id, asked.kind, asked.text)
    outcome = await visit.try_work(say_word, *told, granted=asked.answer == "yes")
    if isinstance(outcome, Refusal):
        return await _show(visit, await visit.look(gather_consents, visit.signed_in.id, asked.child_id), outcome)
    return visit.go(asked.back or f"{_path(asked.child_id)}#k-{asked.kind}")


def say_word(work: Work, session_id: str, child_id: str, kind_id: str, text_id: str, *, granted: bool) -> None:
    """By rights and proofs as they are now; a no always counts.

    Raises: NotThereError, NotByMailError, and what say_own raises.
    """
    if granted:
        get_acting_session(work, session_id)
    consents = gather_consents(work, session_id, child_id)
    trust = Trust.STRONG if consents.is_proven else Trust.CONFIRMED
    say_own(work, consents.own, kind_id, text_id, granted=granted, trust=trust)


@pages.post(f"{HOME}/consents/later")
async def leave_for_later(visit: FamilyVisit, asked: LaterAsked) -> web.StreamResponse:
    """Not now: the general consent is asked again at the next sign-in."""
    answer = visit.go(asked.back)
    visit.house.cookies.set(answer, cookies.LATER, visit.signed_in.id)
    return answer


def find_general_first(look: Look, found: FoundFamily) -> OwnConsents | None:
    """The first child for whom the general consent waits for an answer."""
    return next(iter(list_general_waiting(look, found.family)), None)


def is_left_for_later(visit: FamilyVisit) -> bool:
    """Whether it was put off in this session."""
    return visit.house.cookies.read(visit.request, cookies.LATER) == visit.signed_in.id


def lay_out_general(visit: FamilyVisit, own: OwnConsents) -> dict[str, Any]:
    """What pages/family/general_first.j2 is given."""
    kind = own.general
    assert kind is not None
    return {
        "path": _path(own.child.id),
        "id": kind.id,
        "text_id": kind.text.id,
        "text": _text(visit, own, kind),
        "child": own.child.called,
        "is_shared": len(own.own) > 1,
    }


async def _show(visit: FamilyVisit, consents: FamilyConsents, refusal: Refusal | None = None) -> web.Response:
    own = consents.own
    await visit.note_reading([own.child.id])
    verdicts = [own.standings.of(own.child.id, kind).verdict for kind in own.kinds]
    counts = {verdict.value: verdicts.count(verdict) for verdict in Verdict}
    path = _path(own.child.id)
    return visit.show(
        "family/consents.j2",
        status=422 if refusal is not None else 200,
        here=path,
        path=path,
        child=own.child.called,
        book=f"{HOME}/children/{own.child.id}",
        head=visit.say("consents.child_head", name=own.child.called, **counts),
        lines=[_line(visit, consents, kind) for kind in own.kinds],
        withheld=own.withheld,
        without_general=bool(own.general) and not own.has_general,
        is_shared=consents.found.is_shared,
        wrong=visit.explain(refusal) if refusal is not None else "",
    )


def _line(visit: FamilyVisit, consents: FamilyConsents, kind: Kind) -> Line:
    own = consents.own
    standing, says = own.standings.of(own.child.id, kind), own.says(kind)
    needs_proof = kind.rules.needs_strong and not consents.is_proven
    given = says == {Says.YES}
    return Line(
        id=kind.id,
        text_id=kind.text.id,
        name=kind.name(visit.language),
        text=_text(visit, own, kind),
        depth=kind.depth,
        pill="missing" if standing.is_conflict else PILL[standing.verdict],
        word=word_of(visit, standing),
        said=_said(visit, consents, kind),
        hindrance=_hindrance(visit, consents, kind) if not given else "",
        proofs=_proofs(visit, consents) if needs_proof and own.has_general and not given else [],
        yes=not given and not needs_proof and (kind.is_general or own.has_general),
        no=_no(own, kind, says),
    )


def _no(own: OwnConsents, kind: Kind, says: set[Says]) -> str:
    """The word on the button for a no; "" where there is none. Without the general consent only what holds can be ended."""
    if says == {Says.NO}:
        return ""
    holds = own.standings.of(own.child.id, kind).verdict is Verdict.GIVEN
    if not (kind.is_general or own.has_general or holds or says & {Says.YES, Says.WAITING}):
        return ""
    return "take_back" if says == {Says.YES} else "no"


def _said(visit: FamilyVisit, consents: FamilyConsents, kind: Kind) -> list[str]:
    own = consents.own
    return [
        visit.say(
            "own_consents.said",
            name="" if not consents.found.is_shared and each.guardian_id in own.own else own.names[each.guardian_id],
            says=each.says.value,
            day=own.unit.local(each.word.at).date() if each.word is not None else None,
            today=own.today,
            ends=each.ends,
        )
        for each in own.standings.positions(own.child.id, kind)
    ]


def _hindrance(visit: FamilyVisit, consents: FamilyConsents, kind: Kind) -> str:
    """Why a yes has to wait or is not enough."""
    own = consents.own
    if not kind.is_general and not own.has_general:
        return ""
    if kind.rules.needs_strong and not consents.is_proven:
        return visit.say("own_consents.strong" if _proofs(visit, consents) else "own_consents.strong_nowhere")
    parent = next((each for each in own.kinds if each.id == own.standings.of(own.child.id, kind).follows), None)
    if parent is not None:
        return visit.say("own_consents.needs_parent", parent=parent.name(visit.language))
    return visit.say("own_consents.needs_all") if kind.rules.both_needed else ""


def _proofs(visit: FamilyVisit, consents: FamilyConsents) -> list[tuple[str, str]]:
    """The ways to prove it now, each with the word on its button."""
    identities = visit.house.parts.identities
    return [
        (path_to(name, _path(consents.own.child.id), is_fresh=True), visit.say("own_consents.prove", label=one.label))
        for name, one in identities.items()
        if one.owner in ("", consents.owner)
    ]


def _text(visit: FamilyVisit, own: OwnConsents, kind: Kind) -> str:
    return kind.wording(visit.language).replace(CHILD, own.child.called)


def _path(child_id: str) -> str:
    return f"{HOME}/children/{child_id}/consents"
