"""A PDF read to its end and written anew. Source: security rule S7.7."""

import io
import logging
from collections.abc import Iterator

from pypdf import PdfReader, PdfWriter
from pypdf.errors import PyPdfError
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, PdfObject, StreamObject

from hub.post.documents import BadDocumentError
from hub.post.jpeg_segments import strip_told

logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it logs what it reads

MOST_OBJECTS = 200_000
ACTIVE_KEYS = frozenset({"/JS", "/JavaScript", "/AA", "/EF", "/EmbeddedFiles", "/XFA", "/RichMediaContent"})
TELLING_KEYS = ("/Metadata", "/PieceInfo")
ACTIVE_ACTIONS = frozenset({"/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/GoToE", "/GoToR", "/Rendition"})


def write_pages(content: bytes) -> bytes:
    """The same pages, without metadata, neither theirs nor their pictures'. Raises: BadDocumentError."""
    try:
        reader = PdfReader(io.BytesIO(content), strict=False)
        if reader.is_encrypted:
            raise BadDocumentError("locked")
        for each in _walk(reader.trailer):
            if _is_active(each):
                raise BadDocumentError("active")
            _forget_told(each)
        if not reader.pages:
            raise BadDocumentError("damaged")
        writer = PdfWriter(clone_from=reader)  # what nothing leads to any more is left behind
        writer.metadata = None
        out = io.BytesIO()
        writer.write(out)
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError, OSError):
        raise BadDocumentError("damaged") from None
    return out.getvalue()


def _walk(trailer: DictionaryObject) -> Iterator[DictionaryObject]:
    """Every dictionary of the document, once. Raises: BadDocumentError where there are too many objects."""
    seen: set[tuple[int, int]] = set()
    waiting: list[PdfObject] = [trailer]
    count = 0
    while waiting:
        found = waiting.pop()
        if isinstance(found, IndirectObject):
            if (found.idnum, found.generation) in seen:
                continue
            seen.add((found.idnum, found.generation))
            resolved = found.get_object()
            if resolved is None:
                continue
            found = resolved
        count += 1
        if count > MOST_OBJECTS:
            raise BadDocumentError("too_large")
        if isinstance(found, DictionaryObject):
            yield found
            waiting.extend(found.values())
        elif isinstance(found, ArrayObject):
            waiting.extend(found)


def _forget_told(found: DictionaryObject) -> None:
    """What a program noted of a page or picture, and what a camera wrote into a photo."""
    for key in TELLING_KEYS:
        found.pop(key, None)
    filters = found.get("/Filter")
    names = [str(each) for each in filters] if isinstance(filters, ArrayObject) else [str(filters)]
    if isinstance(found, StreamObject) and names == ["/DCTDecode"]:
        found._data = strip_told(found._data)  # as it stands in the file: what it offers decodes the picture


def _is_active(found: DictionaryObject) -> bool:
    action = found.get("/S")
    return bool(ACTIVE_KEYS & found.keys()) or (isinstance(action, str) and str(action) in ACTIVE_ACTIONS)
