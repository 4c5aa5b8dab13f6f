"""`budbok retention` and `budbok hold`, and a backup of before: what was let go stays gone, and what is held stays held."""

import asyncio
import json
import sys
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa

from hub.clock import StoppedClock
from hub.database import make_engine
from hub.desk import Desk, Work
from hub.doorbell import LocalDoorbell
from hub.never_again import NeverAgain
from hub.operations.backup import back_up
from hub.operations.building_site import Place
from hub.operations.restore import restore
from hub.post.messages import Message
from hub.privacy.holds import hold, list_holds
from hub.privacy.retention import run
from hub.safety.audit import verify
from tests.hub.installation import BACKUP_KEY, Installation
from tests.hub.privacy.keepsakes import (
    TERMS,
    TEST,
    count,
    leave_one_of_each,
    list_forgotten,
    list_there,
    places,
    say,
    terms,
    thread_of,
)
from tests.patience import PATIENCE
from tests.village import Village

SHORT = terms(**dict.fromkeys(set(TERMS.values()), 100))
LATER = timedelta(days=101)
MANY = 1000


async def back_up_and_let_go(village: Village, clock: StoppedClock, data: Path, *, held: str | None = None) -> Path:
    """A backup of the village with one thing of each kind, which then go; the file."""
    await village.desk.work(TEST, leave_one_of_each, village)
    data.mkdir(exist_ok=True)
    file = data.parent / "village.backup"
    assert back_up(village.desk.url, data, file, [BACKUP_KEY], clock.now(), lambda _: None) == 0
    clock.move(LATER)
    if held is not None:
        await village.desk.work(TEST, hold, village.child(held), "a complaint")
    await run(village.desk, SHORT, places(data))
    journal = NeverAgain(data / "never_again.jsonl")
    journal.append(await village.desk.look(TEST, journal.compare))
    return file


async def restore_into(file: Path, place: Place, data: Path, clock: StoppedClock) -> Desk:
    """The journal alone has the last word: the store that was is lost."""
    lost = Place(data, "sqlite:////nowhere/at/all.sqlite")
    assert await restore(file, place, [BACKUP_KEY], clock, lambda _: None, living=lost) == 0
    return Desk(place.url, clock, LocalDoorbell(), node="after")


async def test_a_restored_backup_does_not_bring_back_what_was_let_go(
    village: Village, clock: StoppedClock, tmp_path: Path, empty_place: Place
) -> None:
    data = tmp_path / "living"
    file = await back_up_and_let_go(village, clock, data)

    desk = await restore_into(file, empty_place, data, clock)

    assert await desk.look(TEST, list_there) == set()
    assert list(await desk.look(TEST, lambda look: list(verify(look, empty_place.data / "anchors.jsonl")))) == []
    await desk.close()
    told = (data / "never_again.jsonl").read_text()
    assert "forgotten private_threads" in told
    assert "words" not in told


async def test_a_restored_backup_keeps_what_was_held_since_and_lets_the_rest_go_again(
    village: Village, clock: StoppedClock, tmp_path: Path, empty_place: Place
) -> None:
    data = tmp_path / "living"
    file = await back_up_and_let_go(village, clock, data, held="Kari Nordmann")
    kept = await village.desk.look(TEST, list_there)

    desk = await restore_into(file, empty_place, data, clock)

    assert await desk.look(TEST, list_there) == kept
    assert "private_threads" in kept
    assert [held.child_id for held in await desk.look(TEST, list_holds)] == [village.child("Kari Nordmann").id]
    await desk.close()


async def test_a_backup_of_before_nothing_went_is_restored_whole(
    village: Village, clock: StoppedClock, tmp_path: Path, empty_place: Place
) -> None:
    data = tmp_path / "living"
    await village.desk.work(TEST, leave_one_of_each, village)
    data.mkdir()
    file = tmp_path / "village.backup"
    there = await village.desk.look(TEST, list_there)
    assert back_up(village.desk.url, data, file, [BACKUP_KEY], clock.now(), lambda _: None) == 0

    desk = await restore_into(file, empty_place, data, clock)

    assert await desk.look(TEST, list_there) == there
    await desk.close()


