"""A child's name that is a word of another language does not turn the language that a text is taken to be in."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bots.hearing.ear import Ear
from hub.talk.heard import Intent, KnownChild, Said

_MORNING = datetime(2026, 11, 25, 7, 20, tzinfo=ZoneInfo("Europe/Oslo"))
_EAR = Ear()
_NAMES = ["Hope", "Sol", "Ilo", "May", "Will", "Even", "My", "Kai", "Aamu", "Ask", "Vår", "Ida"]


@pytest.mark.parametrize("name", _NAMES)
@pytest.mark.parametrize("hint", [None, "nb"])
@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("{} kommer kl 10", "nb"),
        ("{} har fri i morgen", "nb"),
        ("{} är hemma idag", "sv"),
        ("{} on kuumeessa", "fi"),
        ("{} is ill", "en"),
    ],
)
def test_the_language_is_that_of_the_words_around_it(text: str, language: str, name: str, hint: str | None) -> None:
    children = (KnownChild("1", f"{name} Berg"),)

    written = [text.format(name), text.format(name.lower())]

    assert [_EAR.hear(Said(each, _MORNING, hint), children, None).language for each in written] == [language, language]


@pytest.mark.parametrize("name", ["hope", "sol", "ilo"])
def test_a_child_so_named_is_reported_late_in_small_letters(name: str) -> None:
    (act,) = _EAR.hear(Said(f"{name} kommer kl 10", _MORNING), (KnownChild("1", f"{name.title()} Berg"),), None).acts

    assert (act.intent, act.children) == (Intent.LATE, ("1",))


def test_the_same_word_that_is_nobodys_name_still_tells_the_language() -> None:
    assert _EAR.hear(Said("hope so", _MORNING), (KnownChild("1", "Kari Berg"),), None).language == "en"
