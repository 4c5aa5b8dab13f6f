"""Whether the words let somebody fetch for good: "grandma may always fetch her". A named day, or a "not", is no such thing."""

import tomllib
from functools import lru_cache
from pathlib import Path

from bots.hearing.clauses import Clause
from bots.hearing.reading import Reading
from bots.hearing.sources import languages, source
from bots.hearing.tokens import fold

_FILE = Path(__file__).parent / "lasting.toml"


def is_lasting(reading: Reading, clause: Clause) -> bool:
    """Of a clause that names no day."""
    if clause.has("negative") or reading.language not in languages():
        return False
    words = [reading.tokens[at].fold for at in range(clause.start, clause.end) if reading.tokens[at].kind == "word"]
    own = (reading.language, *source(reading.language).shares)
    return any(_holds(words, phrase) for language in own for phrase in _phrases().get(language, ()))


def _holds(words: list[str], phrase: tuple[str, ...]) -> bool:
    return any(tuple(words[at : at + len(phrase)]) == phrase for at in range(len(words)))


@lru_cache(maxsize=1)
def _phrases() -> dict[str, tuple[tuple[str, ...], ...]]:
    read: dict[str, list[str]] = tomllib.loads(_FILE.read_text("utf-8"))
    return {language: tuple(tuple(map(fold, told.split())) for told in phrases) for language, phrases in read.items()}
