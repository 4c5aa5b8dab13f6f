"""Signing in with a one-time code to a registered phone or mailbox, and saying who one is where several use it; signing out.

Every step looks the same whether the number is known or not. Source: security rules S1.9, S2.2, S2.3 and S2.6.
"""

from collections.abc import Callable
from dataclasses import dataclass
from hmac import compare_digest
from typing import Annotated

from aiohttp import web
from pydantic import Field
from yarl import URL

from admin_web import cookies
from admin_web.family.visiting import HOME, SIGN_IN, FamilyVisit
from admin_web.page import Pages
from admin_web.parameters import Asked, BackPath, PublicId, local_path
from admin_web.public.eid import path_out, path_to
from hub.desk import Look, Refusal, Work
from hub.people.places import Owner
from hub.safety.access import NotThereError
from hub.safety.address_changes import Code, new_code
from hub.sign_in.app_addresses import keep_app_addresses
from hub.sign_in.family_codes import AskAgainError, ask_for_code, list_proven, name_phone, try_family_code, use_up
from hub.sign_in.family_sessions import (
    Behind,
    end_all_family_sessions,
    end_family_session,
    open_family_session,
)
from hub.sign_in.pace import SlowDownError
from hub.talk.family_writing import send_sign_in_code

pages = Pages()


class BackAsked(Asked):
    back: BackPath = HOME


class SignInAsked(BackAsked):
    left: Annotated[str, Field(max_length=40)] = ""


class PhoneAsked(BackAsked):
    phone: Annotated[str, Field(max_length=254)]


class CodeGiven(BackAsked):
    code: Annotated[str, Field(max_length=20)]


class WhoGiven(BackAsked):
    address_id: PublicId


@dataclass(frozen=True, slots=True)
class Entered:
    """Signed in, with which phone."""

    session_token: str
    phone: str


@pages.get(SIGN_IN, guests=True)
async def show_sign_in(visit: FamilyVisit, asked: SignInAsked) -> web.StreamResponse:
    """Where a guardian signs in. `left` is the provider by whose eID they were signed in until now."""
    return visit.go(asked.back) if visit.session is not None else _show_sign_in(visit, asked.back, left=asked.left)


def _show_sign_in(
    visit: FamilyVisit, back: str, refusal: Refusal | None = None, phone: str = "", left: str = ""
) -> web.Response:
    identities = visit.house.parts.identities
    return visit.show(
        "family/sign_in.j2",
        status=_status(refusal),
        here=SIGN_IN,
        back=local_path(back, HOME),
        phone=phone,
        providers=[(path_to(name, back), identity.label) for name, identity in identities.items()],
        left=(path_out(left), identities[left].label) if left in identities else None,
        wrong=visit.explain(refusal) if refusal else "",
    )


@pages.post(SIGN_IN, guests=True)
async def ask_code(visit: FamilyVisit, asked: PhoneAsked) -> web.StreamResponse:
    """Have a code sent, if somebody may sign in with that phone."""
    try:
        token = await visit.work(start, asked.phone, visit.client, _own_phones(visit), new_code())
    except SlowDownError as refusal:
        return _show_sign_in(visit, asked.back, refusal, asked.phone)
    answer = visit.go(_with_back(f"{SIGN_IN}/code", asked.back))
    visit.house.cookies.set(answer, cookies.STEP, token)
    return answer


def start(work: Work, typed: str, client: str, is_own: Callable[[str], bool], code: Code) -> str:
    """What the browser brings back with the code. Raises: SlowDownError."""
    asked = ask_for_code(work, typed, client, is_own, code)
    if asked.behind is not None:
        one = asked.behind
        send_sign_in_code(work, one.guardian, one.address, one.family, code, asked.code_id)
    return asked.token


@pages.get(f"{SIGN_IN}/code", guests=True)
async def show_code(visit: FamilyVisit, asked: BackAsked) -> web.StreamResponse:
    """Where the code is typed."""
    if visit.session is not None:
        return visit.go(asked.back)
    return visit.go(_with_back(SIGN_IN, asked.back)) if not _step(visit) else _ask_code(visit, asked.back)


def _ask_code(visit: FamilyVisit, back: str, refusal: Refusal | None = None) -> web.Response:
    return visit.show(
        "family/sign_in_code.j2",
        status=_status(refusal),
        here=f"{SIGN_IN}/code",
        back=local_path(back, HOME),
        wrong=visit.explain(refusal) if refusal else "",
    )


@pages.post(f"{SIGN_IN}/code", guests=True)
async def try_code(visit: FamilyVisit, asked: CodeGiven) -> web.StreamResponse:
    """The code: it lets in, or asks who it is where several use the phone."""
    outcome = await visit.work(enter, _step(visit), asked.code)
    if isinstance(outcome, Entered):
        return await _by_phone(visit, outcome, asked.back)
    if isinstance(outcome, AskAgainError):
        return _show_sign_in(visit, asked.back, outcome)
    if isinstance(outcome, Refusal):
        return _ask_code(visit, asked.back, outcome)
    return visit.go(_with_back(f"{SIGN_IN}/who", asked.back))


