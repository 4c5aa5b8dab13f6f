"""*Put in the child's file*: one message about a child, kept for the archive with a reason; and that it stands there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from aiohttp import web
from pydantic import Field

from admin_web.page import Pages
from admin_web.parameters import Asked, PublicId
from admin_web.staff.bubbles import Bubble, lay_out
from admin_web.staff.visiting import Visit
from hub.archive.message_records import LONGEST_REASON, get_for_file, matter_of, put_in_file
from hub.archive.records import ArchiveRecord, RecordKind, find_reason, find_record, list_kept
from hub.archive.rules import Keep, rules_of
from hub.desk import Look, Refusal
from hub.people.families import Child
from hub.people.naming import names_of
from hub.people.places import Unit
from hub.post.book import gather_entries
from hub.post.entry import Entry
from hub.post.reading import get_reader

pages = Pages()
PATH = "/children/{child_id}/messages/{message_id}/file"


class FileAsked(Asked):
    child_id: PublicId
    message_id: PublicId


class PutAsked(FileAsked):
    reason: Annotated[str, Field(max_length=LONGEST_REASON)] = ""


@dataclass(frozen=True, slots=True)
class FileWay:
    """Where a message of the book is put in the child's file, or seen to stand there."""

    href: str
    is_kept: bool


def list_file_ways(look: Look, child: Child, entries: Sequence[Entry]) -> dict[str, FileWay]:
    """By the messages' ids: those that are kept, and those that may be, as far as can be told before it is tried."""
    kept = list_kept(look, child.id, [entry.id for entry in entries])
    rules = rules_of(look, child.owner_id)
    return {
        entry.id: FileWay(PATH.format(child_id=child.id, message_id=entry.id), entry.id in kept)
        for entry in entries
        if entry.id in kept or (rules[matter_of(entry)] is not Keep.NO and entry.held_until is None)
    }


@dataclass(frozen=True, slots=True)
class OnFile:
    """The message, laid out, and its record where it has one. `by` is who put it there."""

    child: Child
    unit: Unit
    bubbles: list[Bubble]
    record: ArchiveRecord | None
    by: str
    reason: str
    is_for_it: bool
    now: datetime


def gather_on_file(look: Look, visit: Visit, asked: FileAsked) -> OnFile:
    """Raises: NotThereError."""
    message, thread, child = get_for_file(look, asked.child_id, asked.message_id)
    reader = get_reader(look)
    entries = gather_entries(look, reader, [message.id])
    record = find_record(look, RecordKind.MESSAGE, message.id, child.id)
    by = names_of(look, staff=[record.kept_by]).get(record.kept_by, "") if record is not None else ""
    return OnFile(
        child,
        reader.units[thread.unit_id],
        lay_out(visit, reader.units, entries, f"/threads/{thread.id}", look.now),
        record,
        by,
        find_reason(record) if record is not None else "",
        rules_of(look, child.owner_id)[matter_of(message)] is not Keep.NO,
        look.now,
    )


@pages.get(PATH)
async def show_on_file(visit: Visit, asked: FileAsked) -> web.StreamResponse:
    """The message, and the form; or since when it stands there and why."""
    return await _show(visit, asked)


@pages.post(PATH)
async def put_on_file(visit: Visit, asked: PutAsked) -> web.StreamResponse:
    """Keep it; what was typed stays where it is refused."""
    done = await visit.try_work(put_in_file, asked.child_id, asked.message_id, asked.reason)
    if isinstance(done, Refusal):
        return await _show(visit, asked, asked.reason, visit.explain(done))
    return visit.go(PATH.format(child_id=asked.child_id, message_id=asked.message_id))


async def _show(visit: Visit, asked: FileAsked, typed: str = "", wrong: str = "") -> web.Response:
    found = await visit.look(gather_on_file, visit, asked)
    await visit.note_reading([asked.child_id, asked.message_id])
    record, unit = found.record, found.unit
    return visit.show(
        "staff/on_file.j2",
        status=422 if wrong else 200,
        here=PATH.format(child_id=asked.child_id, message_id=asked.message_id),
        child=found.child,
        bubbles=found.bubbles,
        is_for_it=found.is_for_it,
        kept_at=unit.local(record.kept_at) if record is not None else None,
        left_at=unit.local(record.exported_at) if record is not None and record.exported_at is not None else None,
        today=unit.today(found.now),
        by=found.by,
        reason=found.reason,
        typed=typed,
        wrong=wrong,
        longest=LONGEST_REASON,
    )
