"""Files that Twilio holds for us: fetched within limits, judged by their content, deleted there once they are ours.

Source: S7.7, S7.8; Twilio, "Media resource".
"""

import re

from channels.content_types import tell_type
from channels.sms.twilio_settings import TwilioSettings
from hub.outside import NothingSentError, Outside, OutsideError, TooLargeError
from hub.post.channel import Fetched, MediaLink, RejectedError, TryLaterError

SECONDS = 10.0
MOST_BYTES = 10 * 1024 * 1024


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
        try:
            answer = await self._outside.request(
                "GET",
                link.url,
                hosts=(self._api_host,),
                redirects_to=self._storage_hosts,
                credentials=self._credentials,
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
