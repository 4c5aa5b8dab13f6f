"""Secret tokens: 256 random bits to the browser, only their hash to the store (hub.token_hash)."""

import hmac
import secrets


def new_token() -> str:
    return secrets.token_urlsafe(32)


def form_token(token: str) -> str:
    """What a session's forms carry: whoever has it cannot work out the session's own token."""
    return hmac.digest(token.encode(), b"form", "sha256").hex()
