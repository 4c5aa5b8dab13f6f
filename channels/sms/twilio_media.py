"""Files that Twilio holds for us: fetched within limits, judged by their content, deleted there once they are ours.

Source: S7.7, S7.8; Twilio, "Media resource".
"""

import re

from channels.sms.twilio_settings import TwilioSettings
from hub.outside import NothingSentError, Outside, OutsideError, TooLargeError
from hub.post.channel import Fetched, MediaLink, RejectedError, TryLaterError

SECONDS = 10.0
MOST_BYTES = 10 * 1024 * 1024
UNKNOWN_TYPE = "application/octet-stream"
# Where a file's first bytes tell what it is: (offset, bytes, type).
_MARKS = (
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (4, b"ftypheic", "image/heic"),
    (4, b"ftypheix", "image/heic"),
    (4, b"ftyp3g", "video/3gpp"),
    (4, b"ftyp", "video/mp4"),
    (0, b"%PDF-", "application/pdf"),
    (0, b"#!AMR", "audio/amr"),
    (0, b"OggS", "audio/ogg"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"BEGIN:VCARD", "text/vcard"),
)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")
_MARKUP = re.compile(r"\s*<", re.ASCII)


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


def tell_type(content: bytes) -> str:
    """The type that the first bytes tell; plain text where it reads as text and not as markup."""
    for offset, mark, content_type in _MARKS:
        if content.startswith(mark, offset):
            return content_type
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return UNKNOWN_TYPE
    return UNKNOWN_TYPE if not text or _CONTROL.search(text) or _MARKUP.match(text) else "text/plain"
