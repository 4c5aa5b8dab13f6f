"""What one message tells of one child is not lost beside what it tells of another: who is on the way, who comes after the
doctor's, who is well again."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

import pytest

from bots.hearing.ear import Ear
from hub.talk.heard import IN_DOUBT, Act, Heard, Intent, KnownChild, Said

_MORNING = datetime(2025, 3, 3, 7, 30, tzinfo=ZoneInfo("Europe/Oslo"))
_TODAY = (_MORNING.date(),)
_EAR = Ear()
_CHILDREN = (KnownChild("1", "Emil Berg"), KnownChild("2", "Emilie Berg"))


def _heard(text: str) -> Heard:
    return _EAR.hear(Said(text, _MORNING), _CHILDREN, None)


def _told(acts: tuple[Act, ...]) -> set[tuple[object, ...]]:
    return {(act.intent, act.children, act.days, act.start) for act in acts}


@pytest.mark.parametrize(
    "text",
    [
        "Emilie på vei, Emil er syk",
        "Emilie er på vei, Emil er syk",
        "Emil er syk, men Emilie er på vei",
        "Emil er syk i dag, Emilie er på vei til skolen",
        "Emilie er på veg, Emil er sjuk",
        "Emilie är på väg, Emil är sjuk",
        "Emilie on matkalla, Emil on kipeä",
        "Emilie is on her way, Emil is sick",
        "Emilie er på vej, Emil er syg",
    ],
)
def test_who_is_on_the_way_is_noted_beside_one_who_is_ill(text: str) -> None:
    heard = _heard(text)

    assert _told(heard.acts) == {
        (Intent.ABSENCE, ("1",), _TODAY, None),
        (Intent.LATE, ("2",), _TODAY, None),
    }


@pytest.mark.parametrize(
    "text",
    [
        "emil syk, emilie skal til legen kl 11 og kommer etterpå",
        "Emil er syk. Emilie skal til tannlegen kl. 11 og kommer etterpå",
        "emil sjuk, emilie skal til legen kl 11 og kjem etterpå",
        "emil sjuk, emilie ska till doktorn kl 11 och kommer efteråt",
        "emil kipeä, emilie menee lääkäriin klo 11 ja tulee sen jälkeen",
        "emil sick, emilie has a doctor's appointment at 11 and comes afterwards",
        "emil syg, emilie skal til lægen kl 11 og kommer bagefter",
    ],
)
def test_who_comes_after_the_doctors_is_late_beside_one_who_is_ill(text: str) -> None:
    heard = _heard(text)

    assert _told(heard.acts) == {
        (Intent.ABSENCE, ("1",), _TODAY, None),
        (Intent.LATE, ("2",), _TODAY, None),
    }


@pytest.mark.parametrize("text", ["emil syk, emilie til legen kl 11", "emil syk, men han kommer kl 11 til legen"])
def test_a_time_that_no_act_has_beside_an_illness_is_read_by_staff(text: str) -> None:
    heard = _heard(text)

    assert Intent.ABSENCE not in {act.intent for act in heard.acts} or Intent.MESSAGE in {
        act.intent for act in heard.acts
    }


@pytest.mark.parametrize(
    "text",
    [
        "Emil er frisk, bare Emilie blir hjemme",
        "Bare Emilie er hjemme i dag, Emil er frisk",
        "Emil er frisk, berre Emilie blir heime",
        "Emil är frisk, bara Emilie stannar hemma",
        "Emil on terve, vain Emilie jää kotiin",
        "Emil is fine, only Emilie stays home",
        "Emil er rask, kun Emilie bliver hjemme",
        "Emilie er syk, Emil kommer",
        "Emilie is ill today, Emil is coming",
    ],
)
def test_who_is_set_apart_from_one_who_stays_at_home_is_away_no_more_if_it_was(text: str) -> None:
    heard = _heard(text)

    assert _told(heard.acts) == {(Intent.ABSENCE, ("2",), _TODAY, None)}
    assert heard.if_away == (Act(Intent.ABSENCE_CANCEL, ("1",), _TODAY),)


@pytest.mark.parametrize(
    "text",
    [
        "Emil er frisk, Emilie er syk",
        "Emil er bedre, Emilie er syk",
        "Emil er frisk, Emilie er sjuk",
        "Emil mår bättre, Emilie är sjuk",
        "Emil on terve, Emilie on kipeä",
        "Emil is better, Emilie is ill",
        "Emil er rask, Emilie er syg",
    ],
)
def test_who_is_only_told_to_be_well_is_asked_about(text: str) -> None:
    heard = _heard(text)

    assert _told(heard.acts) == {(Intent.ABSENCE, ("2",), _TODAY, None)}
    assert heard.if_away == (Act(Intent.ABSENCE_CANCEL, ("1",), _TODAY, change=IN_DOUBT),)


@pytest.mark.parametrize(
    "text",
    [
        "Emilie er syk i dag",
        "Begge er syke",
        "Emil var frisk i går, men Emilie er syk",
        "Hvis Emil er frisk kommer han, Emilie er syk",
        "Emil er ikke frisk, og Emilie er syk",
        "Emil kommer ikke, Emilie er syk",
        "Emil er kanskje frisk, Emilie er hjemme",
        "Er Emil frisk nok? Emilie er hjemme i dag",
        "Emil är frisk på fredag, Emilie stannar hemma idag",
        "Emil ei ole terve, Emilie on kipeä",
        "Emil is not well either, Emilie is ill",
        "Emil kommer senere, Emilie er syk",
    ],
)
def test_nothing_ends_where_nobody_is_told_to_be_well_now(text: str) -> None:
    assert _heard(text).if_away == ()


@pytest.mark.parametrize(
    "text",
    [
        "emil syk, emilie blir hentet kl 10.30",
        "emil syk... emilie blir hentet kl 10.30",
        "emil syk emilie blir hentet kl 10.30",
        "emil syk ... og emilie blir hentet 10.30",
        "emil sjuk, emilie blir henta kl 10.30",
        "emil sjuk... emilie hämtas kl 10.30",
        "emil kipeä, emilie haetaan klo 10.30",
        "emil kipeä... emilie haetaan klo 10.30",
        "emil sick, emilie will be picked up at 10.30",
        "emil sick... emilie gets picked up at 10.30",
        "emil syg, emilie bliver hentet kl 10.30",
    ],
)
def test_who_is_ill_is_noted_beside_one_who_is_fetched_early(text: str) -> None:
    heard = _heard(text)

    assert {(act.intent, act.children, act.days, act.end or act.start) for act in heard.acts} == {
        (Intent.ABSENCE, ("1",), _TODAY, None),
        (Intent.EARLY_PICKUP, ("2",), _TODAY, time(10, 30)),
    }


@pytest.mark.parametrize(
    "text",
    [
        "Emil kommer klokka ni. Nei, jeg blandet, Emilie kommer klokka ni, Emil er der allerede",
        "Emil kjem klokka ni. Nei vent, Emilie kjem klokka ni, Emil er der alt",
        "Emil kommer klockan nio. Nej vänta, Emilie kommer klockan nio, Emil är redan där",
        "Emil tulee yhdeksäksi. Ei kun sekoitin, Emilie tulee yhdeksäksi, Emil on jo siellä",
        "Emil comes at nine. No wait, Emilie comes at nine, Emil is already there",
        "Emil kommer kl. ni. Nej vent, Emilie kommer kl. ni, Emil er der allerede",
    ],
)
def test_who_was_mixed_up_is_the_one_named_last_though_the_other_is_spoken_of_again(text: str) -> None:
    heard = _heard(text)

    assert _told(heard.acts) == {(Intent.LATE, ("2",), _TODAY, time(9))}


def test_another_time_for_another_child_takes_nothing_back() -> None:
    heard = _heard("Emil kommer kl. 9. Nei vent, Emilie kommer kl. 10")

    assert (Intent.LATE, ("2",), _TODAY, time(9)) not in _told(heard.acts)
