"""Binds a batch for the printer: the list, then each letter's address page and its own pages, an even number of them, so that
no sheet that is printed on both sides bears two people's. What is bound is PDF/A-2a and PDF/UA-1, as its parts are.

It takes some 20 ms of a processor for each letter: always called in a thread of its own.
"""

import io
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from pypdf import PdfReader, PdfWriter
from pypdf.errors import PyPdfError

from hub.letters.envelopes import AddressPage, ListPage, render_envelopes
from hub.letters.inserting import insert_behind
from hub.letters.rendering import NotMadeError

log = logging.getLogger(__name__)
_WIDTH, _HEIGHT = 595.276, 841.89
"""A4, in points."""


@dataclass(frozen=True, slots=True)
class Enclosed:
    """One letter: its PDF as it was made, and the page that shows whose it is."""

    sending_id: str
    address: AddressPage
    pdf: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Batch:
    """What is printed together. `write_list` words the list once the number and the sheets of each letter are known; `read_at`
    is when it was read, aware, UTC."""

    enclosed: Sequence[Enclosed]
    write_list: Callable[[Sequence[tuple[str, int]]], ListPage] = field(repr=False)
    language: str
    country: str
    read_at: datetime


def bind(batch: Batch) -> bytes:
    """One PDF. Raises: NotMadeError."""
    letters = [(one, _read(one)) for one in batch.enclosed]
    listed = batch.write_list([(one.address.number, _sheets(letter)) for one, letter in letters])
    addresses = [one.address for one in batch.enclosed]
    pages = render_envelopes(listed, addresses, batch.language, batch.country, batch.read_at)
    bound = PdfWriter(clone_from=io.BytesIO(pages))
    first = len(bound.pages) - len(letters)
    insert_behind(bound, {number: letter for number, (_, letter) in enumerate(letters, start=first)})
    end = 0
    for count in (first, *(1 + len(letter.pages) for _, letter in letters)):
        end += count
        if count % 2:
            bound.insert_blank_page(_WIDTH, _HEIGHT, end)
            end += 1
    out = io.BytesIO()
    bound.write(out)
    return out.getvalue()


def _read(one: Enclosed) -> PdfReader:
    """Raises: NotMadeError."""
    try:
        letter = PdfReader(io.BytesIO(one.pdf), strict=True)
        if len(letter.pages):
            return letter
    except PyPdfError:
        pass
    log.error("a letter's PDF cannot be read", extra={"sending": one.sending_id})
    raise NotMadeError


def _sheets(letter: PdfReader) -> int:
    return (len(letter.pages) + 2) // 2
