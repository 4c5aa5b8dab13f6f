"""Reception: takes each arrival in its turn, has it heard outside any work, and has it answered in one.

A sender's messages are taken one after the other, different senders side by side. Tries are counted before the work; what
fails again and again is parked where a person sees it. Source: security rule S9.8.
"""

import asyncio
import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from hub.asker import routine_asker
from hub.database import Utc
from hub.desk import Desk, DeskBusyError, StoreAwayError, Work
from hub.doorbell import ARRIVALS, LocalDoorbell
from hub.post.arrivals import Arrival, ArrivalState
from hub.post.membership import Membership
from hub.quick_select import QuickSelect
from hub.talk.bot import Bot
from hub.talk.elsewhere import find_asked_elsewhere, is_bare
from hub.talk.heard import Listener
from hub.talk.listening import Prepared, Understood, listen, listen_again, prepare, prepare_all
from hub.talk.receiving import park, receive
from hub.talk.staff_script import StaffScript

log = logging.getLogger(__name__)
RECEPTION = routine_asker("reception")
AT_ONCE = 128
AT_A_TIME = 32
"""Taken up in one go, as many as are answered in one round: the next are heard while those are written down."""
LEASE = timedelta(seconds=60)
CLOCKS_APART = timedelta(seconds=10)
"""So far the clocks of two machines may be from each other before what one has in hand looks over to the other."""
TRY_LIMIT = 5
LOOK_PAST = 4
SWEEP_SECONDS = 5.0
AGAIN_SECONDS = 1.0
BETWEEN_TAKES = 0.04
MEET_SECONDS = 0.015
"""While texts keep coming: those taken up, and answered, together cost less. One that comes alone never waits."""


@dataclass(frozen=True, slots=True)
class Taken:
    """An arrival claimed for us. `too_often`: it has failed so often that it is parked."""

    id: str
    sender: str
    too_often: bool


_NOW = sa.bindparam("now", type_=Utc)
_IS_NEW = Arrival.state == ArrivalState.NEW
_IS_NOBODYS = sa.or_(
    Arrival.lease_until.is_(None), Arrival.lease_until <= _NOW, Arrival.lease_until > sa.bindparam("far", type_=Utc)
)
_IS_NOT_BUSY = Arrival.sender.not_in(sa.bindparam("busy", expanding=True))
_SELECT_WAITING = (
    sa.select(Arrival)
    .where(_IS_NEW, _IS_NOBODYS)
    .order_by(Arrival.id)
    .limit(sa.bindparam("limit", type_=sa.Integer))
    .with_for_update(skip_locked=True)
)
_OLDEST = (
    sa.select(Arrival.id, Arrival.sender)
    .where(_IS_NEW, _IS_NOT_BUSY)
    .order_by(Arrival.id)
    .limit(sa.bindparam("window", type_=sa.Integer))
    .subquery()
)
_FIRST_OF_EACH = sa.select(sa.func.min(_OLDEST.c.id)).group_by(_OLDEST.c.sender)
_WAITING = QuickSelect(_SELECT_WAITING.where(_IS_NOT_BUSY))
_WAITING_FIRST = QuickSelect(_SELECT_WAITING.where(Arrival.id.in_(_FIRST_OF_EACH)))
"""The first of each sender among the oldest that wait, whoever has it in hand: to look for an earlier one behind each of
50,000 takes half a minute."""
WINDOWS = (1_000, 100_000)
"""Among so many of the oldest; more where nobody among those has a turn, as when a few senders wrote them all."""


def take(work: Work, limit: int, busy: Collection[str], node: str | None = None) -> list[Taken]:
    """Claim arrivals in the order they came, counting the try: of each sender the next one, and none of a `busy` sender's.

    Where several hubs share the store, for one of them by name: while one has a sender's message in hand, no other takes the
    sender's next. A lease further ahead than any is given was given before the wall clock was set back, and is over.
    """
    far = work.now + LEASE + (timedelta() if node is None else CLOCKS_APART)
    asked = {"now": work.now, "far": far, "busy": list(busy), "limit": limit * LOOK_PAST}
    found = _WAITING.rows(work, **asked) if node is None else _find_first(work, asked)
    out: dict[str, Taken] = {}
    for (arrival,) in found:
        if arrival.sender in out or len(out) == limit:
            continue
        arrival.tries += 1
        arrival.lease_until = work.now + LEASE
        if node is not None:
            arrival.held_by = node
        out[arrival.sender] = Taken(arrival.id, arrival.sender, arrival.tries > TRY_LIMIT)
    return list(out.values())


def _find_first(work: Work, asked: Mapping[str, Any]) -> Sequence[tuple[Arrival]]:
    found: Sequence[tuple[Arrival]] = ()
    for window in WINDOWS:
        found = found or _WAITING_FIRST.rows(work, **asked, window=window)
    return found


def release(work: Work) -> None:
    """After a start of the only hub: what the last process had in hand is nobody's, and goes on in its order at once."""
    work.session.execute(sa.update(Arrival).where(Arrival.state == ArrivalState.NEW).values(lease_until=None))


