"""A text that only takes the one before for a mistake is marked as such, and never taken for an act of its own."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bots.hearing.ear import Ear
from hub.talk.heard import MISTAKEN, Act, Intent, KnownChild, Said

_MORNING = datetime(2025, 3, 3, 7, 30, tzinfo=ZoneInfo("Europe/Oslo"))
_EAR = Ear()
_CHILDREN = (KnownChild("1", "Ella Berg"), KnownChild("2", "Otso Berg"))


def _acts(text: str) -> tuple[Act, ...]:
    return _EAR.hear(Said(text, _MORNING), _CHILDREN, None).acts


@pytest.mark.parametrize(
    "text",
    [
        "beklager, feil melding",
        "Glem det",
        "Oi, trykket feil, sorry",
        "gløym det",
        "Fel knapp, förlåt!",
        "glöm det",
        "väärä nappi",
        "Anteeksi, meni väärään numeroon",
        "sorry wrong button",
        "Never mind, sent by mistake",
        "forkert besked, undskyld",
    ],
)
def test_a_text_that_takes_the_one_before_for_a_mistake_is_marked(text: str) -> None:
    (act,) = _acts(text)

    assert (act.intent, act.change) == (Intent.MESSAGE, MISTAKEN)


@pytest.mark.parametrize(
    "text",
    [
        "feil melding, Ella er syk i dag",
        "Glem det, Ella kommer likevel",
        "wrong number? who is this",
        "Har dere feil nummer?",
        "Glem ikke matpakken til Ella",
        "Takk",
        "väärä nappi takissa, Ella tuo uuden",
        "Ella er hjemme",
    ],
)
def test_what_tells_more_or_asks_is_no_mere_mistake(text: str) -> None:
    assert all(act.change != MISTAKEN for act in _acts(text))
