"""The authenticator on the phones' page."""

import pyotp

from tests.rehearsal.authenticator import code_of


def test_it_tells_the_code_that_an_app_would() -> None:
    key = pyotp.random_base32()

    assert pyotp.TOTP(key).verify(code_of(key) or "", valid_window=1)


def test_spaces_and_small_letters_do_not_matter() -> None:
    key = pyotp.random_base32()
    spaced = " ".join(key[i : i + 4] for i in range(0, len(key), 4)).lower()

    assert pyotp.TOTP(key).verify(code_of(spaced) or "", valid_window=1)


def test_what_is_no_key_gets_no_code() -> None:
    assert code_of("not a key!") is None
