"""Words to an emergency tell that a child is missing or not with whoever writes, or they do not: where all the children
are, and that one is ill at home, is no such word."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bots.hearing.ear import Ear
from hub.talk.heard import AtDoor, KnownChild, Said, ToldOf

_EAR = Ear()
_AT_TEN = datetime(2025, 3, 3, 10, 0, tzinfo=ZoneInfo("Europe/Oslo"))


def missing(text: str, *names: str) -> list[str]:
    """The first names of those who are, by a guardian of these, whichever language is theirs."""
    told = ToldOf(AtDoor.IN_EMERGENCY, takes_no=False)
    children = [KnownChild(name, name, told=told) for name in names or ("Kari Nordmann",)]
    by_hint = {_EAR.hear(Said(text, _AT_TEN, hint), children, None).denies for hint in ("nb", "sv", "fi", None)}
    assert len(by_hint) == 1
    return [key.split()[0] for key in by_hint.pop()]


@pytest.mark.parametrize(
    "text",
    [
        "hun kom aldri hjem", "Kari er borte!", "hjelp, hun er borte", "Vi finner ikke Kari", "hun er ikke her",
        "Kari er ikke hos meg", "hun er ikke med meg", "jeg vet ikke hvor hun er", "får ikke tak i henne",
        "trygg, men Kari er ikke her",
        "ho kom aldri heim", "eg finn ikkje Kari", "ho er ikkje med meg",
        "jag hittar inte henne", "hon kom aldrig hem", "hon är inte med mig", "jag vet inte var hon är", "hjälp, hon är borta",
        "en löydä häntä", "hän ei tullut kotiin", "hän ei ole mukana", "en tiedä missä hän on", "apua, Kari on kadonnut",
        "I can't find her", "she never came home", "she is not with me", "I don't know where she is", "Kari is missing",
        "hun kom aldrig hjem", "jeg kan ikke finde hende", "hun er ikke hos mig", "hjælp, hun er væk",
    ],
)  # fmt: skip
def test_a_child_who_is_not_with_whoever_writes_is_missing(text: str) -> None:
    assert missing(text) == ["Kari"]


@pytest.mark.parametrize(
    "text",
    [
        "hvor er barna?", "Hvor er Kari nå?", "er Kari hos dere?", "Vi er hjemme, Kari er her", "hun er hjemme",
        "Kari er ikke på skolen i dag, hun er syk", "Kari er syk hjemme", "Kari er hjemme, ikke på skolen", "hva skjer",
        "Kari er borte fra skolen i dag", "når kan vi hente?", "kan jeg hente henne?", "jeg har ikke hentet henne ennå",
        "hun er ikke hjemme, hun er på skolen", "nei", "Hva har skjedd? Skal vi komme?",
        "var är hon?", "hon är hemma med mig", "får vi hämta henne?",
        "missä lapset ovat?", "hän on kotona", "voinko hakea hänet?",
        "where are the kids?", "she is home with me", "can I pick her up?",
    ],
)  # fmt: skip
def test_what_all_ask_and_who_is_at_home_is_no_child_missing(text: str) -> None:
    assert missing(text) == []


def test_whoever_is_named_is_missing_and_all_where_none_is() -> None:
    assert missing("Otso er her, men jeg finner ikke Kari", "Kari Nordmann", "Otso Nordmann") == ["Kari"]
    assert missing("jeg finner dem ikke", "Kari Nordmann", "Otso Nordmann") == ["Kari", "Otso"]
