"""What phones kept without a network is merged: each thing once, in any order, and no missing child is dropped."""

import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from hub.asker import Trust
from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.door.looking import Found, list_to_look_at, settle_clash
from hub.door.marks import Clash, DoorMark
from hub.door.merging import Fate, Sent, Taken, take_queue
from hub.door.phones import pair_phone
from hub.door.tags import Tag, TagKind
from hub.door.taps import Proof, Tap, TapState, keep_tap
from hub.people.families import Child
from hub.safety.access import NotThereError, get_reach
from hub.school.absences import Reason, report
from hub.school.day_board import Presence
from hub.seal import Seal
from tests.hub.door.at_door import HEAD, NOAH, ODIN, TEACHER, coming, presence, rows_of, say
from tests.hub.door.devices import SERIAL, hang_tag, pair_gate, touch
from tests.hub.door.phone_keys import PhoneKey, entry
from tests.hub.door.proving_tags import SEAL, write_tag
from tests.hub.post.spoken import TEST, as_staff
from tests.village import Village


@dataclass
class Kept:
    """A phone without a network: what it wrote down."""

    village: Village
    who: str
    reader_id: str
    key: PhoneKey = field(default_factory=PhoneKey)
    texts: list[str] = field(default_factory=list)

    def touch(self, at: datetime, serial: str = SERIAL, told: str | None = None) -> None:
        self.texts.append(entry(self.reader_id, len(self.texts) + 1, at, kind="touch", serial=serial, told=told))

    def tick(self, name: str, way: str, at: datetime, stood: str = "not_heard") -> None:
        child = self.village.child(name).id
        self.texts.append(
            entry(self.reader_id, len(self.texts) + 1, at, kind="tick", child=child, way=way, stood=stood)
        )

    async def send(self, who: str | None = None, clock_off: timedelta = timedelta(0), seal: Seal = SEAL) -> list[Taken]:
        def take(work: Work) -> list[Taken]:
            signatures = [self.key.sign(text) for text in self.texts]
            sent = Sent(self.reader_id, self.texts, signatures, work.now + clock_off)
            return take_queue(work, get_reach(work), self.village.unit("preschool"), sent, seal)

        return await self.village.desk.work(as_staff(self.village.staff(who or self.who)), take)


async def phone_of(village: Village, who: str = TEACHER) -> Kept:
    key = PhoneKey()

    def pair(work: Work) -> str:
        unit = village.unit("preschool")
        return pair_phone(work, get_reach(work), unit, "s" * 26, who, key.public)[0].id

    return Kept(village, who, await village.desk.work(as_staff(village.staff(who)), pair), key)


async def waiting(village: Village) -> list[tuple[str, Clash]]:
    """Who waits for a person, and why."""

    def read(look: Look) -> list[tuple[str, Clash]]:
        names = {child.id: child.name for child in village.children.values()}
        found = list_to_look_at(look, village.unit("preschool"), list(names))
        return [(names[one.child_id], one.clash) for one in found]

    return await village.desk.look(TEST, read)


async def taps(village: Village) -> list[Tap]:
    return await village.desk.look(TEST, lambda look: list(look.session.scalars(sa.select(Tap).order_by(Tap.number))))


def fates(taken: list[Taken]) -> list[Fate]:
    return [one.fate for one in taken]


@pytest.mark.capability("L-19")
async def test_a_touch_that_waited_is_kept_with_its_own_time_and_waits_for_staff(
    village: Village, clock: StoppedClock
) -> None:
    await village.desk.work(TEST, hang_tag, village, NOAH)
    phone = await phone_of(village)
    phone.touch(clock.now())
    clock.move(timedelta(hours=2))

    (taken,) = await phone.send()

    (tap,) = await taps(village)
    assert (taken.fate, taken.tap_id, tap.state, tap.proof) == (Fate.KEPT, tap.id, TapState.PENDING, Proof.HINT)
    assert tap.at == clock.now() - timedelta(hours=2)
    assert await presence(village, NOAH) is Presence.NOT_HEARD


