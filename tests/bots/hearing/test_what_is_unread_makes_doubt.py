"""An act is asked about or left to staff when what stands beside it, unread, speaks against it; its plain twin is done."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from bots.hearing.ear import Ear
from hub.talk.heard import About, Act, Intent, KnownChild, Said

_OSLO = ZoneInfo("Europe/Oslo")
_WEDNESDAY = datetime(2026, 11, 25, 7, 20, tzinfo=_OSLO)
_EAR = Ear()
_OTSO = (KnownChild("1", "Otso Berg"),)
_BOTH = (KnownChild("1", "Ella Berg"), KnownChild("2", "Otso Berg"))


def _acts(text: str, children: tuple[KnownChild, ...] = _OTSO, asked: About | None = None) -> tuple[Act, ...]:
    return _EAR.hear(Said(text, _WEDNESDAY), children, asked).acts


@pytest.mark.parametrize(
    "text",
    [
        "Otso er borte mandag og tirsdag, gjelder uke 51",
        "Otso är ledig måndag och onsdag, gäller vecka 51",
        "Otso is away Monday and Tuesday, that goes for week 51",
    ],
)
def test_days_with_another_week_behind_them_are_asked_about(text: str) -> None:
    acts = _acts(text)

    assert [(act.intent, act.days) for act in acts] == [(Intent.ABSENCE, ())]


def test_days_with_nothing_behind_them_are_kept() -> None:
    (act,) = _acts("Otso er borte mandag og tirsdag")

    assert act.days == (date(2026, 11, 30), date(2026, 12, 1))


@pytest.mark.parametrize(
    "text",
    [
        "Otso er borte mandag. Eller kanskje jeg roter, tirsdag",
        "Otso är borta på måndag. Nähä, tisdag menade jag",
        "Otso is away on Monday. Oh dear, Tuesday",
    ],
)
def test_a_bare_day_behind_an_absence_leaves_its_days_open(text: str) -> None:
    assert [(act.intent, act.days) for act in _acts(text)] == [(Intent.ABSENCE, ())]


@pytest.mark.parametrize(
    "text",
    [
        "Hvordan har Otso det nå? Han hadde vondt i magen i morges",
        "Hur mår Otso nu? Han hade ont i magen i morse",
        "How is Otso? He had a tummy ache this morning",
    ],
)
def test_a_question_with_a_symptom_gone_by_is_for_staff(text: str) -> None:
    assert {act.intent for act in _acts(text)} == {Intent.MESSAGE}


def test_a_question_beside_a_child_at_home_hinders_nothing() -> None:
    acts = _acts("Otso er hjemme i dag, han hadde vondt i magen i natt. Kan dere sende leksene?")

    assert [act.intent for act in acts] == [Intent.ABSENCE, Intent.MESSAGE]


@pytest.mark.parametrize(
    "text",
    [
        "Otso kommer 0930 i dag, og i morgen går han halv to",
        "Otso kommer 9.30 i dag, och i morgon hämtar jag honom halv två",
    ],
)
def test_moves_on_days_of_their_own_are_no_hours(text: str) -> None:
    assert Intent.CARE_TIME not in {act.intent for act in _acts(text)}


def test_hours_of_two_days_are_booked() -> None:
    (act,) = _acts("Otso mandag og tirsdag 8-15")

    assert [(word.day, word.start, word.end) for word in act.bookings] == [
        (date(2026, 11, 30), time(8), time(15)),
        (date(2026, 12, 1), time(8), time(15)),
    ]


def test_a_day_outside_the_week_asked_about_books_nothing_in_it() -> None:
    acts = _acts("Hämtar Otso 13.30 idag", asked=About("care_time", week="2026-W50"))

    assert Intent.CARE_TIME not in {act.intent for act in acts}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Ella has a dentist appointment and is picked up at 12", "Ella"),
        ("Ella haetaan klo 12", "Ella"),
        ("Ella blir hentet kl 12", "Ella"),
        ("Ella hämtas kl 12", "Ella"),
        ("Ella bliver hentet kl 12", "Ella"),
    ],
)
def test_a_stranger_who_is_fetched_is_not_the_only_child(text: str, name: str) -> None:
    acts = _acts(text)

    assert [(act.intent, act.children, act.unknown_name) for act in acts] == [(Intent.EARLY_PICKUP, (), name)]


def test_the_same_of_the_child_itself_is_done() -> None:
    (act,) = _acts("Otso has a dentist appointment and is picked up at 12")

    assert (act.intent, act.children, act.end) == (Intent.EARLY_PICKUP, ("1",), time(12))


@pytest.mark.parametrize("text", ["Ella weeks 11 and 12 mon-fri 8-16", "Ella vk 11 ja 12 ma-pe 8-16"])
def test_hours_of_two_weeks_are_for_staff_to_read(text: str) -> None:
    assert [(act.intent, act.bookings) for act in _acts(text, _BOTH[:1])] == [(Intent.MESSAGE, ())]


@pytest.mark.parametrize(
    "text", ["Haemme Ellalle ja Otsolle vapaata 20.-24.10.", "Anomme Ellalle ja Otsolle lomaa 20.-24.10."]
)
def test_leave_for_two_in_finnish_is_for_both(text: str) -> None:
    (act,) = _acts(text, _BOTH)

    assert (act.intent, act.children) == (Intent.LEAVE_APPLICATION, ("1", "2"))
    assert act.days[0] == date(2027, 10, 20)
