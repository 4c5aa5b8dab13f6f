"""A PDF read to its end and written anew. Source: security rule S7.7."""

import io
import logging
from collections.abc import Iterator

from pypdf import PdfReader, PdfWriter
from pypdf.errors import PyPdfError
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, PdfObject

from hub.post.documents import BadDocumentError

logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it logs what it reads

MOST_OBJECTS = 200_000
ACTIVE_KEYS = frozenset({"/JS", "/JavaScript", "/AA", "/EF", "/EmbeddedFiles", "/XFA", "/RichMediaContent"})
ACTIVE_ACTIONS = frozenset({"/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/GoToE", "/GoToR", "/Rendition"})


def write_pages(content: bytes) -> bytes:
    """The same pages, without metadata. Raises: BadDocumentError."""
    try:
        reader = PdfReader(io.BytesIO(content), strict=False)
        if reader.is_encrypted:
            raise BadDocumentError("locked")
        if any(_is_active(each) for each in _walk(reader.trailer)):
            raise BadDocumentError("active")
        if not reader.pages:
            raise BadDocumentError("damaged")
        writer = PdfWriter(clone_from=reader)
        writer.metadata = None
        writer.root_object.pop("/Metadata", None)
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


def _is_active(found: DictionaryObject) -> bool:
    action = found.get("/S")
    return bool(ACTIVE_KEYS & found.keys()) or (isinstance(action, str) and str(action) in ACTIVE_ACTIONS)
