"""Trips: who left with which phone, each count once and in any order, and nobody who was missing is dropped."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.door.looking import Found, settle_clash
from hub.door.marks import Clash, DoorMark
from hub.door.merging import Fate, Sent
from hub.door.pairing import revoke
from hub.door.trip_queue import take_trips
from hub.door.trips import LATE, Out, TripCount, list_out
from hub.doorbell import LIVE, LocalDoorbell
from hub.people.families import Child
from hub.people.places import Unit
from hub.people.staff import Staff
from hub.post.inbox import DeskInbox
from hub.post.spool import Spool
from hub.routines import Routines
from hub.safety.access import NotThereError, get_reach
from hub.school.attendance import Departure, mark_here, mark_left
from tests.hub.door.at_door import HEAD, NOAH, ODIN, TEACHER
from tests.hub.door.kept_phone import phone_of, shown_of, waiting
from tests.hub.door.phone_keys import PhoneKey, entry
from tests.hub.post.spoken import TEST, as_staff
from tests.village import Village

SANDER, STRANGER = "Sander Ness", "Erik Johansson"
EVERY = 15


@dataclass
class Along:
    """A phone that goes along without a network: what it wrote down."""

    village: Village
    who: str
    reader_id: str
    key: PhoneKey
    texts: list[str] = field(default_factory=list)

    def write(self, at: datetime, **what: object) -> int:
        number = len(self.texts) + 1
        self.texts.append(entry(self.reader_id, number, at, **what))
        return number

    def leave(self, at: datetime, *names: str, place: str = "Skogen", every: int = EVERY) -> int:
        children = [self.village.child(name).id for name in names]
        return self.write(at, kind="trip", place=place, every=every, children=children)

    def count(self, at: datetime, trip: int, *missing: str) -> int:
        return self.write(at, kind="count", trip=trip, children=[self.village.child(name).id for name in missing])

    def back(self, at: datetime, trip: int) -> int:
        return self.write(at, kind="back", trip=trip)

    async def send(
        self,
        texts: Sequence[str] | None = None,
        who: str | None = None,
        clock_off: timedelta = timedelta(0),
    ) -> list[Fate]:
        def take(work: Work) -> list[Fate]:
            sending = list(self.texts if texts is None else texts)
            signatures = [self.key.sign(text) for text in sending]
            sent = Sent(self.reader_id, sending, signatures, work.now + clock_off)
            return take_trips(work, get_reach(work), self.village.unit("preschool"), sent)

        return await self.village.desk.work(as_staff(self.village.staff(who or self.who)), take)


async def along(village: Village, who: str = TEACHER) -> Along:
    phone = await phone_of(village, who)
    return Along(village, who, phone.reader_id, phone.key)


async def come(village: Village, *names: str) -> None:
    def here(work: Work) -> None:
        unit = work.session.get_one(Unit, village.unit("preschool").id)
        mark_here(work, unit, [work.session.get_one(Child, village.child(name).id) for name in names], "teacher")

    await village.desk.work(TEST, here)


def doorbell_of(village: Village) -> LocalDoorbell:
    doorbell = village.desk.doorbell
    assert isinstance(doorbell, LocalDoorbell)
    return doorbell


async def out(village: Village) -> list[Out]:
    def read(look: Look) -> list[Out]:
        return list_out(look, village.unit("preschool"), {child.id for child in village.children.values()})

    return await village.desk.look(TEST, read)


async def counts(village: Village) -> list[tuple[int, int]]:
    def read(look: Look) -> list[tuple[int, int]]:
        return [(row.there, row.missing) for row in look.session.scalars(sa.select(TripCount).order_by(TripCount.at))]

    return await village.desk.look(TEST, read)


async def logged(village: Village, name: str) -> list[tuple[date, str, str | None]]:
    """The days under which something of a child was logged, and what."""

    def read(look: Look) -> list[tuple[date, str, str | None]]:
        of_child = sa.select(DoorMark).where(DoorMark.child_id == village.child(name).id)
        rows = look.session.scalars(of_child.order_by(DoorMark.at, DoorMark.id))
        return [(row.day, row.way, row.clash) for row in rows]

    return await village.desk.look(TEST, read)


async def said_of(village: Village, name: str) -> list[tuple[str, str | None]]:
    """What stands in the log of the child's day, oldest first."""

    def read(look: Look) -> list[tuple[str, str | None]]:
        of_child = sa.select(DoorMark).where(DoorMark.child_id == village.child(name).id)
        rows = look.session.scalars(of_child.order_by(DoorMark.at, DoorMark.id))
        return [(row.way, row.clash) for row in rows]

    return await village.desk.look(TEST, read)


