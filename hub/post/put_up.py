"""Files that are put up on our own pages: judged by their content, made anew, and loose until what they go with is sent.

A loose file is seen and sent by whoever put it up alone, and is gone after a day. Source: security rules S7.7, S9.8 and S13.
"""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from hub.desk import Look, Refusal, Work
from hub.post.broadcasts import Broadcast
from hub.post.deliveries import Delivery, Status
from hub.post.documents import BadDocumentError, is_document, write_anew
from hub.post.files import JPEG, PDF, Attachment, AttachmentBody, FileState, PicturedChild, Shows
from hub.post.messages import Message
from hub.post.pictures import BadPictureError, make_anew
from hub.post.scanner import INFECTED, NOT_SCANNED, InfectedError, Scanner, ScannerAwayError

MOST_FILES = 5
MOST_BYTES = 10 * 1024 * 1024
MOST_LOOSE = 30
LOOSE_FOR = timedelta(days=1)
LONGEST_NAME = 80


class NotTakenError(Refusal):
    """The file cannot be taken; `code` says why."""

    words = "enclosing.not_taken"

    def __init__(self, code: str) -> None:
        super().__init__(code=code)


class TooManyFilesError(Refusal):
    """More than five at a time, or more than one person may have lying loose."""

    words = "enclosing.too_many"

    def __init__(self) -> None:
        super().__init__(most=MOST_FILES)


class FilesGoneError(Refusal):
    """A file that was to go along lies here no longer."""

    words = "enclosing.gone"


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as a browser sent it. Its name is a claim. One that is not whole came with more than one form may bring."""

    name: str
    content: bytes
    is_whole: bool = True


@dataclass(frozen=True, slots=True)
class Made:
    """A file made anew. A picture has pixels, a document a name."""

    body: bytes
    media_type: str
    width: int = 0
    height: int = 0
    name: str = ""


async def make_all(uploads: Sequence[Upload], scanner: Scanner | None, *, takes_documents: bool) -> list[Made]:
    """Each scanned and made anew, outside any work: a picture always, a PDF where documents are taken. Raises: NotTakenError,
    also while they cannot be scanned; TooManyFilesError."""
    if len(uploads) > MOST_FILES:
        raise TooManyFilesError
    if any(len(upload.content) > MOST_BYTES for upload in uploads):
        raise NotTakenError("too_large")
    if not all(upload.is_whole for upload in uploads):
        raise NotTakenError("too_much")
    if scanner is not None:
        for upload in uploads:
            await _scan(upload, scanner)
    return [await asyncio.to_thread(make_one, upload, takes_documents=takes_documents) for upload in uploads]


async def _scan(upload: Upload, scanner: Scanner) -> None:
    """Raises: NotTakenError."""
    try:
        await scanner.scan(upload.content)
    except InfectedError:
        raise NotTakenError(INFECTED) from None
    except ScannerAwayError:
        raise NotTakenError(NOT_SCANNED) from None


def make_one(upload: Upload, *, takes_documents: bool) -> Made:
    """Raises: NotTakenError."""
    try:
        if is_document(upload.content):
            if not takes_documents:
                raise NotTakenError("only_pictures")
            return Made(write_anew(upload.content), PDF, name=clean_name(upload.name))
        body, width, height = make_anew(upload.content)
        return Made(body, JPEG, width, height)
    except (BadPictureError, BadDocumentError) as error:
        raise NotTakenError(str(error)) from None


def clean_name(name: str) -> str:
    """A document's name for a page to show: printable, without folders, of at most 80 letters. Source: security rule S7.4."""
    last = name.replace("\\", "/").rpartition("/")[2]
    printable = "".join(letter for letter in last if letter.isprintable()).strip(" .")
    stem = printable[:-4] if printable.lower().endswith(".pdf") else printable
    return f"{stem[: LONGEST_NAME - 4].strip()}.pdf" if stem.strip() else ""


def put_up(work: Work, by: str, owner_id: str, made: Sequence[Made]) -> list[str]:
    """Keep these loose; the same file twice is one. Returns their ids. Raises: TooManyFilesError."""
    loose = list_loose(work, by)
    known = {attachment.digest: attachment.id for attachment in loose}
    ids = []
    for each in made:
        digest = hashlib.sha256(each.body).hexdigest()
        if digest not in known:
            if len(known) >= MOST_LOOSE:
                raise TooManyFilesError
            known[digest] = _keep(work, by, owner_id, each, digest)
        ids.append(known[digest])
    return list(dict.fromkeys(ids))


