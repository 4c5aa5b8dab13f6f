"""Texts as octets of the network, cut into parts as the network counts them, and back.

Source: SMPP 3.4 section 5.2.19; 3GPP TS 23.038 section 4; TS 23.040 section 9.2.3.24.
"""

from dataclasses import dataclass

import smsutil
from gsm0338 import Codec

from channels.kept_text import show_nul
from hub.parts import count_parts

_GSM = Codec()
DEFAULT, UCS2 = 0, 8
ENCODINGS = {1: "ascii", 3: "latin-1", 6: "iso8859_5", 7: "iso8859_8", UCS2: "utf-16-be"}
EIGHT_BIT = frozenset({2, 4})
CLASSES = 0b1111_0000
GSM_CLASSES = frozenset({0b0001_0000, 0b0011_0000})
UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Encoded:
    """`coding` as SMPP names it, and the octets of each part."""

    coding: int
    parts: tuple[bytes, ...]


def encode(text: str, alphabet: str) -> Encoded:
    """`alphabet` is what the operator means by its default, "gsm" or "latin1". Raises: UnicodeEncodeError for lone
    surrogates."""
    if count_parts(text).encoding == "ucs2" or not _fits(text, alphabet):
        return Encoded(UCS2, tuple(part.content.encode("utf-16-be") for part in smsutil.unicode_split(text).parts))
    contents = [part.content for part in smsutil.gsm_split(text).parts] if text else [""]
    if alphabet == "latin1":
        return Encoded(DEFAULT, tuple(content.encode("latin-1") for content in contents))
    return Encoded(DEFAULT, tuple(_GSM.encode(content)[0] for content in contents))


def _fits(text: str, alphabet: str) -> bool:
    if alphabet == "gsm":
        return True
    try:
        text.encode("latin-1")
    except UnicodeEncodeError:
        return False
    return True


def decode(octets: bytes, coding: int, alphabet: str) -> str | None:
    """The text, or None when it is none. What makes no letter is shown as one that says so."""
    meant = _find_encoding(coding)
    if meant is None:
        return None
    if meant == "" and alphabet == "gsm":
        return show_nul(_decode_gsm(octets))
    return show_nul(octets.decode(meant or "latin-1", "replace"))


def _find_encoding(coding: int) -> str | None:
    """Python's name of it, "" for the operator's default, None for what is no text."""
    if coding in EIGHT_BIT:
        return None
    if coding & CLASSES == CLASSES:
        return None if coding & 0b0100 else ""
    if coding & CLASSES in GSM_CLASSES:
        return {0b0000: "", 0b0100: None, 0b1000: "utf-16-be"}.get(coding & 0b1100)
    return ENCODINGS.get(coding, "")


def _decode_gsm(octets: bytes) -> str:
    """Septets one to an octet; the eighth bit is no part of them."""
    text, _ = _GSM.decode(bytes(octet & 0x7F for octet in octets), "replace")
    return str(text)


def put_header(part: bytes, reference: int, total: int, number: int) -> bytes:
    """A part behind the user data header that tells its place."""
    return bytes((5, 0, 3, reference & 0xFF, total, number)) + part
