"""An authenticator for those who have none at hand: given the key that a page shows, it tells the code of this moment."""

import binascii

import pyotp
from aiohttp import web


def code_of(key: str) -> str | None:
    """Six digits, good for half a minute; None when the key is none. Source: RFC 6238."""
    try:
        return pyotp.TOTP("".join(key.split()).upper()).now()
    except (binascii.Error, ValueError):
        return None


async def tell_code(request: web.Request) -> web.Response:
    """The answer to a form with a `key`, as plain text."""
    key = (await request.post()).get("key")
    code = code_of(key) if isinstance(key, str) and key.strip() else None
    if code is None:
        return web.Response(status=409, text="That is no key: copy the letters below the square code.")
    return web.Response(text=code)