def _keep(work: Work, by: str, owner_id: str, made: Made, digest: str) -> str:
    attachment = Attachment(
        id=work.new_id(),
        owner_id=owner_id,
        message_id=None,
        channel="",
        link="",
        claimed_type=made.media_type,
        due=work.now,
        state=FileState.KEPT,
        size=len(made.body),
        width=made.width,
        height=made.height,
        digest=digest,
        put_up_by=by,
        media_type=made.media_type,
        name=made.name,
    )
    work.session.add(attachment)
    work.session.flush()
    work.session.add(AttachmentBody(attachment_id=attachment.id, body=made.body))
    return attachment.id


_LOOSE = (
    sa.select(Attachment)
    .where(
        Attachment.put_up_by == sa.bindparam("by"), Attachment.message_id.is_(None), Attachment.broadcast_id.is_(None)
    )
    .order_by(Attachment.id)
)


def list_loose(look: Look, by: str) -> list[Attachment]:
    """What somebody has put up and not sent, oldest first."""
    return [each for each in look.session.scalars(_LOOSE, {"by": by}) if look.now - each.due < LOOSE_FOR]


def get_loose(look: Look, by: str, ids: Sequence[str]) -> list[Attachment]:
    """These of somebody's own loose files, in their order; also those of a message of theirs that was taken back.

    Raises: FilesGoneError, TooManyFilesError.
    """
    wanted = list(dict.fromkeys(ids))
    if len(wanted) > MOST_FILES:
        raise TooManyFilesError
    loose = {attachment.id: attachment for attachment in list_loose(look, by)}
    found = [loose.get(id_) or _find_taken_back(look, by, id_) for id_ in wanted]
    if None in found:
        raise FilesGoneError
    return [attachment for attachment in found if attachment is not None]


def take_loose(work: Work, by: str, ids: Sequence[str]) -> list[Attachment]:
    """The same, to be sent: of two forms that send a file at the same moment the second finds it gone. Raises: the same."""
    work.session.execute(sa.select(Attachment.id).where(Attachment.id.in_(list(ids))).with_for_update())
    return get_loose(work, by, ids)


def _find_taken_back(look: Look, by: str, attachment_id: str) -> Attachment | None:
    attachment = look.session.get(Attachment, attachment_id)
    if attachment is None or attachment.message_id is None:
        return None
    message = look.session.get_one(Message, attachment.message_id)
    went = sa.select(Delivery.id).where(Delivery.message_id == message.id, Delivery.status != Status.UNDONE)
    return (
        attachment
        if message.author_id == by and not message.note and look.session.scalar(went.limit(1)) is None
        else None
    )


def enclose(work: Work, files: Sequence[Attachment], whole: Message | Broadcast) -> None:
    """The files go with a message or a broadcast from now on."""
    for attachment in files:
        attachment.put_up_by = None
        attachment.message_id = whole.id if isinstance(whole, Message) else None
        attachment.broadcast_id = whole.id if isinstance(whole, Broadcast) else None


def mark_pictured(work: Work, files: Sequence[Attachment], child_ids: Sequence[str], *, nobody: bool) -> None:
    """Keep whom one can recognise on the pictures among these: those children, or (`nobody`) no child at all."""
    for attachment in files:
        work.session.execute(sa.delete(PicturedChild).where(PicturedChild.attachment_id == attachment.id))
        attachment.shows = None
        if not attachment.is_picture:
            continue
        if child_ids:
            attachment.shows = Shows.CHILDREN
        elif nobody:
            attachment.shows = Shows.NOBODY
        work.session.add_all(
            PicturedChild(attachment_id=attachment.id, child_id=child_id, owner_id=attachment.owner_id)
            for child_id in dict.fromkeys(child_ids)
        )


def forget_loose(work: Work) -> int:
    """Let go of what has lain loose for a day; how many files that was."""
    return _forget(
        work,
        sa.and_(
            Attachment.message_id.is_(None), Attachment.broadcast_id.is_(None), Attachment.due <= work.now - LOOSE_FOR
        ),
    )


def _forget(work: Work, which: sa.ColumnElement[bool]) -> int:
    ids = list(work.session.scalars(sa.select(Attachment.id).where(which)))
    for table in (AttachmentBody, PicturedChild):
        work.session.execute(sa.delete(table).where(table.attachment_id.in_(ids)))
    work.session.execute(sa.delete(Attachment).where(Attachment.id.in_(ids)))
    return len(ids)
