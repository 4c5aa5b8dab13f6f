"""Maskinporten and the contact and reservation register, as the pretend post of Norway plays them.

Source: docs.digdir.no, Maskinporten, JWT grant and error messages; Kontaktregisteret, REST interface v2.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
ALGORITHMS = ["RS256", "RS384", "RS512"]
SCOPES = frozenset({"krr:global/kontaktinformasjon.read", "krr:global/digitalpost.read"})
KEY_LASTS = timedelta(days=365)
ASKED_AT_MOST = 1000
ID_DIGITS = 11
DIGIPOST = "984661185"

Row = dict[str, Any]


@dataclass
class Person:
    """One of the people of the rehearsal, as the register has them now."""

    name: str
    is_reserved: bool = False
    is_notifiable: bool = True
    has_mailbox: bool = True
    status: str = "AKTIV"


class Problem(Exception):
    """Maskinporten's no."""

    def __init__(self, code: str, error: str = "invalid_grant") -> None:
        super().__init__(code)
        self.told = {"error": error, "error_description": f"{code}: not granted", "error_uri": "https://docs.example/"}


class TokenOffice:
    """Maskinporten, for one client that registered one key at `key_since`."""

    client_id = "budbok-rehearsal"

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.clock = clock
        self.issuer = ""
        self.keys: dict[str, RSAKey] = {}
        self.key_since = clock()
        self.granted = SCOPES
        self.token_seconds = 599
        self.given = 0
        self._used: set[str] = set()
        self._tokens: dict[str, tuple[frozenset[str], datetime]] = {}

    def register(self, key_id: str, key: RSAKey) -> None:
        self.keys[key_id] = RSAKey.import_key(key.as_dict(private=False))
        self.key_since = self.clock()

    def end_tokens(self) -> None:
        """Every token that was given ends now."""
        self._tokens.clear()

    def scopes_of(self, header: str) -> frozenset[str]:
        """What a request may see; nothing with a token that is none or over."""
        scopes, ends = self._tokens.get(header.removeprefix("Bearer "), (frozenset[str](), self.clock()))
        return scopes if header.startswith("Bearer ") and self.clock() < ends else frozenset()

    async def answer(self, request: web.Request) -> web.Response:
        form = await request.post()
        try:
            if form.get("grant_type") != GRANT or len(form) != 2:
                raise Problem("grant_type", "unsupported_grant_type")
            scopes = self._judge(str(form.get("assertion", "")))
        except Problem as problem:
            return web.json_response(problem.told, status=400)
        token = secrets.token_urlsafe(32)
        self._tokens[token] = (scopes, self.clock() + timedelta(seconds=self.token_seconds))
        self.given += 1
        scope = " ".join(sorted(scopes))
        told = {"access_token": token, "token_type": "Bearer", "expires_in": self.token_seconds, "scope": scope}
        return web.json_response(told)

    def _judge(self, assertion: str) -> frozenset[str]:
        """The scopes that are granted. Raises: Problem."""
        try:
            header = jws.extract_compact(assertion.encode()).headers()
            key = self.keys.get(str(header.get("kid")))
            if key is None:
                raise Problem("MP-120")
            claims = jwt.decode(assertion, key, algorithms=ALGORITHMS).claims
        except (JoseError, ValueError):
            raise Problem("MP-124") from None
        now = self.clock().timestamp()
        if claims.get("iss") != self.client_id:
            raise Problem("MP-100", "invalid_client")
        if claims.get("aud") != self.issuer:
            raise Problem("MP-110")
        if self.clock() - self.key_since > KEY_LASTS:
            raise Problem("MP-121")
        if abs(claims["iat"] - now) > 10 or not now < claims["exp"] <= claims["iat"] + 120:
            raise Problem("MP-130")
        if not claims.get("jti") or claims["jti"] in self._used:
            raise Problem("MP-012")
        self._used.add(claims["jti"])
        scopes = frozenset(str(claims.get("scope", "")).split())
        if not scopes or not scopes <= self.granted:
            raise Problem("MP-200", "invalid_scope")
        return scopes


@dataclass
class ContactRegister:
    """KRR. `bend` changes the row of a person before it is told; `tells_twice`: each stands twice in an answer."""

    people: dict[str, Person]
    office: TokenOffice
    bend: Callable[[Row], Row] = lambda row: row
    tells_twice: bool = False
    asked: list[list[str]] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        scopes = self.office.scopes_of(request.headers.get("Authorization", ""))
        if not scopes:
            return web.json_response({"error": "invalid_token"}, status=401)
        if not scopes >= SCOPES:
            return web.json_response({"error": "insufficient_scope"}, status=403)
        told = await request.json()
        asked = told.get("personidentifikatorer")
        if set(told) != {"personidentifikatorer"} or not 1 <= len(asked) <= ASKED_AT_MOST:
            return web.json_response({"feilmelding": "1 to 1000 personidentifikatorer"}, status=400)
        if wrong := [one for one in asked if not (one.isdigit() and len(one) == ID_DIGITS)]:
            return web.json_response({"feilmelding": f"{wrong[0]} is no personidentifikator"}, status=400)
        self.asked.append(asked)
        rows = [self.bend(self._tell(one)) for one in asked for _ in range(2 if self.tells_twice else 1)]
        return web.json_response({"personer": rows})

    def _tell(self, national_id: str) -> Row:
        person = self.people.get(national_id)
        if person is None:
            return {"personidentifikator": national_id, "reservasjon": "NEI", "status": "IKKE_REGISTRERT"}
        row: Row = {
            "personidentifikator": national_id,
            "reservasjon": "JA" if person.is_reserved else "NEI",
            "status": person.status,
            "varslingsstatus": "KAN_VARSLES" if person.is_notifiable else "KAN_IKKE_VARSLES",
            "spraak": "nb",
        }
        if person.is_notifiable:
            lately = (self.office.clock() - timedelta(days=90)).strftime("%Y-%m-%dT%H:%M:%S+00")
            row["kontaktinformasjon"] = {
                "epostadresse": "somebody@example.no",
                "epostadresse_oppdatert": lately,
                "epostadresse_sist_verifisert": lately,
            }
        if person.has_mailbox:
            row["digital_post"] = {"postkasseadresse": "somebody#1ABC", "postkasseleverandoeradresse": DIGIPOST}
            row["sertifikat"] = "MII"
        return row
