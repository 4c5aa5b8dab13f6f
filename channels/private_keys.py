"""A private key that we sign with, as somebody put it among the secrets: PEM or JWK."""

import json

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey


def read_private_key(text: str) -> RSAKey | ECKey | None:
    """None for what is no private RSA or EC key."""
    text = text.strip()
    for kind in (RSAKey, ECKey):
        try:
            key = kind.import_key(json.loads(text) if text.startswith("{") else text)
            if key.is_private:
                return key
        except (JoseError, ValueError, TypeError, KeyError):
            continue
    return None
