"""Reception: takes each arrival in its turn, has it heard outside any work, and has it answered in one.

A sender's messages are taken one after the other, different senders side by side. Tries are counted before the work; what
fails again and again is parked where a person sees it. Source: security rules S9.8 and S1.9.
"""

import asyncio
import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from hub.asker import routine_asker
from hub.database import Utc
from hub.desk import Desk, DeskBusyError, Look, StoreAwayError, Work
from hub.doorbell import ARRIVALS, LIVE, LocalDoorbell
from hub.post.arrivals import Arrival, ArrivalState, lock_arrival
from hub.post.audience import Freshness, freshness
from hub.quick_select import QuickSelect
from hub.talk.bot import Bot
from hub.talk.correspondence import answer_arrival
from hub.talk.elsewhere import find_asked_elsewhere, find_strayed, is_bare
from hub.talk.heard import Act, Heard, Intent, Listener
from hub.talk.listening import Prepared, Understood, listen, listen_again, prepare, prepare_all
from hub.talk.proving import hear_proof
from hub.talk.routing import Route, find_route, list_routes_elsewhere
from hub.talk.speaker import Speaker, get_speaker
from hub.talk.staff_script import StaffScript
from hub.talk.staff_texts import answer_staff
from hub.talk.strangers import quarantine
from hub.talk.undoing import find_undo_elsewhere, list_twins

log = logging.getLogger(__name__)
RECEPTION = routine_asker("reception")
AT_ONCE = 128
AT_A_TIME = 32
"""Taken up in one go, as many as are answered in one round: the next are heard while those are written down."""
LEASE = timedelta(seconds=60)
TRY_LIMIT = 5
LOOK_PAST = 4
SWEEP_SECONDS = 5.0
AGAIN_SECONDS = 1.0
BETWEEN_TAKES = 0.04
MEET_SECONDS = 0.015
"""While texts keep coming: those taken up, and answered, together cost less. One that comes alone never waits."""
OPT_OUTS = {"STOP": Intent.STOP, "START": Intent.START, "HELP": Intent.HELP}


@dataclass(frozen=True, slots=True)
class Taken:
    """An arrival claimed for us. `too_often`: it has failed so often that it is parked."""

    id: str
    sender: str
    too_often: bool


_NOW = sa.bindparam("now", type_=Utc)
_WAITING = QuickSelect(
    sa.select(Arrival)
    .where(
        Arrival.state == ArrivalState.NEW,
        sa.or_(
            Arrival.lease_until.is_(None),
            Arrival.lease_until <= _NOW,
            Arrival.lease_until > sa.bindparam("far", type_=Utc),
        ),
        Arrival.sender.not_in(sa.bindparam("busy", expanding=True)),
    )
    .order_by(Arrival.id)
    .limit(sa.bindparam("limit", type_=sa.Integer))
    .with_for_update(skip_locked=True)
)


def take(work: Work, limit: int, busy: Collection[str]) -> list[Taken]:
    """Claim arrivals in the order they came, counting the try: of each sender the next one, and none of a `busy` sender's.

    A lease further ahead than any is given was given before the wall clock was set back, and is over.
    """
    found = _WAITING.rows(work, now=work.now, far=work.now + LEASE, busy=list(busy), limit=limit * LOOK_PAST)
    out: dict[str, Taken] = {}
    for (arrival,) in found:
        if arrival.sender in out or len(out) == limit:
            continue
        arrival.tries += 1
        arrival.lease_until = work.now + LEASE
        out[arrival.sender] = Taken(arrival.id, arrival.sender, arrival.tries > TRY_LIMIT)
    return list(out.values())


def release(work: Work) -> None:
    """After a start: what the last process had in hand is nobody's, and goes on in its order at once."""
    work.session.execute(sa.update(Arrival).where(Arrival.state == ArrivalState.NEW).values(lease_until=None))


