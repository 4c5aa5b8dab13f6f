"""What the village keeps for the archive, and an export of it."""

import json
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from hub.archive.exports import Asked
from hub.archive.gathering import gather_records
from hub.archive.leaving import Left, export_records
from hub.archive.message_records import put_in_file
from hub.archive.records import ArchiveRecord
from hub.asker import operator_asker
from hub.desk import Desk, Work
from hub.post.files import Attachment, AttachmentBody, FileState
from hub.post.messages import Message
from hub.school.leave import LeaveApplication
from hub.school.leave_decisions import Outcome
from hub.school.leave_papers import make_papers
from hub.school.leave_verdicts import Verdict, decide
from tests.hub.post.spoken import as_staff, heard
from tests.hub.school.applying import FAR, apply_for
from tests.hub.sign_in.school import TEST
from tests.village import FJORDVIK, Village

KARI, ANNE, OLA = "Kari Nordmann", "Anne Nordmann", "Ola Nordmann"
LEADER, TEACHER, ADMINISTRATOR = "Ingrid Solberg", "Kari Lunde", "Tora Myklebust"
WORDS = "Hun er redd for å gå til skolen."
WHY = "Saken om skolemiljøet"
EXPORT = operator_asker("records export")


async def decide_leave(
    village: Village, outcome: Outcome = Outcome.REFUSED, words: str | None = None, *, kept: bool = True
) -> str:
    """Kari's leave is decided and, where it is `kept`, its letters are made and it has its record; the application's id."""

    def both(work: Work) -> str:
        id_ = apply_for(work, village, KARI, ANNE, [FAR], words=words)
        work.asker = as_staff(village.staff(LEADER))
        verdict = Verdict(outcome, "Prøver i uke 13.")
        decide(work, work.session.get_one(LeaveApplication, id_), village.unit("school"), verdict)
        return id_

    id_ = await village.desk.work(TEST, both)
    if kept:
        await make_papers(village.desk)
        await gather_records(village.desk)
    return id_


async def write(village: Village, text: str = WORDS, files: Sequence[bytes] = (), **more: Any) -> str:
    """Anne writes about Kari; the message's id."""

    def say(work: Work) -> str:
        child = village.child(KARI)
        message = heard(work, village, village.guardian(ANNE), "school", text, [child], **more)
        work.session.flush()
        for body in files:
            _bring(work, message, body)
        return message.id

    return await village.desk.work(TEST, say)


def _bring(work: Work, message: Message, body: bytes) -> None:
    file = Attachment(
        id=work.new_id(),
        owner_id=message.owner_id,
        message_id=message.id,
        channel="twilio",
        link="https://files.example.org/1",
        claimed_type="image/jpeg",
        due=work.now,
        state=FileState.KEPT,
    )
    work.session.add(file)
    work.session.flush()
    work.session.add(AttachmentBody(attachment_id=file.id, body=body))


async def put(village: Village, message_id: str, why: str = WHY, who: str = TEACHER) -> str:
    """A member of staff puts it in Kari's file; the record's id."""
    asker = as_staff(village.staff(who))
    child = village.child(KARI).id
    return await village.desk.work(asker, lambda work: put_in_file(work, child, message_id, why).id)


async def export(village: Village, folder: Path, asked: Asked | None = None, owner: str = FJORDVIK) -> Left | None:
    await gather_records(village.desk)
    return await export_records(village.desk, EXPORT, village.owner(owner), asked or Asked(), folder)


async def list_records(desk: Desk) -> list[ArchiveRecord]:
    asked = sa.select(ArchiveRecord).order_by(ArchiveRecord.id)
    return await desk.look(TEST, lambda look: list(look.session.scalars(asked)))


def lines_of(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "records.jsonl").read_text("ascii").splitlines()]


def record_ids(folder: Path) -> list[str]:
    return [line["record"] for line in lines_of(folder) if line["what"] == "record"]


def package_of(folder: Path, record_id: str) -> dict[str, bytes]:
    """The files of a record's Noark 5 package by name."""
    with zipfile.ZipFile(folder / "noark5" / f"{record_id}.zip") as packed:
        return {name: packed.read(name) for name in packed.namelist()}
