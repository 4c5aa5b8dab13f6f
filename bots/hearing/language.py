"""Which language a text is in: by its words, then its letters, then the hint. Bokmål and Nynorsk part by their markers.

A language that has no vocabulary here is named where `foreign.py` can tell it.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from bots.hearing.foreign import by_script, by_words
from bots.hearing.sources import languages, source
from bots.hearing.tokens import Token, fold

_LETTERS = {
    "ø": ("nb", "nn", "da"),
    "æ": ("nb", "nn", "da"),
    "ä": ("sv", "fi"),
    "ö": ("sv", "fi"),
    "å": ("nb", "nn", "sv", "da"),
    "ò": ("nb", "nn"),
    "ô": ("nb", "nn"),
    "ê": ("nb", "nn"),
}
"""Which languages write a letter in words of their own: `òg`, `fôr` and `vêr` are Norwegian, though others understand them."""
_NORWEGIAN = ("nb", "nn")
_FINLAND = ZoneInfo("Europe/Helsinki")
_EAST, _WEST = ("fi", "en", "sv"), ("en", "nb", "sv", "nn", "da")
_USUAL = ("en", "sv", "nb")
_FEW_WORDS = 3
_NEAR_ENOUGH = 0.7
_LEAST_EVIDENCE, _ANY_EVIDENCE = 0.2, 0.05
"""How much must speak for a language: in a text of few words any word of it is enough."""


@cache
def _evidence() -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    """Word to the languages that have it, and stem (of four letters or more) likewise."""
    words: dict[str, set[str]] = {}
    stems: dict[str, set[str]] = {}
    for code in languages():
        own = source(code)
        for word in own.words | own.markers:
            words.setdefault(word, set()).add(code)
        for section, keys in own.sections.items():
            if section in {"nicknames", "people"}:
                continue
            for phrases in keys.values():
                for word in (word for phrase in phrases for word in phrase.split()):
                    if word.endswith("*"):
                        stems.setdefault(word[:-1], set()).add(code)
                    else:
                        words.setdefault(word, set()).add(code)
    return (
        {word: tuple(sorted(codes)) for word, codes in words.items()},
        {stem: tuple(sorted(codes)) for stem, codes in stems.items() if len(stem) >= 4},
    )


@cache
def _folded() -> dict[str, tuple[str, ...]]:
    merged: dict[str, set[str]] = {}
    for word, codes in _evidence()[0].items():
        merged.setdefault(fold(word), set()).update(codes)
    return {word: tuple(sorted(codes)) for word, codes in merged.items()}


def _languages_of(token: Token) -> tuple[str, ...]:
    words, stems = _evidence()
    if found := words.get(token.low):
        return found
    for length in range(len(token.low), 3, -1):
        if found := stems.get(token.low[:length]):
            return found
    return _folded().get(token.fold, ()) if len(token.fold) > 2 else ()


def spoken_at(moment: datetime) -> tuple[str, ...]:
    """The languages spoken where the unit is, as its zone's time tells, the likelier first. `moment` is in that zone."""
    return _EAST if moment.utcoffset() == moment.astimezone(_FINLAND).utcoffset() else _WEST


def language_of(tokens: Sequence[Token], names: Collection[int], hint: str | None, spoken: Sequence[str] = ()) -> str:
    """The code of the language; `names` are the tokens that name people.

    The hint decides only what the words leave open, and `spoken` (see `spoken_at`) what both leave open.
    """
    if (foreign := by_script(tokens)) is not None:
        return foreign
    ours = [_languages_of(token) if token.kind == "word" else () for token in tokens]
    if (foreign := by_words(tokens, names, ours)) is not None:
        return foreign
    scores = dict.fromkeys(languages(), 0.0)
    for at, token in enumerate(tokens):
        if token.kind != "word" or at in names:
            continue
        codes = ours[at]
        families = {_family(code) for code in codes}
        for code in codes:
            scores[code] += (1.0 if len(token.low) > 1 else 0.6) / len(families) ** 1.5
        for letter in set(token.low) & _LETTERS.keys():
            for code in _LETTERS[letter]:
                if code in scores:
                    scores[code] += 0.15
    for code, count in _told_by_pairs(tokens).items():
        scores[code] += count
    best = max(scores.values(), default=0.0)
    for code in languages():
        word = source(code).capital
        if scores[code] > best * _NEAR_ENOUGH and any(
            one.kind == "word" and other.text == word for one, other in pairwise(tokens)
        ):
            scores[code] += 1.0
    best = max(scores.values(), default=0.0)
    if best < (_LEAST_EVIDENCE if sum(token.kind == "word" for token in tokens) > _FEW_WORDS else _ANY_EVIDENCE):
        return hint if hint in scores else "und"
    near = best - max(0.05, best * 0.15)
    if hint is not None and scores.get(hint, 0.0) > near:
        code = hint
    else:
        leaders = [code for code, score in scores.items() if round(score, 3) == round(best, 3)]
        code = next((code for code in (*spoken, *_USUAL) if code in leaders), leaders[0])
    return _norwegian(tokens, hint) if code in _NORWEGIAN else code


def _told_by_pairs(tokens: Sequence[Token]) -> Counter[str]:
    """How many pairs of words there are that only one language has, though its neighbours have either word."""
    said = {f"{one.low} {other.low}" for one, other in pairwise(tokens) if one.kind == other.kind == "word"}
    return Counter({code: len(said & source(code).tells) for code in languages()})


def _family(code: str) -> str:
    return "no" if code in _NORWEGIAN else code


def _norwegian(tokens: Sequence[Token], hint: str | None) -> str:
    nynorsk = source("nn").markers - source("nb").markers
    bokmal = source("nb").markers - source("nn").markers - source("nn").vocabulary
    words = [token.low for token in tokens if token.kind == "word"]
    nb = sum(word in bokmal for word in words)
    nn = sum(word in nynorsk for word in words)
    if nb == nn:
        return "nn" if hint == "nn" and nn else "nb"
    return "nn" if nn > nb else "nb"
