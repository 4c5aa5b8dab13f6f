"""The hubs that share one store. Each says every two seconds that it lives; what one that has died had in hand is let go by the
others.

The moments are the machines' own, which must agree within a second or two. Source: security rules S9.2 and S9.3.
"""

from collections.abc import Collection
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from hub.database import NODE_LENGTH, Base, Moment
from hub.desk import Work
from hub.post.arrivals import Arrival, ArrivalState
from hub.post.claim_times import look_at_once

DEAD_AFTER = timedelta(seconds=12)


class Node(Base):
    """One hub process. `name` is its machine's name and its process id."""

    __tablename__ = "nodes"
    name: Mapped[str] = mapped_column(sa.String(NODE_LENGTH), primary_key=True)
    started_at: Mapped[Moment]
    seen_at: Mapped[Moment]


def beat(work: Work, name: str) -> list[str]:
    """This hub lives; answers all that do, by name. Whoever did not beat for long has died, and holds nothing any more."""
    insert = sqlite.insert if work.connection.dialect.name == "sqlite" else postgresql.insert
    said = insert(Node).values(name=name, started_at=work.now, seen_at=work.now)
    work.session.execute(said.on_conflict_do_update(index_elements=["name"], set_={"seen_at": work.now}))
    dead = work.session.scalars(sa.delete(Node).where(Node.seen_at < work.now - DEAD_AFTER).returning(Node.name)).all()
    if dead:
        let_go(work, dead)
    return sorted(work.session.scalars(sa.select(Node.name)))


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
