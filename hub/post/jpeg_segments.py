"""A JPEG without what it tells besides its picture: when, where and by what it was taken. The picture itself stays as it is.

Source: ISO/IEC 10918-1 annex B.1.1; Exif 2.32 section 4.5; security rule S7.7.
"""

BEGINS, SCAN = b"\xff\xd8", 0xDA
COMMENT = 0xFE
APPLICATION = range(0xE0, 0xF0)
KEPT = frozenset({0xE0, 0xE2, 0xEE})
"""JFIF, the colour profile, and how Adobe's colours are meant: without them it would look otherwise."""
BARE = frozenset({0x01, *range(0xD0, 0xD9)})
"""Markers without a length."""


def strip_told(content: bytes) -> bytes:
    """Without comments and application segments but those that are KEPT; what is no JPEG, or a broken one, as it is."""
    if not content.startswith(BEGINS):
        return content
    out, at = bytearray(BEGINS), len(BEGINS)
    while at + 4 <= len(content) and content[at] == 0xFF:
        marker = content[at + 1]
        if marker == 0xFF or marker in BARE:
            step = 1 if marker == 0xFF else 2
            out += content[at : at + step]
            at += step
            continue
        end = at + 2 + int.from_bytes(content[at + 2 : at + 4])
        if marker == SCAN or end > len(content):
            break
        if marker != COMMENT and (marker not in APPLICATION or marker in KEPT):
            out += content[at:end]
        at = end
    return bytes(out) + content[at:]
