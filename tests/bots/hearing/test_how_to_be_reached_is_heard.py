"""Why nothing came, no texts, and texts again: heard as tired people put it, and never out of a longer message."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bots.hearing.ear import Ear
from hub.talk.heard import About, ConsentWord, Intent, KnownChild, Said

_EVENING = datetime(2026, 11, 26, 17, 16, tzinfo=ZoneInfo("Europe/Oslo"))
_EAR = Ear()
_RUNA = (KnownChild("1", "Runa Dahl"),)


def _heard(text: str) -> list[tuple[Intent, str | None]]:
    return [(act.intent, act.change) for act in _EAR.hear(Said(text, _EVENING), _RUNA, None).acts]


@pytest.mark.parametrize(
    "text",
    [
        "hvorfor har jeg ikke fått noen beskjed?",
        "kvifor har eg ikkje fått melding",
        "Varför har jag inte fått något sms?",
        "hvorfor har jeg ikke fået nogen besked?",
        "why didnt i get a message",
        "why didn’t I get a text?",
        "miksi en ole saanut viestiä?",
    ],
)
def test_whoever_asks_why_nothing_came_is_told(text: str) -> None:
    assert _heard(text) == [(Intent.STATUS, None)]


@pytest.mark.parametrize(
    "text",
    [
        "Send meg SMS igjen",
        "eg vil ha sms igjen",
        "jag vill ha sms igen",
        "send mig sms igen",
        "send me texts again",
        "haluan tekstiviestit takaisin",
        "Ja takk til SMS",
        "Ja tack till sms",
        "ja tak til SMS",
        "yes please to texts",
        "Kyllä kiitos tekstiviesteille",
    ],
)
def test_whoever_wants_texts_again_gets_them(text: str) -> None:
    assert _heard(text) == [(Intent.REACH, "as_usual")]


def test_yes_to_texts_is_a_consent_where_that_is_what_was_asked() -> None:
    asked = About("consent", "1", topic="electronic")

    (act,) = _EAR.hear(Said("Ja takk til SMS", _EVENING), _RUNA, asked).acts

    assert (act.intent, act.consents) == (Intent.CONSENT, (ConsentWord("electronic", granted=True),))


@pytest.mark.parametrize("text", ["no texts please", "I dont want any texts", "ingen sms takk", "ingen sms, tak"])
def test_no_texts_is_heard_with_a_please(text: str) -> None:
    assert _heard(text) == [(Intent.REACH, "reserve")]


@pytest.mark.parametrize("text", ["Runa vil ha sms igjen når hun er ferdig", "jeg vil ha sms når Runa er kommet"])
def test_texts_among_other_words_change_nothing(text: str) -> None:
    assert Intent.REACH not in [intent for intent, _ in _heard(text)]
