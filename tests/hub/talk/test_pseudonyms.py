"""A text whose names, numbers and addresses are gone is still the same kind of text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.talk.pseudonyms import Pseudonyms, possible_names

KARI, OLA = "Kari Nordmann", "Ola Nordmann"


def without_names(text: str, meant: dict[str, str] | None = None, kept: tuple[str, ...] = ()) -> str:
    family = ["Anne Nordmann", "Turid"]
    return Pseudonyms([KARI, OLA], family=family, others=["Solveig", "Berg"], kept=kept).text(text, meant)


@pytest.mark.parametrize(
    ("text", "without"),
    [
        ("Kari er syk i dag", "Alva er syk i dag"),
        ("kari og ola er syke, hilsen Anne", "Alva og Brage er syke, hilsen Cilla"),
        ("Karis bestemor Turid henter kl 14.30", "Alvas bestemor Cilla henter kl 14.30"),
        ("Kari on kipeä, Olalla ei kuumetta", "Alva on kipeä, Bragella ei kuumetta"),
        ("si det til Solveig", "si det til Cilla"),
        ("hun skal til Perikles etterpå", "hun skal til Cilla etterpå"),
    ],
)
def test_names_become_invented_ones_and_keep_their_endings(text: str, without: str) -> None:
    assert without_names(text) == without


def test_what_was_taken_for_a_child_becomes_that_child_however_it_was_written() -> None:
    assert without_names("krai er syk", {"krai": KARI}) == "Alva er syk"


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("ring meg på 412 34 567 eller +47 41 23 45 67", "41"),
        ("ny e-post anne.n@postkassen.example", "anne"),
        ("se https://bilder.example/kari?x=1", "kari"),
        ("født 01017012345", "0101"),
        ("vi bor i Storgata 5 b nå", "5 b"),
        ("vi bor i Storgata 5 b nå", "Storgata"),
    ],
)
def test_numbers_addresses_and_links_are_gone(text: str, gone: str) -> None:
    assert gone not in without_names(text)


@pytest.mark.parametrize(
    "text", ["borte 3.12. til 7.12.", "henter kl 14.30", "9-15 hele uka, uke 49", "SYK I DAG", "if I can, I come at 9"]
)
def test_days_and_times_and_common_words_stay(text: str) -> None:
    assert without_names(text) == text


def test_words_that_led_to_something_else_than_a_child_are_no_names() -> None:
    assert without_names("ill until Friday", kept=("Friday",)) == "ill until Friday"
    assert without_names("ill until Friday") == "ill until Cilla"


def test_more_children_than_invented_names_still_have_names_of_their_own() -> None:
    names = [f"Navn{chr(97 + at)} Etternavn" for at in range(26)]
    pseudonyms = Pseudonyms(names)

    assert len({pseudonyms.child(name) for name in names}) == 26


@given(st.text(max_size=300))
def test_any_text_can_lose_its_names(text: str) -> None:
    possible_names(text)
    told = without_names(text)

    assert "Nordmann" not in told
