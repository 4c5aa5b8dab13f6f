"""A brother or sister who is named with a "too" is away as well, however the word is typed."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bots.hearing.ear import Ear
from hub.talk.heard import Intent, KnownChild, Said

_EVENING = datetime(2026, 11, 26, 17, 16, tzinfo=ZoneInfo("Europe/Oslo"))
_EAR = Ear()
_BOTH = (KnownChild("1", "Ella Lindqvist"), KnownChild("2", "Otso Lindqvist"))


@pytest.mark.parametrize(
    "text",
    [
        "Ella är sjuk imorgon, Otso oxå",
        "Ella är sjuk imorgon. Otso oxo",
        "Ella er syk i morgen. Otso osså",
        "Ella er syg i morgen. Otso osse",
    ],
)
def test_both_are_away(text: str) -> None:
    acts = _EAR.hear(Said(text, _EVENING), _BOTH, None).acts

    assert [(act.intent, act.children) for act in acts] == [(Intent.ABSENCE, ("1", "2"))]