@pytest.mark.capability("N-16")
async def test_those_at_home_see_who_is_out_and_when_they_were_last_counted(
    village: Village, clock: StoppedClock
) -> None:
    await come(village, NOAH, ODIN, SANDER)
    phone = await along(village)
    trip = phone.leave(clock.now(), NOAH, ODIN)
    await phone.send()
    (left,) = await out(village)
    clock.move(timedelta(minutes=14))
    counted_at = clock.now()
    phone.count(counted_at, trip)

    assert await phone.send() == [Fate.KEPT, Fate.KEPT]
    (counted,) = await out(village)
    clock.move(timedelta(minutes=EVERY) + LATE + timedelta(seconds=1))

    assert left.child_ids == {village.child(NOAH).id, village.child(ODIN).id}
    assert (counted.trip.place, counted.counted_at, counted.missing) == ("Skogen", counted_at, {})
    assert not counted.is_overdue(counted_at + timedelta(minutes=EVERY) + LATE)
    assert counted.is_overdue(clock.now())
    assert await said_of(village, NOAH) == [("seen", None), ("seen", None)]
    assert await said_of(village, SANDER) == []


@pytest.mark.capability("N-16")
async def test_a_child_missing_at_a_count_waits_for_a_person_whatever_is_counted_later(
    village: Village, clock: StoppedClock
) -> None:
    await come(village, NOAH, ODIN)
    phone = await along(village)
    trip = phone.leave(clock.now(), NOAH, ODIN)
    phone.count(clock.now() + timedelta(minutes=5), trip, ODIN)
    phone.count(clock.now() + timedelta(minutes=10), trip)
    phone.back(clock.now() + timedelta(minutes=11), trip)
    clock.move(timedelta(minutes=20))

    fates = await phone.send()
    after = await waiting(village)
    shown = await shown_of(village, ODIN)

    def find(work: Work) -> None:
        settle_clash(work, get_reach(work), village.unit("preschool"), village.child(ODIN).id, shown, Found.HERE)

    await village.desk.work(as_staff(village.staff(HEAD)), find)

    assert fates == [Fate.KEPT, Fate.CLASHED, Fate.KEPT, Fate.KEPT]
    assert after == [(ODIN, Clash.MISSING)]
    assert await waiting(village) == []
    assert await out(village) == []


@pytest.mark.capability("N-16")
async def test_two_phones_without_a_network_that_took_the_same_child_are_both_shown(
    village: Village, clock: StoppedClock
) -> None:
    await come(village, NOAH, ODIN)
    one, two = await along(village), await along(village, HEAD)
    first = one.leave(clock.now(), NOAH)
    second = two.leave(clock.now(), NOAH, ODIN, place="Biblioteket")
    two.count(clock.now() + timedelta(minutes=5), second, NOAH)
    one.count(clock.now() + timedelta(minutes=6), first)
    clock.move(timedelta(minutes=10))

    await two.send()
    await one.send()

    assert await waiting(village) == [(NOAH, Clash.MISSING)]
    assert {each.trip.place for each in await out(village)} == {"Skogen", "Biblioteket"}
    assert ("seen", "otherwise") in await said_of(village, NOAH)


