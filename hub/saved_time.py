"""What Budbok did by itself in a month, and about how long that would have taken by hand.

How many minutes an act takes by hand nobody knows but the owner: an administrator says it for each function, from a day on,
and where nobody has said it nothing is reckoned. An act is a matter that was settled with a family and not taken back, a family
that was told by a broadcast, or a letter about leave that was told of by text.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.database import ID_LENGTH, Base, Id, Moment, Ref
from hub.desk import Look, Work
from hub.people.places import Unit
from hub.post.broadcast_receivers import BroadcastReceiver
from hub.post.costs import next_month
from hub.post.messages import Thread
from hub.safety.audit import note
from hub.safety.roles import get_administered
from hub.school.leave import LeaveApplication
from hub.school.leave_decisions import LeaveDecision
from hub.school.leave_letters import LeaveLetter
from hub.talk.conversations import Conversation, ConversationState

BROADCAST, LETTERS = "broadcast", "letters"
SETTLED_BY = (
    "absence",
    "today",
    "early_pickup",
    "fetching",
    "leave",
    "consent",
    "care_time",
    "care_holiday",
    "whereabouts",
    "documents",
)
"""The bots that settle with a family what somebody would else do by hand."""
FUNCTIONS = (*SETTLED_BY, BROADCAST, LETTERS)
MOST_MINUTES = 240


class HandTime(Base):
    """From `from_day` on, an act of this function takes so many minutes by hand; None: nobody says any more. Of two for one day
    the later counts."""

    __tablename__ = "hand_times"
    __table_args__ = (sa.Index(None, "owner_id", "function"),)
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    function: Mapped[str] = mapped_column(sa.String(20))
    from_day: Mapped[date] = mapped_column(sa.Date)
    set_by: Mapped[str] = mapped_column(sa.String(ID_LENGTH))
    set_at: Mapped[Moment]
    minutes: Mapped[int | None] = mapped_column(sa.SmallInteger, default=None)


class HandTimes:
    """What an owner has said, ever, in the order in which it began to hold."""

    def __init__(self, rows: Sequence[HandTime]) -> None:
        self._of: defaultdict[str, list[HandTime]] = defaultdict(list)
        for row in sorted(rows, key=lambda row: (row.from_day, row.id)):
            self._of[row.function].append(row)

    def find(self, function: str, day: date) -> HandTime | None:
        """What holds on that day; None where nobody says."""
        held = [row for row in self._of[function] if row.from_day <= day]
        return held[-1] if held and held[-1].minutes is not None else None

    def find_minutes(self, function: str, day: date) -> int | None:
        row = self.find(function, day)
        return None if row is None else row.minutes


@dataclass(frozen=True, slots=True)
class Saved:
    """What was done of one function in a month. `each` are the minutes that an act takes by hand, of which there are several
    where that changed within the month; `minutes` is what all reckoned acts would have taken; `unsaid` acts are not in it."""

    function: str
    acts: int
    each: tuple[int, ...]
    minutes: int
    unsaid: int


def read_hand_times(look: Look, owner_id: str) -> HandTimes:
    return HandTimes(look.session.scalars(sa.select(HandTime).where(HandTime.owner_id == owner_id)).all())


def set_hand_times(work: Work, minutes: Mapping[str, int | None], from_day: date) -> None:
    """From a day on, for the owner that the asker administers: what is not as it is said here is written. Audited.

    Raises: NotThereError.
    """
    owner = get_administered(work)
    work.take_turns([owner.id])
    times = read_hand_times(work, owner.id)
    for function in FUNCTIONS:
        if function in minutes and minutes[function] != times.find_minutes(function, from_day):
            told = minutes[function]
            work.session.add(
                HandTime(
                    id=work.new_id(),
                    owner_id=owner.id,
                    function=function,
                    from_day=from_day,
                    set_by=work.asker.id,
                    set_at=work.now,
                    minutes=None if told is None else min(max(told, 0), MOST_MINUTES),
                )
            )
    note(work, "hand_times.set", [owner.id])


def count_saved(look: Look, unit: Unit, month: date) -> list[Saved]:
    """Of one unit in a month by its clock, what was done of each function. It asks no rights: its callers do."""
    start, end = unit.moment(month, time()), unit.moment(next_month(month), time())
    times = read_hand_times(look, unit.owner_id)
    acts: defaultdict[str, Counter[date]] = defaultdict(Counter)
    for function, at in _list_acts(look, unit, start, end):
        acts[function][unit.today(at)] += 1
    return [_reckon(times, function, acts[function]) for function in FUNCTIONS if acts[function]]


def _reckon(times: HandTimes, function: str, by_day: Counter[date]) -> Saved:
    told = [(times.find_minutes(function, day), n) for day, n in by_day.items()]
    return Saved(
        function,
        acts=by_day.total(),
        each=tuple(sorted({each for each, _ in told if each is not None})),
        minutes=sum(each * n for each, n in told if each is not None),
        unsaid=sum(n for each, n in told if each is None),
    )


def _list_acts(look: Look, unit: Unit, start: datetime, end: datetime) -> list[tuple[str, datetime]]:
    """Each with the function it was of, and when."""
    settled = look.session.execute(
        sa.select(Conversation.bot, Conversation.ended_at)
        .join(Thread, Thread.id == Conversation.thread_id)
        .where(
            Thread.unit_id == unit.id,
            Conversation.state == ConversationState.SETTLED,
            Conversation.bot.in_(SETTLED_BY),
            Conversation.ended_at >= start,
            Conversation.ended_at < end,
        )
    )
    told = look.session.scalars(
        sa.select(BroadcastReceiver.told_at).where(
            BroadcastReceiver.unit_id == unit.id,
            BroadcastReceiver.message_id.is_not(None),
            BroadcastReceiver.told_at >= start,
            BroadcastReceiver.told_at < end,
        )
    )
    letters = look.session.scalars(
        sa.select(LeaveLetter.told_at)
        .join(LeaveDecision, LeaveDecision.id == LeaveLetter.decision_id)
        .join(LeaveApplication, LeaveApplication.id == LeaveDecision.application_id)
        .where(
            LeaveApplication.unit_id == unit.id,
            LeaveLetter.why_not.is_(None),
            LeaveLetter.told_at >= start,
            LeaveLetter.told_at < end,
        )
    )
    named = [(bot, at) for bot, at in settled]
    named += [(BROADCAST, at) for at in told]
    named += [(LETTERS, at) for at in letters]
    return [(function, at) for function, at in named if at is not None]
