"""Files of messages, for their families: whoever may read the message is led to the file, which lies on an origin of its own.

Asked each time it is opened: the right to the message, and whether everybody who can be recognised on a picture still consents.
"""

from aiohttp import web

from admin_web.family.letters import get_letter_to_save
from admin_web.family.visiting import HOME, FamilyVisit
from admin_web.files import SMALL, WHOLE, Opened, belongs_to
from admin_web.page import Pages
from admin_web.parameters import Asked, PublicId
from hub.asker import Asker, Trust
from hub.desk import Desk, Look, Work
from hub.post.family_book import find_page_of, get_family_file, get_family_message
from hub.post.family_reads import note_read
from hub.post.file_reading import find_body
from hub.post.files import PDF, Attachment
from hub.post.messages import Message
from hub.safety.access import NotThereError
from hub.safety.audit import note
from hub.school.leave_letters import LeaveLetter
from hub.school.leave_papers import get_paper
from hub.school.photos import list_barred
from hub.sign_in.family_sessions import get_family_session

pages = Pages()

GUEST = Asker("guardian", "guest", Trust.UNKNOWN, "file")


class FileAsked(Asked):
    attachment_id: PublicId


class MessageAsked(Asked):
    message_id: PublicId


def get_own_file(look: Look, session_id: str, attachment_id: str) -> tuple[Attachment, Message]:
    """A file that this family may open now. Raises: NotThereError."""
    found = get_family_session(look, session_id)
    attachment, message = get_family_file(look, found.family, attachment_id)
    if list_barred(look, [attachment.id]):
        raise NotThereError
    return attachment, message


@pages.get(f"{HOME}/files/{{attachment_id}}")
async def fetch(visit: FamilyVisit, asked: FileAsked) -> web.StreamResponse:
    """The way to the whole file."""
    return await _lead(visit, asked.attachment_id, WHOLE)


@pages.get(f"{HOME}/files/{{attachment_id}}/small")
async def fetch_small(visit: FamilyVisit, asked: FileAsked) -> web.StreamResponse:
    """The way to the picture as a page shows it."""
    return await _lead(visit, asked.attachment_id, SMALL)


async def _lead(visit: FamilyVisit, attachment_id: str, size: str) -> web.Response:
    await visit.look(get_own_file, visit.signed_in.id, attachment_id)
    link = visit.files.link(visit.signed_in.id, attachment_id, size)
    return web.Response(status=303, headers={"Location": link})


async def open_for_family(desk: Desk, session_id: str, attachment_id: str) -> Opened:
    """Raises: NotThereError."""
    session = await desk.look(GUEST, get_family_session, session_id)
    asker = Asker("guardian", session.guardian_id, session.trust, "file", session.owner_id)
    return await desk.work(asker, read_own_file, session_id, attachment_id)


def read_own_file(work: Work, session_id: str, attachment_id: str) -> Opened:
    """The file, whose message counts as read, unless it is a mailbox that reads, or a letter as a PDF. Audited.

    Raises: NotThereError.
    """
    if work.session.get(LeaveLetter, attachment_id) is not None:
        known = get_letter_to_save(work, session_id, attachment_id)
        note(work, "read", [known.letter.id, known.letter.guardian_id])
        return Opened(PDF, get_paper(work, known.letter.id))
    attachment, message = get_own_file(work, session_id, attachment_id)
    body = find_body(work, attachment.id)
    if body is None:
        raise NotThereError
    note(work, "read", [*dict.fromkeys([*belongs_to(attachment), message.id])])
    found = get_family_session(work, session_id)
    if not found.by_mail:
        note_read(work, found.family, [message.id])
    return Opened(attachment.media_type, body)


@pages.get(f"{HOME}/m/{{message_id}}")
async def show_message(visit: FamilyVisit, asked: MessageAsked) -> web.StreamResponse:
    """Where a text leads that says there are files: to the message in its child's book."""
    child_id, before = await visit.look(find_place, visit.signed_in.id, asked.message_id)
    return visit.go(f"{HOME}/children/{child_id}{f'?before={before}' if before else ''}#m-{asked.message_id}")


def find_place(look: Look, session_id: str, message_id: str) -> tuple[str, str | None]:
    """The child in whose book a message is, and where its page begins. Raises: NotThereError."""
    family = get_family_session(look, session_id).family
    message, child_id = get_family_message(look, family, message_id)
    return child_id, find_page_of(look, family, child_id, message.id)
