"""Fetches what families sent and a provider holds: each file is scanned before anything opens it, and made anew before it is
kept. Source: security rule S7.7.
"""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from hub.asker import routine_asker
from hub.clock import moment_of
from hub.desk import Desk, Work
from hub.doorbell import LIVE
from hub.post.channel import Channel, MediaLink, RejectedError, SendError
from hub.post.files import Attachment, AttachmentBody, FileState
from hub.post.pictures import TAKEN, BadPictureError, make_anew
from hub.post.scanner import INFECTED, NOT_SCANNED, InfectedError, Scanner, ScannerAwayError

FILES = routine_asker("files")
AT_ONCE = 4
TRY_LIMIT = 5
LEASE = timedelta(minutes=2)
FIRST_WAIT = timedelta(seconds=30)
SCAN_WAIT = timedelta(minutes=1)
SCANNED_WITHIN = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Picture:
    body: bytes
    width: int
    height: int


def _take(work: Work) -> list[Attachment]:
    due = work.session.scalars(
        sa.select(Attachment)
        .where(Attachment.state == FileState.WAITING, Attachment.due <= work.now)
        .order_by(Attachment.due)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
    ).all()
    for attachment in due:
        attachment.tries += 1
        attachment.due = work.now + LEASE
    return list(due)


def _waits_for_scanner(work: Work, attachment: Attachment) -> bool:
    """A scanner that answers and scans nothing is waited for too; a file that it never takes is refused in the end."""
    return attachment.reason == NOT_SCANNED and moment_of(attachment.id) > work.now - SCANNED_WITHIN


def _settle(work: Work, attachment_id: str, picture: _Picture | None, reason: str | None, again: bool) -> None:
    attachment = work.session.get_one(Attachment, attachment_id)
    if attachment.state != FileState.WAITING:
        return
    attachment.reason = reason
    if picture is not None:
        attachment.state, attachment.size = FileState.KEPT, len(picture.body)
        attachment.width, attachment.height = picture.width, picture.height
        attachment.digest = hashlib.sha256(picture.body).hexdigest()
        work.session.add(AttachmentBody(attachment_id=attachment_id, body=picture.body))
    elif again and (attachment.tries < TRY_LIMIT or _waits_for_scanner(work, attachment)):
        attachment.due = work.now + FIRST_WAIT * 2 ** min(attachment.tries, TRY_LIMIT)
        return
    else:
        attachment.state = FileState.REFUSED
    work.ring(LIVE, attachment.message_id or "")


def _hold(work: Work, ids: Sequence[str]) -> None:
    """They wait for the scanner, which is no fault of theirs."""
    for attachment_id in ids:
        attachment = work.session.get_one(Attachment, attachment_id)
        attachment.reason, attachment.due = NOT_SCANNED, work.now + SCAN_WAIT
        attachment.tries -= 1
        work.ring(LIVE, attachment.message_id or "")


async def fetch_files(desk: Desk, channels: Mapping[str, Channel], scanner: Scanner | None = None) -> int:
    """Fetch what waits, and have it scanned before anything opens it; how many files were tried. While the scanner is away they
    stay with their providers."""
    taken = await desk.work(FILES, _take)
    if scanner is not None and taken:
        try:
            await scanner.check()
        except ScannerAwayError:
            await desk.work(FILES, _hold, [attachment.id for attachment in taken])
            return len(taken)
    for attachment in taken:
        channel = channels.get(attachment.channel)
        picture, reason, again = None, None, False
        try:
            if channel is None:
                raise RejectedError("no_channel")
            fetched = await channel.fetch_media(MediaLink(attachment.link, attachment.claimed_type))
            if scanner is not None:
                await scanner.scan(fetched.content)
            if fetched.content_type not in TAKEN:
                raise RejectedError("kind_not_taken")
            picture = _Picture(*await asyncio.to_thread(make_anew, fetched.content))
        except InfectedError:
            reason = INFECTED
        except ScannerAwayError:
            reason, again = NOT_SCANNED, True
        except BadPictureError as error:
            reason = str(error)
        except SendError as error:
            reason, again = error.reason, not isinstance(error, RejectedError)
        await desk.work(FILES, _settle, attachment.id, picture, reason, again)
    return len(taken)
