"""Becoming a gate of a unit, also anew. What the pairing before still holds is sent first, as that pairing and with its key;
what its hub refuses lies where it lay, apart from what is read from now on, until somebody has seen to it.
"""

import asyncio
import logging
import random
import shutil
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from nfc_gateway import clock, wire
from nfc_gateway.road import Road
from nfc_gateway.spool import TOUCHES, Spool, find_touches
from nfc_gateway.state import (
    SPOOLS,
    DamagedError,
    Identity,
    NotPairedError,
    drop_status,
    make_folder,
    read_identity,
    spool_of,
    write_identity,
)
from nfc_gateway.uplink import Uplink

log = logging.getLogger(__name__)


class StillWaitingError(Exception):
    """Touches of the pairing before wait for a hub that may yet take them."""

    def __init__(self, url: str, waiting: int) -> None:
        super().__init__()
        self.url = url
        self.waiting = waiting


@dataclass(frozen=True, slots=True)
class Left:
    """What lies in `folder` since a pairing before, by the gate's own clock; no times where nothing of it can be read."""

    folder: Path
    waiting: int
    damaged: int
    first: datetime | None
    last: datetime | None


def pair(folder: Path, url: str, code: str, *, leaves: bool) -> wire.Paired:
    """`leaves`: also what the hub of the pairing before has not refused may be left lying.

    Raises: StillWaitingError, InUseError, AwayError, RefusedError, NotTakenError, OSError.
    """
    make_folder(folder)
    before = _find_identity(folder)
    if before is None:
        return _pair(folder, url, code)
    with closing(Spool(spool_of(folder, before.reader))) as spool:  # so that no gate runs meanwhile
        if spool.damaged:
            log.warning("%d lines of the file of touches could not be read: touches may be missing", spool.damaged)
        problem = _send_rest(before, spool)
        if spool.count and not leaves and problem != "refused":
            raise StillWaitingError(before.url, spool.count)
        paired = _pair(folder, url, code)
        if not spool.count:
            shutil.rmtree(spool_of(folder, before.reader))
        return paired


def list_left(folder: Path, reader: str) -> list[Left]:
    """What lies here of every pairing but this one. Raises: OSError."""
    spools = folder / SPOOLS
    places = [file.parent for file in (*spools.glob(TOUCHES), *spools.glob(f"*/{TOUCHES}"))]
    left = (_look_into(place) for place in sorted(places) if place != spool_of(folder, reader))
    return [each for each in left if each.waiting or each.damaged]


def _find_identity(folder: Path) -> Identity | None:
    """None where there is none, or nobody can tell any more who it was."""
    try:
        return read_identity(folder)
    except (NotPairedError, DamagedError):
        return None


def _pair(folder: Path, url: str, code: str) -> wire.Paired:
    secret, road = wire.new_key(), Road(url)
    try:
        paired = road.pair(code, secret, wire.write_moment(clock.now()))
    finally:
        road.close()
    drop_status(folder)
    write_identity(folder, Identity(url, paired.reader, secret))
    return paired


def _send_rest(before: Identity, spool: Spool) -> str:
    """What kept the rest from being taken; empty when all was."""
    road = Road(before.url)
    try:
        return asyncio.run(_send_all(before, spool, road))
    finally:
        road.close()


async def _send_all(identity: Identity, spool: Spool, road: Road) -> str:
    uplink = Uplink(identity, spool, road, clock.now, random.SystemRandom())
    while (waiting := spool.count) and not await uplink.send_once():
        if spool.count == waiting:
            break
    return uplink.problem


def _look_into(place: Path) -> Left:
    found = find_touches(place)
    waiting = list(found.waiting.values()) if found is not None else []
    times = [kept.touched_at for kept in waiting]
    damaged = found.damaged if found is not None else 0
    return Left(place, len(waiting), damaged, min(times, default=None), max(times, default=None))
