"""Rehearses a conversation: an invented family at an invented unit writes, and the real reception answers.

For transcripts and for `budbok talk`: nothing here is pretended but the people, and that whatever is posted has left.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from hub.address import SMS, Address
from hub.asker import operator_asker
from hub.clock import StoppedClock
from hub.desk import Desk, Look, Work
from hub.doorbell import LocalDoorbell
from hub.people.families import Guardian, GuardianAddress
from hub.post.arrivals import Arrival, ArrivalState, keep_arrivals
from hub.post.channel import Inbound, Receipt
from hub.post.deliveries import RANK, Delivery, Status, take_receipt
from hub.post.messages import Thread
from hub.post.reach_wishes import find_wishes
from hub.talk.bot import Bot, Prompter, prompt_some
from hub.talk.cast import Cast
from hub.talk.cast_places import PLACES
from hub.talk.heard import Listener
from hub.talk.household import MovedIn, move_in
from hub.talk.reception import Reception
from hub.talk.staff_script import StaffScript

REHEARSAL = operator_asker("talk")
STRANGER = "Stranger"
Facts = Callable[[Look], Sequence[str]]


def in_one_line(text: str) -> str:
    """A text as a line of a script; " / " stands where its own lines end."""
    return " / ".join(line for line in text.splitlines() if line)


class Rehearsal:
    """One scene. `hear`, `pass_to` and `act` bring it on; `facts` are further questions whose answers show as facts.

    `moves_in` brings the people of the scene into the empty store.
    """

    def __init__(
        self,
        desk: Desk,
        clock: StoppedClock,
        listener: Listener,
        bots: Mapping[str, Bot],
        cast: Cast,
        facts: Sequence[Facts] = (),
        *,
        staff: StaffScript | None = None,
        moves_in: Callable[[Work, Cast], MovedIn] = move_in,
    ) -> None:
        self.cast = cast
        self.place = PLACES[cast.language]
        self.now = cast.begins
        self._desk = desk
        self._clock = clock
        self._reception = Reception(desk, listener, bots, LocalDoorbell(), staff)
        self._prompters = [bot for bot in bots.values() if isinstance(bot, Prompter)]
        self._facts = facts
        self._moves_in = moves_in
        self._told = 0
        self._phones: dict[str, str] = {}
        self._names: dict[str, str] = {}
        self._home = ""
        self._units: dict[str, str] = {}
        self._shown: set[str] = set()
        self._before: list[str] = []

    async def open(self) -> None:
        """The family moves in, and the clock is set."""
        self._set_clock(self.cast.begins)
        found = await self._desk.work(REHEARSAL, self._moves_in, self.cast)
        self._phones, self._home, self._units = found.phones, found.number, found.units
        self._names = {value: name for name, value in reversed(found.phones.items())}
        self._phones[STRANGER] = found.stranger
        self._names[self._phones[STRANGER]] = STRANGER
        self._before = await self._desk.look(REHEARSAL, self._list_facts)

    async def pass_to(self, now: datetime) -> list[str]:
        """Time passes to this wall-clock time at the unit; what the hub says by itself then, as lines of a transcript."""
        self._set_clock(now)
        return await self._show("")

    async def act(self, verb: Callable[[Work], object]) -> list[str]:
        """Staff do something; what the hub says then."""
        await self._desk.work(REHEARSAL, verb)
        return await self._show("")

    def _set_clock(self, now: datetime) -> None:
        self.now = now
        self._clock.jump(now.replace(tzinfo=ZoneInfo(self.place.zone)))

    def split(self, line: str) -> tuple[str, str]:
        """ "Far> nei" is ("Far", "nei"); what nobody with a phone here says is said by "", the one who writes."""
        who, mark, text = line.partition(">")
        return (who, text.strip()) if mark and who in self._phones else ("", line)

    async def hear(self, who: str, text: str) -> list[str]:
        """What is answered to whom, and which facts came or went, as lines of a transcript."""
        self._told += 1
        inbound = Inbound(
            channel="rehearsal",
            key=f"rehearsal:{self._told}",
            sender=Address(SMS, self._phones[who]),
            recipient=Address(SMS, self._home),
            text=text,
            provider_id=str(self._told),
        )
        await self._desk.work(REHEARSAL, keep_arrivals, [(inbound, self._clock.now())])
        await self._reception.answer_waiting()
        return await self._show(self._phones[who])

    async def _show(self, sender: str) -> list[str]:
        for bot in self._prompters:
            if due := await self._desk.look(REHEARSAL, bot.list_due):
                await prompt_some(self._desk, REHEARSAL, bot, due)
        answers = await self._desk.look(REHEARSAL, self._list_answers, sender)
        await self._desk.work(REHEARSAL, send_all)
        facts = await self._desk.look(REHEARSAL, self._list_facts)
        came = [f"= {fact}" for fact in facts if fact not in self._before]
        went = [f"= no longer: {fact}" for fact in self._before if fact not in facts]
        self._before = facts
        return [*answers, *came, *went]

    def _list_answers(self, look: Look, sender: str) -> list[str]:
        deliveries = [
            delivery
            for delivery in look.session.scalars(sa.select(Delivery).order_by(Delivery.id))
            if delivery.id not in self._shown
        ]
        self._shown |= {delivery.id for delivery in deliveries}
        deliveries.sort(key=lambda delivery: delivery.recipient != sender)
        return [self._answer(delivery) for delivery in deliveries]

    def _answer(self, delivery: Delivery) -> str:
        unit = self._units.get(delivery.sender)
        told = in_one_line(delivery.text)
        told = f"[{unit}] {told}" if unit is not None else told
        return f"{self._names[delivery.recipient]}< {told}"

    def _list_facts(self, look: Look) -> list[str]:
        facts = [line for question in self._facts for line in question(look)]
        facts += [
            f"waits for staff: {thread.waits_why}"
            for thread in look.session.scalars(sa.select(Thread).where(Thread.waits_since.is_not(None)))
        ]
        facts += [
            f"{arrival.state}: {arrival.reason}"
            for arrival in look.session.scalars(
                sa.select(Arrival).where(Arrival.state.in_([ArrivalState.QUARANTINED, ArrivalState.PARKED]))
            )
        ]
        stopped = look.session.scalars(sa.select(GuardianAddress.value).where(GuardianAddress.stopped_at.is_not(None)))
        facts += [f"only important messages{self._of(value)}" for value in dict.fromkeys(stopped)]
        guardians = look.session.scalars(sa.select(Guardian).order_by(Guardian.id)).all()
        for wish in find_wishes(look, [each.id for each in guardians]).values():
            facts += [f"reserved: {kind}, {how}" for kind, how in wish.reserved.items()]
            facts += [f"{topic} goes by {', '.join(kinds)}" for topic, kinds in wish.choices.items()]
        facts += [f"language: {each.language}" for each in guardians[:1] if each.language != self.cast.language]
        return facts

    def _of(self, value: str) -> str:
        name = self._names[value]
        return f": {name}" if name else ""


def send_all(work: Work) -> None:
    """The pretended provider takes everything at once."""
    for delivery in work.session.scalars(sa.select(Delivery).where(Delivery.rank < RANK[Status.ACCEPTED])):
        take_receipt(work, delivery, Receipt(f"rehearsal:{delivery.id}"))
