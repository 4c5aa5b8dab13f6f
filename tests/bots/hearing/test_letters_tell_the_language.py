"""A letter that only some languages write tells of them, also where another language understands the word."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bots.hearing.ear import Ear
from hub.talk.heard import KnownChild, Said

_EVENING = datetime(2026, 11, 26, 17, 16, tzinfo=ZoneInfo("Europe/Oslo"))
_EAR = Ear()
_CHILDREN = (KnownChild("1", "Ella Lindqvist"), KnownChild("2", "Ask Lindqvist"))


@pytest.mark.parametrize("text", ["ask òg", "Ask òg", "Ella òg", "òg", "mamma òg", "Ask O\u0300G"])
@pytest.mark.parametrize("hint", [None, "nb", "nn", "sv"])
def test_a_word_with_a_norwegian_letter_is_nynorsk_whatever_the_hint(text: str, hint: str | None) -> None:
    assert _EAR.hear(Said(text, _EVENING, hint), _CHILDREN, None).language == "nn"


@pytest.mark.parametrize(("text", "language"), [("Ella också", "sv"), ("Ella oxå", "sv"), ("Ella også", "nb")])
def test_words_without_such_a_letter_are_of_the_language_that_has_them(text: str, language: str) -> None:
    assert _EAR.hear(Said(text, _EVENING), _CHILDREN, None).language == language
