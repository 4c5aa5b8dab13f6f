"""What kind of word stands at a place, by a small file of its own: a table for each language, or for several together.

In a file, phrases are parted by commas; `word*` is every word that begins so, `*word*` every word that has it in it.
"""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from bots.hearing.at_door_words import LANGUAGES
from bots.hearing.tokens import Token, fold

_LONGEST = 3
"""Words in a phrase."""


@dataclass(frozen=True, slots=True)
class WordKinds:
    """The phrases of one table and what kind each is; all folded."""

    whole: Mapping[str, str]
    begins: Mapping[str, str]
    holds: Mapping[str, str]

    def longest(self, tokens: Sequence[Token], at: int) -> tuple[int, str] | None:
        """The end of the longest phrase that begins here, and its kind."""
        for length in range(min(_LONGEST, len(tokens) - at), 0, -1):
            kind = self.whole.get(" ".join(token.fold for token in tokens[at : at + length]))
            if kind is not None:
                return at + length, kind
        return next(((at + 1, kind) for kind in self._by_part(tokens[at].fold)), None)

    def _by_part(self, word: str) -> Iterator[str]:
        yield from (kind for part, kind in self.begins.items() if word.startswith(part))
        yield from (kind for part, kind in self.holds.items() if part in word)


def kinds_in(file: str, language: str) -> list[WordKinds]:
    """The tables by which a language is read; none where we have none."""
    return [_tables(file)[name] for name in LANGUAGES.get(language, ())]


@cache
def _tables(file: str) -> dict[str, WordKinds]:
    text = (resources.files("bots.hearing") / file).read_text(encoding="utf-8")
    return {name: _table(words) for name, words in tomllib.loads(text).items()}


def _table(words: Mapping[str, str]) -> WordKinds:
    told = [(fold(phrase.strip()), kind) for kind, phrases in words.items() for phrase in phrases.split(",")]
    return WordKinds(
        {phrase: kind for phrase, kind in told if not phrase.endswith("*")},
        {phrase.rstrip("*"): kind for phrase, kind in told if phrase.endswith("*") and not phrase.startswith("*")},
        {phrase.strip("*"): kind for phrase, kind in told if phrase.startswith("*")},
    )
