"""Secret tokens: 256 random bits to the browser, only their hash to the store."""

import hashlib
import hmac
import secrets


def new_token() -> str:
    return secrets.token_urlsafe(32)


def hash_token(token: str) -> str:
    """What the store keeps of it. A random token needs no salt."""
    return hashlib.sha256(token.encode()).hexdigest()


def form_token(token: str) -> str:
    """What a session's forms carry: whoever has it cannot work out the session's own token."""
    return hmac.digest(token.encode(), b"form", "sha256").hex()
