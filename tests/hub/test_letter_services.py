"""Digital post is chosen in the settings, one service for a country, and looked at by `budbok doctor`."""

from collections.abc import Mapping
from importlib.metadata import EntryPoint
from typing import Any

import pytest

from hub import chosen_parts
from hub.chosen_parts import build_channels, build_letters, private_hosts
from hub.config import Section, Settings, SettingsError
from hub.operations.findings import Grade
from hub.operations.provider_check import check_letters
from hub.outside import Outside
from tests.hub.mailroom.pretend_post import PretendPost


class PostSettings(Section):
    """The table of the pretended post."""

    url: str
    pace: int = 1


class OneTable(PretendPost):
    """Its settings are the table of its own name."""

    Settings = PostSettings

    def __init__(self, settings: PostSettings, outside: Outside) -> None:
        super().__init__(name="one")
        self.settings = settings


class BothSettings(Section):
    """Two tables."""

    many: PostSettings
    people: PostSettings


class ManyTables(PretendPost):
    """Its settings stand in two tables."""

    Settings = BothSettings
    tables = ("many", "people")

    def __init__(self, settings: BothSettings, outside: Outside) -> None:
        super().__init__(name="many", country="FI")
        self.settings = settings


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    parts = [
        EntryPoint(name, f"tests.hub.test_letter_services:{kind}", "budbok.letters")
        for name, kind in (("one", "OneTable"), ("same", "OneTable"), ("many", "ManyTables"))
    ]
    monkeypatch.setattr(chosen_parts, "installed", lambda group: parts if group == "letters" else [])


def settings_with(letters: Mapping[str, Any] | None) -> Settings:
    return Settings.model_validate(
        {
            "hub": {"data": "data", "key": "a key for tests, and for tests alone"},
            "public": {"listen": "127.0.0.1:0", "url": "https://hub.example.org"},
            "staff": {"listen": "127.0.0.1:0", "url": "https://staff.hub.example.org"},
            "channels": {"letters": letters} if letters is not None else {},
        }
    )


OWN = {"url": "http://127.0.0.1:4711/api"}


def test_without_the_section_there_is_no_digital_post() -> None:
    assert build_letters(settings_with(None), Outside()) == []


def test_each_service_is_built_from_its_own_tables_and_is_no_channel() -> None:
    settings = settings_with({"use": ["one", "many"], "one": OWN, "many": OWN, "people": {**OWN, "pace": 7}})

    one, many = build_letters(settings, Outside())

    assert isinstance(one, OneTable)
    assert isinstance(many, ManyTables)
    assert one.settings.url == OWN["url"]
    assert many.settings.people.pace == 7
    assert build_channels(settings, Outside()) == {}


@pytest.mark.parametrize(
    ("letters", "sentence"),
    [
        ({"use": ["one"]}, "The setting channels.letters.one.url is missing."),
        ({"use": ["one"], "one": {**OWN, "speed": 3}}, "The setting channels.letters.one.speed is unknown."),
        ({"use": ["many"], "many": OWN}, "The setting channels.letters.people is missing."),
        ({"use": ["one"], "one": OWN, "speed": 3}, "The setting channels.letters.speed is unknown."),
        ({"use": ["one", "same"], "one": OWN, "same": OWN}, "names two services for NO."),
        ({"use": ["none"]}, "There is no part none among the letters"),
    ],
)
def test_a_wrong_setting_stops_the_start_and_is_named(letters: Mapping[str, Any], sentence: str) -> None:
    with pytest.raises(SettingsError) as told:
        build_letters(settings_with(letters), Outside())

    assert sentence in str(told.value)


def test_an_address_on_loopback_that_the_settings_name_may_be_reached() -> None:
    assert private_hosts(settings_with({"use": ["one"], "one": OWN})) == {"127.0.0.1"}
    assert private_hosts(settings_with({"use": ["one"], "one": {"url": "https://post.example.org"}})) == frozenset()


def test_an_address_in_a_private_network_may_be_reached_where_the_settings_say_that_it_is_there() -> None:
    near = {"url": "https://post.fjordvik.example:9093", "private_network": True}
    assert private_hosts(settings_with({"use": ["one"], "one": near})) == {"post.fjordvik.example"}
    for said in (False, "true", 1):
        assert private_hosts(settings_with({"use": ["one"], "one": {**near, "private_network": said}})) == frozenset()


async def test_the_doctor_says_what_is_wrong_with_it_and_that_nothing_is() -> None:
    post = PretendPost()
    well = [finding async for finding in check_letters(post)]
    post.faults.append("its key ends on Friday.")

    ill = [finding async for finding in check_letters(post)]

    assert [finding.grade for finding in well] == [Grade.FINE]
    assert [(finding.grade, finding.about, finding.what) for finding in ill] == [
        (Grade.WRONG, "digital post pretend", "its key ends on Friday.")
    ]
