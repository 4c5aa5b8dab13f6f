"""Seals small secrets with keys that are not in the store: what is sealed opens only for what it was bound to.

Several keys may be live: the first one seals, each of them opens, so that a key can be changed without losing what it
sealed. Source: security rule S10.6.
"""

import base64
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE_BYTES = 12


class BrokenSealError(Exception):
    """What was sealed does not open: no live key made it, or it was bound to something else."""


@dataclass(frozen=True, slots=True)
class _Key:
    name: str
    cipher: AESGCM = field(repr=False)
    deriving: bytes = field(repr=False)


class Seal:
    """Made once from the settings. `keys` are texts of at least 32 letters, the newest first."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._keys = [_make_key(key) for key in keys]

    def seal(self, text: str, bound_to: str) -> str:
        """`bound_to` names the row and field it belongs to; elsewhere it does not open."""
        key, nonce = self._keys[0], secrets.token_bytes(_NONCE_BYTES)
        sealed = nonce + key.cipher.encrypt(nonce, text.encode(), bound_to.encode())
        return f"{key.name}.{base64.urlsafe_b64encode(sealed).decode()}"

    def open(self, sealed: str, bound_to: str) -> str:
        """Raises: BrokenSealError."""
        name, _, body = sealed.partition(".")
        for key in self._keys:
            if key.name == name:
                try:
                    raw = base64.urlsafe_b64decode(body)
                    return key.cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], bound_to.encode()).decode()
                except (InvalidTag, ValueError) as error:
                    raise BrokenSealError from error
        raise BrokenSealError

    def is_current(self, sealed: str) -> bool:
        """Whether the newest key sealed it; if not, it is time to seal it again."""
        return sealed.partition(".")[0] == self._keys[0].name

    def derive(self, purpose: str, material: str) -> bytes:
        """32 bytes that only whoever has both the newest key and `material` can work out."""
        return self.derive_all(purpose, material)[0]

    def derive_all(self, purpose: str, material: str) -> list[bytes]:
        """The same by each live key, the newest first: to find what an older one made."""
        return [hmac.digest(key.deriving, f"{purpose}\0{material}".encode(), "sha256") for key in self._keys]


def _make_key(key: str) -> _Key:
    return _Key(
        name=_expand(key, "name")[:6].hex(), cipher=AESGCM(_expand(key, "seal")), deriving=_expand(key, "derive")
    )


def _expand(key: str, purpose: str) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=f"budbok {purpose}".encode()).derive(key.encode())
