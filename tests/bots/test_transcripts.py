"""Every conversation goes as its transcript says."""

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path

import pytest

from hub.clock import StoppedClock
from hub.desk import Desk
from hub.doorbell import LocalDoorbell
from hub.installed import installed
from tests.conftest import MONDAY_MORNING
from tests.transcript import FOLDER, differences, perform, read_transcript
from tests.transcript_kinds import CANNOT_BE, KINDS

FILES = sorted(FOLDER.glob("*/*.txt"))
ON_BOTH_STORES = [
    FOLDER / f"{name}.txt"
    for name in (
        "absence/nb.one_message",
        "absence/nb.several_days",
        "absence/nb.correction",
        "absence/nb.undo",
        "absence/nb.comes_after_all",
        "absence_echo/nb.echo_of_two",
        "early_pickup/nb.absence_and_pickup",
        "early_pickup/nb.again_and_undo",
        "fetching/nb.change_of_mind",
        "fetching/nb.grandmother",
        "absence/nb.two_questions",
        "keywords/nb.stop_start_help_status",
        "reception/nb.shared_phone",
        "reception/nb.unknown_sender",
        "reception/nb.other_unit",
        "reception/nb.answer_to_another_number",
        "reception/nb.answer_in_doubt",
    )
]
FAULTS = ("_meanwhile", "late_answer", "the_lock", "lock_between", "clocks_", "new_year", "differ", "clash_")
"""What comes between a question and its answer: a block, a lock, a night on which clocks are moved, another guardian."""
ON_BOTH_STORES += [
    file for file in FILES if file.name.startswith("nb.") and any(fault in file.stem for fault in FAULTS)
]
LEAST: Mapping[str, int] = {"nb": 6, "sv": 6, "fi": 6, "nn": 2, "en": 2, "da": 2}
"""How many conversations every dialogue has in each language."""
ALL_KINDS_IN = ("nb", "sv", "fi")
PLAYED_ELSEWHERE: Mapping[str, str] = {
    "alarm": "raised by hand on a page, so tests/bots/test_alarm.py plays it",
    "day_echo": "answers what one guardian told, so it is played with today, early_pickup and fetching",
    "pupil_echo": "answers what a pupil told, so it is played with pupil",
}
"""Bots that have no folder of their own, and why."""
IN_MEMORY = Path("/dev/shm")  # noqa: S108  # nothing here must survive the test


def name_of(file: Path) -> str:
    return f"{file.parent.name}/{file.stem}"


@pytest.fixture
def quick_folder(tmp_path: Path) -> Iterator[Path]:
    """Where a store that need not be durable is quickest."""
    with tempfile.TemporaryDirectory(dir=IN_MEMORY if IN_MEMORY.is_dir() else tmp_path) as folder:
        yield Path(folder)


@pytest.mark.parametrize("file", FILES, ids=name_of)
async def test_a_conversation_goes_as_written(file: Path, quick_folder: Path, sqlite_template: Path) -> None:
    shutil.copy(sqlite_template, quick_folder / "store.sqlite")
    clock = StoppedClock(MONDAY_MORNING)
    desk = Desk(f"sqlite:///{quick_folder / 'store.sqlite'}", clock, LocalDoorbell())
    transcript = read_transcript(file)

    try:
        performed = await perform(transcript, desk, clock)
    finally:
        await desk.close()

    assert not differences(transcript, performed), differences(transcript, performed)


@pytest.mark.one_store("postgresql")
@pytest.mark.parametrize("file", ON_BOTH_STORES, ids=name_of)
async def test_a_conversation_goes_the_same_on_every_store(file: Path, desk: Desk, clock: StoppedClock) -> None:
    transcript = read_transcript(file)

    performed = await perform(transcript, desk, clock)

    assert not differences(transcript, performed), differences(transcript, performed)


@pytest.mark.one_store
@pytest.mark.parametrize(
    "folder", sorted(each for each in FOLDER.iterdir() if each.is_dir()), ids=lambda each: each.name
)
def test_every_dialogue_has_enough_conversations_in_every_language(folder: Path) -> None:
    counts = {language: len(list(folder.glob(f"{language}.*.txt"))) for language in LEAST}

    assert {language: count for language, count in counts.items() if count < LEAST[language]} == {}


@pytest.mark.one_store
def test_every_dialogue_shows_every_kind_of_conversation_or_why_there_can_be_none() -> None:
    shown = {
        (folder.name, kind, language)
        for folder in FOLDER.iterdir()
        for language in ALL_KINDS_IN
        for file in folder.glob(f"{language}.*.txt")
        for kind in read_transcript(file).shows
    }

    wanted = set(product((folder.name for folder in FOLDER.iterdir()), KINDS, ALL_KINDS_IN))

    assert {(name, kind) for name, kind, _ in wanted - shown} == CANNOT_BE.keys()
    assert not any((name, kind) in CANNOT_BE for name, kind, _ in shown)


@pytest.mark.one_store
def test_a_conversation_is_of_the_kinds_that_it_says() -> None:
    transcripts = {name_of(file): read_transcript(file) for file in FILES}

    unlike = [(name, kind) for name, each in transcripts.items() for kind in each.shows if not KINDS[kind](each)]

    assert unlike == []


@pytest.mark.one_store
def test_every_bot_has_conversations_or_a_reason_to_be_played_elsewhere() -> None:
    bots = {entry.name for entry in installed("bots")}

    assert bots - {each.name for each in FOLDER.iterdir()} == PLAYED_ELSEWHERE.keys()
