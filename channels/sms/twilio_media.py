"""Files that Twilio holds for us, which are deleted there once they are ours.

Source: S7.7, S7.8; Twilio, "Media resource".
"""

import re

from channels.provider_files import SECONDS, fetch_file
from channels.sms.twilio_settings import TwilioSettings
from hub.outside import Outside, OutsideError
from hub.post.channel import Fetched, MediaLink, RejectedError, TryLaterError


class TwilioMedia:
    """Credentials go to the API's own host only; the storage it points to gets none."""

    def __init__(self, settings: TwilioSettings, outside: Outside) -> None:
        self._outside = outside
        self._credentials = (settings.account_sid, settings.tokens[0])
        self._api_host = settings.api_host
        self._own_files = f"{settings.api_url}/2010-04-01/Accounts/{settings.account_sid}/Messages/"
        self._storage_hosts = (settings.api_host, *settings.media_hosts)

    async def fetch(self, link: MediaLink) -> Fetched:
        """Raises: TryLaterError, RejectedError (not a file of ours, too large, or no longer there)."""
        self._check_own(link)
        return await fetch_file(
            self._outside,
            link.url,
            self._api_host,
            redirects_to=self._storage_hosts,
            credentials=self._credentials,
        )

    async def forget(self, link: MediaLink) -> None:
        """Delete it at the provider; to be called once it is kept. Gone already is well too. Raises: TryLaterError."""
        self._check_own(link)
        try:
            answer = await self._outside.request(
                "DELETE", f"{link.url}.json", hosts=(self._api_host,), credentials=self._credentials, seconds=SECONDS
            )
        except OutsideError:
            raise TryLaterError("no_answer") from None
        if answer.status not in (200, 204, 404):
            raise TryLaterError(f"http_{answer.status}")

    def _check_own(self, link: MediaLink) -> None:
        rest = link.url.removeprefix(self._own_files)
        if rest == link.url or not re.fullmatch(r"[A-Z]{2}[0-9A-Za-z]+/Media/[A-Z]{2}[0-9A-Za-z]+", rest):
            raise RejectedError("foreign_media")
