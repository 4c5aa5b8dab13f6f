"""Lists of words to look for in what staff write: stems by language in a file, "*" for any ending, found in any language."""

import re
import tomllib
from functools import cache
from pathlib import Path


@cache
def read_pattern(file: Path) -> re.Pattern[str]:
    """Longer stems are tried first."""
    with file.open("rb") as opened:
        stems = sorted({stem for stems in tomllib.load(opened).values() for stem in stems}, key=len, reverse=True)
    parts = (r"\s+".join(re.escape(word).replace(r"\*", r"\w{0,20}") for word in stem.split()) for stem in stems)
    return re.compile(rf"(?<!\w)(?:{'|'.join(parts)})(?!\w)", re.IGNORECASE)


def find_words(file: Path, text: str) -> list[str]:
    """Each once, as it was written, in order."""
    return list(dict.fromkeys(match.group() for match in read_pattern(file).finditer(text)))
