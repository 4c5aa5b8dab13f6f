"""A notice as only one browser can open it, and the proof of who sends it: pywebpush encrypts, py_vapid signs, and nothing of
either is ours. Source: RFC 8291; RFC 8292.
"""

import base64
import hmac
from datetime import datetime, timedelta
from hashlib import sha256

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02
from pywebpush import WebPusher, WebPushException
from yarl import URL

from hub.post.channel import Device

LASTS = timedelta(hours=12)
"""How long a proof counts; a day at most. Source: RFC 8292 section 2."""
MARK_LETTERS = 32
KEY_LETTERS = 87
AUTH_LETTERS = 22
"""What a P-256 point and 16 bytes make in base64url. Source: RFC 8291 section 3."""


class BrokenKeysError(Exception):
    """The device's keys are no keys."""


class Sealing:
    """Made once from the private key, 32 bytes in base64url."""

    def __init__(self, key: str, contact: str) -> None:
        self._vapid = Vapid02.from_string(key)
        self._contact = contact
        self._marking = hmac.digest(key.encode(), b"shown", sha256)
        point = self._vapid.public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self.public_key = base64.urlsafe_b64encode(point).decode().rstrip("=")

    def encrypt(self, device: Device, said: bytes) -> bytes:
        """The body of a request, in aes128gcm. Raises: BrokenKeysError."""
        told = {"endpoint": device.endpoint, "keys": {"p256dh": device.key, "auth": device.auth}}
        try:
            return bytes(WebPusher(told).encode(said)["body"])
        except (WebPushException, ValueError, IndexError):
            raise BrokenKeysError from None

    def prove(self, endpoint: str, now: datetime) -> str:
        """The Authorization header for a push service."""
        claims = {
            "sub": self._contact,
            "aud": str(URL(endpoint).origin()),
            "exp": int((now + LASTS).timestamp()),
        }
        return str(self._vapid.sign(claims)["Authorization"])

    def mark(self, delivery_id: str) -> str:
        """What a browser tells back that has shown a notice: nobody else can know it."""
        return hmac.digest(self._marking, delivery_id.encode(), sha256).hex()[:MARK_LETTERS]


def has_keys(device: Device) -> bool:
    """Whether its keys have the right form."""
    return _is_base64(device.key, KEY_LETTERS) and _is_base64(device.auth, AUTH_LETTERS)


def _is_base64(text: str, letters: int) -> bool:
    return len(text) == letters and text.isascii() and text.replace("-", "").replace("_", "").isalnum()
