"""Every talk with staff goes as its transcript says."""

import shutil
from functools import partial
from pathlib import Path

import pytest

from bots.staff_line import StaffLine
from hub.clock import StoppedClock
from hub.desk import Desk
from hub.doorbell import LocalDoorbell
from hub.school.facts import list_facts
from hub.talk.cast import read_moment
from hub.talk.rehearsal import Rehearsal
from tests.conftest import MONDAY_MORNING
from tests.staff_scene import SEAL, leave, list_eaten, list_marks, moves_in, read_scene, say_code
from tests.transcript import Transcript, differences, load_bots, read_transcript, the_ear

FOLDER = Path(__file__).parent / "staff_transcripts"
FILES = sorted(FOLDER.glob("*.txt"))
ON_BOTH_STORES = [
    FOLDER / f"{name}.txt"
    for name in ("nb.all_but_two", "nb.undo", "nb.emergency", "nb.own_child_or_pupil", "nb.meals")
]


async def perform(transcript: Transcript, desk: Desk, clock: StoppedClock) -> list[str]:
    """What is said in a transcript, with the answers and facts as they come."""
    scene = read_scene(transcript.head, transcript.language)
    rehearsal = Rehearsal(
        desk,
        clock,
        the_ear(),
        load_bots(),
        scene.cast,
        [list_marks, list_eaten, list_facts],
        staff=StaffLine(SEAL),
        moves_in=moves_in(scene),
    )
    await rehearsal.open()
    out: list[str] = []
    for line in transcript.lines:
        if line.startswith("#"):
            moment = read_moment(line[1:].strip(), rehearsal.now.date())
            assert moment is not None, line
            out += [line, *await rehearsal.pass_to(moment)]
        elif line.startswith("* leaves"):
            out += [line, *await rehearsal.act(partial(leave, how=line.split()[-1]))]
        elif ">" in line[:12] and not line.startswith(("=", "<")):
            who, text = rehearsal.split(line)
            text = text.removeprefix(">").strip()
            out += [line, *await rehearsal.hear(who, say_code(text, int(clock.now().timestamp())))]
    return [part for line in out for part in line.splitlines()]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
async def test_a_talk_with_staff_goes_as_written(file: Path, tmp_path: Path, sqlite_template: Path) -> None:
    shutil.copy(sqlite_template, tmp_path / "store.sqlite")
    clock = StoppedClock(MONDAY_MORNING)
    desk = Desk(f"sqlite:///{tmp_path / 'store.sqlite'}", clock, LocalDoorbell())
    transcript = read_transcript(file)

    try:
        performed = await perform(transcript, desk, clock)
    finally:
        await desk.close()

    assert not differences(transcript, performed), differences(transcript, performed)


@pytest.mark.parametrize("file", ON_BOTH_STORES, ids=lambda file: file.stem)
async def test_a_talk_with_staff_goes_the_same_on_every_store(file: Path, desk: Desk, clock: StoppedClock) -> None:
    transcript = read_transcript(file)

    performed = await perform(transcript, desk, clock)

    assert not differences(transcript, performed), differences(transcript, performed)
