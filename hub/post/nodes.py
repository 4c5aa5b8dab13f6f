"""The hubs that share one store. Each says every two seconds that it lives; what one that has died had in hand is let go by the
others.

The moments are the machines' own, which must agree within a second or two. Source: security rules S9.2 and S9.3.
"""

import os
import secrets
import socket
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.database import NODE_LENGTH, Base, Moment
from hub.desk import Look, Work
from hub.doorbell import ARRIVALS, DELIVERIES
from hub.post.arrivals import Arrival, ArrivalState
from hub.post.claim_times import look_at_once

DEAD_AFTER = timedelta(seconds=12)
HOST_LETTERS = 32
"""Of a machine's name: the chains of the audit bear the hub's name too, and take sixty letters."""


class Node(Base):
    """One hub process, by the name that it made itself when it started. While it is leaving it finishes what it has in hand,
    and takes nothing more."""

    __tablename__ = "nodes"
    name: Mapped[str] = mapped_column(sa.String(NODE_LENGTH), primary_key=True)
    started_at: Mapped[Moment]
    seen_at: Mapped[Moment]
    leaving_at: Mapped[Moment | None] = mapped_column(default=None)


def new_name() -> str:
    """Of a hub process. Containers may have the same host name and the same process id, so a bit of chance sets them apart."""
    return f"{socket.gethostname()[:HOST_LETTERS]}.{os.getpid()}.{secrets.token_hex(3)}"


@dataclass(frozen=True, slots=True)
class Roll:
    """The hubs that live and share the work, by name, and since when this one is among them without a break: what it had in
    hand before may be the others'."""

    sharing: list[str]
    since: datetime


def beat(work: Work, name: str) -> Roll:
    """This hub lives. Whoever did not beat for long has died, and holds nothing any more."""
    own = sa.update(Node).where(Node.name == name).values(seen_at=work.now).returning(Node.started_at)
    since = work.session.scalar(own)
    if since is None:
        work.session.add(Node(name=name, started_at=work.now, seen_at=work.now))
        work.session.flush()
        let_go(work, [name])
    dead = work.session.scalars(sa.delete(Node).where(Node.seen_at < work.now - DEAD_AFTER).returning(Node.name)).all()
    if dead:
        let_go(work, dead)
    return Roll(list_living(work, sharing=True), since or work.now)


def list_living(look: Look, *, sharing: bool = False) -> list[str]:
    """By name; those too that have died a moment ago. With `sharing`, without those that are leaving."""
    living = sa.select(Node.name).where(Node.seen_at >= look.now - DEAD_AFTER)
    return sorted(look.session.scalars(living.where(Node.leaving_at.is_(None)) if sharing else living))


def begin_to_leave(work: Work, name: str) -> None:
    """What falls due from now on is the others'. This hub has still to finish what it has in hand."""
    work.session.execute(sa.update(Node).where(Node.name == name).values(leaving_at=work.now))
    work.ring(DELIVERIES)


def leave(work: Work, name: str) -> None:
    """This hub ends, and has nothing in hand."""
    work.session.execute(sa.delete(Node).where(Node.name == name))
    let_go(work, [name])


def let_go(work: Work, names: Collection[str]) -> None:
    """What these hubs had in hand is nobody's: arrivals go on in their order, attempts are looked up without waiting."""
    work.session.execute(
        sa.update(Arrival).where(Arrival.state == ArrivalState.NEW, Arrival.held_by.in_(names)).values(lease_until=None)
    )
    look_at_once(work, names)
    work.ring(ARRIVALS)
    work.ring(DELIVERIES)