async def test_the_command_shows_what_would_go_and_lets_it_go_when_told(
    village: Village, installation: Installation, clock: StoppedClock
) -> None:
    """The village's things are from 2025, and the terms are cut short: the command's clock is today's."""
    await village.desk.work(TEST, leave_one_of_each, village)
    for name in set(TERMS.values()):
        installation.set("retention", name, "7")

    shown, lines = await asyncio.to_thread(installation.run, "retention", "--json")
    before = count_messages(installation)
    applied, done = await asyncio.to_thread(installation.run, "retention", "--apply", "--json")

    told = {row["kind"]: row for row in map(json.loads, lines)}
    gone = {row["kind"]: row for row in map(json.loads, done)}
    assert (shown, applied) == (0, 0)
    assert (told["private_threads"]["over"], told["private_threads"]["days"]) == (1, 7)
    assert "gone" not in told["private_threads"]
    assert (gone["private_threads"]["gone"], gone["private_threads"]["left"]) == (1, 0)
    assert (before > 0, count_messages(installation)) == (True, 0)
    assert "forgotten private_threads" in (installation.data / "never_again.jsonl").read_text()


async def test_the_command_says_when_the_ceiling_left_something(village: Village, installation: Installation) -> None:
    await village.desk.work(TEST, leave_one_of_each, village)
    for name in set(TERMS.values()):
        installation.set("retention", name, "7")
    installation.set("retention", "most_per_run", "2")

    code, lines = await asyncio.to_thread(installation.run, "retention", "--apply")

    assert code == 1
    assert lines[-1].endswith("one run lets go of 2 at most.")


def count_messages(installation: Installation) -> int:
    engine = make_engine(installation.url, read_only=True)
    with engine.connect() as connection:
        found: int = connection.execute(sa.text("SELECT count(*) FROM messages")).scalar_one()
    engine.dispose()
    return found


async def test_a_run_that_is_killed_leaves_whole_works_and_the_next_one_ends_it(
    village: Village, installation: Installation
) -> None:
    """Killed for good in the middle, between one commit and the next."""
    await village.desk.work(TEST, say_many, village, MANY)
    installation.set("retention", "private_threads_days", "7")
    installation.set("retention", "inbox_texts_days", "7")
    command = (sys.executable, "-m", "hub", "retention", "--apply", "--config", str(installation.config))

    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.DEVNULL)
    async with asyncio.timeout(PATIENCE):
        while process.returncode is None and await village.desk.look(TEST, count, Message) == MANY:
            await asyncio.sleep(0.001)
    process.kill()
    await process.wait()
    left = count_messages(installation)
    forgotten = await village.desk.look(TEST, list_forgotten)
    code, _ = await asyncio.to_thread(installation.run, "retention", "--apply")

    assert 0 < left < MANY
    assert len(forgotten) == MANY - left
    assert (code, count_messages(installation)) == (0, 0)
    rows = await village.desk.look(TEST, list_forgotten)
    assert len({tuple(ids) for ids, why in rows if why == "private_threads"}) == len(rows) - 1 == MANY
    assert await village.desk.look(TEST, lambda look: list(verify(look, installation.data / "anchors.jsonl"))) == []


def say_many(work: Work, village: Village, n: int) -> None:
    thread = thread_of(work, village, "Anne Nordmann")
    for number in range(n):
        say(work, thread, f"text {number}")


async def test_a_hold_is_set_listed_and_lifted_by_the_registers_id(
    installation: Installation, village: Village
) -> None:
    child = village.child("Kari Nordmann")

    bare = await asyncio.to_thread(installation.run, "hold", child.source_id)
    unknown = await asyncio.to_thread(installation.run, "hold", "nobody", "--reason", "a complaint")
    held = await asyncio.to_thread(installation.run, "hold", child.source_id, "--reason", "a complaint")
    listed = await asyncio.to_thread(installation.run, "hold", "--json")
    lifted = await asyncio.to_thread(installation.run, "hold", child.id, "--lift")
    again = await asyncio.to_thread(installation.run, "hold", child.id, "--lift")

    assert (bare[0], unknown[0], held, lifted[0], again[0]) == (1, 1, (0, ["It is held."]), 0, 1)
    [row] = map(json.loads, listed[1])
    assert (row["kind"], row["id"], row["reason"]) == ("child", child.id, "a complaint")
    assert again[1] == ["There is no legal hold here."]
