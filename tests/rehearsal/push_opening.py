"""What a browser does with a push: opens it with its own keys. Written after RFC 8291 and RFC 8188, apart from what seals."""

import base64
import secrets

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

SALT, HEAD = 16, 21
LAST = b"\x02"
"""Ends what was said in the last record; padding follows. Source: RFC 8188 section 2."""


def encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class BrowserKeys:
    """A browser's own half of a subscription."""

    def __init__(self, private: ec.EllipticCurvePrivateKey | None = None, auth: bytes | None = None) -> None:
        self._private = private or ec.generate_private_key(ec.SECP256R1())
        self._auth = auth or secrets.token_bytes(16)

    @property
    def p256dh(self) -> str:
        return encode(self._point)

    @property
    def auth(self) -> str:
        return encode(self._auth)

    @property
    def _point(self) -> bytes:
        return self._private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def open(self, body: bytes) -> bytes:
        """What was said, from a body in aes128gcm of one record. Raises when it was sealed for another."""
        salt, id_length = body[:SALT], body[HEAD - 1]
        sender, record = body[HEAD : HEAD + id_length], body[HEAD + id_length :]
        size = int.from_bytes(body[SALT : HEAD - 1], "big")
        if len(record) > size:
            raise ValueError("more than one record")
        shared = self._private.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender))
        info = b"WebPush: info\0" + self._point + sender
        secret = HKDF(SHA256(), 32, self._auth, info).derive(shared)
        key = HKDF(SHA256(), 16, salt, b"Content-Encoding: aes128gcm\0").derive(secret)
        nonce = HKDF(SHA256(), 12, salt, b"Content-Encoding: nonce\0").derive(secret)
        said, mark, padding = AESGCM(key).decrypt(nonce, record, None).rpartition(LAST)
        if not mark or padding.strip(b"\0"):
            raise ValueError("no last record")
        return said
