"""Documents that go out: a PDF that does nothing by itself, written anew without what its program noted of its writer.

One that runs, opens or carries anything else, is locked, or cannot be read to its end is not taken. Source: security rule S7.7.
"""

BEGINS = b"%PDF-"


class BadDocumentError(Exception):
    """It is no document that we take. The text is a short code."""


def is_document(content: bytes) -> bool:
    """Whether the bytes themselves begin as a PDF does."""
    return content.startswith(BEGINS)


def write_anew(content: bytes) -> bytes:
    """The same pages, without metadata. Raises: BadDocumentError."""
    from hub.post.pdf_pages import write_pages  # slow to import, and seldom needed

    return write_pages(content)
