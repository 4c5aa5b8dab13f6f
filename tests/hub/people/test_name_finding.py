"""How near what somebody types comes to a name."""

import pytest

from hub.people.finding import fold, nearness, words_of


def near(typed: str, name: str) -> float:
    return nearness(words_of(typed), words_of(name))


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("soren", "Søren Ås"),
        ("vaino", "Väinö Korhonen"),
        ("osterholm", "Linnea Österholm"),
        ("kari n", "Kari Nordmann"),
        ("nordmann kari", "Kari Nordmann"),
        ("Ainon", "Aino Virtanen"),
        ("pekan", "Pekka Salmi"),
        ("Virtasen", "Aino Virtanen"),
        ("Kari Nordmanns", "Kari Nordmann"),
        ("kristofersen", "Anne-Sofie Kristoffersen Bratteberg"),
        ("anne sofie", "Anne-Sofie Kristoffersen Bratteberg"),
        ("КАТЯ", "Катя Smith"),
    ],
)
def test_a_name_is_found_by_its_beginning_its_forms_and_its_slips(typed: str, name: str) -> None:
    assert near(typed, name) > 0


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("kari h", "Kari Nordmann"),
        ("per", "Kari Nordmann"),
        ("kari kari", "Kari Nordmann"),
        ("", "Kari"),
        ("!?", "Kari"),
    ],
)
def test_a_word_that_fits_nothing_finds_nothing(typed: str, name: str) -> None:
    assert near(typed, name) == 0


def test_the_right_name_is_nearer_than_one_that_looks_like_it() -> None:
    assert near("vaino korhonen", "Väinö Korhonen") > near("vaino korhonen", "Aino Korhonen")
    assert near("emil", "Emil Foss") > near("emil", "Emilie Foss") > 0


def test_letters_that_unicode_does_not_take_apart_are_folded_too() -> None:
    assert fold("Ŋálggu Łuk Æra Þór") == "nalggu luk aera thor"
