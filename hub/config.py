"""What may be set, and what each setting means. An unknown or missing one stops the start."""

import ipaddress
from decimal import Decimal
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator

from hub.language import WRITTEN

PREFIX = "BUDBOK_"
KEY_LETTERS = 32
COUNTRY_LETTERS = 2
LOOPBACK_NAMES = {"127.0.0.1": "localhost", "::1": "localhost", "localhost": "127.0.0.1"}


class SettingsError(Exception):
    """The settings do not let the hub start. The text is one sentence for each fault, naming the setting."""


class Section(BaseModel):
    """A part of the settings in which every name is known."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class HubSettings(Section):
    """`data` is the folder of the store, the spool and the anchors; `database` an SQLAlchemy address ("" for SQLite there).
    `nats` are the addresses of the broker's servers, with commas between them, where several hubs share the store, and
    `nats_token` is what a hub signs in with there."""

    data: Path
    database: str = ""
    key: SecretStr | list[SecretStr]
    backup_key: SecretStr | list[SecretStr] = SecretStr("")
    language: str = "en"
    nats: str = ""
    nats_token: SecretStr = SecretStr("")

    @property
    def url(self) -> str:
        return self.database or f"sqlite:///{self.data / 'budbok.sqlite'}"

    @property
    def keys(self) -> list[str]:
        """The keys that seal what the store must not tell, the newest first; older ones still open."""
        return _told(self.key)

    @property
    def backup_keys(self) -> list[str]:
        """The keys of the backups, the newest first; older ones still open. Raises: SettingsError when there is none."""
        keys = _told(self.backup_key)
        if not keys or not keys[0]:
            raise SettingsError("The setting hub.backup_key is missing: the secret that backups are sealed with.")
        return keys

    @field_validator("language")
    @classmethod
    def _is_written(cls, language: str) -> str:
        if language not in WRITTEN:
            raise ValueError(f"{language} is none of the languages that Budbok writes: {', '.join(WRITTEN)}")
        return language

    @model_validator(mode="after")
    def _can_share(self) -> Self:
        """Raises: ValueError."""
        if self.nats and self.url.startswith("sqlite"):
            raise ValueError("hub.nats is for several hubs on one PostgreSQL; say it in hub.database")
        for server in self.nats.split(",") if self.nats else []:
            at = urlsplit(server)
            if at.scheme not in ("nats", "tls") or not at.hostname:
                raise ValueError("hub.nats is no address like tls://broker.example.org:4222")
            if at.username or at.password:
                raise ValueError("hub.nats holds no password; hub.nats_token is the secret for it")
            if at.scheme == "nats" and at.hostname not in LOOPBACK_NAMES:
                raise ValueError("hub.nats leaves this machine, and so must begin with tls://")
        return self

    @model_validator(mode="after")
    def _keys_are_long(self) -> Self:
        if not self.keys or any(len(key) < KEY_LETTERS for key in self.keys):
            raise ValueError(f"hub.key has fewer than {KEY_LETTERS} letters; `budbok init` makes one")
        if any(0 < len(key) < KEY_LETTERS for key in _told(self.backup_key)):
            raise ValueError(f"hub.backup_key has fewer than {KEY_LETTERS} letters; `budbok init` makes one")
        return self


def _told(secret: SecretStr | list[SecretStr]) -> list[str]:
    return [one.get_secret_value() for one in (secret if isinstance(secret, list) else [secret])]


class SiteSettings(Section):
    """Where a site listens, how the world names it, and which proxies may speak for a client."""

    listen: str
    url: str
    proxies: tuple[str, ...] = ()

    @field_validator("url")
    @classmethod
    def _has_no_tail(cls, value: str) -> str:
        return value.rstrip("/")

    @field_validator("listen")
    @classmethod
    def _is_host_and_port(cls, value: str) -> str:
        host, _, port = value.rpartition(":")
        if not host or not port.isdigit():
            raise ValueError('is not "host:port"')
        return value

    @field_validator("proxies")
    @classmethod
    def _are_networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for network in value:
            ipaddress.ip_network(network)
        return value

    @property
    def host(self) -> str:
        return self.listen.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        return int(self.listen.rpartition(":")[2])


class PublicSiteSettings(SiteSettings):
    """`files` is the site's other name, under which the families' files leave ("" for the one that follows from `url`)."""

    files: str = ""

    @field_validator("files")
    @classmethod
    def _files_have_no_tail(cls, value: str) -> str:
        return cls._has_no_tail(value)

    @model_validator(mode="after")
    def _files_are_apart(self) -> Self:
        if urlsplit(self.files_origin).hostname == urlsplit(self.url).hostname:
            raise ValueError("public.files has the host name of public.url; files need another")
        return self

    @property
    def files_origin(self) -> str:
        return self.files or _other_name(self.url)


class StaffSiteSettings(SiteSettings):
    """`monitors` are the networks that may ask for health and metrics without signing in; `files_url` is the site's other
    name, under which files leave so that they open on an origin of their own ("" for the one that follows from `url`)."""

    monitors: tuple[str, ...] = ("127.0.0.0/8", "::1/128")
    files_url: str = ""

    @field_validator("monitors")
    @classmethod
    def _are_monitor_networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return cls._are_networks(value)

    @field_validator("files_url")
    @classmethod
    def _has_no_tail_either(cls, value: str) -> str:
        return cls._has_no_tail(value)

    @model_validator(mode="after")
    def _files_are_apart(self) -> Self:
        if urlsplit(self.files).hostname == urlsplit(self.url).hostname:
            raise ValueError("staff.files_url has the host name of staff.url; files need another")
        return self

    @property
    def files(self) -> str:
        """The origin of files: "files." before the site's host name; on loopback its other name, localhost or 127.0.0.1."""
        return self.files_url or _other_name(self.url)


