"""Every conversation goes as its transcript says."""

import shutil
from pathlib import Path

import pytest

from hub.clock import StoppedClock
from hub.desk import Desk
from hub.doorbell import LocalDoorbell
from tests.conftest import MONDAY_MORNING
from tests.transcript import FOLDER, differences, perform, read_transcript

FILES = sorted(FOLDER.glob("*/*.txt"))
ON_BOTH_STORES = [file for file in FILES if file.name.startswith("nb.")]


def name_of(file: Path) -> str:
    return f"{file.parent.name}/{file.stem}"


@pytest.mark.parametrize("file", FILES, ids=name_of)
async def test_a_conversation_goes_as_written(file: Path, tmp_path: Path, sqlite_template: Path) -> None:
    shutil.copy(sqlite_template, tmp_path / "store.sqlite")
    clock = StoppedClock(MONDAY_MORNING)
    desk = Desk(f"sqlite:///{tmp_path / 'store.sqlite'}", clock, LocalDoorbell())
    transcript = read_transcript(file)

    performed = await perform(transcript, desk, clock)
    await desk.close()

    assert not differences(transcript, performed), differences(transcript, performed)


@pytest.mark.parametrize("file", ON_BOTH_STORES, ids=name_of)
async def test_a_conversation_goes_the_same_on_every_store(file: Path, desk: Desk, clock: StoppedClock) -> None:
    transcript = read_transcript(file)

    performed = await perform(transcript, desk, clock)

    assert not differences(transcript, performed), differences(transcript, performed)
