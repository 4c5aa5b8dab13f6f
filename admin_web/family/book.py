"""A child's book as its family reads it, and where the family writes: to a seat that serves the child, answered where it asks.

What is written is kept first, as from any other channel, and heard by the same bots. It works without script; with it, what
is new comes by itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from hashlib import sha256
from typing import Annotated, Any

from aiohttp import web
from pydantic import Field

from admin_web.family.bubbles import lay_out, lay_out_pending
from admin_web.family.home import let_keep, name_places
from admin_web.family.notices import find_key, may_offer, tells_here
from admin_web.family.visiting import HOME, FamilyVisit
from admin_web.page import Pages
from admin_web.parameters import Asked, PublicId
from hub.address import APP, Address
from hub.desk import DeskBusyError, Look, Refusal, Work
from hub.people.families import Child, Guardian
from hub.people.naming import names_of
from hub.people.places import Unit
from hub.post.channel import BusyError, Inbound, MediaLink
from hub.post.family_book import FamilyPage, find_told, is_in_book, read_family_book
from hub.post.family_entry import FamilyEntry
from hub.post.family_pending import Pending, list_pending
from hub.post.family_reads import note_read
from hub.post.files import JPEG, PUT_UP
from hub.post.pupil_threads import list_reading_along
from hub.post.put_up import MOST_FILES, NotTakenError, TooManyFilesError, make_all, put_up
from hub.school.own_consents import list_deciding
from hub.school.own_leave import may_apply
from hub.school.photos import list_barred
from hub.school.school_year import is_pupil_of_school
from hub.sign_in.app_addresses import keep_app_addresses
from hub.sign_in.family_sessions import FoundFamily, get_acting_session, get_family_session
from hub.sign_in.tokens import new_token
from hub.talk.family_writing import OpenSeat, get_open_seat, list_seats
from hub.talk.own_places import may_ask_for_place
from hub.talk.routing import list_sharing

pages = Pages()

MOST_LETTERS = 2000


class BookAsked(Asked):
    child_id: PublicId


class BookPageAsked(BookAsked):
    before: PublicId | None = None


class WrittenAsked(BookAsked):
    """`key` is made for each page, so that the same words sent twice arrive once."""

    role_id: PublicId
    text: Annotated[str, Field(min_length=1, max_length=MOST_LETTERS)]
    key: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{20,60}$")]


@dataclass(frozen=True, slots=True)
class Book:
    """A child's book as one family may read it, at one moment. `beside` are others who read what is written. `decides`:
    consents for the child are theirs to give; `applies`: leave is theirs to apply for; `asks_place`: a place is theirs to ask
    for. `hidden` are files that are not shown any more. `has_notices`: this browser tells of news."""

    found: FoundFamily
    child: Child
    page: FamilyPage
    pending: list[Pending]
    seats: list[OpenSeat]
    beside: list[str]
    decides: bool
    applies: bool
    asks_place: bool
    hidden: set[str]
    now: datetime
    has_notices: bool = False

    @property
    def read_ids(self) -> list[str]:
        return [self.child.id, *(entry.id for entry in self.page.entries)]

    @property
    def unread_ids(self) -> list[str]:
        return [entry.id for entry in self.page.entries if entry.is_unread]

    @property
    def offers(self) -> bool:
        """Whether notices may be offered: they have written, and this browser tells of nothing yet."""
        return not self.has_notices and any(entry.is_own for entry in self.page.entries)

    @property
    def asks(self) -> FamilyEntry | None:
        """The question that waits for a touch: it was the last word here, and was put here."""
        last = self.page.entries[-1] if self.page.entries and not self.pending else None
        seats = {seat.role.id for seat in self.seats}
        is_open = last is not None and last.channel == APP and bool(last.choices) and last.role_id in seats
        return last if is_open else None


def gather_book(look: Look, session_id: str, child_id: str, before: str | None = None) -> Book:
    """Raises: NotThereError."""
    found = get_family_session(look, session_id)
    family = found.family
    page = read_family_book(look, family, child_id, before)
    seats = list_seats(look, family, child_id) if not found.by_mail else []
    numbers = [seat.number.value for seat in seats]
    return Book(
        found=found,
        child=family.places_of(child_id)[0].child,
        page=page,
        pending=list_pending(look, family, numbers) if before is None else [],
        seats=seats,
        beside=list_beside(look, found, [seat.unit for seat in seats]),
        decides=any(child.id == child_id for child, _ in list_deciding(look, family)),
        applies=may_apply(look, family, child_id),
        asks_place=not found.is_pupil and may_ask_for_place(look, family, child_id),
        hidden=list_barred(look, [file.id for entry in page.entries for file in entry.files]),
        now=look.now,
        has_notices=tells_here(look, found),
    )


def list_beside(look: Look, found: FoundFamily, units: Sequence[Unit]) -> list[str]:
    """Who else of the family reads what is written to these units: those behind the phone, or those who share by choice."""
    ids = set(found.family.guardian_ids)
    if found.is_pupil:
        pupil = look.session.get_one(Guardian, found.guardian_id)
        ids.update(list_reading_along(look, pupil, found.family.first_unit.today(look.now)))
    if not found.is_shared:
        for unit in {unit.id: unit for unit in units}.values():
            ids.update(list_sharing(look, look.session.get_one(Guardian, found.guardian_id), unit))
    return sorted(names_of(look, guardians=ids - {found.guardian_id}).values())


@pages.get(f"{HOME}/children/{{child_id}}")
async def show_book(visit: FamilyVisit, asked: BookPageAsked) -> web.StreamResponse:
    """The book, its newest messages or those before one."""
    book = await visit.look(gather_book, visit.signed_in.id, asked.child_id, asked.before)
    answer = await _show(visit, book, is_newest=asked.before is None)
    if asked.before is None:
        let_keep(visit, answer, "book")
    return answer


async def _show(
    visit: FamilyVisit, book: Book, *, is_newest: bool, typed: str = "", refusal: Refusal | None = None
) -> web.Response:
    """`typed` is what was written and not sent, for the reason of `refusal`."""
    await _note_opened(visit, book)
    path = _path(book.child.id)
    return visit.show(
        "family/book.j2",
        status=422 if refusal is not None else 200,
        live=f"{path}/live" if is_newest else None,
        is_newest=is_newest,
        seats=[(seat.role.id, _name(visit, seat)) for seat in book.seats],
        by_mail=book.found.by_mail,
        units=list(dict.fromkeys(seat.unit.name for seat in book.seats)),
        beside=book.beside,
        most=MOST_LETTERS,
        most_files=MOST_FILES,
        typed=typed,
        wrong=visit.explain(refusal) if refusal is not None else "",
        notices_key=find_key(visit) if is_newest and book.offers and may_offer(visit) else "",
        **_facts(visit, book),
    )


@pages.get(f"{HOME}/children/{{child_id}}/messages")
async def show_messages(visit: FamilyVisit, asked: BookAsked) -> web.StreamResponse:
    """The newest messages alone, for a page that is open; anyone else is led to the whole page."""
    if not visit.is_partial:
        return visit.go(_path(asked.child_id))
    book = await visit.look(gather_book, visit.signed_in.id, asked.child_id)
    await _note_opened(visit, book)
    return visit.show("family/book_talk.j2", is_newest=True, **_facts(visit, book))


async def _note_opened(visit: FamilyVisit, book: Book) -> None:
    """In the audit, and for staff who see how far their words came. An open page asks for news only while it is looked at."""
    await visit.note_reading(book.read_ids)
    if book.unread_ids and not book.found.by_mail:
        await visit.work(note_opened, visit.signed_in.id, book.unread_ids)


def note_opened(work: Work, session_id: str, message_ids: Sequence[str]) -> None:
    """Raises: NotThereError."""
    note_read(work, get_family_session(work, session_id).family, message_ids)


def _facts(visit: FamilyVisit, book: Book) -> dict[str, Any]:
    path = _path(book.child.id)
    return {
        "path": path,
        "child": book.child,
        "decides": book.decides,
        "applies": book.applies,
        "asks_place": book.asks_place,
        "has_year": is_pupil_of_school(book.found.family, book.child.id),
        "places": name_places(book.found.family, book.child.id),
        "bubbles": lay_out(visit, book.found, book.page.entries, book.now),
        "pending": lay_out_pending(visit, book.found, book.pending, book.now),
        "earlier": f"{path}?before={book.page.before}" if book.page.before else "",
        "asks": book.asks,
        "key": new_token(),
        "hidden": book.hidden,
    }


def _name(visit: FamilyVisit, seat: OpenSeat) -> str:
    return visit.say("family.seat", title=seat.role.title, reader=seat.reader, unit=seat.unit.name)


def _path(child_id: str) -> str:
    return f"{HOME}/children/{child_id}"


@pages.live(f"{HOME}/children/{{child_id}}/live")
async def follow(visit: FamilyVisit, asked: BookAsked) -> web.StreamResponse:
    """Tells an open page that something in the book has changed."""
    return await visit.live(partial(concerns_book, session_id=visit.signed_in.id, child_id=asked.child_id))


def concerns_book(look: Look, ids: frozenset[str], session_id: str, child_id: str) -> bool:
    """Whether any of these ids is a message that the family may read in the book; without ids, whether they may read it at
    all. Raises: NotThereError."""
    if ids and look.asker.id not in find_told(look, ids):
        return False
    return is_in_book(look, get_family_session(look, session_id).family, child_id, ids)


@pages.post(f"{HOME}/children/{{child_id}}/write", files=True)
async def write(visit: FamilyVisit, asked: WrittenAsked) -> web.StreamResponse:
    """Write to a seat that serves the child, with pictures or without; it is kept before anything is thought of it."""
    sender, recipient = await visit.work(address_written, visit.signed_in.id, asked.child_id, asked.role_id)
    try:
        made = await make_all(visit.uploads, visit.house.parts.scanner, takes_documents=False)
        ids = await visit.work(put_up, sender, visit.signed_in.owner_id, made) if made else []
    except (NotTakenError, TooManyFilesError) as refusal:
        book = await visit.look(gather_book, visit.signed_in.id, asked.child_id)
        return await _show(visit, book, is_newest=True, typed=asked.text, refusal=refusal)
    said = sha256(b"\0".join([asked.text.encode(), *(each.body for each in made)])).hexdigest()[:16]
    inbound = Inbound(
        channel=APP,
        key=f"app:{visit.signed_in.id}:{asked.key}:{said}",
        sender=Address(APP, sender),
        recipient=Address(APP, recipient),
        text=asked.text.replace("\r\n", "\n"),
        provider_id=asked.key,
        media=tuple(MediaLink(f"{PUT_UP}{id_}", JPEG) for id_ in ids),
    )
    try:
        await visit.house.parts.inbox.receive(inbound)
    except BusyError:
        raise DeskBusyError from None
    return visit.go(f"{_path(asked.child_id)}#newest")


def address_written(work: Work, session_id: str, child_id: str, role_id: str) -> tuple[str, str]:
    """From whom and to which number it goes, by rights as they are now. Raises: NotThereError, NotByMailError."""
    found = get_acting_session(work, session_id)
    seat = get_open_seat(work, found.family, child_id, role_id)
    return keep_app_addresses(work, found, session_id), seat.number.value
