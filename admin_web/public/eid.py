"""Guardians signed in by a national identity provider: away to it, back from it, and out again when it says so.

The routes stand below one path, on a site of their own. Who was shown to us is handed to `sign_in`, which opens a session; what
goes wrong is handed to `tell`, which shows a calm page. Nobody is signed in by a sign-in that broke.
Source: security rules S2.1, S2.3 and S10.1.
"""

import logging
from collections.abc import Awaitable, Callable

from aiohttp import web
from multidict import MultiMapping
from yarl import URL

from admin_web.cookies import Cookies
from admin_web.parameters import local_path
from hub.asker import Asker, Trust
from hub.desk import Refusal
from hub.safety import audit
from hub.sign_in.errands import LASTS, begin_errand, find_errand, use_state
from hub.sign_in.identity import Errand, Identity, IdentityAwayError, NotAcceptedError, SignedOut
from hub.sign_in.proofs import Proven, end_proofs, prove
from hub.sign_in.tokens import new_token
from hub.site import SiteParts

BROWSER = "budbok-eid"
BELOW = "/sign-in"
ONCE_MORE = {"fresh": "yes"}
AT_ONCE = 100
"""So many may be under way to the providers at a time, however slow those are."""
BACK_LETTERS = 200
SID_LETTERS = 255

SignIn = Callable[[web.Request, Proven, str], Awaitable[web.StreamResponse]]
Tell = Callable[[web.Request, Refusal], Awaitable[web.StreamResponse]]

log = logging.getLogger(__name__)


def path_to(name: str, back: str, *, is_fresh: bool = False) -> str:
    """The way to a provider and then on to `back`; `is_fresh` for what asks for a proof made now."""
    return str(URL(f"{BELOW}/{name}").with_query({"back": back, **(ONCE_MORE if is_fresh else {})}))


def path_out(name: str) -> str:
    """The way to where a provider signs its people out."""
    return f"{BELOW}/{name}/out"


