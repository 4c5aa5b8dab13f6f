"""Reads the body of a callback, no further than its limit. Source: security rules S7.1 and S9.6."""

import asyncio

from aiohttp import web

BODY_SECONDS = 10.0


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
