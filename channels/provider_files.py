"""Files that a provider holds for us: fetched within limits, judged by their content. Source: security rules S7.7 and S7.8."""

from collections.abc import Collection

from channels.content_types import tell_type
from hub.outside import NothingSentError, Outside, OutsideError, TooLargeError
from hub.post.channel import Fetched, RejectedError, TryLaterError

SECONDS = 10.0
MOST_BYTES = 10 * 1024 * 1024


async def fetch_file(
    outside: Outside,
    url: str,
    host: str,
    *,
    redirects_to: Collection[str] = (),
    credentials: tuple[str, str] | None = None,
) -> Fetched:
    """`host` is as "host" or "host:port". Raises: TryLaterError, RejectedError (too large, or no longer there)."""
    try:
        answer = await outside.request(
            "GET",
            url,
            hosts=(host,),
            redirects_to=redirects_to,
            credentials=credentials,
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
