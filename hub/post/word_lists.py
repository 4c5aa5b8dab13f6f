"""Lists of words in a file: stems by language, "*" for any ending, to look for in what staff write; and whole words by what
they say. In any language."""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path


@cache
def read_pattern(file: Path) -> re.Pattern[str]:
    """Longer stems are tried first."""
    with file.open("rb") as opened:
        stems = sorted({stem for stems in tomllib.load(opened).values() for stem in stems}, key=len, reverse=True)
    parts = (r"\s+".join(re.escape(word).replace(r"\*", r"\w{0,20}") for word in stem.split()) for stem in stems)
    return re.compile(rf"(?<!\w)(?:{'|'.join(parts)})(?!\w)", re.IGNORECASE)


@cache
def read_kinds(file: Path) -> Mapping[str, frozenset[str]]:
    """Whole words by the kind that each list of the file bears, as they stand there."""
    return {kind: frozenset(words) for kind, words in tomllib.loads(file.read_text("utf-8")).items()}


def find_words(file: Path, text: str) -> list[str]:
    """Each once, as it was written, in order."""
    return list(dict.fromkeys(match.group() for match in read_pattern(file).finditer(text)))
