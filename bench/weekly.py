"""What goes to the families of 5,000 children in one hour of the week: from waking until all texts are queued.

Once each unit asks for next week's hours by itself; once the owner's weekly text tells of all that waits. The limit writes
the very same rows into a copy of the same store, table by table, in one transaction as durable.
"""

import asyncio
import shutil
import tempfile
import time as wall
from datetime import UTC, date, datetime, time
from pathlib import Path

import sqlalchemy as sa

from hub.chosen_parts import load_bots
from hub.clock import StoppedClock
from hub.desk import Desk, Work
from hub.doorbell import LocalDoorbell
from hub.people.places import Owner
from hub.post.deliveries import Delivery
from hub.register.loading import apply
from hub.school.weekly import set_rule
from hub.talk.bot import Prompter, prompt_some, share_out
from hub.upgrade import bring_up_to_date

from .bare_inserts import close_up, insert_bare
from .care_families import begin, make_register
from .installation import BENCH
from .row import Row

CHILDREN = 5_000
THURSDAY = 3
FIVE = datetime(2025, 2, 27, 16, 0, tzinfo=UTC)
"""In Oslo, on the Thursday when families are asked."""
TOLD = date(2025, 3, 3)
"""The Monday of the week before the one that is asked about."""
MUST_SECONDS, AIM_SECONDS = 20, 10


def measure(children: int = CHILDREN) -> list[Row]:
    """Two guardians each; of every child the one is asked who told last week."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        asked, together = folder / "asked.sqlite", folder / "together.sqlite"
        asyncio.run(_prepare(folder, asked, children))
        shutil.copy(asked, together)
        asyncio.run(_switch_on(together))
        return [
            *_measure(asked, "care_time", f"next week's hours asked for {children:,} children"),
            *_measure(together, "weekly", f"the weekly text of all that waits for {children:,} children"),
        ]


def _measure(store: Path, bot: str, what: str) -> list[Row]:
    after, limit = store.with_suffix(".ours"), store.with_suffix(".bare")
    shutil.copy(store, after)
    shutil.copy(store, limit)
    ours, processor, texts = asyncio.run(_wake(after, bot))
    bare = insert_bare(store, after, limit)
    note = f"{texts} texts, {1000 * processor / texts:.2f} ms of processor time each"
    return [
        Row(f"{what}, waking to queued", ours, None, "s", MUST_SECONDS, AIM_SECONDS, more_is_better=False, note=note),
        Row("the same, in texts a second, beside bare inserts of the same rows", texts / ours, texts / bare, "/s",
            0.01, 0.02),
    ]  # fmt: skip


async def _prepare(folder: Path, store: Path, children: int) -> None:
    bring_up_to_date(f"sqlite:///{store}")
    desk = _open(store)
    await desk.work(BENCH, apply, make_register(children, folder), (), True)
    await desk.work(BENCH, begin, TOLD)
    await desk.close()
    close_up(store)


async def _switch_on(store: Path) -> None:
    desk = _open(store)
    await desk.work(BENCH, _set_rule)
    await desk.close()
    close_up(store)


def _set_rule(work: Work) -> None:
    owner = work.session.scalars(sa.select(Owner)).one()
    set_rule(work, owner.id, THURSDAY, time(17, 0), "bench", is_on=True)


def _open(store: Path) -> Desk:
    return Desk(f"sqlite:///{store}", StoppedClock(FIVE), LocalDoorbell())


async def _wake(store: Path, name: str) -> tuple[float, float, int]:
    """As the routine does it, until nothing is due: seconds, those of the processor, and how many texts wait then."""
    desk = _open(store)
    bot = load_bots()[name]
    assert isinstance(bot, Prompter)
    begun, begun_on_processor = wall.perf_counter(), wall.process_time()
    while due := await desk.look(BENCH, bot.list_due):
        for part in share_out(bot, due):
            await prompt_some(desk, BENCH, bot, part)
    took, processor = wall.perf_counter() - begun, wall.process_time() - begun_on_processor
    texts = await desk.look(BENCH, lambda look: look.session.scalar(sa.select(sa.func.count()).select_from(Delivery)))
    await desk.close()
    return took, processor, texts or 0
