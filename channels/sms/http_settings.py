"""What an owner and a gateway agreed: where it is, and the secret that signs both ways."""

from typing import Annotated

from pydantic import BaseModel, Field, SecretStr, field_validator

Secret = Annotated[SecretStr, Field(min_length=32)]


class HttpGatewaySettings(BaseModel, extra="forbid"):
    """The table `[channels.sms.http]`; docs/http-gateway.md tells the shapes.

    `secret` may be a list while secrets change: the first signs, all are tried when checking.
    """

    api_url: str = Field(pattern=r"^https?://[^?#@]+$")
    secret: Secret | Annotated[list[Secret], Field(min_length=1)]
    pace_per_second: float = Field(default=10.0, gt=0)
    answer_seconds: float = Field(default=15.0, gt=0, lt=20)

    @field_validator("api_url", mode="before")
    @classmethod
    def _without_last_slash(cls, value: object) -> object:
        return value.rstrip("/") if isinstance(value, str) else value

    @property
    def secrets(self) -> list[bytes]:
        """All live secrets, the one that signs first."""
        secrets = self.secret if isinstance(self.secret, list) else [self.secret]
        return [secret.get_secret_value().encode() for secret in secrets]

    @property
    def api_host(self) -> str:
        """As "host" or "host:port"."""
        return self.api_url.partition("://")[2].partition("/")[0]