@pytest.mark.capability("N-15", "N-16")
async def test_sent_again_in_any_order_and_doubled_the_day_is_the_same(village: Village, clock: StoppedClock) -> None:
    await come(village, NOAH, ODIN)
    phone = await along(village)
    trip = phone.leave(clock.now(), NOAH, ODIN)
    for minute in (5, 10):
        phone.count(clock.now() + timedelta(minutes=minute), trip)
    phone.back(clock.now() + timedelta(minutes=12), trip)
    clock.move(timedelta(minutes=30))

    await phone.send(phone.texts[::-1])
    once = (await counts(village), await said_of(village, NOAH))
    await phone.send([phone.texts[1], phone.texts[3], phone.texts[0]])
    await phone.send()

    assert once == ([(2, 0), (2, 0)], [("seen", None)] * 3)
    assert (await counts(village), await said_of(village, NOAH)) == once


async def test_a_count_of_a_trip_that_nobody_knows_is_refused(village: Village, clock: StoppedClock) -> None:
    await come(village, NOAH)
    phone = await along(village)
    phone.count(clock.now(), 7)

    assert await phone.send() == [Fate.REFUSED]


async def test_a_child_that_left_meanwhile_and_is_counted_on_a_trip_waits_for_a_person(
    village: Village, clock: StoppedClock
) -> None:
    await come(village, NOAH)
    phone = await along(village)
    trip = phone.leave(clock.now(), NOAH)
    await phone.send()
    clock.move(timedelta(minutes=5))

    def left(work: Work) -> None:
        mark_left(work, village.unit("preschool"), [village.child(NOAH).id], Departure(work.now, "teacher"))

    await village.desk.work(TEST, left)
    phone.count(clock.now(), trip)
    await phone.send()

    assert await waiting(village) == [(NOAH, Clash.NOT_HERE)]


@pytest.mark.capability("N-15")
async def test_what_the_phone_did_not_sign_and_what_has_no_meaning_changes_nothing(
    village: Village, clock: StoppedClock
) -> None:
    await come(village, NOAH)
    phone = await along(village)
    phone.leave(clock.now(), NOAH, every=1)
    phone.leave(clock.now(), NOAH, place="")
    phone.leave(clock.now())
    phone.write(clock.now(), kind="count", children=[])
    phone.write(clock.now(), kind="tick", children=[])
    meaningless = await phone.send()
    phone.key = PhoneKey()
    phone.texts = []
    phone.leave(clock.now(), NOAH)

    assert meaningless == [Fate.REFUSED] * 5
    assert await phone.send() == [Fate.REFUSED]
    assert await out(village) == []


async def test_children_out_of_reach_go_on_no_trip(village: Village, clock: StoppedClock) -> None:
    await come(village, NOAH)
    phone = await along(village)
    phone.leave(clock.now(), "Ada Lien", "Kari Nordmann")

    assert await phone.send() == [Fate.REFUSED]
    assert await out(village) == []


@pytest.mark.capability("N-16")
async def test_a_child_missing_at_a_count_waits_for_a_person_also_if_whoever_sends_it_does_not_reach_it(
    village: Village, clock: StoppedClock
) -> None:
    """Who led the trip has gone home; a colleague of another group is signed in on the phone."""
    await come(village, NOAH, ODIN)
    phone = await along(village)
    trip = phone.leave(clock.now(), NOAH, ODIN)
    phone.count(clock.now(), trip, ODIN)
    phone.back(clock.now(), trip)

    fates = await phone.send(who=STRANGER)

    assert fates == [Fate.KEPT, Fate.CLASHED, Fate.KEPT]
    assert await waiting(village) == [(ODIN, Clash.MISSING)]
    assert await said_of(village, NOAH) == [("seen", None), ("seen", None)]


async def test_who_led_a_trip_and_works_here_no_more_still_tells_who_was_missing_on_it(
    village: Village, clock: StoppedClock
) -> None:
    """What they reached is what they reached when it was written down."""
    await come(village, NOAH)
    phone = await along(village)
    trip = phone.leave(clock.now(), NOAH)
    phone.count(clock.now(), trip, NOAH)
    clock.move(timedelta(hours=1))

    def end(work: Work) -> None:
        staff = work.session.get_one(Staff, village.staff(TEACHER).id)
        staff.left_at = work.now

    await village.desk.work(TEST, end)
    clock.move(timedelta(minutes=5))

    assert await phone.send(who=STRANGER) == [Fate.KEPT, Fate.CLASHED]
    assert await waiting(village) == [(NOAH, Clash.MISSING)]


