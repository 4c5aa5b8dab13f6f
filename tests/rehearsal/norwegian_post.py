"""The post of Norway on loopback, as far as a municipality that sends letters sees it: Maskinporten, the contact and
reservation register, an integration point for eFormidling, and on a page the mailboxes, where each letter is opened as its
reader would.

It lives apart from the hub and believes nothing it is told. `faults` are met by the next requests to the paths they are for.
Source: docs.digdir.no, Maskinporten, Kontaktregisteret and eFormidling.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from datetime import datetime
from email.message import Message
from pathlib import Path
from typing import Any, Self

from aiohttp import encode_basic_auth, web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from .norwegian_letters import DIGITAL, File, Letter, StatusList, find_fault
from .norwegian_registers import ContactRegister, Person, TokenOffice
from .post_faults import Fault
from .post_trouble import CHOICES, PostTrouble

BODY_AT_MOST = 64 * 1024 * 1024
OURS = "no.difi.meldingsutveksling.exceptions"

_page = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "page"), autoescape=True, undefined=StrictUndefined
).get_template("norwegian_post.html")


class NorwegianPost:
    """All of it, for one municipality. `holds`: what is sent waits in the integration point's queue until it is let go.
    `tells_exceptions`: an error names its exception, as the integration point does unless it is told otherwise.
    `tls`: it is spoken to by TLS, and each request meets the certificate of its moment.
    `same_again`: what it answers to a letter by a name that it has; 400 by itself, 409 behind a gateway that says it so.
    `tells_receivers`: it remembers for whom a message was that is in its outbox no longer."""

    user = "budbok"
    password = "rehearsal-password"  # a pretend secret of a pretend integration point

    def __init__(self, clock: Callable[[], datetime], port: int = 0, tls: ssl.SSLContext | None = None) -> None:
        self.clock = clock
        self.people: dict[str, Person] = {}
        self.office = TokenOffice(clock)
        self.register = ContactRegister(self.people, self.office)
        self.statuses = StatusList()
        self.letters: dict[str, Letter] = {}
        self.faults: list[Fault] = []
        self.trouble = PostTrouble(["/token", "/rest/", "/api/"])
        self.asked: list[str] = []
        self.holds = False
        self.tells_exceptions = True
        self.tells_receivers = True
        self.same_again = 400
        self.url = ""
        self._port = port
        self._tls = tls
        self._closing = asyncio.Event()
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=BODY_AT_MOST, middlewares=[self._meet_faults])
        app.add_routes(
            [
                web.post("/token", self.office.answer),
                web.post("/rest/v2/personer", self.register.answer),
                web.post("/api/messages/out", self._create),
                web.put("/api/messages/out/{id}", self._attach),
                web.post("/api/messages/out/{id}", self._start),
                web.get("/api/messages/out/{id}", self._tell_unsent),
                web.delete("/api/messages/out/{id}", self._delete),
                web.get("/api/conversations/messageId/{id}", self._tell_conversation),
                web.get("/api/statuses", self._tell_statuses),
                web.get("/api/statuses/{id}", self._tell_statuses),
                web.get("/", self._show),
                web.get("/letters.json", self._list),
                web.post("/letters/{id}/open", self._open),
                web.get("/letters/{id}/file", self._save),
                web.post("/people/{id}/{what}", self._change),
                web.post("/trouble", self.trouble.choose),
            ]
        )
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port, ssl_context=self._tls).start()
        scheme = "http" if self._tls is None else "https"
        self.url = f"{scheme}://127.0.0.1:{self._runner.addresses[0][1]}"
        self.office.issuer = f"{self.url}/"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._runner is not None
        self._closing.set()
        await self._runner.cleanup()

    def mailbox(self, national_id: str) -> list[Letter]:
        """What has arrived for somebody, at their mailbox or at Altinn."""
        return [one for one in self.letters.values() if one.recipient == national_id and one.arrived_at is not None]

    def let_go(self) -> None:
        """What was sent and waits in the queue goes on its way, or is too late for that."""
        for letter in self.letters.values():
            if letter.is_started and letter.arrived_at is None and not letter.is_deleted:
                self._carry(letter)

    def give_up(self) -> None:
        """The integration point looks for what has not arrived in its time."""
        for letter in self.letters.values():
            if letter.arrived_at is None and letter.gives_up_at < self.clock() and not self._is_over(letter):
                self.statuses.tell("LEVETID_UTLOPT", letter, self.clock())

    def fail(self, message_id: str) -> None:
        """The mailbox's operator could not take it."""
        self.statuses.tell("FEIL", self.letters[message_id], self.clock())

    def open_letter(self, message_id: str) -> None:
        """As its reader does. The operator tells so only where the sender has asked for it."""
        letter = self.letters[message_id]
        assert letter.arrived_at is not None
        if letter.opened_at is None:
            letter.opened_at = self.clock()
            if letter.kind != DIGITAL or letter.content["digitalPostInfo"]["aapningskvittering"]:
                self.statuses.tell("LEST", letter, letter.opened_at)

    def _is_over(self, letter: Letter) -> bool:
        return not {"FEIL", "LEVETID_UTLOPT"}.isdisjoint(self.statuses.names_of(letter.message_id))

    def _carry(self, letter: Letter) -> None:
        now = self.clock()
        if letter.gives_up_at < now:
            self.give_up()
            return
        letter.arrived_at = now
        for name in ("SENDT", "MOTTATT", "LEVERT"):
            self.statuses.tell(name, letter, now)

    @web.middleware
    async def _meet_faults(self, request: web.Request, handler: Any) -> web.StreamResponse:
        self.asked.append(f"{request.method} {request.path}")
        fault = next((one for one in self.faults if one.meets(request)), self.trouble.find(request))
        if fault is None:
            if request.path.startswith("/api/") and not self._is_signed_in(request):
                return self._refuse(401)
            answer: web.StreamResponse = await handler(request)
        else:
            answer = await fault.befall(request, handler, self._closing)
        if self._tls is not None:
            answer.force_close()
        return answer

    def _is_signed_in(self, request: web.Request) -> bool:
        return request.headers.get("Authorization") == encode_basic_auth(self.user, self.password)

    def _refuse(self, status: int, exception: str = "", message: str = "") -> web.Response:
        told: dict[str, Any] = {
            "timestamp": self.clock().isoformat(),
            "status": status,
            "error": "No",
            "message": message,
        }
        if exception and self.tells_exceptions:
            told["exception"] = f"{OURS}.{exception}"
        return web.json_response(told, status=status)

    async def _create(self, request: web.Request) -> web.Response:
        told = await request.json()
        if fault := find_fault(told):
            return self._refuse(400, fault)
        letter = Letter(told)
        if letter.message_id in self.letters:
            return self._refuse(
                self.same_again, "MessageAlreadyExistsException", f"{letter.message_id} for {letter.recipient}"
            )
        person = self.people.get(letter.recipient)
        if person is None or (letter.conversation["identifier"].endswith(":vedtak:ver1.0") and person.is_reserved):
            return self._refuse(400, "ReceiverDoNotAcceptProcessException", f"{letter.recipient} is reserved")
        if letter.kind == DIGITAL and not person.has_mailbox:
            return self._refuse(400, "ReceiverDoNotAcceptDocumentStandard", f"{letter.recipient} has none")
        self.letters[letter.message_id] = letter
        self.statuses.tell("OPPRETTET", letter, self.clock())
        return web.json_response(told)

    def _find_unsent(self, request: web.Request) -> Letter | None:
        letter = self.letters.get(request.match_info["id"])
        is_there = letter is not None and letter.arrived_at is None and not letter.is_deleted
        return letter if is_there else None

    async def _attach(self, request: web.Request) -> web.Response:
        letter = self._find_unsent(request)
        if letter is None:
            return self._refuse(404, "MessageNotFoundException")
        disposition = Message()
        disposition["Content-Disposition"] = request.headers["Content-Disposition"]
        name, title = str(disposition.get_filename()), request.query.get("title", "")
        if not title.strip():
            return self._refuse(400, "MissingFileTitleException")
        if letter.kind == DIGITAL and letter.files and name == letter.content["hoveddokument"]:
            return self._refuse(self.same_again, "MultiplePrimaryDocumentsNotAllowedException")
        letter.files.append(File(name, title, request.content_type, await request.read()))
        return web.Response()

    async def _start(self, request: web.Request) -> web.Response:
        letter = self._find_unsent(request)
        if letter is None:
            return self._refuse(404, "MessageNotFoundException")
        if not letter.files:
            return self._refuse(400, "MissingFileException")
        if not letter.has_main_file():
            return self._refuse(400, "MissingPrimaryDocumentException")
        if letter.gives_up_at < self.clock():
            self.statuses.tell("LEVETID_UTLOPT", letter, self.clock())
            return self._refuse(400, "TimeToLiveException")
        letter.is_started = True
        if not self.holds:
            self._carry(letter)
        return web.Response()

    async def _tell_unsent(self, request: web.Request) -> web.Response:
        letter = self._find_unsent(request)
        return web.json_response(letter.told) if letter is not None else self._refuse(404, "MessageNotFoundException")

    async def _delete(self, request: web.Request) -> web.Response:
        """Its name is used up all the same: the conversation stays."""
        letter = self._find_unsent(request)
        if letter is not None:
            letter.is_deleted = True
        return web.Response()

    async def _tell_conversation(self, request: web.Request) -> web.Response:
        letter = self.letters.get(request.match_info["id"]) if self.tells_receivers else None
        if letter is None:
            return self._refuse(404, "MessageNotFoundException")
        told = {"messageId": letter.message_id, "receiverIdentifier": letter.recipient, "direction": "OUTGOING"}
        return web.json_response(told)

    async def _tell_statuses(self, request: web.Request) -> web.Response:
        since = request.query.get("fromDateTime")
        page = self.statuses.page(
            request.match_info.get("id", ""),
            datetime.fromisoformat(since) if since else None,
            int(request.query.get("page", "0")),
            int(request.query.get("size", "10")),
        )
        return web.json_response(page)

    async def _show(self, request: web.Request) -> web.Response:
        boxes = [(number, person, self.mailbox(number)[::-1]) for number, person in self.people.items()]
        page = _page.render(boxes=boxes, digital=DIGITAL, choices=CHOICES, chosen=self.trouble.chosen)
        return web.Response(text=page, content_type="text/html")

    async def _list(self, request: web.Request) -> web.Response:
        return web.json_response([one.tell() for one in self.letters.values()])

    async def _open(self, request: web.Request) -> web.Response:
        letter = self.letters.get(request.match_info["id"])
        if letter is None or letter.arrived_at is None:
            raise web.HTTPNotFound
        self.open_letter(letter.message_id)
        raise web.HTTPSeeOther("/")

    async def _save(self, request: web.Request) -> web.Response:
        letter = self.letters.get(request.match_info["id"])
        if letter is None or letter.opened_at is None:
            raise web.HTTPNotFound
        return web.Response(body=letter.files[0].content, content_type="application/pdf")

    async def _change(self, request: web.Request) -> web.Response:
        """Somebody reserves themselves or not, gets a mailbox or gives it up, can be told of post or not."""
        person, what = self.people.get(request.match_info["id"]), request.match_info["what"]
        if person is None or what not in ("is_reserved", "has_mailbox", "is_notifiable"):
            raise web.HTTPNotFound
        setattr(person, what, not getattr(person, what))
        raise web.HTTPSeeOther("/")
