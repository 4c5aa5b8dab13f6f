"""First names, of `first_names.toml`: those that are no words, and those that are words as well ("Storm", "Liv")."""

import tomllib
from functools import cache
from importlib import resources

from bots.hearing.tokens import fold


@cache
def first_names() -> frozenset[str]:
    """Folded first names that are no words: a name in whatever letters they are written."""
    return _names("names")


@cache
def every_first_name() -> frozenset[str]:
    """All folded first names, also those that are words as well ("Storm", "Tuuli", "Liv")."""
    return _names("names") | _names("words")


@cache
def accented_first_names() -> frozenset[str]:
    """First names with their dots and rings, in small letters: "sylvia" is one, "sylviä" none."""
    return frozenset(name for key in ("names", "words") for name in _written_names(key))


@cache
def girls() -> frozenset[str]:
    """Folded first names that are given to girls only."""
    return _names("girls")


@cache
def boys() -> frozenset[str]:
    """Folded first names that are given to boys only."""
    return _names("boys")


def _names(key: str) -> frozenset[str]:
    return frozenset(fold(name) for name in _written_names(key))


def _written_names(key: str) -> list[str]:
    text = (resources.files("bots.hearing") / "first_names.toml").read_text(encoding="utf-8")
    return [name.casefold() for name in tomllib.loads(text)[key].split()]
