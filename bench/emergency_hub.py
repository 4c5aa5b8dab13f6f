"""A whole hub in this process, tuned as `budbok run` tunes itself, busy with bulk texts when a leader raises an emergency.

It prints the seconds to the first and to the last hand-over as the hub wrote them down, and how many bulk texts left meanwhile.
"""

import argparse
import asyncio
import json
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa

from hub.asker import Asker, Trust
from hub.assembly import Hub
from hub.desk import Look, Work
from hub.people.families import Guardian, GuardianAddress, Guardianship
from hub.people.places import Unit
from hub.people.staff import Staff
from hub.post.alarms import AlarmKind
from hub.post.broadcast_rights import get_place
from hub.post.broadcasts import Scope, Written
from hub.post.deliveries import Delivery, Status
from hub.post.messages import Author, Lane, Message, MessageChild, Thread, ThreadGuardian, ThreadKind
from hub.talk.alarm_raising import begin_alarm

from .installation import BENCH
from .neighbourhood import LEADER, number_of
from .whole_hub import whole_hub

TEXT = "Husk gymtøy i morgen."
FIRE = Written({"nb": "Brann i gymsalen. Alle barna er ute på plassen."}, "nb")
BUSY_SECONDS = 2.0
LAST_SECONDS = 120.0
AT_ONCE = 2000


def fill(work: Work, count: int) -> None:
    """So many bulk texts, due now, shared out over all families."""
    unit = work.session.scalars(sa.select(Unit)).one()
    people = work.session.execute(
        sa.select(Guardian.id, GuardianAddress.id, GuardianAddress.value, Guardianship.child_id)
        .join(GuardianAddress, GuardianAddress.guardian_id == Guardian.id)
        .join(Guardianship, Guardianship.guardian_id == Guardian.id)
        .order_by(Guardian.id)
    ).all()
    threads = {guardian: work.new_id() for guardian, *_ in people}
    owner, now = unit.owner_id, work.now
    about = [
        {
            "id": id_,
            "owner_id": owner,
            "unit_id": unit.id,
            "party": guardian,
            "kind": ThreadKind.PRIVATE,
            "last_at": now,
        }
        for guardian, id_ in threads.items()
    ]
    work.session.execute(sa.insert(Thread), about)
    members = [{"guardian_id": guardian, "thread_id": id_, "owner_id": owner} for guardian, id_ in threads.items()]
    work.session.execute(sa.insert(ThreadGuardian), members)
    for start in range(0, count, AT_ONCE):
        some = [(work.new_id(), *people[at % len(people)]) for at in range(start, min(start + AT_ONCE, count))]
        messages = [
            {"id": id_, "owner_id": owner, "thread_id": threads[guardian], "at": now, "author": Author.BOT,
             "author_id": "broadcast", "channel": "sms", "text": TEXT, "language": "nb", "lane": Lane.BULK,
             "trust": Trust.STRONG}
            for id_, guardian, *_ in some
        ]  # fmt: skip
        deliveries = [
            {"id": work.new_id(), "owner_id": owner, "message_id": id_, "guardian_id": guardian, "address_id": address,
             "channel": "twilio", "kind": "sms", "sender": number_of(at % 50), "recipient": phone, "text": TEXT,
             "lane": Lane.BULK, "due": now, "deadline": now + timedelta(days=2), "automatic": True}
            for at, (id_, guardian, address, phone, _) in enumerate(some)
        ]  # fmt: skip
        children = [{"message_id": id_, "child_id": child, "owner_id": owner} for id_, _, _, _, child in some]
        for table, rows in ((Message, messages), (Delivery, deliveries), (MessageChild, children)):
            work.session.execute(sa.insert(table), rows)


def raise_one(work: Work, unit_id: str) -> None:
    """The leader's word."""
    begin_alarm(work, get_place(work, Scope.UNIT, unit_id), FIRE, AlarmKind.EMERGENCY, is_drill=False)


def _find_leader(look: Look) -> tuple[Asker, str]:
    staff = look.session.scalars(sa.select(Staff).where(Staff.source_id == LEADER)).one()
    unit = look.session.scalars(sa.select(Unit)).one()
    return Asker("staff", staff.id, Trust.STRONG, "bench", staff.owner_id), unit.id


def _count(look: Look, lane: Lane, *more: sa.ColumnElement[bool]) -> int:
    asked = sa.select(sa.func.count()).select_from(Delivery).where(Delivery.lane == lane, *more)
    return look.session.scalar(asked) or 0


async def measure(hub: Hub) -> tuple[float, float, int]:
    """Raises: TimeoutError when not everybody was reached."""
    leader, unit_id = await hub.desk.look(BENCH, _find_leader)
    families = await hub.desk.look(BENCH, lambda look: look.session.scalar(sa.select(sa.func.count(Guardian.id))) or 0)
    await asyncio.sleep(BUSY_SECONDS)
    clicked = hub.desk.clock.now()
    await hub.desk.work(leader, raise_one, unit_id)
    handed = Delivery.handed_at.is_not(None)
    async with asyncio.timeout(LAST_SECONDS):
        while await hub.desk.look(BENCH, _count, Lane.EMERGENCY, handed) < families:
            await asyncio.sleep(0.1)

    def read(look: Look) -> tuple[float, float, int]:
        asked = sa.select(Delivery.handed_at).where(Delivery.lane == Lane.EMERGENCY)
        moments = sorted(at for at in look.session.scalars(asked) if at is not None)
        bulk = _count(
            look,
            Lane.BULK,
            Delivery.handed_at > moments[0],
            Delivery.handed_at < moments[-1],
            Delivery.status != Status.WAITING,
        )
        return (moments[0] - clicked).total_seconds(), (moments[-1] - clicked).total_seconds(), bulk

    return await hub.desk.look(BENCH, read)


async def run(config: Path, bulk: int) -> tuple[float, float, int]:
    async def prepare(hub: Hub) -> None:
        await hub.desk.work(BENCH, fill, bulk)

    async with whole_hub(config, prepare) as hub:
        return await measure(hub)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("config", type=Path)
    parser.add_argument("bulk", type=int)
    asked = parser.parse_args()
    print("RESULT", json.dumps(asyncio.run(run(asked.config, asked.bulk))))


if __name__ == "__main__":
    main()
