"""The doctor: what is wrong, and what to do about it, in one sentence each."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from channels.sms.twilio import TwilioChannel
from channels.sms.twilio_settings import TwilioSettings
from hub.clock import StoppedClock, SystemClock
from hub.config import Settings
from hub.database import make_engine
from hub.operations.doctor import check_prices, examine
from hub.operations.findings import Finding, Grade
from hub.operations.machine import check_addresses, check_data, check_machine, check_secrets, check_spool
from hub.operations.provider_check import check_provider
from hub.operations.store_check import check_durability, check_store
from hub.outside import Outside
from hub.post.nodes import Node
from hub.settings_file import load_settings
from tests.hub.installation import TOKEN, Installation
from tests.rehearsal import telegram_service
from tests.rehearsal.telegram_service import TelegramService
from tests.rehearsal.twilio_provider import RehearsalProvider

ACCOUNT = "AC" + "0" * 32
PUBLIC = "https://hub.example.org"
OWN = "https://hub.fjordvik.internal"
NUMBERS = [("n-7a", "+4759000001"), ("n-office", "+4759000002")]


def wrong(findings: Sequence[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.grade is Grade.WRONG]


def give_address(installation: Installation) -> None:
    """Of its own, in the place of the example that a fresh one has."""
    installation.set("public", "url", f'"{OWN}"')
    installation.set("staff", "url", '"https://staff.fjordvik.internal"')


def settings_of(installation: Installation) -> Settings:
    return load_settings(installation.config, environment={})


async def ask_provider(
    provider: RehearsalProvider, *, fix: bool = False, token: str = TOKEN, clock: StoppedClock | None = None
) -> list[Finding]:
    own = TwilioSettings.model_validate({"account_sid": ACCOUNT, "auth_token": token, "api_url": provider.url})
    async with Outside(frozenset({"127.0.0.1"})) as outside:
        channel = TwilioChannel(own, outside, PUBLIC)
        found = check_provider(channel, NUMBERS, provider.url, outside, clock or SystemClock(), fix=fix)
        return [finding async for finding in found]


def a_provider() -> RehearsalProvider:
    return RehearsalProvider(account_sid=ACCOUNT, auth_token=TOKEN)


async def test_a_healthy_hub_has_nothing_wrong_and_the_command_says_so(
    installation: Installation, store_kind: str
) -> None:
    """On PostgreSQL the test's own server keeps nothing through a power cut, and that is found."""
    give_address(installation)
    async with a_provider() as provider:
        installation.set("channels.sms.twilio", "api_url", f'"{provider.url}"')
        settings = settings_of(installation)
        engine = make_engine(installation.url)
        with engine.connect() as connection:
            for (value,) in connection.execute(sa.text("SELECT value FROM virtual_numbers WHERE value LIKE '+%'")):
                provider.add_number(value, sms_url="https://elsewhere.example.org")
        engine.dispose()
        lines: list[str] = []

        code = await examine(settings, installation.config, None, SystemClock(), lines.append)
        assert code == 1
        assert any("Run `budbok doctor --fix`." in line for line in lines)

        lines.clear()
        await examine(settings, installation.config, None, SystemClock(), lines.append, fix=True)
        lines.clear()
        code = await examine(settings, installation.config, None, SystemClock(), lines.append, as_json=True)

    findings = [json.loads(line) for line in lines]
    bad = [finding["about"] for finding in findings if finding["grade"] == "wrong"]
    assert bad == ([] if store_kind == "sqlite" else ["durability", "durability"])
    assert code == (0 if store_kind == "sqlite" else 1)
    assert {"settings", "store", "clock", "disk", "spool", "secrets", "data", "audit", "listener"} <= {
        finding["about"] for finding in findings
    }


