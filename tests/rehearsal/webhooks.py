"""Signed requests from the provider to the hub, with Twilio's rules for trying again and for falling back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

import aiohttp
from twilio.request_validator import RequestValidator
from yarl import URL

XML_TYPES = frozenset({"text/xml", "application/xml"})
HTTP_FAILURE, NO_CONNECTION, WRONG_TYPE = 11200, 11205, 12300
LARGEST_ANSWER = 65_536


@dataclass(frozen=True)
class Alert:
    """A line of the provider's error console: the code and the address that caused it."""

    code: int
    url: str


@dataclass(frozen=True)
class Answer:
    """What the hub answered: its HTTP status, 0 when nobody did; and the TwiML, if it sent any."""

    status: int
    twiml: str = ""

    @property
    def is_good(self) -> bool:
        return 200 <= self.status < 300


class Webhooks:
    """Posts forms to the hub, signed with the account's first token over exactly the configured address."""

    def __init__(
        self, token: Callable[[], str], new_key: Callable[[], str], *, timeout_seconds: float = 15.0, retries: int = 0
    ) -> None:
        self._token = token
        self._new_key = new_key
        self._timeout = aiohttp.ClientTimeout(total=timeout_seconds)
        self._retries = retries
        self._session: aiohttp.ClientSession | None = None
        self._ways: dict[str, str] = {}
        self.alerts: list[Alert] = []

    async def open(self) -> None:
        connector = aiohttp.TCPConnector(limit=100)
        self._session = aiohttp.ClientSession(timeout=self._timeout, connector=connector, trust_env=False)

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    def reach(self, public: str, through: str) -> None:
        """Requests to addresses that begin with `public` go to `through` instead, signed as before."""
        self._ways[public] = through

    def sign(self, url: str, form: Mapping[str, str]) -> str:
        """The value of `X-Twilio-Signature`."""
        return str(RequestValidator(self._token()).compute_signature(url, dict(form)))

    async def tell(self, url: str, form: Mapping[str, str], method: str = "POST", fallback: str = "") -> Answer:
        """Try the address, as often as the policy says; then the fallback, which learns the error."""
        key = self._new_key()
        answer = await self._once(url, form, method, key)
        for _ in range(self._retries):
            if answer.is_good or 400 <= answer.status < 500:
                break
            answer = await self._once(url, form, method, key)
        if answer.is_good or not fallback:
            return answer
        error = {"ErrorCode": str(self.alerts[-1].code), "ErrorUrl": url}
        return await self._once(fallback, {**form, **error}, method, key)

    async def _once(self, url: str, form: Mapping[str, str], method: str, key: str) -> Answer:
        if self._session is None:
            raise RuntimeError("the webhooks are not open")
        if method == "GET":
            url, form = f"{url}{'&' if '?' in url else '?'}{urlencode(form)}", {}
        headers = {
            "X-Twilio-Signature": self.sign(url, form),
            "I-Twilio-Idempotency-Token": key,
            "User-Agent": "TwilioProxy/1.1",
            "Accept": "*/*",
        }
        target = URL(self._way(url), encoded=True)
        body = None if method == "GET" else urlencode(form).encode()
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded; charset=UTF-8"
        try:
            async with self._session.request(
                method, target, data=body, headers=headers, allow_redirects=False
            ) as response:
                return await self._read(response, url)
        except (TimeoutError, aiohttp.ClientError, OSError):
            self.alerts.append(Alert(NO_CONNECTION, url))
            return Answer(0)

    async def _read(self, response: aiohttp.ClientResponse, url: str) -> Answer:
        content = await response.content.read(LARGEST_ANSWER)
        if not 200 <= response.status < 300:
            self.alerts.append(Alert(HTTP_FAILURE, url))
            return Answer(response.status)
        if content and response.content_type not in XML_TYPES:
            self.alerts.append(Alert(WRONG_TYPE, url))
            return Answer(response.status)
        return Answer(response.status, content.decode("utf-8", "replace"))

    def _way(self, url: str) -> str:
        for public, through in self._ways.items():
            if url.startswith(public):
                return through + url.removeprefix(public)
        return url
