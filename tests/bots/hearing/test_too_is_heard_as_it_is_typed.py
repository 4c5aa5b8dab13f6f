"""A brother or sister who is named with a "too" is away as well, however the word is typed; in doubt a person reads it."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from bots.hearing.ear import Ear
from hub.talk.heard import Act, Intent, KnownChild, Said

_EVENING = datetime(2026, 11, 26, 17, 16, tzinfo=ZoneInfo("Europe/Oslo"))
_EAR = Ear()
_BOTH = (KnownChild("1", "Ella Lindqvist"), KnownChild("2", "Otso Lindqvist"))
_FRIDAY = date(2026, 11, 27)


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


@pytest.mark.parametrize(
    "text",
    [
        "Ella är sjuk, hon stannar hemma imorgon. Otso också",
        "Ella er syk, hun blir hjemme i morgen. Otso også",
        "Ella er sjuk, ho blir heime i morgon. Otso òg",
        "Ella er syg, hun bliver hjemme i morgen. Otso også",
        "Ella is ill, she is staying home tomorrow. Otso too",
        "Ella on kipeä, hän jää kotiin huomenna. Otsokin",
        "Ella har feber. Hun blir hjemme i morgen, Otso også",
        "Ella kommer ikke i morgen, hun er syk. Otso heller ikke",
    ],
)
def test_both_are_away_on_that_day_behind_a_she(text: str) -> None:
    acts = _EAR.hear(Said(text, _EVENING), _BOTH, None).acts

    assert [(act.intent, act.children, act.days) for act in acts] == [(Intent.ABSENCE, ("1", "2"), (_FRIDAY,))]


def test_those_who_come_back_together_were_away_together() -> None:
    text = "Ella er syk, hun blir hjemme på mandag. Otso også. De er tilbake på onsdag"

    (act,) = _EAR.hear(Said(text, _EVENING), _BOTH, None).acts

    assert act.children == ("1", "2")
    assert act.days == (date(2026, 11, 30), date(2026, 12, 1))


def test_a_stranger_with_a_too_is_asked_about() -> None:
    acts = _EAR.hear(Said("Ella er syk, hun blir hjemme i morgen. Marius også", _EVENING), _BOTH, None).acts

    assert [(act.intent, act.children, act.unknown_name) for act in acts] == [
        (Intent.ABSENCE, ("1",), None),
        (Intent.ABSENCE, (), "Marius"),
    ]


def test_where_days_were_told_apart_the_days_of_the_other_are_asked_for() -> None:
    text = "Ella er syk i morgen. Hun blir hjemme på mandag. Otso også"

    acts = _EAR.hear(Said(text, _EVENING), _BOTH, None).acts

    assert [(act.intent, act.children, act.days) for act in acts][1:] == [(Intent.ABSENCE, ("2",), ())]


@pytest.mark.parametrize(
    "text",
    [
        "Ella er syk i morgen. Hun kommer klokka 10 på mandag. Otso også",
        "Ella er syk i morgen. Takk for i dag. Otso også",
        "Ella er syk i morgen. Otso er også litt tett i nesen",
    ],
)
def test_where_it_is_open_what_the_other_does_a_person_reads_it(text: str) -> None:
    acts = _EAR.hear(Said(text, _EVENING), _BOTH, None).acts

    assert [act.children for act in acts if act.intent is not Intent.MESSAGE] == [("1",)] * (len(acts) - 1)
    assert acts[-1] == Act(Intent.MESSAGE, ("2",))
