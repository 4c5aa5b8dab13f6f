"""A child is still here: whom somebody thought to have fetched it is nobody on the way, and a person reads of it at once."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from bots.hearing.ear import Ear
from bots.not_fetched_answers import FetchSaid, WhenFetched
from hub.school.not_fetched import Fetch
from hub.talk.answers import Named
from hub.talk.heard import Intent, KnownChild, Said

_EAR = Ear()
_EVENING = datetime(2025, 3, 3, 16, 15, tzinfo=ZoneInfo("Europe/Oslo"))
_QUESTION = WhenFetched((Named("1", "Ella"),), date(2025, 3, 3))


def _said(text: str, language: str) -> list[Fetch]:
    heard = _EAR.hear(Said(text, _EVENING, language), [KnownChild("1", "Ella Berg")], _QUESTION.about())
    said = _QUESTION.read(heard)
    assert isinstance(said, FetchSaid)
    return [part.fetch for part in said.parts]


@pytest.mark.parametrize(
    ("language", "texts"),
    [
        ("nb", ["jeg trodde far hentet", "hun ble hentet av bestemor", "far skulle hente", "far har hentet henne",
                "mamma hentet henne kl 16"]),
        ("nn", ["eg trudde far henta"]),
        ("da", ["far hentede hende"]),
        ("sv", ["jag trodde pappa hämtade", "hon blev hämtad av mormor", "hon är redan hämtad"]),
        ("fi", ["luulin että isä haki", "mummi haki hänet jo", "isän piti hakea"]),
        ("en", ["I thought dad picked her up", "she was picked up by grandma", "grandma has already collected her"]),
    ],
)  # fmt: skip
def test_who_was_only_to_fetch_is_for_a_person(language: str, texts: list[str]) -> None:
    assert [_said(text, language) for text in texts] == [[Fetch.UNCLEAR]] * len(texts)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("nb", "bestemor henter"),
        ("nb", "hun blir snart hentet av bestemor"),
        ("sv", "hon hämtas av mormor"),
        ("fi", "mummi hakee"),
        ("en", "she will be picked up by grandma"),
    ],
)
def test_who_fetches_is_on_the_way(language: str, text: str) -> None:
    assert _said(text, language) == [Fetch.SOMEBODY]


def test_a_time_behind_it_is_when_they_come() -> None:
    assert _said("jeg trodde far hentet, men nå kommer jeg kl 16.30", "nb") == [Fetch.COMES]


def test_of_two_one_is_come_for_and_one_was_fetched_before() -> None:
    children = [KnownChild("1", "Ella Berg"), KnownChild("2", "Otto Berg")]

    heard = _EAR.hear(
        Said("I'll get Otto at 5, Ella was picked up already", _EVENING, "en"), children, _QUESTION.about()
    )

    assert [(act.intent, act.children) for act in heard.acts] == [
        (Intent.EARLY_PICKUP, ("2",)),
        (Intent.MESSAGE, ("1",)),
    ]
