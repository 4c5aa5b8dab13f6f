"""Makes a letter into a PDF that lasts and that anybody can have read to them: PDF/A-2a and PDF/UA-1 at once.

It takes some 20 ms of a processor: always called in a thread of its own. The words go in as data and never as markup; fonts are
our own, and nothing is fetched. The same letter gives the same bytes. Source: ISO 19005-2 and ISO 14289-1.
"""

import json
from dataclasses import asdict
from datetime import UTC, datetime, time
from functools import cache
from pathlib import Path
from typing import Any

import typst

from hub.letters.letter import Letter, find_window
from hub.letters.showing import FONTS, as_shown

TEMPLATE = Path(__file__).parent.parent.parent / "templates" / "letters" / "letter.typ"


class NotMadeError(Exception):
    """The letter could not be made. It tells nothing of what stands in it."""


def render(letter: Letter) -> bytes:
    """The PDF. Raises: NotMadeError."""
    return typeset(_template(), lay_out(letter), datetime.combine(letter.day, time(), UTC))


def typeset(template: bytes, data: dict[str, Any], made_at: datetime) -> bytes:
    """What a template makes of the data, as a PDF of both standards. Raises: NotMadeError."""
    try:
        made = typst.compile(
            template,
            format="pdf",
            font_paths=_our_fonts(),
            ignore_system_fonts=True,
            pdf_standards=["a-2a", "ua-1"],
            sys_inputs={"data": json.dumps(data)},
            timestamp=made_at.astimezone(UTC).replace(microsecond=0),
        )
    except typst.TypstError:
        raise NotMadeError from None
    if not isinstance(made, bytes):
        raise NotMadeError
    return made


def lay_out(letter: Letter) -> dict[str, Any]:
    """The letter as templates/letters/letter.typ reads it."""
    return {
        "title": as_shown(letter.title),
        "paragraphs": [as_shown(each) for each in letter.paragraphs if each.strip()],
        "language": letter.language,
        "country": letter.country,
        "date": [letter.day.year, letter.day.month, letter.day.day],
        "dated": as_shown(letter.dated),
        "sender": [as_shown(line) for line in letter.sender if line.strip()],
        "receiver": [as_shown(line) for line in letter.receiver if line.strip()],
        "page_words": as_shown(letter.page_words),
        "logo": None if letter.logo is None else list(letter.logo),
        "window": asdict(find_window(letter.country)),
    }


@cache
def _template() -> bytes:
    return TEMPLATE.read_bytes()


@cache
def _our_fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONTS)])
