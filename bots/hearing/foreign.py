"""Languages that are named but not understood, so that staff see what they have before them: by script, letters, words.

What is known of them stands in `foreign.toml`. A language of our own always goes first: only words that none of ours has, and
more of them than ours can claim, make a text in Latin letters a foreign one.
"""

import tomllib
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from bots.hearing.tokens import Token

_RANGES = (
    (0x0370, 0x03FF, "Grek"),
    (0x0400, 0x052F, "Cyrl"),
    (0x0530, 0x058F, "Armn"),
    (0x0590, 0x05FF, "Hebr"),
    (0x0600, 0x077F, "Arab"),
    (0x0900, 0x097F, "Deva"),
    (0x0980, 0x09FF, "Beng"),
    (0x0A00, 0x0A7F, "Guru"),
    (0x0A80, 0x0AFF, "Gujr"),
    (0x0B80, 0x0BFF, "Taml"),
    (0x0C00, 0x0C7F, "Telu"),
    (0x0D00, 0x0D7F, "Mlym"),
    (0x0D80, 0x0DFF, "Sinh"),
    (0x0E00, 0x0E7F, "Thai"),
    (0x1000, 0x109F, "Mymr"),
    (0x10A0, 0x10FF, "Geor"),
    (0x1200, 0x139F, "Ethi"),
    (0x1780, 0x17FF, "Khmr"),
    (0x3040, 0x30FF, "Kana"),
    (0x4E00, 0x9FFF, "Hani"),
    (0xAC00, 0xD7AF, "Hang"),
    (0xFB50, 0xFDFF, "Arab"),
    (0xFE70, 0xFEFF, "Arab"),
)
"""Where the letters of each script stand. Source: Unicode, Blocks.txt; ISO 15924 for the names."""

_LATIN = "Latn"
_LEAST_WORDS = 2
_LEAST_SHARE = 0.3
_SHORTEST_STEM, _LONGEST_STEM = 3, 12
_SHORT_TEXT = 3
"""In a text of so few words one is enough, where none of ours is in it."""


@dataclass(frozen=True)
class Foreign:
    """One language of the file."""

    code: str
    script: str
    letters: frozenset[str]
    words: frozenset[str]
    health: frozenset[str]
    health_stems: tuple[str, ...]

    def tells_health(self, word: str) -> bool:
        """`word` is without case."""
        return word in self.health or word.startswith(self.health_stems)


def _split(text: str) -> frozenset[str]:
    return frozenset(word.strip().casefold() for word in text.replace("،", ",").split(",") if word.strip())


@cache
def foreign_languages() -> dict[str, Foreign]:
    """All languages of the file, by code, in its order."""
    table = tomllib.loads((resources.files("bots.hearing") / "foreign.toml").read_text(encoding="utf-8"))
    known = {}
    for code, told in table.items():
        health = _split(told.get("health", ""))
        known[code] = Foreign(
            code,
            told["script"],
            frozenset(told.get("letters", "").casefold()),
            _split(told.get("words", "")),
            frozenset(word for word in health if not word.endswith("*")),
            tuple(word[:-1] for word in health if word.endswith("*")),
        )
    return known


@cache
def _by_word() -> dict[str, tuple[str, ...]]:
    """Word to the languages in Latin letters that have it."""
    found: dict[str, list[str]] = {}
    for language in foreign_languages().values():
        if language.script == _LATIN:
            for word in language.words | language.health:
                found.setdefault(word, []).append(language.code)
    return {word: tuple(codes) for word, codes in found.items()}


@cache
def _by_stem() -> dict[str, tuple[str, ...]]:
    """The beginning of a word to the languages in Latin letters in which it tells of health."""
    found: dict[str, list[str]] = {}
    for language in foreign_languages().values():
        if language.script == _LATIN:
            for stem in language.health_stems:
                found.setdefault(stem, []).append(language.code)
    return {stem: tuple(codes) for stem, codes in found.items()}


def _languages_of(word: str) -> set[str]:
    codes = set(_by_word().get(word, ()))
    for length in range(_SHORTEST_STEM, min(len(word), _LONGEST_STEM) + 1):
        codes.update(_by_stem().get(word[:length], ()))
    return codes


@cache
def _by_letter() -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for language in foreign_languages().values():
        for letter in language.letters:
            found.setdefault(letter, []).append(language.code)
    return {letter: tuple(codes) for letter, codes in found.items()}


@cache
def _script(letter: str) -> str:
    at = ord(letter)
    return next((name for low, high, name in _RANGES if low <= at <= high), _LATIN)


def by_script(tokens: Sequence[Token]) -> str | None:
    """The language of a text in letters that none of ours is written in; None for Latin letters or none at all."""
    scripts = Counter(_script(letter) for token in tokens if token.kind == "word" for letter in token.text)
    if not scripts:
        return None
    script, count = scripts.most_common(1)[0]
    if script == _LATIN or count * 2 <= scripts.total():
        return None
    if script == "Hani" and scripts["Kana"]:
        script = "Kana"
    candidates = [language for language in foreign_languages().values() if language.script == script]
    letters = Counter(letter for token in tokens if token.kind == "word" for letter in token.low)
    words = Counter(token.low for token in tokens)

    def evidence(language: Foreign) -> int:
        told = sum(count for token, count in words.items() if token in language.words or language.tells_health(token))
        return sum(letters[letter] for letter in language.letters) + 2 * told

    return max(candidates, key=evidence).code if candidates else None


def by_words(tokens: Sequence[Token], names: Collection[int], ours: Sequence[Collection[str]]) -> str | None:
    """The foreign language in Latin letters that fits better than any of ours, or None.

    `ours` are the languages of ours that know each token; `names` are the tokens that name people.
    """
    words = [(token, known) for at, (token, known) in enumerate(zip(tokens, ours, strict=True))
             if token.kind == "word" and at not in names]  # fmt: skip
    known_to_us = Counter(code for _, known in words for code in known)
    most_ours = max(known_to_us.values(), default=0)
    shared: Counter[str] = Counter()
    telling: Counter[str] = Counter()
    signs: Counter[str] = Counter()
    for token, known in words:
        codes = _languages_of(token.low)
        if known:
            shared.update(codes)
            continue
        lettered = {code for letter in token.low for code in _by_letter().get(letter, ())}
        telling.update(codes | lettered)
        signs.update(codes)
        signs.update(lettered)
    if not telling:
        return None
    code = max(telling, key=lambda code: (signs[code] + telling[code] + shared[code], telling[code]))
    enough = telling[code] >= _LEAST_WORDS and telling[code] >= _LEAST_SHARE * len(words)
    if most_ours == 0 and len(words) <= _SHORT_TEXT:
        enough = True
    return code if enough and telling[code] + shared[code] > most_ours else None
