"""The words that staff text, by what they are to the grammar; of a family day carer's home also its meals."""

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any

from hub.school.meals import MealKind
from hub.talk.heard import Intent

_VOCABULARY = Path(__file__).with_name("staff_vocabulary.toml")
_TABLES = ("answers", "meals")


@lru_cache(maxsize=1)
def _read_file() -> dict[str, Any]:
    return tomllib.loads(_VOCABULARY.read_text("utf-8"))


@lru_cache(maxsize=1)
def words_by_kind() -> dict[str, frozenset[str]]:
    return {kind: frozenset(words) for kind, words in _read_file().items() if kind not in _TABLES}


@lru_cache(maxsize=1)
def words_of_answers() -> dict[Intent, frozenset[str]]:
    return {Intent(name): frozenset(words) for name, words in _read_file()["answers"].items()}


@lru_cache(maxsize=1)
def _words_of_meals() -> dict[MealKind, frozenset[str]]:
    return {MealKind(name): frozenset(words) for name, words in _read_file()["meals"].items()}


def meals_called(said: str) -> tuple[MealKind, ...]:
    """The meals that a word may mean: "frokost" is one in Norwegian and another in Danish."""
    return tuple(kind for kind, words in _words_of_meals().items() if said in words)