class Reception:
    """Runs until it is stopped; what is in hand then is finished, or taken up again after the next start.

    Without a `staff` script the phones of staff are strangers' like any other. `membership` is where several hubs share the
    store.
    """

    def __init__(
        self,
        desk: Desk,
        listener: Listener,
        bots: Mapping[str, Bot],
        doorbell: LocalDoorbell,
        staff: StaffScript | None = None,
        membership: Membership | None = None,
    ) -> None:
        self._membership = membership
        self._desk = desk
        self._listener = listener
        self._bots = bots
        self._staff = staff
        self._waiter = doorbell.waiter(ARRIVALS)
        self._turns: dict[str, asyncio.Task[None]] = {}
        self._meeting: asyncio.Event | None = None
        self._is_new = True
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        while not self._stopping.is_set():
            free = AT_ONCE - len(self._turns)
            taken: list[Taken] = []
            if free > 0:
                try:
                    taken = await self._take(min(free, AT_A_TIME))
                except (StoreAwayError, DeskBusyError):
                    await self._waiter.wait(AGAIN_SECONDS)
                    continue
                except Exception:
                    log.exception("messages could not be taken up")
                    await self._waiter.wait(AGAIN_SECONDS)
                    continue
            prepared = await self._prepare(taken)
            if self._stopping.is_set():
                return
            for arrival in taken:
                self._start(arrival, prepared)
            if taken:
                await asyncio.sleep(BETWEEN_TAKES)
            else:
                await self._waiter.wait(SWEEP_SECONDS)

    async def answer_waiting(self) -> None:
        """Answer what waits now, in the order it came, and return when nothing waits: one turn of `run` for rehearsals."""
        while taken := await self._desk.work(RECEPTION, take, AT_ONCE, ()):
            for arrival in taken:
                await self._answer(arrival, {})

    async def stop(self, seconds: float = 15.0) -> None:
        """No turn goes on afterwards: what is not answered by then is another hub's, or waits for the next start."""
        self._stopping.set()
        self._waiter.wake()
        turns = list(self._turns.values())
        if turns:
            _, late = await asyncio.wait(turns, timeout=seconds)
            for turn in late:
                turn.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _take(self, free: int) -> list[Taken]:
        if self._membership is not None:
            if self._membership.share() is None:
                return []
            return await self._desk.work(RECEPTION, take, free, list(self._turns), self._membership.name)
        if self._is_new:
            await self._desk.work(RECEPTION, release)
            self._is_new = False
        return await self._desk.work(RECEPTION, take, free, list(self._turns))

    async def _prepare(self, taken: Sequence[Taken]) -> dict[str, Prepared | None]:
        """All in one look. What fails here is prepared, and fails, by itself in its turn."""
        ids = [arrival.id for arrival in taken if not arrival.too_often]
        try:
            return await self._desk.look(RECEPTION, prepare_all, self._bots, ids) if ids else {}
        except Exception as error:
            log.info("messages are prepared one by one", extra={"error": type(error).__name__})
            return {}

    def _start(self, arrival: Taken, prepared: dict[str, Prepared | None]) -> None:
        task = asyncio.create_task(self._answer(arrival, prepared))
        self._turns[arrival.sender] = task
        task.add_done_callback(lambda _: self._done(arrival))

    def _done(self, arrival: Taken) -> None:
        del self._turns[arrival.sender]
        self._waiter.wake()

    async def _answer(self, arrival: Taken, prepared: dict[str, Prepared | None]) -> None:
        """However long the store is away: the sender's next message waits behind this one."""
        while True:
            try:
                await self._receive(arrival, prepared)
            except (StoreAwayError, DeskBusyError):
                if self._stopping.is_set():
                    return
                await asyncio.sleep(AGAIN_SECONDS)
            except Exception:
                log.exception("a message could not be answered", extra={"arrival": arrival.id})
                await self._to_staff(arrival)
                return
            else:
                return

    async def _receive(self, arrival: Taken, all_prepared: dict[str, Prepared | None]) -> None:
        if arrival.too_often:
            await self._desk.work(RECEPTION, park, arrival.id)
            return
        if arrival.id in all_prepared:
            prepared = all_prepared.pop(arrival.id)
        else:
            prepared = await self._desk.look(RECEPTION, prepare, self._bots, arrival.id)
        understood = Understood() if prepared is None else await listen(self._listener, prepared)
        if prepared is not None and is_bare(understood.here, prepared.said.text):
            asked = await self._desk.look(RECEPTION, find_asked_elsewhere, self._bots, arrival.id)
            if asked is not None:
                understood = await listen_again(self._listener, prepared, asked, understood)
        await self._meet()
        try:
            await self._desk.work_in_round(RECEPTION, receive, self._bots, arrival.id, understood, self._staff)
        except sa.exc.IntegrityError:
            # another writer was quicker, such as one who opened the same thread: now it is there
            await self._desk.work(RECEPTION, receive, self._bots, arrival.id, understood, self._staff)

    async def _meet(self) -> None:
        """Wait a moment for others who are as far, if any are under way."""
        if len(self._turns) < 2:
            return
        if self._meeting is None:
            self._meeting = asyncio.Event()
            asyncio.get_running_loop().call_later(MEET_SECONDS, self._part)
        await self._meeting.wait()

    def _part(self) -> None:
        if self._meeting is not None:
            self._meeting.set()
            self._meeting = None

    async def _to_staff(self, arrival: Taken) -> None:
        """Unheard; and where that fails too, one of the staff is told that nothing of what they wrote was done."""
        for has_failed in (False, True):
            try:
                await self._desk.work(
                    RECEPTION, receive, self._bots, arrival.id, Understood(), self._staff, has_failed=has_failed
                )
            except (StoreAwayError, DeskBusyError):
                log.exception("a message waits for the store", extra={"arrival": arrival.id})
                return
            except Exception:
                log.exception("a message could not be handed to staff", extra={"arrival": arrival.id})
            else:
                return
