"""What a provider says of itself: where its interfaces are, and the keys it signs with. Fetched when needed, and kept a while.

A provider that is down is asked again only after some seconds, and what it said before holds meanwhile; a token signed with a
key that we do not know makes us look again, once a minute at most. Source: OpenID Connect Discovery 1.0 section 4; RFC 7517.
"""

import asyncio
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, RSAKey

from channels.identity.settings import OidcSettings
from hub.clock import Clock
from hub.outside import Answer, Outside, OutsideError
from hub.sign_in.identity import IdentityAwayError

METADATA_BYTES, KEYS_BYTES = 128 * 1024, 256 * 1024
KEYS_AT_MOST = 50
RSA_BITS = 2048
FETCH_SECONDS = 5.0
LASTS_SECONDS = 24 * 3600.0
STALE_SECONDS = 2 * LASTS_SECONDS
LOOK_AGAIN_SECONDS = 60.0
DOWN_SECONDS = 5.0

SigningKey = RSAKey | ECKey


@dataclass(frozen=True, slots=True)
class Metadata:
    """The interfaces of a provider; None where it has none of a kind."""

    authorize: str
    token: str
    jwks: str
    push: str | None
    must_push: bool
    end_session: str | None
    tells_issuer: bool


class Catalogue:
    """One provider's. Only one request for each is under way at a time; all who wait share its answer."""

    def __init__(self, settings: OidcSettings, outside: Outside, clock: Clock) -> None:
        self._settings = settings
        self._outside = outside
        self._clock = clock
        self._issuer = urlsplit(settings.issuer)
        self._lock = asyncio.Lock()
        self._metadata: tuple[float, Metadata] | None = None
        self._keys: tuple[float, list[SigningKey]] | None = None
        self._down_until = float("-inf")

    async def metadata(self) -> Metadata:
        """Raises: IdentityAwayError."""
        async with self._lock:
            return await self._get_metadata()

    async def keys(self, *, again: bool = False) -> list[SigningKey]:
        """The keys that the provider signs with; `again` when the ones we have do not do. Raises: IdentityAwayError."""
        async with self._lock:
            age = self._clock.monotonic() - self._keys[0] if self._keys else None
            if self._keys is not None and age is not None and age < (LOOK_AGAIN_SECONDS if again else LASTS_SECONDS):
                return self._keys[1]
            try:
                metadata = await self._get_metadata()
                fetched = _read_keys(await self._fetch(metadata.jwks, KEYS_BYTES))
            except IdentityAwayError:
                if self._keys is not None and age is not None and age < STALE_SECONDS:
                    return self._keys[1]
                raise
            self._keys = (self._clock.monotonic(), fetched)
            return fetched

    async def ask(self, method: str, url: str, body: bytes, headers: dict[str, str]) -> Answer:
        """One request to an interface of the provider. Raises: IdentityAwayError."""
        try:
            return await self._outside.request(
                method,
                url,
                hosts=[urlsplit(url).netloc],
                headers=headers,
                body=body,
                most_bytes=METADATA_BYTES,
            )
        except OutsideError:
            raise IdentityAwayError from None

    async def _get_metadata(self) -> Metadata:
        age = self._clock.monotonic() - self._metadata[0] if self._metadata else None
        if self._metadata is not None and age is not None and age < LASTS_SECONDS:
            return self._metadata[1]
        try:
            told = await self._fetch(
                self._settings.issuer.rstrip("/") + "/.well-known/openid-configuration", METADATA_BYTES
            )
            metadata = self._read_metadata(told)
        except IdentityAwayError:
            if self._metadata is not None and age is not None and age < STALE_SECONDS:
                return self._metadata[1]
            raise
        self._metadata = (self._clock.monotonic(), metadata)
        return metadata

    async def _fetch(self, url: str, most_bytes: int) -> dict[str, Any]:
        """Raises: IdentityAwayError, at once while the provider is known to be down."""
        if self._clock.monotonic() < self._down_until:
            raise IdentityAwayError
        try:
            answer = await self._outside.request(
                "GET", url, hosts=[urlsplit(url).netloc], seconds=FETCH_SECONDS, most_bytes=most_bytes
            )
            if answer.status == 200:
                return read_object(answer.body)
        except OutsideError:
            pass
        except IdentityAwayError:
            self._down_until = self._clock.monotonic() + DOWN_SECONDS
            raise
        self._down_until = self._clock.monotonic() + DOWN_SECONDS
        raise IdentityAwayError

    def _read_metadata(self, told: dict[str, Any]) -> Metadata:
        if told.get("issuer") != self._settings.issuer:
            raise IdentityAwayError
        push = told.get("pushed_authorization_request_endpoint")
        end = told.get("end_session_endpoint")
        return Metadata(
            authorize=self._check(told.get("authorization_endpoint")),
            token=self._check(told.get("token_endpoint")),
            jwks=self._check(told.get("jwks_uri")),
            push=self._check(push) if push is not None else None,
            must_push=told.get("require_pushed_authorization_requests") is True,
            end_session=self._check(end) if end is not None else None,
            tells_issuer=told.get("authorization_response_iss_parameter_supported") is True,
        )

    def _check(self, url: object) -> str:
        """An address of the provider's own: at its host, below it, or where the settings say. Raises: IdentityAwayError."""
        if not isinstance(url, str) or not url.isascii() or not url.isprintable():
            raise IdentityAwayError
        try:
            parts = urlsplit(url)
            is_plain = parts.port is None or parts.port > 0
        except ValueError:
            raise IdentityAwayError from None
        host, own = parts.hostname or "", self._issuer.hostname or ""
        is_theirs = host == own or host.endswith(f".{own}") or host in self._settings.hosts
        if not (is_plain and is_theirs and parts.scheme == self._issuer.scheme) or parts.username or parts.fragment:
            raise IdentityAwayError
        return url


def read_object(body: bytes) -> dict[str, Any]:
    """A JSON object. Raises: IdentityAwayError."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        raise IdentityAwayError from None
    if not isinstance(told, dict):
        raise IdentityAwayError
    return told


def _read_keys(told: dict[str, Any]) -> list[SigningKey]:
    """Those among the keys that may sign for us: of public kinds, long enough, and not for another use.

    Raises: IdentityAwayError when there is none.
    """
    rows = told.get("keys")
    if not isinstance(rows, list) or len(rows) > KEYS_AT_MOST:
        raise IdentityAwayError
    keys = list(_readable(row for row in rows if isinstance(row, dict) and row.get("kty") in ("RSA", "EC")))
    if not keys:
        raise IdentityAwayError
    return keys


def _readable(rows: Iterable[dict[str, Any]]) -> Iterable[SigningKey]:
    for row in rows:
        if row.get("use", "sig") != "sig":
            continue
        try:
            for key in KeySet.import_key_set({"keys": [row]}):
                if isinstance(key, ECKey) or (isinstance(key, RSAKey) and key.raw_value.key_size >= RSA_BITS):
                    yield key
        except (JoseError, ValueError, TypeError, KeyError):
            continue
