"""Settings: what is unknown or missing stops the start with a sentence that names it, and no secret is ever told."""

import re
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from channels.chat.push_settings import PushSettings
from channels.chat.settings import AppSettings
from channels.chat.telegram_settings import TelegramSettings
from channels.identity.settings import OidcSettings
from channels.letters.digitalpost_settings import DigitalpostSettings
from channels.letters.minameddelanden_settings import MinameddelandenSettings
from channels.letters.norway_settings import EformidlingSettings, KrrSettings, MaskinportenSettings
from channels.letters.suomifi_settings import SuomifiSettings
from channels.mail.settings import MailSettings
from channels.sms.http_settings import HttpGatewaySettings
from channels.sms.smpp_settings import SmppSettings
from channels.sms.twilio_settings import TwilioSettings
from hub.beginning import SECRETS, example, init
from hub.cli import main
from hub.config import (
    CapSettings,
    FileSettings,
    HubSettings,
    PublicSiteSettings,
    RetentionSettings,
    SettingsError,
    StaffSiteSettings,
)
from hub.installed import installed
from hub.post.roads import Road
from hub.settings_file import load_settings

TOKEN_NAME = "BUDBOK_CHANNELS__SMS__TWILIO__AUTH_TOKEN"
TOLD: dict[str, type[BaseModel]] = {
    "hub": HubSettings,
    "public": PublicSiteSettings,
    "staff": StaffSiteSettings,
    "channels.sms.twilio": TwilioSettings,
    "channels.sms.roads.smpp": Road,
    "channels.sms.smpp": SmppSettings,
    "channels.sms.http": HttpGatewaySettings,
    "channels.mail": MailSettings,
    "channels.chat.push": PushSettings,
    "channels.chat.telegram": TelegramSettings,
    "channels.letters.suomifi": SuomifiSettings,
    "channels.letters.minameddelanden": MinameddelandenSettings,
    "channels.letters.digitalpost": DigitalpostSettings,
    "channels.letters.eformidling": EformidlingSettings,
    "channels.letters.krr": KrrSettings,
    "channels.letters.maskinporten": MaskinportenSettings,
    "identity.idporten": OidcSettings,
    "caps": CapSettings,
    "files": FileSettings,
    "retention": RetentionSettings,
}
SECRET = {
    "key": "k" * 43,
    "auth_token": "a token",
    "password": "hemmelig",
    "secret": "S" * 40,
    "token": f"1:{'A' * 35}",
    "client_secret": "c" * 40,
}


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """As `budbok init` leaves it, with the one secret that only its owner knows."""
    init(tmp_path / "etc", lambda _: None)
    (tmp_path / "etc" / "secrets" / TOKEN_NAME).write_text("a token\n", "utf-8")
    return tmp_path / "etc" / "config.toml"


def told(config: Path, **environment: str) -> str:
    with pytest.raises(SettingsError) as error:
        load_settings(config, environment=environment)
    return str(error.value)


def add(config: Path, section: str, line: str) -> None:
    config.write_text(config.read_text("utf-8").replace(f"[{section}]\n", f"[{section}]\n{line}\n"), "utf-8")


def without(config: Path, name: str) -> None:
    config.write_text(re.sub(rf"(?m)^{name} = .*\n", "", config.read_text("utf-8"), count=1), "utf-8")


def test_a_fresh_installation_has_settings_that_hold(config: Path) -> None:
    settings = load_settings(config, environment={})

    assert settings.hub.data == config.parent / "data"
    assert settings.hub.url == f"sqlite:///{config.parent}/data/budbok.sqlite"
    assert settings.public.port == 8080
    assert len(settings.hub.keys[0]) >= 48
    assert len(settings.hub.backup_keys[0]) >= 48
    assert settings.hub.keys != settings.hub.backup_keys


def test_fresh_secrets_are_their_owners_alone_and_never_made_twice(config: Path, tmp_path: Path) -> None:
    vault = config.parent / "secrets"
    before = {name: (vault / name).read_text() for name in SECRETS}
    init(tmp_path / "other", lambda _: None)
    lines: list[str] = []

    assert init(config.parent, lines.append) == 1
    assert lines == [f"{config} is there already; nothing was changed."]
    assert {name: (vault / name).read_text() for name in SECRETS} == before
    assert all((tmp_path / "other" / "secrets" / name).read_text() != before[name] for name in SECRETS)
    assert vault.stat().st_mode & 0o777 == 0o700
    assert all((vault / name).stat().st_mode & 0o777 == 0o600 for name in SECRETS)


def test_an_unknown_setting_is_named(config: Path) -> None:
    add(config, "hub", "colour = 3")
    assert told(config) == "The setting hub.colour is unknown."


