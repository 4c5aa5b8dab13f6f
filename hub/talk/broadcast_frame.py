"""What stands around the words of a broadcast on the phone of those who read one language, and how its text can cost less."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from hub.costly_letters import LetterKind, find_excess, make_plain, sort_letters
from hub.desk import Look
from hub.parts import count_parts
from hub.post.broadcasts import Place, Written
from hub.post.enclosing import Along
from hub.post.tone import find_harsh
from hub.talk.broadcast_writing import Composed, Reading
from hub.talk.broadcasting import ToldTo, preview

_TEXT = "\ue000"
"""Stands where the words will; nobody's keyboard has it."""


@dataclass(frozen=True, slots=True)
class Frame:
    """`closes`: words that end without a stop get one."""

    before: str
    after: str
    closes: bool


def find_frame(look: Look, place: Place, written: Written, language: str, along: Along) -> Frame:
    def around(text: str) -> tuple[str, str]:
        said = preview(look, place, replace(written, texts={language: text}, language=language), to)
        before, _, after = along.behind(said, look.words.in_language(language)).partition(text)
        return before, after

    to = ToldTo(language, (), ())
    before, after = around(f"{_TEXT}.")
    return Frame(before, after, around(_TEXT)[1] != after)


@dataclass(frozen=True, slots=True)
class Advice:
    """How a text can cost less: `letters` are the costly ones by what they are; `plain_saves` so many parts in all if signs
    were plain; `excess` the letters too many, by the language that is read. `harsh` is what may sound so."""

    letters: dict[LetterKind, tuple[str, ...]]
    plain_saves: int
    excess: dict[str, int]
    harsh: tuple[str, ...]


def advise(composed: Composed, written: Written) -> Advice:
    readings = [reading for reading in composed.readings if reading.text]
    costly = dict.fromkeys(letter for reading in readings for letter in count_parts(reading.text).costly)
    excess = {reading.language: over for reading in readings if (over := find_excess(reading.text)) is not None}
    harsh = tuple(find_harsh(" ".join(written.texts.values())))
    return Advice(sort_letters(tuple(costly)), _count_saved(readings), excess, harsh)


def _count_saved(readings: Sequence[Reading]) -> int:
    return sum((one.parts - count_parts(make_plain(one.text)).parts) * one.families for one in readings)
