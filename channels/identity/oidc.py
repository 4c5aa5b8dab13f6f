"""Guardians signed in by a national identity provider that speaks OpenID Connect: ID-porten, Suomi.fi and their like.

The authorization code flow with PKCE, pushed where the provider asks for it; we prove ourselves with a signed assertion or a
secret. What the provider tells beside the id token is neither asked for nor kept.
Source: RFC 6749 section 4.1; RFC 7523; RFC 7636; RFC 9126; RFC 9207; docs.digdir.no, ID-porten.
"""

import base64
import hashlib
import logging
import secrets
from collections.abc import Mapping
from urllib.parse import quote, urlencode

from aiohttp import encode_basic_auth
from joserfc import jwt
from joserfc.jwk import RSAKey
from yarl import URL

from channels.identity.catalogue import Catalogue, SigningKey, read_object
from channels.identity.settings import OidcSettings, as_level
from channels.identity.tokens import UnknownKeyError, check_id_token, check_sign_out, read_claims
from channels.private_keys import read_private_key
from hub.clock import Clock
from hub.config import SettingsError
from hub.outside import Outside
from hub.sign_in.identity import (
    Errand,
    IdentityAwayError,
    NotAcceptedError,
    NotGivenError,
    Shown,
    SignedOut,
)

log = logging.getLogger(__name__)

ASSERTION_SECONDS = 60
CODE_LETTERS = 4096
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
BUSY = frozenset({"temporarily_unavailable", "server_error"})


