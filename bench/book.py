"""A page of the book, and Morning, in a store with very many messages against one with ten thousand.

The same questions as the pages ask, by the same leader or the teacher of one group, one store after the other; the
median of many counts.
"""

import asyncio
import random
import tempfile
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import sqlalchemy as sa

from admin_web.staff.morning_board import gather_morning
from hub.asker import Asker, Trust
from hub.clock import SystemClock
from hub.desk import Desk, Look
from hub.doorbell import LocalDoorbell
from hub.people.families import Child
from hub.people.staff import Staff
from hub.post.book import read_book_page
from hub.post.inboxes import list_inbox
from hub.post.reading import get_reader

from .archive import fill
from .installation import BENCH, install, settle
from .neighbourhood import LEADER, TEACHER
from .row import Row

CHILDREN = 200
FEW = 10_000
WARM_UP = 5


@dataclass
class Store:
    """One store, and how long each question took, in milliseconds."""

    desk: Desk
    leader: Asker
    teacher: Asker
    children: list[str]
    took: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in QUESTIONS})

    def ask(self, name: str, number: int) -> None:
        asker = self.teacher if name in TEACHERS else self.leader
        begun = time.perf_counter()
        self.desk.look_now(asker, QUESTIONS[name], self.children[number % len(self.children)])
        self.took[name].append((time.perf_counter() - begun) * 1e3)


def _ask_for_page(look: Look, child_id: str) -> Any:
    return read_book_page(look, get_reader(look), child_id)


def _ask_for_morning(look: Look, _: str) -> Any:
    return gather_morning(look, None)


def _ask_for_inbox(look: Look, _: str) -> Any:
    return list_inbox(look, get_reader(look))


QUESTIONS: dict[str, Callable[[Look, str], Any]] = {
    "a page of the book": _ask_for_page,
    "Morning": _ask_for_morning,
    "the inbox of a leader": _ask_for_inbox,
    "the inbox of a group's teacher": _ask_for_inbox,
}
TEACHERS = ("the inbox of a group's teacher",)
BOUND = ("a page of the book", "Morning")


def measure(many: int = 1_000_000, times: int = 60) -> list[Row]:
    """Each question so many times in each store."""
    with tempfile.TemporaryDirectory() as name:
        files = []
        for count in (FEW, many):
            installation = install(Path(name) / f"with-{count}")
            settle(installation, CHILDREN)
            fill(installation.settings.hub.data / "budbok.sqlite", count)
            files.append(installation.settings.hub.url)
        few, full = asyncio.run(_ask_both(files, times))
    rows = []
    for question in QUESTIONS:
        small, large = (median(store.took[question][WARM_UP:]) for store in (few, full))
        must, aim = (1.5, 1.1) if question in BOUND else (None, None)
        name = f"{question} with {many:,} messages, against {FEW:,}"
        rows.append(Row(name, large, small, "ms", must, aim, more_is_better=False))
    return rows


async def _ask_both(urls: list[str], times: int) -> list[Store]:
    async with AsyncExitStack() as stack:
        stores = []
        for url in urls:
            desk = Desk(url, SystemClock(), LocalDoorbell(), "nb", node="bench")
            stack.push_async_callback(desk.close)
            leader, teacher, children = await desk.look(BENCH, _find_people)
            stores.append(Store(desk, leader, teacher, children))
        for question in QUESTIONS:
            for number in range(WARM_UP + times):
                for store in stores if number % 2 else reversed(stores):
                    store.ask(question, number)
        return stores


def _find_people(look: Look) -> tuple[Asker, Asker, list[str]]:
    leader, teacher = (_as_asker(look, source_id) for source_id in (LEADER, TEACHER))
    children = list(look.session.scalars(sa.select(Child.id).order_by(Child.id)))
    random.Random(1).shuffle(children)
    return leader, teacher, children


def _as_asker(look: Look, source_id: str) -> Asker:
    staff = look.session.scalars(sa.select(Staff).where(Staff.source_id == source_id)).one()
    return Asker("staff", staff.id, Trust.STRONG, "bench", staff.owner_id)
