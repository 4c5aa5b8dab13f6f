"""What an owner and the operator agreed about an SMPP link: where it is, who we are there, how fast, in which letters."""

from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, Field, SecretStr, model_validator

from hub.config import LOOPBACK_NAMES

PRINTABLE = r"^[!-~]*$"


class SmppSettings(BaseModel, extra="forbid"):
    """The table `[channels.sms.smpp]`; docs/smpp.md tells what each is for. Lengths are SMPP 3.4's own.

    `private_line` says that the way to the operator is a leased line or a VPN, where the link may do without TLS.
    """

    host: str = Field(min_length=1)
    port: int = Field(gt=0, lt=65536)
    system_id: str = Field(min_length=1, max_length=15, pattern=PRINTABLE)
    password: SecretStr = Field(max_length=8)
    system_type: str = Field(default="", max_length=12, pattern=PRINTABLE)
    tls: bool = True
    authority: Path | None = None
    private_line: bool = False
    short_ton: int = Field(default=3, ge=0, le=6)
    short_npi: int = Field(default=0, ge=0, le=18)
    country: str = Field(default="", pattern=r"^([A-Z]{2})?$")
    window: int = Field(default=10, ge=1, le=1000)
    pace_per_second: float = Field(default=10.0, gt=0)
    alphabet: Literal["gsm", "latin1"] = "gsm"
    long_texts: Literal["parts", "payload"] = "parts"
    receipt_ids: Literal["same", "hex_to_dec", "dec_to_hex"] = "same"
    gone_errors: frozenset[str] = frozenset()
    answer_seconds: float = Field(default=15.0, gt=0, lt=20)
    enquire_seconds: float = Field(default=30.0, gt=0, le=600)
    reconnect_seconds: float = Field(default=1.0, gt=0, le=60)

    @property
    def is_here(self) -> bool:
        return self.host in LOOPBACK_NAMES

    @model_validator(mode="after")
    def _is_closed(self) -> Self:
        if not (self.tls or self.private_line or self.is_here):
            raise ValueError("goes to another machine without TLS; set private_line if it is a leased line or a VPN")
        if not self.password.get_secret_value().isascii():
            raise ValueError("has a password with letters that are not ASCII")
        return self
