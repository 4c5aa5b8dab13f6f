"""The door of a site: every answer gets its headers, every act shows that it is ours, every fault a calm page.

Source: security rules S2.7, S3.7, S7.5, S9.6 and S10.1.
"""

import logging
import secrets
import traceback
from collections.abc import Awaitable, Callable, Mapping
from hmac import compare_digest
from typing import Any

from aiohttp import web
from multidict import MultiDict, MultiMapping
from yarl import URL

from admin_web.arriving import Arriving
from admin_web.client import IPAddress, Network, client_of, networks
from admin_web.live import TooManyViewersError
from admin_web.page import HOUSE, NONCE, SINCE, TOKEN_HEADER, AnyVisit, Page
from admin_web.parameters import TOKEN, BadInputError, NoSuchPathError, read_asked
from admin_web.uploads import is_with_files
from admin_web.visiting import VISIT, make_visit, open_visit
from hub.desk import DeskBusyError, Refusal, StoreAwayError
from hub.post.put_up import Upload
from hub.safety.access import NotThereError
from hub.sign_in.pace import SlowDownError
from hub.sign_in.sessions import SEEN_EVERY

REQUESTS_AT_ONCE = 200
COME_BACK_SECONDS = 5

_LOG = logging.getLogger(__name__)
_UNDERWAY = web.AppKey("_UNDERWAY", list[web.Request])
_ARRIVING = web.AppKey("_ARRIVING", Arriving)
_PROXIES = web.AppKey("_PROXIES", tuple[Network, ...])

Handle = Callable[[web.Request], Awaitable[web.StreamResponse]]


class NotOursError(Exception):
    """A request that changes something does not come from a page of ours."""


def hang(app: web.Application) -> None:
    """Put the door on a site."""
    app[_UNDERWAY] = []
    app[_ARRIVING] = Arriving()
    app[_PROXIES] = networks(app[HOUSE].settings.proxies)
    app.middlewares.extend([_set_files_apart, _keep_calm])
    app.on_response_prepare.append(_add_headers)


@web.middleware
async def _set_files_apart(request: web.Request, handler: Handle) -> web.StreamResponse:
    files = request.app[HOUSE].files
    return await (files.serve(request) if files is not None and files.is_asked(request) else handler(request))


@web.middleware
async def _keep_calm(request: web.Request, handler: Handle) -> web.StreamResponse:
    request[NONCE] = secrets.token_urlsafe(16)
    try:
        return await handler(request)
    except web.HTTPException as answer:
        if answer.status < 400:
            raise
        return await _explain(
            request, answer.status, "too_large" if answer.status == 413 else "not_there", answer.headers
        )
    except (NotThereError, NoSuchPathError):
        return await _explain(request, 404, "not_there")
    except BadInputError:
        return await _explain(request, 400, "bad_input")
    except NotOursError:
        return await _explain(request, 403, "not_ours")
    except SlowDownError as refusal:
        return await _explain(request, 429, "refused", {"Retry-After": str(refusal.wait_seconds)}, refusal)
    except Refusal as refusal:
        return await _explain(request, 409, "refused", None, refusal)
    except (StoreAwayError, DeskBusyError, TooManyViewersError):
        return await _explain(request, 503, "away", {"Retry-After": str(COME_BACK_SECONDS)})
    except Exception as fault:
        reference = secrets.token_hex(4)
        _log(request, fault, reference)
        return await _explain(request, 500, "fault", reference=reference)


def serve(page: Page) -> Handle:
    """The handler of a page: what do they ask, who asks, may they. A form takes a seat only once it is here."""

    async def handle(request: web.Request) -> web.StreamResponse:
        uploads: tuple[Upload, ...] = ()
        if page.files and is_with_files(request):
            check_origin(request)
            if request.query:
                raise BadInputError(request.query)
            if way := (await open_visit(request, page)).way_in:
                return _send_away(request[VISIT], way)
            given, uploads = await request.app[_ARRIVING].read_with_files(request, _client(request))
        else:
            given = await _read_given(page, request)
        underway = request.app[_UNDERWAY]
        if len(underway) - request.app[HOUSE].live.viewers >= REQUESTS_AT_ONCE:  # a live page has a limit of its own
            raise DeskBusyError
        underway.append(request)
        try:
            return await _serve(page, request, given, uploads)
        finally:
            underway.remove(request)

    return handle


async def _read_given(page: Page, request: web.Request) -> MultiMapping[object]:
    if page.method != "POST":
        return request.query
    check_origin(request)
    if request.query:
        raise BadInputError(request.query)
    return await request.app[_ARRIVING].read(request, _client(request))


def _client(request: web.Request) -> IPAddress | None:
    return client_of(request, request.app[_PROXIES])


async def _serve(
    page: Page, request: web.Request, given: MultiMapping[object], uploads: tuple[Upload, ...]
) -> web.StreamResponse:
    visit = await open_visit(request, page)
    visit.uploads = uploads
    if not page.guests and (way := visit.way_in):
        return _send_away(visit, way)
    if page.method == "POST":
        given = _check_token(visit, given)
    if page.live:
        given = _take_mark(visit, given)
    await _note_use(visit)
    try:
        return await _call(page, visit, given)
    except NotThereError:
        if visit.session is not None:
            await visit.note_refusal()
        raise


async def _call(page: Page, visit: AnyVisit, given: MultiMapping[object]) -> web.StreamResponse:
    if page.asked is None:
        if given:
            raise BadInputError(given)
        return await page.handler(visit)
    return await page.handler(visit, read_asked(page.asked, visit.request.match_info, given))


