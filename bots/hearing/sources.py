"""The files `vocabulary/<language>.toml` as they were read: sections, phrases, nicknames and whole messages.

A phrase in a file is words parted by spaces, phrases are parted by commas. `word*` stands for every word that begins so,
`a|b` for either. In the head, `tells` are pairs of words that part the language from its neighbours, `capital` is a word
that it writes with a capital inside a sentence. `spoken` tells which endings people say and write for others, `inverts`
that the verb stands before its subject behind a day, `asks_by` which endings make a verb ask, `owns` those of an owner.
"""

import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources
from itertools import product

from bots.hearing.tokens import PIECE, fold


@dataclass(frozen=True)
class Source:
    """One vocabulary file as it was read."""

    code: str
    shares: tuple[str, ...]
    inverts: bool
    spoken: tuple[tuple[str, str], ...]
    words: frozenset[str]
    markers: frozenset[str]
    tells: frozenset[str]
    capital: str
    asks_by: tuple[str, ...]
    owns: tuple[str, ...]
    sections: dict[str, dict[str, tuple[str, ...]]]

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """All single words of the file, function words included."""
        told = (phrase for keys in self.sections.values() for phrases in keys.values() for phrase in phrases)
        return self.words | {word for phrase in told for word in phrase.split() if not word.endswith("*")}

    def phrases(self, section: str, key: str) -> tuple[str, ...]:
        return self.sections.get(section, {}).get(key, ())


def _split(text: str) -> tuple[str, ...]:
    phrases: list[str] = []
    for phrase in text.split(","):
        slots = [slot.split("|") for slot in phrase.casefold().split()]
        phrases.extend(" ".join(_pieces(choice)) for choice in product(*slots) if choice)
    return tuple(phrases)


def _pieces(words: Iterable[str]) -> Iterator[str]:
    for word in words:
        if word.endswith("*"):
            yield word
        else:
            yield from (found.group() for found in PIECE.finditer(word))


@cache
def languages() -> tuple[str, ...]:
    """The codes of the languages that have a vocabulary."""
    folder = resources.files("bots.hearing") / "vocabulary"
    return tuple(sorted(file.name.removesuffix(".toml") for file in folder.iterdir() if file.name.endswith(".toml")))


@cache
def source(code: str) -> Source:
    text = (resources.files("bots.hearing") / "vocabulary" / f"{code}.toml").read_text(encoding="utf-8")
    table = tomllib.loads(text)
    head = table.pop("language")
    return Source(
        code=head["code"],
        shares=tuple(head["shares"]),
        inverts=head.get("inverts", False),
        spoken=tuple(
            (written.strip(), said.strip())
            for written, _, said in (pair.partition(":") for pair in head.get("spoken", "").split(",") if pair)
        ),
        words=frozenset(_split(head["words"])),
        markers=frozenset(_split(head["markers"])),
        tells=frozenset(_split(head.get("tells", ""))),
        capital=head.get("capital", ""),
        asks_by=_split(head.get("asks_by", "")),
        owns=tuple(ending.strip() for ending in head.get("owns", "").split(",") if ending),
        sections={
            section: {
                key: _nicknames(words) if section == "nicknames" else _split(words) for key, words in keys.items()
            }
            for section, keys in table.items()
        },
    )


def _nicknames(text: str) -> tuple[str, ...]:
    return tuple(line.strip().casefold() for line in text.split(";") if line.strip())


@cache
def nicknames() -> dict[str, frozenset[str]]:
    """Folded first name to the folded short forms that people use for it, of all languages."""
    known: dict[str, set[str]] = {}
    for code in languages():
        for line in source(code).phrases("nicknames", "names"):
            name, _, short = line.partition(":")
            known.setdefault(fold(name.strip()), set()).update(fold(word.strip()) for word in short.split(","))
    return {name: frozenset(short) for name, short in known.items()}


@cache
def whole_messages(section: str, key: str) -> dict[str, frozenset[str]]:
    """Language code to the folded whole messages that mean `key`, such as all ways to say yes."""
    return {code: frozenset(fold(phrase) for phrase in source(code).phrases(section, key)) for code in languages()}