def _other_name(url: str) -> str:
    parts = urlsplit(url)
    host = LOOPBACK_NAMES.get(parts.hostname or "", f"files.{parts.hostname}")
    return f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port else "")


class CapSettings(Section):
    """How many texts may go in a day, and for how much money; `prices` are of one part, by the country it goes to.

    Money is in the owner's currency. Emergency and safety texts have as much room again, of their own.
    """

    per_number: int = Field(default=200, gt=0)
    per_prefix: int = Field(default=50_000, gt=0)
    prefix_digits: int = Field(default=3, ge=0, le=8)
    per_unit: int = Field(default=20_000, gt=0)
    per_day: int = Field(default=200_000, gt=0)
    bulk_percent: int = Field(default=80, gt=0, le=100)
    money_per_day: Decimal = Field(default=Decimal(20_000), gt=0)
    money_per_month: Decimal = Field(default=Decimal(200_000), gt=0)
    prices: dict[str, Decimal] = Field(default_factory=dict)

    @field_validator("prices")
    @classmethod
    def _are_of_countries(cls, value: dict[str, Decimal]) -> dict[str, Decimal]:
        for country, price in value.items():
            if not (len(country) == COUNTRY_LETTERS and country.isascii() and country.isalpha()):
                raise ValueError("names what is no country of two letters like NO")
            if not price.is_finite() or price < 0:
                raise ValueError("holds what is no price")
        return {country.upper(): price for country, price in value.items()}


class FileSettings(Section):
    """`scanner` is where clamd looks through every file before it is opened, as "host:port"; "" for nowhere. What clamd is told
    is not sealed on its way, so it is on this machine."""

    scanner: str = ""

    @field_validator("scanner")
    @classmethod
    def _is_here(cls, value: str) -> str:
        host, _, port = value.rpartition(":")
        if value and (host.strip("[]") not in LOOPBACK_NAMES or not port.isdigit()):
            raise ValueError('is not "127.0.0.1:port": files leave this machine for no scanner without TLS')
        return value


class RetentionSettings(Section):
    """How many days each kind of thing is kept, and how many things one run lets go at most."""

    joint_book_days: int = Field(default=1825, gt=0)
    private_threads_days: int = Field(default=730, gt=0)
    notes_days: int = Field(default=730, gt=0)
    files_days: int = Field(default=365, gt=0)
    absences_days: int = Field(default=1825, gt=0)
    assessments_days: int = Field(default=3650, gt=0)
    leave_days: int = Field(default=3650, gt=0)
    archived_days: int = Field(default=365, gt=0)
    consents_days: int = Field(default=1825, gt=0)
    care_notes_days: int = Field(default=90, gt=0)
    inbox_texts_days: int = Field(default=90, ge=7)
    strangers_days: int = Field(default=30, ge=7)
    spool_days: int = Field(default=30, gt=0)
    audit_days: int = Field(default=1825, gt=0)
    most_per_run: int = Field(default=10_000, gt=0)

    @model_validator(mode="after")
    def _raw_goes_first(self) -> Self:
        if self.inbox_texts_days > min(self.joint_book_days, self.private_threads_days):
            raise ValueError("inbox_texts_days is longer than what is made of the texts is kept")
        return self


class Settings(Section):
    """Everything. `channels` is read by each channel with its own class, by the names in `use`; `identity` by whoever speaks
    to the providers that guardians sign in by, each under its own name."""

    hub: HubSettings
    public: PublicSiteSettings
    staff: StaffSiteSettings
    channels: dict[str, dict[str, Any]] = Field(default_factory=dict)
    identity: dict[str, dict[str, Any]] = Field(default_factory=dict)
    listener: str = "hearing"
    caps: CapSettings = CapSettings()
    files: FileSettings = FileSettings()
    retention: RetentionSettings = RetentionSettings()


def explain(error: ValidationError, section: str) -> str:
    """One sentence for each fault, naming the setting and never its value."""
    sentences = []
    for fault in error.errors(include_input=False, include_url=False):
        path = ".".join(str(part) for part in fault["loc"])
        name = f"{section}.{path}".strip(".")
        if fault["type"] == "extra_forbidden":
            sentences.append(f"The setting {name} is unknown.")
        elif fault["type"] == "missing":
            secret = PREFIX + name.upper().replace(".", "__")
            sentences.append(
                f"The setting {name} is missing. Say it in the settings file; a secret, in secrets/{secret}."
            )
        else:
            sentences.append(f"The setting {name} is not right: {fault['msg'].removeprefix('Value error, ')}.")
    return "\n".join(sentences)
