"""What an owner decides about Telegram: the bot, how its updates come, and how much may be said there."""

from typing import Literal, Self

from pydantic import BaseModel, Field, SecretStr, field_validator, model_validator

from hub.post.chats import Says

PUBLIC_API = "https://api.telegram.org"
SECRET_LETTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")


class TelegramSettings(BaseModel, extra="forbid"):
    """The table `[channels.chat.telegram]`.

    `bot` is the bot's name, without @. `number` is the one of ours whose seat speaks for the bot to whoever is not linked.
    `updates` come by "webhook", for which `secret` is what Telegram shows us, or by "polling". `says` is what may be said
    there, and `says_of` the same for single owners by their source ids. Paces are in messages a second.
    """

    token: SecretStr
    bot: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{3,30}[A-Za-z0-9]$")
    number: str = Field(pattern=r"^\+?[0-9]{3,15}$")
    api_url: str = Field(default=PUBLIC_API, pattern=r"^https?://[^/?#@]+$")
    updates: Literal["webhook", "polling"] = "webhook"
    secret: SecretStr = SecretStr("")
    says: Says = Says.NOTICES
    says_of: dict[str, Says] = Field(default_factory=dict)
    pace_per_second: float = Field(default=25.0, gt=0)
    chat_pace_per_second: float = Field(default=1.0, gt=0)
    answer_seconds: float = Field(default=15.0, gt=0, le=60)

    @field_validator("api_url", mode="before")
    @classmethod
    def _without_last_slash(cls, value: object) -> object:
        return value.rstrip("/") if isinstance(value, str) else value

    @field_validator("token")
    @classmethod
    def _is_token(cls, value: SecretStr) -> SecretStr:
        number, _, rest = value.get_secret_value().partition(":")
        if not number.isdigit() or len(rest) < 30 or not set(rest) <= SECRET_LETTERS:
            raise ValueError("is no token of a bot")
        return value

    @field_validator("secret")
    @classmethod
    def _is_secret(cls, value: SecretStr) -> SecretStr:
        letters = value.get_secret_value()
        if letters and not (32 <= len(letters) <= 256 and set(letters) <= SECRET_LETTERS):
            raise ValueError("is not 32 to 256 of A-Z, a-z, 0-9, _ and -")
        return value

    @model_validator(mode="after")
    def _has_secret(self) -> Self:
        if self.updates == "webhook" and not self.secret.get_secret_value():
            raise ValueError("has no secret, without which anybody could speak for Telegram")
        return self

    @property
    def bot_id(self) -> str:
        """The number of the bot's account, which its token begins with."""
        return self.token.get_secret_value().partition(":")[0]

    @property
    def api_host(self) -> str:
        """As "host" or "host:port"."""
        return self.api_url.partition("://")[2]