class OidcIdentity:
    """One provider. `public_url` is the public site as the world sees it. Raises: SettingsError when the key is none."""

    Settings = OidcSettings

    def __init__(self, name: str, settings: OidcSettings, outside: Outside, public_url: str, clock: Clock) -> None:
        self.name = name
        self.label = settings.label or name
        self.issuer = settings.issuer
        self.owner = settings.owner
        self.country = settings.country
        self.contact = settings.contact
        self.strong = as_level(settings.strong)
        self._settings = settings
        self._clock = clock
        self._catalogue = Catalogue(settings, outside, clock)
        self._redirect = f"{public_url}/sign-in/{name}/back"
        self._key = _read_key(name, settings)

    async def begin(self, errand: Errand, language: str) -> str:
        """The address to send the browser to. Raises: IdentityAwayError."""
        metadata = await self._catalogue.metadata()
        asked = self._ask_for(errand, language)
        if metadata.push is not None and (metadata.must_push or self._settings.pushed):
            asked = {"client_id": self._settings.client_id, "request_uri": await self._push(metadata.push, asked)}
        return str(URL(metadata.authorize).update_query(asked))

    def _ask_for(self, errand: Errand, language: str) -> dict[str, str]:
        settings = self._settings
        asked = {
            "response_type": "code",
            "client_id": settings.client_id,
            "redirect_uri": self._redirect,
            "scope": " ".join(settings.scopes),
            "state": errand.state,
            "nonce": errand.nonce,
            "code_challenge": _challenge(errand.verifier),
            "code_challenge_method": "S256",
            "ui_locales": language,
        }
        levels = settings.acr_values
        if errand.is_fresh:
            asked |= {"prompt": "login", "max_age": "0"}
            levels = tuple(acr for acr in levels if (settings.level_of(acr) or 0) >= self.strong) or levels
        return asked | ({"acr_values": " ".join(levels)} if levels else {})

    async def _push(self, url: str, asked: dict[str, str]) -> str:
        """Raises: IdentityAwayError."""
        status, told = await self._post(url, asked)
        request_uri = told.get("request_uri")
        if status != 201 or not isinstance(request_uri, str):
            self._note_fault("pushing", status, told)
            raise IdentityAwayError
        return request_uri

    async def finish(self, errand: Errand, answer: Mapping[str, str]) -> Shown:
        """Who it is. Raises: IdentityAwayError, NotGivenError, NotAcceptedError, TooWeakError."""
        metadata = await self._catalogue.metadata()
        told_issuer = answer.get("iss")
        if told_issuer != self.issuer and (told_issuer is not None or metadata.tells_issuer):
            raise NotAcceptedError("iss of the answer")
        if "error" in answer:
            raise IdentityAwayError if answer["error"] in BUSY else NotGivenError
        code = answer.get("code", "")
        if not 0 < len(code) <= CODE_LETTERS:
            raise NotAcceptedError("code")
        token = await self._exchange(metadata.token, code, errand.verifier)
        claims = await self._read(token)
        return check_id_token(claims, self._settings, errand, self._clock.now())

    async def _exchange(self, url: str, code: str, verifier: str) -> object:
        """The id token for a code. Raises: IdentityAwayError, NotAcceptedError."""
        status, told = await self._post(
            url,
            {
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": self._redirect,
                "code_verifier": verifier,
            },
        )
        if status == 200:
            return told.get("id_token")
        if told.get("error") == "invalid_grant":
            raise NotAcceptedError("code")
        self._note_fault("exchanging", status, told)
        raise IdentityAwayError

    async def read_sign_out(self, token: str) -> SignedOut:
        """Whom the provider itself tells us to sign out. Raises: IdentityAwayError, NotAcceptedError."""
        return check_sign_out(await self._read(token), self._settings, self._clock.now())

    async def way_out(self, back: str) -> str | None:
        """Where the browser signs out at the provider too. The id token would be a hint, but it bears the national id, and
        so it is kept nowhere and put in no address. Raises: IdentityAwayError."""
        metadata = await self._catalogue.metadata()
        if metadata.end_session is None:
            return None
        asked = {"client_id": self._settings.client_id, "post_logout_redirect_uri": back}
        return str(URL(metadata.end_session).update_query(asked))

    async def _read(self, token: object) -> dict[str, object]:
        """The claims of a token, if a key of the provider signed it, be it one that is new. Raises: NotAcceptedError."""
        try:
            return read_claims(token, await self._catalogue.keys())
        except UnknownKeyError:
            pass
        try:
            return read_claims(token, await self._catalogue.keys(again=True))
        except UnknownKeyError:
            raise NotAcceptedError("key") from None

    async def _post(self, url: str, form: dict[str, str]) -> tuple[int, dict[str, object]]:
        """A form to the provider, with the proof that it is we. Raises: IdentityAwayError."""
        headers = dict(FORM)
        secret = self._settings.client_secret.get_secret_value()
        if self._key is not None:
            form = {**form, "client_assertion_type": ASSERTION_TYPE, "client_assertion": self._assert(self._key)}
        if secret:
            headers["Authorization"] = encode_basic_auth(
                quote(self._settings.client_id, safe=""), quote(secret, safe="")
            )
        else:
            form = {**form, "client_id": self._settings.client_id}
        answer = await self._catalogue.ask("POST", url, urlencode(form).encode(), headers)
        return answer.status, read_object(answer.body)

    def _assert(self, key: SigningKey) -> str:
        """Who we are, signed, for one request. Source: RFC 7523 section 3."""
        now = int(self._clock.now().timestamp())
        header = {
            "alg": "RS256" if isinstance(key, RSAKey) else "ES256",
            "kid": self._settings.client_key_id or key.kid,
        }
        claims = {
            "iss": self._settings.client_id,
            "sub": self._settings.client_id,
            "aud": self.issuer,
            "iat": now,
            "exp": now + ASSERTION_SECONDS,
            "jti": secrets.token_urlsafe(16),
        }
        return jwt.encode({name: value for name, value in header.items() if value}, claims, key)

    def _note_fault(self, what: str, status: int, told: Mapping[str, object]) -> None:
        """What is wrong between us and the provider, for whoever runs Budbok: its code, never its prose."""
        code = told.get("error")
        is_code = isinstance(code, str) and code.isascii() and code.replace("_", "").isalnum() and len(code) <= 40
        log.warning(
            "a provider of identities refused us",
            extra={"doing": what, "status": status, "code": code if is_code else ""},
        )


def _challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _read_key(name: str, settings: OidcSettings) -> SigningKey | None:
    """Raises: SettingsError."""
    text = settings.client_key.get_secret_value().strip()
    if not text:
        return None
    key = read_private_key(text)
    if key is None:
        raise SettingsError(f"The setting identity.{name}.client_key is not right: it is no private RSA or EC key.")
    return key