async def test_no_number_is_pointed_at_an_address_that_is_only_an_example(installation: Installation) -> None:
    elsewhere = "https://elsewhere.example.org"
    async with a_provider() as provider:
        installation.set("channels.sms.twilio", "api_url", f'"{provider.url}"')
        for _, value in NUMBERS:
            provider.add_number(value, sms_url=elsewhere)
        lines: list[str] = []

        code = await examine(
            settings_of(installation), installation.config, None, SystemClock(), lines.append, fix=True
        )

        assert code == 1
        assert any(f"{PUBLIC} is only an example." in line for line in lines)
        assert {number.setting("SmsUrl") for number in provider.numbers.all()} == {elsewhere}


async def test_a_bot_is_pointed_here_when_told_and_a_number_that_is_not_ours_is_wrong(
    installation: Installation,
) -> None:
    give_address(installation)
    async with a_provider() as provider, TelegramService() as telegram:
        installation.set("channels.sms.twilio", "api_url", f'"{provider.url}"')
        for name, secret in (("TOKEN", telegram_service.TOKEN), ("SECRET", "S" * 40)):
            (installation.secrets / f"BUDBOK_CHANNELS__CHAT__TELEGRAM__{name}").write_text(secret)
        with installation.config.open("a") as config:
            config.write(
                '\n[channels.chat]\nuse = ["telegram"]\n\n[channels.chat.telegram]\nnumber = "+4759999999"\n'
                f'bot = "{telegram_service.BOT_NAME}"\napi_url = "{telegram.url}"\n'
            )
        lines: list[str] = []

        await examine(settings_of(installation), installation.config, None, SystemClock(), lines.append)
        before = telegram.webhook
        await examine(settings_of(installation), installation.config, None, SystemClock(), lines.append, fix=True)

        assert any("the number that speaks for it is none in the register" in line for line in lines)
        assert any("what comes in there is not told to this hub. Run `budbok doctor --fix`." in line for line in lines)
        assert (before, telegram.webhook) == ("", f"{OWN}/telegram/webhook")


async def test_ways_to_chat_that_have_no_provider_of_their_own_are_looked_at_too(installation: Installation) -> None:
    with installation.config.open("a") as config:
        config.write('\n[channels.chat]\nuse = ["app"]\n')
    lines: list[str] = []

    async with a_provider() as provider:
        installation.set("channels.sms.twilio", "api_url", f'"{provider.url}"')
        await examine(settings_of(installation), installation.config, None, SystemClock(), lines.append)

    assert any("provider app: it answers" in line for line in lines)


def test_a_store_that_is_not_there_is_told_and_not_made(tmp_path: Path) -> None:
    (finding,), numbers = check_store(f"sqlite:///{tmp_path / 'none.sqlite'}", tmp_path, SystemClock())

    assert (finding.grade, finding.do, numbers) == (Grade.HINT, "`budbok run` makes it.", {})
    assert not (tmp_path / "none.sqlite").exists()


def test_a_store_that_cannot_be_reached_is_wrong(tmp_path: Path) -> None:
    away = "postgresql+psycopg://nobody@127.0.0.1:1/none"

    (finding,), _ = check_store(away, tmp_path, SystemClock())

    assert (finding.about, finding.grade) == ("store", Grade.WRONG)
    assert "nobody" not in finding.line()


def test_a_newer_store_is_wrong_and_an_older_one_only_worth_knowing(village_store_url: str, tmp_path: Path) -> None:
    engine = make_engine(village_store_url)
    grades = []
    for version in ("9999", "0000"):
        with engine.begin() as connection:
            connection.execute(sa.text("UPDATE alembic_version SET version_num = :v"), {"v": version})
        (finding,), _ = check_store(village_store_url, tmp_path, SystemClock())
        grades.append(finding.grade)
    engine.dispose()

    assert grades == [Grade.WRONG, Grade.HINT]


