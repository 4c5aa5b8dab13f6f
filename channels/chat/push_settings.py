"""What an owner decides about notices: whom push services may turn to, and which services may be spoken to."""

import base64
import binascii
from typing import Annotated

from cryptography.hazmat.primitives.asymmetric import ec
from pydantic import AfterValidator, BaseModel, Field, SecretStr

KEY_BYTES = 32
SERVICES = (
    "fcm.googleapis.com",
    "updates.push.services.mozilla.com",
    "web.push.apple.com",
    "*.notify.windows.com",
)
"""Where Chrome, Firefox, Safari and Edge have theirs."""
HOST = r"^(\*\.)?[a-z0-9]([a-z0-9.-]{0,250}[a-z0-9])?$"


def _is_key(value: SecretStr) -> SecretStr:
    try:
        raw = base64.b64decode(value.get_secret_value() + "=", altchars=b"-_", validate=True)
        ec.derive_private_key(int.from_bytes(raw), ec.SECP256R1())
    except (binascii.Error, ValueError):
        raw = b""
    if len(raw) != KEY_BYTES:
        raise ValueError("is no private key of P-256, 32 bytes in base64url; `budbok init` makes one")
    return value


class PushSettings(BaseModel, extra="forbid"):
    """The table `[channels.chat.push]`. `contact` is a "mailto:" or "https:" address that push services may turn to. `services`
    are the only hosts that notices go to; "*.name" stands for all below a name."""

    contact: str = Field(pattern=r"^(mailto:[^@\s]+@[^@\s]+|https://[^\s]+)$", max_length=200)
    key: Annotated[SecretStr, AfterValidator(_is_key)]
    services: list[Annotated[str, Field(pattern=HOST)]] = Field(default=list(SERVICES), min_length=1)
    answer_seconds: float = Field(default=10.0, gt=0, lt=20)

    def has_service(self, host: str) -> bool:
        """Whether notices may go to this host."""
        return any(host.endswith(named[1:]) if named.startswith("*.") else host == named for named in self.services)
