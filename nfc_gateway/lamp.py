"""What tells the person at the gate that the touch counts. It lights for what would survive the power going out, and for
nothing else.
"""

import sys
from collections.abc import Callable
from enum import StrEnum
from typing import Protocol, TextIO


class Sign(StrEnum):
    """READY: touch. KEPT: your touch counts. NOT_KEPT: it does not, find a person. OUT: the gate cannot read now."""

    READY = "ready"
    KEPT = "kept"
    NOT_KEPT = "not kept"
    OUT = "out"


class Lamp(Protocol):
    """Shown from the reader's thread; it must neither raise nor take long."""

    def show(self, sign: Sign) -> None: ...


class ConsoleLamp:
    """A line for each sign, on a terminal or in the journal."""

    def __init__(self, stream: TextIO = sys.stdout) -> None:
        self._stream = stream

    def show(self, sign: Sign) -> None:
        print(f"lamp: {sign}", file=self._stream, flush=True)


class ReaderLamp:
    """The reader's own light and beep, where it has them; `switch` is what nfcpy has for it, and is handed True for on."""

    def __init__(self, switch: Callable[[bool], None]) -> None:
        self._switch = switch

    def show(self, sign: Sign) -> None:
        self._switch(sign is Sign.KEPT)


class Lamps:
    """Several that show the same."""

    def __init__(self, *lamps: Lamp) -> None:
        self._lamps = lamps

    def show(self, sign: Sign) -> None:
        for lamp in self._lamps:
            lamp.show(sign)
