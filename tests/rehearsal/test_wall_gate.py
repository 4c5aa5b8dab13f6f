"""A tag at the gate of the rehearsal is held until the lamp has told, as people hold it."""

import threading
from typing import Any

import pytest

from .chips import Chip
from .wall_gate import hold

CHIP = Chip("04000000000001", "guardian", "+4740000101", ("child",), ("Noah",))


def test_a_touch_that_broke_off_before_the_lamp_told_is_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    told, plays = threading.Event(), list[str]()

    def play(path: str, tag: Any, hold_seconds: float, wait_seconds: float) -> bool:
        plays.append(path)
        if len(plays) == 2:
            told.set()
        return True

    monkeypatch.setattr("nfc_gateway.emulated.play", play)
    monkeypatch.setattr("tests.rehearsal.wall_gate.AGAIN_SECONDS", 0.0)

    assert hold("udp", CHIP, told)
    assert len(plays) == 2
