"""Which kinds of address something can be sent to at all: those that a channel of this hub carries."""

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.address import SMS
from hub.database import Base, Moment, insert_missing
from hub.desk import Look, Work
from hub.quick_select import QuickSelect


class RunningKind(Base):
    """A kind of address that a channel carries; written anew when the outbox starts."""

    __tablename__ = "running_kinds"
    kind: Mapped[str] = mapped_column(sa.String(10), primary_key=True)
    since: Mapped[Moment]


_RUNNING = QuickSelect(sa.select(RunningKind.kind))
_KNOWN = "the kinds that channels carry"


def running_kinds(look: Look) -> frozenset[str]:
    """SMS alone in a store whose outbox has never run."""
    known: frozenset[str] | None = look.session.info.get(_KNOWN)
    if known is None:
        known = frozenset(kind for (kind,) in _RUNNING.rows(look)) or frozenset({SMS})
        look.session.info[_KNOWN] = known
    return known


def keep_kinds(work: Work, kinds: Collection[str]) -> None:
    """These and no others run from now on, whoever says so at the same moment."""
    work.session.execute(sa.delete(RunningKind).where(RunningKind.kind.not_in(kinds)))
    fresh = [{"kind": kind, "since": work.now} for kind in sorted(kinds)]
    if fresh:
        work.session.execute(insert_missing(work.connection, RunningKind).values(fresh))
    work.session.info.pop(_KNOWN, None)
