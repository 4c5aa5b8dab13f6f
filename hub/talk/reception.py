"""Reception: takes each arrival in its turn, has it heard outside any work, and has it answered in one.

A sender's messages are taken one after the other, different senders side by side. Tries are counted before the work; what
fails again and again is parked where a person sees it. Source: security rules S9.8 and S1.9.
"""

import asyncio
import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

import sqlalchemy as sa

from hub.asker import routine_asker
from hub.desk import Desk, DeskBusyError, Look, StoreAwayError, Work
from hub.doorbell import ARRIVALS, LIVE, LocalDoorbell
from hub.post.audience import Freshness, freshness
from hub.post.inbox import Arrival, ArrivalState
from hub.talk.answering import answer_arrival, is_fragment
from hub.talk.bot import Bot
from hub.talk.conversations import ConversationState, find_amendable, find_in_state, replay
from hub.talk.dialogue import Waiting
from hub.talk.heard import About, Act, Heard, Intent, KnownChild, Listener, ListenerAwayError, Said
from hub.talk.routing import Route, find_route, find_thread, route_elsewhere
from hub.talk.speaker import Speaker, get_speaker
from hub.talk.strangers import quarantine

log = logging.getLogger(__name__)
RECEPTION = routine_asker("reception")
AT_ONCE = 64
LEASE = timedelta(seconds=60)
TRY_LIMIT = 5
LOOK_PAST = 4
SWEEP_SECONDS = 5.0
AGAIN_SECONDS = 1.0
OPT_OUTS = {"STOP": Intent.STOP, "START": Intent.START, "HELP": Intent.HELP}


@dataclass(frozen=True, slots=True)
class Prepared:
    """What the listener needs. `elsewhere` are the same people's children at other units of the owner.

    `amends`: something was settled so lately that a few words may be about its days.
    """

    said: Said
    children: tuple[KnownChild, ...]
    elsewhere: tuple[KnownChild, ...]
    asked: About | None
    amends: bool = False


@dataclass(frozen=True, slots=True)
class Taken:
    """An arrival claimed for us. `too_often`: it has failed so often that it is parked."""

    id: str
    sender: str
    too_often: bool


def take(work: Work, limit: int, busy: Collection[str]) -> list[Taken]:
    """Claim arrivals in the order they came, counting the try: of each sender the next one, and none of a `busy` sender's.

    A lease further ahead than any is given was given before the wall clock was set back, and is over.
    """
    found = work.session.scalars(
        sa.select(Arrival)
        .where(
            Arrival.state == ArrivalState.NEW,
            sa.or_(
                Arrival.lease_until.is_(None),
                Arrival.lease_until <= work.now,
                Arrival.lease_until > work.now + LEASE,
            ),
            Arrival.sender.not_in(busy),
        )
        .order_by(Arrival.id)
        .limit(limit * LOOK_PAST)
        .with_for_update(skip_locked=True)
    )
    out: dict[str, Taken] = {}
    for arrival in found:
        if arrival.sender in out or len(out) == limit:
            continue
        arrival.tries += 1
        arrival.lease_until = work.now + LEASE
        out[arrival.sender] = Taken(arrival.id, arrival.sender, arrival.tries > TRY_LIMIT)
    return list(out.values())


def release(work: Work) -> None:
    """After a start: what the last process had in hand is nobody's, and goes on in its order at once."""
    work.session.execute(sa.update(Arrival).where(Arrival.state == ArrivalState.NEW).values(lease_until=None))


def prepare(look: Look, bots: Mapping[str, Bot], arrival_id: str) -> Prepared | None:
    """Gather what the listener needs; None when there is nobody to listen to."""
    arrival = look.session.get_one(Arrival, arrival_id)
    route = find_route(look, arrival.kind, arrival.sender, arrival.recipient)
    if route is None or route.resting or not route.people:
        return None
    speaker = get_speaker(look, route.unit, route.people)
    said = Said(arrival.text, route.unit.local(arrival.received_at), speaker.language)
    here, elsewhere = _known(speaker)
    asked = _asked(look, bots, route, arrival.sender)
    thread = find_thread(look, route) if asked is None else None
    amends = thread is not None and find_amendable(look, thread.id, arrival.sender) is not None
    return Prepared(said, here, elsewhere, asked, amends)


def _known(speaker: Speaker) -> tuple[tuple[KnownChild, ...], tuple[KnownChild, ...]]:
    here: dict[str, KnownChild] = {}
    elsewhere: dict[str, KnownChild] = {}
    for place in speaker.known:
        nicknames = (place.child.nickname,) if place.child.nickname else ()
        known = KnownChild(place.child.id, place.child.name, nicknames)
        (here if place.unit_id == speaker.unit.id else elsewhere).setdefault(place.child.id, known)
    return tuple(here.values()), tuple(child for key, child in elsewhere.items() if key not in here)


def _asked(look: Look, bots: Mapping[str, Bot], route: Route, sender: str) -> About | None:
    thread = find_thread(look, route)
    if thread is None:
        return None
    conversation = find_in_state(look, thread.id, sender, ConversationState.OPEN)
    if conversation is None or conversation.expires_at <= look.now or conversation.bot not in bots:
        told = find_in_state(look, thread.id, sender, ConversationState.TOLD)
        return About("confirm") if told is not None and told.expires_at > look.now else None
    played = replay(look, bots[conversation.bot], conversation)
    return played.asked.question.about() if isinstance(played, Waiting) else None