def _send_away(visit: AnyVisit, way: str) -> web.Response:
    """To another page and back; a script that asks for a piece is told, and swaps nothing in."""
    request = visit.request
    back = request.path_qs
    if request.method != "GET" or visit.is_partial:
        referrer = request.headers.get("Referer", "")
        is_ours = referrer.startswith(visit.house.origin + "/")
        back = referrer.removeprefix(visit.house.origin) if is_ours else visit.house.home
    path = str(URL(way).with_query(back=back)) if back != visit.house.home else way
    if visit.is_partial:
        if way == "/sign-in/again":
            return web.Response(status=401, headers={"HX-Reswap": "none", "HX-Trigger": "faded"})
        return web.Response(status=401, headers={"HX-Redirect": path, "HX-Reswap": "none"})
    return visit.go(path)


def check_origin(request: web.Request) -> None:
    """An act comes from a page of this site, as the browser says. Raises: NotOursError."""
    origin, site = request.headers.get("Origin"), request.headers.get("Sec-Fetch-Site")
    if origin is None and site is None:
        raise NotOursError
    if origin is not None and origin != request.app[HOUSE].origin:
        raise NotOursError
    if site is not None and site != "same-origin":
        raise NotOursError


def _check_token(visit: AnyVisit, given: MultiMapping[object]) -> MultiMapping[object]:
    """The form without its token. Raises: NotOursError when it is missing, doubled or another's."""
    told = given.getall(TOKEN, []) + visit.request.headers.getall(TOKEN_HEADER, [])
    if visit.session is None and visit.guest_form is None:
        raise NotOursError
    if not told or any(not isinstance(t, str) or not compare_digest(t.encode(), _expected(visit)) for t in told):
        raise NotOursError
    rest = MultiDict(given)
    rest.popall(TOKEN, None)
    return rest


def _take_mark(visit: AnyVisit, given: MultiMapping[object]) -> MultiMapping[object]:
    """What a stream is asked without the mark where it begins. Raises: BadInputError when that is doubled."""
    rest = MultiDict(given)
    marks = rest.popall(SINCE, [])
    if len(marks) > 1:
        raise BadInputError([SINCE])
    visit.since = str(marks[0]) if marks else None
    return rest


def _expected(visit: AnyVisit) -> bytes:
    return visit.form_token.encode()


async def _note_use(visit: AnyVisit) -> None:
    """A page looked at or an act done keeps the session awake; what a script fetches by itself does not."""
    session, request = visit.session, visit.request
    if session is None or session.is_faded or (request.method == "GET" and visit.is_partial):
        return
    if request.method == "GET" and "text/event-stream" in request.headers.get("Accept", ""):
        return
    desk = visit.house.parts.desk
    if desk.clock.now() - session.seen_at >= SEEN_EVERY:
        try:
            await visit.note_use()
        except (StoreAwayError, DeskBusyError):
            return  # a store that cannot be written may still be read


async def _explain(
    request: web.Request,
    status: int,
    what: str,
    headers: Mapping[str, str] | None = None,
    refusal: Refusal | None = None,
    reference: str = "",
) -> web.Response:
    visit = await _visit(request)
    words = visit.explain(refusal) if refusal else visit.say(f"site.{what}")
    template = "site/told_part.j2" if visit.is_partial else "site/told.j2"
    facts = {"title": visit.say(f"site.{what}_title"), "text": words, "reference": reference}
    hidden: dict[str, Any] = (
        {"nav": [], "user": None, "fade_minutes": 0} if visit.session and visit.session.is_faded else {}
    )
    answer = visit.show(template, status=status, **facts, **hidden)
    kept = ("Retry-After", "Allow")
    answer.headers.update({name: value for name, value in (headers or {}).items() if name in kept})
    if visit.is_partial and status == 503 and request.method == "GET":
        answer.headers["HX-Reswap"] = "none"  # what is shown, and what was typed beside it, stays until there is news
    elif visit.is_partial:
        answer.headers.update({"HX-Retarget": "#main", "HX-Reswap": "innerHTML"})
    return answer


async def _visit(request: web.Request) -> AnyVisit:
    """The visit as far as it came; a guest's, where even the store is away."""
    if VISIT in request:
        return request[VISIT]
    try:
        return await open_visit(request, None)
    except (StoreAwayError, DeskBusyError):
        return make_visit(request, None)


def _log(request: web.Request, fault: Exception, reference: str) -> None:
    """The kind of the fault and where it happened; never its text, which may hold what somebody wrote."""
    route = request.match_info.route.resource
    frames = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(fault.__traceback__)]
    _LOG.error(
        "a page failed",
        extra={
            "reference": reference,
            "page": route.canonical if route else "",
            "fault": type(fault).__name__,
            "where": frames[-12:],
        },
    )


async def _add_headers(request: web.Request, answer: web.StreamResponse) -> None:
    nonce = request.get(NONCE, "")
    house = request.app[HOUSE]
    pictures = f"'self' {house.files.origin}" if house.files is not None else "'self'"
    worker = "worker-src 'self'; " if house.has_worker else ""
    headers = answer.headers
    headers.setdefault(
        "Content-Security-Policy",
        f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'self'; img-src {pictures}; font-src 'self'; {worker}"
        "connect-src 'self'; form-action 'self'; manifest-src 'self'; object-src 'none'; base-uri 'none'; "
        "frame-ancestors 'none'",
    )
    headers["X-Content-Type-Options"] = "nosniff"
    headers["X-Frame-Options"] = "DENY"
    headers["Referrer-Policy"] = "same-origin"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=()"
    if house.cookies.secure:
        headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    if not request.path.startswith(house.drawing.static_paths) or answer.status != 200:
        headers["Cache-Control"] = "no-store"
    headers.popall("Server", None)
