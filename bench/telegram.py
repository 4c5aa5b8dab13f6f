"""Telegram, from a message to its answer: kept, heard, answered in dialogue and sent. The limit is python-telegram-bot's own
echo, beside it in the same run.

Every message is a full act, as in a journey: an absence reported, or taken back.
"""

import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import date
from pathlib import Path

import sqlalchemy as sa

from hub.address import SMS
from hub.desk import Work
from hub.people.places import Owner
from hub.post.audience import list_addresses
from hub.post.chats import link_chat
from tests.rehearsal.telegram_service import BOT_NAME, TOKEN

from .installation import BENCH, Installation, free_port, install, settle, with_desk
from .journey import NotAnsweredError, Runner, count_ended_absences, next_school_day
from .neighbourhood import Family, list_families, number_of
from .process import is_open, start
from .row import Row
from .telegram_world import SECRET
from .world_process import open_program

WINDOW = 64
TEXTS_EACH = 4
EXPECTED = 260.0
FIRST_CHAT = 700_000


def measure(families: int = 100, turns: int = 3) -> list[Row]:
    """So many guardians, new ones in each turn, write four messages each; one turn warms both up."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        everyone = list_families(families * (turns + 1))
        world_port, port = free_port(), free_port()
        world = stack.enter_context(open_program(folder, world_port, "bench.telegram_world", str(world_port)))
        installation = _install(folder / "hub", world.url, everyone)
        hub = stack.enter_context(installation.start())
        hub.wait_until(installation.is_ready)
        echo = stack.enter_context(start(folder, "echo", "-m", "bench.limit_telegram", str(port), world.url))
        echo.wait_until(lambda: is_open(port))
        ours, limit = Runner(installation.public_port, hub), Runner(port, echo)
        for turn in range(turns + 1):
            file = _write_texts(folder, turn * families, everyone[turn * families : (turn + 1) * families])
            for runner in (ours, limit):
                runner.run(world, file, WINDOW)
            if turn == 0:
                ours, limit = Runner(ours.port, hub), Runner(limit.port, echo)
        noted = with_desk(installation, lambda desk: desk.look(BENCH, count_ended_absences))
        if noted != len(everyone) * TEXTS_EACH // 2:
            raise NotAnsweredError(f"{noted} absences were noted and taken back")
    return [
        Row("Telegram, message to answer", ours.rate, limit.rate, "/s", 0.4, 0.8, expected=EXPECTED,
            note=f"at most {WINDOW} messages unanswered at a time; the limit keeps nothing. No text leaves"),
    ]  # fmt: skip


def _install(folder: Path, api_url: str, everyone: Sequence[Family]) -> Installation:
    installation = install(folder)
    settle(installation, len(everyone))
    with installation.config.open("a", encoding="utf-8") as config:
        config.write(f"""
[channels.chat]
use = ["telegram"]

[channels.chat.telegram]
bot = "{BOT_NAME}"
number = "{number_of(0)}"
api_url = "{api_url}"
says = "all"
pace_per_second = 100000
chat_pace_per_second = 100000
""")
    vault = folder / "secrets"
    (vault / "BUDBOK_CHANNELS__CHAT__TELEGRAM__TOKEN").write_text(TOKEN, "utf-8")
    (vault / "BUDBOK_CHANNELS__CHAT__TELEGRAM__SECRET").write_text(SECRET, "utf-8")
    with_desk(installation, lambda desk: desk.work(BENCH, _link_all, everyone))
    return installation


def _link_all(work: Work, everyone: Sequence[Family]) -> None:
    owner_id = work.session.scalars(sa.select(Owner.id)).one()
    for at, family in enumerate(everyone):
        people = list_addresses(work, SMS, family.phone, owner_id)
        link_chat(work, f"telegram:{FIRST_CHAT + at}", people, family.number)


def _write_texts(folder: Path, first: int, families: Sequence[Family]) -> Path:
    day = next_school_day(date.today())
    lines = [
        f"{FIRST_CHAT + first + at}\t{'angre' if number % 2 else f'{family.child} er syk {day.day}.{day.month}.'}"
        for number in range(TEXTS_EACH)
        for at, family in enumerate(families)
    ]
    file = folder / f"texts-{first}.txt"
    file.write_text("\n".join(lines), "utf-8")
    return file
