"""How a visit begins: whose session it is, and which language it is answered in."""

from aiohttp import web

from admin_web import cookies
from admin_web.page import HOUSE, LANGUAGES, AnyVisit, House, Page, Session
from hub.asker import Asker, Trust
from hub.words import Words

SHOWN_AS = {"nn": "nb", "da": "nb", "se": "nb"}
GUEST = Asker("staff", "guest", Trust.UNKNOWN, "session")
VISIT = web.RequestKey("VISIT", AnyVisit)


async def open_visit(request: web.Request, page: Page | None) -> AnyVisit:
    """Look up the session of this request, now. Raises: StoreAwayError."""
    house = request.app[HOUSE]
    place = house.live.place()
    token = house.cookies.read(request, house.cookies.session)
    session = None
    if token is not None:
        session = await house.parts.desk.look(GUEST, house.visit.find_session, token)
    request[VISIT] = make_visit(request, page, session, token if session else None, place)
    return request[VISIT]


def make_visit(
    request: web.Request,
    page: Page | None,
    session: Session | None = None,
    token: str | None = None,
    place: str = "",
) -> AnyVisit:
    """The visit of whoever is known so far; without a session it is a guest's."""
    house = request.app[HOUSE]
    language = _language(request, house, session)
    guest_form = house.cookies.read(request, cookies.FORM)
    return house.visit(house, request, page, session, token, language, guest_form, Words(language), place)


def _language(request: web.Request, house: House, session: Session | None) -> str:
    """The one chosen by hand, else the person's own, else what the browser prefers, else the hub's."""
    spoken = [code for code, _ in LANGUAGES]
    wished = [house.cookies.read(request, cookies.LANGUAGE) or "", session.language if session else ""]
    if session is None:
        accepted = request.headers.get("Accept-Language", "")[:200]
        wished += [part.split(";")[0].split("-")[0].strip().lower() for part in accepted.split(",")]
    wished = ["nb" if code == "no" else SHOWN_AS.get(code, code) for code in wished]
    last = house.parts.settings.hub.language
    return next((code for code in [*wished, SHOWN_AS.get(last, last)] if code in spoken), "en")
