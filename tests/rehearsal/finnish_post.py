"""Suomi.fi Messages on loopback, as far as a sender of electronic letters sees it: people with mailboxes, attachments that are
used within a day, a log of events, and on a page the letters, each opened as its reader would.

It lives apart from the hub and believes nothing it is told. Faults on demand befall the next requests to their paths.
Source: kehittajille.suomi.fi, Messages REST API.
"""

from __future__ import annotations

import asyncio
import secrets
import ssl
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Self

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from tests.rehearsal.finnish_letters import EventLog, Letter, find_faults
from tests.rehearsal.post_faults import Fault
from tests.rehearsal.post_trouble import CHOICES, PostTrouble

ATTACHMENT_LASTS = timedelta(hours=24)
ASKED_AT_MOST = 10_000
BODY_AT_MOST = 32 * 1024 * 1024

_page = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "page"), autoescape=True, undefined=StrictUndefined
).get_template("finnish_post.html")


@dataclass
class Attachment:
    content: bytes
    file_name: str
    content_type: str
    came: datetime
    is_used: bool = False


class FinnishPost:
    """The whole service, for one sender. `authorization` is how the token must come: "bearer", "bare", or "api_key" for an
    organisation whose own gateway signs in. `tls`: it is spoken to by TLS, and each request meets the certificate of its
    moment. `mailboxes` maps a national id to whether its mailbox is in use."""

    service_id = "rehearsal-service"
    username = "rehearsal"

    def __init__(self, clock: Callable[[], datetime], port: int = 0, tls: ssl.SSLContext | None = None) -> None:
        self.clock = clock
        self.mailboxes: dict[str, bool] = {}
        self.password = "Rehearsal-password-of-32-letters-1!"  # a pretend secret of a pretend service
        self.api_key = "rehearsal-api-key"
        self.authorization = "bearer"
        self.token_seconds: int | None = 3600
        self.body_at_most = BODY_AT_MOST
        self.looks_for_mailbox_first = False
        """Whether a message to a closed mailbox is refused before it is looked whether its external id was used."""
        self.faults: list[Fault] = []
        self.trouble = PostTrouble(["/v1/", "/v2/"])
        self.asked: list[str] = []
        self.name_trace: Callable[[], str] = lambda: secrets.token_hex(16)
        self.traces: list[str] = []
        self.letters: dict[int, Letter] = {}
        self.attachments: dict[str, Attachment] = {}
        self.events = EventLog()
        self.url = ""
        self._port = port
        self._tls = tls
        self._tokens: dict[str, datetime | None] = {}
        self._closing = asyncio.Event()
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=self.body_at_most, middlewares=[self._meet_faults])
        app.add_routes(
            [
                web.post("/v1/token", self._sign_in),
                web.post("/v1/mailboxes/active", self._tell_active),
                web.post("/v2/attachments", self._take_attachment),
                web.post("/v2/messages/electronic", self._take_message),
                web.get("/v2/events", self._tell_events),
                web.get("/", self._show),
                web.get("/letters.json", self._list),
                web.get("/letters/{id}.pdf", self._save),
                web.post("/letters/{id}/open", self._open),
                web.post("/mailboxes/{id}", self._turn),
                web.post("/trouble", self.trouble.choose),
            ]
        )
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port, ssl_context=self._tls).start()
        scheme = "http" if self._tls is None else "https"
        self.url = f"{scheme}://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._runner is not None
        self._closing.set()
        await self._runner.cleanup()

    def meet(self, *faults: Fault) -> None:
        """These befall what comes next, beside those that still wait."""
        self.faults += [replace(fault) for fault in faults]

    def end_tokens(self) -> None:
        """Every token that was given ends now."""
        self._tokens.clear()

    def open_letter(self, message_id: int) -> Letter:
        """As its reader does; a verifiable one is confirmed by that."""
        letter = self.letters[message_id]
        if letter.opened_at is None:
            letter.opened_at = self.clock()
            kind = "Receipt confirmed" if letter.is_verifiable else "Electronic message read"
            self.events.tell(kind, letter, letter.opened_at)
        return letter

    @web.middleware
    async def _meet_faults(self, request: web.Request, handler: Any) -> web.StreamResponse:
        self.asked.append(request.path)
        fault = next((one for one in self.faults if one.meets(request)), self.trouble.find(request))
        self.traces.append(self.name_trace())
        trace = {"traceid": self.traces[-1]}
        try:
            if fault is None:
                answer: web.StreamResponse = await handler(request)
            else:
                answer = await fault.befall(request, handler, self._closing)
        except web.HTTPException as refusal:
            refusal.headers.update(trace)
            raise
        answer.headers.update(trace)
        if self._tls is not None:
            answer.force_close()
        return answer

    def _check(self, request: web.Request) -> None:
        """Raises: HTTPUnauthorized."""
        told = request.headers.get("Authorization", "")
        if self.authorization == "api_key":
            if request.headers.get("x-api-key") != self.api_key or told:
                raise web.HTTPUnauthorized
            return
        token = told.removeprefix("Bearer ")
        has_form = told.startswith("Bearer ") == (self.authorization == "bearer")
        ends = self._tokens.get(token, self.clock())
        if not has_form or (ends is not None and ends <= self.clock()):
            raise web.HTTPUnauthorized(text='{"reason": "token"}', content_type="application/json")

    async def _sign_in(self, request: web.Request) -> web.Response:
        if await read_json(request) != {"username": self.username, "password": self.password}:
            return refuse("wrong user name or password")
        token = secrets.token_urlsafe(32)
        seconds = self.token_seconds
        self._tokens[token] = None if seconds is None else self.clock() + timedelta(seconds=seconds)
        told = {"access_token": token, "token_type": "bearer"}
        return web.json_response(told if seconds is None else {**told, "expires_in": seconds})

    async def _tell_active(self, request: web.Request) -> web.Response:
        self._check(request)
        told = await read_json(request)
        asked = told["endUsers"] if isinstance(told, dict) and told.keys() == {"endUsers"} else None
        if not isinstance(asked, list) or not 0 < len(asked) <= ASKED_AT_MOST or not all(map(is_id, asked)):
            return refuse("endUsers")
        return web.json_response({"endUsersWithActiveMailbox": [one for one in asked if self.mailboxes.get(one["id"])]})

    async def _take_attachment(self, request: web.Request) -> web.Response:
        self._check(request)
        form = await request.post()
        file = form.get("file")
        if not isinstance(file, web.FileField) or len(form) != 1:
            return refuse("file")
        name = secrets.token_hex(16)
        content = file.file.read()
        self.attachments[name] = Attachment(content, file.filename, file.content_type, self.clock())
        return web.json_response({"attachmentId": name})

    async def _take_message(self, request: web.Request) -> web.Response:
        self._check(request)
        told = await read_json(request)
        faults = find_faults(told, self.service_id)
        if faults:
            return refuse("validation", *faults)
        recipient, is_open = told["recipient"]["id"], self.mailboxes.get(told["recipient"]["id"], False)
        if self.looks_for_mailbox_first and not is_open:
            return refuse("the mailbox is not in use", "MAILBOX_NOT_IN_USE")
        earlier = next((one for one in self.letters.values() if one.external_id == told["externalId"]), None)
        if earlier is not None:
            return web.json_response({"reason": "externalId", "messageId": earlier.message_id}, status=409)
        if not is_open:
            return refuse(f"{recipient} has no mailbox in use", "MAILBOX_NOT_IN_USE")
        files = [self.attachments.get(one["attachmentId"]) for one in told["electronic"]["attachments"]]
        good = [file for file in files if file is not None and self._may_use(file)]
        if len(good) != len(files):
            return refuse("attachment", "ATTACHMENT_NOT_FOUND")
        for file in good:
            file.is_used = True
        letter = Letter(9_000_000_000 + len(self.letters), recipient, told, [one.content for one in good], self.clock())
        self.letters[letter.message_id] = letter
        self.events.tell("Electronic message created", letter, letter.came)
        return web.json_response({"messageId": letter.message_id})

    def _may_use(self, attachment: Attachment) -> bool:
        return not attachment.is_used and self.clock() - attachment.came < ATTACHMENT_LASTS

    async def _tell_events(self, request: web.Request) -> web.Response:
        self._check(request)
        page = self.events.page(request.query.get("continuationToken"), self.clock())
        return refuse("continuationToken") if page is None else web.json_response(page)

    async def _show(self, request: web.Request) -> web.Response:
        page = _page.render(
            letters=list(self.letters.values())[::-1],
            mailboxes=self.mailboxes,
            choices=CHOICES,
            chosen=self.trouble.chosen,
        )
        return web.Response(text=page, content_type="text/html")

    async def _turn(self, request: web.Request) -> web.Response:
        """Somebody takes their mailbox into use, or goes back to paper."""
        id_ = request.match_info["id"]
        if id_ not in self.mailboxes:
            raise web.HTTPNotFound
        self.mailboxes[id_] = not self.mailboxes[id_]
        raise web.HTTPSeeOther("/")

    async def _list(self, request: web.Request) -> web.Response:
        return web.json_response([one.tell() for one in self.letters.values()])

    async def _save(self, request: web.Request) -> web.Response:
        letter = self.letters.get(int(request.match_info["id"]))
        if letter is None or letter.opened_at is None:
            raise web.HTTPNotFound
        return web.Response(body=letter.files[0], content_type="application/pdf")

    async def _open(self, request: web.Request) -> web.Response:
        letter_id = int(request.match_info["id"])
        if letter_id not in self.letters:
            raise web.HTTPNotFound
        self.open_letter(letter_id)
        raise web.HTTPSeeOther("/")


async def read_json(request: web.Request) -> Any:
    """Raises: HTTPBadRequest."""
    try:
        return await request.json()
    except ValueError:
        raise web.HTTPBadRequest(text='{"reason": "json"}', content_type="application/json") from None


def is_id(told: Any) -> bool:
    return isinstance(told, dict) and told.keys() == {"id"} and isinstance(told["id"], str)


def refuse(reason: str, *codes: str) -> web.Response:
    """A no that is final, in the service's own shape."""
    told: dict[str, Any] = {"reason": reason}
    if codes:
        told["validationErrors"] = [{"error": reason, "errorCode": code} for code in codes]
    return web.json_response(told, status=400)
