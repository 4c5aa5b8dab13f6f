"""What a municipality agreed with DVV about Suomi.fi Messages: the service that sends, and how we prove that we are it."""

from datetime import date
from typing import Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator

from hub.config import Section

Authorization = Literal["bearer", "bare", "api_key"]


class SuomifiSettings(Section):
    """The table `[channels.letters.suomifi]`.

    `authorization`: the token goes as "bearer" or "bare", or a gateway of the municipality's own asks for an "api_key" and
    signs in itself. `verifiable`: whoever opens a letter confirms it first. `password_since` is the day of the password.
    """

    url: str = Field(default="https://api.messages.suomi.fi", pattern=r"^https?://[^/?#@]+$")
    service_id: str = Field(min_length=1)
    authorization: Authorization = "bearer"
    username: str = ""
    password: SecretStr = SecretStr("")
    password_since: date | None = None
    api_key: SecretStr = SecretStr("")
    verifiable: bool = False
    answer_seconds: float = Field(default=20.0, gt=0, le=60)

    @field_validator("url", mode="before")
    @classmethod
    def _without_last_slash(cls, value: object) -> object:
        return value.rstrip("/") if isinstance(value, str) else value

    @model_validator(mode="after")
    def _prove_who_we_are(self) -> Self:
        if self.authorization == "api_key":
            if not self.api_key.get_secret_value():
                raise ValueError("api_key is missing, which this authorization goes by")
        elif not self.username or not self.password.get_secret_value():
            raise ValueError("username and password are missing, or one of them")
        return self

    @property
    def host(self) -> str:
        """As "host" or "host:port"."""
        return self.url.partition("://")[2]
