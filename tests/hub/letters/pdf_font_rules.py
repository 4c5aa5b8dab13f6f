"""The rules of PDF/A-2a about fonts, one function each, which yields where its rule is broken.

Source: ISO 19005-2, the clause beside each.
"""

import re
import struct
from collections.abc import Callable, Iterator

from pypdf.generic import ArrayObject, DictionaryObject, StreamObject

from tests.hub.letters.pdf_read import Pdf, at, rows

Rule = Callable[[Pdf], Iterator[str]]


def every_font_is_embedded(pdf: Pdf) -> Iterator[str]:
    """6.2.11.4."""
    for font in _fonts(pdf):
        if font.get("/Subtype") in ("/Type0", "/Type3"):
            continue
        descriptor = at(font, "/FontDescriptor")
        if not any(
            isinstance(at(descriptor, name), StreamObject) for name in ("/FontFile", "/FontFile2", "/FontFile3")
        ):
            yield f"{font.get('/BaseFont')}"


def every_font_says_which_letters_it_shows(pdf: Pdf) -> Iterator[str]:
    """6.2.11.3, 6.2.11.7: level A."""
    for font in _fonts(pdf):
        if font.get("/Subtype") == "/Type0":
            if not isinstance(at(font, "/ToUnicode"), StreamObject) or font.get("/Encoding") not in ("/Identity-H",):
                yield f"{font.get('/BaseFont')}"
            if not rows(font.get("/DescendantFonts")):
                yield f"{font.get('/BaseFont')}"
        elif font.get("/Subtype") == "/CIDFontType2":
            if "/CIDToGIDMap" not in font:
                yield f"{font.get('/BaseFont')}"
        elif not isinstance(at(font, "/ToUnicode"), StreamObject):
            yield f"{font.get('/BaseFont')}"


def every_letter_shown_has_a_glyph_a_width_and_a_meaning(pdf: Pdf) -> Iterator[str]:
    """6.2.11.5, 6.2.11.7, 6.2.11.8."""
    known: dict[int, tuple[dict[int, str], dict[int, float], dict[int, float]]] = {}
    for step in pdf.steps:
        font = at(step.resources, "/Font", step.font or "")
        for text in step.texts():
            if font is None or font.get("/Subtype") != "/Type0":
                yield "text in a font that is not read here"
                continue
            if id(font) not in known:
                inner = rows(font["/DescendantFonts"])[0]
                known[id(font)] = (_meanings(font), _widths(inner), _true_widths(inner))
            meanings, widths, drawn = known[id(font)]
            spoken = any("/ActualText" in mark.properties for mark in step.marks)
            for (glyph,) in struct.iter_unpack(">H", text):
                if glyph == 0 or glyph not in drawn:
                    yield "a letter without a glyph"
                elif abs(widths.get(glyph, 0) - drawn[glyph]) > 1:
                    yield f"the width of {glyph}"
                if not spoken and (not meanings.get(glyph) or set(meanings[glyph]) & {"\0", "\ufeff", "\ufffe"}):
                    yield f"the meaning of {glyph}"


def _fonts(pdf: Pdf) -> list[DictionaryObject]:
    return [each for each in pdf.objects if each.get("/Type") == "/Font"]


def _meanings(font: DictionaryObject) -> dict[int, str]:
    """What each glyph means, by the font's own table."""
    table = at(font, "/ToUnicode")
    text = table.get_data().decode("latin-1") if isinstance(table, StreamObject) else ""
    found: dict[int, str] = {}
    for block in re.findall(r"beginbfchar(.*?)endbfchar", text, re.DOTALL):
        for glyph, meant in re.findall(r"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]*)>", block):
            found[int(glyph, 16)] = bytes.fromhex(meant).decode("utf-16-be")
    for block in re.findall(r"beginbfrange(.*?)endbfrange", text, re.DOTALL):
        for first, last, meant in re.findall(r"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>", block):
            begins = bytes.fromhex(meant).decode("utf-16-be")
            for glyph in range(int(first, 16), int(last, 16) + 1):
                found[glyph] = begins[:-1] + chr(ord(begins[-1]) + glyph - int(first, 16))
    return found


def _widths(font: DictionaryObject) -> dict[int, float]:
    """As the PDF says them, in thousandths."""
    found, told = dict[int, float](), rows(font.get("/W"))
    while told:
        first, second = int(told.pop(0)), told.pop(0)
        if isinstance(second, ArrayObject):
            found |= {first + offset: float(width) for offset, width in enumerate(second)}
        else:
            found |= dict.fromkeys(range(first, int(second) + 1), float(told.pop(0)))
    return found


def _true_widths(font: DictionaryObject) -> dict[int, float]:
    """As the embedded TrueType font has them, in thousandths; none where it has no such."""
    program = at(font, "/FontDescriptor", "/FontFile2")
    if not isinstance(program, StreamObject):
        return {}
    data = program.get_data()
    tables = {
        data[place : place + 4]: struct.unpack_from(">II", data, place + 8)
        for place in range(12, 12 + 16 * struct.unpack_from(">H", data, 4)[0], 16)
    }
    em = struct.unpack_from(">H", data, tables[b"head"][0] + 18)[0]
    long = struct.unpack_from(">H", data, tables[b"hhea"][0] + 34)[0]
    glyphs = struct.unpack_from(">H", data, tables[b"maxp"][0] + 4)[0]
    place = tables[b"hmtx"][0]
    return {
        glyph: struct.unpack_from(">H", data, place + 4 * min(glyph, long - 1))[0] * 1000 / em
        for glyph in range(glyphs)
    }


RULES: tuple[Rule, ...] = (
    every_font_is_embedded,
    every_font_says_which_letters_it_shows,
    every_letter_shown_has_a_glyph_a_width_and_a_meaning,
)
