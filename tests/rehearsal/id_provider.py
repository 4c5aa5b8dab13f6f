"""A provider of identities on loopback that behaves like ID-porten, or speaks for Suomi.fi: pushed requests, PKCE, the means of
signing in of the country, a session of its own. A test can bend each thing that it says.

Source: docs.digdir.no, ID-porten, OIDC; OpenID Connect Core 1.0; RFC 7636; RFC 9126; RFC 9207.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import html
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from itertools import chain
from typing import Any, Self
from urllib.parse import unquote, urlencode

from aiohttp import web
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, RSAKey

MEANS = {
    "MinID": ("Minid-PIN", "idporten-loa-substantial"),
    "BankID": ("BankID", "idporten-loa-high"),
    "BankID on mobile": ("BankID Mobil", "idporten-loa-high"),
    "Buypass": ("Buypass", "idporten-loa-high"),
    "Commfides": ("Commfides", "idporten-loa-high"),
}
"""What each of the five writes as amr and acr."""
LOA3 = "http://ftn.ficora.fi/2017/loatest3"
PUSHED = "urn:ietf:params:oauth:request_uri:"
ID_TOKEN_SECONDS = 120
SIGNED_OUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"

Claims = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Scheme:
    """How a country signs in: what that is called, the claim that bears the national id, and of each means its amr and acr."""

    name: str
    claim: str
    means: Mapping[str, tuple[str, str]]


ID_PORTEN = Scheme("ID-porten", "pid", MEANS)
SUOMI_FI = Scheme(
    "Suomi.fi",
    "national_identification_number",
    {"Bank": ("bank", LOA3), "Mobile certificate": ("mobile", LOA3), "Certificate card": ("card", LOA3)},
)


@cache
def make_key(name: str) -> RSAKey:
    """Made once in a process: a key takes a while."""
    return RSAKey.generate_key(2048, {"kid": name, "use": "sig", "alg": "RS256"}, private=True)


@dataclass
class Client:
    """Who may ask: `keys` are its public keys, or it has a `secret`, or it is public and has neither."""

    client_id: str
    redirects: set[str]
    secret: str = ""
    keys: KeySet | None = None


@dataclass
class Twist:
    """What is bent: the claims, how they are signed, what is told of itself, how slowly, and whether at all."""

    claims: Callable[[Claims], Claims] = lambda claims: claims
    sign: Callable[[Claims], str] | None = None
    metadata: Claims = field(default_factory=dict)
    keys_body: bytes | None = None
    metadata_body: bytes | None = None
    token_body: bytes | None = None
    seconds: float = 0.0
    is_down: bool = False
    answers: Mapping[str, str] = field(default_factory=dict)


class IdProvider:
    """`people` are names by national id; `clock` tells its time. Begins to serve inside `async with`."""

    def __init__(
        self, people: Mapping[str, str], clock: Callable[[], datetime], port: int = 0, scheme: Scheme = ID_PORTEN
    ) -> None:
        self.people = dict(people)
        self.scheme = scheme
        self.clock = clock
        self.clients: dict[str, Client] = {}
        self.key = make_key("first")
        self.told_keys = [self.key]
        self.twist = Twist()
        self.wants_pushed = False
        self.asked: list[dict[str, str]] = []
        self.fetched: list[str] = []
        self._port = port
        self._codes: dict[str, tuple[dict[str, str], str, str]] = {}
        self._pushed: dict[str, dict[str, str]] = {}
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.add_routes(
            [
                web.get("/.well-known/openid-configuration", self._tell_itself),
                web.get("/jwks.json", self._tell_keys),
                web.post("/par", self._take_pushed),
                web.get("/authorize", self._show),
                web.post("/authorize", self._choose),
                web.post("/token", self._exchange),
                web.get("/logout", self._sign_out),
            ]
        )
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def turn_keys(self, name: str) -> None:
        """Sign with a new key from now on, and tell the old one as well."""
        self.key = make_key(name)
        self.told_keys = [self.key, *self.told_keys]

    def sign_out_token(self, client_id: str, **claims: Any) -> str:
        """The word that somebody is signed out, as it is sent to a client."""
        now = int(self.clock().timestamp())
        told = {
            "iss": self.issuer,
            "aud": client_id,
            "iat": now,
            "exp": now + ID_TOKEN_SECONDS,
            "jti": secrets.token_urlsafe(8),
            "events": {SIGNED_OUT_EVENT: {}},
        }
        return self.sign({**told, **claims})

    def sign(self, claims: Claims, key: RSAKey | None = None) -> str:
        own = key or self.key
        return jwt.encode({"alg": "RS256", "kid": own.kid}, claims, own)

    async def _pass(self, request: web.Request) -> None:
        """Raises: HTTPServiceUnavailable while it is down."""
        self.fetched.append(request.path)
        await asyncio.sleep(self.twist.seconds)
        if self.twist.is_down:
            raise web.HTTPServiceUnavailable

    async def _tell_itself(self, request: web.Request) -> web.Response:
        await self._pass(request)
        if self.twist.metadata_body is not None:
            return web.Response(body=self.twist.metadata_body, content_type="application/json")
        told = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks.json",
            "pushed_authorization_request_endpoint": f"{self.issuer}/par",
            "require_pushed_authorization_requests": self.wants_pushed,
            "end_session_endpoint": f"{self.issuer}/logout",
            "authorization_response_iss_parameter_supported": True,
            "code_challenge_methods_supported": ["S256"],
            "acr_values_supported": sorted({acr for _, acr in self.scheme.means.values()}),
        }
        return web.json_response({**told, **self.twist.metadata})

    async def _tell_keys(self, request: web.Request) -> web.Response:
        await self._pass(request)
        if self.twist.keys_body is not None:
            return web.Response(body=self.twist.keys_body, content_type="application/json")
        return web.json_response({"keys": [key.as_dict(private=False) for key in self.told_keys]})

    async def _take_pushed(self, request: web.Request) -> web.Response:
        await self._pass(request)
        form = {name: str(value) for name, value in (await request.post()).items()}
        client = self._know(request, form)
        if client is None:
            return web.json_response({"error": "invalid_client"}, status=401)
        name = PUSHED + secrets.token_urlsafe(16)
        self._pushed[name] = {key: value for key, value in form.items() if not key.startswith("client_assertion")}
        return web.json_response({"request_uri": name, "expires_in": 60}, status=201)

    async def _show(self, request: web.Request) -> web.Response:
        """The page on which somebody chooses who they are, and by what means."""
        await self._pass(request)
        if isinstance(fault := self._read(request), str):
            return web.Response(status=400, text=fault)
        people = "".join(f'<option value="{pid}">{html.escape(name)}</option>' for pid, name in self.people.items())
        buttons = "".join(f'<button name="means" value="{means}">{means}</button> ' for means in self.scheme.means)
        title = f"Pretend {self.scheme.name}"
        page = (
            "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>"
            "<link rel=icon href='data:,'>"
            f"<title>{title}</title>"
            "<style>body{font:1.1rem system-ui;max-width:32rem;margin:3rem auto}"
            "button,select{font:inherit;padding:.6rem 1rem;margin:.3rem 0}</style>"
            f"<h1>{title}</h1><p>This is no real sign-in: choose who you are, and by what means.</p>"
            f'<form method=post><label>I am <select name="pid">{people}</select></label><p>{buttons}'
            '<p><button name="means" value="">Turn back</button></form>'
        )
        return web.Response(text=page, content_type="text/html")

    async def _choose(self, request: web.Request) -> web.Response:
        asked = self._read(request)
        if isinstance(asked, str):
            return web.Response(status=400, text=asked)
        form = await request.post()
        pid, means = str(form.get("pid", "")), str(form.get("means", ""))
        answer = {"state": asked["state"], "iss": self.issuer}
        if means in self.scheme.means and pid in self.people:
            code = secrets.token_urlsafe(24)
            self._codes[code] = (asked, pid, means)
            answer["code"] = code
        else:
            answer["error"] = "access_denied"
        told = {**answer, **self.twist.answers}
        return web.Response(status=302, headers={"Location": f"{asked['redirect_uri']}?{urlencode(told)}"})

    def _read(self, request: web.Request) -> dict[str, str] | str:
        """What is asked for, or what is wrong with it."""
        asked = dict(request.query)
        if "request_uri" in asked:
            asked = self._pushed.get(asked["request_uri"], {})
        elif self.wants_pushed:
            return "the request must be pushed"
        client = self.clients.get(asked.get("client_id", ""))
        if client is None or asked.get("redirect_uri") not in client.redirects:
            return "no such client"
        is_whole = asked.get("response_type") == "code" and "openid" in asked.get("scope", "").split()
        if not is_whole or asked.get("code_challenge_method") != "S256" or not asked.get("state"):
            return "something is missing"
        self.asked.append(asked)
        return asked

    async def _exchange(self, request: web.Request) -> web.Response:
        await self._pass(request)
        if self.twist.token_body is not None:
            return web.Response(body=self.twist.token_body, content_type="application/json")
        form = {name: str(value) for name, value in (await request.post()).items()}
        client = self._know(request, form)
        if client is None:
            return web.json_response({"error": "invalid_client"}, status=401)
        asked, pid, means = self._codes.pop(form.get("code", ""), ({}, "", ""))
        verifier = form.get("code_verifier", "")
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        is_theirs = asked.get("client_id") == client.client_id and asked.get("redirect_uri") == form.get("redirect_uri")
        if not is_theirs or asked.get("code_challenge") != challenge:
            return web.json_response({"error": "invalid_grant"}, status=400)
        claims = self.twist.claims(self._claims(client, asked, pid, means))
        token = self.twist.sign(claims) if self.twist.sign else self.sign(claims)
        return web.json_response(
            {"id_token": token, "access_token": secrets.token_urlsafe(16), "token_type": "Bearer", "expires_in": 60}
        )

    def _claims(self, client: Client, asked: Mapping[str, str], pid: str, means: str) -> Claims:
        now = int(self.clock().timestamp())
        amr, acr = self.scheme.means[means]
        return {
            "iss": self.issuer,
            "sub": hashlib.sha256(f"{client.client_id} {pid}".encode()).hexdigest()[:32],
            "aud": client.client_id,
            "exp": now + ID_TOKEN_SECONDS,
            "iat": now,
            "auth_time": now,
            "jti": secrets.token_urlsafe(8),
            "nonce": asked.get("nonce"),
            self.scheme.claim: pid,
            "acr": acr,
            "amr": [amr],
            "locale": "nb",
            "sid": hashlib.sha256(f"session {pid} {now}".encode()).hexdigest()[:32],
        }

    def _know(self, request: web.Request, form: Mapping[str, str]) -> Client | None:
        """The client that proved itself by its secret, by a signed assertion, or need not."""
        header = request.headers.get("Authorization", "")
        if header:
            name, _, secret = base64.b64decode(header.removeprefix("Basic ")).decode().partition(":")
            client = self.clients.get(unquote(name))
            return client if client is not None and client.secret and client.secret == unquote(secret) else None
        client = self.clients.get(form.get("client_id", ""))
        if client is None or client.secret:
            return None
        if client.keys is None:
            return client
        try:
            claims = jwt.decode(form.get("client_assertion", ""), client.keys, algorithms=["RS256"]).claims
        except (JoseError, ValueError):
            return None
        is_now = claims["iat"] <= self.clock().timestamp() < claims["exp"] <= claims["iat"] + 120
        names_us = claims["iss"] == claims["sub"] == client.client_id and claims["aud"] == self.issuer
        return client if is_now and names_us else None

    async def _sign_out(self, request: web.Request) -> web.Response:
        back = request.query.get("post_logout_redirect_uri", "")
        return web.Response(text=f'Signed out. <a href="{html.escape(back)}">Back</a>', content_type="text/html")


def synthetic_number(at: int) -> str:
    """A Norwegian national id that nobody has, number `at` of them: the month is 80 too high. Source: Skatteetaten, Tenor."""
    return _synthetic_numbers()[at]


def make_national_ids() -> Iterator[str]:
    """More of them than one day has, each another; those of `synthetic_number` are among them."""
    return chain.from_iterable(
        _list_numbers(f"{day:02}{month + 80}{year:02}")
        for year in range(80, 90)
        for month in range(1, 13)
        for day in range(1, 29)
    )


@cache
def _synthetic_numbers() -> list[str]:
    return _list_numbers("158185")


def _list_numbers(born: str) -> list[str]:
    """Those of one day: a serial number for which a control digit would be ten has none."""
    numbers = []
    for serial in range(1000):
        number = f"{born}{serial:03d}"
        for weights in ((3, 7, 6, 1, 8, 9, 4, 5, 2), (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)):
            if len(number) == len(weights):
                control = -sum(int(digit) * weight for digit, weight in zip(number, weights, strict=True)) % 11
                number += str(control) if control < 10 else ""
        if len(number) == 11:
            numbers.append(number)
    return numbers
