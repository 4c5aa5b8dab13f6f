"""One thread: what was said, who can read it, who takes care of it, and where one answers.

It works without script: an answer leads back here, where it can be taken back until it leaves.
"""

from datetime import datetime
from functools import partial
from typing import Any, Literal

from aiohttp import web

from admin_web.page import Pages
from admin_web.parameters import Asked, PublicId
from admin_web.staff.bubbles import lay_out
from admin_web.staff.care import lay_out_keepable
from admin_web.staff.composer import WrittenAsked, lay_out_composer
from admin_web.staff.enclosing import send_with, take_uploads
from admin_web.staff.thread_talk import Talk, gather_talk, list_mates_in
from admin_web.staff.threads import name_families
from admin_web.staff.visiting import Visit
from hub.desk import Look, Refusal, Work
from hub.post.inboxes import settle
from hub.post.messages import Message
from hub.post.news import list_news
from hub.post.pupil_threads import keep_apart, let_read_along
from hub.post.read_marks import mark_read
from hub.post.reading import get_message, get_reader, get_thread
from hub.post.takers import assign
from hub.talk.notes import write_note
from hub.talk.writing import answer, let_go, take_back

pages = Pages()


class ThreadAsked(Asked):
    thread_id: PublicId


class ApartAsked(ThreadAsked):
    apart: Literal["yes", "no"]


class ThreadPageAsked(ThreadAsked):
    before: PublicId | None = None
    again: PublicId | None = None


class AnswerAsked(WrittenAsked):
    thread_id: PublicId


class MessageAsked(ThreadAsked):
    message_id: PublicId


class GiveAsked(ThreadAsked):
    staff_id: PublicId | None = None


class ReadAsked(ThreadAsked):
    message_id: PublicId


@pages.get("/threads/{thread_id}")
async def show_thread(visit: Visit, asked: ThreadPageAsked) -> web.StreamResponse:
    """The thread, its newest messages or those before one."""
    talk = await visit.look(gather_talk, asked.thread_id, asked.before, asked.again)
    return await _show(visit, talk, is_newest=asked.before is None)


async def _show(
    visit: Visit,
    talk: Talk,
    *,
    is_newest: bool = True,
    written: WrittenAsked | None = None,
    refusal: Refusal | None = None,
) -> web.Response:
    await visit.note_reading(talk.read_ids)
    path = f"/threads/{talk.row.thread.id}"
    composer = lay_out_composer(
        visit,
        [talk.plan],
        talk.enclosing,
        children=[(child.id, child.called) for child in talk.children],
        about=frozenset(child.id for child in talk.plan.children),
        written=written,
        again=talk.again,
        refusal=refusal,
    )
    return visit.show(
        "staff/thread.j2",
        status=422 if refusal is not None else 200,
        here=path,
        live=f"{path}/live" if is_newest else None,
        composer=composer,
        is_newest=is_newest,
        **_facts(visit, talk),
    )


@pages.get("/threads/{thread_id}/messages")
async def show_messages(visit: Visit, asked: ThreadAsked) -> web.StreamResponse:
    """The newest messages alone, for a page that is open; anyone else is led to the whole page."""
    if not visit.is_partial:
        return visit.go(f"/threads/{asked.thread_id}")
    talk = await visit.look(gather_talk, asked.thread_id)
    await visit.note_reading(talk.read_ids)
    return visit.show("staff/thread_talk.j2", is_newest=True, **_facts(visit, talk))


def _facts(visit: Visit, talk: Talk) -> dict[str, Any]:
    row = talk.row
    unit = talk.reader.units[row.thread.unit_id]
    path = f"/threads/{row.thread.id}"

    def moment(at: datetime | None) -> str:
        local = unit.local(at) if at is not None else None
        return visit.say("threads.moment", at=local, day=local.date(), today=unit.today(talk.now)) if local else ""

    return {
        "path": path,
        "row": row,
        "names": name_families(visit, row),
        "unit": unit,
        "since": moment(row.waits_since),
        "shared_from": moment(row.thread.shared_from),
        "bubbles": lay_out(visit, talk.reader.units, talk.page.entries, path, talk.now),
        "earlier": f"{path}?before={talk.page.before}" if talk.page.before else "",
        "takers": talk.takers,
        "me": visit.asker.id,
        "protected": any(child.protected for child in talk.children),
        **lay_out_keepable(visit, talk.keepable),
    }


