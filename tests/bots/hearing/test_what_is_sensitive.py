"""What tells health, faith, origin or a matter of law makes a text sensitive; everyday words and names do not."""

import importlib
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bots.hearing.ear import Ear
from bots.hearing.lexicon import phrases_of
from hub.talk.heard import Heard, KnownChild, Said

_EAR = Ear()
_MORNING = datetime(2026, 11, 25, 7, 20, tzinfo=ZoneInfo("Europe/Oslo"))
_CHILD = (KnownChild("1", "Tiril Nordmann"),)

_SENSITIVE = {
    "nb": """
        Tiril har kastet opp i natt | Det renner fra nesen hennes | Hun har så vondt i øret | Tiril klør på hele kroppen
        Tiril brakk armen på trening i går | Hun slo hodet i sklia | Vi måtte sy fire sting i haka
        Broren har fått vannkopper | Vi har funnet lus hos Tiril | Søsteren har barnemark | Det er halsbetennelse igjen
        Husk at Tiril har cøliaki | Hun venter på time for epilepsi | Blodsukkeret var lavt i morges
        Tiril tåler ikke melk lenger | Hun er allergisk mot nøtter | Pollen plager henne
        Kan dere gi henne Paracet klokka 12? | Hun skal ha øyedråper to ganger | Ventolin ligger i sekken | Hun tar antibiotika
        Tiril har fått høreapparat | Insulinpumpen piper | Hun skal til MR på mandag | Tiril skal opereres neste uke
        Jeg er gravid og trøtt | Mor venter på keisersnitt | Hun sliter med angst om morgenen | Tiril utredes for ADHD
        BUP har innkalt oss | Far er innlagt på psykiatrisk | Tiril tisser på seg igjen | Rullestolen er på verksted
        Vi spiser ikke svin | Tiril skal ha halal mat | Vi feirer id i morgen | Familien er muslimsk | Vi faster under ramadan
        Vi har søkt om asyl | Tiril har to mammaer, vi er lesbiske | Barnevernet kommer på besøk | Politiet har vært hos oss
        Faren sitter i fengsel | Vi bor på krisesenter | Det er barnefordelingssak i retten | Hun har 38,5 i dag""",
    "nn": """
        Tiril har kasta opp i natt | Det renn frå nasen | Ho har vondt i øyra | Tiril braut armen og har gips
        Ho slo hovudet i isen | Bror har fått vasskoppar | Me har funne lus | Tiril har augebetennelse | Eg er gravid
        Ho toler ikkje mjølk | Kan de gje henne medisin klokka 12? | Ho skal på sjukehuset måndag
        Tiril er innlagd | Ho slit med angst | Ho har høyreapparat | Me er muslimar | Barnevernet kjem på besøk""",
    "da": """
        Tiril har kastet op i nat | Næsen løber og hun hoster | Hun har ondt i øret | Tiril har brækket armen
        Hun slog hovedet på rutsjebanen | Storebror har skoldkopper | Vi har fundet lus | Hun har børneorm
        Tiril har cøliaki | Hun kan ikke tåle mælk, hun er allergisk | Vil I give hende en Panodil? | Hun får penicillin
        Tiril skal opereres på mandag | Vi var på skadestuen | Jeg er gravid | Hun er ramt af angst | PPR har ringt
        Tiril har høreapparat | Hun tisser i sengen igen | Vi spiser ikke svinekød | Vi fejrer eid i morgen
        Vi har søgt asyl | Der er lavet en underretning | Faren sidder i fængsel | Vi bor på krisecenter""",
    "sv": """
        Tiril har kräkts i natt | Hon har snuva och hosta | Hon har jätteont i örat | Det kliar på hela kroppen | Ögonen kladdar
        Tiril bröt armen i går | Hon slog i huvudet på gården | Vi fick sy tre stygn i hakan | Lillebror har vattkoppor
        Vi har hittat löss | Hon har springmask | Tiril har celiaki | Blodsockret var lågt i morse | Tiril tål inte mjölk
        Kan ni ge henne Alvedon klockan 12? | Hon ska ha ögondroppar | Hon äter antibiotika | Hon ska till barnpsyk
        Tiril ska opereras på måndag | Vi sitter på akuten | Hon har fått hörapparat | Jag är gravid och trött
        Hon har ångest på morgnarna | BUP har kallat oss | Tiril utreds för autism | Hon kissar på sig igen
        Vi äter inte griskött | Vi firar eid i morgon | Tiril är muslim | Vi har sökt asyl | Soc har gjort en orosanmälan
        Pappan sitter i fängelse | Vi bor på kvinnojouren | Vårdnadstvisten är i tingsrätten | Hon hade 38,7 i morse""",
    "fi": """
        Tiril oksensi viime yönä | Nenä vuotaa ja yskittää | Korvaa särkee kovasti | Silmät rähmii taas | Iho kutiaa kovasti
        Tiriliin iski kuume | Tirililtä murtui käsi | Hän löi päänsä kiipeilytelineeseen | Otsaan tuli kolme tikkiä
        Pikkuveljellä on vesirokko | Löysimme täitä | Hänellä on kihomatoja | Tirilillä on keliakia | Verensokeri oli matala
        Hän on allerginen pähkinälle | Voitteko antaa Buranaa kello 12? | Hän syö antibioottia | Silmätipat ovat repussa
        Tiril leikataan maanantaina sairaalassa | Olemme päivystyksessä | Hän sai kuulolaitteen | Olen raskaana
        Hän kärsii ahdistuksesta | Tirilillä on ADHD | Menemme lastenpsykiatrille | Hän on kastellut sänkyä, yökastelua siis
        Emme syö sianlihaa | Vietämme idiä, id-juhla on huomenna | Olemme muslimeja | Haimme turvapaikkaa
        Lastensuojelu tulee käymään | Isä on vankilassa | Asumme turvakodissa | Huoltajuuskiista on käräjillä""",
    "en": """
        Tiril threw up last night | Her nose is running | Her ear hurts | She is itching all over | Her eyes are sticky
        Tiril broke her arm yesterday | She banged her head on the slide | She needed three stitches | He has chickenpox
        We found nits | She has threadworms | Tiril has coeliac disease | Her blood sugar was low | She can't have milk or nuts
        Please give her Calpol at 12 | She needs eye drops twice | She is on antibiotics | The inhaler is in her bag
        Tiril is having surgery on Monday | We are in A&E | She got a hearing aid | I am pregnant and tired
        She struggles with anxiety | CAMHS has called us | She is being assessed for autism | She wet the bed again
        We don't eat pork | We celebrate Eid tomorrow | We are Muslim | We have applied for asylum
        Social services are visiting us | Her dad is in prison | We live in a women's refuge | The custody case is next""",
}
_EVERYDAY = {
    "nb": """
        Tiril er syk i dag | Hun er ikke i form | Vi skal til legen | Hun skal til tannlegen klokka 10 | Vi skal i begravelse
        Kan dere bekrefte tidene? | Tiril har glemt matboksen | Vi lagde et eksempel på data | Har dere en ny utgave av boka?
        Hun har faste tider | Katten er borte | Tiril er på helsestasjonen | Hun spiller fotball | Uke 39 er vi på hytta
        Hun har glemt religionsprøven hjemme | Jakken lukter kråke | Hun hviler seg litt ekstra i dag | Tante Snorre henter""",
    "nn": "Tiril er sjuk i dag | Ho skal til tannlegen | Kven kan eg spørje? | Me skal i gravferd | Ho har fått nye sko",
    "da": """
        Tiril er syg i dag | Hun skal til tandlægen | Hun skal spille fodbold | Vi bekræfter aftalen | Hun har kræfter til to
        Stammer billedet fra jer? | Hun får en pil på tegningen | Vi skal til begravelse""",
    "sv": """
        Tiril är sjuk i dag | Hon ska till tandläkaren | Vi ska på begravning | Vilken stämning det var | Läxförhör på glosor
        Vårdnadshavare till Tiril | Ingen panik | Hon låg i magen då | Vi har packat burkar | Jag vabbar i dag
        Hon går på högstadiet | Lägg den vid protesterna | Läggningen tog tid""",
    "fi": """
        Tiril on kipeä tänään | Menemme hammaslääkäriin | Uskon että hän tulee | Kiitos niistä kuvista | Raskas reppu
        Hän on punaisella osastolla | Menemme hautajaisiin | Sattuuko teillä olemaan kynä? | Neuvola on kello kymmenen
        Korvaus maksetaan tilille | Hän on Yrjön luona | Huimaa vauhtia mentiin""",
    "en": """
        Tiril is ill today | She is at the dentist | Please add me to the list | Christian will fetch her | It is cold outside
        We lent her a book | We have a funeral | She loves her sports coach | The chronicle of the trip is lovely
        Please confirm | She had a bug hunt | She is at the tennis court""",
}
_TOMORROW = {
    "nb": ("{} kommer i morgen", ("no_NO", "da_DK", "en_GB")),
    "nn": ("{} kjem i morgon", ("no_NO",)),
    "da": ("{} kommer i morgen til skole", ("da_DK", "no_NO")),
    "sv": ("{} kommer imorgon", ("sv_SE", "fi_FI")),
    "fi": ("{} tulee huomenna", ("fi_FI", "sv_SE")),
    "en": ("{} is coming tomorrow", ("en_GB", "en_US", "en_IE")),
}


