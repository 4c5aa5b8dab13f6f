"""What is looked for in a PDF is found wherever it hides, so that not finding it says something."""

import pytest
from pypdf.generic import ArrayObject, ByteStringObject, TextStringObject

from hub.letters.rendering import render
from tests.hub.letters.pdf_read import Pdf
from tests.hub.letters.spoiling import Break, copied, in_packet, name, noted, put, table, with_file
from tests.hub.letters.test_rendering import LETTER

HIDDEN = "Skjulestien 77, Lønnvik"
HIDING: dict[str, Break] = {
    "what is said of it": in_packet(b"<dc:title>", f"<dc:subject>{HIDDEN}</dc:subject><dc:title>".encode()),
    "a note": noted(Contents=TextStringObject(HIDDEN)),
    "a file": with_file(HIDDEN.encode("utf-16-be")),
    "a string of bytes in a list": put(Own=ArrayObject([ByteStringObject(HIDDEN.encode("latin-1"))])),
    "a name": put(Own=table(at=name("Skjulestien77,Lønnvik"))),
    "the title": lambda writer: writer.add_metadata({"/Title": HIDDEN}),
}


@pytest.mark.parametrize("change", HIDING.values(), ids=HIDING)
def test_what_hides_in_a_pdf_is_found(change: Break) -> None:
    letter = render(LETTER)

    assert "skjulestien77,lønnvik" not in Pdf(copied(letter)).everything
    assert "skjulestien77,lønnvik" in Pdf(copied(letter, change)).everything
