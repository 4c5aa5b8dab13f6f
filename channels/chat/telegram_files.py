"""Files that Telegram holds for us: fetched within limits, judged by their content. Source: security rules S7.7 and S7.8."""

import re

from telegram import Bot

from channels.chat.telegram_api import sending
from channels.chat.telegram_settings import TelegramSettings
from channels.chat.telegram_updates import NAME
from channels.content_types import tell_type
from hub.outside import NothingSentError, Outside, OutsideError, TooLargeError
from hub.post.channel import Fetched, MediaLink, RejectedError, SendError, TryLaterError

SECONDS = 10.0
MOST_BYTES = 10 * 1024 * 1024
_PATH = re.compile(r"[A-Za-z0-9_-]+(?:/[A-Za-z0-9_-]+)*(?:\.[A-Za-z0-9]{1,10})?")


class TelegramFiles:
    """The token is in the path, so it goes to the API's own host alone."""

    def __init__(self, settings: TelegramSettings, bot: Bot, outside: Outside) -> None:
        self._settings = settings
        self._bot = bot
        self._outside = outside

    async def fetch(self, link: MediaLink) -> Fetched:
        """Raises: TryLaterError, RejectedError (too large, or no longer there)."""
        path = await self._find_path(link.url.removeprefix(f"{NAME}:"))
        token = self._settings.token.get_secret_value()
        try:
            answer = await self._outside.request(
                "GET",
                f"{self._settings.api_url}/file/bot{token}/{path}",
                hosts=(self._settings.api_host,),
                seconds=SECONDS,
                most_bytes=MOST_BYTES,
            )
        except TooLargeError:
            raise RejectedError("too_large") from None
        except OutsideError as error:
            raise TryLaterError("no_connection" if isinstance(error, NothingSentError) else "no_answer") from None
        if answer.status in (404, 410):
            raise RejectedError("no_longer_there")
        if answer.status != 200:
            raise TryLaterError(f"http_{answer.status}")
        return Fetched(answer.body, tell_type(answer.body))

    async def _find_path(self, file_id: str) -> str:
        """Where the file lies there now; a path that leads elsewhere is none."""
        try:
            with sending():
                found = await self._bot.get_file(file_id)
        except (RejectedError, TryLaterError):
            raise
        except SendError as error:
            raise TryLaterError(error.reason) from None
        if (found.file_size or 0) > MOST_BYTES:
            raise RejectedError("too_large")
        base = f"{self._bot.base_file_url}/"
        path = (found.file_path or "").removeprefix(base)
        if not _PATH.fullmatch(path):
            raise RejectedError("foreign_media")
        return path