def _heard(text: str, language: str) -> Heard:
    return _EAR.hear(Said(text, _MORNING, language), _CHILD, None)


def _sentences(told: dict[str, str]) -> list[tuple[str, str]]:
    return [
        (code, text.strip())
        for code, texts in told.items()
        for text in texts.replace("\n", "|").split("|")
        if text.strip()
    ]


def _because(heard: Heard) -> list[str]:
    return [reason.words for reason in heard.reasons if reason.led_to == "sensitive"]


@pytest.mark.parametrize(("language", "text"), _sentences(_SENSITIVE))
def test_health_faith_origin_and_matters_of_law_are_sensitive(language: str, text: str) -> None:
    heard = _heard(text, language)
    assert heard.sensitive
    assert _because(heard)


@pytest.mark.parametrize(("language", "text"), _sentences(_EVERYDAY))
def test_everyday_words_are_not_sensitive(language: str, text: str) -> None:
    assert _because(_heard(text, language)) == []


@pytest.mark.parametrize("language", _TOMORROW)
def test_no_common_first_name_is_taken_for_a_sensitive_word(language: str) -> None:
    frame, lists = _TOMORROW[language]
    names = {
        name
        for code in lists
        for name in importlib.import_module(f"faker.providers.person.{code}").Provider.first_names
    }
    assert len(names) > 100
    assert {name for name in names if _because(_heard(frame.format(name), language))} == set()


@pytest.mark.parametrize(
    "text", ["Alergitabletter ligger i sekken", "Hun har orebetennelse og kan ikke komme i dag pa skolen"]
)
def test_a_doubled_letter_too_few_or_missing_dots_hide_nothing(text: str) -> None:
    assert _heard(text, "nb").sensitive


def test_medicines_are_known_in_a_language_that_is_only_named() -> None:
    heard = _heard("Dzień dobry, Zosia jest dzisiaj w domu, dostaje Ventolin i antybiotyk", "pl")
    assert heard.language == "pl"
    assert "Ventolin" in _because(heard)


def test_a_language_without_a_health_file_has_what_its_vocabulary_tells() -> None:
    assert phrases_of("xx") == {}
