"""What a file's first bytes tell of it, whatever its sender claims. Source: security rule S7.7."""

import re

UNKNOWN_TYPE = "application/octet-stream"
# Where a file's first bytes tell what it is: (offset, bytes, type).
_MARKS = (
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (4, b"ftypheic", "image/heic"),
    (4, b"ftypheix", "image/heic"),
    (4, b"ftyp3g", "video/3gpp"),
    (4, b"ftyp", "video/mp4"),
    (0, b"%PDF-", "application/pdf"),
    (0, b"#!AMR", "audio/amr"),
    (0, b"OggS", "audio/ogg"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"BEGIN:VCARD", "text/vcard"),
)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")
_MARKUP = re.compile(r"\s*<", re.ASCII)


def tell_type(content: bytes) -> str:
    """The type that the first bytes tell; plain text where it reads as text and not as markup."""
    for offset, mark, content_type in _MARKS:
        if content.startswith(mark, offset):
            return content_type
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return UNKNOWN_TYPE
    return UNKNOWN_TYPE if not text or _CONTROL.search(text) or _MARKUP.match(text) else "text/plain"
