"""The stage on which a family's year is played: one clock, the real reception, listener and bots, and what is due in between.

Nothing here is pretended but the people, and that whatever is posted has left.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from hub.address import SMS, Address
from hub.asker import routine_asker
from hub.clock import StoppedClock
from hub.desk import Desk, Look, Work
from hub.doorbell import LocalDoorbell
from hub.people.families import Child, Guardian, GuardianAddress
from hub.post.arrivals import Arrival, ArrivalState, keep_arrivals
from hub.post.channel import Inbound
from hub.post.deliveries import Delivery
from hub.post.messages import Thread, ThreadGuardian
from hub.school.absences import Absence
from hub.school.early_pickups import EarlyPickup
from hub.school.facts import list_facts
from hub.school.fetching import Fetching
from hub.school.late_arrivals import LateArrival
from hub.school.leave import LeaveApplication
from hub.school.leave_voices import list_voices
from hub.school.told import ToldOfDay
from hub.talk.bot import Prompter, prompt_some
from hub.talk.reception import Reception
from hub.talk.rehearsal import in_one_line, send_all
from hub.talk.unanswered import hand_over_unanswered
from tests.transcript import load_bots, the_ear
from tests.year.home import YEAR, Home, move_in

WAKES = (time(12, 1), time(18, 1))
"""Of every day that passes: when routines find something to do. A script names the moments in between that matter."""
STAFF = "staff"
UNANSWERED = routine_asker("unanswered")


class Stage:
    """One family's year. What comes of each step comes back as lines of a script."""

    def __init__(self, desk: Desk, clock: StoppedClock, home: Home) -> None:
        self.desk = desk
        self.home = home
        self.messages = 0
        self._clock = clock
        self._zone = ZoneInfo(home.land.zone)
        self._now = datetime.min  # wall-clock at the units
        bots = load_bots()
        self._reception = Reception(desk, the_ear(), bots, LocalDoorbell())
        self._prompters = [bot for bot in bots.values() if isinstance(bot, Prompter)]
        self._shown: str = ""
        self._before: list[str] = []

    @classmethod
    async def open(cls, desk: Desk, clock: StoppedClock, language: str, begins: datetime) -> "Stage":
        """The family moves in, and the clock is set to a wall-clock time at the units."""
        clock.jump(begins.replace(tzinfo=UTC))
        stage = cls(desk, clock, await desk.work(YEAR, move_in, language))
        stage._set_clock(begins)
        return stage

    @property
    def day(self) -> datetime:
        return self._now

    def _set_clock(self, now: datetime) -> None:
        self._now = now
        self._clock.jump(now.replace(tzinfo=self._zone))

    async def pass_to(self, now: datetime) -> list[str]:
        """Time passes; what the hub says by itself on the way, each under its own moment, and then."""
        assert now > self._now, f"{now} is not after {self._now}"
        lines: list[str] = []
        for moment in _between(self._now, now):
            self._set_clock(moment)
            if said := await self._show(""):
                lines += [f"# {moment:%A} {moment.day} {moment:%B %Y, %H:%M}", *said]
        self._set_clock(now)
        return [*lines, f"# {now:%A} {now.day} {now:%B %Y, %H:%M}", *await self._show("")]

    async def act(self, verb: Callable[[Work], object]) -> list[str]:
        """Somebody at the units does something; what the hub says then."""
        await self.desk.work(YEAR, verb)
        return await self._show("")

    async def hear(self, who: str, where: str, text: str) -> list[str]:
        """What is answered to whom, and which facts came or went."""
        self.messages += 1
        inbound = Inbound(
            channel="rehearsal",
            key=f"year:{self.messages}",
            sender=Address(SMS, self.home.phones[who]),
            recipient=Address(SMS, self.home.numbers[where]),
            text=text,
            provider_id=str(self.messages),
        )
        await self.desk.work(YEAR, keep_arrivals, [(inbound, self._clock.now())])
        await self._reception.answer_waiting()
        return await self._show(self.home.phones[who])

    async def see(self) -> list[str]:
        """What the hub says by itself now, and which facts came or went."""
        return await self._show("")

    async def _show(self, sender: str) -> list[str]:
        for bot in self._prompters:
            if due := await self.desk.look(YEAR, bot.list_due):
                await prompt_some(self.desk, YEAR, bot, due)
        await self.desk.work(UNANSWERED, hand_over_unanswered)
        answers = await self.desk.look(YEAR, self._list_answers, sender)
        if answers:
            await self.desk.work(YEAR, send_all)
        facts = await self.desk.look(YEAR, self.list_facts)
        came = [f"= {fact}" for fact in facts if fact not in self._before]
        went = [f"= no longer: {fact}" for fact in self._before if fact not in facts]
        self._before = facts
        return [*answers, *came, *went]

    def _list_answers(self, look: Look, sender: str) -> list[str]:
        new = look.session.scalars(sa.select(Delivery).where(Delivery.id > self._shown).order_by(Delivery.id)).all()
        self._shown = new[-1].id if new else self._shown
        self.messages += len(new)
        ordered = sorted(new, key=lambda delivery: delivery.recipient != sender)
        return [
            f"{self.home.called(each.recipient)} {self.home.label(each.sender)}< {in_one_line(each.text)}"
            for each in ordered
        ]

    def list_facts(self, look: Look) -> list[str]:
        """The book, what waits for staff, and what is known of phones and languages."""
        told = list_told(look) if self.home.shows_who else []
        return [*list_facts(look), *told, *self._waiting(look), *self._unread(look), *self.list_phones(look)]

    def _waiting(self, look: Look) -> list[str]:
        labels = {self.home.units[label].id: label for label in self.home.numbers}
        rows = look.session.execute(
            sa.select(Thread, Guardian.first_name)
            .join(ThreadGuardian, ThreadGuardian.thread_id == Thread.id)
            .join(Guardian, Guardian.id == ThreadGuardian.guardian_id)
            .where(Thread.waits_since.is_not(None))
            .order_by(Thread.id)
        )
        return [f"waits for staff: {name} {labels[thread.unit_id]}, {thread.waits_why}" for thread, name in rows]

    def _unread(self, look: Look) -> list[str]:
        states = [ArrivalState.QUARANTINED, ArrivalState.PARKED]
        return [
            f"{arrival.state}: {self.home.called(arrival.sender)}, {arrival.reason}"
            for arrival in look.session.scalars(sa.select(Arrival).where(Arrival.state.in_(states)))
        ]

    def list_phones(self, look: Look) -> list[str]:
        """The live phones of the two by name, whether they get all, and their languages."""
        rows: Sequence[tuple[GuardianAddress, Guardian]] = [
            (address, guardian)
            for address, guardian in look.session.execute(
                sa.select(GuardianAddress, Guardian)
                .join(Guardian, Guardian.id == GuardianAddress.guardian_id)
                .order_by(Guardian.first_name, GuardianAddress.id)
            )
        ]
        live = [
            f"phone: {guardian.first_name}, {self.home.called(address.value)}"
            + (", only important messages" if address.stopped_at is not None else "")
            for address, guardian in rows
            if address.is_live(look.now)
        ]
        languages = {guardian.first_name: guardian.language for _, guardian in rows}
        return [*live, *(f"language: {name}, {language}" for name, language in languages.items())]


