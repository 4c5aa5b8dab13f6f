"""A phone number in groups is one number, and a house or a bus has its own: none of it is an hour at which a child comes or
leaves, or a day."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

import pytest

from bots.hearing.ear import Ear
from hub.talk.heard import Act, Intent, KnownChild, Said

_MORNING = datetime(2025, 3, 3, 7, 30, tzinfo=ZoneInfo("Europe/Oslo"))
_EAR = Ear()
_ELLA = (KnownChild("1", "Ella Berg"),)


def _acts(text: str) -> list[Act]:
    return list(_EAR.hear(Said(text, _MORNING), _ELLA, None).acts)


@pytest.mark.parametrize(
    "text",
    [
        "Mormor henter Ella i morgen, 40 00 11 61",
        "Mormor (40 00 11 61) henter Ella i morgen",
        "Mormor henter Ella i morgen, +47 400 00 145",
        "Mormor henter Ella i morgen, 400\u00a000\u00a0115",
        "Bedstemor henter Ella i morgen, 20 00 12 64",
        "Bedstemor henter Ella i morgen 40 00 12 62",
        "Mormor hämtar Ella i morgon, 070 174 06 05",
        "Mormor hämtar Ella i morgon, 070 17 40 605",
        "Mormor hämtar Ella i morgon 0701-74 06 05",
        "Mormor hämtar Ella i morgon, +46 70 174 06 05",
        "Mummo hakee Ellan huomenna 050 12 34567",
        "Mummo hakee Ellan huomenna 040 12 13 145",
        "Grandma picks Ella up tomorrow, 40 00 11 61",
    ],
)
def test_who_fetches_is_told_with_their_number_and_no_time_is_heard_in_it(text: str) -> None:
    (act,) = _acts(text)

    assert (act.intent, act.children, act.end) == (Intent.PICKUP_PERSON, ("1",), None)


@pytest.mark.parametrize(
    "text",
    [
        "Mormor henter Ella i dag, hun bor i Storgata 12",
        "Vi bor nå i Parkveien 14, mormor henter Ella i dag",
        "Mormor hämtar Ella idag, hon bor på Björkvägen 12",
        "Mummo hakee Ellan tänään, osoite Koivukuja 12",
        "Mummo hakee Ellan tänään, osoite Mannerheimintie 12",
        "Mummo hakee Ellan tänään bussilla 14",
    ],
)
def test_the_number_of_a_house_or_a_bus_is_no_time_at_which_a_child_leaves(text: str) -> None:
    (act,) = _acts(text)

    assert (act.intent, act.end) == (Intent.PICKUP_PERSON, None)


@pytest.mark.parametrize(
    "text",
    [
        "Ella kommer seint i dag, ring 40 00 11 61",
        "Ella kommer senere i dag, vi bor i Storgata 10",
        "Ella kommer senere i dag, buss 10 er forsinka",
    ],
)
def test_a_child_that_comes_late_is_looked_for_at_no_hour_out_of_a_number(text: str) -> None:
    (act,) = _acts(text)

    assert (act.intent, act.start) == (Intent.LATE, None)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("Ella hentes kl 14 i dag, 40 00 11 61", time(14)),
        ("Ella hentes 14.30 40 00 11 61", time(14, 30)),
        ("Ella hentes kl 14 i dag, ring 40 00 12 62", time(14)),
        ("Ella hentes i Storgata kl 14 i dag", time(14)),
    ],
)
def test_a_time_beside_a_number_is_heard(text: str, at: time) -> None:
    (act,) = _acts(text)

    assert (act.intent, act.end) == (Intent.EARLY_PICKUP, at)


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("Jeg har fått nytt nummer: +47 400 00 080", "+4740000080"),
        ("nytt nummer 400 00 080", "40000080"),
        ("Mitt nya nummer är 070-174 06 05", "0701740605"),
        ("Uusi numeroni on 040 123 4567", "0401234567"),
    ],
)
def test_a_number_of_ones_own_is_heard_whole(text: str, phone: str) -> None:
    (act,) = _acts(text)

    assert (act.intent, act.phone) == (Intent.CONTACT_CHANGE, phone)


@pytest.mark.parametrize("text", ["Ella er borte 24 25 26 27 mars", "Ella borte uke 45 46 47 48"])
def test_days_and_weeks_in_a_row_are_no_number(text: str) -> None:
    (act,) = _acts(text)

    assert act.intent is Intent.ABSENCE
    assert act.days


@pytest.mark.parametrize("number", ["070-174 06 31", "0701740631"])
def test_a_new_number_beside_booked_hours_is_read_by_a_person(number: str) -> None:
    acts = _acts(f"Imorgon är Ella hos er 9-14.30. Förresten har jag bytt nummer till {number}")

    assert {act.intent for act in acts} == {Intent.CARE_TIME, Intent.MESSAGE}
