"""The app as a channel: it is on when the settings say so, has nothing outside, and what it sends has arrived."""

from datetime import UTC, datetime

import pytest

from channels.chat.app import AppChannel
from channels.chat.settings import AppSettings
from hub.address import APP, Address
from hub.chosen_parts import build_channels
from hub.config import Settings, SettingsError
from hub.outside import Outside
from hub.post.channel import Envelope, MediaLink, RejectedError
from hub.post.deliveries import Status

ENVELOPE = Envelope(
    "01jx00000000000000000000ab", Address("sms", "+4759000017"), Address(APP, "app:" + "a" * 26), "Notert."
)


@pytest.fixture
def app() -> AppChannel:
    return AppChannel(AppSettings(), Outside(frozenset()), "https://budbok.test")


def settings(chat: dict[str, object]) -> Settings:
    return Settings.model_validate(
        {
            "hub": {"data": "/nowhere", "key": "k" * 48},
            "public": {"listen": "127.0.0.1:1", "url": "https://budbok.test"},
            "staff": {"listen": "127.0.0.1:1", "url": "https://staff.budbok.test"},
            "channels": {"chat": chat},
        }
    )


def test_it_needs_no_table_of_its_own() -> None:
    assert list(build_channels(settings({"use": ["app"]}), Outside(frozenset()))) == ["app"]
    assert build_channels(settings({}), Outside(frozenset())) == {}


@pytest.mark.parametrize("chat", [{"use": ["app"], "app": {"nonsense": 1}}, {"use": ["app"], "nonsense": 1}])
def test_an_unknown_setting_stops_the_start(chat: dict[str, object]) -> None:
    with pytest.raises(SettingsError, match="nonsense is unknown"):
        build_channels(settings(chat), Outside(frozenset()))


async def test_what_it_sends_lies_in_the_book_however_the_attempt_ended(app: AppChannel) -> None:
    sent, found = await app.send(ENVELOPE), await app.find(ENVELOPE)

    assert (sent.provider_id, sent.status) == (ENVELOPE.delivery_id, Status.DELIVERED)
    assert found == sent
    assert await app.missed(datetime(2025, 3, 3, tzinfo=UTC)) == []
    assert await app.check() == []


async def test_no_files_come_that_way(app: AppChannel) -> None:
    with pytest.raises(RejectedError):
        await app.fetch_media(MediaLink("https://budbok.test/file", "image/jpeg"))