async def test_sent_again_in_any_order_and_doubled_the_day_is_the_same(village: Village, clock: StoppedClock) -> None:
    await village.desk.work(TEST, hang_tag, village, NOAH)
    phone = await phone_of(village)
    for minute in range(4):
        phone.touch(clock.now() + timedelta(minutes=minute))
    phone.tick("Sander Ness", "coming", clock.now())
    clock.move(timedelta(minutes=30))
    chance = random.Random(7)  # an order, no secret

    whole = list(phone.texts)
    for _ in range(4):
        phone.texts = chance.choices(whole, k=6)
        phone.texts = list(dict.fromkeys(phone.texts))
        await phone.send()
    phone.texts = whole
    await phone.send()

    assert [tap.number for tap in await taps(village)] == [1, 2, 3, 4]
    assert len(await rows_of(village, "Sander Ness")) == 1


async def test_what_the_phone_did_not_sign_and_what_has_no_meaning_changes_nothing(
    village: Village, clock: StoppedClock
) -> None:
    phone = await phone_of(village)
    other = PhoneKey()
    good = phone.key
    phone.tick(NOAH, "coming", clock.now())
    phone.key = other
    forged = await phone.send()
    phone.key = good
    phone.texts = ["", "[]", "{", '{"kind": "tick"}', entry("0" * 26, 1, clock.now(), kind="touch", serial=SERIAL)]
    phone.texts.append(entry(phone.reader_id, 9, clock.now(), kind="touch", serial="zz"))
    phone.texts.append(entry(phone.reader_id, -1, clock.now(), kind="touch", serial=SERIAL))
    phone.texts.append(entry(phone.reader_id, 9, clock.now(), kind="tick", child="x", way="coming", stood="here"))

    nonsense = await phone.send()

    assert set(fates(forged + nonsense)) == {Fate.REFUSED}
    assert await taps(village) == []
    assert await presence(village, NOAH) is Presence.NOT_HEARD


async def test_a_tick_counts_from_when_it_was_made(village: Village, clock: StoppedClock) -> None:
    phone = await phone_of(village)
    ticked_at = clock.now()
    phone.tick(NOAH, "coming", ticked_at)
    clock.move(timedelta(hours=1))

    assert fates(await phone.send()) == [Fate.KEPT]

    (row,) = await rows_of(village, NOAH)
    assert (row.came_at, row.marked_at) == (ticked_at, clock.now())


async def test_a_phone_whose_clock_is_wrong_is_not_believed_about_when(village: Village, clock: StoppedClock) -> None:
    phone = await phone_of(village)
    phone.tick(NOAH, "coming", clock.now() - timedelta(hours=3))
    clock.move(timedelta(hours=1))

    await phone.send(clock_off=timedelta(days=-1))

    assert (await rows_of(village, NOAH))[0].came_at == clock.now()


async def test_two_phones_that_tick_a_child_as_seen_and_as_missing_leave_it_missing_whoever_comes_first(
    village: Village, clock: StoppedClock
) -> None:
    for name in (NOAH, ODIN):
        await say(village, coming(village, name))
    one, two = await phone_of(village), await phone_of(village, HEAD)
    one.tick(NOAH, "seen", clock.now(), "here")
    one.tick(ODIN, "missing", clock.now(), "here")
    clock.move(timedelta(minutes=1))
    two.tick(NOAH, "missing", clock.now(), "here")
    two.tick(ODIN, "seen", clock.now(), "here")

    first, second = await one.send(), await two.send()

    assert (fates(first), fates(second)) == ([Fate.KEPT, Fate.CLASHED], [Fate.CLASHED, Fate.CLASHED])
    assert sorted(await waiting(village)) == [(NOAH, Clash.MISSING), (ODIN, Clash.MISSING)]
    assert (await presence(village, NOAH), await presence(village, ODIN)) == (Presence.HERE, Presence.HERE)


