"""The settings of one provider of identities, `[identity.NAME]`. As they are when nothing is said, they suit ID-porten."""

from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator

from hub.config import LOOPBACK_NAMES, Section
from hub.people.national_ids import COUNTRIES
from hub.sign_in.identity import Level

LevelName = Literal["low", "substantial", "high"]

KNOWN_LEVELS: dict[str, LevelName] = {
    "idporten-loa-low": "low",
    "idporten-loa-substantial": "substantial",
    "idporten-loa-high": "high",
    "http://ftn.ficora.fi/2017/loa2": "substantial",
    "http://ftn.ficora.fi/2017/loa3": "high",
    "http://eidas.europa.eu/LoA/low": "low",
    "http://eidas.europa.eu/LoA/substantial": "substantial",
    "http://eidas.europa.eu/LoA/high": "high",
}


class OidcSettings(Section):
    """`client_key` is a private key as PEM or JWK, and then the provider is told no secret; `levels` adds to the values of acr
    that are known. `hosts` are where the provider has pages and interfaces beside its issuer's own host and those below it."""

    label: str = ""
    issuer: str
    client_id: str = Field(min_length=1)
    client_secret: SecretStr = SecretStr("")
    client_key: SecretStr = SecretStr("")
    client_key_id: str = ""
    scopes: tuple[str, ...] = ("openid",)
    acr_values: tuple[str, ...] = ()
    levels: dict[str, LevelName] = Field(default_factory=dict)
    least: LevelName = "substantial"
    strong: LevelName = "high"
    claim: str = "pid"
    country: str = "NO"
    owner: str = ""
    contact: str = ""
    hosts: tuple[str, ...] = ()
    pushed: bool = False

    @field_validator("issuer")
    @classmethod
    def _is_an_address(cls, issuer: str) -> str:
        parts = urlsplit(issuer)
        is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK_NAMES)
        if not is_safe or not parts.hostname or parts.query or parts.fragment or parts.username:
            raise ValueError("it must be an https address; only a rehearsal on loopback does without TLS")
        return issuer

    @field_validator("country")
    @classmethod
    def _is_read(cls, country: str) -> str:
        if country.upper() not in COUNTRIES:
            raise ValueError(f"it must be one of {', '.join(COUNTRIES)}")
        return country.upper()

    @field_validator("scopes")
    @classmethod
    def _are_openid(cls, scopes: tuple[str, ...]) -> tuple[str, ...]:
        if "openid" not in scopes:
            raise ValueError("openid must be among them")
        return scopes

    @model_validator(mode="after")
    def _prove_themselves_one_way(self) -> Self:
        if self.client_secret.get_secret_value() and self.client_key.get_secret_value():
            raise ValueError("client_secret and client_key are both given; the provider takes one of them")
        return self

    def level_of(self, acr: object) -> Level | None:
        """The level that a token tells; None for one that is not known."""
        name = {**KNOWN_LEVELS, **self.levels}.get(acr) if isinstance(acr, str) else None
        return as_level(name) if name is not None else None


def as_level(name: LevelName) -> Level:
    return Level[name.upper()]
