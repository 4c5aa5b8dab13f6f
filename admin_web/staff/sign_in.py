"""Signing in and out: the password, the code from the phone on a device that is new, fresh proof, a faded page."""

from aiohttp import web
from markupsafe import escape
from yarl import URL

from admin_web import cookies
from admin_web.page import Pages
from admin_web.parameters import Asked, BackPath, local_path
from admin_web.staff.visiting import Visit
from hub.desk import Refusal
from hub.sign_in.entering import (
    CodeAsked,
    Entered,
    Knock,
    StartAgainError,
    WrongPasswordError,
    enter,
    enter_code,
    knock,
    knock_again,
    note_failure,
    prove_fresh,
    wake,
)
from hub.sign_in.pace import SlowDownError
from hub.sign_in.passwords import LONGEST, Passwords
from hub.sign_in.sessions import sign_out, sign_out_everywhere
from hub.sign_in.tokens import new_token

pages = Pages()

PASSWORDS = web.AppKey("PASSWORDS", Passwords)


class BackAsked(Asked):
    back: BackPath = "/"


class PasswordAsked(Asked):
    login: str
    password: str
    back: BackPath = "/"


class CodeGiven(Asked):
    code: str
    back: BackPath = "/"


class AgainAsked(Asked):
    """From the page of its own, or from the dialog that covers a faded page."""

    password: str
    back: BackPath = "/"


@pages.get("/sign-in", guests=True)
async def show_sign_in(visit: Visit, asked: BackAsked) -> web.StreamResponse:
    """Where staff sign in."""
    if visit.session is not None:
        return visit.go(asked.back)
    return visit.show("staff/sign_in.j2", back=local_path(asked.back), login="", wrong="")


@pages.post("/sign-in", guests=True)
async def try_password(visit: Visit, asked: PasswordAsked) -> web.StreamResponse:
    """The first half: login and password."""
    try:
        outcome = await _try_password(visit, asked.login, asked.password)
    except SlowDownError as refusal:
        outcome = refusal
    if isinstance(outcome, Entered):
        await end_former(visit)
        return signed_in(visit, outcome.session_token, asked.back)
    if isinstance(outcome, CodeAsked):
        answer = visit.go(_with_back("/sign-in/code", asked.back))
        visit.house.cookies.set(answer, cookies.STEP, outcome.half_token)
        return answer
    return visit.show(
        "staff/sign_in.j2",
        status=_status(outcome),
        back=local_path(asked.back),
        here="/sign-in",
        login=asked.login[:LONGEST],
        wrong=visit.explain(outcome),
    )


async def _try_password(visit: Visit, login: str, password: str) -> Entered | CodeAsked | Refusal:
    device = visit.house.cookies.read(visit.request, cookies.DEVICE)
    known = await visit.work(knock, login[:254], visit.client, device)
    if not await _is_right(visit, known, password) or known.staff_id is None or known.password_hash is None:
        await visit.work(note_failure, known.staff_id)
        return WrongPasswordError()
    passwords = visit.request.app[PASSWORDS]
    better = await passwords.hash(password) if passwords.is_dated(known.password_hash) else None
    return await visit.work(enter, known.staff_id, known.password_hash, visit.client, device, better)


async def _is_right(visit: Visit, known: Knock, password: str) -> bool:
    return await visit.request.app[PASSWORDS].is_right(known.password_hash, password)


@pages.get("/sign-in/code", guests=True)
async def show_code(visit: Visit, asked: BackAsked) -> web.StreamResponse:
    """Where the code from the phone is typed."""
    if visit.session is not None:
        return visit.go(asked.back)
    if visit.house.cookies.read(visit.request, cookies.STEP) is None:
        return visit.go(_with_back("/sign-in", asked.back))
    return _ask_code(visit, "/sign-in/code", asked.back)


@pages.post("/sign-in/code", guests=True)
async def try_code(visit: Visit, asked: CodeGiven) -> web.StreamResponse:
    """The second half: the code from the phone."""
    half = visit.house.cookies.read(visit.request, cookies.STEP) or ""
    device = device_token(visit)
    try:
        outcome = await visit.work(enter_code, visit.house.parts.seal, half, asked.code, visit.client, device)
    except SlowDownError as refusal:
        outcome = refusal
    if isinstance(outcome, Entered):
        await end_former(visit)
        return signed_in(visit, outcome.session_token, asked.back, device)
    if isinstance(outcome, StartAgainError):
        return visit.show(
            "staff/sign_in.j2",
            status=409,
            back=local_path(asked.back),
            here="/sign-in",
            login="",
            wrong=visit.explain(outcome),
        )
    return _ask_code(visit, "/sign-in/code", asked.back, outcome)