def test_a_store_that_would_forget_is_wrong(village_store_url: str, store_kind: str) -> None:
    engine = make_engine(village_store_url)
    with engine.connect() as connection:
        if store_kind == "sqlite":
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("PRAGMA synchronous=NORMAL")
        else:
            connection.exec_driver_sql("SET synchronous_commit=off")
        sentences = [finding.what for finding in wrong(list(check_durability(connection)))]
    engine.dispose()

    assert ("synchronous is 1." if store_kind == "sqlite" else "synchronous_commit is off.") in sentences


def test_rows_from_a_time_to_come_are_wrong(village_store_url: str, tmp_path: Path) -> None:
    """The village was loaded on Monday 3 March 2025, 06:12 UTC."""
    early = StoppedClock(datetime(2025, 3, 3, 6, 11, tzinfo=UTC))
    late = StoppedClock(datetime(2025, 3, 3, 6, 13, tzinfo=UTC))

    found = {clock: check_store(village_store_url, tmp_path, clock)[0] for clock in (early, late)}

    assert any("60 seconds ahead" in finding.what for finding in wrong(found[early]))
    assert not any("from a time to come" in finding.what for finding in wrong(found[late]))


@pytest.mark.parametrize(("is_shared", "grade"), [(False, Grade.WRONG), (True, Grade.FINE)])
def test_a_hub_that_is_alone_by_its_settings_and_not_in_truth_is_wrong(
    village_store_url: str, tmp_path: Path, is_shared: bool, grade: Grade
) -> None:
    engine, now = make_engine(village_store_url), SystemClock().now()
    with Session(engine) as session, session.begin():
        session.add(Node(name="another", started_at=now, seen_at=now))
    engine.dispose()

    found, _ = check_store(village_store_url, tmp_path, SystemClock(), is_shared=is_shared)

    assert [finding.grade for finding in found if finding.about == "hubs"] == [grade]


def test_a_broken_end_of_the_audit_is_wrong(village_store_url: str, tmp_path: Path) -> None:
    (tmp_path / "anchors.jsonl").write_text(
        json.dumps({"at": "2025-03-03T07:00:00+00:00", "heads": {"template": [9999, "f" * 64]}}) + "\n"
    )

    found, _ = check_store(village_store_url, tmp_path, SystemClock())

    assert "chain template does not hold at 9999." in [finding.what for finding in wrong(found)]


async def test_a_provider_that_knows_us_is_fine_and_its_clock_agrees() -> None:
    async with a_provider() as provider:
        for _, value in NUMBERS:
            provider.add_number(value, sms_url=f"{PUBLIC}/sms/twilio/message")

        findings = await ask_provider(provider)

    assert not wrong(findings)
    assert [finding.about for finding in findings] == ["provider twilio", "clock", "numbers"]


async def test_wrong_credentials_and_a_provider_that_is_away_are_told_apart() -> None:
    async with a_provider() as provider:
        refused = wrong(await ask_provider(provider, token="some other token"))
    away = wrong(await ask_provider(provider))

    assert "refuses the account or its token" in refused[0].what
    assert "cannot be reached" in away[0].what


async def test_a_clock_that_disagrees_with_the_providers_is_wrong() -> None:
    async with a_provider() as provider:
        slow = StoppedClock(SystemClock().now() - timedelta(minutes=10))
        findings = [finding for finding in wrong(await ask_provider(provider, clock=slow)) if finding.about == "clock"]

    assert "seconds behind twilio's" in findings[0].what


async def test_numbers_are_pointed_here_when_told_and_only_then() -> None:
    async with a_provider() as provider:
        provider.add_number(NUMBERS[0][1], sms_url="https://elsewhere.example.org/sms")
        provider.add_number(NUMBERS[1][1], sms_url=f"{PUBLIC}/sms/twilio/message")

        before = wrong(await ask_provider(provider))
        again = wrong(await ask_provider(provider))
        fixed = await ask_provider(provider, fix=True)
        after = await ask_provider(provider)

    assert [finding.about for finding in before] == ["number n-7a"]
    assert again == before
    assert "now leads here." in [finding.what for finding in fixed]
    assert not wrong(after)


