"""The token that Suomi.fi Messages knows us by: fetched when it is needed, kept until it ends, and never by two at a time."""

import asyncio
import json
import re

from channels.json_object import read_object
from channels.letters.certificates import explain_certificate
from channels.letters.suomifi_settings import SuomifiSettings
from hub.clock import Clock
from hub.outside import BadCertificateError, Outside, OutsideError
from hub.post.channel import TryLaterError

PATH = "/v1/token"
MOST_BYTES = 64 * 1024
LONGEST_SECONDS = 24 * 3600.0
MARGIN_SECONDS = 60.0
"""So long before its end a token is let go, so that it does not end on its way."""
REFUSED_SECONDS = 60.0
"""So long a refused password is not tried again: whoever tries too often may be locked out."""
REFUSED, NO_SIGN_IN, NONSENSE = "sign_in_refused", "no_sign_in", "sign_in_nonsense"
_TOKEN = re.compile(r"[!-~]{1,8192}")


class SuomifiToken:
    """The headers that prove who we are, for one municipality's service."""

    def __init__(self, settings: SuomifiSettings, outside: Outside, clock: Clock) -> None:
        self._settings = settings
        self._outside = outside
        self._clock = clock
        self._lock = asyncio.Lock()
        self._headers: dict[str, str] = {}
        self._ends_at = float("-inf")
        self._refused_until = float("-inf")

    @property
    def can_be_renewed(self) -> bool:
        """Whether another may be had when the service no longer knows this one."""
        return self._settings.authorization != "api_key"

    async def get(self) -> dict[str, str]:
        """Raises: TryLaterError when nobody could sign in."""
        if not self.can_be_renewed:
            return {"x-api-key": self._settings.api_key.get_secret_value()}
        async with self._lock:
            if self._clock.monotonic() >= self._ends_at:
                token = await self._sign_in()
                self._headers = {
                    "Authorization": token if self._settings.authorization == "bare" else f"Bearer {token}"
                }
            return self._headers

    def drop(self, headers: dict[str, str]) -> None:
        """The service no longer knows these; what another request has fetched meanwhile stays."""
        if headers is self._headers:
            self._ends_at = float("-inf")

    async def _sign_in(self) -> str:
        """Raises: TryLaterError."""
        began = self._clock.monotonic()
        if began < self._refused_until:
            raise TryLaterError(REFUSED, whole_channel=True)
        told = {"username": self._settings.username, "password": self._settings.password.get_secret_value()}
        try:
            answer = await self._outside.request(
                "POST",
                self._settings.url + PATH,
                hosts=(self._settings.host,),
                headers={"Content-Type": "application/json", "Accept": "application/json"},
                body=json.dumps(told).encode(),
                seconds=self._settings.answer_seconds,
                most_bytes=MOST_BYTES,
            )
        except BadCertificateError:
            raise explain_certificate() from None
        except OutsideError:
            raise TryLaterError(NO_SIGN_IN, whole_channel=True) from None
        if answer.status in (400, 401, 403):
            self._refused_until = self._clock.monotonic() + REFUSED_SECONDS
            raise TryLaterError(REFUSED, whole_channel=True)
        if answer.status != 200:
            raise TryLaterError(f"sign_in_http_{answer.status}", whole_channel=True)
        token, seconds = _read(answer.body)
        self._ends_at = began + seconds - MARGIN_SECONDS
        return token


def _read(body: bytes) -> tuple[str, float]:
    """The token, and for how many seconds it holds; where nobody says, a day, or until it is refused. Raises: TryLaterError."""
    try:
        told = read_object(body)
    except ValueError:
        raise TryLaterError(NONSENSE, whole_channel=True) from None
    token, lasts = told.get("access_token"), told.get("expires_in")
    if not isinstance(token, str) or not _TOKEN.fullmatch(token):
        raise TryLaterError(NONSENSE, whole_channel=True)
    if isinstance(lasts, bool) or not isinstance(lasts, int) or lasts <= 0:
        return token, LONGEST_SECONDS
    return token, float(min(lasts, LONGEST_SECONDS))
