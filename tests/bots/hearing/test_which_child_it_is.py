"""An answer to which child is meant: a child that is denied, asked about or named beside another is not the one."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bots.hearing.ear import Ear
from hub.talk.answers import NOT_UNDERSTOOD, Named, WhichChild
from hub.talk.heard import Intent, KnownChild, Said

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
                "Ella. Kari er frisk", "ikke Kari men Ella", "alle unntatt 2", "det gjelder ikke Kari"]),
        ("sv", ["inte Kari", "ingen av dem", "varken Kari eller Ella", "inte Kari utan Ella"]),
        ("fi", ["ei Kari", "ei kumpikaan", "ei Kari vaan Ella", "ei Kari eikä Ella", "ei koske Karia"]),
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


@pytest.mark.parametrize(
    ("language", "texts"),
    [
        ("nb", ["ikke Kari, Ella er syk", "nei, ikke Kari, Ella er syk", "det er ikke Kari, Ella er syk"]),
        ("sv", ["inte Kari, Ella är sjuk", "Ella kommer inte idag, men det gör Kari"]),
        ("fi", ["ei Kari, Ella on kipeä"]),
        ("en", ["not Kari, Ella is ill"]),
    ],
)
def test_who_is_set_apart_by_a_not_or_a_but_is_not_away_with_the_other(language: str, texts: list[str]) -> None:
    heard = [_EAR.hear(Said(text, _MORNING, language), _CHILDREN, None) for text in texts]

    assert [[(act.intent, act.children) for act in one.acts] for one in heard] == [[(Intent.ABSENCE, ("2",))]] * len(
        texts
    )


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("nb", "Det er ikke Ella, Kari eller Bo som er syk"),
        ("en", "it is not Kari, Ella is ill"),
        ("fi", "se ei ole Kari, Ella on kipeä"),
    ],
)
def test_where_it_is_left_open_how_many_a_not_denies_nobody_is_away(language: str, text: str) -> None:
    heard = _EAR.hear(Said(text, _MORNING, language), (*_CHILDREN, KnownChild("3", "Bo Berg")), None)

    assert [act.intent for act in heard.acts] == [Intent.MESSAGE]
