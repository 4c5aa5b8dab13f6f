"""The languages Budbok speaks, which one stands in for which, and how each sorts its names."""

import unicodedata
from functools import lru_cache

WRITTEN = ("nb", "nn", "sv", "fi", "en", "da")
FIXED = ("se",)
"""Languages in which only the sentences that are always the same are written: a guardian may wish for one, and is told the
rest in the language that stands in for it."""
DEFAULT = "en"

_SURELY_HEARD = ("nb", "nn", "sv", "fi", "en")
_FALLBACK = {"nn": "nb", "nb": "en", "da": "nb", "se": "nb", "sv": "en", "fi": "en"}
_LAST_LETTERS = {"nb": "æøå", "nn": "æøå", "da": "æøå", "sv": "åäö", "fi": "åäö"}
"""Behind z. The letters of the neighbours stand with their like."""
_ALIKE = {"æ": "ä", "ø": "ö", "ä": "æ", "ö": "ø"}
_BARE = {"æ": "a", "ø": "o", "đ": "d", "ŋ": "n", "ŧ": "t"}
_OF_COUNTRY = {"NO": "nb", "SE": "sv", "FI": "fi", "DK": "nb"}


def chain(language: str) -> list[str]:
    """The language, then the ones that stand in for it, ending in English."""
    out = [language]
    while out[-1] != DEFAULT:
        out.append(_FALLBACK.get(out[-1], DEFAULT))
    return out


def written_in(language: str) -> str:
    """The language whose words somebody who wished for this one reads."""
    return next(code for code in chain(language) if code in WRITTEN)


def of_country(country: str) -> str:
    """What most people there read; `country` is ISO 3166 alpha-2."""
    return _OF_COUNTRY.get(country.upper(), DEFAULT)


def answer_in(setting: str, heard: str) -> str:
    """The language to answer in: the guardian's setting, which only Finnish or English words may move.

    Short Norwegian, Danish and Swedish texts are too alike to tell a person's language by.
    """
    if heard in ("fi", "en"):
        return heard
    return heard if setting in ("fi", "en") and heard in _SURELY_HEARD else setting


@lru_cache(maxsize=16_384)
def sort_key(name: str, language: str) -> str:
    """What a name is sorted by where people read it: as the language's alphabet goes, accents and cases aside."""
    last = _LAST_LETTERS.get(language, "")
    return "".join(_place(letter, last) for letter in unicodedata.normalize("NFC", name).casefold())


def _place(letter: str, last: str) -> str:
    """The letter, or a sign behind all of a-z that keeps the order of those at the end."""
    own = letter if letter in last else next((like for like in _ALIKE.get(letter, "") if like in last), letter)
    if own in last:
        return chr(ord("{") + last.index(own))
    return unicodedata.normalize("NFD", _BARE.get(own, own))[0]
