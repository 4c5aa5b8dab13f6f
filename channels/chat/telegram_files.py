"""Files that Telegram holds for us, and where they lie there. Source: Telegram, "Bot API", "getFile"."""

import re

from telegram import Bot

from channels.chat.telegram_api import sending
from channels.chat.telegram_settings import TelegramSettings
from channels.chat.telegram_updates import NAME
from channels.provider_files import MOST_BYTES, fetch_file
from hub.outside import Outside
from hub.post.channel import Fetched, MediaLink, RejectedError, SendError, TryLaterError

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
        url = f"{self._settings.api_url}/file/bot{token}/{path}"
        return await fetch_file(self._outside, url, self._settings.api_host)

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
