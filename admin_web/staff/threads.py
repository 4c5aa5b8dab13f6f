"""*Threads*: the inbox of the groups I serve. What waits for a person stands first, the one who has waited longest on top."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

from aiohttp import web
from pydantic import Field
from yarl import URL

from admin_web.page import Pages
from admin_web.parameters import Asked, PublicId
from admin_web.staff.morning_words import NOT_SAID
from admin_web.staff.visiting import Visit
from hub.desk import Look
from hub.people.places import Group
from hub.post.inbox_rows import Row
from hub.post.inboxes import Inbox, Only, list_inbox
from hub.post.messages import Author, ThreadKind
from hub.post.news import list_news
from hub.post.reading import Reader, get_reader
from hub.safety.access import get_group

pages = Pages()

EMPTY = {Only.ALL: "empty_all", Only.WAITING: "empty_waiting", Only.MINE: "empty_mine"}


class ThreadsAsked(Asked):
    """`before` is a moment in whole microseconds since 1970."""

    only: Only = Only.ALL
    group: PublicId | None = None
    before: Annotated[int, Field(gt=0, lt=2**53)] | None = None


class RowsAsked(Asked):
    only: Only = Only.ALL
    group: PublicId | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """The inbox, whose it is, and when."""

    reader: Reader
    inbox: Inbox
    group: Group | None
    now: datetime

    @property
    def read_ids(self) -> list[str]:
        return [row.thread.id for row in self.inbox.rows]


def gather_inbox(look: Look, only: Only, group_id: str | None, before: datetime | None = None) -> Listed:
    """Raises: NotThereError."""
    reader = get_reader(look)
    group = get_group(look, reader.reach, group_id) if group_id is not None else None
    return Listed(reader, list_inbox(look, reader, only, before, group_id), group, look.now)


@pages.get("/threads")
async def show_threads(visit: Visit, asked: ThreadsAsked) -> web.StreamResponse:
    """The threads of my groups."""
    before = datetime.fromtimestamp(asked.before / 1_000_000, UTC) if asked.before is not None else None
    listed = await visit.look(gather_inbox, asked.only, asked.group, before)
    await visit.note_reading(listed.read_ids)
    return visit.show(
        "staff/threads.j2",
        live="/threads/live" if before is None else None,
        **_facts(visit, listed, asked.only),
    )


@pages.get("/threads/rows")
async def show_rows(visit: Visit, asked: RowsAsked) -> web.StreamResponse:
    """The rows alone, for a page that is open."""
    if not visit.is_partial:
        return visit.go("/threads")
    listed = await visit.look(gather_inbox, asked.only, asked.group)
    await visit.note_reading(listed.read_ids)
    return visit.show("staff/threads_rows.j2", **_facts(visit, listed, asked.only))


@pages.live("/threads/live")
async def follow(visit: Visit) -> web.StreamResponse:
    """Tells an open page that something in one of my units has changed."""
    return await visit.live(concerns_inbox)


def concerns_inbox(look: Look, ids: frozenset[str]) -> bool:
    """Whether any of these ids is about what the viewer may read. Raises: NotThereError."""
    reader = get_reader(look)
    return not ids.isdisjoint(reader.units) or bool(list_news(look, reader, ids))


def _facts(visit: Visit, listed: Listed, only: Only) -> dict[str, Any]:
    inbox = listed.inbox
    oldest = ""
    if inbox.oldest_wait is not None and inbox.rows:
        oldest = _moment(visit, listed, inbox.rows[0], inbox.oldest_wait)
    kept = {"only": only.value} | ({"group": listed.group.id} if listed.group else {})
    more = str(URL("/threads").with_query(**kept, before=_microseconds(inbox.before))) if inbox.before else ""
    return {
        "waiting": inbox.waiting,
        "oldest": oldest,
        "first": next((row for row in inbox.rows if row.waits_since), None),
        "rows": [_row(visit, listed, row) for row in inbox.rows],
        "fresh_rows": str(URL("/threads/rows").with_query(kept)),
        "ways": [
            {"href": "/threads" if way is Only.ALL else f"/threads?only={way}", "word": visit.say(f"threads.{way}")}
            | ({"current": True} if way is only and listed.group is None else {})
            | ({"count": count} if count is not None else {})
            for way, count in ((Only.ALL, None), (Only.WAITING, inbox.waiting), (Only.MINE, inbox.mine))
        ]
        + (
            [{"href": f"/threads?group={listed.group.id}", "word": listed.group.name, "current": True}]
            if listed.group
            else []
        ),
        "empty": "empty_group" if listed.group else EMPTY[only],
        "more": more,
    }


def _microseconds(moment: datetime) -> int:
    return int(moment.timestamp()) * 1_000_000 + moment.microsecond


def _row(visit: Visit, listed: Listed, row: Row) -> dict[str, Any]:
    last = (None if row.waits_why in NOT_SAID else row.waits_with) or row.last
    said = last.text if not last.sensitive else visit.say("threads.sensitive")
    if last.note:
        said = f"{visit.say('threads.note_said', who=last.who)}: {said}"
    elif last.author is Author.STAFF:
        who = visit.say("threads.you_said") if last.author_id == visit.asker.id else last.who
        said = f"{who}: {said}"
    foreign = last.author is Author.GUARDIAN and not last.sensitive and last.language != visit.language
    return {
        "id": f"t-{row.thread.id}",
        "href": f"/threads/{row.thread.id}",
        "who": " / ".join(name_families(visit, row)),
        "about": visit.say("threads.about", children=row.about),
        "said": said,
        "time": _moment(visit, listed, row, last.at),
        "iso": last.at.isoformat(),
        "unread": row.unread,
        "waiting": row.waits_since is not None,
        "taken_by": row.assigned_to or "",
        "language": last.language if foreign else "",
    }


def name_families(visit: Visit, row: Row) -> list[str]:
    """Who is in a thread; a pupil is marked as one."""
    if row.thread.kind == ThreadKind.PUPIL:
        return [visit.say("threads.pupil", name=name) for name in row.families]
    return list(row.families)


def _moment(visit: Visit, listed: Listed, row: Row, at: datetime) -> str:
    unit = listed.reader.units[row.thread.unit_id]
    local = unit.local(at)
    return visit.say("threads.moment", at=local, day=local.date(), today=unit.today(listed.now))
