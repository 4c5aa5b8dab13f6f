"""The listener's own process: reads questions on standard input, answers on standard output, ends when its input ends.

Started by `listener.HearingListener` as `python -m bots.hearing.process`. It keeps nothing, logs no words, and lives no
longer than the hub: when the hub dies, however it dies, the pipe closes and the process is gone.
"""

import gc
import os
import signal
import sys
from datetime import UTC, datetime
from typing import BinaryIO

from bots.hearing import wire
from bots.hearing.ear import Ear
from hub.talk.heard import KnownChild, Said

_WARM_UP = (
    ("Kari er syk i dag", "nb"),
    ("Kari är sjuk idag, kommer imorgon kl 9.30", "sv"),
    ("Kari on kipeä tänään", "fi"),
    ("Kari is ill until Friday", "en"),
)


def warmed() -> Ear:
    """An ear that has heard each language once, so that the first message waits for nothing.

    What was loaded stays, and is not looked through for garbage while somebody waits.
    """
    ear = Ear()
    for text, hint in _WARM_UP:
        ear.hear(Said(text, datetime(2026, 1, 7, 8, tzinfo=UTC), hint), [KnownChild("1", "Kari Nordmann")], None)
    gc.collect()
    gc.freeze()
    return ear


def serve(source: BinaryIO, sink: BinaryIO) -> None:
    """Answers frame by frame until `source` ends."""
    ear = warmed()
    sink.write(wire.READY)
    sink.flush()
    while (head := source.read(wire.HEAD.size)) and len(head) == wire.HEAD.size:
        (length,) = wire.HEAD.unpack(head)
        data = source.read(length)
        if len(data) < length:
            return
        sink.write(_answered(ear, data))
        sink.flush()


def _answered(ear: Ear, data: bytes) -> bytes:
    number, said, children, asked = wire.read_question(wire.body(data))
    try:
        with ear.tokenizer.batch():
            return wire.reply(number, ear.hear(said, children, asked))
    except Exception:  # the words may be anything, and must not end the hearing of all others
        return wire.reply(number, None)


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sink = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    try:
        serve(sys.stdin.buffer, sink)
    except (BrokenPipeError, KeyboardInterrupt):
        pass
    os._exit(0)


if __name__ == "__main__":
    main()
