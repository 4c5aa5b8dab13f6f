"""Bodies of providers' requests, read no further than a limit, and what they are told when nothing could be kept.

Source: security rules S7.1 and S9.6.
"""

import asyncio
import logging

from aiohttp import web

from hub.post.channel import BusyError

BODY_SECONDS = 10.0
RETRY_SECONDS = 5
_log = logging.getLogger(__name__)


async def read_body(request: web.Request, content_type: str, most_bytes: int) -> bytes:
    """Raises: web.HTTPException."""
    if request.content_type != content_type or "Content-Encoding" in request.headers:
        raise web.HTTPUnsupportedMediaType
    if (request.content_length or 0) > most_bytes:
        raise web.HTTPRequestEntityTooLarge(most_bytes)
    body = bytearray()
    if request.content.is_eof():
        body += request.content.read_nowait()
        if len(body) > most_bytes:
            raise web.HTTPRequestEntityTooLarge(most_bytes)
        return bytes(body)
    try:
        async with asyncio.timeout(BODY_SECONDS):
            while chunk := await request.content.readany():
                body += chunk
                if len(body) > most_bytes:
                    raise web.HTTPRequestEntityTooLarge(most_bytes)
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    except web.RequestPayloadError:
        raise web.HTTPBadRequest from None
    return bytes(body)


def apologise(error: Exception, channel: str, provider_id: str) -> web.HTTPException:
    """Nothing was kept, so the provider is told to come back; the log gets ids only, for an error may quote the message."""
    if isinstance(error, BusyError):
        return web.HTTPServiceUnavailable(headers={"Retry-After": str(RETRY_SECONDS)})
    _log.error("could not keep %s's %s: %s", channel, provider_id, type(error).__name__)
    return web.HTTPInternalServerError()
