"""That somebody fetches, and not who, is heard as a fetching to ask about; in doubt the text stays for staff."""

from dataclasses import replace
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from bots.fetching_question import SaidFetcher, WhoFetches
from bots.hearing.ear import Ear
from hub.talk.answers import NOT_UNDERSTOOD, Named
from hub.talk.heard import FETCHED, About, Heard, Intent, KnownChild, Said

_MORNING = datetime(2025, 3, 3, 7, 30, tzinfo=ZoneInfo("Europe/Oslo"))
_TODAY = date(2025, 3, 3)
_EAR = Ear()
_CHILDREN = (KnownChild("1", "Ella Berg"), KnownChild("2", "Otso Berg"))
_NAMED = (Named("1", "Ella"), Named("2", "Otso"))
_WHO = WhoFetches(_NAMED, _NAMED[:1], (_TODAY,), "Mor")


def _heard(text: str, asked: About | None = None) -> Heard:
    return _EAR.hear(Said(text, _MORNING), _CHILDREN, asked)


@pytest.mark.parametrize(
    ("text", "children"),
    [
        ("Ella henter", ()),
        ("Ella hämtar idag", ()),
        ("Ella hakee", ()),
        ("Ella picks up today", ()),
        ("noen andre henter i dag", ()),
        ("det blir nån annan som hämtar", ()),
        ("joku muu hakee Otson", ("2",)),
        ("someone else is picking up Otso today", ("2",)),
        ("ein annan hentar Otso", ("2",)),
        ("Otso hentes af en anden", ("2",)),
        ("Ella og Otso hentes i dag", ("1", "2")),
        ("båda hämtas idag", ("1", "2")),
    ],
)
def test_somebody_who_is_not_told_fetches(text: str, children: tuple[str, ...]) -> None:
    (act,) = _heard(text).acts

    assert (act.intent, act.children, act.days, act.person) == (Intent.PICKUP_PERSON, children, (_TODAY,), None)


@pytest.mark.parametrize(
    ("text", "person"),
    [
        ("Karin hakee joku muu", None), ("Karin hakee tänään joku muu", None),
        ("Karin hakee mummi", "mummi"), ("Karin hakee tänään Liisa", "Liisa"),
    ],
)  # fmt: skip
def test_a_finnish_child_whose_name_bends_into_another_is_fetched_by_whoever_stands_behind(
    text: str, person: str | None
) -> None:
    family = (KnownChild("1", "Kari Berg"), KnownChild("2", "Otso Berg"))

    (act,) = _EAR.hear(Said(text, _MORNING, "fi"), family, None).acts

    assert (act.intent, act.children, act.person) == (Intent.PICKUP_PERSON, ("1",), person)


def test_a_finnish_name_before_one_who_is_fetched_is_who_fetches() -> None:
    family = (KnownChild("1", "Kari Berg"), KnownChild("2", "Otso Berg"))

    (act,) = _EAR.hear(Said("Karin hakee Otson", _MORNING, "fi"), family, None).acts

    assert (act.children, act.person) == (("2",), "Karin")


@pytest.mark.parametrize(
    "text",
    [
        "henter Ella i dag",
        "Ella henter Otso",
        "Ella er hentet",
        "Ella ble hentet i går",
        "Ella hentes ikke",
        "Ella hentes som vanlig",
        "Ella blir hentet av SFO",
        "kan noen andre hente?",
        "hvem henter Ella",
        "noen andre henter pakken i dag",
    ],
)
def test_what_tells_more_or_of_the_sender_stays_for_staff(text: str) -> None:
    assert [act.intent for act in _heard(text).acts] == [Intent.MESSAGE]


def test_where_it_was_asked_when_a_child_is_fetched_somebody_else_is_no_answer() -> None:
    asked = About("absence_check", child="1", day=_TODAY, topic=FETCHED)

    assert [act.intent for act in _heard("noen andre henter", asked).acts] == [Intent.MESSAGE]


@pytest.mark.parametrize(
    "text", ["jeg kommer 16.30", "eg kjem sjølv 16.30", "jag är där 16.30", "itse tuun 16.30", "I'll be there at 16.30"]
)
def test_where_it_was_asked_when_a_child_is_fetched_who_answers_may_tell_when_they_come(text: str) -> None:
    asked = About("absence_check", child="1", day=_TODAY, topic=FETCHED)

    (act,) = _heard(text, asked).acts

    assert (act.intent, act.start) == (Intent.LATE, time(16, 30))
    assert [act.intent for act in _heard("pappa kommer 16.30", asked).acts] == [Intent.MESSAGE]
    assert [act.intent for act in _heard(text).acts] == [Intent.MESSAGE]


@pytest.mark.parametrize(
    ("text", "person"),
    [
        ("mormor", "mormor"),
        ("det blir mormor eller morfar", "mormor eller morfar"),
        ("Hanne Berg og onkel Per", "Hanne Berg og onkel Per"),
        ("jeg rekker ikke så det blir mormor", "mormor"),
        ("en ehdi, mummi hakee", "mummi"),
        ("I can't make it so my mum will", "my mum"),
        ("bosse", "bosse"),
        ("jeg", "Mor"),
        ("jag", "Mor"),
        ("minä", "Mor"),
        ("me", "Mor"),
    ],
)
def test_who_it_is_is_read_from_a_short_answer(text: str, person: str) -> None:
    said = _WHO.read(_heard(text, _WHO.about()))

    assert isinstance(said, SaidFetcher)
    assert said.person == person


@pytest.mark.parametrize("text", ["ikke mormor", "ikke jeg", "vet ikke", "hmm", "Otso", "hvorfor spør dere", "nei"])
def test_what_names_nobody_is_asked_again(text: str) -> None:
    assert _WHO.read(_heard(text, _WHO.about())) is NOT_UNDERSTOOD


def test_where_several_read_the_phone_none_of_them_is_me() -> None:
    assert replace(_WHO, own="").read(_heard("jeg", _WHO.about())) is NOT_UNDERSTOOD
