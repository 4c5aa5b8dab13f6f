"""An act beside a time, a day or a child that nothing has used is left to staff; its plain twin is done."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from bots.hearing.ear import Ear
from hub.talk.heard import About, Act, Intent, KnownChild, Said

_WEDNESDAY = datetime(2026, 11, 25, 7, 20, tzinfo=ZoneInfo("Europe/Oslo"))
_EAR = Ear()
_OTSO = (KnownChild("1", "Otso Berg"),)
_BOTH = (KnownChild("1", "Ella Berg"), KnownChild("2", "Otso Berg"))


def _acts(text: str, children: tuple[KnownChild, ...] = _OTSO, asked: About | None = None) -> tuple[Act, ...]:
    return _EAR.hear(Said(text, _WEDNESDAY), children, asked).acts


def test_a_time_behind_an_illness_that_no_act_has_is_read_by_a_person() -> None:
    acts = _acts("Jeg slapp henne av ved porten kl 8")

    assert [act.intent for act in acts] == [Intent.MESSAGE]
    assert [act.intent for act in _acts("Otso er slapp")] == [Intent.ABSENCE]


@pytest.mark.parametrize(
    "text",
    [
        "Ella får ikke være med i biler, vi trekker samtykket. Gjelder ikke Otso",
        "Ella får inte åka bil, vi tar tillbaka samtycket. Gäller inte Otso",
        "Ella må ikke køre i bil, vi trækker samtykket. Gælder ikke Otso",
    ],
)
def test_a_child_for_whom_it_does_not_go_keeps_its_consent(text: str) -> None:
    consents = [act for act in _acts(text, _BOTH) if act.intent is Intent.CONSENT]

    assert consents
    assert all("2" not in act.children for act in consents)


@pytest.mark.parametrize(
    "text",
    ["Beskjeden om at Otso er syk var en spøk. Han kommer i dag", "That Otso is ill was a joke. He is coming today"],
)
def test_an_illness_that_was_a_joke_is_no_absence(text: str) -> None:
    assert [act.intent for act in _acts(text)] == [Intent.MESSAGE]


def test_the_monday_behind_dates_is_one_of_them() -> None:
    acts = _acts("Ella er bortreist 14.-16. desember. Otso må være hjemme mandagen", _BOTH)

    assert [act.days for act in acts if act.children == ("2",)] == [(date(2026, 12, 14),)]


def test_a_day_on_which_the_child_is_fetched_early_among_hours_ends_then() -> None:
    (act,) = _acts("7.30-16 hver dag, men onsdag henter jeg allerede 14", asked=About("care_time", week="2026-W49"))

    assert [word.end for word in act.bookings] == [time(16), time(16), time(14), time(16), time(16)]
