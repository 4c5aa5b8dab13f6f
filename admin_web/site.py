"""The staff's site: its pages, its files, and for monitors its health. Built once by assembly, on the staff port."""

from functools import partial
from urllib.parse import urlsplit

from aiohttp import web
from argon2 import PasswordHasher

from admin_web import door, status
from admin_web.cookies import Cookies
from admin_web.drawing import our_drawing
from admin_web.files import Files, open_for_staff
from admin_web.live import Live
from admin_web.page import HOUSE, House, Page
from admin_web.page import SiteParts as SiteParts
from admin_web.staff import ALL_PAGES
from admin_web.staff.sign_in import PASSWORDS
from admin_web.staff.visiting import Visit
from hub.config import SettingsError
from hub.sign_in.passwords import OUR_CARE, Passwords
from hub.sign_in.sessions import find_session

BODY_BYTES = 256 * 1024
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class StaffSite:
    """Raises SettingsError when its address would send passwords in the clear."""

    port = "staff"
    below = ""
    is_on = True

    def __init__(self, parts: SiteParts, hasher: PasswordHasher = OUR_CARE) -> None:
        self._parts = parts
        self._hasher = hasher
        self.pages: list[Page] = [page for pages in ALL_PAGES for page in pages.listed]
        self._secure = is_secure("staff.url", parts.settings.staff.url)

    def build(self) -> web.Application:
        """The application for the staff port; it closes what it opened."""
        app = web.Application(client_max_size=BODY_BYTES)
        parts = self._parts
        live = Live(parts.desk, parts.doorbell, parts.seal, find_session)
        cookies = Cookies(self._secure)
        files = Files(parts, parts.settings.staff.files, partial(open_for_staff, parts.seal))
        app[HOUSE] = House(parts, parts.settings.staff, our_drawing(), cookies, live, Visit, files, has_worker=True)
        app[PASSWORDS] = Passwords(self._hasher)
        door.hang(app)
        status.hang(app, self.pages)
        for page in self.pages:
            app.router.add_route(page.method, page.path, door.serve(page))
        app.router.add_get("/static/{version}/{name:.+}", app[HOUSE].drawing.serve_static)
        app.on_shutdown.append(end_live)
        app.on_cleanup.append(_close_passwords)
        return app


def is_secure(setting: str, url: str) -> bool:
    """Whether a site is behind TLS; on loopback it need not be. Raises: SettingsError."""
    parts = urlsplit(url)
    if parts.scheme == "https":
        return True
    if parts.scheme == "http" and parts.hostname in _LOOPBACK:
        return False
    raise SettingsError(
        f"The setting {setting} is not right: it must begin with https://, but for a rehearsal on loopback."
    )


async def end_live(app: web.Application) -> None:
    app[HOUSE].live.close()


async def _close_passwords(app: web.Application) -> None:
    app[PASSWORDS].close()
