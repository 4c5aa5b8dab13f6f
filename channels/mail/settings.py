"""What an owner decides about mail: where it comes in, the domain, the relay it leaves by, and the keys for both."""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field, SecretStr

from hub.config import LOOPBACK_NAMES

DOMAIN = r"^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$"


def _has_port(value: str) -> str:
    host, _, port = value.rpartition(":")
    if not host or not port.isdigit():
        raise ValueError('is not "host:port"')
    return value


HostAndPort = Annotated[str, AfterValidator(_has_port)]


class MailSettings(BaseModel, extra="forbid"):
    """The table `[channels.mail]`.

    `certificate` and its key, PEM files, let mail come in over TLS. `dkim_key` is an RSA key as PEM. `resolver` answers
    questions about others' keys instead of the machine's own. Every relay but one on this machine must speak TLS with a
    certificate that holds.
    """

    listen: HostAndPort
    domain: str = Field(pattern=DOMAIN)
    relay: HostAndPort
    relay_user: str = ""
    relay_password: SecretStr = SecretStr("")
    certificate: Path | None = None
    certificate_key: Path | None = None
    dkim_selector: str = Field(default="budbok", pattern=r"^[A-Za-z0-9-]{1,63}$")
    dkim_key: SecretStr = SecretStr("")
    resolver: HostAndPort | None = None
    connections: int = Field(default=50, ge=1, le=1000)

    @property
    def relay_is_here(self) -> bool:
        return split(self.relay)[0] in LOOPBACK_NAMES


def split(address: str) -> tuple[str, int]:
    """Host and port."""
    host, _, port = address.rpartition(":")
    return host.strip("[]"), int(port)
