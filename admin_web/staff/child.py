"""*Child*: the message book, every channel in one flow, who can read each message, and where one writes to the family."""

from functools import partial

from aiohttp import web

from admin_web.page import Pages
from admin_web.parameters import Asked, PublicId
from admin_web.staff.child_book import concerns_child, gather_child, list_mates_of
from admin_web.staff.child_layout import facts, show_book
from admin_web.staff.composer import WrittenAsked
from admin_web.staff.enclosing import send_with, take_uploads
from admin_web.staff.guest_child import find_guest, show_guest
from admin_web.staff.visiting import Visit
from hub.desk import Refusal, Work
from hub.post.messages import Message
from hub.post.reading import get_reader
from hub.talk.notes import write_note_about
from hub.talk.writing import let_go, take_back, write_about

pages = Pages()


class ChildAsked(Asked):
    child_id: PublicId


class ChildPageAsked(ChildAsked):
    before: PublicId | None = None
    again: PublicId | None = None


class MessageWritten(WrittenAsked):
    child_id: PublicId


class MessageAsked(ChildAsked):
    message_id: PublicId


@pages.get("/children/{child_id}")
async def show_child(visit: Visit, asked: ChildPageAsked) -> web.StreamResponse:
    """The child's book, its newest messages or those before one; of a guest what its day here needs."""
    guest = await visit.look(find_guest, asked.child_id)
    if guest is not None:
        return await show_guest(visit, guest)
    book = await visit.look(gather_child, asked.child_id, asked.before, asked.again)
    return await show_book(visit, book, is_newest=asked.before is None)


@pages.get("/children/{child_id}/messages")
async def show_messages(visit: Visit, asked: ChildAsked) -> web.StreamResponse:
    """The newest messages alone, for a page that is open; anyone else is led to the whole page."""
    if not visit.is_partial:
        return visit.go(f"/children/{asked.child_id}")
    book = await visit.look(gather_child, asked.child_id)
    await visit.note_reading(book.read_ids)
    return visit.show("staff/child_talk.j2", is_newest=True, **facts(visit, book))


@pages.live("/children/{child_id}/live")
async def follow(visit: Visit, asked: ChildAsked) -> web.StreamResponse:
    """Tells an open page that something about the child has changed."""
    return await visit.live(partial(concerns_child, child_id=asked.child_id))


@pages.post("/children/{child_id}/message", files=True)
async def post_message(visit: Visit, asked: MessageWritten) -> web.StreamResponse:
    """Write about the child to exactly those who were shown, or keep a note for staff; with files or without."""
    asked, refusal = await take_uploads(visit, asked)
    if refusal is None and asked.kind != "attach":
        kept = await visit.try_work(write_with, asked)
        if not isinstance(kept, Refusal):
            return visit.go(f"/children/{asked.child_id}#newest")
        refusal = kept
    book = await visit.look(gather_child, asked.child_id, written=asked)
    return await show_book(visit, book, written=asked, refusal=refusal)


def write_with(work: Work, asked: MessageWritten) -> Message:
    """Raises: NotThereError, and what `send_with`, `write_about` and `write_note_about` raise."""

    def send(files: int) -> Message:
        if asked.kind == "note":
            return write_note_about(work, asked.child_id, asked.readers, asked.typed)
        return write_about(work, asked.child_id, asked.draft(files))

    mates = partial(list_mates_of, work, get_reader(work), asked.child_id)
    return send_with(work, asked.files, asked, mates, send, several_families=False)


@pages.post("/children/{child_id}/messages/{message_id}/undo")
async def undo_message(visit: Visit, asked: MessageAsked) -> web.StreamResponse:
    """Take a message back before it leaves; its words come back into the composer."""
    await visit.work(take_back, asked.message_id)
    return visit.go(f"/children/{asked.child_id}?again={asked.message_id}#answer")


@pages.post("/children/{child_id}/messages/{message_id}/send")
async def send_message(visit: Visit, asked: MessageAsked) -> web.StreamResponse:
    """Let a message go at once."""
    await visit.work(let_go, asked.message_id)
    return visit.go(f"/children/{asked.child_id}#newest")
