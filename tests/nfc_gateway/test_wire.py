"""What a gate and the hub say has one meaning and one way to be written, and is taken from nobody but the gate."""

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from nfc_gateway import wire

AT = datetime(2025, 3, 3, 6, 12, 0, 250_000, tzinfo=UTC)
TOUCH = wire.Told(7, "04a1b2c3d4e5f6", AT, "picc=AA&cmac=11", waited=True)
URL = "https://hub.example.org/taps/" + "0" * 26
READER = "0" * 26

moments = some.datetimes(datetime(1970, 1, 1), datetime(2199, 12, 31), timezones=some.just(UTC)).map(
    lambda at: at.replace(microsecond=at.microsecond // 1000 * 1000)
)
touches = some.builds(
    wire.Told,
    number=some.integers(1, wire.MOST_NUMBER),
    serial=some.binary(min_size=4, max_size=10).map(bytes.hex),
    touched_at=moments,
    proven=some.none() | some.text(some.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=256),
    waited=some.booleans(),
)
batches = some.lists(touches, max_size=wire.BATCH, unique_by=lambda touch: touch.number).map(
    lambda batch: sorted(batch, key=lambda touch: touch.number)
)
json_values = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | some.text(),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(), inner, max_size=3),
)


@settings(deadline=None)
@given(batches)
def test_a_batch_is_read_as_it_was_written(batch: list[wire.Told]) -> None:
    assert wire.read_batch(wire.write_batch(batch)) == batch


def test_the_longest_batch_fits_its_body() -> None:
    longest = [
        wire.Told(wire.MOST_NUMBER - n, "f" * 20, AT, '"' * wire.PROVEN_LENGTH, waited=False)
        for n in range(wire.BATCH, 0, -1)
    ]

    body = wire.write_batch(longest)

    assert len(body) < wire.BODY_BYTES
    assert wire.read_batch(body) == longest


@pytest.mark.parametrize(
    ("name", "given_"),
    [
        ("number", 0),
        ("number", -1),
        ("number", 2**63),
        ("number", 7.0),
        ("number", True),
        ("number", "7"),
        ("serial", ""),
        ("serial", "04A1B2C3"),
        ("serial", "04a1b2"),
        ("serial", "0" * 22),
        ("serial", "04a1b2c3\n"),
        ("touched_at", "2025-03-03T06:12:00Z"),
        ("touched_at", "2025-02-30T06:12:00.000Z"),
        ("touched_at", "1969-12-31T23:59:59.000Z"),
        ("touched_at", "2025-03-03T06:12:00.000+01:00"),
        ("touched_at", 1740982320),
        ("proven", ""),
        ("proven", "a b"),
        ("proven", "å"),
        ("proven", "a" * 257),
        ("proven", 1),
        ("waited", 1),
        ("waited", None),
    ],
)
def test_a_touch_with_a_value_of_another_kind_is_none(name: str, given_: object) -> None:
    said = json.loads(wire.write_batch([TOUCH]))
    said["touches"][0][name] = given_

    with pytest.raises(wire.NotOurWordsError):
        wire.read_batch(json.dumps(said, sort_keys=True, separators=(",", ":")).encode())


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b'{"touches":[]} ',
        b'{"touches": []}',
        b'{"touches":[],"touches":[]}',
        b'{"names":[],"touches":[]}',
        b'{"touches":NaN}',
        b'{"touches":null}',
        b"\xff",
        b'\xef\xbb\xbf{"touches":[]}',
        b"[" * 50_000,
        b'{"touches":[' + b" " * wire.BODY_BYTES + b"]}",
    ],
)
def test_what_is_written_in_another_way_is_none_of_ours(body: bytes) -> None:
    with pytest.raises(wire.NotOurWordsError):
        wire.read_batch(body)


def test_numbers_that_do_not_rise_and_too_many_touches_are_refused() -> None:
    twice = [TOUCH, TOUCH]
    many = [wire.Told(n + 1, TOUCH.serial, AT) for n in range(wire.BATCH + 1)]

    for batch in (twice, many):
        with pytest.raises(wire.NotOurWordsError):
            wire.read_batch(wire.write_batch(batch))


@settings(deadline=None)
@given(some.binary(max_size=400) | json_values.map(lambda value: json.dumps(value).encode()))
def test_nothing_at_all_makes_the_readers_fall(body: bytes) -> None:
    for read in (wire.read_batch, wire.read_answer, wire.read_pairing, wire.read_paired):
        with pytest.raises(wire.NotOurWordsError):
            read(body)


def test_answers_and_pairings_are_read_as_they_were_written() -> None:
    for answer in (wire.Answer(7, 9, AT), wire.Answer(None, 0, AT)):
        assert wire.read_answer(wire.write_answer(answer)) == answer
    pairing = wire.Pairing("CDFG-2345-6789", "ab" * 32)
    assert wire.read_pairing(wire.write_pairing(pairing)) == pairing
    paired = wire.Paired(READER, AT)
    assert wire.read_paired(wire.write_paired(paired)) == paired


def test_a_moment_is_told_in_utc_to_the_millisecond() -> None:
    there = AT.astimezone(timezone(timedelta(hours=2)))

    assert wire.write_moment(there) == "2025-03-03T06:12:00.250Z"
    assert wire.read_moment("2025-03-03T06:12:00.250Z") == AT


def test_a_signature_is_good_for_what_was_signed_and_for_nothing_else() -> None:
    secret, other = wire.new_key(), wire.new_key()
    sent_at, body = wire.write_moment(AT), wire.write_batch([TOUCH])
    key, signature = wire.public_key(secret), wire.sign(secret, URL, READER, sent_at, body)

    assert wire.is_signed(key, signature, URL, READER, sent_at, body)
    assert not wire.is_signed(wire.public_key(other), signature, URL, READER, sent_at, body)
    assert not wire.is_signed(key, signature, URL + "/", READER, sent_at, body)
    assert not wire.is_signed(key, signature, URL, "1" * 26, sent_at, body)
    assert not wire.is_signed(key, signature, URL, READER, wire.write_moment(AT + timedelta(seconds=1)), body)
    assert not wire.is_signed(key, signature, URL, READER, sent_at, body + b" ")


@settings(deadline=None)
@given(some.text(max_size=140), some.text(max_size=70))
def test_nonsense_is_no_signature_and_no_key(signature: str, key: str) -> None:
    assert not wire.is_signed(wire.public_key(wire.new_key()), signature, URL, READER, "", b"")
    assert not wire.is_signed(key, "0" * 128, URL, READER, "", b"")