async def test_a_child_that_is_on_a_trip_is_missed_also_if_nobody_who_sends_reaches_it_any_more(
    village: Village, clock: StoppedClock
) -> None:
    await come(village, NOAH)
    phone = await along(village)
    trip = phone.leave(clock.now(), NOAH)
    await phone.send()

    def protect(work: Work) -> None:
        work.session.get_one(Child, village.child(NOAH).id).protected = True

    await village.desk.work(TEST, protect)
    phone.count(clock.now(), trip, NOAH)

    assert (await phone.send())[-1] is Fate.CLASHED
    assert await waiting(village) == [(NOAH, Clash.MISSING)]


async def test_whoever_was_left_out_of_a_trip_and_then_missed_is_told_to_the_phone_as_not_taken(
    village: Village, clock: StoppedClock
) -> None:
    """So that somebody who holds the phone says it by hand."""
    await come(village, NOAH)
    phone = await along(village)
    trip = phone.leave(clock.now(), NOAH, "Kari Nordmann")
    phone.count(clock.now(), trip, "Kari Nordmann")

    fates = await phone.send()
    (left,) = await out(village)

    assert fates == [Fate.REFUSED, Fate.REFUSED]
    assert left.child_ids == {village.child(NOAH).id}
    assert await counts(village) == [(1, 0)]
    assert await phone.send() == [Fate.REFUSED, Fate.REFUSED]


async def test_a_phone_that_was_revoked_tells_nothing(village: Village, clock: StoppedClock) -> None:
    await come(village, NOAH)
    phone = await along(village)
    phone.leave(clock.now(), NOAH)

    def end(work: Work) -> None:
        revoke(work, village.unit("preschool").id, phone.reader_id)

    await village.desk.work(as_staff(village.staff(HEAD)), end)

    with pytest.raises(NotThereError):
        await phone.send()


def rung(rings: "asyncio.Queue[str]") -> set[str]:
    return {rings.get_nowait() for _ in range(rings.qsize())}


async def test_that_a_trip_is_over_rings_for_its_children_alone_and_once(village: Village, clock: StoppedClock) -> None:
    """A ring for the whole unit would tell also whoever reaches none of them."""
    await come(village, NOAH, ODIN)
    phone = await along(village)
    trip = phone.leave(clock.now(), NOAH, ODIN)
    await phone.send()
    phone.back(clock.now(), trip)

    with doorbell_of(village).watching(LIVE) as rings:
        await phone.send()
        ended = rung(rings)
        await phone.send()
        again = rung(rings)

    assert ended == {village.child(NOAH).id, village.child(ODIN).id}
    assert again == set()


async def test_a_count_that_does_not_come_is_told_to_those_at_home_once_when_it_is_overdue(
    village: Village, clock: StoppedClock, tmp_path: Path
) -> None:
    await come(village, NOAH)
    phone = await along(village)
    trip = phone.leave(clock.now(), NOAH)
    await phone.send()
    spool = Spool(tmp_path / "spool")
    routines = Routines(village.desk, DeskInbox(village.desk, spool), spool, {}, tmp_path / "anchors.jsonl")
    told: list[set[str]] = []

    async def wake(later: timedelta) -> None:
        clock.move(later)
        with doorbell_of(village).watching(LIVE) as rings:
            await routines.watch_trips()
            told.append(rung(rings))

    late = timedelta(minutes=EVERY) + LATE + timedelta(seconds=1)
    await wake(late - timedelta(seconds=1))
    await wake(timedelta(seconds=1))
    await wake(timedelta(minutes=1))
    phone.count(clock.now(), trip)
    await phone.send()
    await wake(timedelta(minutes=1))
    await wake(late)
    phone.back(clock.now(), trip)
    await phone.send()
    await wake(late)

    noah = {village.child(NOAH).id}
    assert told == [set(), noah, set(), set(), noah, set()]


