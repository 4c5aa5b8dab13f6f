"""The token by which public registers in Norway know who asks: granted by Maskinporten for a claim signed with our own key.

It is fetched when it is needed, kept until a minute before its end, and never by two at a time.
Source: docs.digdir.no, Maskinporten; RFC 7523.
"""

import asyncio
import re
import secrets
from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import urlencode

from joserfc import jwt
from joserfc.jwk import RSAKey

from channels.json_object import read_object
from channels.letters.certificates import BAD_CERTIFICATE, advise_certificate, explain_certificate
from channels.letters.norway_settings import MaskinportenSettings
from channels.letters.urls import host_of
from channels.private_keys import read_private_key
from channels.retry_after import find_seconds
from hub.clock import Clock
from hub.config import SettingsError
from hub.outside import Answer, BadCertificateError, Outside, OutsideError
from hub.post.channel import TryLaterError

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
RSA_BITS = 2048
CLAIM_SECONDS = 100
MARGIN_SECONDS = 60.0
LONGEST_SECONDS = 3600.0
REFUSED_SECONDS = 60.0
"""So long a claim that was refused is not made again: a person has to act first."""
MOST_BYTES = 64 * 1024
WHOSE = "maskinporten_"
NO_ANSWER, NONSENSE = f"{WHOSE}no_answer", f"{WHOSE}nonsense"
KEY_LASTS = timedelta(days=365)
KEY_IS_OLD = timedelta(days=334)
_TOKEN = re.compile(r"[!-~]{1,16384}")
_CODE = re.compile(r"MP-\d{3}")
_ERROR = re.compile(r"[a-z_]{1,40}")


class Maskinporten:
    """One client's token for some scopes. Raises: SettingsError when its key is none."""

    def __init__(self, settings: MaskinportenSettings, scopes: Sequence[str], outside: Outside, clock: Clock) -> None:
        self._settings = settings
        self._scope = " ".join(scopes)
        self._outside = outside
        self._clock = clock
        self._key = _read_key(settings)
        self._lock = asyncio.Lock()
        self._token = ""
        self._ends_at = float("-inf")
        self._refused: tuple[float, str] = (float("-inf"), "")

    async def get_token(self) -> str:
        """Raises: TryLaterError, with Maskinporten's code as the reason when it refuses us."""
        async with self._lock:
            if self._clock.monotonic() >= self._ends_at:
                await self._fetch()
            return self._token

    def drop(self, token: str) -> None:
        """A register no longer knows this one; what another request has fetched meanwhile stays."""
        if token == self._token:
            self._ends_at = float("-inf")

    async def check(self) -> list[str]:
        """Sentences for the doctor: whether a token is to be had, and how old the key is."""
        said = []
        try:
            await self.get_token()
        except TryLaterError as error:
            said.append(_advise(error.reason))
        since = self._settings.key_since
        if since is not None and (age := self._clock.now().date() - since) >= KEY_IS_OLD:
            said.append(
                f"The key registered at Maskinporten is {age.days} days old and ends on {since + KEY_LASTS}: "
                "register a new one, and put it in channels.letters.maskinporten."
            )
        return said

    async def _fetch(self) -> None:
        """Raises: TryLaterError."""
        began = self._clock.monotonic()
        refused_until, code = self._refused
        if began < refused_until:
            raise TryLaterError(code, after=refused_until - began, whole_channel=True)
        url = f"{self._settings.url}/token"
        try:
            answer = await self._outside.request(
                "POST",
                url,
                hosts=(host_of(url),),
                headers=FORM,
                body=urlencode({"grant_type": GRANT, "assertion": self._claim()}).encode(),
                seconds=self._settings.answer_seconds,
                most_bytes=MOST_BYTES,
            )
        except BadCertificateError:
            raise explain_certificate(WHOSE) from None
        except OutsideError:
            raise TryLaterError(NO_ANSWER, whole_channel=True) from None
        if answer.status != 200:
            raise self._note_refusal(answer)
        self._token, seconds = _read_token(answer.body)
        self._ends_at = began + seconds - MARGIN_SECONDS

    def _claim(self) -> str:
        """Each is used once. Source: Maskinporten, JWT grant: two minutes at most from its making to its end."""
        now = int(self._clock.now().timestamp())
        claims = {
            "aud": f"{self._settings.url}/",
            "iss": self._settings.client_id,
            "scope": self._scope,
            "iat": now,
            "exp": now + CLAIM_SECONDS,
            "jti": secrets.token_urlsafe(16),
        }
        return jwt.encode({"alg": "RS256", "kid": self._settings.key_id}, claims, self._key)

    def _note_refusal(self, answer: Answer) -> TryLaterError:
        reason = _find_code(answer)
        if 400 <= answer.status < 500 and answer.status != 429:
            self._refused = (self._clock.monotonic() + REFUSED_SECONDS, reason)
        return TryLaterError(reason, after=find_seconds(answer.headers), whole_channel=True)


def _read_key(settings: MaskinportenSettings) -> RSAKey:
    """Raises: SettingsError."""
    key = read_private_key(settings.key.get_secret_value())
    if not isinstance(key, RSAKey) or key.raw_value.key_size < RSA_BITS:
        raise SettingsError(
            "The setting channels.letters.maskinporten.key is not right: "
            f"it is no private RSA key of {RSA_BITS} bits or more."
        )
    return key


def _read_token(body: bytes) -> tuple[str, float]:
    """The token, and for how many seconds it holds. Raises: TryLaterError."""
    try:
        told = read_object(body)
    except ValueError:
        raise TryLaterError(NONSENSE, whole_channel=True) from None
    token, lasts = told.get("access_token"), told.get("expires_in")
    if not isinstance(token, str) or not _TOKEN.fullmatch(token):
        raise TryLaterError(NONSENSE, whole_channel=True)
    if isinstance(lasts, bool) or not isinstance(lasts, int):
        return token, MARGIN_SECONDS
    return token, min(float(lasts), LONGEST_SECONDS)


def _find_code(answer: Answer) -> str:
    """Maskinporten's own code where it tells one, else that of OAuth; its prose is not repeated."""
    try:
        told = read_object(answer.body)
    except ValueError:
        told = {}
    for name in ("error_description", "error_uri", "error"):
        if found := _CODE.search(str(told.get(name, ""))):
            return found[0]
    error = told.get("error")
    return error if isinstance(error, str) and _ERROR.fullmatch(error) else f"maskinporten_http_{answer.status}"


def _advise(reason: str) -> str:
    """Source: docs.digdir.no, Maskinporten, error messages."""
    if reason == f"{WHOSE}{BAD_CERTIFICATE}":
        return advise_certificate("Maskinporten")
    match reason:
        case "MP-100":
            why = "it does not know channels.letters.maskinporten.client_id"
        case "MP-110":
            why = "channels.letters.maskinporten.url is another environment than the client's"
        case "MP-120" | "MP-124":
            why = "our key is not the one that is registered; look at key and key_id"
        case "MP-121":
            why = "our key is too old, for one lasts a year; register a new one"
        case "MP-130":
            why = "the clock of this machine is wrong"
        case "MP-200" | "MP-201" | "MP-250" | "MP-251":
            why = "it has not granted the scopes in channels.letters.krr to this client"
        case "maskinporten_no_answer" | "maskinporten_nonsense":
            return f"Maskinporten cannot be reached now, or gives no usable answer ({reason})."
        case _:
            why = "its documentation tells what the code means"
    return f"Maskinporten gives us no token ({reason}): {why}."
