"""A form with files, read piece by piece: nothing of it is written to a disk, and no more of it is read than may come.

Source: security rules S7.7, S9.6, S10.1 and S13.
"""

from aiohttp import BodyPartReader, web
from multidict import MultiDict

from admin_web.parameters import BadInputError
from hub.post.put_up import MOST_FILES, Upload

FILE = "file"
"""The name of every field that holds a file."""
MOST_FORM_BYTES = 25 * 1024 * 1024
MOST_FIELD_BYTES = 256 * 1024
MOST_FIELDS = 600


def is_with_files(request: web.Request) -> bool:
    return request.content_type == "multipart/form-data"


async def read_with_files(request: web.Request) -> tuple[MultiDict[object], tuple[Upload, ...]]:
    """The fields and the files. Raises: BadInputError, ValueError; web.HTTPRequestEntityTooLarge where it is too much."""
    given: MultiDict[object] = MultiDict()
    uploads: list[Upload] = []
    left, fields_left = MOST_FORM_BYTES, MOST_FIELD_BYTES
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader) or not part.name:
            raise BadInputError(())
        is_file = part.filename is not None
        if is_file is not (part.name == FILE) or len(given) + len(uploads) > MOST_FIELDS:
            raise BadInputError([part.name[:40]])
        content = await _read(part, left if is_file else fields_left)
        left -= len(content)
        if not is_file:
            fields_left -= len(content)
            given.add(part.name, content.decode("utf-8"))
        elif content or part.filename:
            uploads.append(Upload(part.filename or "", content))
        if len(uploads) > MOST_FILES + 1:
            raise BadInputError([FILE])
    return given, tuple(uploads)


async def _read(part: BodyPartReader, most: int) -> bytes:
    """Raises: web.HTTPRequestEntityTooLarge where there are more bytes."""
    content = bytearray()
    while chunk := await part.read_chunk():
        content += chunk
        if len(content) > most:
            raise web.HTTPRequestEntityTooLarge(most, len(content))
    return bytes(content)