async def test_who_calls_a_number_is_told_here_when_it_is_fixed() -> None:
    async with a_provider() as provider:
        for _, value in NUMBERS:
            provider.add_number(value, sms_url=f"{PUBLIC}/sms/twilio/message", voice_url="")

        before = wrong(await ask_provider(provider))
        await ask_provider(provider, fix=True)
        after = await ask_provider(provider)

    assert {finding.what for finding in before} == {"who calls it is not told to this hub."}
    assert not wrong(after)


async def test_a_number_that_the_account_lacks_is_wrong_and_not_to_be_fixed() -> None:
    async with a_provider() as provider:
        provider.add_number(NUMBERS[1][1], sms_url=f"{PUBLIC}/sms/twilio/message")

        (finding,) = wrong(await ask_provider(provider, fix=True))

    assert (finding.about, finding.what) == ("number n-7a", "the account has no such number.")
    assert NUMBERS[0][1] not in finding.line()


@pytest.mark.parametrize(
    ("url", "grade"),
    [
        (OWN, Grade.FINE),
        ("http://127.0.0.1:8080", Grade.HINT),
        ("http://hub.fjordvik.internal", Grade.WRONG),
        ("https://hub.example.org", Grade.WRONG),
        ("https://budbok.example", Grade.WRONG),
    ],
)
def test_an_address_in_the_open_or_one_that_is_only_an_example_is_wrong(tmp_path: Path, url: str, grade: Grade) -> None:
    site = {"listen": "127.0.0.1:8080", "url": url}
    settings = Settings.model_validate(
        {"hub": {"data": tmp_path, "key": "k" * 48}, "public": site, "staff": {**site, "url": OWN}}
    )

    assert [finding.grade for finding in check_addresses(settings)] == [grade, Grade.FINE]


def test_secrets_and_data_that_others_may_read_are_wrong(tmp_path: Path) -> None:
    vault, data = tmp_path / "secrets", tmp_path / "data"
    vault.mkdir(mode=0o700)
    data.mkdir(mode=0o700)
    (vault / "BUDBOK_HUB__KEY").touch(mode=0o600)
    assert list(check_secrets(tmp_path / "config.toml", None)) == []
    assert not wrong(list(check_data(data)))

    (vault / "BUDBOK_HUB__KEY").chmod(0o640)
    vault.chmod(0o755)
    data.chmod(0o750)

    (folder, file) = check_secrets(tmp_path / "config.toml", None)
    assert folder.do == f"Do `chmod 700 {vault}`."
    assert file.do == f"Do `chmod 600 {vault / 'BUDBOK_HUB__KEY'}`."
    assert [finding.do for finding in check_data(data)] == [f"Do `chmod 700 {data}`."]


def test_a_spool_that_cannot_be_written_to_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "spool").write_text("a file where a folder should be")

    assert [finding.about for finding in wrong(list(check_spool(tmp_path / "spool")))] == ["spool"]
    assert not wrong(list(check_spool(tmp_path / "other")))


def test_a_country_without_a_price_is_hinted_at(installation: Installation) -> None:
    bare = check_prices(settings_of(installation))
    prices = '[caps.prices]\nNO = "0.79"\nSE = 0.5\nFI = "0.08"\nDK = "0.3"\n'
    told = installation.config.read_text("utf-8").replace("[caps.prices]\n", prices)
    installation.config.write_text(told, "utf-8")

    priced = check_prices(settings_of(installation))

    assert (bare.grade, priced.grade) == (Grade.HINT, Grade.FINE)
    assert "NO" in bare.what


def test_a_missing_backup_key_is_wrong(installation: Installation) -> None:
    give_address(installation)
    (installation.secrets / "BUDBOK_HUB__BACKUP_KEY").unlink()

    found = list(check_machine(settings_of(installation), installation.config, None))

    assert [finding.about for finding in wrong(found)] == ["backup"]
