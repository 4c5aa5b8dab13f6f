"""Signs what leaves, so that others can tell that it is ours. Source: RFC 6376.

dkimpy's own RSA takes ten times as long; the arithmetic is left to `cryptography`, all else to dkimpy.
"""

from typing import Any

import dkim
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

SIGNED = (
    b"From", b"To", b"Subject", b"Date", b"Message-ID", b"Reply-To", b"In-Reply-To", b"References", b"Auto-Submitted",
    b"MIME-Version", b"Content-Type",
)  # fmt: skip
_KEYS: dict[int, RSAPrivateKey] = {}
_slow_sign = dkim.RSASSA_PKCS1_v1_5_sign


def _fast_sign(digest: Any, private_key: dict[str, int]) -> bytes:
    key = _KEYS.get(private_key["modulus"])
    told = bytes(digest.digest())
    if key is None or len(told) != SHA256.digest_size:
        return bytes(_slow_sign(digest, private_key))
    return key.sign(told, PKCS1v15(), Prehashed(SHA256()))


dkim.RSASSA_PKCS1_v1_5_sign = _fast_sign


class Signer:
    """One key of one domain. Raises: ValueError when the key is no RSA key as PEM."""

    def __init__(self, domain: str, selector: str, key: str) -> None:
        loaded = load_pem_private_key(key.encode(), None)
        if not isinstance(loaded, RSAPrivateKey):
            raise ValueError("not an RSA key")
        _KEYS[loaded.public_key().public_numbers().n] = loaded
        self._domain, self._selector, self._key = domain.encode(), selector.encode(), key.encode()

    def sign(self, content: bytes) -> bytes:
        """The mail with a signature before it."""
        signer = dkim.DKIM(content)
        present = {name.lower() for name, _ in signer.headers}
        covered = [name for name in SIGNED if name.lower() in present]
        line = signer.sign(
            self._selector, self._domain, self._key, canonicalize=(b"relaxed", b"relaxed"), include_headers=covered
        )
        return bytes(line) + content
