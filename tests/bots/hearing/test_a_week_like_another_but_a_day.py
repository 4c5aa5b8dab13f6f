"""A week like another but for some days, told unasked, is one wish: never an absence of the next such weekday."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from bots.hearing.ear import Ear
from hub.talk.heard import About, Act, Booking, Intent, KnownChild, Said

_THURSDAY = datetime(2025, 3, 6, 17, 0, tzinfo=ZoneInfo("Europe/Oslo"))
_EAR = Ear()


def _acts(text: str, asked: About | None = None) -> tuple[Act, ...]:
    return _EAR.hear(Said(text, _THURSDAY), (KnownChild("1", "Ella Berg"), KnownChild("2", "Otso Berg")), asked).acts


@pytest.mark.parametrize(
    "text",
    [
        "samme som forrige uke men fredag fri",
        "same som førre veke, men fredag fri",
        "samma som förra veckan men fredag ledig",
        "sama kuin viime viikolla mutta perjantai vapaa",
        "same as last week but Friday off",
        "samme som sidste uge, men fredag fri",
    ],
)
def test_it_is_last_week_again_with_the_day_off(text: str) -> None:
    off = Booking(date(2025, 3, 14), off=True)

    assert _acts(text) == (Act(Intent.CARE_TIME, bookings=(off,), same_as=date(2025, 2, 24)),)


def test_a_week_that_is_named_is_the_one_that_differs() -> None:
    (act,) = _acts("uke 13 samme som uke 12, men fredag fri")

    assert (act.days, act.same_as) == ((date(2025, 3, 24),), date(2025, 3, 17))
    assert [one.day for one in act.bookings] == [date(2025, 3, 28)]


def test_what_is_told_of_both_keeps_the_week_that_it_is_like() -> None:
    (act,) = _acts("begge samme som forrige uke, men fredag fri", About("care_time", week="2025-W12"))

    assert (act.same_as, [one.off for one in act.bookings]) == (date(2025, 3, 10), [True])


def test_an_illness_beside_it_stays_an_illness() -> None:
    (act,) = _acts("samme som forrige uke, Ella er syk fredag")

    assert (act.intent, act.ill) == (Intent.ABSENCE, True)
