"""python-telegram-bot, speaking through the hub's one client to the outside.

Whatever goes wrong on the way becomes a SendError here, before the library makes an exception or a log line of it: the path
has the bot's token, and the answers have names.
"""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from telegram import Bot
from telegram.error import TelegramError
from telegram.request import BaseRequest, RequestData

from channels.chat.telegram_errors import explain
from channels.chat.telegram_settings import TelegramSettings
from channels.unanswered import explain_silence
from hub.outside import Outside, OutsideError
from hub.post.channel import RejectedError, SendError, TryLaterError, UnknownFateError

MOST_BYTES = 4 * 1024 * 1024
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
NONSENSE = (ValueError, TypeError, AttributeError, KeyError)
"""What the library raises over an answer that it cannot read."""


class RefusedError(TelegramError):
    """A SendError on its way through the library."""

    def __init__(self, error: SendError) -> None:
        super().__init__(error.reason)
        self.error = error


class OutsideRequest(BaseRequest):
    """The library's way out. `seconds` is all that an answer may take, beside what the call itself asks to wait."""

    def __init__(self, outside: Outside, host: str, seconds: float) -> None:
        self._outside = outside
        self._host = host
        self._seconds = seconds

    @property
    def read_timeout(self) -> float:
        return self._seconds

    async def initialize(self) -> None:
        """The client is the hub's, and started by it."""

    async def shutdown(self) -> None:
        """It is closed by it, too."""

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        write_timeout: Any = BaseRequest.DEFAULT_NONE,
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """Raises: RefusedError."""
        try:
            body = request_data.url_encoded_parameters().encode() if request_data is not None else None
        except UnicodeEncodeError:
            raise RefusedError(RejectedError("not_unicode")) from None
        try:
            answer = await self._outside.request(
                method,
                url,
                hosts=(self._host,),
                headers=FORM,
                body=body,
                seconds=read_timeout if isinstance(read_timeout, int | float) else self._seconds,
                most_bytes=MOST_BYTES,
            )
        except OutsideError as error:
            raise RefusedError(explain_silence(error)) from None
        if answer.status >= 300:
            raise RefusedError(explain(answer.status, answer.body))
        return answer.status, answer.body

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """Raises: RefusedError, for what is no JSON or has no result; none of it is logged."""
        try:
            told = json.loads(payload)
        except (ValueError, RecursionError):
            raise RefusedError(UnknownFateError("nonsense")) from None
        if not isinstance(told, dict) or "result" not in told:
            raise RefusedError(UnknownFateError("nonsense"))
        return told


def make_bot(settings: TelegramSettings, outside: Outside) -> Bot:
    """The library's bot, held to the address in the settings. What it would log at its finest has texts in it."""
    logging.getLogger("telegram").setLevel(logging.WARNING)
    request = OutsideRequest(outside, settings.api_host, settings.answer_seconds)
    return Bot(
        settings.token.get_secret_value(),
        base_url=f"{settings.api_url}/bot",
        base_file_url=f"{settings.api_url}/file/bot",
        request=request,
        get_updates_request=request,
    )


@contextmanager
def sending() -> Iterator[None]:
    """One call to the Bot API. Raises: SendError."""
    try:
        yield
    except RefusedError as refused:
        raise refused.error from None
    except (TelegramError, *NONSENSE):
        raise UnknownFateError("nonsense") from None


@contextmanager
def asking() -> Iterator[None]:
    """A call that may be made again whatever became of it. Raises: TryLaterError."""
    try:
        with sending():
            yield
    except TryLaterError:
        raise
    except SendError as error:
        raise TryLaterError(error.reason) from None
