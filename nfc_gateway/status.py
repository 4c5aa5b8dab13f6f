"""How a gate fares, in sentences that say what to do. What it noted is believed as far as its files bear it out."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from nfc_gateway import wire
from nfc_gateway.pairing import Left, list_left
from nfc_gateway.spool import TOUCHES, Found, find_touches
from nfc_gateway.state import DamagedError, Status, find_status, read_identity, spool_of

SILENT_SECONDS = 180.0
ROOM_BYTES = 64 * 1024
"""With less on the disk a gate cannot note how it fares, so that it seems to be silent."""
NO_ROOM = "no room"
PROBLEMS = {
    "away": "The hub cannot be reached: look at the network. Touches are kept here meanwhile.",
    "refused": "The hub refuses this gate: it was revoked, or paired anew. Touches do not count until it is paired again.",
    NO_ROOM: "The disk is full: touches are not kept, and the lamp says so. Make room.",
    "broken": "The disk could not be written to. The gate begins anew by itself; if this stays, the disk has to be changed.",
}
LOOK = "Touches may be missing: ask the unit to look who came and left, look at the disk, and start the gate anew."


@dataclass(frozen=True, slots=True)
class Told:
    """What is so, and what is wrong: nobody has to do anything where nothing is."""

    so: list[str]
    wrong: list[str]


def tell_status(folder: Path, now: datetime) -> Told:
    """Raises: NotPairedError, InTheClearError, OSError, and DamagedError when nobody can tell who it is."""
    identity = read_identity(folder)
    file = spool_of(folder, identity.reader) / TOUCHES
    status, wrong = _find_status(folder)  # before its touches, of which there are never fewer than it says
    is_full = shutil.disk_usage(folder).free < ROOM_BYTES
    silence = None if status is None or is_full else _describe_silence(status, now)
    so = [f"Paired with {identity.url} as {identity.reader}."]
    if status is not None:
        so += _describe(status)
        wrong += [] if silence is None else [silence]
        wrong += _list_troubles(status, runs=silence is None)
    if is_full and PROBLEMS[NO_ROOM] not in wrong:
        wrong.append(PROBLEMS[NO_ROOM])
    runs = status is not None and silence is None
    wrong += _list_damages(file, find_touches(file.parent) or Found(), status, runs=runs)
    wrong += map(describe_left, list_left(folder, identity.reader))
    return Told(so, wrong)


def _find_status(folder: Path) -> tuple[Status | None, list[str]]:
    """What it noted last; or none, and why."""
    try:
        status = find_status(folder)
    except DamagedError as error:
        again = "The gate writes it anew while it runs; look at the disk if this stays."
        return None, [f"{error.file} cannot be read, it is damaged or was cut off. {again}"]
    return status, [] if status is not None else ["It has not run yet: budbok-gate run, or start its service."]


def _describe(status: Status) -> list[str]:
    wait = "waits" if status.waiting == 1 else "wait"
    answered = "has never answered" if status.answered_at is None else f"last answered {status.answered_at}"
    return [
        f"{count(status.waiting, 'touch')} {wait} for the hub; the last one has number {status.last_number}.",
        f"The hub {answered}.",
    ]


def _describe_silence(status: Status, now: datetime) -> str | None:
    """None while it runs, as far as anybody can tell."""
    silent = (now - datetime.fromisoformat(status.written_at)).total_seconds()
    if silent > SILENT_SECONDS:
        return f"It does not seem to run: it wrote nothing for {silent / 60:.0f} minutes. Start it."
    if silent < -SILENT_SECONDS:
        return "What it last wrote is from a time that is yet to come: look at the clock here, and start it anew."
    return None


def _list_troubles(status: Status, *, runs: bool) -> Iterator[str]:
    if runs and not status.has_reader:
        yield "There is no reader, or it was pulled out: look at its cable. The gate finds it again by itself."
    if status.problem:
        yield PROBLEMS.get(status.problem, f"The hub answered {status.problem}.")
    if status.clock_off_seconds is not None and (sentence := describe_clock(status.clock_off_seconds)) is not None:
        yield sentence


def _list_damages(file: Path, found: Found, status: Status | None, *, runs: bool) -> Iterator[str]:
    """What is wrong with the touches: now, or when the gate began. One that runs may be in the middle of a line."""
    noted = status or Status("", 0, 0, 0)
    if damaged := max(found.damaged, noted.damaged):
        yield f"{count(damaged, 'line')} of {file} could not be read. {LOOK}"
    if noted.is_cut or found.last_number < noted.last_number:
        yield f"{file} ends before what the gate had counted: it was cut off, or put back from a copy. {LOOK}"
    if found.is_cut and not runs:
        yield f"{file} is cut off in its last line, as when the power goes: that touch lit no lamp. Start the gate."


def describe_clock(off_seconds: float) -> str | None:
    """None where it is right enough."""
    if abs(off_seconds) <= wire.CLOCK_SECONDS:
        return None
    way = "slow" if off_seconds > 0 else "fast"
    minutes = f"{abs(off_seconds) / 60:.0f} minutes"
    return f"The clock here is {minutes} {way}: set it, for example with timedatectl set-ntp true."


def describe_left(left: Left) -> str:
    """What somebody has to see to, since no hub will be told."""
    told = []
    if left.first is not None and left.last is not None:
        span = " to ".join(dict.fromkeys(f"{at:%Y-%m-%d %H:%M} UTC" for at in (left.first, left.last)))
        told.append(f"{count(left.waiting, 'touch')} from {span}")
    if left.damaged:
        told.append(f"{count(left.damaged, 'line')} that nobody can read")
    what = " and ".join(told)
    return (
        f"Of a pairing before, its hub never took {what}. Tell the unit that had this gate, then remove {left.folder}"
    )


def count(number: int, what: str) -> str:
    plural = f"{what}es" if what.endswith("ch") else f"{what}s"
    return f"{number} {what if number == 1 else plural}"
