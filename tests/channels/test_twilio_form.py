"""A form is read as the library reads it, and what the library refuses is refused."""

from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.sms.twilio_form import parse_form, write_form

MOST = 20
FIELD = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
ODD = st.text(st.sampled_from("a1&=%+;2FfCcDd æ\x00"), max_size=60)


def read_by_the_library(body: bytes) -> list[tuple[str, str]] | None:
    try:
        return parse_qsl(
            body.decode(), keep_blank_values=True, strict_parsing=True, errors="strict", max_num_fields=MOST
        )
    except ValueError:
        return None


def read_by_us(body: bytes) -> list[tuple[str, str]] | None:
    try:
        return parse_form(body, MOST)
    except ValueError:
        return None


@settings(deadline=None)
@given(st.lists(st.tuples(FIELD, FIELD), max_size=MOST))
def test_what_was_encoded_comes_back(fields: list[tuple[str, str]]) -> None:
    assert parse_form(urlencode(fields).encode(), MOST) == fields


@settings(deadline=None, max_examples=500)
@given(st.one_of(ODD.map(str.encode), st.binary(max_size=60)))
def test_the_library_reads_the_same_or_refuses_too(body: bytes) -> None:
    assert read_by_us(body) == read_by_the_library(body)


@pytest.mark.parametrize(
    "body", [b"a=%FF", b"a=%ED%A0%80", b"a=\xff", b"a", b"a=1&&b=2", b"a=1&", b"&".join([b"a="] * 21)]
)
def test_what_is_no_form_is_refused(body: bytes) -> None:
    assert read_by_us(body) is None


@settings(deadline=None)
@given(st.dictionaries(FIELD, FIELD, max_size=MOST))
def test_the_library_writes_the_same(fields: dict[str, str]) -> None:
    assert write_form(fields) == urlencode(fields)


def test_what_is_no_text_is_written_in_no_form() -> None:
    with pytest.raises(UnicodeEncodeError):
        write_form({"Body": "\ud800"})
