"""The families' site, below /family on the public port, where the app is a channel that is used."""

from aiohttp import web

from admin_web import door
from admin_web.cookies import FAMILY_SESSION, Cookies
from admin_web.drawing import our_drawing
from admin_web.family import ALL_PAGES
from admin_web.family.files import open_for_family
from admin_web.family.visiting import HOME, FamilyVisit
from admin_web.files import Files
from admin_web.live import Live
from admin_web.page import HOUSE, House, Page
from admin_web.site import end_live, is_secure
from hub.address import APP
from hub.sign_in.family_sessions import find_family_session
from hub.site import SiteParts

CHAT = "chat"


def has_app(parts: SiteParts) -> bool:
    """Whether the app is a channel that is used."""
    return APP in parts.settings.channels.get(CHAT, {}).get("use", ())


def make_house(parts: SiteParts, *, is_secure: bool) -> House:
    """What the family pages and the ways to sign in to them share."""
    return House(
        parts,
        parts.settings.public,
        our_drawing(HOME),
        Cookies(is_secure, FAMILY_SESSION, apart="-family"),
        Live(parts.desk, parts.doorbell, parts.seal, find_family_session),
        FamilyVisit,
        Files(parts, parts.settings.public.files_origin, open_for_family, HOME),
        home=HOME,
        frame="pages/family/base.j2",
        has_worker=True,
    )


class FamilySite:
    """Its pages know their whole addresses. Raises SettingsError when it is on and would send codes in the clear."""

    port = "public"
    below = HOME

    def __init__(self, parts: SiteParts) -> None:
        self._parts = parts
        self.pages: list[Page] = [page for pages in ALL_PAGES for page in pages.listed]
        self.is_on = has_app(parts)
        self._secure = self.is_on and is_secure("public.url", parts.settings.public.url)

    def build(self) -> web.Application:
        """The application that stands below HOME; it closes what it opened."""
        app = web.Application()
        app[HOUSE] = make_house(self._parts, is_secure=self._secure)
        door.hang(app)
        for page in self.pages:
            app.router.add_route(page.method, page.path.removeprefix(HOME), door.serve(page))
        app.router.add_get("/static/{version}/{name:.+}", app[HOUSE].drawing.serve_static)
        app.on_shutdown.append(end_live)
        return app
