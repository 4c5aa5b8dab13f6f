"""Mina meddelanden on loopback, as far as a sender sees it: FaR, who has a mailbox where, and one operator, which delivers what
it is given as often as it is given it. Nobody gets in without a certificate.

It lives apart from the hub and believes nothing it is told. Faults on demand befall the next requests to their paths.
Source: Mina meddelanden, Recipient v3 and Service v3.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self
from uuid import uuid4
from xml.sax.saxutils import escape

from aiohttp import web
from cryptography.exceptions import InvalidSignature

from tests.rehearsal.certificates import Made, make_server_context, somebody, write_authority, write_certificate
from tests.rehearsal.post_faults import Fault
from tests.rehearsal.swedish_letters import RECIPIENT, SwedishLetter, parse, read_delivery

FAR, OPERATOR = "/webservice/recipient/v3", "/operator/service/v3"
ASKED_AT_MOST = 1000
ENVELOPE_AT_MOST = 2 * 1024 * 1024
BASE = "http://minameddelanden.gov.se/schema"
_ANSWER = '<S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/"><S:Body>{}</S:Body></S:Envelope>'  # as operators do


@dataclass
class Account:
    """What FaR tells of somebody. `address` is their operator's, of which some have white space alone; None for no operator."""

    accepts: bool = True
    pending: bool = False
    address: str | None = ""


class SwedishPost:
    """FaR and one operator. `accounts` are those of whom FaR tells; each without an address of its own is at the operator.
    `delivers`: what the operator says of the next letters."""

    organisation = "2120001234"

    def __init__(self) -> None:
        self.accounts: dict[str, Account] = {}
        self.delivers = True
        self.faults: list[Fault] = []
        self.asked: list[str] = []
        self.asked_about: list[list[str]] = []
        self.letters: list[SwedishLetter] = []
        self.own: Made = somebody("Fjordvik")
        self.url = ""
        self._folder = TemporaryDirectory()
        self._closing = asyncio.Event()
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=2 * ENVELOPE_AT_MOST, middlewares=[self._meet_faults])
        app.add_routes([web.post(FAR, self._tell_reachable), web.post(OPERATOR, self._deliver)])
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        context = make_server_context(self.folder)
        await web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=context).start()
        self.url = f"https://{self.host}"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._runner is not None
        self._closing.set()
        await self._runner.cleanup()
        self._folder.cleanup()

    @property
    def folder(self) -> Path:
        return Path(self._folder.name)

    @property
    def host(self) -> str:
        assert self._runner is not None
        return f"127.0.0.1:{self._runner.addresses[0][1]}"

    def settings(self) -> dict[str, Any]:
        """Those of whoever comes as this municipality."""
        return {
            "url": self.url + FAR,
            "organisation": self.organisation,
            "operators": [self.host],
            "certificate": write_certificate(self.folder, self.own),
            "key": self.own.key_pem,
            "authority": write_authority(self.folder),
            "support_text": "Frågor om brevet: skolans expedition.",
        }

    @web.middleware
    async def _meet_faults(self, request: web.Request, handler: Any) -> web.StreamResponse:
        self.asked.append(request.path)
        fault = next((one for one in self.faults if one.meets(request)), None)
        if fault is not None:
            return await fault.befall(request, handler, self._closing)
        try:
            answer: web.StreamResponse = await handler(request)
        except (ValueError, InvalidSignature) as fault_found:
            told = f"<S:Fault><faultcode>S:Client</faultcode><faultstring>{escape(str(fault_found))}</faultstring></S:Fault>"
            return _answer(told, 500)
        return answer

    def _check(self, request: web.Request, body: bytes) -> None:
        """Raises: ValueError."""
        if request.content_type != "text/xml" or request.headers.get("SOAPAction") != '""':
            raise ValueError("not SOAP 1.1")
        if len(body) > ENVELOPE_AT_MOST:
            raise ValueError("too large")

    async def _tell_reachable(self, request: web.Request) -> web.Response:
        body = await request.read()
        self._check(request, body)
        question = parse(body)
        sender, *ids = (one.text or "" for one in question)
        names = [f"{RECIPIENT}senderOrgNr", *[f"{RECIPIENT}recipientId"] * len(ids)]
        if question.tag != f"{RECIPIENT}isReachable" or [one.tag for one in question] != names:
            raise ValueError("isReachable")
        if sender != f"16{self.organisation}" or len(ids) > ASKED_AT_MOST:
            raise ValueError("senderOrgNr, or too many")
        if not all(re.fullmatch(r"\d{12}", one) for one in ids):
            raise ValueError("recipientId")
        self.asked_about.append(ids)
        told = "".join(self._tell_one(one, self.accounts[one]) for one in ids if one in self.accounts)
        return _answer(
            f'<a:isReachableResponse xmlns:a="{BASE}/Recipient/v3" xmlns:b="{BASE}/Recipient">{told}</a:isReachableResponse>'
        )

    def _tell_one(self, national_id: str, account: Account) -> str:
        address = account.address if account.address != "" else self.url + OPERATOR
        supplier = (
            f"<b:ServiceSupplier><b:Id>165560000000</b:Id><b:Name>Låtsas</b:Name><b:ServiceAdress>{address}</b:ServiceAdress>"
            "<b:UIAdress>https://example.org</b:UIAdress></b:ServiceSupplier>"
        )
        return (
            f"<a:return><b:AccountStatus><b:RecipientId>{national_id}</b:RecipientId>"
            f"<b:Type>{'Not' if address is None else 'Secure'}</b:Type><b:Pending>{_truth(account.pending)}</b:Pending>"
            f"{'' if address is None else supplier}</b:AccountStatus>"
            f"<b:SenderAccepted>{_truth(account.accepts)}</b:SenderAccepted></a:return>"
        )

    async def _deliver(self, request: web.Request) -> web.Response:
        body = await request.read()
        self._check(request, body)
        letter = read_delivery(parse(body), f"16{self.organisation}", self.own.certificate)
        if self.delivers:
            self.letters.append(letter)
        status = f"<c:RecipientId>{letter.recipient}</c:RecipientId><c:Delivered>{_truth(self.delivers)}</c:Delivered>"
        return _answer(
            f'<a:deliverSecureResponse xmlns:a="{BASE}/Service/v3" xmlns:c="{BASE}/Service"><a:return>'
            f"<c:TransId>{uuid4()}</c:TransId><c:Status>{status}</c:Status></a:return></a:deliverSecureResponse>"
        )


def _answer(told: str, status: int = 200) -> web.Response:
    return web.Response(text=_ANSWER.format(told), content_type="text/xml", status=status)


def _truth(is_true: bool) -> str:
    return "true" if is_true else "false"
