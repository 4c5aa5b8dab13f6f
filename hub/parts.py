"""How many SMS parts a text needs, counted as the network counts, and which letters make it dear."""

from dataclasses import dataclass
from typing import Literal

import smsutil
from gsm0338 import Codec

_CODEC = Codec()
_ESCAPE = "\x1b"


@dataclass(frozen=True, slots=True)
class Parts:
    """`units` are septets in GSM-7 and UTF-16 units in UCS-2. `costly` are the letters that GSM-7 lacks, each once."""

    encoding: Literal["gsm7", "ucs2"]
    units: int
    parts: int
    costly: tuple[str, ...] = ()


def count_parts(text: str) -> Parts:
    """What sending `text` takes; an empty text is still one part.

    GSM-7 holds 160 septets in one part, 153 in each of several; all else goes as UCS-2, 70 and 67 UTF-16 units.
    Neither an escaped letter nor a surrogate pair is split between parts.
    Source: 3GPP TS 23.038 section 6.2.1; TS 23.040 section 9.2.3.24.
    """
    costly = tuple(dict.fromkeys(letter for letter in text if not _is_cheap(letter)))
    if costly:
        split = smsutil.unicode_split(text)
        return Parts("ucs2", split.total_bytes // 2, len(split.parts), costly)
    if not text:
        return Parts("gsm7", 0, 1)
    split = smsutil.gsm_split(text)
    return Parts("gsm7", split.total_bytes, len(split.parts))


def _is_cheap(letter: str) -> bool:
    """An escape on its own is no letter: as a septet it would swallow the next one."""
    if letter == _ESCAPE:
        return False
    try:
        _CODEC.encode(letter)
    except UnicodeEncodeError:
        return False
    return True
