"""*Child*: the message book, every channel in one flow, who can read each message, and where one writes to the family."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Annotated, Any

import sqlalchemy as sa
from aiohttp import web
from pydantic import Field

from admin_web.page import Pages, Visit
from admin_web.parameters import Asked, PublicId
from admin_web.staff.addresses import lay_out_pending
from admin_web.staff.bubbles import lay_out
from admin_web.staff.composer import WrittenAsked, lay_out_composer
from admin_web.staff.morning_words import home_said
from admin_web.staff.thread import find_taken_back
from hub.desk import Look, Refusal, Work
from hub.people.families import Child
from hub.people.places import Group, Unit
from hub.people.staff import Staff
from hub.post.address_decisions import BLOCKED, decide, list_pending, write_down
from hub.post.book import BookPage, read_book_page
from hub.post.families import Known, list_known
from hub.post.messages import Message, MessageChild
from hub.post.news import list_news
from hub.post.reading import Reader, get_reader
from hub.safety.access import NamedReader, NotThereError, get_child
from hub.safety.address_changes import AddressChange
from hub.school.attendance import OnBoard, Presence, read_board_of
from hub.school.calendars import is_open
from hub.school.fetchers import Standing
from hub.school.going_home import GoingHome, check_going_home, list_going_home
from hub.school.thresholds import Proposal, get_rule, list_proposals, may_see
from hub.talk.notes import write_note_about
from hub.talk.planning import Plan, list_plans
from hub.talk.writing import let_go, take_back, write_about
from hub.words import say_clock

pages = Pages()

PILL = {
    Presence.HERE: "here",
    Presence.AWAY: "away",
    Presence.LATE: "late",
    Presence.NOT_HEARD: "unheard",
}


class ChildAsked(Asked):
    child_id: PublicId


class ChildPageAsked(ChildAsked):
    before: PublicId | None = None
    again: PublicId | None = None


class MessageWritten(WrittenAsked):
    child_id: PublicId


class MessageAsked(ChildAsked):
    message_id: PublicId


class HomeAsked(ChildAsked):
    told_id: PublicId


class ChangeAsked(ChildAsked):
    change_id: PublicId


class AddressWritten(ChildAsked):
    guardian_id: PublicId
    address: Annotated[str, Field(max_length=254)]


@dataclass(frozen=True, slots=True)
class ChildBook:
    """A child as one member of staff may know it, at one moment. `named` are its readers when it is protected."""

    reader: Reader
    child: Child
    places: list[tuple[Unit, Group]]
    today: OnBoard | None
    home: GoingHome | None
    talk: Proposal | None
    known: list[Known]
    page: BookPage
    plans: list[Plan]
    pending: list[tuple[Known, AddressChange]]
    named: list[str]
    again: Message | None
    now: datetime

    @property
    def read_ids(self) -> list[str]:
        changes = (change.id for _, change in self.pending)
        return [self.child.id, *changes, *(entry.id for entry in self.page.entries)]


def gather_child(look: Look, child_id: str, before: str | None = None, again: str | None = None) -> ChildBook:
    """Raises: NotThereError."""
    reader = get_reader(look)
    child, places = get_child(look, reader.reach, child_id)
    unit, group = places[0]
    day = reader.days[unit.id]
    known = list_known(look, child, day)
    return ChildBook(
        reader=reader,
        child=child,
        places=places,
        today=read_board_of(look, child, unit, group.id, day) if is_open(look, unit, day) else None,
        home=list_going_home(look, [child.id], day).get(child.id),
        talk=_proposals(look, reader, child, unit, group).get(child.id),
        known=known,
        page=read_book_page(look, reader, child.id, before),
        plans=list_plans(look, reader, child.id),
        pending=list_pending(look, known),
        named=_list_named(look, child),
        again=find_taken_back(look, reader, again),
        now=look.now,
    )


def _proposals(look: Look, reader: Reader, child: Child, unit: Unit, group: Group) -> dict[str, Proposal]:
    if not may_see(look, reader.reach, unit.id, group.id):
        return {}
    return list_proposals(look, unit, get_rule(look, unit), [child.id], reader.days[unit.id])


def _list_named(look: Look, child: Child) -> list[str]:
    if not child.protected:
        return []
    found = look.session.scalars(
        sa.select(Staff)
        .join(NamedReader, NamedReader.staff_id == Staff.id)
        .where(NamedReader.child_id == child.id)
        .order_by(Staff.first_name, Staff.id)
    )
    return [staff.name for staff in found]


@pages.get("/children/{child_id}")
async def show_child(visit: Visit, asked: ChildPageAsked) -> web.StreamResponse:
    """The child's book, its newest messages or those before one."""
    book = await visit.look(gather_child, asked.child_id, asked.before, asked.again)
    return await _show(visit, book, is_newest=asked.before is None)


