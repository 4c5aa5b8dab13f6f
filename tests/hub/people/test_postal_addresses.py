"""Postal addresses: the lines of an envelope, what is no address, and that nothing that is printed of one shows it."""

import pytest

from hub.people.postal_addresses import NotWholeError, PostalAddress

OSLO = PostalAddress(("Storgata 1", "Leilighet 4"), "0123", "Oslo", "NO")


def test_an_envelope_bears_the_name_first_and_the_town_last() -> None:
    assert OSLO.lines("Anne Nordmann", "NO", "nb") == ("Anne Nordmann", "Storgata 1", "Leilighet 4", "0123 Oslo")


@pytest.mark.parametrize(
    ("post", "home", "language", "last"),
    [
        (OSLO, "SE", "sv", "NORGE"),
        (PostalAddress(("Byvägen 1",), "22100", "Mariehamn", "AX"), "FI", "fi", "22100 Mariehamn"),
        (PostalAddress(("Byvägen 1",), "AX-22100", "Mariehamn", "AX"), "SE", "sv", "ÅLAND"),
        (PostalAddress(("Somewhere 1",), "", "Dublin", "IE"), "NO", "nb", "IRLAND"),
    ],
)
def test_another_country_stands_in_its_own_line_in_the_senders_language(
    post: PostalAddress, home: str, language: str, last: str
) -> None:
    assert post.lines("Anne Nordmann", home, language)[-1] == last


@pytest.mark.parametrize(
    ("street", "postal_code", "town", "country"),
    [
        ((), "0123", "Oslo", "NO"),
        (("a", "b", "c", "d"), "0123", "Oslo", "NO"),
        (("Storgata 1",), "123", "Oslo", "NO"),
        (("Storgata 1",), "", "Oslo", "NO"),
        (("Storgata 1",), "1234", "Umeå", "SE"),
        (("Storgata 1",), "0123", " ", "NO"),
        (("Storgata\n1",), "0123", "Oslo", "NO"),
        (("x" * 101,), "0123", "Oslo", "NO"),
        (("Storgata 1",), "x" * 13, "Dublin", "IE"),
    ],
)
def test_what_no_letter_would_find_is_no_address(
    street: tuple[str, ...], postal_code: str, town: str, country: str
) -> None:
    with pytest.raises(NotWholeError):
        PostalAddress(street, postal_code, town, country)


def test_what_is_printed_of_an_address_shows_nothing_of_it() -> None:
    assert repr(OSLO) == "PostalAddress()"