def test_a_missing_setting_is_named(config: Path) -> None:
    without(config, "listen")
    assert told(config).startswith("The setting public.listen is missing. Say it in the settings file;")


def test_every_fault_has_its_sentence(config: Path) -> None:
    add(config, "staff", 'monitor = "10.0.0.0/8"')
    without(config, "listen")
    (config.parent / "secrets" / "BUDBOK_HUB__KEY").unlink()

    where = "Say it in the settings file; a secret, in secrets"
    assert set(told(config).splitlines()) == {
        f"The setting hub.key is missing. {where}/BUDBOK_HUB__KEY.",
        f"The setting public.listen is missing. {where}/BUDBOK_PUBLIC__LISTEN.",
        "The setting staff.monitor is unknown.",
    }


def test_a_wrong_setting_is_named_and_a_secret_never_told(config: Path) -> None:
    (config.parent / "secrets" / "BUDBOK_HUB__KEY").write_text("tooshortasecret")

    sentence = told(config)

    assert "hub.key has fewer than 32 letters" in sentence
    assert "tooshortasecret" not in sentence


def test_a_language_that_is_not_written_stops_the_start(config: Path) -> None:
    said = told(config, BUDBOK_HUB__LANGUAGE="klingon")

    assert "klingon is none of the languages that Budbok writes: nb, nn, sv, fi, en" in said


def test_the_environment_outweighs_a_secret_file_and_that_the_settings(config: Path) -> None:
    add(config, "channels.sms.twilio", 'auth_token = "in the file"')
    assert load_settings(config, environment={}).channels["sms"]["twilio"]["auth_token"] == "a token"

    settings = load_settings(config, environment={TOKEN_NAME: "from around"})
    assert settings.channels["sms"]["twilio"]["auth_token"] == "from around"


def test_a_secret_may_be_a_list_while_it_is_changed(config: Path) -> None:
    (config.parent / "secrets" / TOKEN_NAME).write_text('["new", "old"]\n')

    assert load_settings(config, environment={}).channels["sms"]["twilio"]["auth_token"] == ["new", "old"]


