"""What a Norwegian municipality agreed with Digdir: integration point, contact register, and who we are at Maskinporten."""

from datetime import date
from typing import Self

from pydantic import Field, SecretStr, model_validator

from channels.letters.urls import Url
from hub.config import Section


class EformidlingSettings(Section):
    """The table `[channels.letters.eformidling]`: the integration point, and how letters go by it.

    `inbox`: whoever has no mailbox gets the letter in Altinn's inbox; else on paper. `lives_hours`: what has not arrived then
    is given up by the integration point. `sender_id` is only for whoever was given one. `private_network`: the hub may go to an
    address that is not of the open internet.
    """

    url: Url
    private_network: bool = False
    user: str = ""
    password: SecretStr = SecretStr("")
    inbox: bool = True
    lives_hours: int = Field(default=48, ge=2, le=24 * 14)
    sender_id: str = Field(default="", max_length=100)
    answer_seconds: float = Field(default=20.0, gt=0, le=60)

    @model_validator(mode="after")
    def _signs_in_wholly(self) -> Self:
        if bool(self.user) != bool(self.password.get_secret_value()):
            raise ValueError("user and password belong together, and one of them is missing")
        return self


class KrrSettings(Section):
    """The table `[channels.letters.krr]`: the contact and reservation register."""

    url: Url = "https://kontaktregisteret.no"
    scopes: tuple[str, ...] = Field(
        default=("krr:global/kontaktinformasjon.read", "krr:global/digitalpost.read"), min_length=1
    )
    answer_seconds: float = Field(default=20.0, gt=0, le=60)


class MaskinportenSettings(Section):
    """The table `[channels.letters.maskinporten]`: who we are there. `key` is our private RSA key, as PEM or JWK; `key_since`
    is the day on which its public half was registered, for such a key ends after a year."""

    url: Url = "https://maskinporten.no"
    client_id: str = Field(min_length=1, max_length=200)
    key: SecretStr = SecretStr("")
    key_id: str = Field(min_length=1, max_length=200)
    key_since: date | None = None
    answer_seconds: float = Field(default=10.0, gt=0, le=60)


class NorwaySettings(Section):
    """The three tables, which stand side by side below `[channels.letters]`."""

    eformidling: EformidlingSettings
    krr: KrrSettings = KrrSettings()
    maskinporten: MaskinportenSettings