async def _show(
    visit: Visit,
    book: ChildBook,
    *,
    is_newest: bool = True,
    written: WrittenAsked | None = None,
    refusal: Refusal | None = None,
) -> web.Response:
    await visit.note_reading(book.read_ids)
    path, home = f"/children/{book.child.id}", book.places[0][0]
    composer = lay_out_composer(
        visit, book.plans, chosen=_last_written_with(book), written=written, again=book.again, refusal=refusal
    )
    return visit.show(
        "staff/child.j2",
        status=422 if refusal is not None else 200,
        here=path,
        live=f"{path}/live" if is_newest else None,
        composer=composer,
        wrong="" if refusal is None or written is not None else visit.explain(refusal),
        is_newest=is_newest,
        title=_title(visit, book),
        guardians=[_guardian(visit, known) for known in book.known],
        talk=book.talk,
        talk_path=f"/talks/{book.places[0][0].id}#t-{book.child.id}",
        today=book.reader.days[book.places[0][0].id],
        people=[(known.id, known.name) for known in book.known if known.warning != BLOCKED],
        pending=lay_out_pending(visit, book.pending, home, home.today(book.now), path),
        threads=[plan for plan in book.plans if plan.thread is not None],
        **_facts(visit, book),
    )


def _last_written_with(book: ChildBook) -> str:
    """The readers of the thread that the newest message stands in: an answer goes to the same."""
    threads = {plan.thread.id: plan.key for plan in book.plans if plan.thread is not None}
    return next((threads[e.thread_id] for e in reversed(book.page.entries) if e.thread_id in threads), "")


@pages.get("/children/{child_id}/messages")
async def show_messages(visit: Visit, asked: ChildAsked) -> web.StreamResponse:
    """The newest messages alone, for a page that is open; anyone else is led to the whole page."""
    if not visit.is_partial:
        return visit.go(f"/children/{asked.child_id}")
    book = await visit.look(gather_child, asked.child_id)
    await visit.note_reading(book.read_ids)
    return visit.show("staff/child_talk.j2", is_newest=True, **_facts(visit, book))


def _facts(visit: Visit, book: ChildBook) -> dict[str, Any]:
    path = f"/children/{book.child.id}"
    return {
        "path": path,
        "child": book.child,
        "places": [visit.say("child.place", group=group.name, unit=unit.name) for unit, group in book.places],
        **_state(visit, book),
        "state_time": _state_time(book, visit.language),
        "home": _home(visit, book),
        "named": book.named,
        "bubbles": lay_out(visit, book.reader.units, book.page.entries, path, book.now),
        "earlier": f"{path}?before={book.page.before}" if book.page.before else "",
    }


def _state(visit: Visit, book: ChildBook) -> dict[str, str]:
    """The pill of today, and its word where that is not the usual one: as on the morning page."""
    today = book.today
    if today is None:
        return {"state": "", "state_word": visit.say("child.no_day")}
    if today.is_disputed and today.presence is not Presence.HERE:
        return {"state": "missing", "state_word": visit.say("morning.disputed")}
    return {"state": PILL[today.presence], "state_word": ""}


def _home(visit: Visit, book: ChildBook) -> dict[str, str] | None:
    """How the child goes home today, what is known of whoever fetches, and where that is said to be checked."""
    home = book.home
    if home is None:
        return None
    how, *known = home_said(visit, home)
    told, fetching = home.fetching or home.early, home.fetching
    calm = home.is_checked or home.standing is Standing.KNOWN or not known
    return {
        "how": how,
        "known": known[0] if known else "",
        "pill": "missing" if home.rings else "" if calm else "waiting",
        "confirmed": "" if fetching is None else visit.say("child.fetching_confirmed", yes=fetching.is_confirmed),
        "check": f"/children/{book.child.id}/home/{told.id}/checked" if told and known and not home.is_checked else "",
    }


def _state_time(book: ChildBook, language: str) -> str:
    today = book.today
    if today is None:
        return ""
    if today.came_at is not None:
        return say_clock(book.places[0][0].local(today.came_at), language)
    return say_clock(today.comes_at, language) if today.comes_at is not None else ""


