"""The page of phones: one for each demo guardian, live, with the means to make trouble."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from aiohttp import web
from aiohttp_sse import sse_response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from .authenticator import tell_code
from .demo_phones import Contact, DemoPhone, Link, PhoneRow, bubble, ticks
from .handsets import NotSent, ReceivedText, SaidText
from .network import Network
from .numbers import Numbers
from .trouble_form import QUESTIONS, TroubleForm

if TYPE_CHECKING:
    from .door_form import DoorForm

PAGE = Path(__file__).parent / "page"
FONTS = Path(__file__).parents[2] / "admin_web" / "static" / "fonts"
SECURITY = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; font-src 'self'; connect-src 'self'; img-src data:; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
ENVIRONMENT = Environment(
    loader=FileSystemLoader(PAGE),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
BREATH_SECONDS = 15
FIRST_STRANGER = 4740000901
BODY_AT_MOST = 1600


class PhonesPage:
    """What the page shows: phones, `links` to staff pages, one-time `sign_ins`, a `hint` of what to try, and the `door` where
    there is one; all may be changed later."""

    def __init__(
        self,
        phones: Sequence[PhoneRow] = (),
        *,
        links: Sequence[Link] = (),
        sign_ins: Sequence[Link] = (),
        zone: str = "Europe/Oslo",
    ) -> None:
        self.phones = [DemoPhone.of(row) for row in phones]
        self.links = list(links)
        self.sign_ins = list(sign_ins)
        self.hint = ""
        self.door: DoorForm | None = None
        self._zone = ZoneInfo(zone)
        self._strangers = count(1)

    def attach(self, app: web.Application, network: Network, numbers: Numbers, trouble: TroubleForm) -> None:
        """Serve the page from this application, at its root."""
        self._network = network
        self._numbers = numbers
        self._trouble = trouble
        app.add_routes(
            [
                web.get("/", self._show),
                web.get("/events", self._events),
                web.post("/texts", self._text),
                web.post("/phones", self._add_stranger),
                web.post("/phones/state", self._change_phone),
                web.post("/trouble", self._make_trouble),
                web.post("/door/touch", self._touch),
                web.post("/door/rush", self._rush),
                web.post("/authenticator", tell_code),
                web.get("/phones.css", self._file),
                web.get("/phones.js", self._file),
            ]
        )
        if FONTS.is_dir():
            app.router.add_static("/fonts", FONTS)

    async def _show(self, request: web.Request) -> web.Response:
        html = ENVIRONMENT.get_template("phones.html").render(
            phones=[(phone, self._network.handset(phone.number)) for phone in self.phones],
            zone=self._zone,
            links=self.links,
            sign_ins=self.sign_ins,
            hint=self.hint,
            door=self.door,
            questions=QUESTIONS,
            trouble=self._trouble,
            network_up=self._network.is_up,
            body_at_most=BODY_AT_MOST,
        )
        return web.Response(text=html, content_type="text/html", headers=SECURITY)

    async def _file(self, request: web.Request) -> web.FileResponse:
        return web.FileResponse(PAGE / request.path.lstrip("/"), headers=SECURITY)

    async def _events(self, request: web.Request) -> web.StreamResponse:
        # A page that closes ends the connection under us; there is nobody left to tell.
        async with sse_response(request) as response:
            with suppress(ConnectionResetError), self._network.bulletin.viewing() as news:
                while response.is_connected():
                    try:
                        item = await asyncio.wait_for(news.get(), BREATH_SECONDS)
                    except TimeoutError:
                        continue
                    if item["kind"] == "end":
                        break
                    await response.send(json.dumps(self._shown(item), ensure_ascii=False))
        return response

    def _shown(self, item: dict[str, object]) -> dict[str, object]:
        text = item.get("text")
        if isinstance(text, ReceivedText | SaidText):
            return {**item, "text": bubble(text, self._zone)}
        if item["kind"] == "taken" and isinstance(item["status"], int):
            return {**item, **ticks(item["status"])}
        if item["kind"] == "trouble":
            return {**item, "chosen": dict(self._trouble.chosen), "words": self._trouble.troubles}
        return item

    async def _text(self, request: web.Request) -> web.Response:
        form = await self._form(request)
        phone, body = self._find(form.get("phone", "")), form.get("body", "")
        to = form.get("other", "") if form.get("to") == "other" else form.get("to", "")
        if not body or len(body) > BODY_AT_MOST:
            return self._no(request, "A text has 1 to 1600 letters.")
        try:
            await self._network.handset(phone.number).text(to, body)
        except NotSent as why:
            return self._no(request, f"Not sent: {why}.")
        return self._done(request, phone)

    async def _add_stranger(self, request: web.Request) -> web.Response:
        """A phone with a number that no register knows, and every school number among its contacts."""
        await self._form(request)
        nth = next(self._strangers)
        contacts = [Contact(number.setting("FriendlyName") or number.phone_number, number.phone_number)
                    for number in self._numbers.all()]  # fmt: skip
        phone = DemoPhone(
            f"Nobody knows {nth}", f"+{FIRST_STRANGER + nth - 1}", "", "No register has this number", contacts
        )
        self.phones.insert(0, phone)
        self._network.bulletin.tell("afresh")
        return self._done(request, phone)

    async def _change_phone(self, request: web.Request) -> web.Response:
        form = await self._form(request)
        phone = self._find(form.get("phone", ""))
        handset = self._network.handset(phone.number)
        changes = {
            "on": handset.switch_on,
            "off": handset.switch_off,
            "known": handset.become_known,
            "unknown": handset.become_unknown,
        }
        if form.get("become") not in changes:
            raise web.HTTPBadRequest(text="A phone becomes on, off, known or unknown.")
        changes[form["become"]]()
        return self._done(request, phone)

    async def _make_trouble(self, request: web.Request) -> web.Response:
        self._trouble.choose(await self._form(request))
        self._network.bulletin.tell("trouble")
        return self._done(request)

    async def _touch(self, request: web.Request) -> web.Response:
        form = await self._form(request)
        if self.door is None or not await self.door.touch(form.get("tag", "")):
            raise web.HTTPNotFound(text="There is no such tag here.")
        return self._done(request, next((one for one in self.phones if one.number == form.get("phone")), None))

    async def _rush(self, request: web.Request) -> web.Response:
        """A morning, an afternoon, or the end of it."""
        way = (await self._form(request)).get("way", "")
        if self.door is None:
            raise web.HTTPNotFound(text="There is no door here.")
        if way in self.door.rushes:
            self.door.begin(way)
        else:
            await self.door.end()
        return self._done(request)

    def _find(self, number: str) -> DemoPhone:
        for phone in self.phones:
            if phone.number == number:
                return phone
        raise web.HTTPNotFound(text="There is no such phone here.")

    @staticmethod
    async def _form(request: web.Request) -> dict[str, str]:
        """The fields, if the request comes from this very page."""
        origin = request.headers.get("Origin")
        if origin is not None and urlsplit(origin).netloc != request.host:
            raise web.HTTPForbidden(text="Only this page may do that.")
        return {name: value for name, value in (await request.post()).items() if isinstance(value, str)}

    @staticmethod
    def _done(request: web.Request, phone: DemoPhone | None = None) -> web.Response:
        if request.headers.get("Accept") == "application/json":
            return web.Response(status=204)
        raise web.HTTPSeeOther(f"/#{phone.key}" if phone else "/")

    @staticmethod
    def _no(request: web.Request, why: str) -> web.Response:
        return web.Response(status=409, text=why, headers=SECURITY)
