"""Words made nobody's: names are replaced by invented ones, numbers, addresses and links by invented or empty ones.

It takes too much away rather than too little: whatever a register knows as a name, whatever the listener took for one, and any
word that is written as one, unless it led to something that is no name.
"""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

INVENTED = ("Alva", "Brage", "Cilla", "Detlef", "Esko", "Fanny", "Gunvor", "Helka", "Ivar", "Jorunn", "Kaapo", "Lovise")
SURNAME = "Eksempel"
PHONE, MAIL, LINK = "40000000", "navn@example.org", "https://example.org/"
LONGEST_ENDING = 6
"""Letters that a language may put after a name: Ainollekin."""

_LINK = re.compile(r"https?://\S{1,300}|www\.\S{1,300}", re.IGNORECASE)
_MAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}")
_PHONE = re.compile(r"\+?\d(?:[ \-]?\d){6,20}")
_LONG_NUMBER = re.compile(r"\d{5,}")
_WORD = re.compile(r"[^\W\d_]+(?:['’´-][^\W\d_]+)*")
_HOUSE = re.compile(r"\s+\d{1,4}\s?[A-Za-z]?\b")
_ENDS_SENTENCE = re.compile(r"(?:^|[.!?:\n\r]\s*|^\W+)$")


@dataclass(slots=True)
class Pseudonyms:
    """Replaces names by invented ones, the same name by the same one throughout.

    `children` are those of the case, whose invented names are its children's. `family` are others whose names count however
    they are bent or written; those of `others` count as they are, and bent where they begin with a capital. `kept` are words
    that are no names, however they are written.
    """

    children: Sequence[str]
    family: Collection[str] = ()
    others: Collection[str] = ()
    kept: Collection[str] = ()
    _by_name: dict[str, str] = field(default_factory=dict, init=False)
    _near: frozenset[str] = field(default=frozenset(), init=False)
    _far: frozenset[str] = field(default=frozenset(), init=False)
    _kept: frozenset[str] = field(default=frozenset(), init=False)

    def __post_init__(self) -> None:
        for name in self.children:
            self._invent(_fold(name.split()[0]) if name.split() else "")
        self._near = _parts((*self.children, *self.family))
        self._far = _parts(self.others)
        self._kept = frozenset(_fold(word) for word in self.kept)

    def child(self, name: str) -> str:
        """The invented name of a child of the case, first and last."""
        return f"{self._invent(_fold(name.split()[0]))} {SURNAME}"

    def text(self, text: str, meant: Mapping[str, str] | None = None) -> str:
        """`meant` are words of the text, as written, that name a child of the case: to that child's name."""
        text = unicodedata.normalize("NFC", text)
        text = _MAIL.sub(MAIL, _LINK.sub(LINK, text))
        held = [found.span() for found in re.finditer(f"{re.escape(MAIL)}|{re.escape(LINK)}", text)]
        text = _outside(text, held, lambda piece: _LONG_NUMBER.sub(PHONE, _PHONE.sub(PHONE, piece)))
        held = [found.span() for found in re.finditer(f"{re.escape(MAIL)}|{re.escape(LINK)}", text)]
        told = {_fold(words): name for words, name in (meant or {}).items()}
        return _outside(text, held, lambda piece: self._without_names(piece, told))

    def _without_names(self, text: str, meant: Mapping[str, str]) -> str:
        out: list[str] = []
        at = 0
        for found in _WORD.finditer(text):
            if found.start() < at:
                continue
            new = self._instead(found.group(), meant, begins=bool(_ENDS_SENTENCE.search(text[: found.start()][-40:])))
            if new is None:
                continue
            out += [text[at : found.start()], new]
            at = found.end()
            house = _HOUSE.match(text, at)
            if house is not None and _fold(found.group()) not in meant and self._named(found.group()) is None:
                at = house.end()
        return "".join([*out, text[at:]])

    def _instead(self, word: str, meant: Mapping[str, str], *, begins: bool) -> str | None:
        """What stands instead of a word; None when it stays."""
        low = _fold(word)
        if low in meant:
            return self._invent(_fold(meant[low].split()[0]))
        if low in self._kept:
            return None
        named = self._named(word)
        if named is not None:
            return self._invent(named[0]) + named[1]
        if word[0].isupper() and not begins and len(word) > 1 and not word.isupper():
            return self._invent(low)
        return None

    def _named(self, word: str) -> tuple[str, str] | None:
        """The name in a word, and what was put after it."""
        low = _fold(word)
        for stem, ending in _cuts(low):
            is_far = stem in self._far and (not ending or word[0].isupper())
            if stem in self._near or is_far:
                return stem, ending
        return None

    def _invent(self, low: str) -> str:
        if low not in self._by_name:
            at = len(self._by_name)
            turn, place = divmod(at, len(INVENTED))
            self._by_name[low] = INVENTED[place] + ("" if turn == 0 else "a" * turn)
        return self._by_name[low]


def _fold(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()


def _parts(names: Iterable[str]) -> frozenset[str]:
    return frozenset(_fold(part) for name in names for part in re.split(r"[\s-]+", name) if len(part) > 1)


def possible_names(text: str) -> set[str]:
    """How the names that may stand in a text are written in a register: each word, with and without an ending."""
    words = {_fold(found.group()) for found in _WORD.finditer(text)}
    return {stem.capitalize() for word in words for stem, _ in _cuts(word) if len(stem) > 2}


def _cuts(low: str) -> Iterable[tuple[str, str]]:
    """A word as a name with an ending, the longest name first."""
    yield low, ""
    for length in range(1, LONGEST_ENDING + 1):
        if len(low) - length >= 3:
            yield low[:-length], low[-length:]


def _outside(text: str, held: Sequence[tuple[int, int]], change: Callable[[str], str]) -> str:
    """The text with all changed that does not lie within these spans."""
    out: list[str] = []
    at = 0
    for start, end in held:
        out += [change(text[at:start]), text[start:end]]
        at = end
    return "".join([*out, change(text[at:])])
