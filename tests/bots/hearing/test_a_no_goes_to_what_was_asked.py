"""A "no" goes to what was asked: what stands beside it is neither turned about nor taken for an absence of today."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bots.hearing.ear import Ear
from hub.talk.heard import About, Act, Intent, KnownChild, Said

_EAR = Ear()
_FRIDAY = datetime(2026, 11, 27, 8, 20, tzinfo=ZoneInfo("Europe/Oslo"))
_CHILDREN = (KnownChild("1", "Ada Berg"),)


def _acts(text: str, language: str, asked: About) -> tuple[Act, ...]:
    return _EAR.hear(Said(text, _FRIDAY, language), _CHILDREN, asked).acts


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("nb", "nei men dere kan ta henne med på tur"),
        ("nb", "nei, men hun kan være med på tur"),
        ("nn", "nei men de kan ta ho med på tur"),
        ("sv", "nej men ni kan ta med henne på utflykter"),
        ("da", "nej men I kan tage hende med på tur"),
        ("fi", "ei mutta voitte ottaa hänet retkille"),
        ("en", "no but you can take her on trips"),
    ],
)
def test_a_no_to_texts_is_no_refusal_of_trips(language: str, text: str) -> None:
    acts = _acts(text, language, About("consent", child="1", topic="sms"))

    refused = [word for act in acts for word in act.consents if word.topic == "trip" and not word.granted]
    assert acts
    assert not refused


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("nb", "nei han kan ikke, vondt i kneet"),
        ("nb", "nei hun kan ikke komme, vondt i kneet"),
        ("nb", "nei, Ada har vondt i kneet"),
        ("nn", "nei ho kan ikkje, vondt i kneet"),
        ("sv", "nej hon kan inte, ont i knät"),
        ("da", "nej hun kan ikke, ondt i knæet"),
        ("fi", "ei pääse, polvi kipeä"),
        ("fi", "ei, Ada on kipeä"),
        ("en", "no she can't, her knee hurts"),
    ],
)
def test_an_answer_to_what_all_were_asked_is_no_absence(language: str, text: str) -> None:
    acts = _acts(text, language, About("which_choice", options=("ja", "nei")))

    assert acts
    assert not [act for act in acts if act.intent is Intent.ABSENCE]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("nb", "nei, hun er syk i dag"),
        ("nn", "nei, ho er sjuk i dag"),
        ("sv", "nej, hon är sjuk idag"),
        ("da", "nej, hun er syg i dag"),
        ("fi", "ei, Ada on kipeä tänään"),
        ("en", "no, she is ill today"),
        ("nb", "Ada er syk"),
        ("en", "Ada is ill"),
    ],
)
def test_an_absence_told_beside_such_a_question_is_noted(language: str, text: str) -> None:
    acts = _acts(text, language, About("which_choice", options=("ja", "nei")))

    (away,) = (act for act in acts if act.intent is Intent.ABSENCE)
    assert away.days == (_FRIDAY.date(),)
