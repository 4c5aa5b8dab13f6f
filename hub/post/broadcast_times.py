"""Which broadcasts are to be worked on now, by their time to leave."""

from datetime import datetime

import sqlalchemy as sa

from hub.database import Utc
from hub.desk import Look
from hub.post.broadcasts import HOLD, Broadcast, BroadcastState

_OPEN = sa.select(Broadcast.id, Broadcast.state).where(
    sa.or_(
        sa.and_(Broadcast.state == BroadcastState.HELD, Broadcast.starts_at <= sa.bindparam("now", type_=Utc)),
        Broadcast.state == BroadcastState.SENDING,
    )
)


def list_open(look: Look) -> list[tuple[str, BroadcastState]]:
    """Those whose time to leave has come, and those that are leaving; by their ids."""
    return [(id_, BroadcastState(state)) for id_, state in look.session.execute(_OPEN, {"now": look.now})]


_NEXT = sa.select(sa.func.min(Broadcast.starts_at, type_=Broadcast.starts_at.type)).where(
    Broadcast.state == BroadcastState.HELD, Broadcast.starts_at > sa.bindparam("now", type_=Utc)
)


def find_next_start(look: Look) -> datetime | None:
    """When the next one's time to leave comes; None where none waits for it."""
    return look.session.scalar(_NEXT, {"now": look.now})


_TO_PREPARE = sa.select(Broadcast.id).where(
    Broadcast.state == BroadcastState.HELD,
    Broadcast.starts_at > sa.bindparam("now", type_=Utc),
    Broadcast.starts_at <= sa.bindparam("soon", type_=Utc),
    ~Broadcast.is_prepared,
)


def list_to_prepare(look: Look) -> list[str]:
    """Those that leave within the time of a hold, and are not prepared yet; by their ids."""
    return list(look.session.scalars(_TO_PREPARE, {"now": look.now, "soon": look.now + HOLD}))
