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


@pytest.mark.parametrize(
    "text",
    [
        "Søsteren (14) henter Ella i dag",
        "Storebror på 16 henter Ella",
        "hennes bror på 12 henter",
        "Ella hentes av søsteren hennes på 14 år",
        "Ella blir hentet av 15-årige søsteren sin",
        "Storesøster, 14, henter Ella",
        "Storebroren hennar på 16 hentar Ella",
        "Storesystera (15) hentar Ella i dag",
        "Hennes 15-åriga syster hämtar Ella",
        "Storasyster (15) hämtar Ella idag",
        "Storebror på 16 hämtar Ella",
        "Hänen 14-vuotias siskonsa hakee Ellan",
        "Ellan hakee isosisko (15)",
        "Ellan hakee isosisko 15 v",
        "Ellan hakee tänään 16v isoveli",
        "Her 15-year-old sister picks up Ella",
        "Her brother (16) picks up Ella today",
        "Her brother, aged 16, picks up Ella",
        "Her sister, 15, picks up Ella today",
        "Ella's 16 year old brother collects her",
        "Hendes storesøster på 15 henter",
        "Ella bliver hentet af sin 15-årige bror",
        "Storebror (16) henter Ella i dag",
    ],
)
def test_how_old_whoever_fetches_is_is_no_time_at_which_a_child_leaves(text: str) -> None:
    (act,) = _acts(text)

    assert act.intent in {Intent.PICKUP_PERSON, Intent.MESSAGE}  # what is not understood is for staff to read
    assert (act.children, act.end) == (("1",), None)


@pytest.mark.parametrize(
    "text",
    [
        "Grandma picks Ella up today, 12 Church Road",
        "Grandma picks Ella up today, she lives at 12 Church Road",
        "Grandma picks Ella up today and takes her to 4 Old Mill Lane",
        "Grandma picks Ella up today, she lives at 12 church road",
        "Mormor hämtar Ella idag, hon bor på Stortorget 4",
        "Mummo hakee Ellan tänään, osoite Mäntytie 12",
    ],
)
def test_a_house_number_before_its_road_is_no_time_either(text: str) -> None:
    acts = _acts(text)

    assert acts[0].intent is Intent.PICKUP_PERSON
    assert {act.end for act in acts} == {None}


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("Storebror henter Ella kl 16", time(16)),
        ("Storebror (16) henter Ella kl 14", time(14)),
        ("Her 15-year-old sister picks up Ella at 2", time(14)),
        ("Isosisko hakee Ellan klo 15", time(15)),
        ("Storasyster hämtar Ella kl 15", time(15)),
        ("Grandma picks Ella up at 12, she lives at 4 Church Road", time(12)),
        ("Søsteren henter Ella (14.30)", time(14, 30)),
    ],
)
def test_an_age_hides_no_time_beside_it(text: str, at: time) -> None:
    acts = _acts(text)

    assert {act.intent for act in acts} == {Intent.PICKUP_PERSON, Intent.EARLY_PICKUP}
    assert [act.end for act in acts if act.intent is Intent.EARLY_PICKUP] == [at]


@pytest.mark.parametrize(
    "text", ["Ella (3) er syk i dag", "Ella, 3, er syk i dag", "Ella (4 v) on kipeä tänään", "Ella (5) is ill today"]
)
def test_how_old_the_child_is_changes_nothing(text: str) -> None:
    (act,) = _acts(text)

    assert (act.intent, act.children, act.days) == (Intent.ABSENCE, ("1",), (_MORNING.date(),))