@pages.live("/threads/{thread_id}/live")
async def follow(visit: Visit, asked: ThreadAsked) -> web.StreamResponse:
    """Tells an open page that something in the thread has changed."""
    return await visit.live(partial(concerns_thread, thread_id=asked.thread_id))


def concerns_thread(look: Look, ids: frozenset[str], thread_id: str) -> bool:
    """Whether any of these ids is about what the viewer may read in the thread. Raises: NotThereError."""
    reader = get_reader(look)
    thread = get_thread(look, reader, thread_id)
    return thread.unit_id in ids or any(news.thread_id == thread_id for news in list_news(look, reader, ids))


@pages.post("/threads/{thread_id}/answer", files=True)
async def post_answer(visit: Visit, asked: AnswerAsked) -> web.StreamResponse:
    """Send an answer to exactly those who were shown, or keep a note for staff; with files or without."""
    asked, refusal = await take_uploads(visit, asked)
    if refusal is None and asked.kind != "attach":
        kept = await visit.try_work(answer_with, asked)
        if not isinstance(kept, Refusal):
            return visit.go(f"/threads/{asked.thread_id}#newest")
        refusal = kept
    talk = await visit.look(gather_talk, asked.thread_id, about=asked.about, written=asked)
    return await _show(visit, talk, written=asked, refusal=refusal)


def answer_with(work: Work, asked: AnswerAsked) -> Message:
    """Raises: NotThereError, and what `send_with`, `answer` and `write_note` raise."""
    reader = get_reader(work)
    thread = get_thread(work, reader, asked.thread_id)

    def send(files: int) -> Message:
        if asked.kind == "note":
            return write_note(work, thread.id, asked.about, asked.typed)
        return answer(work, thread.id, asked.about, asked.draft(files))

    return send_with(
        work, asked.files, asked, partial(list_mates_in, work, reader, thread), send, several_families=False
    )


@pages.post("/threads/{thread_id}/messages/{message_id}/undo")
async def undo_answer(visit: Visit, asked: MessageAsked) -> web.StreamResponse:
    """Take an answer back before it leaves; its words come back into the composer."""
    await visit.work(take_back, asked.message_id)
    return visit.go(f"/threads/{asked.thread_id}?again={asked.message_id}#answer")


@pages.post("/threads/{thread_id}/messages/{message_id}/send")
async def send_answer(visit: Visit, asked: MessageAsked) -> web.StreamResponse:
    """Let an answer go at once."""
    await visit.work(let_go, asked.message_id)
    return visit.go(f"/threads/{asked.thread_id}#newest")


@pages.post("/threads/{thread_id}/give")
async def give(visit: Visit, asked: GiveAsked) -> web.StreamResponse:
    """Somebody takes care of the thread, or nobody yet."""
    await visit.work(assign, asked.thread_id, asked.staff_id)
    return visit.go(f"/threads/{asked.thread_id}")


@pages.post("/threads/{thread_id}/settle")
async def settle_thread(visit: Visit, asked: ThreadAsked) -> web.StreamResponse:
    """It needs no answer."""
    await visit.work(settle, asked.thread_id)
    return visit.go(f"/threads/{asked.thread_id}")


@pages.post("/threads/{thread_id}/apart")
async def keep_thread_apart(visit: Visit, asked: ApartAsked) -> web.StreamResponse:
    """Guardians read a pupil's talk along from now on, or no longer."""
    await visit.work(keep_apart if asked.apart == "yes" else let_read_along, asked.thread_id)
    return visit.go(f"/threads/{asked.thread_id}")


@pages.post("/threads/{thread_id}/read")
async def read(visit: Visit, asked: ReadAsked) -> web.StreamResponse:
    """I have read it up to a message."""
    await visit.work(_mark, asked.thread_id, asked.message_id)
    return web.Response(status=204) if visit.is_partial else visit.go(f"/threads/{asked.thread_id}")


def _mark(work: Work, thread_id: str, message_id: str) -> None:
    reader = get_reader(work)
    _, thread = get_message(work, reader, message_id)
    if thread.id == thread_id:
        mark_read(work, reader, thread_id, message_id)
