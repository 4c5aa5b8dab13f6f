"""Leave is taken back in the guardian's own words, and never from a question, a doubt, a denial or somebody else's words."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from bots.hearing.ear import Ear
from hub.talk.heard import WITHDRAW, Act, Intent, KnownChild, Said

_EAR = Ear()
_MONDAY = datetime(2025, 3, 3, 7, 20, tzinfo=ZoneInfo("Europe/Oslo"))
_ELLA = (KnownChild("1", "Ella Berg"),)
_TAKEN_BACK = [
    "cancel the leave application",
    "please cancel our leave request for Ella",
    "we don't need the time off after all",
    "the leave is not needed",
    "lomaa ei tarvita",
    "vi behöver inte ledigheten",
    "the leave is no longer needed",
    "We take the leave application back",
    "withdraw the application please",
    "Could you cancel the leave application?",
    "vi vill ta tillbaka ansökan",
    "vi drar tillbaka ansökan",
    "Vi tar tillbaka ansökan om ledighet för Ella",
    "vi behöver inte ledigt längre",
    "vi ställer in ledigheten",
    "ledigheten behövs inte längre",
    "vi trekker søknaden",
    "vi trenger ikke fri likevel",
    "Vi vil trekke søknaden tilbake",
    "Permisjonen trengs ikke lenger",
    "Kan dere trekke tilbake søknaden vår?",
    "Hei! Vi må dessverre trekke søknaden om permisjon fordi besteforeldrene ble syke. Mvh Kari",
    "vi trekkjer søknaden",
    "vi treng ikkje fri likevel",
    "perumme lomahakemuksen",
    "perumme hakemuksen",
    "emme tarvitsekaan lomaa",
    "Emme tarvitse vapaata enää",
    "vedämme hakemuksen takaisin",
    "Voitteko perua lomahakemuksen",
    "vi trækker ansøgningen tilbage",
    "vi behøver ikke fri alligevel",
    "vi har ikke brug for fri alligevel",
    "vi vil gerne tage ansøgningen om fri tilbage",
]
_NOT_TAKEN_BACK = [
    "You cancelled our leave application, why?",
    "Dere har trukket søknaden vår om fri, hvorfor?",
    "Ni har dragit tillbaka vår ansökan om ledighet, varför?",
    "Miksi lomahakemus on peruttu?",
    "Ella fri mandag, vi drar bort",
    "Vi drar bort, trenger fri fredag",
    "We take Monday off, holiday",
    "vi tar ledigt, drar bort",
    "otamme vapaata, menemme pois",
    "kan man trekke søknaden?",
    "Hvordan trekker man søknaden om permisjon?",
    "Går det att dra tillbaka ansökan om ledighet?",
    "Voiko lomahakemuksen perua?",
    "how do we cancel the leave application?",
    "Did you cancel the leave application?",
    "kan man trække ansøgningen tilbage?",
    "kan ein trekkje søknaden?",
    "Far sier at vi trekker søknaden om permisjon",
    "pappa säger att vi drar tillbaka ansökan om ledighet",
    "isä sanoi että perumme lomahakemuksen",
    "Dad says we withdraw the leave application",
    "Mamma trekker søknaden om permisjon",
    "Vi trekker søknaden om fri for Noah",
    "Hvis Ella blir syk, trekker vi søknaden om permisjon",
    "Vi trækker ansøgningen om fri tilbage, hvis Ella bliver syg",
    "Om vi drar tillbaka ansökan om ledighet",
    "Kanskje vi trekker søknaden om permisjon",
    "ehkä perumme lomahakemuksen",
    "we might withdraw the leave application",
    "Vi trekker ikke søknaden om permisjon",
    "emme peru lomahakemusta",
    "vi drar inte tillbaka ansökan om ledighet",
    "please don't cancel the leave application",
    "We no longer want to withdraw the leave application",
    "Vi trekker søknaden om barnehageplass",
    "Vi drar tillbaka ansökan om plats",
    "Vi trekker søknaden om fri 12. mai og søker om fri 15. mai i stedet",
    "vi ställer in kalaset",
]
_CALLED_OFF = [
    "vi ställer in det",
    "vi avlyser det",
    "vi trekkjer det",
    "vi trækker det tilbage",
    "perumme sen",
    "cancel it",
]


def _acts(text: str) -> tuple[Act, ...]:
    return _EAR.hear(Said(text, _MONDAY), _ELLA, None).acts


@pytest.mark.parametrize("text", _TAKEN_BACK)
def test_leave_is_taken_back_in_own_words(text: str) -> None:
    (act,) = _acts(text)

    assert (act.intent, act.change, act.days) == (Intent.LEAVE_APPLICATION, WITHDRAW, ())


@pytest.mark.parametrize("text", _NOT_TAKEN_BACK)
def test_nothing_is_taken_back_or_applied_for_in_doubt(text: str) -> None:
    assert Intent.LEAVE_APPLICATION not in {act.intent for act in _acts(text)}


@pytest.mark.parametrize("text", _CALLED_OFF)
def test_it_is_called_off_only_as_words_about_what_came_before(text: str) -> None:
    (act,) = _acts(text)

    assert (act.intent, act.change) == (Intent.MESSAGE, WITHDRAW)


def test_the_day_that_is_named_is_the_day_that_is_taken_back() -> None:
    (act,) = _acts("Ella trenger ikke fri 21. mars likevel")

    assert (act.change, act.days) == (WITHDRAW, (date(2025, 3, 21),))


def test_the_day_of_an_illness_is_not_the_day_that_is_taken_back() -> None:
    ill, withdrawn = _acts("Ella er syk i dag, så vi trekker søknaden om fri")

    assert (ill.intent, ill.days) == (Intent.ABSENCE, (date(2025, 3, 3),))
    assert (withdrawn.change, withdrawn.days) == (WITHDRAW, ())
