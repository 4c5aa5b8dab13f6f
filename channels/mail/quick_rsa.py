"""dkimpy's RSA is written in Python, and takes ten times as long as all else it does: the arithmetic is left to `cryptography`,
and what is signed, and how it is held against its signature, to dkimpy. Importing this sets it so for the whole process.

Source: RFC 8017 section 8.2.
"""

from functools import lru_cache
from typing import Any

import dkim
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey, RSAPublicNumbers
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256

KEPT_KEYS = 10_000
_OWN: dict[int, RSAPrivateKey] = {}
_slow_sign = dkim.RSASSA_PKCS1_v1_5_sign
_slow_verify = dkim.RSASSA_PKCS1_v1_5_verify
_parse_key = dkim.parse_pem_private_key


def know(key: RSAPrivateKey) -> None:
    """It signs from now on where dkimpy asks for its numbers."""
    _OWN[key.public_key().public_numbers().n] = key


def _sign(digest: Any, private_key: dict[str, int]) -> bytes:
    key = _OWN.get(private_key["modulus"])
    told = bytes(digest.digest())
    if key is None or len(told) != SHA256.digest_size:
        return bytes(_slow_sign(digest, private_key))
    return key.sign(told, PKCS1v15(), Prehashed(SHA256()))


@lru_cache(KEPT_KEYS)
def _public(exponent: int, modulus: int) -> RSAPublicKey | None:
    """None for numbers that `cryptography` takes for no key."""
    try:
        return RSAPublicNumbers(exponent, modulus).public_key()
    except ValueError:
        return None


def _verify(digest: Any, signature: bytes, public_key: dict[str, int]) -> bool:
    key = _public(public_key["publicExponent"], public_key["modulus"])
    told = bytes(digest.digest())
    if key is None or len(told) != SHA256.digest_size:
        return bool(_slow_verify(digest, signature, public_key))
    try:
        key.verify(signature, told, PKCS1v15(), Prehashed(SHA256()))
    except InvalidSignature:
        return False
    return True


dkim.RSASSA_PKCS1_v1_5_sign = _sign
dkim.RSASSA_PKCS1_v1_5_verify = _verify
dkim.parse_pem_private_key = lru_cache(8)(_parse_key)
