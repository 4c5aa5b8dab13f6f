"""An answer to which child is meant: a child that is denied, asked about or named beside another is not the one."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bots.hearing.ear import Ear
from hub.talk.answers import NOT_UNDERSTOOD, Named, WhichChild
from hub.talk.heard import KnownChild, Said

_EAR = Ear()
_MORNING = datetime(2025, 3, 3, 7, 30, tzinfo=ZoneInfo("Europe/Oslo"))
_CHILDREN = (KnownChild("1", "Kari Berg"), KnownChild("2", "Ella Berg"))
_KARI, _ELLA = Named("1", "Kari"), Named("2", "Ella")
_QUESTION = WhichChild((_KARI, _ELLA))


def _meant(text: str, language: str) -> object:
    return _QUESTION.read(_EAR.hear(Said(text, _MORNING, language), _CHILDREN, _QUESTION.about()))


@pytest.mark.parametrize(
    ("language", "texts"),
    [
        ("nb", ["ikke Kari", "ingen av dem", "ikke begge", "verken Kari eller Ella", "er det Ella dere mener?",
                "Ella. Kari er frisk", "ikke Kari men Ella", "alle unntatt 2"]),
        ("sv", ["inte Kari", "ingen av dem", "varken Kari eller Ella", "inte Kari utan Ella"]),
        ("fi", ["ei Kari", "ei kumpikaan", "ei Kari vaan Ella", "ei Kari eikä Ella"]),
        ("en", ["not Kari", "neither of them", "not both"]),
    ],
)  # fmt: skip
def test_who_is_denied_is_asked_about_once_more(language: str, texts: list[str]) -> None:
    assert [_meant(text, language) for text in texts] == [NOT_UNDERSTOOD] * len(texts)


@pytest.mark.parametrize(
    ("language", "texts"),
    [
        ("nb", ["Ella", "Ella, ikke Kari", "Ella tror jeg", "Det gjelder Ella i 7A. Mvh Anne", "mente Ella"]),
        ("sv", ["Ella, inte Kari", "jag menade Ella"]),
        ("fi", ["Ella, ei Kari", "Ellasta oli kyse"]),
    ],
)
def test_who_is_named_is_meant(language: str, texts: list[str]) -> None:
    assert [_meant(text, language) for text in texts] == [(_ELLA,)] * len(texts)


def test_both_are_meant_together() -> None:
    assert _meant("Kari og Ella", "nb") == _meant("begge", "nb") == (_KARI, _ELLA)
