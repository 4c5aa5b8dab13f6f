"""The ways to the family pages by a national eID, below /sign-in on the public port.

They are there where the app is on and a provider is named.
"""

from aiohttp import web

from admin_web import door
from admin_web.family.sign_in import signed_in
from admin_web.family.site import has_app, make_house
from admin_web.family.visiting import HOME, FamilyVisit
from admin_web.page import HOUSE
from admin_web.public.eid import BELOW, NationalSignIn
from admin_web.site import end_live, is_secure
from admin_web.visiting import make_visit, open_visit
from hub.desk import Refusal
from hub.sign_in.family_sessions import open_proven_session
from hub.sign_in.identity import IdentityAwayError
from hub.sign_in.proofs import Proven
from hub.site import SiteParts

BODY_BYTES = 64 * 1024


class EidSite:
    """Raises SettingsError when it is on and would send sessions in the clear."""

    port = "public"
    below = BELOW

    def __init__(self, parts: SiteParts) -> None:
        self._parts = parts
        self.is_on = bool(parts.identities) and has_app(parts)
        self._secure = self.is_on and is_secure("public.url", parts.settings.public.url)

    def build(self) -> web.Application:
        """The application that stands below BELOW; it closes what it opened."""
        app = web.Application(client_max_size=BODY_BYTES)
        house = app[HOUSE] = make_house(self._parts, is_secure=self._secure)
        door.hang(app)
        NationalSignIn(
            self._parts,
            house.cookies,
            home=HOME,
            language=lambda request: make_visit(request, None).language,
            sign_in=self._sign_in,
            tell=_tell,
        ).hang(app)
        app.on_shutdown.append(end_live)
        return app

    async def _sign_in(self, request: web.Request, proven: Proven, back: str) -> web.StreamResponse:
        """A session of their own, whoever was signed in in this browser. Raises: NotShownError."""
        visit = await open_visit(request, None)
        assert isinstance(visit, FamilyVisit)
        contact = self._parts.identities[proven.provider].contact
        return await signed_in(visit, await visit.work(open_proven_session, proven, contact), back)


async def _tell(request: web.Request, refusal: Refusal) -> web.StreamResponse:
    visit = await open_visit(request, None)
    return visit.show(
        "site/told.j2",
        status=503 if isinstance(refusal, IdentityAwayError) else 403,
        title=visit.say(f"{refusal.words}_title"),
        text=visit.explain(refusal),
        reference="",
    )