async def test_a_trip_that_nobody_ended_is_none_the_next_day(village: Village, clock: StoppedClock) -> None:
    await come(village, NOAH)
    phone = await along(village)
    phone.leave(clock.now(), NOAH)
    await phone.send()

    clock.move(timedelta(days=1))

    assert await out(village) == []


@pytest.mark.capability("N-16")
async def test_of_a_trip_that_comes_in_the_day_after_only_who_was_missing_waits_that_day(
    village: Village, clock: StoppedClock
) -> None:
    await come(village, NOAH, ODIN)
    phone = await along(village)
    yesterday = village.unit("preschool").today(clock.now())
    trip = phone.leave(clock.now(), NOAH, ODIN)
    phone.count(clock.now() + timedelta(minutes=15), trip, ODIN)
    clock.move(timedelta(hours=23))
    await come(village, NOAH)

    fates = await phone.send()

    today = village.unit("preschool").today(clock.now())
    assert yesterday != today
    assert fates == [Fate.KEPT, Fate.CLASHED]
    assert await out(village) == []
    assert await waiting(village) == [(ODIN, Clash.MISSING)]
    assert await logged(village, NOAH) == [(yesterday, "seen", None)] * 2
    assert await logged(village, ODIN) == [(yesterday, "seen", None), (today, "missing", "missing")]


async def test_what_is_older_than_a_day_and_still_taken_is_none_of_today_either(
    village: Village, clock: StoppedClock
) -> None:
    await come(village, NOAH)
    phone = await along(village)
    yesterday = village.unit("preschool").today(clock.now())
    phone.count(clock.now(), phone.leave(clock.now(), NOAH))
    clock.move(timedelta(hours=30))

    assert await phone.send() == [Fate.KEPT, Fate.KEPT]
    assert await out(village) == []
    assert await logged(village, NOAH) == [(yesterday, "seen", None)] * 2


@pytest.mark.parametrize("clock_off", [timedelta(days=1), timedelta(days=-1)])
async def test_on_a_phone_whose_clock_is_wrong_by_a_day_a_count_is_as_old_as_it_is(
    village: Village, clock: StoppedClock, clock_off: timedelta
) -> None:
    """By how long ago it says that it was; a count that seems newer than it is lets nobody look for them."""
    await come(village, NOAH)
    phone = await along(village)
    trip = phone.leave(clock.now() + clock_off, NOAH)
    clock.move(timedelta(minutes=15))
    counted_at = clock.now()
    phone.count(counted_at + clock_off, trip)
    clock.move(timedelta(hours=1))

    await phone.send(clock_off=clock_off)

    (left,) = await out(village)
    assert left.counted_at == counted_at
    assert left.is_overdue(clock.now())


async def test_nothing_was_written_on_a_phone_before_it_was_taken_into_use(
    village: Village, clock: StoppedClock
) -> None:
    """Its clock was a day behind until the network set it right."""
    await come(village, NOAH)
    phone = await along(village)
    paired_at = clock.now()
    phone.leave(clock.now() - timedelta(days=1), NOAH)
    clock.move(timedelta(hours=1))

    await phone.send()

    (left,) = await out(village)
    assert left.trip.began_at == paired_at


async def test_a_trip_takes_the_turns_of_its_children_before_it_judges_how_they_stand(
    village: Village, clock: StoppedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever marks one of them as left at the same time is waited for, or waits."""
    await come(village, NOAH, ODIN)
    phone = await along(village)
    trip = phone.leave(clock.now(), NOAH)
    await phone.send()
    phone.count(clock.now(), trip, ODIN)
    taken: list[set[str]] = []
    take_turns = Work.take_turns

    def note_turns(work: Work, ids: Iterable[str]) -> None:
        taken.append(set(ids))
        take_turns(work, taken[-1])

    monkeypatch.setattr(Work, "take_turns", note_turns)
    await phone.send(phone.texts[1:])

    first, second = taken
    assert first == {phone.reader_id, village.unit("preschool").id}
    assert second == {village.child(NOAH).id, village.child(ODIN).id}
