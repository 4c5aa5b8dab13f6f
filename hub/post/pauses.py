"""The pause of a channel that fails as a whole, as everybody may know of it: the outbox writes it down while it lasts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.database import Base, Moment, insert_missing
from hub.desk import Look, Work

ABOUT_THE_SAME = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Pause:
    """Until when a channel rests, aware and UTC, and a code of why: the provider's own, or one of hub.post.circuit."""

    until: datetime
    reason: str


class ChannelPause(Base):
    """The latest pause of a channel; it is over when its time is."""

    __tablename__ = "channel_pauses"
    channel: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    until: Mapped[Moment]
    reason: Mapped[str] = mapped_column(sa.String(80))


def keep_pauses(work: Work, pauses: Mapping[str, Pause]) -> None:
    """Write down what the channels rest for now, where that is not known yet."""
    for channel, pause in pauses.items():
        known = work.session.get(ChannelPause, channel)
        if known is None:
            work.session.execute(
                insert_missing(work.connection, ChannelPause).values(
                    channel=channel, until=pause.until, reason=pause.reason
                )
            )
        elif known.reason != pause.reason or abs(known.until - pause.until) > ABOUT_THE_SAME:
            known.until, known.reason = pause.until, pause.reason


def forget_pauses(work: Work) -> None:
    """After a start no channel rests."""
    work.session.execute(sa.delete(ChannelPause))


def find_pause(look: Look, channel: str) -> Pause | None:
    """The pause that a channel is in now."""
    found = look.session.get(ChannelPause, channel)
    return Pause(found.until, found.reason) if found is not None and found.until > look.now else None