def enter(work: Work, token: str, figures: str) -> Entered | Refusal | None:
    """Signed in; or None, where it must be said who it is."""
    behind = try_family_code(work, token, figures)
    if isinstance(behind, Refusal):
        return behind
    return _enter_as(work, token, behind[0]) if len(behind) == 1 else None


def enter_as(work: Work, token: str, address_id: str) -> Entered | Refusal:
    """The one of those behind the proven phone who was chosen. Raises: NotThereError."""
    behind = list_proven(work, token)
    if not behind:
        return AskAgainError()
    chosen = next((one for one in behind if one.address.id == address_id), None)
    if chosen is None:
        raise NotThereError
    return _enter_as(work, token, chosen)


def _enter_as(work: Work, token: str, behind: Behind) -> Entered:
    use_up(work, token)
    return Entered(open_family_session(work, behind), behind.address.value)


@dataclass(frozen=True, slots=True)
class Choice:
    """Somebody who uses the phone. `owner` is told where they are known to several."""

    address_id: str
    name: str
    owner: str


def list_choices(look: Look, token: str) -> list[Choice]:
    """Who may say that it is they."""
    behind = list_proven(look, token)
    owners = {id_: look.session.get_one(Owner, id_).name for id_ in {one.guardian.owner_id for one in behind}}
    return [
        Choice(one.address.id, one.guardian.name, owners[one.guardian.owner_id] if len(owners) > 1 else "")
        for one in behind
    ]


@pages.get(f"{SIGN_IN}/who", guests=True)
async def show_who(visit: FamilyVisit, asked: BackAsked) -> web.StreamResponse:
    """Several use this phone: who is it?"""
    choices = await visit.look(list_choices, _step(visit))
    if not choices:
        return visit.go(_with_back(SIGN_IN, asked.back))
    return visit.show(
        "family/sign_in_who.j2", here=f"{SIGN_IN}/who", back=local_path(asked.back, HOME), choices=choices
    )


@pages.post(f"{SIGN_IN}/who", guests=True)
async def choose_who(visit: FamilyVisit, asked: WhoGiven) -> web.StreamResponse:
    """It is this one."""
    outcome = await visit.work(enter_as, _step(visit), asked.address_id)
    if isinstance(outcome, Refusal):
        return _show_sign_in(visit, asked.back, outcome)
    return await _by_phone(visit, outcome, asked.back)


async def _by_phone(visit: FamilyVisit, entered: Entered, back: str) -> web.Response:
    """This browser is known to be where the phone was proven."""
    answer = await signed_in(visit, entered.session_token, back)
    own = visit.house.parts.seal.derive(OWN, name_phone(entered.phone)).hex()
    visit.house.cookies.set(answer, cookies.DEVICE, own, cookies.LONG)
    return answer


async def signed_in(visit: FamilyVisit, session_token: str, back: str) -> web.Response:
    """Whoever was signed in in this browser before is not any more."""
    if visit.session is not None:
        await visit.work(end_family_session, visit.session, visit.session.id)
    await visit.work(_make_app_known, session_token)
    answer = visit.go(back)
    house = visit.house
    house.cookies.set(answer, house.cookies.session, session_token)
    for name in (cookies.STEP, cookies.FORM):
        house.cookies.drop(answer, name)
    return answer


def _make_app_known(work: Work, session_token: str) -> None:
    found = FamilyVisit.find_session(work, session_token)
    if found is not None and not found.by_mail:
        keep_app_addresses(work, found, found.id)


@pages.post(f"{HOME}/sign-out", guests=True)
async def leave(visit: FamilyVisit) -> web.StreamResponse:
    """Sign out in this browser, which forgets what it kept."""
    if visit.session is None:
        return gone(visit)
    await visit.work(end_family_session, visit.session, visit.session.id)
    return gone(visit, visit.session.provider)


@pages.post(f"{HOME}/sign-out/everywhere")
async def leave_everywhere(visit: FamilyVisit) -> web.StreamResponse:
    """Sign out in every browser."""
    await visit.work(end_all_family_sessions, visit.signed_in)
    return gone(visit, visit.signed_in.provider)


def gone(visit: FamilyVisit, provider: str | None = None) -> web.Response:
    """To the sign-in page, with nothing left in this browser."""
    answer = visit.go(SIGN_IN if provider is None else str(URL(SIGN_IN).with_query(left=provider)))
    visit.house.cookies.drop(answer, visit.house.cookies.session)
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'
    return answer


OWN = "a phone that was proven in this browser"


def _own_phones(visit: FamilyVisit) -> Callable[[str], bool]:
    known = visit.house.cookies.read(visit.request, cookies.DEVICE)

    def is_own(named: str) -> bool:
        return known is not None and compare_digest(known, visit.house.parts.seal.derive(OWN, named).hex())

    return is_own


def _step(visit: FamilyVisit) -> str:
    """What goes with the code; "" where none was asked for in this browser."""
    return visit.house.cookies.read(visit.request, cookies.STEP) or ""


def _with_back(path: str, back: str) -> str:
    return path if back == HOME else str(URL(path).with_query(back=back))


def _status(refusal: Refusal | None) -> int:
    if refusal is None:
        return 200
    return 429 if isinstance(refusal, SlowDownError) else 422
