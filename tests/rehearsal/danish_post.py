"""Denmark's Serviceplatform on loopback, as far as a sender of digital post sees it: the access control that gives assertions,
the tokens they are changed for, who is registered, and what was sent. Nobody gets in without a certificate.

It lives apart from the hub and believes nothing it is told. Faults on demand befall the next requests to their paths.
Source: KOMBIT, SF1601; digitaliser.dk, MeMo.
"""

from __future__ import annotations

import asyncio
import re
import secrets
from base64 import b64decode
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self
from uuid import UUID, uuid4

from aiohttp import web
from cryptography import x509

from tests.rehearsal.certificates import Made, make_server_context, somebody, write_authority, write_certificate
from tests.rehearsal.danish_letters import DanishLetter, read_request
from tests.rehearsal.post_faults import Fault

SEND = "http://entityid.kombit.dk/service/kombipostafsend/1"
ASK = "http://entityid.kombit.dk/service/postforespoerg/1"
SAML = "http://docs.oasis-open.org/wss/oasis-wss-saml-token-profile-1.1#SAMLV2.0"
TRUST = "http://docs.oasis-open.org/ws-sx/ws-trust/200512/"
KIND = "Holder-of-key"
BODY_AT_MOST = 32 * 1024 * 1024


class DanishPost:
    """The whole platform, for one municipality. `registered` are the numbers of who has digital post; `same_again` is the
    status by which a message with a UUID that was taken before is answered, and nothing more is done."""

    cvr = "12345674"

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.clock = clock
        self.registered: set[str] = set()
        self.same_again = 200
        self.says_no = False
        """Whether a message is refused in the answer's words, under a good status."""
        self.token_seconds = 3600
        self.faults: list[Fault] = []
        self.asked: list[str] = []
        self.letters: dict[str, DanishLetter] = {}
        self.own: Made = somebody("Fjordvik")
        self.url = ""
        self._folder = TemporaryDirectory()
        self._assertions: dict[str, str] = {}
        self._tokens: dict[str, tuple[str, datetime]] = {}
        self._closing = asyncio.Event()
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=BODY_AT_MOST, middlewares=[self._meet_faults])
        app.add_routes(
            [
                web.post("/runtime/api/rest/wstrust/v1/issue", self._issue),
                web.post("/service/AccessTokenService_1/token", self._exchange),
                web.get("/service/PostForespoerg_1/digitalpost", self._tell_registered),
                web.post("/service/KombiPostAfsend_1/memos", self._take),
            ]
        )
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        context = make_server_context(self.folder)
        await web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=context).start()
        self.url = f"https://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._runner is not None
        self._closing.set()
        await self._runner.cleanup()
        self._folder.cleanup()

    @property
    def folder(self) -> Path:
        return Path(self._folder.name)

    def settings(self) -> dict[str, Any]:
        """Those of whoever comes as this municipality."""
        return {
            "url": self.url,
            "access_url": self.url,
            "cvr": self.cvr,
            "certificate": write_certificate(self.folder, self.own),
            "key": self.own.key_pem,
            "authority": write_authority(self.folder),
        }

    def end_tokens(self) -> None:
        """Every token that was given ends now."""
        self._tokens.clear()

    @web.middleware
    async def _meet_faults(self, request: web.Request, handler: Any) -> web.StreamResponse:
        self.asked.append(request.path)
        fault = next((one for one in self.faults if one.meets(request)), None)
        if fault is not None:
            return await fault.befall(request, handler, self._closing)
        answer: web.StreamResponse = await handler(request)
        return answer

    async def _issue(self, request: web.Request) -> web.Response:
        told = await request.json()
        entity_id = told["AppliesTo"]["EndpointReference"]["Address"]
        shown = x509.load_der_x509_certificate(b64decode(told["UseKey"], validate=True))
        expected = {
            "TokenType": SAML,
            "RequestType": f"{TRUST}Issue",
            "KeyType": f"{TRUST}PublicKey",
            "AnvenderKontekst": {"Cvr": self.cvr},
            "UseKey": told["UseKey"],
            "AppliesTo": {"EndpointReference": {"Address": entity_id}},
            "OnBehalfOf": None,
        }
        if told != expected or shown != self.own.certificate or entity_id not in (SEND, ASK):
            raise web.HTTPForbidden
        assertion = f"PD{secrets.token_urlsafe(24)}+/="
        self._assertions[assertion] = entity_id
        ends = (self.clock() + timedelta(hours=8)).strftime("%m/%d/%Y %H:%M:%S")
        return web.json_response({"RequestedSecurityToken": {"Assertion": assertion}, "Lifetime": {"Expires": ends}})

    async def _exchange(self, request: web.Request) -> web.Response:
        form = await request.post()
        entity_id = self._assertions.pop(str(form.get("saml-token")), None)
        if entity_id is None or len(form) != 1:
            raise web.HTTPBadRequest
        token = secrets.token_urlsafe(24)
        self._tokens[token] = (entity_id, self.clock() + timedelta(seconds=self.token_seconds))
        return web.json_response({"token_type": KIND, "access_token": token, "expires_in": self.token_seconds})

    def _check(self, request: web.Request, entity_id: str) -> None:
        """Raises: HTTPUnauthorized, HTTPBadRequest."""
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        known, ends = self._tokens.get(token, ("", self.clock()))
        if kind != KIND or known != entity_id or ends <= self.clock():
            raise web.HTTPUnauthorized
        UUID(request.headers["X-TransaktionsId"])
        if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", request.headers["X-TransaktionsTid"]):
            raise web.HTTPBadRequest

    async def _tell_registered(self, request: web.Request) -> web.Response:
        self._check(request, ASK)
        number = request.query.get("cprNumber", "")
        if len(request.query) != 1 or not re.fullmatch(r"\d{10}", number):
            raise web.HTTPBadRequest
        return web.json_response({"result": number in self.registered})

    async def _take(self, request: web.Request) -> web.Response:
        self._check(request, SEND)
        if request.content_type != "application/xml":
            raise web.HTTPUnsupportedMediaType
        try:
            letter = read_request(await request.read(), self.cvr)
        except ValueError as fault:
            raise web.HTTPBadRequest(text=str(fault)) from None
        if self.says_no:
            return _answer("false", "")
        if letter.message_uuid in self.letters:
            return _answer("true", "", self.same_again)
        self.letters[letter.message_uuid] = letter
        return _answer("true", f"<TransmissionID>{uuid4()}</TransmissionID>")


def _answer(result: str, more: str, status: int = 200) -> web.Response:
    told = f'<?xml version="1.0" encoding="UTF-8"?><kombi_response><Result>{result}</Result>{more}</kombi_response>'
    return web.Response(text=told, content_type="application/xml", status=status)