class NationalSignIn:
    """`home` is the first page of whoever is signed in; `language` is the one that a browser is shown pages in."""

    def __init__(
        self,
        parts: SiteParts,
        cookies: Cookies,
        *,
        home: str,
        language: Callable[[web.Request], str],
        sign_in: SignIn,
        tell: Tell,
    ) -> None:
        self._parts = parts
        self._cookies = cookies
        self._home = home
        self._language = language
        self._sign_in = sign_in
        self._tell = tell
        self._under_way = 0

    def hang(self, app: web.Application) -> None:
        """Put the routes on the site that stands below BELOW."""
        app.router.add_get("/{name}", self.leave)
        app.router.add_get("/{name}/back", self.come_back)
        app.router.add_get("/{name}/out", self.sign_out_there)
        app.router.add_get("/{name}/front-channel", self.take_front_channel)
        app.router.add_post("/{name}/back-channel", self.take_back_channel)

    async def leave(self, request: web.Request) -> web.StreamResponse:
        """Away to the provider. `back` is where to go on afterwards; `fresh` asks for a proof made now."""
        identity = self._identity(request)
        browser = self._cookies.read(request, BROWSER) or new_token()
        back = local_path(_one(request.query, "back", BACK_LETTERS), self._home)
        errand = begin_errand(
            self._parts.seal,
            self._parts.clock.now(),
            browser,
            identity.name,
            back,
            is_fresh=_one(request.query, "fresh", 3) == ONCE_MORE["fresh"],
        )
        try:
            answer = _go(await self._begin(identity, errand, self._language(request)))
        except Refusal as refusal:
            return await self._refuse(request, identity, refusal)
        self._cookies.set(answer, BROWSER, browser, LASTS)
        return answer

    async def come_back(self, request: web.Request) -> web.StreamResponse:
        """Back from the provider: the answer counts once, in the browser that asked, whatever comes of it."""
        identity = self._identity(request)
        browser = self._cookies.read(request, BROWSER) or ""
        given = {name: value for name in ("state", "code", "iss", "error") if (value := _one(request.query, name))}
        try:
            errand = find_errand(
                self._parts.seal, self._parts.clock.now(), browser, identity.name, given.get("state", "")
            )
            proven = await self._finish(identity, errand, given)
            answer = await self._sign_in(request, proven, errand.back)
        except Refusal as refusal:
            return await self._refuse(request, identity, refusal)
        self._cookies.drop(answer, BROWSER)
        return answer

    async def sign_out_there(self, request: web.Request) -> web.StreamResponse:
        """Away to the provider's own page for signing out; here one is signed out already."""
        try:
            way = await self._identity(request).way_out(self._parts.settings.public.url + self._home)
        except IdentityAwayError:
            way = None
        return _go(way or self._home)

    async def take_front_channel(self, request: web.Request) -> web.StreamResponse:
        """The provider's sign-out page loads this in the browser; only the provider and we know the session that it names."""
        identity = self._identity(request)
        sid = _one(request.query, "sid", SID_LETTERS)
        if sid and _one(request.query, "iss") == identity.issuer:
            await self._end(identity, SignedOut(identity.issuer, None, sid))
        return web.Response()

    async def take_back_channel(self, request: web.Request) -> web.StreamResponse:
        """The provider's own word that it has signed somebody out.

        Source: OpenID Connect Back-Channel Logout 1.0 section 2.8.
        """
        identity = self._identity(request)
        given = await request.post()
        told = given.getall("logout_token", [])
        if len(told) != 1 or not isinstance(told[0], str):
            return web.Response(status=400)
        try:
            await self._end(identity, await identity.read_sign_out(told[0]))
        except IdentityAwayError:
            return web.Response(status=503)
        except NotAcceptedError as refusal:
            log.info("a provider's sign-out was not accepted", extra={"provider": identity.name, "reason": refusal.why})
            return web.Response(status=400)
        return web.Response()

    async def _begin(self, identity: Identity, errand: Errand, language: str) -> str:
        """Raises: IdentityAwayError."""
        self._take_seat()
        try:
            return await identity.begin(errand, language)
        finally:
            self._under_way -= 1

    async def _finish(self, identity: Identity, errand: Errand, given: dict[str, str]) -> Proven:
        """Raises: a Refusal that says why nobody is signed in."""
        self._take_seat()
        try:
            await self._parts.desk.work(_asker(identity), use_state, errand)
            shown = await identity.finish(errand, given)
        finally:
            self._under_way -= 1
        return await self._parts.desk.work(_asker(identity), prove, self._parts.seal, identity, shown)

    def _take_seat(self) -> None:
        if self._under_way >= AT_ONCE:
            raise IdentityAwayError
        self._under_way += 1

    async def _end(self, identity: Identity, gone: SignedOut) -> None:
        await self._parts.desk.work(_asker(identity), end_proofs, self._parts.seal, identity.name, gone)

    async def _refuse(self, request: web.Request, identity: Identity, refusal: Refusal) -> web.StreamResponse:
        """A calm page; the audit and the log get a code, and nothing of whoever it was."""
        why = refusal.why if isinstance(refusal, NotAcceptedError) else type(refusal).__name__
        log.info("nobody was signed in", extra={"provider": identity.name, "reason": why})
        if not isinstance(refusal, IdentityAwayError):
            await self._parts.desk.work(_asker(identity), audit.note, "eid.refused", [], f"{identity.name} {why}")
        answer = await self._tell(request, refusal)
        self._cookies.drop(answer, BROWSER)
        return answer

    def _identity(self, request: web.Request) -> Identity:
        """Raises: HTTPNotFound."""
        identity = self._parts.identities.get(request.match_info["name"])
        if identity is None:
            raise web.HTTPNotFound
        return identity


def _asker(identity: Identity) -> Asker:
    return Asker("channel", identity.name, Trust.UNKNOWN, "signs a guardian in")


def _go(url: str) -> web.Response:
    return web.Response(status=303, headers={"Location": url})


def _one(given: MultiMapping[str], name: str, most: int = 4096) -> str:
    """The one value of a parameter, "" where there is none. Raises: HTTPBadRequest for two, or one that is too long.

    Source: security rule S7.10.
    """
    values = given.getall(name, [])
    if len(values) > 1 or any(len(value) > most for value in values):
        raise web.HTTPBadRequest
    return values[0] if values else ""
