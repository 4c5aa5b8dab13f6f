"""What the store keeps of a secret token, so that whoever reads the store cannot use it."""

import hashlib


def hash_token(token: str) -> str:
    """SHA-256 in hex. A random token needs no salt."""
    return hashlib.sha256(token.encode()).hexdigest()
