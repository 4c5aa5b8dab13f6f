"""Why did I get nothing? What we know of a phone: whose it is, whether it is confirmed or stopped, and what became of the
last that was sent to it. Only for those who serve a child of the person; anybody else learns as much as of a number
that we have never seen. Source: security rules S1.4, S3.7 and S3.9."""

from dataclasses import dataclass
from datetime import time

import sqlalchemy as sa

from hub.address import Address
from hub.desk import Look
from hub.people.families import Child, Guardian, GuardianAddress
from hub.people.places import Unit
from hub.post.audience import Freshness, freshness
from hub.post.deliveries import Delivery
from hub.post.messages import Message, Thread
from hub.post.reach_wishes import QUIET, ReachWish, find_wish
from hub.post.reading import READS_MESSAGE, Reader
from hub.post.topics import Topic
from hub.post.ways import find_way
from hub.safety.access import list_units
from hub.safety.families import children_within

LAST = 8


@dataclass(frozen=True, slots=True)
class Reached:
    """A guardian who has the number. `children` are those within the asker's reach; `unit` is where the first of them is."""

    guardian: Guardian
    address: GuardianAddress
    freshness: Freshness
    children: tuple[Child, ...]
    unit: Unit
    deliveries: tuple[Delivery, ...]
    wish: ReachWish | None
    way: GuardianAddress | None
    """Where what concerns the child's day goes first."""

    @property
    def reserved(self) -> dict[str, str]:
        """By kind of address, what may not come by it."""
        return {} if self.wish is None else dict(self.wish.reserved)

    @property
    def quiet(self) -> tuple[time, time]:
        return QUIET if self.wish is None else self.wish.quiet


def find_reached(look: Look, reader: Reader, address: Address) -> list[Reached]:
    """The guardians within the reader's reach who have this number, or had it."""
    reach = reader.reach
    rows = look.session.execute(
        sa.select(GuardianAddress, Guardian)
        .join(Guardian, Guardian.id == GuardianAddress.guardian_id)
        .where(
            GuardianAddress.owner_id == reach.owner_id,
            GuardianAddress.kind == address.kind,
            GuardianAddress.value == address.value,
        )
        .order_by(Guardian.first_name, Guardian.id)
    ).all()
    units = list_units(look, reach)
    found = []
    for kept, guardian in rows:
        within = [(unit, children_within(look, reach, unit, [guardian.id])) for unit in units]
        served = [(unit, children) for unit, children in within if children]
        if served:
            found.append(
                Reached(
                    guardian=guardian,
                    address=kept,
                    freshness=freshness(kept, look.now),
                    children=tuple({child.id: child for _, children in served for child in children}.values()),
                    unit=served[0][0],
                    deliveries=tuple(_list_last(look, reader, kept)),
                    wish=find_wish(look, guardian.id),
                    way=find_way(look, guardian.id, Topic.DAILY),
                )
            )
    return found


_LAST = (
    sa.select(Delivery)
    .join(Message, Message.id == Delivery.message_id)
    .join(Thread, Thread.id == Message.thread_id)
    .where(
        Delivery.recipient == sa.bindparam("value"),
        Delivery.kind == sa.bindparam("kind"),
        Delivery.guardian_id == sa.bindparam("guardian"),
        READS_MESSAGE,
    )
    .order_by(Delivery.due.desc(), Delivery.id.desc())
    .limit(LAST)
)


def _list_last(look: Look, reader: Reader, address: GuardianAddress) -> list[Delivery]:
    """What was last sent to a guardian at an address, of the messages that the reader may read, newest first."""
    asked = reader.bound(value=address.value, kind=address.kind, guardian=address.guardian_id)
    return list(look.session.scalars(_LAST, asked))
