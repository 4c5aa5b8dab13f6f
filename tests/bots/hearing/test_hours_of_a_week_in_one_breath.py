"""Hours of a week, told in one breath: what stands between two days is told of the first, and a sibling's hours may be those
of the child told before."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from bots.hearing.ear import Ear
from hub.talk.heard import About, Act, Booking, Intent, KnownChild, Said

_EVENING = datetime(2026, 12, 3, 19, 0, tzinfo=ZoneInfo("Europe/Oslo"))
_ASKED = About("care_time", week="2026-W50")
_EAR = Ear()
_ADA, _BO = KnownChild("1", "Ada Vik"), KnownChild("2", "Bo Vik")
_MONDAY, _TUESDAY, _WEDNESDAY = (date(2026, 12, day) for day in (7, 8, 9))


def _acts(text: str, *children: KnownChild) -> tuple[Act, ...]:
    return _EAR.hear(Said(text, _EVENING), children, _ASKED).acts


def _hours(day: date) -> Booking:
    return Booking(day, time(8), time(16))


@pytest.mark.parametrize(
    "text",
    [
        "man 8-16 tirs hos mormor ons 8-16",
        "mån 8-16 tis hemma ons 8-16",
        "ma 8-16 ti mummilla ke 8-16",
        "mon 8-16 tue with grandma wed 8-16",
    ],
)
def test_a_day_at_home_or_with_family_gets_no_hours_of_the_next_one(text: str) -> None:
    assert [act.bookings for act in _acts(text, _ADA)] == [
        (_hours(_MONDAY), Booking(_TUESDAY, off=True), _hours(_WEDNESDAY))
    ]


def test_a_day_of_which_something_else_is_told_is_left_to_staff() -> None:
    assert {act.intent for act in _acts("man 8-16 tirs slapp ons 8-16", _ADA)} == {Intent.MESSAGE}


def test_a_sibling_has_the_same_hours_but_for_a_day() -> None:
    acts = _acts("Ada 8-16 mandag til onsdag, Bo det samme men fri tirsdag", _ADA, _BO)

    assert {act.children: act.bookings for act in acts} == {
        ("1",): (_hours(_MONDAY), _hours(_TUESDAY), _hours(_WEDNESDAY)),
        ("2",): (_hours(_MONDAY), Booking(_TUESDAY, off=True), _hours(_WEDNESDAY)),
    }
