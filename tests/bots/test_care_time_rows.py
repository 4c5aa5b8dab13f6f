"""Rows of the capabilities that conversations about care times show from the question to the end."""

import shutil
from pathlib import Path

import pytest

from hub.clock import StoppedClock
from hub.desk import Desk
from hub.doorbell import LocalDoorbell
from tests.conftest import MONDAY_MORNING
from tests.transcript import FOLDER, differences, perform, read_transcript


async def goes_as_written(name: str, folder: Path, template: Path) -> list[str]:
    """The lines of a transcript, performed in a store of its own."""
    shutil.copy(template, folder / "store.sqlite")
    clock = StoppedClock(MONDAY_MORNING)
    desk = Desk(f"sqlite:///{folder / 'store.sqlite'}", clock, LocalDoorbell())
    transcript = read_transcript(FOLDER / f"{name}.txt")
    try:
        performed = await perform(transcript, desk, clock)
    finally:
        await desk.close()
    assert not differences(transcript, performed), differences(transcript, performed)
    return performed


@pytest.mark.capability("L-24")
async def test_hours_beyond_the_decision_are_booked_with_a_warning_or_not_at_all(
    tmp_path: Path, sqlite_template: Path
) -> None:
    warned = await goes_as_written("care_time/nb.forecast", tmp_path, sqlite_template)
    blocked = await goes_as_written("care_time/sv.forecast", tmp_path, sqlite_template)

    assert any("vedtatt er 40. Det kan koste ekstra." in line for line in warned)
    assert "= care: Ella, 2025-03-21, 08:00-17:00" in warned
    assert any("Inget är bokat; personalen tittar på det" in line for line in blocked)
    assert not any("2025-03-24" in line for line in blocked)


@pytest.mark.capability("L-25")
async def test_a_holiday_is_asked_about_reminded_of_and_decided_by_its_default(
    tmp_path: Path, sqlite_template: Path
) -> None:
    told = await goes_as_written("care_holiday/nb.unanswered", tmp_path, sqlite_template)

    assert "Uten svar innen tor. 20. mars regner vi med at Ella har fri." in told[1]
    assert told[3].startswith("< Minner om påskeuka")
    assert told[5] == "= care: Ella, 2025-04-14 to 2025-04-16, off"


@pytest.mark.capability("L-04")
async def test_weeks_ahead_are_told_by_day_copied_and_left_to_the_base_week(
    tmp_path: Path, sqlite_template: Path
) -> None:
    copied = await goes_as_written("care_time/nb.like_another_week", tmp_path, sqlite_template)
    base = await goes_as_written("care_time/nb.base_week", tmp_path, sqlite_template)
    twice = await goes_as_written("care_time/nb.two_times_a_day", tmp_path, sqlite_template)

    assert "= care: Ella, 2025-03-17 to 2025-03-20, 08:00-16:00" in copied
    assert "= care: Ella, 2025-03-31 to 2025-04-03, 08:00-16:00" in copied
    assert not any("Når kommer Ella" in line for line in base), "what the base week tells is not asked"
    assert "= care: Ella, 2025-03-17, 07:00-09:00 14:00-16:00" in twice


@pytest.mark.capability("L-08")
async def test_each_function_is_taken_by_text_from_its_own_day(tmp_path: Path, sqlite_template: Path) -> None:
    leave = await goes_as_written("leave/nb.not_begun", tmp_path, sqlite_template)
    decisions = await goes_as_written("leave/nb.decisions_not_begun", tmp_path, sqlite_template)
    consents = await goes_as_written("consent/nb.not_begun", tmp_path, sqlite_template)

    assert "Søknader om fri tar vi imot her fra tir. 1. apr." in leave[2]
    assert leave[-1].startswith("< Hva skal Ella ha fri til?")
    assert sum("innvilget" in line for line in decisions) == 1
    assert consents[-1] == "= consent: Ella, swimming, no (Mor no)", "a no holds at once"
