"""A whole hub in this process, tuned as `budbok run` tunes itself, in which staff mark children one by one, and each guardian
wishes to hear of it. It prints, for each, the milliseconds from the mark's being asked for to its text's being handed over,
without the time that the provider takes to answer.
"""

import argparse
import asyncio
import json
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from hub.assembly import Hub
from hub.desk import Look, Work
from hub.people.families import Child, Guardian
from hub.people.places import Unit
from hub.post.deliveries import Delivery
from hub.post.messages import MessageChild
from hub.school.attendance import mark_here
from hub.school.attendance_wishes import Moved, wish_to_hear

from .installation import BENCH
from .whole_hub import whole_hub
from .world import ANSWER_SECONDS

LAST_SECONDS = 60.0
BETWEEN_SECONDS = 0.15
"""As people come through a door in the busiest minutes."""


def wish_all(work: Work) -> None:
    for guardian in work.session.scalars(sa.select(Guardian)).all():
        wish_to_hear(work, guardian, [Moved.CAME, Moved.LEFT], "bench")


def mark_one(work: Work, child_id: str) -> None:
    unit = work.session.scalars(sa.select(Unit)).one()
    mark_here(work, unit, [work.session.get_one(Child, child_id)], "bench")


def list_children(look: Look) -> list[str]:
    return list(look.session.scalars(sa.select(Child.id).order_by(Child.id)))


def read_handed(look: Look) -> dict[str, datetime]:
    """By child, when its guardian's text was handed over."""
    rows = look.session.execute(
        sa.select(MessageChild.child_id, Delivery.handed_at)
        .join(Delivery, Delivery.message_id == MessageChild.message_id)
        .where(Delivery.handed_at.is_not(None))
    )
    return {child_id: at for child_id, at in rows if at is not None}


async def measure(hub: Hub) -> list[float]:
    """Raises: TimeoutError when not everybody was told."""
    await hub.desk.work(BENCH, wish_all)
    asked: dict[str, datetime] = {}
    for child_id in await hub.desk.look(BENCH, list_children):
        asked[child_id] = hub.desk.clock.now()
        await hub.desk.work(BENCH, mark_one, child_id)
        await asyncio.sleep(BETWEEN_SECONDS)
    async with asyncio.timeout(LAST_SECONDS):
        while len(handed := await hub.desk.look(BENCH, read_handed)) < len(asked):
            await asyncio.sleep(0.1)
    return [((handed[child_id] - at).total_seconds() - ANSWER_SECONDS) * 1e3 for child_id, at in asked.items()]


async def run(config: Path) -> list[float]:
    async with whole_hub(config) as hub:
        return await measure(hub)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("config", type=Path)
    asked = parser.parse_args()
    print("RESULT", json.dumps(asyncio.run(run(asked.config))))


if __name__ == "__main__":
    main()