async def test_a_missing_child_waits_until_a_person_has_looked(village: Village, clock: StoppedClock) -> None:
    await say(village, coming(village, NOAH))
    phone = await phone_of(village)
    phone.tick(NOAH, "missing", clock.now(), "here")
    phone.tick(NOAH, "seen", clock.now() + timedelta(seconds=1), "here")
    clock.move(timedelta(minutes=1))
    await phone.send()
    before = await waiting(village)

    def settle(work: Work) -> None:
        settle_clash(work, get_reach(work), village.unit("preschool"), village.child(NOAH).id, Found.HERE)

    await village.desk.work(as_staff(village.staff(TEACHER)), settle)

    assert before == [(NOAH, Clash.MISSING)]
    assert await waiting(village) == []
    with pytest.raises(NotThereError):
        await village.desk.work(as_staff(village.staff(TEACHER)), settle)


async def test_a_child_that_was_ticked_as_missing_stands_first_whoever_sends_it(
    village: Village, clock: StoppedClock
) -> None:
    phone = await phone_of(village)
    phone.tick(ODIN, "coming", clock.now())
    phone.tick(NOAH, "missing", clock.now())

    await phone.send(who=HEAD)

    assert await waiting(village) == [(NOAH, Clash.MISSING), (ODIN, Clash.OTHER_PERSON)]


async def test_a_child_that_was_ticked_as_missing_before_midnight_is_missing_still(
    village: Village, clock: StoppedClock
) -> None:
    phone = await phone_of(village)
    phone.tick(NOAH, "missing", clock.now())
    clock.move(timedelta(hours=20))

    assert fates(await phone.send()) == [Fate.CLASHED]

    assert await waiting(village) == [(NOAH, Clash.MISSING)]


async def test_what_another_said_meanwhile_is_not_overwritten_but_shown(village: Village, clock: StoppedClock) -> None:
    phone = await phone_of(village)
    phone.tick(NOAH, "leaving", clock.now() + timedelta(minutes=5), "here")
    clock.move(timedelta(minutes=10))
    await say(village, coming(village, NOAH))

    assert fates(await phone.send()) == [Fate.CLASHED]

    assert await waiting(village) == [(NOAH, Clash.NOT_HERE)]
    assert await presence(village, NOAH) is Presence.HERE


async def test_a_child_that_was_told_away_meanwhile_is_looked_at(village: Village, clock: StoppedClock) -> None:
    phone = await phone_of(village)
    phone.tick(NOAH, "coming", clock.now())
    clock.move(timedelta(minutes=10))

    def tell(work: Work) -> None:
        child, today = work.session.get_one(Child, village.child(NOAH).id), village.unit("preschool").today(work.now)
        told_by = village.guardian("Marte Bakken").id
        report(work, child, [today], Reason.SICK, told_by=told_by, told_kind="guardian", trust=Trust.STRONG)

    await village.desk.work(TEST, tell)

    assert fates(await phone.send()) == [Fate.CLASHED]
    assert await waiting(village) == [(NOAH, Clash.OTHERWISE)]
    assert await presence(village, NOAH) is Presence.AWAY


async def test_who_left_without_a_network_has_left_and_somebody_asks_with_whom(
    village: Village, clock: StoppedClock
) -> None:
    await say(village, coming(village, NOAH))
    phone = await phone_of(village)
    left_at = clock.now() + timedelta(minutes=5)
    phone.tick(NOAH, "leaving", left_at, "here")
    clock.move(timedelta(hours=1))

    await phone.send()

    assert (await rows_of(village, NOAH))[0].left_at == left_at
    assert await waiting(village) == [(NOAH, Clash.WHO_FETCHED)]


async def test_a_child_whom_the_phone_s_owner_does_not_reach_is_not_ticked(
    village: Village, clock: StoppedClock
) -> None:
    phone = await phone_of(village)
    phone.tick("Otso Lindqvist", "coming", clock.now())

    assert fates(await phone.send()) == [Fate.REFUSED]
    assert await presence(village, "Otso Lindqvist") is Presence.NOT_HEARD


async def test_what_somebody_ticked_who_is_not_signed_in_any_more_waits_for_a_person(
    village: Village, clock: StoppedClock
) -> None:
    phone = await phone_of(village)
    phone.tick(NOAH, "coming", clock.now())

    assert fates(await phone.send(who=HEAD)) == [Fate.CLASHED]

    assert await waiting(village) == [(NOAH, Clash.OTHER_PERSON)]
    assert await presence(village, NOAH) is Presence.NOT_HEARD


