"""An export from its beginning to its end: records leave for a folder, which is checked before they count as having left.

The folder reads without Budbok: `index.html` in a browser, `check.py` with any Python. Killed anywhere, it goes on where it
was; a record is there once, and a record that is not there has not left.
"""

import asyncio
import json
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hub.archive import check
from hub.archive.exports import Asked, Begun, Leaving, begin_export, end_export, find_open, take_records
from hub.archive.folder import ExportFolder, is_written_to
from hub.archive.index import make_index
from hub.archive.noark import Shielding, pack
from hub.archive.papers import RECORD, make_documents, read_moment
from hub.asker import Asker
from hub.desk import Desk
from hub.people.places import Owner

AT_ONCE = 20
NOARK_COUNTRIES = frozenset({"NO"})
"""Where archives take in Noark 5."""


class NotWholeError(Exception):
    """What was written is not what was to be written; `args` are sentences. Nothing counts as having left."""


@dataclass(frozen=True, slots=True)
class Left:
    """What left: how many records, and the head of the export. `was_begun`: it went on where it had been broken off."""

    records: int
    head: str
    was_begun: bool


async def export_records(desk: Desk, asker: Asker, owner: Owner, asked: Asked, folder: Path) -> Left | None:
    """None where nothing waits. Raises: NotWholeError, NotOurFolderError, UnderWayError, BrokenRecordError, OSError."""
    here = f"{platform.node()}:"
    open_ = await desk.look(asker, find_open, owner.id)
    stopped = open_.written_to if open_ is not None else None
    if stopped is not None and not await asyncio.to_thread(_has_stopped, stopped, here):
        stopped = None
    written_to = f"{here}{await asyncio.to_thread(folder.resolve)}"
    begun = await desk.work(asker, begin_export, owner, asked, written_to, stopped)
    if begun is None:
        return None
    out = await asyncio.to_thread(ExportFolder, folder, begun.id)
    try:
        await _write(desk, asker, begun, out)
        faults = await asyncio.to_thread(check.check, str(folder), out.head)
        if faults:
            raise NotWholeError(*faults)
        await desk.work(asker, end_export, begun, out.head, out.records)
        return Left(len(out.records), out.head, begun.is_resumed)
    finally:
        out.close()


def _has_stopped(written_to: str, here: str) -> bool:
    """Whether an export was written on this machine and is so no longer."""
    return written_to.startswith(here) and not is_written_to(Path(written_to.removeprefix(here)))


async def _write(desk: Desk, asker: Asker, begun: Begun, out: ExportFolder) -> None:
    if not out.lines:
        await asyncio.to_thread(_begin, begun, out)
    while not out.is_whole:
        leaving = await desk.work(asker, take_records, begun, out.last_record, AT_ONCE)
        if not leaving:
            await asyncio.to_thread(_end, begun, out)
            break
        await asyncio.to_thread(_add, begun, out, leaving)
    await asyncio.to_thread(out.seal)


def _begin(begun: Begun, out: ExportFolder) -> None:
    out.add(
        "begin",
        [("check.py", Path(check.__file__).read_bytes())],
        export=begun.id,
        owner=begun.owner,
        at=begun.begun_at.isoformat(),
        again=begun.again,
        follows=begun.follows,
    )


def _add(begun: Begun, out: ExportFolder, leaving: Sequence[Leaving]) -> None:
    for record in leaving:
        content = json.loads(record.content)
        documents = make_documents(content, record.files, begun.country)
        papers = [paper for document in documents for paper in document.papers]
        files = [(f"records/{record.id}/{RECORD}", record.content.encode())]
        files += [(f"records/{record.id}/{paper.name}", paper.body) for paper in papers]
        if begun.country in NOARK_COUNTRIES:
            shielding = Shielding(record.is_secret, record.shielded)
            files.append((f"noark5/{record.id}.zip", pack(content, documents, shielding, begun.begun_at)))
        out.add(
            "record",
            files,
            record=record.id,
            kind=content["kind"],
            case=content["case"]["id"],
            kept_at=record.kept_at.isoformat(timespec="seconds"),
            sha256=record.sha256,
            protected=record.is_secret,
        )


def _end(begun: Begun, out: ExportFolder) -> None:
    index = make_index(out.folder, out.lines, begun.owner, begun.language, read_moment(out.lines[0]["at"]))
    out.add("end", [("index.html", index.encode())], records=len(out.records))
