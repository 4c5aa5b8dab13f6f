"""Whoever names a language and nothing else wants it; one that stands in a question about school is none wished for."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bots.hearing.ear import Ear
from hub.talk.heard import About, Intent, KnownChild, Said

_WEDNESDAY = datetime(2026, 11, 25, 7, 20, tzinfo=ZoneInfo("Europe/Oslo"))
_EAR = Ear()
_RUNA = (KnownChild("1", "Runa Dahl"),)


def _heard(text: str, asked: About | None = None) -> list[tuple[Intent, str | None]]:
    return [(act.intent, act.language) for act in _EAR.hear(Said(text, _WEDNESDAY), _RUNA, asked).acts]


@pytest.mark.parametrize(
    ("text", "language"),
    [("ENGLISH", "en"), ("Engelsk", "en"), ("Suomi", "fi"), ("Svenska tack", "sv"), ("nynorsk takk", "nn")],
)
def test_a_language_alone_is_wished_for(text: str, language: str) -> None:
    assert _heard(text) == [(Intent.LANGUAGE, language)]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("byt till engelska tack", "en"),
        ("bytt til svensk", "sv"),
        ("skift til engelsk tak", "en"),
        ("byt til engelsk", "en"),
    ],
)
def test_who_asks_to_change_to_a_language_wants_it(text: str, language: str) -> None:
    assert _heard(text) == [(Intent.LANGUAGE, language)]


@pytest.mark.parametrize("text", ["Er norsk avlyst?", "Runa har norsk", "Engelsk og matte"])
def test_a_language_among_other_words_is_not(text: str) -> None:
    assert Intent.LANGUAGE not in [intent for intent, _ in _heard(text)]


def test_a_language_alone_behind_a_question_is_no_wish() -> None:
    assert Intent.LANGUAGE not in [intent for intent, _ in _heard("Norsk", About("which_child"))]
