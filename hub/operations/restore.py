"""`budbok restore`: a backup becomes a store again, whole or not at all, and nothing comes back that must not.

What waited to be sent when the backup was made may have gone since: it is parked, so that a person sees it and nobody is
written to twice. Source: security rules S9.3, S9.12 and S10.4.
"""

import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from hub.asker import operator_asker
from hub.barring import RESTORED, apply_again
from hub.clock import Clock
from hub.database import make_engine
from hub.desk import Desk, StoreAwayError, Work
from hub.doorbell import LocalDoorbell
from hub.never_again import FILE as NEVER_AGAIN
from hub.never_again import Facts, NeverAgain, read_journal
from hub.operations.archive import Archive
from hub.operations.building_site import Place, clear, close_log, take_place
from hub.operations.snapshot import tally
from hub.post.broadcast_recalls import recall
from hub.post.broadcasts import Broadcast, BroadcastState
from hub.post.deliveries import RANK, Delivery, Status, end_badly
from hub.upgrade import bring_up_to_date, newest_version

Say = Callable[[str], None]
ASKER = operator_asker("restore")
log = logging.getLogger(__name__)


class NotRestoredError(Exception):
    """Nothing was restored, and why."""


async def restore(
    file: Path,
    place: Place,
    keys: Sequence[str],
    clock: Clock,
    say: Say,
    *,
    replace: bool = False,
    living: Place | None = None,
) -> int:
    """Restore a backup to an empty place, or with `replace` to one that is not. The exit code.

    `living` is the hub that the backup was taken of: what its journal says must not come back, and its store where it can
    still be read, is barred again. Raises: NotRestoredError, BrokenFileError, StoreInUseError, OSError.
    """
    archive = Archive(file, keys)
    if archive.manifest.version > newest_version():
        raise NotRestoredError(
            f"The backup is of version {archive.manifest.version}; this hub knows {newest_version()} at most."
        )
    place.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not replace and not place.is_empty():
        raise NotRestoredError(f"There is a store at {place.data} already; --replace puts it aside.")
    journal = await _gather_journal(living, clock) if living is not None else {}
    clear(place)
    built = place.building
    _fill(archive, built)
    journal = read_journal(built.data / NEVER_AGAIN) | journal
    kept_out = await _make_safe(built, clock, journal)
    if not built.database:
        close_log(built.file)
    NeverAgain(built.data / NEVER_AGAIN).append(journal)
    aside = f"before_restore_{clock.now():%Y%m%dT%H%M%S}"
    take_place(place, aside)
    say(f"Restored what was kept at {archive.manifest.made_at} into {place.data}.")
    if (place.data / aside).exists():
        say(f"What was there is kept under the name {aside}.")
    say(
        f"{kept_out.barred} things that must not come back were kept out; {kept_out.parked} unsent messages are parked for a "
        "person."
    )
    if kept_out.recalled:
        say(
            f"{kept_out.recalled} broadcasts that had not gone to everybody are recalled: whoever sent one may write it anew."
        )
    say("Everybody has to sign in anew, and whoever changed a password since needs an invitation.")
    return 0


async def _gather_journal(living: Place, clock: Clock) -> Facts:
    """The last word of the hub that was: its journal, brought up to date from its store where that can still be read."""
    file = living.data / NEVER_AGAIN
    if not living.database and not living.file.exists():
        return read_journal(file)
    desk = Desk(living.url, clock, LocalDoorbell(), node="restore")
    try:
        journal = NeverAgain(file)
        journal.append(await desk.look(ASKER, journal.compare))
    except (StoreAwayError, SQLAlchemyError):
        log.warning("the store that was cannot be read; its journal has the last word")
    finally:
        await desk.close()
    return read_journal(file)


@dataclass(slots=True)
class _Files:
    """Where the files of a backup are put down."""

    folder: Path

    def keep(self, name: str, piece: bytes) -> None:
        file = self.folder / name
        file.parent.mkdir(mode=0o700, exist_ok=True)
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as out:
            out.write(piece)


def _fill(archive: Archive, built: Place) -> None:
    """The rows, into tables of the backup's own version, held against what was written; only then brought up to date."""
    bring_up_to_date(built.url, archive.manifest.version)
    engine = make_engine(built.url, connections=1)
    try:
        with engine.begin() as connection:
            written = archive.unpack(connection, _Files(built.data).keep)
            for shape in archive.manifest.shapes:
                if tally(connection, shape) != written[shape.name]:
                    raise NotRestoredError(f"The table {shape.name} does not come back as it was.")
    finally:
        engine.dispose()
    bring_up_to_date(built.url)


@dataclass(frozen=True, slots=True)
class _KeptOut:
    """How many things were barred again, deliveries parked, and broadcasts recalled."""

    barred: int
    parked: int
    recalled: int


async def _make_safe(built: Place, clock: Clock, journal: Facts) -> _KeptOut:
    desk = Desk(built.url, clock, LocalDoorbell(), node="restore")
    try:
        return await desk.work(ASKER, _bar_and_park, journal)
    finally:
        await desk.close()


def _bar_and_park(work: Work, journal: Facts) -> _KeptOut:
    """Whether what waits here has gone since is not known: it goes on by no further way, and nobody is told of it anew."""
    waiting = sa.select(Delivery).where(Delivery.rank < RANK[Status.ACCEPTED])
    parked = list(work.session.scalars(waiting))
    for delivery in parked:
        delivery.mark(RESTORED)
        delivery.climbs_at, delivery.has_next = None, False
        end_badly(work, delivery, Status.PARKED, RESTORED)
    work.session.flush()
    unfinished = sa.select(Broadcast).where(Broadcast.state.in_([BroadcastState.HELD, BroadcastState.SENDING]))
    recalled = list(work.session.scalars(unfinished))
    for broadcast in recalled:
        recall(work, broadcast)
    return _KeptOut(apply_again(work, journal), len(parked), len(recalled))
