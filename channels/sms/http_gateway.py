"""SMS by way of any gateway that speaks our plain JSON over HTTP, signed both ways."""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import quote

from aiohttp import web
from yarl import URL

from channels.retry_after import find_seconds
from channels.sms.addresses import NonsenseError, write_address
from channels.sms.http_callbacks import JSON, GatewayCallbacks
from channels.sms.http_message import NAME, find_error, read_inbound, read_object, read_receipt, read_report
from channels.sms.http_settings import HttpGatewaySettings
from channels.sms.http_signature import Signatures, make_headers
from channels.sms.pace import Pace
from channels.unanswered import explain_silence
from hub.address import SMS
from hub.clock import Clock, SystemClock
from hub.outside import Answer, Outside, OutsideError
from hub.parts import count_parts
from hub.post.channel import (
    AddressGoneError,
    Envelope,
    Fetched,
    Inbound,
    Inbox,
    Limits,
    MediaLink,
    Receipt,
    RejectedError,
    Report,
    SendError,
    TryLaterError,
    UnknownFateError,
)

MOST_LETTERS = 1600
MOST_BYTES = 4 * 1024 * 1024
OPTED_OUT = "opted_out"
T = TypeVar("T")


class HttpGatewayChannel:
    """One gateway."""

    Settings = HttpGatewaySettings
    name = NAME
    kind = SMS

    def __init__(
        self, settings: HttpGatewaySettings, outside: Outside, public_url: str, clock: Clock | None = None
    ) -> None:
        self.limits = Limits(length=MOST_LETTERS)
        self._pace = Pace(settings.pace_per_second)
        self._settings = settings
        self._outside = outside
        self._public_url = public_url.rstrip("/")
        self._clock = clock or SystemClock()

    def listen(self, inbox: Inbox) -> web.Application:
        return GatewayCallbacks(Signatures(self._settings.secrets, self._clock), inbox).make_application()

    async def send(self, envelope: Envelope) -> Receipt:
        told = {
            "tag": envelope.delivery_id,
            "from": write_address(envelope.sender, envelope.recipient),
            "to": write_address(envelope.recipient, envelope.sender),
            "text": envelope.text,
            "parts": count_parts(envelope.text).parts,
            "status_url": f"{self._public_url}/{SMS}/{NAME}/status",
        }
        await self._pace.wait(urgent=envelope.urgent)
        answer = await self._ask("POST", "/messages", json.dumps(told, ensure_ascii=False))
        if not 200 <= answer.status < 300:
            raise explain(answer)
        try:
            return read_receipt(answer.body)
        except NonsenseError:
            raise UnknownFateError("nonsense") from None

    async def find(self, envelope: Envelope) -> Receipt | None:
        """The gateway knows our tag. Raises: TryLaterError."""
        answer = await self._look(f"/messages/{quote(envelope.delivery_id, safe='')}")
        if answer.status == 404:
            return None
        try:
            return read_receipt(self._checked(answer).body)
        except NonsenseError:
            raise TryLaterError("nonsense") from None

    async def missed(self, since: datetime) -> list[Inbound | Report]:
        """Raises: TryLaterError. Single entries that make no sense are left out."""
        answer = self._checked(await self._look(f"/log?since={quote(since.isoformat(), safe='')}"))
        try:
            told = read_object(answer.body)
        except NonsenseError:
            raise TryLaterError("nonsense") from None
        return [*_read_all(told.get("messages"), read_inbound), *_read_all(told.get("statuses"), read_report)]

    async def fetch_media(self, link: MediaLink) -> Fetched:
        """The shape has no files. Raises: RejectedError."""
        raise RejectedError("no_files")

    async def check(self) -> list[str]:
        try:
            await self.missed(self._clock.now())
        except TryLaterError as error:
            if error.whole_channel:
                return [
                    f"The gateway refuses our signature, or is not at the address in the settings ({error.reason})."
                ]
            return [f"The gateway cannot be reached now, or gives no usable answer ({error.reason})."]
        return []

    async def _look(self, path: str) -> Answer:
        """A question that changes nothing. Raises: TryLaterError."""
        try:
            return await self._ask("GET", path, "")
        except TryLaterError:
            raise
        except SendError as error:
            raise TryLaterError(error.reason) from None

    def _checked(self, answer: Answer) -> Answer:
        """Raises: TryLaterError."""
        if answer.status in (401, 403, 404):
            raise TryLaterError(f"http_{answer.status}", whole_channel=True)
        if answer.status != 200:
            raise TryLaterError(f"http_{answer.status}")
        return answer

    async def _ask(self, method: str, path: str, text: str) -> Answer:
        """Raises: SendError."""
        url = self._settings.api_url + path
        path_qs = URL(url).raw_path_qs
        try:
            body = text.encode()
        except UnicodeEncodeError:
            raise RejectedError("not_unicode") from None
        signed = make_headers(self._settings.secrets[0], self._clock, method, path_qs, body)
        try:
            return await self._outside.request(
                method,
                url,
                hosts=(self._settings.api_host,),
                headers={**signed, "Content-Type": JSON} if body else signed,
                body=body or None,
                seconds=self._settings.answer_seconds,
                most_bytes=MOST_BYTES,
            )
        except OutsideError as error:
            raise explain_silence(error) from None


def explain(answer: Answer) -> SendError:
    """What a gateway's "no" means for the one text. Source: docs/http-gateway.md."""
    reason = find_error(answer.body) or f"http_{answer.status}"
    match answer.status:
        case 429 | 503:
            return TryLaterError(reason, after=find_seconds(answer.headers))
        case 401 | 403 | 404:
            return TryLaterError(reason, whole_channel=True)
        case 410:
            return AddressGoneError(reason, opted_out=reason == OPTED_OUT)
        case 400 | 413 | 422:
            return RejectedError(reason)
        case _:
            return UnknownFateError(reason)


def _read_all(told: object, read: Callable[[Mapping[str, Any]], T]) -> list[T]:
    read_ones = []
    for one in told if isinstance(told, list) else ():
        with suppress(NonsenseError):
            if isinstance(one, dict):
                read_ones.append(read(one))
    return read_ones
