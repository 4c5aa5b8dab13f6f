"""Words that deny what was told of the door are heard in all our languages, and true news is never taken for it."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bots.hearing.ear import Ear
from hub.talk.heard import About, AtDoor, KnownChild, Said, ToldOf, is_no

_EAR = Ear()
_AFTERNOON = datetime(2025, 3, 3, 15, 50, tzinfo=ZoneInfo("Europe/Oslo"))
_KARI = ("Kari Nordmann",)
_BOTH = ("Ella Nordmann", "Otso Nordmann")

DENIED = {
    AtDoor.LEFT: """
        Nei, hun er ikke der | Nei, hun er hjemme | hun er ikke kommet hjem! | Kari har ikke kommet hjem ennå | nei?
        Vet dere hvor hun er?
        Nei, hun gikk 7.50 | Nei! Hun er på SFO | hun er der fortsatt | Kari er på skolen | Hun ble ikke hentet
        ingen har hentet henne | Jeg finner henne ikke | Hvor er hun? | hun har ikke gått | Er hun ikke der?
        Nei, ring meg nå | Men hun er ikke hjemme?? | Hun er borte! | neii!! hun er ikke her | NEI HUN ER IKKE HJEMME
        Det stemmer ikke, hun gikk ikke 14 | Hei. Nei, det stemmer ikke, hun er ikke her
        Ho er ikkje heime | Ho har ikkje kome heim | Kvar er ho? | Nei, ho gjekk 7.50
        Nej, hon är inte hemma | hon har inte kommit hem | Var är hon? | Hon är kvar i skolan | hon har inte gått | nej?
        Jag hittar henne inte | Nej, hon gick 7.50 | Nej hon är inte här | hon är fortfarande i skolan
        Ei, hän ei ole kotona | Hän ei ole kotona | Ei ole kotona | Kari ei ole tullut kotiin | Missä Kari on? | ei?
        Tiedättekö missä hän on? | Häntä ei näy missään
        Hän on vielä koulussa | En löydä häntä | hän ei ole lähtenyt | Ei, hän lähti 7.50 | Eikö hän ole siellä?
        No, she isn't home | she hasn't come home | She's not home | Kari isn't home yet | Where is she? | Where's Kari?
        Do you know where she is?
        She is still at school | I can't find her | she didn't leave | No, she left at 7.50 | No she isnt here | no?
        Hun er ikke dukket op | Hun er ikke kommet hjem | Nej, hun er ikke hjemme | Nej, hun gik 7.50""",
    AtDoor.CAME: """
        Nei, hun er ikke der | Nei, hun er hjemme | Hun er hjemme | Kari er hjemme i dag | Nei, hun er syk
        hun er ikke kommet | Kari er her hos meg | Nei, kommer ikke i dag | Ho er heime | Ho er ikkje der
        hon är inte där | Hon är hemma | Hon ligger sjuk hemma | hän on kotona | Hän ei ole siellä | Ei, hän on sairas
        She is at home | She isn't there | No, he is at home with me | she's home with me
        Nej, hun er hjemme | Hun er herhjemme hos os""",
    AtDoor.NOT_COME: """
        Nei, hun er der | Jo, hun er der | hun gikk 7.50 | Hun gikk hjemmefra 7.50 | Jeg leverte henne 8 | Hvor er hun?
        Hun er på skolen | Hun er ikke hjemme | Er hun ikke kommet? | Kari kom 8.02 | Ho er på skulen
        Hon är i skolan | Jag lämnade henne 8.00 | Är hon inte där? | Hän on koulussa | vein hänet | Hän lähti 7.50
        She is at school | I dropped her off at 8 | she left at 7.50 | Jeg afleverede hende kl. 8""",
    AtDoor.NOT_LEFT: """
        Nei, hun er hjemme | Hun er hjemme | jeg har hentet henne | vi hentet henne 14 | hun har gått | Ho er heime
        hon är hemma | Jag hämtade henne | hän on kotona | hain hänet jo | she is home | I picked her up
        she has left | Jeg har hentet hende""",
}
TRUE_NEWS = {
    AtDoor.LEFT: """
        Kari er syk i morgen | Kari hentes 14 i dag | Kari kom 8.02 | takk! | Ok | Ja | Jo, hun er hjemme | Hun er hos meg
        Kari er hjemme | hun er hjemme nå | Kari kommer ikke i morgen | Hun er ikke der i morgen | Kan dere ringe meg?
        Kari glemte lua på skolen | Jakka hennes er ikke her | Jakka er ikke der | Er jakka til Kari der?
        Jeg er ikke hjemme før 16 | Hvis hun ikke er hjemme kl 16, ringer jeg | Nei så fint! | Kari blir borte resten av uka
        Jeg vet hvor hun er | Hun husker ikke hvor hun la lua
        Kari er sjuk i morgon | No er ho heime | Ei venninne hentar Kari i morgon
        Kari är sjuk imorgon | Hon är hemma | Tack! | Nej vad bra! | Kari hämtas kl 14 imorgon
        Kari on sairas huomenna | hän on kotona | Kiitos | Ei tule huomenna kouluun | No hyvä, kiitos
        Kari is sick tomorrow | she is home | Thanks | No problem | No worries, thanks! | Kari is not coming tomorrow
        Kari er syg i morgen""",
    AtDoor.CAME: """
        Kari hentes 14 i dag | takk! | Kari kom 8.02 | Kari er syk i morgen | Hun er der | Lua er ikke der
        Vi er hjemme fra 15 | Kari skal være hjemme fra kl 12 | Kari kommer hjem kl 14 | Hun skal ikke på SFO i dag
        Hun er hjemme i morgen | Kari går hjem selv i dag | Mormor henter | Hun har ikke matpakke
        Kari blir henta kl 14 | Kari hämtas kl 14 idag | Tack | Kari haetaan kello 14 tänään | Kiitos
        Kari is picked up at 2 today | Thanks | Kari hentes kl. 14 i dag""",
    AtDoor.NOT_COME: """
        Kari er syk | hun er hjemme | Hun er syk i dag | Ho er heime | Hon är hemma | hän on sairas | she is sick
        Vi er forsinket | Kommer 10 | takk""",
    AtDoor.NOT_LEFT: "takk | ok | Jeg henter henne nå | Jeg kommer 16 | Mormor henter",
}


def each_of(texts: dict[AtDoor, str]) -> list[tuple[AtDoor, str]]:
    lists = [(told, line.split("|")) for told, lines in texts.items() for line in lines.strip().splitlines()]
    return [(told, text.strip()) for told, line in lists for text in line]


def denied(text: str, what: AtDoor, names: Sequence[str] = _KARI, told: ToldOf | None = None) -> tuple[bool, list[str]]:
    """Whether it is a no and nothing else, and the first names of those whose telling it denies in more words."""
    children = [KnownChild(name, name, told=told or ToldOf(what)) for name in names]
    heard = _EAR.hear(Said(text, _AFTERNOON), children, About("confirm"))
    return is_no(heard), [key.split()[0] for key in heard.denies]


@pytest.mark.parametrize(("what", "text"), each_of(DENIED))
def test_what_says_that_it_is_not_so_is_a_no(what: AtDoor, text: str) -> None:
    is_bare, names = denied(text, what)

    assert is_bare or names == ["Kari"]


@pytest.mark.parametrize(("what", "text"), each_of(TRUE_NEWS))
def test_true_news_denies_nothing(what: AtDoor, text: str) -> None:
    assert denied(text, what)[1] == []


@pytest.mark.parametrize(
    "text",
    [
        "Nei, Otso er ikke der",
        "Nei, ikke Otso",
        "Nei, Otso er heime",
        "Nej, Otso är inte där",
        "Ei, Otso ei ole siellä",
        "No, Otso isn't there",
        "Nej, Otso er derhjemme",
        "Ella er der, men Otso er ikke der",
        "Otso er hjemme",
    ],
)
def test_of_two_children_told_together_the_one_that_is_named_is_denied(text: str) -> None:
    assert denied(text, AtDoor.CAME, _BOTH)[1] == ["Otso"]


@pytest.mark.parametrize(
    "text", ["Nei, hun er ikke der", "Nei, bare Otso kom", "Ingen av dem er der", "Nei, Ella er der"]
)
def test_of_two_children_both_are_denied_where_it_is_not_plain_which(text: str) -> None:
    assert denied(text, AtDoor.CAME, _BOTH)[1] == ["Ella", "Otso"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Otso er ikke der", []),
        ("Nei, Otso er syk i dag", []),
        ("Nei, det var Otso som kom", ["Ella"]),
        ("Nei, hun er ikke der. Otso er syk i dag", ["Ella"]),
    ],
)
def test_words_about_a_child_of_whom_nothing_was_told_deny_nothing_of_another(text: str, names: list[str]) -> None:
    children = [KnownChild("Ella", "Ella Nordmann", told=ToldOf(AtDoor.CAME)), KnownChild("Otso", "Otso Nordmann")]

    assert list(_EAR.hear(Said(text, _AFTERNOON), children, About("confirm")).denies) == names


def test_a_no_to_something_newer_denies_nothing_unless_it_tells_where_the_child_is_not() -> None:
    older = ToldOf(AtDoor.LEFT, takes_no=False)

    assert denied("Nei, det passer dårlig", AtDoor.LEFT, told=older)[1] == []
    assert denied("Nei, hun er ikke hjemme", AtDoor.LEFT, told=older)[1] == ["Kari"]


@pytest.mark.parametrize(
    "text",
    [
        "Bussen kom uten henne", "bussen kom hjem uten henne", "hun var ikke på bussen", "Kari var ikke med skolebussen",
        "bussen kom utan henne", "ho var ikkje på bussen", "hon var inte på bussen", "bussi tuli ilman häntä",
        "hän ei ollut bussissa", "the bus came without her", "she wasn't on the bus", "bussen kom uden hende",
    ],
)  # fmt: skip
def test_what_was_to_bring_a_child_came_without_it(text: str) -> None:
    assert denied(text, AtDoor.LEFT)[1] == ["Kari"]


@pytest.mark.parametrize(
    "text", ["hun er på bussen", "bussen kom", "vi kom uten henne", "hon är på bussen", "she is on the bus"]
)
def test_a_child_aboard_denies_nothing(text: str) -> None:
    assert denied(text, AtDoor.LEFT)[1] == []


def test_of_a_child_who_has_moved_on_since_only_a_no_denies() -> None:
    moved_on = ToldOf(None)

    assert denied("Hun er hjemme", AtDoor.CAME, told=moved_on)[1] == []
    assert denied("Nei, hun gikk 7.50", AtDoor.CAME, told=moved_on)[1] == ["Kari"]


def test_where_a_child_is_answers_the_question_where_it_is_that_was_asked_since() -> None:
    child = KnownChild("Kari", "Kari Nordmann", told=ToldOf(AtDoor.NOT_COME, takes_no=False))

    heard = _EAR.hear(Said("Jeg leverte henne 8", _AFTERNOON), [child], About("absence_check", child="Kari"))

    assert heard.denies == ()


@pytest.mark.parametrize("text", ["Nei, hun er hjemme", "hun er ikke hjemme", "nei?"])
def test_where_nothing_was_told_nothing_is_denied(text: str) -> None:
    heard = _EAR.hear(Said(text, _AFTERNOON), [KnownChild("Kari", "Kari Nordmann")], None)

    assert heard.denies == ()
