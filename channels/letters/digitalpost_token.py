"""The token that Denmark's Serviceplatform knows us by: an assertion of the common access control, changed for a token that
one service takes, and only from whoever shows our certificate.

It is fetched when it is needed, kept until five minutes before its end, and never by two at a time.
Source: KOMBIT, integrations SF1514 and SF1601; OIO IDWS REST.
"""

import asyncio
import json
import re
from base64 import b64encode
from urllib.parse import urlencode

from cryptography.hazmat.primitives.serialization import Encoding

from channels.json_object import read_object
from channels.letters.certificates import explain_certificate
from channels.letters.digitalpost_settings import DigitalpostSettings
from channels.letters.own_certificate import CertifiedOutside
from channels.retry_after import find_seconds
from hub.clock import Clock
from hub.outside import Answer, BadCertificateError, OutsideError
from hub.post.channel import TryLaterError

ISSUE = "/runtime/api/rest/wstrust/v1/issue"
EXCHANGE = "/service/AccessTokenService_1/token"
TOKEN_TYPE = "http://docs.oasis-open.org/wss/oasis-wss-saml-token-profile-1.1#SAMLV2.0"  # noqa: S105
REQUEST_TYPE = "http://docs.oasis-open.org/ws-sx/ws-trust/200512/Issue"
KEY_TYPE = "http://docs.oasis-open.org/ws-sx/ws-trust/200512/PublicKey"
MARGIN_SECONDS = 300.0
LONGEST_SECONDS = 8 * 3600.0
REFUSED_SECONDS = 60.0
"""So long nothing is asked for again that was refused: a person has to act first."""
MOST_BYTES = 256 * 1024
NO_ANSWER, NONSENSE, REFUSED = "token_no_answer", "token_nonsense", "token_refused"
_ASSERTION = re.compile(r"\S[\s\S]{0,200000}")
_TOKEN = re.compile(r"[!-~]{1,65536}")
_KIND = re.compile(r"[A-Za-z][A-Za-z-]{0,39}")


class DigitalpostToken:
    """What stands in the header `authorization` of requests to one service, whose entity id it is for."""

    def __init__(self, entity_id: str, settings: DigitalpostSettings, outside: CertifiedOutside, clock: Clock) -> None:
        self._entity_id = entity_id
        self._settings = settings
        self._outside = outside
        self._clock = clock
        self._lock = asyncio.Lock()
        self._token = ""
        self._ends_at = float("-inf")
        self._refused_until = float("-inf")

    async def get(self) -> str:
        """Raises: TryLaterError when there is none to be had."""
        async with self._lock:
            if self._clock.monotonic() >= self._ends_at:
                await self._fetch()
            return self._token

    def drop(self, token: str) -> None:
        """The service no longer knows this one; what another request has fetched meanwhile stays."""
        if token == self._token:
            self._ends_at = float("-inf")

    async def _fetch(self) -> None:
        """Raises: TryLaterError."""
        began = self._clock.monotonic()
        if began < self._refused_until:
            raise TryLaterError(REFUSED, after=self._refused_until - began, whole_channel=True)
        assertion = _read_assertion(
            await self._ask(self._settings.access_url + ISSUE, self._claim(), "application/json")
        )
        form = urlencode({"saml-token": assertion}).encode()
        answer = await self._ask(self._settings.url + EXCHANGE, form, "application/x-www-form-urlencoded")
        self._token, seconds = _read_token(answer)
        self._ends_at = began + seconds - MARGIN_SECONDS

    def _claim(self) -> bytes:
        told = {
            "TokenType": TOKEN_TYPE,
            "RequestType": REQUEST_TYPE,
            "KeyType": KEY_TYPE,
            "AnvenderKontekst": {"Cvr": self._settings.cvr},
            "UseKey": b64encode(self._outside.own.own.public_bytes(Encoding.DER)).decode(),
            "AppliesTo": {"EndpointReference": {"Address": self._entity_id}},
            "OnBehalfOf": None,
        }
        return json.dumps(told).encode()

    async def _ask(self, url: str, body: bytes, content_type: str) -> Answer:
        """A good answer. Raises: TryLaterError."""
        try:
            answer = await self._outside.request(
                "POST",
                url,
                headers={"Content-Type": content_type, "Accept": "application/json"},
                body=body,
                seconds=self._settings.answer_seconds,
                most_bytes=MOST_BYTES,
            )
        except BadCertificateError:
            raise explain_certificate() from None
        except OutsideError:
            raise TryLaterError(NO_ANSWER, whole_channel=True) from None
        if 400 <= answer.status < 500 and answer.status != 429:
            self._refused_until = self._clock.monotonic() + REFUSED_SECONDS
            raise TryLaterError(REFUSED, whole_channel=True)
        if answer.status != 200:
            raise TryLaterError(f"token_http_{answer.status}", find_seconds(answer.headers), whole_channel=True)
        return answer


def _read_assertion(answer: Answer) -> str:
    """As it is told; it is changed for a token as it stands. Raises: TryLaterError."""
    try:
        assertion = read_object(answer.body)["RequestedSecurityToken"]["Assertion"]
    except (ValueError, KeyError, TypeError):
        raise TryLaterError(NONSENSE, whole_channel=True) from None
    if not isinstance(assertion, str) or not _ASSERTION.fullmatch(assertion):
        raise TryLaterError(NONSENSE, whole_channel=True)
    return assertion


def _read_token(answer: Answer) -> tuple[str, float]:
    """The token with its kind before it, and for how many seconds it holds. Raises: TryLaterError."""
    try:
        told = read_object(answer.body)
    except ValueError:
        raise TryLaterError(NONSENSE, whole_channel=True) from None
    kind, token, lasts = told.get("token_type"), told.get("access_token"), told.get("expires_in")
    if not isinstance(kind, str) or not _KIND.fullmatch(kind):
        raise TryLaterError(NONSENSE, whole_channel=True)
    if not isinstance(token, str) or not _TOKEN.fullmatch(token):
        raise TryLaterError(NONSENSE, whole_channel=True)
    if isinstance(lasts, bool) or not isinstance(lasts, int) or lasts <= 0:
        return f"{kind} {token}", MARGIN_SECONDS
    return f"{kind} {token}", min(float(lasts), LONGEST_SECONDS)
