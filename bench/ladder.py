"""The first texts of a unit about whose children nobody has heard: from waking until all are queued, beside bare inserts.

The limit writes the very same rows into a copy of the same store, table by table, in one transaction as durable.
"""

import asyncio
import json
import shutil
import tempfile
import time as wall
from datetime import UTC, datetime, time
from pathlib import Path
from statistics import median

import sqlalchemy as sa

from hub.chosen_parts import load_bots
from hub.clock import StoppedClock
from hub.desk import Desk, Work
from hub.doorbell import LocalDoorbell
from hub.people.places import Unit
from hub.post.deliveries import Delivery
from hub.register.loading import apply
from hub.register.reading import read_register
from hub.register.rows import Register
from hub.school.ladders import LadderTimes, set_times
from hub.talk.bot import Prompter, prompt_some, share_out
from hub.upgrade import bring_up_to_date

from .bare_inserts import close_up, insert_bare
from .installation import BENCH
from .neighbourhood import RIGHTS, make_register
from .row import Row

CHILDREN = 200
NINE = datetime(2025, 3, 3, 8, 0, tzinfo=UTC)
"""In Oslo."""


def measure(children: int = CHILDREN, turns: int = 5) -> list[Row]:
    """Two guardians each; every turn begins with the same store, and the median counts."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        store = folder / "before.sqlite"
        asyncio.run(_prepare(folder, store, children))
        ours, bare = [], []
        texts = 0
        for turn in range(turns):
            after, limit = folder / f"ours-{turn}.sqlite", folder / f"bare-{turn}.sqlite"
            shutil.copy(store, after)
            shutil.copy(store, limit)
            took, texts = asyncio.run(_climb(after))
            ours.append(took)
            bare.append(insert_bare(store, after, limit))
    return [
        Row(f"first texts about {children} children, waking to queued", median(ours), None, "s", 2, 1,
            more_is_better=False, note=f"{texts} texts, two guardians for each child"),
        Row("the same, in texts a second, beside bare inserts of the same rows", texts / median(ours),
            texts / median(bare), "/s", 0.02, 0.05),
    ]  # fmt: skip


def _with_two_guardians(folder: Path, children: int) -> Register:
    make_register(children, folder)
    file = folder / "register.json"
    tree = json.loads(file.read_text("utf-8"))
    for number in range(children):
        tree["guardians"].append(
            {"id": f"g-{number}", "first_name": "Jon", "last_name": "Haug", "phones": [f"+4741{number:06d}"]}
        )
        tree["guardianships"].append(
            {"id": f"u-{number}", "guardian": f"g-{number}", "child": f"c-{number}", "relation": "father",
             "rights": RIGHTS}
        )  # fmt: skip
    file.write_text(json.dumps(tree), "utf-8")
    return read_register(file)


async def _prepare(folder: Path, store: Path, children: int) -> None:
    bring_up_to_date(f"sqlite:///{store}")
    desk = Desk(f"sqlite:///{store}", StoppedClock(NINE), LocalDoorbell())
    await desk.work(BENCH, apply, _with_two_guardians(folder, children), (), True)
    await desk.work(BENCH, _switch_on)
    await desk.close()
    close_up(store)


def _switch_on(work: Work) -> None:
    unit = work.session.scalars(sa.select(Unit)).one()
    set_times(work, unit, LadderTimes(is_on=True, asks_at=time(9, 0)), "bench")


async def _climb(store: Path) -> tuple[float, int]:
    """As the routine does it: how long it took, and how many texts wait then."""
    desk = Desk(f"sqlite:///{store}", StoppedClock(NINE), LocalDoorbell())
    bot = load_bots()["whereabouts"]
    assert isinstance(bot, Prompter)
    begun = wall.perf_counter()
    due = await desk.look(BENCH, bot.list_due)
    for part in share_out(bot, due):
        await prompt_some(desk, BENCH, bot, part)
    took = wall.perf_counter() - begun
    texts = await desk.look(BENCH, lambda look: look.session.scalar(sa.select(sa.func.count()).select_from(Delivery)))
    await desk.close()
    return took, texts or 0