def receive(
    work: Work,
    bots: Mapping[str, Bot],
    arrival_id: str,
    understood: Understood,
    staff: StaffScript | None = None,
) -> None:
    """Answer one arrival, by rights as they are now: what is about children of other units in the threads there."""
    arrival = lock_arrival(work, arrival_id)
    if arrival.state != ArrivalState.NEW:
        return
    route = find_route(work, arrival.kind, arrival.sender, arrival.recipient)
    if route is None:
        arrival.state, arrival.reason, arrival.lease_until = ArrivalState.PARKED, "unknown_number", None
        return
    if arrival.doubt is not None:
        quarantine(work, arrival, route)
        return
    proof = hear_proof(work, arrival, route)
    if proof is not None:
        route, heard = proof
        answer_arrival(work, bots, arrival, route, get_speaker(work, route.unit, route.people), heard)
        return
    if (
        staff is not None
        and not route.resting
        and arrival.opt_out not in OPT_OUTS
        and answer_staff(work, staff, arrival, route)
    ):
        return
    if route.resting or not _may_be_answered(work, route):
        quarantine(work, arrival, route)
        return
    speaker = get_speaker(work, route.unit, route.people)
    if arrival.opt_out in OPT_OUTS:
        heard = Heard(route.unit.languages[0], False, (Act(OPT_OUTS[arrival.opt_out]),), listener=arrival.channel)
        answer_arrival(work, bots, arrival, route, speaker, heard, answered_already=True)
        return
    if understood.strayed is not None and _answer_strayed(work, bots, arrival, route, speaker, understood.strayed):
        return
    elsewhere = find_undo_elsewhere(work, route, speaker, understood.here)
    if elsewhere is not None:
        route, speaker = elsewhere, get_speaker(work, elsewhere.unit, elsewhere.people)
    for twin in list_twins(work, route, speaker, understood.here):
        there = get_speaker(work, twin.route.unit, twin.route.people)
        answer_arrival(work, bots, arrival, twin.route, there, understood.here, undo_of=twin.message_id)
        work.session.flush()
    left = _answer_elsewhere(work, bots, arrival, route, speaker, understood)
    if left is not None or not understood.is_elsewhere_alone:
        answer_arrival(work, bots, arrival, route, speaker, left or understood.here)


def _answer_strayed(
    work: Work, bots: Mapping[str, Bot], arrival: Arrival, route: Route, speaker: Speaker, heard: Heard
) -> bool:
    """Answer it where it was asked. True when nothing is left of it for the unit that was written to."""
    found = find_strayed(work, route, speaker, heard)
    for one in found:
        there = get_speaker(work, one.route.unit, one.route.people)
        answer_arrival(work, bots, arrival, one.route, there, heard, in_doubt=not one.is_sure)
        work.session.flush()
    return bool(found) and all(one.is_alone for one in found)


def _answer_elsewhere(
    work: Work, bots: Mapping[str, Bot], arrival: Arrival, route: Route, speaker: Speaker, understood: Understood
) -> Heard | None:
    """Answer what is about children of other units there; what is left for the unit that was written to, if anything.

    Words about children of several units are kept in the thread of each. They stay where they were sent when one of
    the children is protected, or cannot be written about from there: a person must look at them.
    """
    if understood.elsewhere is None:
        return None
    meant = understood.elsewhere.children
    routes = list_routes_elsewhere(work, route, [place for place in speaker.known if place.child.id in meant])
    if not routes or (speaker.is_guarded and (understood.here is not None or len(routes) > 1)):
        return understood.whole
    for other, child_ids in routes:
        alone = understood.is_elsewhere_alone and len(routes) == 1
        part = understood.whole if alone else understood.elsewhere.about(child_ids)
        if part is not None:
            there = get_speaker(work, other.unit, other.people)
            answer_arrival(work, bots, arrival, other, there, part)
            work.session.flush()
    return None


def _may_be_answered(look: Look, route: Route) -> bool:
    return any(freshness(address, look.now) is not Freshness.OVER for address, _ in route.people)


def park(work: Work, arrival_id: str) -> None:
    """It failed too often: staff of the unit find it among what could not be read."""
    arrival = work.session.get_one(Arrival, arrival_id)
    arrival.state, arrival.reason, arrival.lease_until = ArrivalState.PARKED, "faults", None
    work.ring(LIVE, arrival.id)


class Reception:
    """Runs until it is stopped; what is in hand then is finished, or taken up again after the next start.

    Without a `staff` script the phones of staff are strangers' like any other.
    """

    def __init__(
        self,
        desk: Desk,
        listener: Listener,
        bots: Mapping[str, Bot],
        doorbell: LocalDoorbell,
        staff: StaffScript | None = None,
    ) -> None:
        self._desk = desk
        self._listener = listener
        self._bots = bots
        self._staff = staff
        self._waiter = doorbell.waiter(ARRIVALS)
        self._turns: dict[str, asyncio.Task[None]] = {}
        self._meeting: asyncio.Event | None = None
        self._is_new = True
        self._stopping = False

    async def run(self) -> None:
        while not self._stopping:
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
        self._stopping = True
        self._waiter.wake()
        if self._turns:
            await asyncio.wait(self._turns.values(), timeout=seconds)

    async def _take(self, free: int) -> list[Taken]:
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
                if self._stopping:
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
        try:
            await self._desk.work(RECEPTION, receive, self._bots, arrival.id, Understood(), self._staff)
        except Exception:
            log.exception("a message could not be handed to staff", extra={"arrival": arrival.id})
