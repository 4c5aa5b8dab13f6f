"""What is bound for the printer keeps the rules of PDF/A-2a and PDF/UA-1, and is read aloud in the order of its pages."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from hub.letters.envelopes import AddressPage, ListPage, render_envelopes
from hub.letters.letter import WINDOWS
from hub.letters.rendering import render
from hub.mailroom.print_binding import Batch, Enclosed, bind
from tests.hub.letters.pdf_read import Pdf, at
from tests.hub.letters.pdf_rules import faults_of
from tests.hub.letters.test_pdf_rules import NAMES
from tests.hub.letters.test_rendering import LETTER, picture

MADE_AT = datetime(2025, 3, 3, tzinfo=UTC)
SENDER = ("Fjordvik kommune", "Strandgata 1")


def write_list(rows: Sequence[tuple[str, int]]) -> ListPage:
    return ListPage("Brev til utskrift", ("To brev.", "Fire ark."), ("Brev", "Ark"), rows)


def enclosed(number: int, *receiver: str, paragraphs: int = 1) -> Enclosed:
    letter = replace(LETTER, receiver=receiver, logo=picture(), paragraphs=("Et avsnitt. " * 99,) * paragraphs)
    return Enclosed(str(number), AddressPage(receiver, SENDER, f"1-{number}"), render(letter))


@pytest.mark.parametrize("country", sorted(WINDOWS))
def test_address_pages_alone_keep_the_rules(country: str) -> None:
    pages = [AddressPage((name, "Fjellveien 3"), SENDER, "1-1") for name in NAMES]
    listed = write_list([(f"1-{number}", 2) for number in range(1, 200)])

    assert faults_of(render_envelopes(listed, pages, "nb", country, MADE_AT)) == []


def test_a_batch_keeps_the_rules_and_tells_each_letter_after_its_own_address() -> None:
    letters = [enclosed(1, "Anne Nordmann"), enclosed(2, *NAMES, paragraphs=9), enclosed(3, "Ola Nordmann")]

    bound = bind(Batch(letters, write_list, "nb", "NO", MADE_AT))
    pdf = Pdf(bound)
    pages = [page.indirect_reference for page in pdf.reader.pages]
    told = [pages.index(element.raw_get("/Pg")) for element, _ in pdf.elements if "/Pg" in element]
    kinds = [pdf.kind(element) for element, _ in pdf.elements]

    assert faults_of(bound) == []
    assert told == sorted(told)
    assert kinds.count("/Part") == len(letters)
    assert at(pdf.root, "/Lang") == "nb-NO"
