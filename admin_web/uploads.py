"""A form with files, read piece by piece: nothing of it is written to a disk, and no more of it is held than may come.

Of a file that is too large only so much is held as tells that; the rest runs by, so that what was typed beside it is not lost.

Source: security rules S7.7, S9.6, S10.1 and S13.
"""

from aiohttp import BodyPartReader, web
from multidict import MultiDict

from admin_web.parameters import BadInputError
from hub.post.put_up import MOST_BYTES, MOST_FILES, Upload

FILE = "file"
"""The name of every field that holds a file."""
MOST_FORM_BYTES = 25 * 1024 * 1024
MOST_PASSING_BYTES = 1024 * 1024 * 1024
"""So much of a form may run by unheld: a long film from a phone."""
MOST_FIELD_BYTES = 256 * 1024
MOST_PARTS = 600
"""Those that are not held count too."""


def is_with_files(request: web.Request) -> bool:
    return request.content_type == "multipart/form-data"


async def read_with_files(request: web.Request) -> tuple[MultiDict[object], tuple[Upload, ...]]:
    """The fields and the files. Raises: BadInputError, ValueError; web.HTTPRequestEntityTooLarge where it is too much."""
    given: MultiDict[object] = MultiDict()
    uploads: list[Upload] = []
    left, fields_left, passing_left = MOST_FORM_BYTES, MOST_FIELD_BYTES, MOST_PASSING_BYTES
    parts = 0
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader) or not part.name:
            raise BadInputError(())
        parts += 1
        is_file = part.filename is not None
        if is_file is not (part.name == FILE) or parts > MOST_PARTS:
            raise BadInputError([part.name[:40]])
        if not is_file:
            content, _ = await _read(part, fields_left, 0)
            fields_left -= len(content)
            given.add(part.name, content.decode("utf-8"))
            continue
        is_one_too_many = len(uploads) > MOST_FILES
        most = 0 if is_one_too_many else min(left, MOST_BYTES + 1)
        content, passed = await _read(part, most, passing_left)
        left -= len(content)
        passing_left -= passed
        if (content or passed or part.filename) and not is_one_too_many:
            uploads.append(Upload(part.filename or "", content, is_whole=not passed))
    return given, tuple(uploads)


async def _read(part: BodyPartReader, most: int, passing: int) -> tuple[bytes, int]:
    """So many bytes at most, and how many ran by behind them. Raises: web.HTTPRequestEntityTooLarge where more do than may."""
    content = bytearray()
    passed = 0
    while chunk := await part.read_chunk():
        fits = chunk[: most - len(content)]
        content += fits
        passed += len(chunk) - len(fits)
        if passed > passing:
            raise web.HTTPRequestEntityTooLarge(most + passing, most + passed)
    return bytes(content), passed
