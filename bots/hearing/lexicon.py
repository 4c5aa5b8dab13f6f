"""What tells health or another special category of personal data, read from `health/<language>.toml`.

These words say nothing of what a guardian does, so they stand apart from the vocabulary: whatever is added here can change
no act. A language without such a file has only what its vocabulary tells.

A key of a file names a category; its phrases are parted by commas, their words by spaces. `word*` stands for every word
that begins so, `*word` that ends so and has more before it, `*word*` that has it inside, `a|b` for either, `..` for up to
four words in between, and `.` for a decimal mark. The phrases of `harmless` are not sensitive, nor is what lies within
them. `every.toml` holds for all languages: names of medicines above all.
"""

import tomllib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from itertools import groupby, product

from bots.hearing.tokens import PIECE, Token, fold

EVERY = "every"
HARMLESS = "harmless"
_GAP = ".."
_LONGEST_GAP = 4
_LEAST_UNDOUBLED, _LEAST_PLAIN = 8, 5
_LEAST_FOREIGN = 7
"""How many letters a word needs to count in the text of another language: long words of health are no false friends."""


@dataclass(frozen=True, slots=True)
class Told:
    """tokens[start:end] tell something of `category`, or nothing of the kind where that is `harmless`."""

    category: str
    start: int
    end: int


@dataclass(slots=True)
class _Index:
    """Words by how they are written in a file: whole, by their beginning, by their end, by what is inside."""

    whole: dict[str, "_Node"] = field(default_factory=dict)
    heads: dict[str, "_Node"] = field(default_factory=dict)
    tails: dict[str, "_Node"] = field(default_factory=dict)
    parts: dict[str, "_Node"] = field(default_factory=dict)
    lengths: dict[str, tuple[int, ...]] = field(default_factory=dict)

    def node(self, pattern: str, letters: Callable[[str], str], node: "_Node") -> "_Node":
        """The node of the pattern, the one given if it has none yet."""
        core = pattern.strip("*")
        kind = ("parts" if pattern.endswith("*") else "tails") if pattern.startswith("*") else ""
        kind = kind or ("heads" if pattern.endswith("*") else "whole")
        table: dict[str, _Node] = getattr(self, kind)
        written = letters(core)
        self.lengths[kind] = tuple(sorted({*self.lengths.get(kind, ()), len(written)}))
        return table.setdefault(written, node)

    def find(self, word: str) -> Iterator["_Node"]:
        if (node := self.whole.get(word)) is not None:
            yield node
        size = len(word)
        for length in self.lengths.get("heads", ()):
            if length > size:
                break
            if (node := self.heads.get(word[:length])) is not None:
                yield node
        for length in self.lengths.get("tails", ()):
            if length >= size:
                break
            if (node := self.tails.get(word[size - length :])) is not None:
                yield node
        for length in self.lengths.get("parts", ()):
            for at in range(size - length + 1):
                if (node := self.parts.get(word[at : at + length])) is not None:
                    yield node


@dataclass(slots=True)
class _Node:
    """Where a phrase has come to: what may follow, and what is told if it ends here."""

    exact: _Index = field(default_factory=_Index)
    plain: _Index = field(default_factory=_Index)
    undoubled: _Index = field(default_factory=_Index)
    gap: "_Node | None" = None
    categories: list[str] = field(default_factory=list)

    def grow(self, word: str, slips: bool) -> "_Node":
        """The node behind a word of a phrase; with `slips` it is reached by what people type for it, too."""
        if word == _GAP:
            self.gap = self.gap or _Node()
            return self.gap
        node = self.exact.node(word, str.casefold, _Node())
        if not slips:
            return node
        if len(word.strip("*")) >= _LEAST_PLAIN:
            self.plain.node(word, fold, node)
        if len(undoubled(word.strip("*"))) >= _LEAST_UNDOUBLED:
            self.undoubled.node(word, undoubled, node)
        return node

    def follow(self, token: Token, is_word: Callable[[Token], bool], plain: bool) -> Iterable["_Node"]:
        """Where a token leads; if it is no word, then also without doubled letters, or dots in a text that has none."""
        found = list(self.exact.find("." if token.low == "," else token.low))
        if found or token.kind != "word" or is_word(token):
            return found
        if plain and (found := list(self.plain.find(token.fold))):
            return found
        return self.undoubled.find(undoubled(token.low))


