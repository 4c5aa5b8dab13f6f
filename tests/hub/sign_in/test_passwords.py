"""Passwords are long, not plain, and kept as argon2id alone."""

from collections.abc import AsyncIterator

import pytest
from argon2 import PasswordHasher

from hub.sign_in.passwords import (
    Passwords,
    PasswordTooLongError,
    PasswordTooPlainError,
    PasswordTooShortError,
    check_new_password,
)
from tests.hub.sign_in.school import PASSWORD


@pytest.fixture
async def passwords() -> AsyncIterator[Passwords]:
    passwords = Passwords()
    yield passwords
    passwords.close()


async def test_the_right_password_fits_and_a_wrong_one_does_not(passwords: Passwords) -> None:
    kept = await passwords.hash(PASSWORD)

    assert kept.startswith("$argon2id$")
    assert PASSWORD not in kept
    assert await passwords.is_right(kept, PASSWORD)
    assert not await passwords.is_right(kept, PASSWORD + " ")


async def test_nobody_is_checked_like_somebody(passwords: Passwords) -> None:
    assert not await passwords.is_right(None, PASSWORD)
    assert not await passwords.is_right(None, "nobody has this password")


async def test_letters_count_as_the_same_however_they_were_composed(passwords: Passwords) -> None:
    kept = await passwords.hash("bla\u030a hester under brua")

    assert await passwords.is_right(kept, "bl\u00e5 hester under brua")


async def test_a_hash_made_with_less_care_is_found_out(passwords: Passwords) -> None:
    assert passwords.is_dated(PasswordHasher(time_cost=1, memory_cost=8 * 1024).hash(PASSWORD))
    assert not passwords.is_dated(await passwords.hash(PASSWORD))


@pytest.mark.parametrize("password", [PASSWORD, "korrekt hest batteri", "r7Kp2vX9qLm4", "älgen åt sju äpplen"])
def test_a_good_password_is_taken(password: str) -> None:
    check_new_password(password, "per.moen", ["Per", "Moen"])


@pytest.mark.parametrize(
    ("password", "refusal"),
    [
        ("elleve tegn", PasswordTooShortError),
        ("a" * 201, PasswordTooLongError),
        ("aaaaaaaaaaaaaaaa", PasswordTooPlainError),
        ("passord12345", PasswordTooPlainError),
        ("salasana1234", PasswordTooPlainError),
        ("per.moen1234", PasswordTooPlainError),
        ("123456789012", PasswordTooPlainError),
    ],
)
def test_a_password_that_is_guessed_at_once_is_not_taken(password: str, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        check_new_password(password, "per.moen", ["Per", "Moen"])
