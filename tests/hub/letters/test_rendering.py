"""A letter becomes a PDF that lasts, that can be read aloud, and that says exactly what was put in.

Source: ISO 19005-2 and ISO 14289-1.
"""

import io
from dataclasses import replace
from datetime import date

import pypdf
import pytest
from PIL import Image

from hub.letters.letter import Letter
from hub.letters.rendering import render
from hub.letters.showing import BREAK, NOT_SHOWN, as_shown, showable

LETTER = Letter(
    title="Vedtak om fri for Kari Nordmann",
    paragraphs=("Søknaden kom 3. mars 2025.", "Den er innvilget.", "Du kan klage innen tre uker."),
    language="nb",
    country="NO",
    day=date(2025, 3, 4),
    dated="4. mars 2025",
    sender=("Fjordvik kommune", "Strandgata 1", "0001 Fjordvik"),
    receiver=("Anne Nordmann",),
    page_words="Side {page} av {pages}",
)
SAMI = "Áŋŋel Čáhci Đuvvá Ŧiŧŧa Šiega Žolbma"
MARKUP = r'#eval("1") $x^2$ \ [klamme] *fet* _kursiv_ @ref <merke> // nei /* */ -- ... `kode` = - + ~ "q"'


def read(pdf: bytes) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(pdf))


def root_of(pdf: bytes) -> pypdf.generic.DictionaryObject:
    root = read(pdf).trailer["/Root"].get_object()
    assert isinstance(root, pypdf.generic.DictionaryObject)
    return root


def part_of(root: pypdf.generic.DictionaryObject, name: str) -> pypdf.generic.DictionaryObject:
    part = root[name].get_object()
    assert isinstance(part, pypdf.generic.DictionaryObject)
    return part


def squeezed(text: str) -> str:
    """Without white space: where letters stand close, a reader of PDFs only guesses where one word ends."""
    return "".join(text.replace(BREAK, "").split())


def words_of(pdf: bytes) -> str:
    """All text, in reading order, squeezed."""
    return squeezed("".join(page.extract_text() for page in read(pdf).pages))


def picture(colour: str = "navy") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (300, 100), colour).save(out, "JPEG")
    return out.getvalue()


@pytest.mark.parametrize("language", ["nb", "nn", "sv", "fi", "en", "da"])
def test_it_says_of_itself_that_it_lasts_and_can_be_read_aloud(language: str) -> None:
    pdf = render(replace(LETTER, language=language, logo=picture()))

    root, title = root_of(pdf), read(pdf).metadata
    xmp = (read(pdf).xmp_metadata or pytest.fail("it says nothing of itself")).stream.get_data().decode()
    assert "<pdfaid:part>2</pdfaid:part>" in xmp
    assert "<pdfaid:conformance>A</pdfaid:conformance>" in xmp
    assert "<pdfuaid:part>1</pdfuaid:part>" in xmp
    assert part_of(root, "/MarkInfo")["/Marked"]
    assert "/StructTreeRoot" in root
    assert str(root["/Lang"]).startswith(language)
    assert part_of(root, "/ViewerPreferences")["/DisplayDocTitle"]
    assert title is not None
    assert title.title == LETTER.title


def test_its_title_is_a_heading_and_its_logo_is_told_as_who_sent_it() -> None:
    pdf = render(replace(LETTER, logo=picture()))

    kinds: set[str] = set()
    told: set[str] = set()
    waiting: list[object] = [root_of(pdf)["/StructTreeRoot"]]
    while waiting:
        node = waiting.pop()
        node = node.get_object() if isinstance(node, pypdf.generic.PdfObject) else None
        if isinstance(node, pypdf.generic.DictionaryObject):
            kinds.add(str(node.get("/S")))
            told.add(str(node.get("/Alt")))
            below = node.get("/K", [])
            waiting += list(below) if isinstance(below, list) else [below]
    assert {"/H1", "/P", "/Figure"} <= kinds
    assert LETTER.sender[0] in told


def test_all_that_was_put_in_is_read_out_again() -> None:
    words = words_of(render(LETTER))

    for said in (LETTER.title, *LETTER.paragraphs, *LETTER.sender, *LETTER.receiver, LETTER.dated, "Side 1 av 1"):
        assert squeezed(said) in words


@pytest.mark.parametrize("name", [SAMI, MARKUP, "Ola 😀 Nordmann", "Ærlig Ønske Åsen", "Þóra Œuvre Łucja Ștefan"])
def test_a_name_stands_there_as_it_is_spelled_and_is_never_markup(name: str) -> None:
    pdf = render(replace(LETTER, title=f"Til {name}", receiver=(name,), paragraphs=(name, name), sender=(name,)))

    assert words_of(pdf).count(squeezed(name)) == 5


@pytest.mark.parametrize("name", ["نور الهدى", "שרה לוי"])
def test_a_name_that_is_written_from_right_to_left_is_whole(name: str) -> None:
    words = words_of(render(replace(LETTER, receiver=(name,))))

    assert all(letter in words for letter in squeezed(name))
    assert NOT_SHOWN not in words


@pytest.mark.parametrize("name", ["Å" * 80, "Bjørn " * 13 + "Ås", "W" * 80, "e\u0301" * 40])
def test_a_name_of_eighty_letters_stays_in_the_window_and_on_the_page(name: str) -> None:
    pdf = render(replace(LETTER, title=name, receiver=(name,), paragraphs=(name,)))

    places: list[float] = []

    def keep(text: str, matrix: list[float], text_matrix: list[float], font: object, size: float) -> None:
        if text.strip():
            places.append(text_matrix[4] + matrix[4])

    page = read(pdf).pages[0]
    page.extract_text(visitor_text=keep)
    assert len(read(pdf).pages) == 1
    assert max(places) < float(page.mediabox.width)
    assert words_of(pdf).count(squeezed(name)) == 3


def test_a_letter_that_no_font_has_is_shown_to_be_missing_and_the_letter_is_made() -> None:
    words = words_of(render(replace(LETTER, receiver=("漢 Li",), title="a\x00b\ud800c\u202e")))

    assert f"{NOT_SHOWN}Li" in words
    assert f"ab{NOT_SHOWN}c" in words


def test_every_letter_that_is_said_to_be_shown_is_shown() -> None:
    every = "".join(chr(point) for point in sorted(showable()))

    assert render(replace(LETTER, title=every))
    assert render(replace(LETTER, receiver=(every,)))


def test_empty_fields_leave_nothing_but_room() -> None:
    bare = replace(LETTER, sender=(), receiver=("",), paragraphs=("", " "), dated="")

    assert words_of(render(bare)) == squeezed(f"{LETTER.title} Side 1 av 1")


def test_thirty_pages_are_counted() -> None:
    pdf = render(replace(LETTER, paragraphs=("Et avsnitt med noen ord i. " * 22,) * 200))

    pages = read(pdf).pages
    assert len(pages) >= 30
    assert f"Side {len(pages)} av {len(pages)}" in pages[-1].extract_text()


def test_the_same_letter_gives_the_same_bytes_and_another_gives_others() -> None:
    assert render(LETTER) == render(LETTER)
    assert render(LETTER) != render(replace(LETTER, receiver=("Ola Nordmann",)))


def test_lines_stay_lines_and_what_steers_machines_is_left_out() -> None:
    assert as_shown("a\r\nb\tc\u0007") == "a\nb c"
