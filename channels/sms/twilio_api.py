"""Twilio's own SDK, speaking through the hub's one client to the outside.

Whatever goes wrong on the way becomes a SendError here, before the SDK makes an exception that quotes a phone number.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from logging import getLogger
from urllib.parse import urlencode

from twilio.base.exceptions import TwilioException
from twilio.http import AsyncHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from channels.sms.twilio_errors import explain
from channels.sms.twilio_form import write_form
from channels.sms.twilio_settings import TwilioSettings
from channels.unanswered import explain_silence
from hub.outside import Outside, OutsideError
from hub.post.channel import RejectedError, SendError, TryLaterError, UnknownFateError

MOST_BYTES = 4 * 1024 * 1024
NONSENSE = (ValueError, TypeError, AttributeError, KeyError, TwilioException)
"""What the SDK raises over an answer that it cannot read."""


class TwilioHttp(AsyncHttpClient):  # type: ignore[misc]
    """The SDK's way out. It logs nothing: addresses and texts pass here."""

    def __init__(self, outside: Outside, host: str, seconds: float) -> None:
        super().__init__(getLogger(__name__), True)
        self._outside = outside
        self._host = host
        self._seconds = seconds

    async def request(
        self,
        method: str,
        url: str,
        params: Mapping[str, object] | None = None,
        data: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - the SDK's signature
        allow_redirects: bool = False,
    ) -> Response:
        """Raises: SendError."""
        try:
            body = _write_body(data) if data else None
        except UnicodeEncodeError:
            raise RejectedError("not_unicode") from None
        try:
            answer = await self._outside.request(
                method,
                url,
                hosts=(self._host,),
                params={name: str(value) for name, value in (params or {}).items()},
                headers=headers,
                credentials=auth,
                body=body,
                seconds=self._seconds,
                most_bytes=MOST_BYTES,
            )
        except OutsideError as error:
            raise explain_silence(error) from None
        if answer.status >= 300:
            raise explain(answer.status, answer.headers, answer.body)
        try:
            return Response(answer.status, answer.body.decode(), answer.headers)
        except UnicodeDecodeError:
            raise UnknownFateError("nonsense") from None


def _write_body(data: Mapping[str, object]) -> bytes:
    texts = {name: value for name, value in data.items() if isinstance(value, str)}
    return (write_form(texts) if len(texts) == len(data) else urlencode(data, doseq=True)).encode()


def make_client(settings: TwilioSettings, outside: Outside) -> Client:
    """The SDK, held to our account and to the address in the settings, whatever the environment says."""
    client = Client(
        settings.account_sid,
        settings.tokens[0],
        http_client=TwilioHttp(outside, settings.api_host, settings.answer_seconds),
        environment={"TWILIO_ACCOUNT_SID": settings.account_sid},
    )
    client.api.base_url = settings.api_url
    return client


@contextmanager
def asking() -> Iterator[None]:
    """A question that changes nothing: whatever fails, it can be asked again. Raises: TryLaterError."""
    try:
        yield
    except TryLaterError:
        raise
    except SendError as error:
        raise TryLaterError(error.reason) from None
    except NONSENSE:
        raise TryLaterError("nonsense") from None


async def create_message(client: Client, url: str, fields: Mapping[str, str]) -> Mapping[str, object]:
    """What Twilio tells of a new message. The SDK's own creation reads all of it into an object, which costs half as much again
    as the request. Raises: SendError, and what is in NONSENSE."""
    answer = await client.request_async("POST", url, data=dict(fields))
    told = json.loads(answer.text)
    if not isinstance(told, dict):
        raise TypeError
    return told
