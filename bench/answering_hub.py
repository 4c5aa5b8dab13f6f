"""A whole hub in this process, tuned as `budbok run` tunes itself, whose leader answers families.

It prints in seconds how late each answer was handed over.

"How late" counts from the end of the answer's hold to the provider's receipt, as the hub wrote both down.
"""

import argparse
import asyncio
import json
from pathlib import Path

import sqlalchemy as sa

from hub.asker import Asker, Trust
from hub.assembly import Hub
from hub.desk import Look
from hub.people.families import Child
from hub.people.staff import Staff
from hub.post.deliveries import Delivery
from hub.post.reading import get_reader
from hub.talk.planning import list_plans
from hub.talk.writing import HOLD, Draft, write_about

from .installation import BENCH
from .neighbourhood import LEADER
from .whole_hub import whole_hub

TEXT = "Takk for beskjeden, vi ses i morgen."
LAST_SECONDS = 30.0


async def answer_all(hub: Hub, count: int, per_second: float) -> list[float]:
    """Write to so many families, one after the other. Raises: TimeoutError when not all were handed over."""
    staff_id, owner_id = await hub.desk.look(BENCH, _find_leader)
    leader = Asker("staff", staff_id, Trust.STRONG, "bench", owner_id)
    children = await hub.desk.look(BENCH, _list_children, count)
    written = []
    for child_id in children:
        readers = await hub.desk.look(leader, _find_readers, child_id)
        written.append(await hub.desk.work(leader, write_about, child_id, Draft(TEXT, readers)))
        await asyncio.sleep(1 / per_second)
    ids = [message.id for message in written]
    async with asyncio.timeout(HOLD.total_seconds() + LAST_SECONDS):
        while len(late := await hub.desk.look(BENCH, _list_late, ids)) < len(ids):
            await asyncio.sleep(0.5)
    return late


def _find_leader(look: Look) -> tuple[str, str]:
    staff = look.session.scalars(sa.select(Staff).where(Staff.source_id == LEADER)).one()
    return staff.id, staff.owner_id


def _list_children(look: Look, count: int) -> list[str]:
    return list(look.session.scalars(sa.select(Child.id).order_by(Child.id).limit(count)))


def _find_readers(look: Look, child_id: str) -> str:
    return list_plans(look, get_reader(look), child_id)[0].key


def _list_late(look: Look, message_ids: list[str]) -> list[float]:
    found = look.session.execute(
        sa.select(Delivery.due, Delivery.handed_at).where(
            Delivery.message_id.in_(message_ids), Delivery.handed_at.is_not(None)
        )
    )
    return [(handed_at - due).total_seconds() for due, handed_at in found if handed_at is not None]


async def run(config: Path, count: int, per_second: float) -> list[float]:
    async with whole_hub(config) as hub:
        return await answer_all(hub, count, per_second)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("config", type=Path)
    parser.add_argument("count", type=int)
    parser.add_argument("per_second", type=float)
    asked = parser.parse_args()
    print("RESULT", json.dumps(asyncio.run(run(asked.config, asked.count, asked.per_second))))


if __name__ == "__main__":
    main()
