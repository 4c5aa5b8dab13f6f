"""Words, numbers and marks of a text, by a spaCy tokenizer with rules of our own.

Letters and digits are parted ("kl.9.30", "uke49", "9am"), and every mark stands alone ("ti-to", "3.12."), so that the
grammars above see the same pieces however tightly they were typed. Mail addresses and links stay whole.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import spacy
from spacy.tokens import Doc
from spacy.vocab import Vocab

MOST_CHARACTERS = 1600
_TWO_TIMES = r"(?:[01]\d|2[0-3]) [0-5]\d (?:[01]\d|2[0-3]) [0-5]\d(?!\d)"
PHONE = "|".join(
    [
        r"\+(?=\d(?:[ \xa0-]?\d){7})\d{2,12}(?:[ \xa0-]\d{2,8}){1,5}",
        r"\d{3}[ \xa0]\d\d[ \xa0]\d{3}(?!\d)",
        rf"(?!{_TWO_TIMES})(?=(?:\d\d ){{0,3}}(?:5[4-9]|[6-9]\d)(?!\d))\d\d(?:[ \xa0]\d\d){{3}}(?!\d|[ \xa0]\d)",
        r"(?:2[1-9]|[3-9]\d)\d\d[ \xa0]\d{4}(?!\d)",
        r"0\d\d[ \xa0-]\d{3,4}(?:[ \xa0]\d{2,4}){1,2}(?!\d)",
        r"0\d\d[ \xa0-]\d\d[ \xa0]\d\d[ \xa0]\d{2,3}(?!\d)",
        r"0\d\d[ \xa0-]\d\d[ \xa0]\d{5}(?!\d)",
        r"0\d{3}[ \xa0-]\d\d(?:[ \xa0]\d\d){2}(?!\d)",
    ]
)
"""Phone numbers in groups, as our countries write them: `400 00 161`, `40 00 11 61`, `070-174 06 05`, `040 123 4567`. None of
their groups is an hour or a day; four pairs may be two times, days or weeks, and count where one of them can be neither."""
PIECE = re.compile(
    r"(?P<link>https?://\S{1,300})"
    r"|(?P<mail>[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4})"
    r"|(?P<word>[^\W\d_]+(?:['´][^\W\d_]+)*)"
    rf"|(?P<number>{PHONE}|\d+)"
    r"|(?P<mark>\S)"
)
_LETTERS = str.maketrans({"ø": "o", "æ": "a", "đ": "d", "ŋ": "n", "ß": "ss", "þ": "th", "ð": "d", "ł": "l"})
_QUOTES = str.maketrans(
    {"’": "'", "‘": "'", "´": "'", "`": "'", "“": '"', "”": '"', "–": "-", "—": "-", "−": "-", "‑": "-"}
)


@dataclass(frozen=True, slots=True)
class Token:
    """One piece of the text. `glued` tells that no space stands before it, `breaks` that a line ends before it."""

    text: str
    low: str
    fold: str
    kind: str
    start: int
    end: int
    glued: bool
    breaks: bool

    @property
    def number(self) -> int | None:
        return int(self.text) if self.kind == "number" and len(self.text) < 7 else None

    @property
    def is_capital(self) -> bool:
        return self.kind == "word" and self.text[0].isupper()


def fold(text: str) -> str:
    """Without case and diacritics, so that `soker` meets `søker` and `vaino` meets `Väinö`."""
    spread = unicodedata.normalize("NFKD", text.casefold()).translate(_LETTERS)
    return "".join(sign for sign in spread if not unicodedata.combining(sign))


def tidy(text: str) -> str:
    """The text as the grammars read it: composed letters, plain quotes and dashes, no more than they can need."""
    sound = text[:MOST_CHARACTERS].encode("utf-8", "replace").decode("utf-8")
    return unicodedata.normalize("NFC", sound).translate(_QUOTES)[:MOST_CHARACTERS]


class _Cutter:
    """The tokenizer we give to spaCy."""

    def __init__(self, vocab: Vocab) -> None:
        self.vocab = vocab

    def __call__(self, text: str) -> Doc:
        words: list[str] = []
        spaces: list[bool] = []
        end = 0
        for found in PIECE.finditer(text):
            if words:
                spaces[-1] = found.start() > end
            words.append(found.group())
            spaces.append(False)
            end = found.end()
        return Doc(self.vocab, words=words, spaces=spaces)


class Tokenizer:
    """Cuts a text into tokens. What spaCy remembers of the words is forgotten after each batch (`batch`)."""

    def __init__(self) -> None:
        self._pipeline = spacy.blank("xx")
        self._pipeline.tokenizer = _Cutter(self._pipeline.vocab)

    @contextmanager
    def batch(self) -> Iterator[None]:
        with self._pipeline.memory_zone():
            yield

    def tokens(self, text: str) -> tuple[Token, ...]:
        """The tokens of a text that went through `tidy`; their offsets count in that text."""
        cut: list[Token] = []
        at = 0
        for piece in self._pipeline.make_doc(text):
            words = piece.text
            start = text.index(words, at)
            low = words.casefold()
            breaks = "\n" in text[at:start] or "\r" in text[at:start]
            cut.append(Token(words, low, fold(words), _kind(words), start, start + len(words), start == at > 0, breaks))
            at = start + len(words)
        return tuple(cut)


def _kind(piece: str) -> str:
    found = PIECE.fullmatch(piece)
    return (found.lastgroup or "mark") if found else "mark"


def is_shouting(tokens: Sequence[Token]) -> bool:
    """Whether nearly all letters of the text are capitals."""
    letters = [sign for token in tokens if token.kind == "word" for sign in token.text]
    return len(letters) > 3 and sum(sign.isupper() for sign in letters) * 10 > len(letters) * 7


def starts_sentence(tokens: Sequence[Token], at: int) -> bool:
    """Whether the token is the first of a sentence or a line."""
    return at == 0 or tokens[at].breaks or tokens[at - 1].text in ".!?:"
