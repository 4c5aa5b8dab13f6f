"""A PDF that goes out tells nothing of who wrote it, nor where its photos were taken; its pictures look as they did."""

import io

from PIL import Image
from pypdf import PdfReader, PdfWriter
from pypdf.generic import DecodedStreamObject, NameObject, NumberObject, StreamObject

from hub.post.jpeg_segments import strip_told
from hub.post.pdf_pages import write_pages
from tests.sent_files import photo

CAMERA, AUTHOR = b"Budkamera", b"Oppdiktet Forfatter"


def with_photo(content: bytes) -> bytes:
    """A PDF of one page with a photo as it came from the camera, and notes of the program that made it."""
    writer = PdfWriter()
    page = writer.add_blank_page(width=200, height=200)
    picture = StreamObject()
    picture.set_data(content)
    told = {"/Type": "/XObject", "/Subtype": "/Image", "/ColorSpace": "/DeviceRGB", "/Filter": "/DCTDecode"}
    picture.update({NameObject(name): NameObject(value) for name, value in told.items()})
    size = {"/Width": 640, "/Height": 480, "/BitsPerComponent": 8}
    picture.update({NameObject(name): NumberObject(value) for name, value in size.items()})
    notes = DecodedStreamObject()
    notes.set_data(AUTHOR)
    picture[NameObject("/Metadata")] = writer._add_object(notes)  # there is no public way
    page[NameObject("/Resources")] = writer._add_object(picture)
    writer.add_metadata({"/Author": AUTHOR.decode()})
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def test_a_photo_in_it_does_not_tell_where_it_was_taken_and_looks_as_it_did() -> None:
    taken = photo()
    before = with_photo(taken)

    after = write_pages(before)

    kept = PdfReader(io.BytesIO(after)).pages[0]["/Resources"].get_object()
    assert isinstance(kept, StreamObject)
    assert CAMERA in before
    assert CAMERA not in after
    assert AUTHOR not in after
    assert "/Metadata" not in kept
    with Image.open(io.BytesIO(taken)) as old, Image.open(io.BytesIO(kept._data)) as new:
        assert new.getexif() == {}
        assert new.tobytes() == old.tobytes()


def test_what_is_no_whole_photo_stays_as_it_is() -> None:
    taken = photo()

    for broken in (b"", b"no photo", taken[:1], taken[:40], b"\xff\xd8\xff\xe1\xff\xff"):
        assert strip_told(broken) == broken or CAMERA not in strip_told(broken)
