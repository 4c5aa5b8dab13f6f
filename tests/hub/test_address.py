"""Addresses: phone numbers in any usual form, and never in the open."""

import logging
import random

import phonenumbers
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hub.address import SMS, Address, country_of, kind_of, mask, parse_phone, prefix_of, shown_phone


@pytest.mark.parametrize(
    ("written", "country", "value"),
    [
        ("+47 400 00 101", "NO", "+4740000101"),
        ("0047 40000101", "NO", "+4740000101"),
        ("400 00 101", "NO", "+4740000101"),
        ("070-174 06 05", "SE", "+46701740605"),
        ("+46 (0)70 174 06 05", "SE", "+46701740605"),
        ("045 739 50001", "FI", "+35845739 50001".replace(" ", "")),
        ("26999", "NO", "26999"),
        ("5900 0000 0000 42", "NO", "59000000000042"),
        ("+47 5900 0000 0000 42", "NO", "59000000000042"),
    ],
)
def test_a_number_in_any_usual_form_is_one_address(written: str, country: str, value: str) -> None:
    assert parse_phone(written, country) == Address(SMS, value)


@pytest.mark.parametrize("written", ["", "hei", "12", "+", "+47", "+47 12", "1234567890123456789012"])
def test_what_no_phone_could_have_is_no_address(written: str) -> None:
    assert parse_phone(written, "NO") is None


@example("٤٢٢")
@example("²²²")
@given(st.text(max_size=40))
def test_any_text_is_an_address_or_none(written: str) -> None:
    found = parse_phone(written, "NO")

    assert found is None or (found.value.removeprefix("+").isdigit() and found.value.isascii())


@pytest.mark.parametrize("value", ["+4740000101", "26999", "ola@mail.example", "59000000000042"])
def test_an_address_prints_masked_wherever_it_slips_out(value: str, caplog: pytest.LogCaptureFixture) -> None:
    address = Address(SMS, value)

    logging.getLogger(__name__).warning("%s %r", address, [address])

    assert value not in caplog.text
    assert value[:-2] not in f"{address} {address!r} {mask(value)}"


def test_a_short_address_is_hidden_whole() -> None:
    assert mask("1234") == "•••"


def test_a_number_is_shown_as_people_read_it() -> None:
    assert shown_phone("+4740000101") == "+47 40 00 01 01"
    assert shown_phone("26999") == "26999"
    assert shown_phone("+nonsense") == "+nonsense"


@pytest.mark.parametrize(
    ("value", "prefix"),
    [
        ("+4740000101", "+47400"),
        ("+3584573950101", "+358457"),
        ("+12025550123", "+1202"),
        ("26999", "26999"),
        ("59000000000042", "59000000000042"),
        ("+nonsense", "+nonsen"),
    ],
)
def test_numbers_of_one_operator_begin_alike(value: str, prefix: str) -> None:
    assert prefix_of(value, 3) == prefix


@pytest.mark.parametrize(
    ("value", "country"), [("+4740000101", "NO"), ("+46701740605", "SE"), ("26999", None), ("59000000000042", None)]
)
def test_the_country_of_a_number_is_known_by_its_code(value: str, country: str | None) -> None:
    assert country_of(Address(SMS, value)) == country


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("+4740000101", "sms"),
        ("58120000000001", "sms"),
        ("a@mail.example", "mail"),
        ("app:06al", "app"),
        ("road:1", "chat"),
    ],
)
def test_an_address_tells_its_kind(value: str, kind: str) -> None:
    assert kind_of(value) == kind


def test_the_country_of_a_number_is_what_the_library_says_of_it() -> None:
    chance = random.Random(7)
    codes = [*phonenumbers.COUNTRY_CODE_TO_REGION_CODE, 999]
    values = ["+" + str(chance.choice(codes)) + str(chance.randrange(10 ** chance.randrange(13))) for _ in range(3000)]

    def ask(value: str) -> str | None:
        try:
            return phonenumbers.region_code_for_number(phonenumbers.parse(value))
        except phonenumbers.NumberParseException:
            return None

    assert [country_of(Address(SMS, value)) for value in values] == [ask(value) for value in values]
