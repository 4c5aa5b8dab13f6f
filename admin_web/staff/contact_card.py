"""A number as something a phone can keep: a contact card to download, and what a QR code says. Source: RFC 2426, RFC 5724."""

from urllib.parse import quote

from segno.helpers import make_mecard_data

FOLD_AT = 75  # octets in a line of a card


def make_card(name: str, unit: str, number: str) -> bytes:
    """A contact card (vCard 3.0, UTF-8). `number` is E.164, or digits alone for a short or national one."""
    lines = [
        "BEGIN:VCARD",
        "VERSION:3.0",
        f"N:{_escape(name)};;;;",
        f"FN:{_escape(f'{name}, {unit}')}",
        f"ORG:{_escape(unit)}",
        f"TEL;TYPE=CELL:{number}",
        "END:VCARD",
    ]
    return b"".join(_fold(line) + b"\r\n" for line in lines)


def contact_code(name: str, unit: str, number: str) -> str:
    """What a QR code says so that a phone offers to keep the number."""
    return str(make_mecard_data(name=_plain(f"{name}, {unit}"), phone=number))


def text_code(number: str) -> str:
    """What a QR code says so that a phone opens an empty text to the number."""
    return f"sms:{quote(number, safe='+')}"


def _escape(text: str) -> str:
    """Text of a card: no line breaks or other controls, and its own marks told apart."""
    return _plain(text).replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")


def _plain(text: str) -> str:
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def _fold(line: str) -> bytes:
    """Long lines go on after a line break and a space; a letter is never cut in two."""
    folded, length = [], 0
    for letter in line:
        size = len(letter.encode())
        if length + size > FOLD_AT:
            folded.append("\r\n ")
            length = 1
        folded.append(letter)
        length += size
    return "".join(folded).encode()