def _title(visit: Visit, book: ChildBook) -> str:
    name, at, today = book.child.called, _state_time(book, visit.language), book.today
    if today is None:
        return book.child.name
    if today.is_disputed and today.presence is not Presence.HERE:
        return visit.say("child.disputed", name=name)
    if today.presence is Presence.HERE:
        return visit.say("child.here", name=name, at=at)
    if today.presence is Presence.LATE:
        return visit.say("child.late", name=name, at=at)
    return visit.say("child.away" if today.presence is Presence.AWAY else "child.not_heard", name=name)


def _guardian(visit: Visit, known: Known) -> dict[str, str]:
    return {
        "name": known.name,
        "relation": visit.say("child.relation", code=known.relation),
        "channel": "sms",
        "address": visit.say("child.by_sms", address=known.address) if known.address else visit.say("child.no_phone"),
        "warning": visit.say(f"child.{known.warning}") if known.warning else "",
    }


@pages.get("/children/{child_id}/live")
async def follow(visit: Visit, asked: ChildAsked) -> web.StreamResponse:
    """Tells an open page that something about the child has changed."""
    return await visit.live(partial(concerns_child, child_id=asked.child_id))


def concerns_child(look: Look, ids: frozenset[str], child_id: str) -> bool:
    """Whether any of these ids is the child, or about what the viewer may read of it. Raises: NotThereError."""
    reader = get_reader(look)
    get_child(look, reader.reach, child_id)
    return child_id in ids or _is_about(look, child_id, [news.message_id for news in list_news(look, reader, ids)])


def _is_about(look: Look, child_id: str, ids: Sequence[str]) -> bool:
    found = sa.select(MessageChild.message_id).where(
        MessageChild.child_id == child_id, MessageChild.message_id.in_(ids)
    )
    return look.session.scalar(found.limit(1)) is not None


@pages.post("/children/{child_id}/message")
async def post_message(visit: Visit, asked: MessageWritten) -> web.StreamResponse:
    """Write about the child to exactly those who were shown, or keep a note for staff."""
    if asked.kind == "note":
        kept = await visit.try_work(write_note_about, asked.child_id, asked.readers, asked.typed)
    else:
        kept = await visit.try_work(write_about, asked.child_id, asked.draft())
    if isinstance(kept, Refusal):
        book = await visit.look(gather_child, asked.child_id)
        return await _show(visit, book, written=asked, refusal=kept)
    return visit.go(f"/children/{asked.child_id}#newest")


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


@pages.post("/children/{child_id}/home/{told_id}/checked")
async def check_home(visit: Visit, asked: HomeAsked) -> web.StreamResponse:
    """Somebody has found out how the child goes home, and takes it from here."""
    await visit.work(check_one, asked.child_id, asked.told_id)
    return visit.go(f"/children/{asked.child_id}#home")


def check_one(work: Work, child_id: str, told_id: str) -> None:
    """Raises: NotThereError, too when something else has been told meanwhile."""
    reader = get_reader(work)
    child, places = get_child(work, reader.reach, child_id)
    home = list_going_home(work, [child.id], reader.days[places[0][0].id]).get(child.id, GoingHome())
    if told_id not in {row.id for row in (home.early, home.fetching) if row is not None}:
        raise NotThereError
    check_going_home(work, home, reader.reach.staff_id)


@pages.post("/children/{child_id}/addresses/{change_id}/confirm")
async def confirm_address(visit: Visit, asked: ChangeAsked) -> web.StreamResponse:
    """The address is theirs: it acts at once."""
    return await _decide(visit, asked, agreed=True)


@pages.post("/children/{child_id}/addresses/{change_id}/refuse")
async def refuse_address(visit: Visit, asked: ChangeAsked) -> web.StreamResponse:
    """It is not, or nobody knows: the old one stays."""
    return await _decide(visit, asked, agreed=False)


@pages.post("/children/{child_id}/addresses")
async def post_address(visit: Visit, asked: AddressWritten) -> web.StreamResponse:
    """Write down a new phone or mail address that the family told of."""
    return await _after(
        visit, asked, await visit.try_work(write_down, asked.child_id, asked.guardian_id, asked.address)
    )


async def _decide(visit: Visit, asked: ChangeAsked, *, agreed: bool) -> web.StreamResponse:
    return await _after(visit, asked, await visit.try_work(decide, asked.child_id, asked.change_id, agreed=agreed))


async def _after(visit: Visit, asked: ChildAsked, done: object) -> web.StreamResponse:
    if isinstance(done, Refusal):
        return await _show(visit, await visit.look(gather_child, asked.child_id), refusal=done)
    return visit.go(f"/children/{asked.child_id}")