def list_told(look: Look) -> list[str]:
    """Who told what of what holds: "told: absence, Ella, 2025-09-02, Hanna". Bookings are left out: a page keeps them as
    staff's, and a consent's own fact names whose word it is."""
    names = {child.id: child.first_name for child in look.session.scalars(sa.select(Child))}
    names |= {guardian.id: guardian.first_name for guardian in look.session.scalars(sa.select(Guardian))}
    asked: dict[str, sa.Select[str, date, str]] = {
        "absence": sa.select(Absence.child_id, Absence.day, Absence.told_by).where(Absence.ceased_at.is_(None)),
        "late": _holding(LateArrival),
        "early": _holding(EarlyPickup),
        "fetches": _holding(Fetching),
    }
    told = [
        (kind, child_id, day, by)
        for kind, question in asked.items()
        for child_id, day, by in look.session.execute(question)
    ]
    for leave in look.session.scalars(sa.select(LeaveApplication)):
        told.append(("leave", leave.child_id, leave.first_day, leave.applied_by))
        told += [
            (f"agrees {voice.agrees}", leave.child_id, leave.first_day, voice.guardian_id)
            for voice in list_voices(look, [leave.id])
        ]
    return sorted(f"told: {kind}, {names[child]}, {day}, {names.get(by, STAFF)}" for kind, child, day, by in told)


def _holding(table: type[ToldOfDay]) -> sa.Select[str, date, str]:
    return sa.select(table.child_id, table.day, table.told_by).where(table.taken_back_at.is_(None))


def _between(before: datetime, after: datetime) -> list[datetime]:
    days = [before.date() + timedelta(days=n) for n in range((after.date() - before.date()).days + 1)]
    moments = [datetime.combine(day, wake) for day in days for wake in WAKES]
    return [moment for moment in moments if before < moment < after]