async def test_a_revoked_phone_is_not_heard(village: Village, clock: StoppedClock) -> None:
    phone = await phone_of(village)
    phone.tick(NOAH, "coming", clock.now())

    def revoke(work: Work) -> None:
        work.session.execute(sa.text("UPDATE tag_readers SET revoked_at = paired_at"))

    await village.desk.work(TEST, revoke)

    with pytest.raises(NotThereError):
        await phone.send()
    assert await village.desk.look(TEST, lambda look: look.session.scalars(sa.select(DoorMark)).all()) == []


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
async def test_a_moment_that_no_clock_says_is_refused_and_stops_nothing_behind_it(
    village: Village, clock: StoppedClock, at: str
) -> None:
    phone = await phone_of(village)
    phone.touch(datetime.fromisoformat(at))
    phone.tick(NOAH, "coming", clock.now())

    assert fates(await phone.send()) == [Fate.REFUSED, Fate.KEPT]


async def test_what_waits_is_taken_also_while_the_keys_of_the_tags_cannot_be_opened(
    village: Village, clock: StoppedClock
) -> None:
    """Whoever is missing is not kept waiting by a key that somebody lost."""
    await village.desk.work(TEST, hang_tag, village, NOAH)
    tag, _ = await write_tag(village, SERIAL)
    phone = await phone_of(village)
    phone.touch(clock.now(), told=tag.encrypted(1))
    phone.tick(NOAH, "missing", clock.now())

    taken = await phone.send(seal=Seal(["another key of thirty-two letters!"]))

    assert fates(taken) == [Fate.KEPT, Fate.CLASHED]
    assert [tap.proof for tap in await taps(village)] == [Proof.HINT]


@pytest.mark.parametrize(("late", "is_suspected"), [(timedelta(minutes=1), False), (timedelta(0), True)])
@pytest.mark.parametrize("clock_off", [timedelta(0), timedelta(hours=-3)])
async def test_only_what_was_not_sent_at_once_may_have_been_overtaken_whatever_the_phone_s_clock(
    village: Village, clock: StoppedClock, late: timedelta, is_suspected: bool, clock_off: timedelta
) -> None:
    """A number that another reader has heard since is late from a phone without network; else the tag may have a double."""
    await village.desk.work(TEST, hang_tag, village, NOAH, kind=TagKind.PROVING)
    tag, keys = await write_tag(village, SERIAL)
    phone = await phone_of(village)
    phone.touch(clock.now() + clock_off, told=tag.encrypted(1))

    def touch_gate(work: Work) -> None:
        keep_tap(work, pair_gate(work, village), touch(1, work.now, proven=tag.encrypted(2)), keys)

    clock.move(late)
    await village.desk.work(TEST, touch_gate)
    await phone.send(clock_off=clock_off)

    def read(look: Look) -> tuple[bool, bool]:
        tap = look.session.scalars(sa.select(Tap).where(Tap.reader_id == phone.reader_id)).one()
        return tap.is_clock_doubted, look.session.scalars(sa.select(Tag)).one().suspected_at is not None

    assert await village.desk.look(TEST, read) == (bool(clock_off), is_suspected)


async def test_a_batch_takes_all_its_turns_before_it_keeps_anything(
    village: Village, clock: StoppedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever keeps touches of the same tags in another order, and has begun, would wait for it as it waits for them."""
    phone = await phone_of(village)
    phone.touch(clock.now(), "04a1b2c3d4e502")
    phone.touch(clock.now(), "04a1b2c3d4e501")
    phone.tick(NOAH, "coming", clock.now())
    taken: list[set[str]] = []
    take_turns = Work.take_turns

    def note_turns(work: Work, ids: Iterable[str]) -> None:
        taken.append(set(ids))
        take_turns(work, taken[-1])

    monkeypatch.setattr(Work, "take_turns", note_turns)
    await phone.send()

    first, second, *later = taken
    assert first == {phone.reader_id}
    assert village.child(NOAH).id in second
    assert set.union(*later) <= second
