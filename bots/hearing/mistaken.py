"""Whether a text says nothing but that the one before was sent by mistake: "sorry, wrong button", "glem det"."""

import tomllib
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from bots.hearing.tokens import Token, fold
from hub.talk.heard import MISTAKEN, Heard, Intent

_FILE = Path(__file__).parent / "mistaken.toml"
_MOST_WORDS = 10


def with_mistake_marked(heard: Heard, tokens: Sequence[Token]) -> Heard:
    """What was heard, marked where it is only words for staff that take the message before for a mistake."""
    if any(act.intent is not Intent.MESSAGE for act in heard.acts) or not _is_mistake(tokens):
        return heard
    return replace(heard, acts=tuple(replace(act, change=MISTAKEN) for act in heard.acts))


def _is_mistake(tokens: Sequence[Token]) -> bool:
    if any(token.text == "?" or token.kind == "number" for token in tokens):
        return False
    words = [token.fold for token in tokens if token.kind == "word"]
    if not 0 < len(words) <= _MOST_WORDS:
        return False
    phrases, around = _words()
    said = {
        at
        for phrase in phrases
        for start in range(len(words) - len(phrase) + 1)
        if tuple(words[start : start + len(phrase)]) == phrase
        for at in range(start, start + len(phrase))
    }
    return bool(said) and all(at in said or word in around for at, word in enumerate(words))


@lru_cache(maxsize=1)
def _words() -> tuple[frozenset[tuple[str, ...]], frozenset[str]]:
    """The phrases and the words around them, of all languages, folded."""
    read: dict[str, dict[str, list[str]]] = tomllib.loads(_FILE.read_text("utf-8"))
    phrases = {tuple(map(fold, phrase.split())) for told in read["said"].values() for phrase in told}
    return frozenset(phrases), frozenset(fold(word) for told in read["around"].values() for word in told)
