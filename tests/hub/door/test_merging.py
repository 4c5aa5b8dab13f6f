"""What phones kept without a network is merged: each thing once, in any order, and no missing child is dropped."""

import random
from collections.abc import Iterable
from datetime import timedelta

import pytest
import sqlalchemy as sa

from hub.asker import Trust
from hub.clock import StoppedClock
from hub.desk import Work
from hub.door.looking import Found, settle_clash
from hub.door.marks import Clash, DoorMark
from hub.door.merging import Fate
from hub.door.taps import Proof
from hub.people.families import Child
from hub.safety.access import NotThereError, get_reach
from hub.school.absences import Reason, report
from hub.school.day_board import Presence
from hub.seal import Seal
from tests.hub.door.at_door import HEAD, NOAH, ODIN, TEACHER, coming, presence, rows_of, say
from tests.hub.door.devices import SERIAL, hang_tag
from tests.hub.door.kept_phone import fates, phone_of, shown_of, taps, waiting
from tests.hub.door.phone_keys import PhoneKey, entry
from tests.hub.door.proving_tags import write_tag
from tests.hub.post.spoken import TEST, as_staff
from tests.village import Village


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
    shown = await shown_of(village, NOAH)

    def settle(work: Work) -> None:
        settle_clash(work, get_reach(work), village.unit("preschool"), village.child(NOAH).id, shown, Found.HERE)

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


async def test_a_child_that_was_ticked_as_missing_is_looked_for_also_if_whoever_sends_it_does_not_reach_it(
    village: Village, clock: StoppedClock
) -> None:
    """The phone's owner reached it, and has gone home; a colleague of another group is signed in on the phone."""
    phone = await phone_of(village)
    phone.tick(NOAH, "missing", clock.now())
    phone.tick(NOAH, "coming", clock.now())
    phone.tick("Kari Nordmann", "missing", clock.now())

    assert fates(await phone.send(who="Erik Johansson")) == [Fate.CLASHED, Fate.REFUSED, Fate.REFUSED]

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
