"""Who comes after all at a time is expected at that time, and no sooner."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

import pytest

from bots.hearing.ear import Ear
from hub.talk.heard import Intent, KnownChild, Said

_EAR = Ear()
_FRIDAY = datetime(2026, 11, 27, 8, 20, tzinfo=ZoneInfo("Europe/Oslo"))
_CHILDREN = (KnownChild("1", "Ada Berg"), KnownChild("2", "Ossian Berg"))


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("nb", "Ada kommer likevel kl 11"),
        ("nb", "Ada er frisk likevel, kommer kl 11"),
        ("nn", "Ada kjem likevel kl 11"),
        ("nn", "Ada er frisk likevel, kjem kl 11"),
        ("sv", "Ada kommer ändå kl 11"),
        ("sv", "Ada mår bättre så hon kommer kl 11"),
        ("da", "Ada kommer alligevel kl 11"),
        ("da", "Ada har det bedre, kommer kl. 11"),
        ("fi", "Ada tulee sittenkin klo 11"),
        ("fi", "Ada onkin terve, tulee klo 11"),
        ("en", "Ada is coming after all at 11"),
        ("en", "actually Ada is feeling better, bringing her at 11"),
    ],
)
def test_the_time_is_kept(language: str, text: str) -> None:
    acts = _EAR.hear(Said(text, _FRIDAY, language), _CHILDREN, None).acts

    (late,) = (act for act in acts if act.intent is Intent.LATE)
    assert (late.children, late.days, late.start) == (("1",), (_FRIDAY.date(),), time(11))
    assert all(act.intent in {Intent.LATE, Intent.ABSENCE_CANCEL} for act in acts)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("nb", "Ada kommer likevel"),
        ("nn", "Ada kjem likevel"),
        ("sv", "Ada kommer ändå"),
        ("da", "Ada kommer alligevel"),
        ("fi", "Ada tulee sittenkin"),
        ("en", "Ada is coming after all"),
    ],
)
def test_without_a_time_it_only_ends_the_absence(language: str, text: str) -> None:
    (act,) = _EAR.hear(Said(text, _FRIDAY, language), _CHILDREN, None).acts

    assert (act.intent, act.children, act.start) == (Intent.ABSENCE_CANCEL, ("1",), None)
