"""A process that touches as fast as it can and says which touches lit the lamp: to be killed at any instruction.

`python -m tests.nfc_gateway.touching FOLDER [most bytes of a file]`
"""

import os
import resource
import sys
from pathlib import Path

from nfc_gateway import clock
from nfc_gateway.spool import NoRoomError, Spool

FORGETS_EVERY = 7


def touch_until_killed(folder: Path, most_bytes: int | None) -> None:
    """A line on stdout, written at once, for each touch that lit the lamp: its number and serial. Every seventh time the hub
    keeps the oldest; "room" ends it where there is none."""
    spool = Spool(folder)
    os.write(1, b"ready\n")
    if most_bytes is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, resource.RLIM_INFINITY))
    at = 0
    while True:
        at += 1
        serial = os.urandom(7).hex()
        try:
            kept = spool.keep(serial, clock.now(), "picc=" + serial)
        except NoRoomError:
            os.write(1, b"room\n")
            return
        os.write(1, f"lit {kept.number} {serial}\n".encode())
        if at % FORGETS_EVERY == 0:
            oldest = spool.list_waiting(3)
            os.write(1, b"".join(f"sent {each.number} {each.serial}\n".encode() for each in oldest))
            spool.forget([each.number for each in oldest])


if __name__ == "__main__":
    touch_until_killed(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else None)
