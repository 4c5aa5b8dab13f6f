"""Who asks what is noted of the child, or which consents they gave, is heard; who asks something else beside it is not."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bots.hearing.ear import Ear
from hub.talk.heard import OF_CONSENTS, Act, Intent, KnownChild, Said

_MORNING = datetime(2025, 3, 3, 7, 30, tzinfo=ZoneInfo("Europe/Oslo"))
_EAR = Ear()


def _act(text: str) -> Act:
    (act,) = _EAR.hear(Said(text, _MORNING), (KnownChild("1", "Ella Berg"),), None).acts
    return act


@pytest.mark.parametrize(
    "text",
    [
        "what do you have down for him?",
        "hva har dere notert på ham?",
        "kva har de notert på han?",
        "vad har ni antecknat?",
        "mitä teillä on merkattuna?",
        "hvad har I noteret om hende?",
    ],
)
def test_what_is_noted_of_the_child_is_asked(text: str) -> None:
    act = _act(text)

    assert (act.intent, act.change) == (Intent.NOTED, None)


@pytest.mark.parametrize(
    "text",
    [
        "which consents have I given?",
        "hvilke samtykker har jeg gitt?",
        "kva samtykke har eg gitt?",
        "vilka samtycken har jag gett?",
        "mitä suostumuksia olen antanut?",
        "hvilke samtykker har jeg givet?",
    ],
)
def test_which_consents_were_given_is_asked(text: str) -> None:
    act = _act(text)

    assert (act.intent, act.change) == (Intent.NOTED, OF_CONSENTS)


@pytest.mark.parametrize(
    "text",
    [
        "what do you have for lunch?",
        "hva har dere på menyen?",
        "mine samtykker gjelder ikke lenger",
        "I want to withdraw my consents",
        "Peruutan suostumukseni",
    ],
)
def test_another_matter_goes_to_staff(text: str) -> None:
    assert _act(text).intent is Intent.MESSAGE