def test_secrets_may_lie_in_another_folder(config: Path, tmp_path: Path) -> None:
    (config.parent / "secrets").rename(tmp_path / "elsewhere")

    assert load_settings(config, tmp_path / "elsewhere", environment={}).hub.keys
    assert "hub.key is missing" in told(config)
    with pytest.raises(SettingsError, match="no folder of secrets"):
        load_settings(config, tmp_path / "nowhere", environment={})


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (("channels.sms", "speed = 3"), "The setting channels.sms.speed is unknown."),
        (("channels.sms.twilio", "speed = 3"), "The setting channels.sms.twilio.speed is unknown."),
    ],
)
def test_a_channels_unknown_setting_stops_the_start(
    config: Path, change: tuple[str, str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    add(config, *change)

    assert main(["run", "--config", str(config)]) == 2
    assert capsys.readouterr().err.strip() == sentence


def test_a_channels_missing_setting_stops_the_start(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (config.parent / "secrets" / TOKEN_NAME).unlink()

    assert main(["run", "--config", str(config)]) == 2
    told = capsys.readouterr().err
    assert told.startswith("The setting channels.sms.twilio.auth_token is missing.")
    assert f"secrets/{TOKEN_NAME}" in told


def test_without_settings_there_is_no_start(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "--config", str(tmp_path / "none.toml")]) == 2
    assert "`budbok init DIR` writes one" in capsys.readouterr().err


def test_settings_print_no_secret(config: Path) -> None:
    settings = load_settings(config, environment={})

    printed = repr(settings.hub)

    assert settings.hub.keys[0] not in printed
    assert settings.hub.backup_keys[0] not in printed


def test_every_setting_of_the_example_has_a_comment_of_one_line_above_it() -> None:
    lines = example().splitlines()

    for before, line in zip(["", *lines], lines, strict=False):
        if re.match(r"\w+ = ", line.removeprefix("# ")):
            assert before.startswith("# # " if line.startswith("# ") else "# "), line
            assert before.endswith("."), line
            assert len(before) <= 140, line
    assert tomllib.loads(example())["channels"]["sms"]["use"] == ["twilio"]


def every_table() -> dict[str, Any]:
    """The example with all that is commented out in it at first."""
    told = (line.removeprefix("# ") for line in example().splitlines())
    return tomllib.loads("\n".join(line for line in told if re.match(r"\[[\w.]+\]$|\w+ = ", line)))


@pytest.mark.parametrize("path", TOLD)
def test_the_example_has_every_setting_and_the_name_of_every_secret(path: str) -> None:
    fields = TOLD[path].model_fields
    secrets = {name for name, field in fields.items() if "SecretStr" in str(field.annotation)}
    table = every_table()
    for part in path.split("."):
        table = table[part]
    named = path.replace("idporten", "NAME").replace(".", "__")

    assert set(table) == set(fields) - secrets
    assert all(f"BUDBOK_{named}__{name}".upper() in example() for name in secrets)
    assert TOLD[path].model_validate({**table, **{name: SECRET[name] for name in secrets if name in SECRET}})


def test_no_channel_has_settings_that_the_example_does_not_know() -> None:
    known = {part.load().Settings for part in installed("channels")}
    for part in installed("letters"):
        settings = part.load().Settings
        tables = [settings.model_fields[name].annotation for name in getattr(part.load(), "tables", ())]
        known |= set(tables or [settings])

    assert known <= {*TOLD.values(), AppSettings}
    assert not AppSettings.model_fields


def test_what_the_example_says_of_caps_and_terms_is_what_holds_unsaid() -> None:
    tree = every_table()

    assert CapSettings.model_validate(tree["caps"]) == CapSettings()
    assert RetentionSettings.model_validate(tree["retention"]) == RetentionSettings()


def test_a_cap_that_is_none_and_a_price_for_no_country_stop_the_start(config: Path) -> None:
    assert "caps.per_unit" in told(config, BUDBOK_CAPS__PER_UNIT="0")
    assert "caps.money_per_day" in told(config, BUDBOK_CAPS__MONEY_PER_DAY="-1")
    assert "caps.prices" in told(config, BUDBOK_CAPS__PRICES__NORWAY="0.79")
    assert "caps.prices" in told(config, BUDBOK_CAPS__PRICES__NO="-0.79")


def test_prices_are_exact_and_may_come_from_the_environment(config: Path) -> None:
    settings = load_settings(config, environment={"BUDBOK_CAPS__PRICES__NO": "0.79"})

    assert settings.caps.prices == {"NO": Decimal("0.79")}


@pytest.mark.parametrize(
    ("url", "files"),
    [
        ("https://staff.example.org", "https://files.staff.example.org"),
        ("https://staff.example.org:8443/", "https://files.staff.example.org:8443"),
        ("http://127.0.0.1:8081", "http://localhost:8081"),
        ("http://localhost:8081", "http://127.0.0.1:8081"),
    ],
)
def test_files_have_an_origin_of_their_own_without_being_told(url: str, files: str) -> None:
    assert StaffSiteSettings(listen="127.0.0.1:8081", url=url).files == files


def test_files_do_not_leave_under_the_name_of_the_pages() -> None:
    apart = StaffSiteSettings(listen="127.0.0.1:1", url="https://a.example", files_url="https://b.example/")
    assert apart.files == "https://b.example"

    with pytest.raises(ValidationError, match="files need another"):
        StaffSiteSettings(listen="127.0.0.1:1", url="https://a.example", files_url="https://a.example:8443")


@pytest.mark.parametrize(
    ("database", "servers", "why"),
    [
        ("", "nats://127.0.0.1:4222", "one PostgreSQL"),
        ("postgresql://hub@db/budbok", "http://127.0.0.1:4222", "tls://broker.example.org"),
        ("postgresql://hub@db/budbok", "nats://broker.example.org:4222", "must begin with tls://"),
        ("postgresql://hub@db/budbok", "tls://hub:hemmelig@broker.example.org:4222", "no password"),
        ("postgresql://hub@db/budbok", "tls://a.example.org:4222,nats://b.example.org:4222", "must begin with tls://"),
    ],
)
def test_a_broker_is_for_several_hubs_on_one_postgresql_and_the_way_to_it_is_secret(
    config: Path, database: str, servers: str, why: str
) -> None:
    said = told(config, BUDBOK_HUB__DATABASE=database, BUDBOK_HUB__NATS=servers)

    assert "hub" in said
    assert why in said
    assert "hemmelig" not in said


def test_a_broker_on_this_machine_or_behind_tls_is_taken_and_its_token_is_never_printed(config: Path) -> None:
    environment = {
        "BUDBOK_HUB__DATABASE": "postgresql://hub@db/budbok",
        "BUDBOK_HUB__NATS": "nats://localhost:4222,tls://broker.example.org:4222",
        "BUDBOK_HUB__NATS_TOKEN": "hemmelig",
    }

    settings = load_settings(config, environment=environment)

    assert settings.hub.nats == environment["BUDBOK_HUB__NATS"]
    assert settings.hub.nats_token.get_secret_value() == "hemmelig"
    assert "hemmelig" not in repr(settings)
