"""An answer to several choices that sets some apart is heard whole: no yes in it is lost, and none is turned round."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from bots.consent_question import ConsentAnswer, Topic
from bots.hearing.ear import Ear
from hub.talk.answers import NOT_UNDERSTOOD, Named, NotUnderstood
from hub.talk.heard import About, Intent, KnownChild, Said

_EAR = Ear()
_MORNING = datetime(2025, 3, 3, 9, 20, tzinfo=ZoneInfo("Europe/Oslo"))
_KARI = Named("1", "Kari")
_QUESTION = ConsentAnswer((_KARI,), tuple(Topic(code, code, code, code, code) for code in ("trip", "car", "swimming")))
_ALL_BUT_CAR = {"trip": True, "car": False, "swimming": True}


def _said(text: str, language: str = "nb") -> dict[str, bool] | NotUnderstood:
    heard = _EAR.hear(Said(text, _MORNING, language), [KnownChild("1", "Kari Berg")], _QUESTION.about())
    return _QUESTION.read(heard)


@pytest.mark.parametrize(
    ("language", "texts"),
    [
        ("nb", ["1 og 3 men ikke bil", "1 og 3, ikke bil", "ja til 1 og 3, nei til bil", "1 og 3, ikke 2", "1 og 3 men ikke 2",
        "alle unntatt 2", "alt er greit unntatt 2", "alt utenom bil", "ja, men ikke bil", "ja, ikke 2",
                "1 tur ja, 2 bil nei, 3 bading ja"]),
        ("nn", ["1 og 3, men ikkje bil"]),
        ("sv", ["1 och 3 men inte bil", "allt utom 2", "alla utom bil", "ja, men inte bil"]),
        ("fi", ["1 ja 3 mutta ei autoa", "1 ja 3, ei 2", "kaikki paitsi 2", "kaikki muut paitsi 2", "kyllä mutta ei autoa"]),
        ("en", ["1 and 3 but not the car", "all except 2", "everything but 2", "yes, but not the car"]),
        ("da", ["1 og 3, men ikke bilkørsel", "alt undtagen 2"]),
    ],
)  # fmt: skip
def test_what_is_not_set_apart_is_agreed_to(language: str, texts: list[str]) -> None:
    assert [_said(text, language) for text in texts] == [_ALL_BUT_CAR] * len(texts)


@pytest.mark.parametrize(
    ("language", "texts"),
    [
        ("nb", ["1 og 3 ikke greit men bil ok", "1 og 3 er ikke greit, bil er greit", "1, nei 2", "1, nei 2, 3", "1, ei 2",
                "ikke alle unntatt 2", "alle unntatt 2-3", "alle unntatt 2 eller 3", "unntatt 2", "alle?"]),
        ("fi", ["1 ja muut", "1 ja muut mutta ei autoa"]),
        ("en", ["1 and the rest"]),
    ],
)  # fmt: skip
def test_what_may_be_read_either_way_is_asked_once_more(language: str, texts: list[str]) -> None:
    assert [_said(text, language) for text in texts] == [NOT_UNDERSTOOD] * len(texts)


def test_who_refuses_photos_says_nothing_of_what_else_was_asked() -> None:
    heard = _EAR.hear(Said("ja, men ikke bilder", _MORNING), [KnownChild("1", "Kari Berg")], _QUESTION.about())

    assert [(word.topic, word.granted) for act in heard.acts for word in act.consents] == [("photo_internal", False)]


_DAYS = About("which_days", day=date(2025, 4, 14), options=("2025-04-14", "2025-04-15", "2025-04-16"))
_TWO_WEEKS = About(
    "which_days", day=date(2025, 4, 14), options=("2025-04-14", "2025-04-16", "2025-04-22", "2025-04-23")
)


def _picked(text: str, language: str, asked: About) -> tuple[int, ...]:
    heard = _EAR.hear(Said(text, _MORNING, language), [KnownChild("1", "Kari Berg")], asked)
    assert {act.intent for act in heard.acts} <= {Intent.YES, Intent.MESSAGE}, "no day of this week is told of"
    return heard.options


@pytest.mark.parametrize(
    ("language", "texts"),
    [
        (
            "nb",
            ["alle unntatt 2", "alle unntatt tirsdag", "mandag og onsdag", "Kari kommer man og ons", "14.4 og 16.4"],
        ),
        ("sv", ["allt utom 2", "måndag och onsdag", "mån, ons"]),
        ("fi", ["kaikki paitsi 2", "ma ja ke", "kaikki paitsi tiistai"]),
        ("en", ["all but 2", "monday and wednesday"]),
    ],
)
def test_days_that_were_asked_about_are_picked_by_their_names_too(language: str, texts: list[str]) -> None:
    assert [_picked(text, language, _DAYS) for text in texts] == [(1, 3)] * len(texts)


@pytest.mark.parametrize(
    "text",
    ["fredag", "17.4", "ikke tirsdag", "i dag", "hele uka", "mandag?", "fri tirsdag", "Kari kommer ikke tirsdag",
     "hun er borte hele uka", "mandag og tirsdag 8-15"],
)  # fmt: skip
def test_other_days_are_asked_about_once_more_and_nobody_is_away(text: str) -> None:
    assert _picked(text, "nb", _DAYS) == ()


@pytest.mark.parametrize("text", ["Kari er syk tirsdag", "Kari er borte i morgen", "Kari har fri 4.3."])
def test_who_is_ill_or_away_on_a_day_of_its_own_is_noted_all_the_same(text: str) -> None:
    (act,) = _EAR.hear(Said(text, _MORNING, "nb"), [KnownChild("1", "Kari Berg")], _DAYS).acts

    assert (act.intent, act.days) == (Intent.ABSENCE, (date(2025, 3, 4),))


@pytest.mark.parametrize(
    ("language", "all_of_them", "none_of_them"),
    [("nb", "alle dager", "ingen"), ("sv", "alla", "inga"), ("fi", "kaikki", "ei mitään"), ("en", "all", "none")],
)
def test_a_word_for_all_and_one_for_none_are_answers(language: str, all_of_them: str, none_of_them: str) -> None:
    assert _said(all_of_them, language) == dict.fromkeys(_ALL_BUT_CAR, True)
    assert _said(none_of_them, language) == dict.fromkeys(_ALL_BUT_CAR, False)
    assert _picked(all_of_them, language, _DAYS) == (1, 2, 3)


def test_a_weekday_of_two_weeks_is_asked_about_once_more() -> None:
    assert _picked("onsdag", "nb", _TWO_WEEKS) == ()
    assert _picked("mandag og tirsdag", "nb", _TWO_WEEKS) == (1, 3)
    assert _picked("uke 17", "nb", _TWO_WEEKS) == (3, 4)
