"""What somebody wrote by any channel is text on every page that shows it: a part of what every channel promises.

A channel joins by one row of CHANNELS in test_words_on_pages.py: its name, its kind of address, and a stranger there.
"""

from dataclasses import dataclass

import sqlalchemy as sa

from hub.address import Address
from hub.chosen_parts import load_bots
from hub.desk import Look
from hub.doorbell import LocalDoorbell
from hub.people.families import GuardianAddress
from hub.post.arrivals import keep_arrivals
from hub.post.channel import Inbound
from hub.post.messages import Message, Thread
from hub.talk.reception import Reception
from tests.admin_web.school_day import SchoolDay
from tests.hub.post.outboxes import TEST
from tests.transcript import the_ear

MARKUP = "<script>alert('budbok')</script><img src=x onerror=alert(1)>"
RAW = ("<script>alert(", "<img src=x")


@dataclass(frozen=True, slots=True)
class Writer:
    """Somebody who writes to a seat by a channel; the channel's own doubt goes along."""

    channel: str
    address: Address
    seat: str
    doubt: str | None = None


async def write_markup(day: SchoolDay, writer: Writer) -> None:
    """Markup in all that a channel hands in."""
    seat = Address(writer.address.kind, day.village.number(writer.seat).value)
    inbound = Inbound(
        writer.channel, f"{writer.channel}:{MARKUP}", writer.address, seat, MARKUP, "m1", doubt=writer.doubt
    )
    await day.site.desk.work(TEST, lambda work: keep_arrivals(work, [(inbound, work.now)]))
    await Reception(day.site.desk, the_ear(), load_bots(), LocalDoorbell()).answer_waiting()


async def find_address(day: SchoolDay, guardian: str, kind: str) -> Address:
    guardian_id = day.village.guardian(guardian).id

    def find(look: Look) -> str:
        mine = sa.select(GuardianAddress.value).where(
            GuardianAddress.guardian_id == guardian_id, GuardianAddress.kind == kind
        )
        return look.session.scalars(mine.order_by(GuardianAddress.rank)).first() or ""

    return Address(kind, await day.site.desk.look(TEST, find))


async def list_pages(day: SchoolDay, child: str) -> list[str]:
    """Every page of the staff's that may show what a family wrote."""

    def find(look: Look) -> tuple[list[str], list[str]]:
        said = look.session.scalars(sa.select(Message.id).where(Message.text == MARKUP)).all()
        return list(said), list(look.session.scalars(sa.select(Thread.id)))

    messages, threads = await day.site.desk.look(TEST, find)
    child_id = day.village.child(child).id
    return [
        day.board(),
        f"{day.board()}/waiting",
        "/threads",
        "/threads/rows",
        f"/children/{child_id}",
        f"/children/{child_id}/messages",
        *(f"/threads/{id_}" for id_ in threads),
        *(f"/threads/{id_}/messages" for id_ in threads),
        *(f"/messages/{id_}/story" for id_ in messages),
    ]
