"""What an owner decides about Twilio: the account, its secrets, and where its files may be fetched."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field, SecretStr, field_validator

Algorithm = Literal["HMAC_SHA1", "HMAC_SHA256"]
Token = Annotated[SecretStr, Field(min_length=1)]


VOICES = {"nb": "Polly.Liv", "sv": "Polly.Astrid", "da": "Polly.Naja", "fi": "Polly.Suvi-Neural", "en": "Polly.Amy"}


class TwilioSettings(BaseModel, extra="forbid"):
    """The table `[channels.sms.twilio]`.

    `auth_token` may be a list while tokens change: the first is used for sending, all are tried when checking.
    `voices` are Twilio's names of who speaks to a caller, by language; without one, Twilio's own for that language does.
    `shared_keys` maps the id of a webhook key to its secret; they count only where `algorithms` has HMAC_SHA256.
    """

    account_sid: str = Field(pattern=r"^AC[0-9A-Za-z]{1,38}$")
    auth_token: Token | Annotated[list[Token], Field(min_length=1)]
    api_url: str = Field(default="https://api.twilio.com", pattern=r"^https?://[^/?#@]+$")
    messaging_service_sid: str | None = Field(default=None, pattern=r"^MG[0-9A-Za-z]{1,38}$")
    answer_seconds: float = Field(default=20.0, gt=0, le=60)
    algorithms: frozenset[Algorithm] = Field(default=frozenset({"HMAC_SHA1"}), min_length=1)
    shared_keys: dict[str, Token] = Field(default_factory=dict)
    voices: dict[str, str] = Field(default_factory=lambda: dict(VOICES))
    media_hosts: tuple[str, ...] = ("media.twiliocdn.com", "mms.twiliocdn.com", "s3-external-1.amazonaws.com")

    @field_validator("api_url", mode="before")
    @classmethod
    def _without_last_slash(cls, value: object) -> object:
        return value.rstrip("/") if isinstance(value, str) else value

    @property
    def tokens(self) -> list[str]:
        """All live tokens, the one for sending first."""
        tokens = self.auth_token if isinstance(self.auth_token, list) else [self.auth_token]
        return [token.get_secret_value() for token in tokens]

    @property
    def api_host(self) -> str:
        """As "host" or "host:port"."""
        return self.api_url.partition("://")[2]
