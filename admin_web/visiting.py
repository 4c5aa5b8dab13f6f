"""How a visit begins: whose session it is, and which language it is answered in."""

from aiohttp import web

from admin_web import cookies
from admin_web.page import HOUSE, LANGUAGES, House, Page, Visit
from hub.asker import Asker, Trust
from hub.sign_in.sessions import FoundSession, find_session
from hub.words import Words

SHOWN_AS = {"nn": "nb", "da": "nb", "se": "nb"}
VISIT = web.RequestKey("VISIT", Visit)


async def open_visit(request: web.Request, page: Page | None) -> Visit:
    """Look up the session of this request, now. Raises: StoreAwayError."""
    house = request.app[HOUSE]
    place = house.live.place()
    token = house.cookies.read(request, cookies.SESSION)
    session = None
    if token is not None:
        session = await house.parts.desk.look(Asker("staff", "guest", Trust.UNKNOWN, "session"), find_session, token)
    request[VISIT] = make_visit(request, page, session, token if session else None, place)
    return request[VISIT]


def make_visit(
    request: web.Request,
    page: Page | None,
    session: FoundSession | None = None,
    token: str | None = None,
    place: str = "",
) -> Visit:
    """The visit of whoever is known so far; without a session it is a guest's."""
    house = request.app[HOUSE]
    language = _language(request, house, session)
    guest_form = house.cookies.read(request, cookies.FORM)
    return Visit(house, request, page, session, token, language, guest_form, Words(language), place)


def _language(request: web.Request, house: House, session: FoundSession | None) -> str:
    """The one chosen by hand, else the person's own, else what the browser prefers, else the hub's."""
    spoken = [code for code, _ in LANGUAGES]
    wished = [house.cookies.read(request, cookies.LANGUAGE) or "", session.language if session else ""]
    if session is None:
        accepted = request.headers.get("Accept-Language", "")[:200]
        wished += [part.split(";")[0].split("-")[0].strip().lower() for part in accepted.split(",")]
    wished = ["nb" if code == "no" else SHOWN_AS.get(code, code) for code in wished]
    last = house.parts.settings.hub.language
    return next((code for code in [*wished, SHOWN_AS.get(last, last)] if code in spoken), "en")
