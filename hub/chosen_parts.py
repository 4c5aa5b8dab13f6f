"""The parts that the settings choose: found by the names of their entry points, and built with plain constructors."""

import re
from typing import Any
from urllib.parse import urlsplit

from pydantic import ValidationError

from hub.address import MAIL
from hub.clock import Clock
from hub.config import Settings, SettingsError, explain
from hub.installed import installed
from hub.mailroom.service import LetterService
from hub.outside import Outside
from hub.post.channel import Channel
from hub.sign_in.identity import Identity
from hub.talk.bot import Bot

LOOPBACK = ("localhost", "127.0.0.1", "::1")
IDENTITY_NAME = re.compile("[a-z0-9][a-z0-9_-]{0,39}")
LETTERS = "letters"
"""The section of digital post, whose services carry letters and no messages."""
KINDS_OWN = frozenset({"use", "countries"})
ADDRESSES = ("api_url", "url")
"""The settings that tell where a provider's interface is."""


def load_part(group: str, name: str) -> Any:
    """The class an entry point names. Raises: SettingsError."""
    there = {point.name: point for point in installed(group)}
    if name in there:
        return there[name].load()
    raise SettingsError(
        f"There is no part {name} among the {group} ({', '.join(sorted(there))}); after adding one, run `make install`."
    )


def load_bots() -> dict[str, Bot]:
    """Every installed bot, by name."""
    bots = [point.load()() for point in installed("bots")]
    return {bot.name: bot for bot in bots}


def private_hosts(settings: Settings) -> frozenset[str]:
    """Hosts that the settings name outright although they are not of the open internet: those on loopback, as rehearsals do,
    and those that a table says are in a private network."""
    found: set[str] = set()
    for section in settings.channels.values():
        for table in section.values():
            addresses = [table.get(name) for name in ADDRESSES] if isinstance(table, dict) else []
            hosts = [urlsplit(address).hostname for address in addresses if isinstance(address, str)]
            named = [*table.get("media_hosts", ()), *table.get("services", ())] if isinstance(table, dict) else []
            is_near = isinstance(table, dict) and table.get("private_network") is True
            found.update(host for host in hosts if host and (is_near or host in LOOPBACK))
            found.update(host for host in named if host in LOOPBACK)
    issuers = (urlsplit(str(table.get("issuer", ""))).hostname for table in settings.identity.values())
    found.update(host for host in issuers if host in LOOPBACK)
    return frozenset(found)


def build_channels(settings: Settings, outside: Outside) -> dict[str, Channel]:
    """The channels that the settings use, by name. Mail has one way, and so one table. Raises: SettingsError."""
    channels: dict[str, Channel] = {}
    for kind, section in settings.channels.items():
        if kind == LETTERS:
            continue
        has_one_way = kind == MAIL
        names = [kind] if has_one_way else section.get("use", [])
        for key in section:
            if not has_one_way and key not in KINDS_OWN and not isinstance(section[key], dict):
                raise SettingsError(f"The setting channels.{kind}.{key} is unknown.")
        for name in names:
            part = load_part("channels", name)
            needs_words = any(field.is_required() for field in part.Settings.model_fields.values())
            if not has_one_way and name not in section and needs_words:
                raise SettingsError(f"The setting channels.{kind}.{name} is missing.")
            try:
                own = part.Settings.model_validate(section if has_one_way else section.get(name, {}))
            except ValidationError as error:
                raise SettingsError(explain(error, f"channels.{kind}{'' if has_one_way else f'.{name}'}")) from None
            channels[name] = part(own, outside, settings.public.url)
    return channels


def build_letters(settings: Settings, outside: Outside) -> list[LetterService]:
    """The services of digital post that the settings use, one for a country at most. One that is of several tables names them
    itself. Raises: SettingsError."""
    section = settings.channels.get(LETTERS, {})
    for key in section:
        if key != "use" and not isinstance(section[key], dict):
            raise SettingsError(f"The setting channels.{LETTERS}.{key} is unknown.")
    services: dict[str, LetterService] = {}
    for name in section.get("use", []):
        part = load_part(LETTERS, name)
        tables = getattr(part, "tables", ())
        told = {table: section[table] for table in tables if table in section} if tables else section.get(name, {})
        try:
            own = part.Settings.model_validate(told)
        except ValidationError as error:
            raise SettingsError(explain(error, f"channels.{LETTERS}{'' if tables else f'.{name}'}")) from None
        service: LetterService = part(own, outside)
        if service.country in services:
            raise SettingsError(f"The setting channels.{LETTERS}.use names two services for {service.country}.")
        services[service.country] = service
    return list(services.values())


def build_identities(settings: Settings, outside: Outside, clock: Clock) -> dict[str, Identity]:
    """The providers that guardians sign in by, each under its own name. Raises: SettingsError."""
    identities: dict[str, Identity] = {}
    for name, table in settings.identity.items():
        if not IDENTITY_NAME.fullmatch(name):
            raise SettingsError(
                f"The setting identity.{name} is not right: its name must be of the letters a-z, 0-9, _ and -."
            )
        part = load_part("identity", "oidc")
        try:
            own = part.Settings.model_validate(table)
        except ValidationError as error:
            raise SettingsError(explain(error, f"identity.{name}")) from None
        identities[name] = part(name, own, outside, settings.public.url, clock)
    return identities
