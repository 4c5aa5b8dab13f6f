"""National ids: each country's way of writing them, and that nothing of one is kept but what needs the hub's key."""

from datetime import date

import pytest

from hub.people.national_ids import hash_national_id, hashes_of, parse_national_id
from hub.seal import Seal

TODAY = date(2025, 3, 3)
OLD, NEW = "an old key for tests, and for tests alone", "a new key for tests, and for tests alone"


@pytest.mark.parametrize(
    ("country", "written", "read"),
    [
        ("NO", "15011550093", "NO:15011550093"),
        ("NO", "150115 50174", "NO:15011550174"),
        ("NO", "55011550087", "NO:55011550087"),
        ("NO", "15811550059", "NO:15811550059"),
        ("NO", "55811550042", "NO:55811550042"),
        ("NO", "30108299939", "NO:30108299939"),
        ("NO", "02013299903", "NO:02013299903"),
        ("FI", "131052-308T", "FI:131052-308T"),
        ("FI", "010190y904u", "FI:010190Y904U"),
        ("FI", "150115F931C", "FI:150115F931C"),
        ("SE", "811218-9876", "SE:198112189876"),
        ("SE", "19640823-3234", "SE:196408233234"),
        ("SE", "150115-9808", "SE:201501159808"),
        ("SE", "150115+9808", "SE:191501159808"),
        ("SE", "150175-9805", "SE:201501759805"),
        ("DK", "010190-0000", "DK:0101900000"),
    ],
)
def test_a_number_is_read_as_its_country_writes_it(country: str, written: str, read: str) -> None:
    assert parse_national_id(written, country, TODAY) == read


@pytest.mark.parametrize(
    ("country", "written"),
    [
        ("NO", "15011550094"),
        ("NO", "1501155009"),
        ("NO", "１５０１１５５００９３"),
        ("FI", "131052-308U"),
        ("FI", "310252-308T"),
        ("SE", "811218-9875"),
        ("SE", "8112189876"),
        ("DK", "320190-0000"),
        ("US", "078-05-1120"),
        ("NO", ""),
    ],
)
def test_what_is_no_number_of_the_country_is_none(country: str, written: str) -> None:
    assert parse_national_id(written, country, TODAY) is None


def test_two_people_whose_numbers_differ_by_the_sign_alone_are_two() -> None:
    one, other = (parse_national_id(text, "FI", TODAY) for text in ("010123A002E", "010123B002E"))

    assert one is not None
    assert other is not None
    assert one != other


def test_a_hash_needs_the_key_and_is_still_found_while_the_old_key_lives() -> None:
    number = "NO:15011550093"
    kept = hash_national_id(Seal([OLD]), number)

    assert "15011550093" not in kept
    assert kept in hashes_of(Seal([NEW, OLD]), number)
    assert kept not in hashes_of(Seal([NEW]), number)
    assert hash_national_id(Seal([NEW, OLD]), number) != kept
