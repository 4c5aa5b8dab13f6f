"""What leave is for is heard where the words tell it, with the application or in answer to the question, and never guessed."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bots.hearing.ear import Ear
from bots.leave_questions import WhichReason
from hub.school.leave import LeaveReason
from hub.talk.answers import NOT_UNDERSTOOD
from hub.talk.heard import Heard, Intent, KnownChild, Said

_EAR = Ear()
_MONDAY = datetime(2025, 3, 3, 7, 20, tzinfo=ZoneInfo("Europe/Oslo"))
_ELLA = (KnownChild("1", "Ella Berg"),)
_TOLD = [
    ("vi søker fri for Ella fre 12. des, begravelse", LeaveReason.FAMILY),
    ("Vi søker om fri for Ella 4. april, vi reiser bort", LeaveReason.TRAVEL),
    ("Vi søker om fri for Ella 4. april, vi reiser til Spania i begravelse", LeaveReason.FAMILY),
    ("Vi søker om fri for Ella 4. april til håndballturnering", LeaveReason.SPORTS),
    ("Vi søkjer om fri for Ella 4. april, vi skal i bryllaup", LeaveReason.FAMILY),
    ("Vi söker ledigt för Ella 4 april, begravning", LeaveReason.FAMILY),
    ("Kan Ella vara ledig 24-26 mars? Vi ska resa bort", LeaveReason.TRAVEL),
    ("Haemme Ellalle vapaata 4.4., hautajaiset", LeaveReason.FAMILY),
    ("Saavatko Ella ja Otso vapaata koulusta 4.4.? Mennään häihin", LeaveReason.FAMILY),
    ("Haemme lomaa Ellalle 4.4., matka", LeaveReason.TRAVEL),
    ("We apply for leave for Ella on 4 April, funeral", LeaveReason.FAMILY),
    ("Could Ella have 4 April off? We are going to a wedding", LeaveReason.FAMILY),
    ("Vi søger om fri til Ella 4. april, vi skal ud at rejse", LeaveReason.TRAVEL),
]
_NOT_TOLD = [
    "Vi søker om fri for Ella 4. april",
    "Vi søker om fri for Ella 4. april. Vi skal ikke på reise.",
    "Vi söker ledigt för Ella 4 april, bröllop och handbollsturnering",
    "We apply for leave for Ella on 4 April",
]
_ANSWERED = [
    ("begravelse", LeaveReason.FAMILY),
    ("Bryllup", LeaveReason.FAMILY),
    ("reise", LeaveReason.TRAVEL),
    ("gravferd", LeaveReason.FAMILY),
    ("begravning", LeaveReason.FAMILY),
    ("bröllop", LeaveReason.FAMILY),
    ("resa", LeaveReason.TRAVEL),
    ("annat", LeaveReason.OTHER),
    ("hautajaiset", LeaveReason.FAMILY),
    ("häät", LeaveReason.FAMILY),
    ("matkustamme ulkomaille", LeaveReason.TRAVEL),
    ("funeral", LeaveReason.FAMILY),
    ("a wedding", LeaveReason.FAMILY),
    ("trip", LeaveReason.TRAVEL),
    ("rejse", LeaveReason.TRAVEL),
    ("2", LeaveReason.FAMILY),
]
_NO_ANSWER = ["begravelse?", "ikke reise", "mormor er død", "Ella er syk i dag", "nei"]


def _answer(text: str) -> Heard:
    return _EAR.hear(Said(text, _MONDAY), _ELLA, WhichReason().about())


@pytest.mark.parametrize(("text", "reason"), _TOLD)
def test_an_application_tells_what_it_is_for(text: str, reason: LeaveReason) -> None:
    acts = _EAR.hear(Said(text, _MONDAY), _ELLA, None).acts

    assert [(act.intent, act.why) for act in acts] == [(Intent.LEAVE_APPLICATION, reason)]


@pytest.mark.parametrize("text", _NOT_TOLD)
def test_an_application_that_tells_nothing_or_several_things_is_asked(text: str) -> None:
    acts = _EAR.hear(Said(text, _MONDAY), _ELLA, None).acts

    assert [(act.intent, act.why) for act in acts] == [(Intent.LEAVE_APPLICATION, "")]


@pytest.mark.parametrize(("text", "reason"), _ANSWERED)
def test_the_question_what_it_is_for_is_answered_in_words(text: str, reason: LeaveReason) -> None:
    assert WhichReason().read(_answer(text)) is reason


@pytest.mark.parametrize("text", [text for text, _ in _ANSWERED if not text.isdigit()])
def test_what_it_is_for_in_words_is_for_those_who_decide_alone(text: str) -> None:
    assert _answer(text).sensitive


@pytest.mark.parametrize("text", _NO_ANSWER)
def test_what_tells_no_reason_answers_none(text: str) -> None:
    assert WhichReason().read(_answer(text)) is NOT_UNDERSTOOD
