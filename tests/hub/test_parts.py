"""SMS parts are counted as the network counts them."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.parts import Parts, count_parts


@pytest.mark.parametrize(
    ("text", "encoding", "units", "parts"),
    [
        ("", "gsm7", 0, 1),
        ("a" * 160, "gsm7", 160, 1),
        ("a" * 161, "gsm7", 161, 2),
        ("a" * 306, "gsm7", 306, 2),
        ("a" * 307, "gsm7", 307, 3),
        ("€" * 80, "gsm7", 160, 1),
        ("€" * 81, "gsm7", 162, 2),
        ("€" * 76 + "a" + "€" * 77, "gsm7", 307, 3),
        ("č" * 70, "ucs2", 70, 1),
        ("č" * 71, "ucs2", 71, 2),
        ("😀" * 35, "ucs2", 70, 1),
        ("😀" * 36, "ucs2", 72, 2),
        ("😀" * 67, "ucs2", 134, 3),
        ("Hei på deg æøåÆØÅ", "gsm7", 17, 1),
        ("Hei på deg – æøå", "ucs2", 16, 1),
        ("Buorre beaivi, sámegiella", "ucs2", 25, 1),
    ],
)
def test_a_text_takes_the_parts_that_the_network_charges(text: str, encoding: str, units: int, parts: int) -> None:
    counted = count_parts(text)

    assert (counted.encoding, counted.units, counted.parts) == (encoding, units, parts)


def test_the_letters_that_make_a_text_dear_are_named_once_each_in_order() -> None:
    assert count_parts("Máret – čáppa á").costly == ("á", "–", "č")


def test_a_cheap_text_has_no_costly_letters() -> None:
    assert count_parts("Ella är sjuk idag [feber] 38€") == Parts("gsm7", 32, 1, ())


def test_an_escape_on_its_own_is_not_taken_for_a_letter_of_gsm() -> None:
    assert count_parts("a\x1bb") == Parts("ucs2", 3, 1, ("\x1b",))


def test_a_line_break_at_the_end_stays_cheap() -> None:
    assert count_parts("Hei\n") == Parts("gsm7", 4, 1, ())


@given(st.text(alphabet=string.ascii_letters + "åäö€[]čŋ😀–\n", max_size=400))
def test_one_more_letter_never_takes_fewer_parts(text: str) -> None:
    assert count_parts(text + "a").parts >= count_parts(text).parts
