"""`budbok book`: a child's book as a member of staff may read it, asked and kept in the audit as on the page."""

import json
from collections.abc import Callable

import sqlalchemy as sa

from hub.asker import Asker, Trust, operator_asker
from hub.desk import Desk, Look, Work
from hub.people.families import Child
from hub.people.staff import Staff
from hub.post.book import BookPage, read_book_page
from hub.post.entry import Entry
from hub.post.reading import get_reader
from hub.safety.access import NotThereError
from hub.safety.audit import note

Say = Callable[[str], None]
WHY = "command book"
NOT_THERE = "There is no such member of staff or child, or none that this member of staff may know of."


async def tell_book(desk: Desk, child: str, staff: str, say: Say, as_json: bool) -> int:
    """The child's whole book, oldest first. The exit code: 0 told, 1 there is nothing that this asker may see.

    `child` is an id or a source's id, `staff` a login, an id or a source's id.
    """
    operator = operator_asker(WHY)
    who = await desk.look(operator, find_staff, staff)
    if who is None:
        say(NOT_THERE)
        return 1
    asker = Asker("staff", who.id, Trust.STRONG, WHY, who.owner_id)
    child_id = await desk.look(operator, find_child, who.owner_id, child)
    pages: list[BookPage] = []
    try:
        before = None
        while not pages or before is not None:
            page = await desk.look(asker, _read_page, child_id or child, before)
            await desk.work(asker, note, "read", [child_id or child, *(entry.id for entry in page.entries)])
            pages.append(page)
            before = page.before
    except NotThereError:
        await desk.work(asker, _note_refusal, child_id)
        say(NOT_THERE)
        return 1
    for page in reversed(pages):
        for entry in page.entries:
            say(json.dumps(entry.as_json(), ensure_ascii=False) if as_json else _line(entry))
    return 0


def find_staff(look: Look, named: str) -> Staff | None:
    """A member of staff by login or id; by a source's id only where one owner has it."""
    found = look.session.scalars(
        sa.select(Staff).where(sa.or_(sa.func.lower(Staff.login) == named.lower(), Staff.id == named))
    ).first()
    if found is not None:
        return found
    same = list(look.session.scalars(sa.select(Staff).where(Staff.source_id == named).limit(2)))
    return same[0] if len(same) == 1 else None


def find_child(look: Look, owner_id: str, named: str) -> str | None:
    """The id of an owner's child, by its id or its source's id."""
    return look.session.scalars(
        sa.select(Child.id).where(Child.owner_id == owner_id, sa.or_(Child.id == named, Child.source_id == named))
    ).first()


def _read_page(look: Look, child_id: str, before: str | None) -> BookPage:
    return read_book_page(look, get_reader(look), child_id, before)


def _note_refusal(work: Work, child_id: str | None) -> None:
    note(work, "refused", [child_id] if child_id else [])


def _line(entry: Entry) -> str:
    sent = ", ".join(f"{sent.to} {sent.progress}" for sent in entry.deliveries)
    return f"{entry.at:%Y-%m-%d %H:%M} {entry.channel or 'note':8} {entry.who or entry.author}: {entry.text}" + (
        f"  [{sent}]" if sent else ""
    )
