"""Passwords: long enough, not guessed at once, and kept as argon2id only.

Hashing takes a fifth of a second of processor and 64 MiB, so an edge does it in threads of its own, outside any work; at
most a few at once wait their turn. Source: security rules S2.6, S9.6 and S10.6.
"""

import asyncio
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from hub.desk import DeskBusyError, Refusal

T = TypeVar("T")

SHORTEST = 12
LONGEST = 200
OUR_CARE = PasswordHasher(type=Type.ID)
HASHING_AT_ONCE = 2
WAITING_LIMIT = 40

_COMMON = ("password", "passord", "lösenord", "losenord", "salasana", "qwerty", "123456", "abcdef", "budbok")


class PasswordTooShortError(Refusal):
    words = "sign_in.password_too_short"


class PasswordTooLongError(Refusal):
    words = "sign_in.password_too_long"


class PasswordTooPlainError(Refusal):
    """One letter over and over, a well-known word with digits, or the person's own name."""

    words = "sign_in.password_too_plain"


def check_new_password(password: str, login: str, names: list[str]) -> None:
    """Raises: PasswordTooShortError, PasswordTooLongError, PasswordTooPlainError."""
    if len(password) < SHORTEST:
        raise PasswordTooShortError(n=SHORTEST)
    if len(password) > LONGEST:
        raise PasswordTooLongError(n=LONGEST)
    folded = password.casefold()
    rest = folded
    for plain in (*_COMMON, login.casefold(), login.casefold().partition("@")[0], *(name.casefold() for name in names)):
        rest = rest.replace(plain, "") if len(plain) > 2 else rest
    if len(set(folded)) < 5 or len([letter for letter in rest if letter.isalpha()]) + len(set(rest)) < 8:
        raise PasswordTooPlainError


class Passwords:
    """Hashes and checks, in threads of its own. Made once for a site, and closed with it."""

    def __init__(self, hasher: PasswordHasher = OUR_CARE) -> None:
        self._hasher = hasher
        self._threads = ThreadPoolExecutor(HASHING_AT_ONCE, "password")
        self._waiting = 0
        self._nobody = _hash_of_nobody(hasher)

    async def hash(self, password: str) -> str:
        """Raises: DeskBusyError."""
        return await self._run(lambda: self._hasher.hash(_normal(password)))

    async def is_right(self, kept: str | None, password: str) -> bool:
        """Takes as long for nobody as for somebody. Raises: DeskBusyError."""
        matches = await self._run(lambda: self._matches(kept or self._nobody, password))
        return matches and kept is not None

    def is_dated(self, kept: str) -> bool:
        """Whether it was hashed with less care than is taken today."""
        return self._hasher.check_needs_rehash(kept)

    def close(self) -> None:
        self._threads.shutdown()

    def _matches(self, kept: str, password: str) -> bool:
        try:
            return self._hasher.verify(kept, _normal(password))
        except (VerificationError, InvalidHashError):
            return False

    async def _run(self, task: Callable[[], T]) -> T:
        if self._waiting >= WAITING_LIMIT:
            raise DeskBusyError
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, task)
        finally:
            self._waiting -= 1


@cache
def _hash_of_nobody(hasher: PasswordHasher) -> str:
    """What is checked for a login that nobody has, with the same care as anybody's."""
    return hasher.hash("nobody has this password")


def _normal(password: str) -> str:
    """The same letters, however the keyboard composed them. Source: RFC 8265 section 4.2."""
    return unicodedata.normalize("NFC", password[:LONGEST])
