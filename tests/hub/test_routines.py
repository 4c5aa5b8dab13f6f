"""What the scheduler wakes, woken by hand."""

import asyncio
import shutil
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bots.keywords import KeywordsBot
from hub.chosen_parts import load_bots
from hub.clock import StoppedClock
from hub.desk import Desk, Look, Work
from hub.doorbell import LocalDoorbell
from hub.post.inbox import DeskInbox
from hub.post.nodes import beat
from hub.post.spool import Spool
from hub.routines import Routines
from hub.sign_in.pace import SignInPace, count_try
from hub.talk.bot import Prompter, share_out
from tests.hub.sign_in.school import TEST
from tests.patience import PATIENCE


def count_tries(look: Look) -> int:
    return look.session.scalar(sa.select(sa.func.count()).select_from(SignInPace)) or 0


async def test_what_signing_in_left_behind_is_tidied_away(desk: Desk, clock: StoppedClock, tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool")
    routines = Routines(desk, DeskInbox(desk, spool), spool, {}, tmp_path / "anchors.jsonl")
    await desk.work(TEST, count_try, "nobody", "198.51.100.1")

    await routines.tidy()
    fresh = await desk.look(TEST, count_tries)
    clock.move(timedelta(days=1))
    await routines.tidy()
    old = await desk.look(TEST, count_tries)

    assert fresh > 0
    assert old == 0


@dataclass(slots=True)
class TellingBot(KeywordsBot):
    """Tells what is due; one of it cannot be told."""

    told: list[str] = field(default_factory=list)

    def list_due(self, look: Look) -> list[str]:
        return [f"matter {number}" for number in range(120)]

    def prompt_due(self, work: Work, due: Sequence[str]) -> None:
        if "matter 70" in due:
            raise RuntimeError("a fault of ours")
        self.told += due


async def test_a_hub_that_is_alone_by_its_settings_tells_when_others_have_started_on_its_store(
    desk: Desk, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    spool = Spool(tmp_path / "spool")
    routines = Routines(desk, DeskInbox(desk, spool), spool, {}, tmp_path / "anchors.jsonl", may_have_company=True)

    await routines.look_for_company()
    assert not caplog.messages
    await desk.work(TEST, beat, "another")
    await routines.look_for_company()

    assert [said for said in caplog.messages if "other hubs share this store" in said]


async def test_what_a_bot_cannot_ask_keeps_nobody_else_waiting(desk: Desk, tmp_path: Path) -> None:
    spool, bot = Spool(tmp_path / "spool"), TellingBot()
    routines = Routines(desk, DeskInbox(desk, spool), spool, {}, tmp_path / "anchors.jsonl", bots=[bot])

    await routines.prompt(bot)

    assert isinstance(bot, Prompter)
    assert set(bot.told) == {f"matter {number}" for number in range(120)} - {"matter 70"}
    assert len(bot.told) == 119


@pytest.mark.parametrize(("goes_on", "told"), [(True, 1300), (False, 1200)])
async def test_a_bot_with_a_long_row_of_matters_goes_on_at_once_but_not_in_a_circle(
    desk: Desk, tmp_path: Path, goes_on: bool, told: int
) -> None:
    spool, bot = Spool(tmp_path / "spool"), LongBot(goes_on=goes_on)
    routines = Routines(desk, DeskInbox(desk, spool), spool, {}, tmp_path / "anchors.jsonl", bots=[bot])

    await routines.prompt(bot)

    assert len(bot.told) == told


async def test_what_a_bot_could_not_ask_is_tried_ever_less_often(
    desk: Desk, clock: StoppedClock, tmp_path: Path
) -> None:
    spool, bot = Spool(tmp_path / "spool"), TriedBot()
    routines = Routines(desk, DeskInbox(desk, spool), spool, {}, tmp_path / "anchors.jsonl", bots=[bot])

    tries = []
    for _ in range(300):
        before = bot.tries
        await routines.prompt(bot)
        tries.append(bot.tries - before)
        clock.move(timedelta(seconds=1))

    assert [second for second, tried in enumerate(tries) if tried] == [0, 60, 180]


@dataclass(slots=True)
class LongBot(TellingBot):
    """Shows 600 of 1,300 matters at a time; the same ones again where it does not go on."""

    goes_on: bool = True

    def list_due(self, look: Look) -> list[str]:
        begun = len(self.told) if self.goes_on else 0
        return [f"item {number}" for number in range(1300)][begun : begun + 600]


@dataclass(slots=True)
class TriedBot(TellingBot):
    """Has one thing due that cannot be told, and counts the works in which it was tried alone."""

    tries: int = 0

    def list_due(self, look: Look) -> list[str]:
        return ["matter 70"]

    def prompt_due(self, work: Work, due: Sequence[str]) -> None:
        self.tries += 1
        raise RuntimeError("a fault of ours")


@dataclass(slots=True)
class UnitBot(TellingBot):
    """What is due is one unit each; keeps what it is handed in each work."""

    prompts_in_round: bool = True
    due_at_once: int = 1
    handed: list[Sequence[str]] = field(default_factory=list)

    def list_due(self, look: Look) -> list[str]:
        return ["unit 1", "unit 2", "unit 3"]

    def prompt_due(self, work: Work, due: Sequence[str]) -> None:
        self.handed.append(due)


async def test_a_bot_whose_due_ids_are_whole_units_is_handed_one_unit_in_a_work(desk: Desk, tmp_path: Path) -> None:
    spool, bot = Spool(tmp_path / "spool"), UnitBot()
    routines = Routines(desk, DeskInbox(desk, spool), spool, {}, tmp_path / "anchors.jsonl", bots=[bot])

    await routines.prompt(bot)

    assert bot.handed == [["unit 1"], ["unit 2"], ["unit 3"]]


def test_what_is_due_to_many_families_is_shared_out_in_works_that_end_soon() -> None:
    bots = load_bots()
    due = [f"due {number}" for number in range(70)]

    def sizes(name: str) -> list[int]:
        bot = bots[name]
        assert isinstance(bot, Prompter)
        return [len(part) for part in share_out(bot, due)]

    assert sizes("care_time") == sizes("care_holiday") == [1] * 70
    assert sizes("weekly") == sizes("consent") == [50, 20]


@dataclass(slots=True)
class BusyBot(UnitBot):
    """Calls `meanwhile` while it asks its first unit."""

    meanwhile: Callable[[], None] = lambda: None

    def prompt_due(self, work: Work, due: Sequence[str]) -> None:
        if not self.handed:
            self.meanwhile()
        self.handed.append(due)


async def test_what_arrives_while_units_are_asked_is_kept_behind_the_one_that_is_asked_now(
    tmp_path: Path, sqlite_template: Path, clock: StoppedClock
) -> None:
    shutil.copy(sqlite_template, tmp_path / "store.sqlite")
    desk = Desk(f"sqlite:///{tmp_path / 'store.sqlite'}", clock, LocalDoorbell())
    spool, bot, loop = Spool(tmp_path / "spool"), BusyBot(), asyncio.get_running_loop()
    routines = Routines(desk, DeskInbox(desk, spool), spool, {}, tmp_path / "anchors.jsonl", bots=[bot])
    stands_in_line = threading.Event()

    async def arrive() -> None:
        kept = asyncio.create_task(desk.work_ahead(TEST, lambda work: bot.handed.append(["arrival"])))
        await asyncio.sleep(0)
        stands_in_line.set()
        await kept

    def meanwhile() -> None:
        asyncio.run_coroutine_threadsafe(arrive(), loop)
        assert stands_in_line.wait(timeout=PATIENCE)

    bot.meanwhile = meanwhile

    await routines.prompt(bot)
    await desk.close()

    assert bot.handed == [["unit 1"], ["arrival"], ["unit 2"], ["unit 3"]]