def receive(work: Work, bots: Mapping[str, Bot], arrival_id: str, heard: Heard | None, elsewhere: bool) -> None:
    """Answer one arrival, by rights as they are now. `elsewhere`: what was heard is about children of another unit."""
    arrival = work.session.get_one(Arrival, arrival_id, with_for_update=True)
    if arrival.state != ArrivalState.NEW:
        return
    route = find_route(work, arrival.kind, arrival.sender, arrival.recipient)
    if route is None:
        arrival.state, arrival.reason, arrival.lease_until = ArrivalState.PARKED, "unknown_number", None
        return
    if route.resting or not _may_be_answered(work, route):
        quarantine(work, arrival, route)
        return
    if arrival.opt_out in OPT_OUTS:
        heard = Heard(route.unit.languages[0], False, (Act(OPT_OUTS[arrival.opt_out]),), listener=arrival.channel)
    elif elsewhere and heard is not None:
        route = _other_route(work, route, heard) or route
    answer_arrival(work, bots, arrival, route, heard, answered_already=arrival.opt_out in OPT_OUTS)


def _may_be_answered(look: Look, route: Route) -> bool:
    return any(freshness(address, look.now) is not Freshness.OVER for address, _ in route.people)


def _other_route(work: Work, route: Route, heard: Heard) -> Route | None:
    speaker = get_speaker(work, route.unit, route.people)
    meant = {key for act in heard.acts for key in act.children}
    places = [p for p in speaker.known if p.child.id in meant and p.unit_id != route.unit.id]
    units = {place.unit_id for place in places}
    if len(units) != 1:
        return None
    return route_elsewhere(work, route, units.pop(), places[0].group_id)


def park(work: Work, arrival_id: str) -> None:
    """It failed too often: staff of the unit find it among what could not be read."""
    arrival = work.session.get_one(Arrival, arrival_id)
    arrival.state, arrival.reason, arrival.lease_until = ArrivalState.PARKED, "faults", None
    route = find_route(work, arrival.kind, arrival.sender, arrival.recipient)
    if route is not None:
        work.ring(LIVE, route.unit.id)


class Reception:
    """Runs until it is stopped; what is in hand then is finished, or taken up again after the next start."""

    def __init__(self, desk: Desk, listener: Listener, bots: Mapping[str, Bot], doorbell: LocalDoorbell) -> None:
        self._desk = desk
        self._listener = listener
        self._bots = bots
        self._waiter = doorbell.waiter(ARRIVALS)
        self._turns: dict[str, asyncio.Task[None]] = {}
        self._is_new = True
        self._stopping = False

    async def run(self) -> None:
        while not self._stopping:
            free = AT_ONCE - len(self._turns)
            taken: list[Taken] = []
            if free > 0:
                try:
                    taken = await self._take(free)
                except (StoreAwayError, DeskBusyError):
                    await self._waiter.wait(AGAIN_SECONDS)
                    continue
            for arrival in taken:
                self._start(arrival)
            if not taken:
                await self._waiter.wait(SWEEP_SECONDS)

    async def answer_waiting(self) -> None:
        """Answer what waits now, in the order it came, and return when nothing waits: one turn of `run` for rehearsals."""
        while taken := await self._desk.work(RECEPTION, take, AT_ONCE, ()):
            for arrival in taken:
                await self._answer(arrival)

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

    def _start(self, arrival: Taken) -> None:
        task = asyncio.create_task(self._answer(arrival))
        self._turns[arrival.sender] = task
        task.add_done_callback(lambda _: self._done(arrival))

    def _done(self, arrival: Taken) -> None:
        del self._turns[arrival.sender]
        self._waiter.wake()

    async def _answer(self, arrival: Taken) -> None:
        """However long the store is away: the sender's next message waits behind this one."""
        while True:
            try:
                await self._receive(arrival)
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

    async def _receive(self, arrival: Taken) -> None:
        if arrival.too_often:
            await self._desk.work(RECEPTION, park, arrival.id)
            return
        prepared = await self._desk.look(RECEPTION, prepare, self._bots, arrival.id)
        heard, elsewhere = None, False
        if prepared is not None:
            heard, elsewhere = await self._hear(prepared)
        await self._desk.work(RECEPTION, receive, self._bots, arrival.id, heard, elsewhere)

    async def _hear(self, prepared: Prepared) -> tuple[Heard | None, bool]:
        try:
            heard = await self._listener.hear(prepared.said, prepared.children, prepared.asked)
            if prepared.amends and is_fragment(heard, prepared.said.text):
                which = About("which_days", day=prepared.said.received_at.date())
                return _with_days(heard, await self._listener.hear(prepared.said, prepared.children, which)), False
            if prepared.elsewhere and prepared.asked is None and _may_mean_another(heard, prepared):
                everyone = prepared.children + prepared.elsewhere
                again = await self._listener.hear(prepared.said, everyone, None)
                away = {child.key for child in prepared.elsewhere}
                meant = {key for act in again.acts for key in act.children}
                if meant and meant <= away:
                    return again, True
        except ListenerAwayError:
            return None, False
        return heard, False

    async def _to_staff(self, arrival: Taken) -> None:
        try:
            await self._desk.work(RECEPTION, receive, self._bots, arrival.id, None, False)
        except Exception:
            log.exception("a message could not be handed to staff", extra={"arrival": arrival.id})


def _with_days(heard: Heard, as_answer: Heard) -> Heard:
    """The fragment with the days that it names when it is read as an answer."""
    days = tuple(sorted({day for act in as_answer.acts for day in act.days}))
    return replace(heard, acts=(replace(heard.acts[0], days=days),), reasons=heard.reasons + as_answer.reasons)


def _may_mean_another(heard: Heard, prepared: Prepared) -> bool:
    return not prepared.children or any(act.unknown_name for act in heard.acts)
