"""Pictures that came in: made anew from their pixels alone, so that nothing else that was in the file comes along."""

import io
import warnings

from PIL import Image, ImageOps, UnidentifiedImageError

MOST_PIXELS = 40_000_000
LONGEST_SIDE = 2560
SMALL_SIDE = 480
QUALITY = 85
TAKEN = frozenset({"image/jpeg", "image/png", "image/webp", "image/gif"})
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF")


class BadPictureError(Exception):
    """It is no picture that we take: damaged, too large, or of another kind. The text is a short code."""


def make_anew(content: bytes) -> tuple[bytes, int, int]:
    """A JPEG without metadata, at most 2560 pixels a side, with its width and height. Raises: BadPictureError.

    A moving picture keeps its first frame, and what one could see through is white. Source: security rules S7.7 and S13.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=_FORMATS) as opened:
                if opened.width * opened.height > MOST_PIXELS:
                    raise BadPictureError("too_many_pixels")
                picture = _on_white(ImageOps.exif_transpose(opened))
    except (UnidentifiedImageError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise BadPictureError("no_picture") from None
    except (OSError, ValueError, SyntaxError, EOFError):
        raise BadPictureError("damaged") from None
    return _bare_jpeg(picture, LONGEST_SIDE)


def make_small(content: bytes) -> bytes:
    """A picture that we made, to show in a page: at most 480 pixels a side."""
    with Image.open(io.BytesIO(content), formats=("JPEG",)) as opened:
        opened.draft("RGB", (SMALL_SIDE, SMALL_SIDE))
        return _bare_jpeg(opened, SMALL_SIDE)[0]


def _on_white(picture: Image.Image) -> Image.Image:
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    white = Image.new("RGBA", picture.size, "white")
    white.alpha_composite(picture.convert("RGBA"))
    return white.convert("RGB")


def _bare_jpeg(picture: Image.Image, longest_side: int) -> tuple[bytes, int, int]:
    picture.thumbnail((longest_side, longest_side))
    bare = Image.new("RGB", picture.size)
    bare.paste(picture)
    out = io.BytesIO()
    bare.save(out, "JPEG", quality=QUALITY, optimize=True)
    return out.getvalue(), bare.width, bare.height
