"""Pictures are made anew from their pixels; nothing else in a file comes along."""

import io

import pytest
from PIL import Image

from hub.post.pictures import LONGEST_SIDE, BadPictureError, make_anew


def picture(size: tuple[int, int] = (40, 20), kind: str = "JPEG", *, exif: Image.Exif | None = None) -> bytes:
    out = io.BytesIO()
    image = Image.new("RGB", size, (200, 30, 30))
    if exif is None:
        image.save(out, kind)
    else:
        image.save(out, kind, exif=exif)
    return out.getvalue()


def test_the_place_where_it_was_taken_does_not_come_along() -> None:
    exif = Image.Exif()
    exif[0x010E] = "Solveien 3"
    exif.get_ifd(0x8825)[1] = "N"

    body, _, _ = make_anew(picture(exif=exif))

    assert b"Solveien" in picture(exif=exif)
    assert b"Solveien" not in body
    assert not Image.open(io.BytesIO(body)).getexif()


def test_what_one_could_see_through_is_white() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (40, 20), (0, 0, 0, 0)).save(out, "PNG")

    body, _, _ = make_anew(out.getvalue())

    assert Image.open(io.BytesIO(body)).getpixel((20, 10)) == (255, 255, 255)


def test_a_picture_on_its_side_is_put_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6

    _, width, height = make_anew(picture((40, 20), exif=exif))

    assert (width, height) == (20, 40)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_the_usual_kinds_are_taken(kind: str) -> None:
    body, width, height = make_anew(picture(kind=kind))

    assert body.startswith(b"\xff\xd8")
    assert (width, height) == (40, 20)


def test_a_large_one_is_made_smaller() -> None:
    _, width, height = make_anew(picture((4000, 1000)))

    assert (width, height) == (LONGEST_SIDE, 640)


def test_a_bomb_of_pixels_is_refused_before_it_is_unpacked() -> None:
    with pytest.raises(BadPictureError, match="too_many_pixels"):
        make_anew(picture((8_000, 6_000), "PNG"))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no picture",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        picture()[:60],
        b"\x89PNG\r\n\x1a\n" + b"\0" * 40,
    ],
)
def test_what_is_no_picture_is_refused(content: bytes) -> None:
    with pytest.raises(BadPictureError):
        make_anew(content)
