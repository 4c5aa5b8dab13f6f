"""Which letters are dear by the standard, what they are, and what a text gains by plain signs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.costly_letters import LETTERS, PLAIN, LetterKind, find_excess, make_plain, sort_letters
from hub.parts import count_parts

BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""Row by row, 0x00 to 0x7F. Source: 3GPP TS 23.038 section 6.2.1, the GSM 7 bit default alphabet; 0x1B is the escape."""
EXTENSION = "\f^{}\\[~]|€"
"""Source: 3GPP TS 23.038 section 6.2.1.1."""
ALPHABETS = {
    "nb": "abcdefghijklmnopqrstuvwxyzæøå",
    "sv": "abcdefghijklmnopqrstuvwxyzåäö",
    "North Sami": "aábcčdđefghijklmnŋoprsštŧuvzž",
    "Lule Sami": "aábdefghijklmnŋoprstuvåæń",
    "South Sami": "abdefghijklmnoprstuvyæöåï",
    "Inari Sami": "aâbcčdđefghijklmnŋoprsštuvyzžäáõ",
    "Skolt Sami": "aâbcčʒǯdđefgǧǥhijkǩlmnŋoõprsštuvzžåäʹ",
    "Icelandic": "aábdðeéfghiíjklmnoóprstuúvxyýþæö",
}


def test_the_standard_has_a_hundred_and_twenty_eight_places() -> None:
    assert len(BASIC) == len(set(BASIC)) == 128


@pytest.mark.capability("N-19")
def test_every_letter_there_is_costs_what_the_standard_says() -> None:
    for code in range(0x110000):
        if 0xD800 <= code < 0xE000:
            continue
        letter = chr(code)
        counted = count_parts(letter)
        if letter in BASIC and letter != "\x1b":
            expected = ("gsm7", 1)
        elif letter in EXTENSION:
            expected = ("gsm7", 2)
        else:
            expected = ("ucs2", 2 if code > 0xFFFF else 1)
        assert (counted.encoding, counted.units) == expected, hex(code)


@pytest.mark.parametrize("language", ALPHABETS)
def test_every_dear_letter_of_a_northern_alphabet_is_named_as_that_and_stays(language: str) -> None:
    alphabet = ALPHABETS[language] + ALPHABETS[language].upper()
    costly = count_parts(alphabet).costly
    kind = LetterKind.ICELANDIC if language == "Icelandic" else LetterKind.SAMI

    found = sort_letters(costly)

    assert set(found) <= {kind}
    assert bool(found) is (language not in ("nb", "sv"))
    assert make_plain(alphabet) == alphabet


def test_a_letter_of_both_languages_goes_with_its_neighbours() -> None:
    assert sort_letters("á") == {LetterKind.BOTH: ("á",)}
    assert sort_letters("áþ") == {LetterKind.ICELANDIC: ("á", "þ")}
    assert sort_letters("čá😀–") == {
        LetterKind.SAMI: ("č", "á"),
        LetterKind.SIGN: ("–",),
        LetterKind.OTHER: ("😀",),
    }


def test_what_a_keyboard_made_finer_becomes_plain_and_cheap() -> None:
    text = "“Tur” – husk matpakke…"

    assert make_plain(text) == '"Tur" - husk matpakke...'
    assert count_parts(make_plain(text)).encoding == "gsm7"


def test_signs_stay_where_a_name_makes_it_dear_all_the_same() -> None:
    assert make_plain("Máret – tur") == "Máret – tur"


def test_every_sign_is_dear_and_its_twin_is_not() -> None:
    assert [sign for sign, plain in PLAIN.items() if not count_parts(sign).costly or count_parts(plain).costly] == []
    assert len(set("".join(LETTERS.values()))) == len("".join(LETTERS.values()))


@pytest.mark.parametrize(
    ("text", "excess"),
    [
        ("a" * 160, None),
        ("a" * 161, 1),
        ("a" * 165, 5),
        ("a" * 200, None),
        ("č" * 73, 3),
        ("a" * 70 + "😀", 2),
        ("", None),
    ],
)
def test_so_many_letters_less_make_it_one_part_less(text: str, excess: int | None) -> None:
    assert find_excess(text) == excess


@given(st.text(alphabet="abc á–“…😀\n", max_size=400))
def test_plain_signs_never_make_a_text_take_more_parts(text: str) -> None:
    assert count_parts(make_plain(text)).parts <= count_parts(text).parts
