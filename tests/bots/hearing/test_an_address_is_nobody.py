"""An address in a message fetches nobody, and its number is no time and no day."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

import pytest

from bots.hearing.ear import Ear
from hub.talk.heard import Act, Intent, KnownChild, Said

_MORNING = datetime(2025, 3, 3, 7, 30, tzinfo=ZoneInfo("Europe/Oslo"))
_EAR = Ear()
_ELLA = (KnownChild("1", "Ella Berg"),)


def _acts(text: str) -> tuple[Act, ...]:
    return _EAR.hear(Said(text, _MORNING), _ELLA, None).acts


@pytest.mark.parametrize(
    ("text", "person"),
    [
        ("mormor henter, Storgata 12", "mormor"),
        ("mormor henter Ella, storgata 12", "mormor"),
        ("mormor henter, Kongens gate 12", "mormor"),
        ("bestemor hentar, Kyrkjevegen 12", "bestemor"),
        ("farmor hämtar, Storgatan 3 B", "farmor"),
        ("mummo hakee, Kirkkokatu 12", "mummo"),
        ("mummo hakee, Kirkkokatu 12 A 3", "mummo"),
        ("grandma picks up, 12 High Street", "grandma"),
        ("grandma picks up, High Street 12", "grandma"),
        ("mormor henter, Nørregade 12", "mormor"),
        ("Kari Nordmann henter Ella. Adresse Storgata 12", "Kari Nordmann"),
    ],
)
def test_who_fetches_is_the_person_beside_it(text: str, person: str) -> None:
    acts = _acts(text)

    assert [(act.intent, act.person) for act in acts] == [(Intent.PICKUP_PERSON, person)]


@pytest.mark.parametrize(
    "text",
    [
        "mormor henter kl 15, Storgata 12",
        "bestemor hentar kl 15, Storgata 12",
        "farmor hämtar, Storgatan 3 B kl 15",
        "mummo hakee Ellan klo 15, Kirkkokatu 12 A 3",
        "grandma picks up at 3, 12 High Street",
        "mormor henter kl. 15, Nørregade 12",
    ],
)
def test_the_time_that_is_told_is_heard_beside_it(text: str) -> None:
    acts = _acts(text)

    assert [act.intent for act in acts] == [Intent.PICKUP_PERSON, Intent.EARLY_PICKUP]
    assert acts[1].end == time(15)


@pytest.mark.parametrize("text", ["Storgata 12", "Kirkkokatu 12", "Storgatan 3 B", "12 High Street"])
def test_an_address_alone_tells_nothing(text: str) -> None:
    assert [act.intent for act in _acts(text)] == [Intent.MESSAGE]


def test_a_surname_that_ends_like_a_street_is_a_person_still() -> None:
    (act,) = _acts("Kari Nordvei henter Ella")

    assert act.person == "Kari Nordvei"