@pages.get("/sign-in/fresh")
async def show_fresh(visit: Visit, asked: BackAsked) -> web.StreamResponse:
    """Where the code is asked again before something that matters."""
    return visit.go(asked.back) if visit.signed_in.is_fresh else _ask_code(visit, "/sign-in/fresh", asked.back)


@pages.post("/sign-in/fresh")
async def try_fresh(visit: Visit, asked: CodeGiven) -> web.StreamResponse:
    """Fresh proof: a code from the phone."""
    try:
        outcome = await visit.work(prove_fresh, visit.house.parts.seal, visit.signed_in.id, asked.code, visit.client)
    except SlowDownError as refusal:
        outcome = refusal
    if isinstance(outcome, Entered):
        return signed_in(visit, outcome.session_token, asked.back)
    return _ask_code(visit, "/sign-in/fresh", asked.back, outcome)


def _ask_code(visit: Visit, action: str, back: str, wrong: Refusal | None = None) -> web.Response:
    return visit.show(
        "staff/sign_in_code.j2",
        status=_status(wrong) if wrong else 200,
        action=action,
        back=local_path(back),
        here=action,
        is_fresh=visit.session is not None,
        wrong=visit.explain(wrong) if wrong else "",
    )


@pages.get("/sign-in/again", guests=True)
async def show_again(visit: Visit, asked: BackAsked) -> web.StreamResponse:
    """Where a page that was left alone is opened again."""
    if visit.session is None:
        return visit.go(_with_back("/sign-in", asked.back))
    return _ask_again(visit, asked.back)


@pages.post("/sign-in/again", guests=True)
async def open_again(visit: Visit, asked: AgainAsked) -> web.StreamResponse:
    """Open a faded page with the password."""
    if visit.session is None:
        return visit.go(_with_back("/sign-in", asked.back))
    try:
        known = await visit.work(knock_again, visit.session.id, visit.client)
        if await _is_right(visit, known, asked.password):
            await visit.work(wake, visit.session.id, visit.client)
            return _opened(visit, asked.back)
        await visit.work(note_failure, known.staff_id)
    except SlowDownError as refusal:
        return _ask_again(visit, asked.back, refusal)
    return _ask_again(visit, asked.back, WrongPasswordError())


def _opened(visit: Visit, back: str) -> web.Response:
    return web.Response(status=204, headers={"HX-Trigger": "reopened"}) if visit.is_partial else visit.go(back)


def _ask_again(visit: Visit, back: str, wrong: Refusal | None = None) -> web.Response:
    """The page shows who is asked, and nothing else of the site; a faded page is told why in one sentence."""
    if wrong is not None and visit.is_partial:
        return web.Response(text=escape(visit.explain(wrong)), content_type="text/html", status=_status(wrong))
    return visit.show(
        "staff/sign_in_again.j2",
        status=_status(wrong) if wrong else 200,
        nav=[],
        user=None,
        fade_minutes=0,
        back=local_path(back),
        here="/sign-in/again",
        name=visit.signed_in.name,
        wrong=visit.explain(wrong) if wrong else "",
    )


@pages.post("/sign-out", guests=True)
async def leave(visit: Visit) -> web.StreamResponse:
    """Sign out in this browser."""
    if visit.session is not None:
        await visit.work(sign_out, visit.session.id)
    return _gone(visit)


@pages.post("/sign-out/everywhere", guests=True)
async def leave_everywhere(visit: Visit) -> web.StreamResponse:
    """Sign out in every browser, and ask each for the code again."""
    if visit.session is not None:
        await visit.work(sign_out_everywhere, visit.session.staff_id, "asked")
    return _gone(visit)


def _gone(visit: Visit) -> web.Response:
    answer = visit.go("/sign-in")
    visit.house.cookies.drop(answer, cookies.SESSION)
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'
    return answer


async def end_former(visit: Visit) -> None:
    """Whoever was signed in in this browser before is not any more."""
    if visit.session is not None:
        await visit.work(sign_out, visit.session.id)


def signed_in(visit: Visit, session_token: str, back: str, device: str | None = None) -> web.Response:
    """Hand the browser its new session, and the device's own token where it is now known."""
    answer = visit.go(back)
    visit.house.cookies.set(answer, cookies.SESSION, session_token)
    if device is not None:
        visit.house.cookies.set(answer, cookies.DEVICE, device, cookies.LONG)
    for name in (cookies.STEP, cookies.FORM):
        visit.house.cookies.drop(answer, name)
    return answer


def device_token(visit: Visit) -> str:
    """This browser's token, or a new one."""
    return visit.house.cookies.read(visit.request, cookies.DEVICE) or new_token()


def _with_back(path: str, back: str) -> str:
    return path if back == "/" else str(URL(path).with_query(back=back))


def _status(refusal: Refusal) -> int:
    return 429 if isinstance(refusal, SlowDownError) else 422