def undoubled(word: str) -> str:
    """The word with no letter doubled, as `alergitabletter` meets `allergitabletter`."""
    return "".join(sign for sign, _ in groupby(word))


def _is_word(token: Token) -> bool:
    """Of a language that is not known: no word of it is."""
    return False


class Lexicon:
    """Phrases of some categories, to be looked for in texts."""

    def __init__(self, slips: bool) -> None:
        self._root = _Node()
        self._slips = slips

    def add(self, phrase: str, category: str) -> None:
        node = self._root
        for word in phrase.split():
            node = node.grow(word, self._slips)
        if category not in node.categories:
            node.categories.append(category)

    def told(
        self, tokens: Sequence[Token], is_word: Callable[[Token], bool] = _is_word, plain: bool = False
    ) -> list[Told]:
        """All that is told and all that is harmless.

        `is_word` tells a word of the language, letter for letter; a `plain` text was typed without å, ä, ö and their kin.
        """
        firsts: dict[str, list[_Node]] = {}
        found: list[Told] = []

        def walk(start: int, at: int, node: _Node) -> None:
            found.extend(Told(category, start, at) for category in node.categories)
            if at >= len(tokens) or tokens[at].breaks:
                return
            step(start, at, node)
            if node.gap is not None:
                for onward in range(at, min(at + _LONGEST_GAP + 1, len(tokens))):
                    if onward > at and tokens[onward - 1].kind != "word":
                        break
                    step(start, onward, node.gap)
            elif tokens[at].text == "-" and tokens[at].glued and at + 1 < len(tokens):
                step(start, at + 1, node)

        def step(start: int, at: int, node: _Node) -> None:
            for onward in node.follow(tokens[at], is_word, plain):
                walk(start, at + 1, onward)

        for start, token in enumerate(tokens):
            if token.low not in firsts:
                firsts[token.low] = list(self._root.follow(token, is_word, plain))
            for node in firsts[token.low]:
                walk(start, start + 1, node)
        return found


@cache
def phrases_of(code: str) -> dict[str, tuple[str, ...]]:
    """Category to the phrases of one file; nothing where the language has none."""
    file = resources.files("bots.hearing") / "health" / f"{code}.toml"
    if not file.is_file():
        return {}
    table: dict[str, str] = tomllib.loads(file.read_text(encoding="utf-8"))
    return {category: tuple(_split(text)) for category, text in table.items()}


def _split(text: str) -> Iterator[str]:
    for phrase in text.casefold().split(","):
        if slots := [slot.split("|") for slot in phrase.split()]:
            yield from (" ".join(piece for word in choice for piece in _pieces(word)) for choice in product(*slots))


def _pieces(word: str) -> list[str]:
    """A word of a file as the tokenizer cuts it: "a&e" is three pieces."""
    return [word] if "*" in word or word == _GAP else [found.group() for found in PIECE.finditer(word)]


@cache
def codes() -> tuple[str, ...]:
    """The codes that have a file, that of every language aside."""
    folder = resources.files("bots.hearing") / "health"
    names = (file.name for file in folder.iterdir() if file.name.endswith(".toml"))
    return tuple(sorted(name.removesuffix(".toml") for name in names if name != f"{EVERY}.toml"))


@cache
def lexicon(own: tuple[str, ...]) -> Lexicon:
    """The phrases of these languages, and those that hold for every language."""
    known = Lexicon(slips=True)
    for code in (*own, EVERY):
        for category, phrases in phrases_of(code).items():
            for phrase in phrases:
                known.add(phrase, category)
    return known


@cache
def long_words() -> Lexicon:
    """The long words of all languages, that count in the text of any."""
    known = Lexicon(slips=False)
    for code in codes():
        for category, phrases in phrases_of(code).items():
            for phrase in phrases:
                if category != HARMLESS and " " not in phrase and len(phrase.strip("*")) >= _LEAST_FOREIGN:
                    known.add(phrase, category)
    return known
