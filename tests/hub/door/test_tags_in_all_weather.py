"""Tags at a door whose network comes and goes: what was touched is the same day however it comes in, what may be false is seen,
and one touch is all that anybody writes."""

import random
from collections.abc import Sequence
from datetime import time, timedelta

import pytest

from hub.asker import Trust
from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.door.confirming import cancel_tap
from hub.door.lost_tags import lose
from hub.door.readers import TagReader
from hub.door.tag_keys import NO_KEYS
from hub.door.tag_reach import get_tag_by_label, list_tags_of
from hub.door.tags import Suspicion, Tag, TagKind
from hub.door.taps import Proof, keep_tap
from hub.people.families import Child
from hub.people.places import Unit
from hub.safety.access import get_reach
from hub.school.care_bookings import Teller, book
from hub.school.care_decisions import Per, decide_hours
from hub.school.care_hours import read_hours
from hub.school.care_rules import get_rules
from hub.school.day_board import Presence
from hub.school.used_hours import read_month
from tests.hub.door.at_door import HEAD, NOAH, ODIN, TEACHER, TUVA, coming, confirm, leaving, presence, rows_of
from tests.hub.door.devices import SERIAL, hang_tag, pair_gate, touch
from tests.hub.door.handing import give
from tests.hub.door.kept_phone import phone_of, taps
from tests.hub.door.proving_tags import write_tag
from tests.hub.door.test_proving import hang, keep, tag_now
from tests.hub.post.spoken import TEST, as_staff
from tests.village import Village

OTHER = "04ffeeddccbbaa"


@pytest.mark.capability("N-15")
@pytest.mark.parametrize("seed", range(4))
async def test_cut_reordered_and_doubled_what_was_touched_is_the_same_day_with_its_own_times(
    village: Village, clock: StoppedClock, seed: int
) -> None:
    """Signed on the phone, sent when there is a network, confirmed by staff hours later."""
    await village.desk.work(TEST, hang_tag, village, NOAH)
    phone = await phone_of(village)
    came_at = clock.now()
    phone.touch(came_at)
    phone.touch(came_at + timedelta(hours=1))
    whole, chance = list(phone.texts), random.Random(seed)  # an order, no secret
    clock.move(timedelta(hours=3))
    for _ in range(3):
        phone.texts = list(dict.fromkeys(chance.choices(whole, k=3)))
        await phone.send()
    phone.texts = chance.sample(whole, k=2)
    await phone.send()

    first, second = await taps(village)
    await confirm(village, first.id, coming(village, NOAH))
    await village.desk.work(as_staff(village.staff(TEACHER)), cancel, village, second.id)

    (row,) = await rows_of(village, NOAH)
    assert (first.at, second.at) == (came_at, came_at + timedelta(hours=1))
    assert (row.came_at, row.marked_at, row.tap_id) == (came_at, clock.now(), first.id)
    assert await presence(village, NOAH) is Presence.HERE


def cancel(work: Work, village: Village, tap_id: str) -> None:
    cancel_tap(work, get_reach(work), village.unit("preschool"), tap_id)


@pytest.mark.capability("N-15")
async def test_the_same_tag_at_two_places_at_once_is_flagged_and_a_counter_is_believed_before_a_serial(
    village: Village, clock: StoppedClock
) -> None:
    here = await hang(village)
    there = await village.desk.work(TEST, lambda work: pair_gate(work, village, unit_name="school"))
    tag, keys = await write_tag(village, SERIAL)
    now = clock.now()

    serial_alone = await keep(village, here, NO_KEYS, touch(1, now))
    proven = await keep(village, here, keys, touch(2, now, proven=tag.encrypted(5)))
    replayed = await keep(village, here, keys, touch(3, now, proven=tag.encrypted(5)))
    assert (await tag_now(village)).suspected_why == Suspicion.REPLAYED
    elsewhere = await keep(village, there, keys, touch(1, now, proven=tag.encrypted(6)))

    assert [*serial_alone, *proven, *replayed] == [Proof.HINT, Proof.PROVEN, Proof.REPLAYED]
    assert elsewhere == [Proof.PROVEN]
    assert (await tag_now(village)).suspected_at is not None


@pytest.mark.capability("N-15")
async def test_a_static_tag_at_two_places_is_flagged_to_staff(village: Village, clock: StoppedClock) -> None:
    here = await hang(village, TagKind.STATIC)
    there = await village.desk.work(TEST, lambda work: pair_gate(work, village, unit_name="school"))

    await keep(village, here, NO_KEYS, touch(1, clock.now()))
    await keep(village, there, NO_KEYS, touch(1, clock.now() + timedelta(minutes=1)))

    assert (await tag_now(village)).suspected_why == Suspicion.TWO_PLACES


@pytest.mark.capability("N-15")
async def test_a_lost_tag_is_blocked_at_the_next_touch_and_its_printed_code_still_finds_the_child(
    village: Village,
) -> None:
    asker = as_staff(village.staff(HEAD))
    given = await village.desk.work(asker, lambda work: give(work, village, NOAH))

    def code_of(look: Look) -> str:
        return look.session.get_one(Tag, given.tag_id).label

    def find(look: Look) -> Sequence[str]:
        reached = get_tag_by_label(look, get_reach(look), f"{label[:3]}-{label[3:].lower()}")
        return [child.name for child in reached.children]

    def tap(work: Work) -> str:
        return keep_tap(work, pair_gate(work, village), touch(1, work.now)).proof

    label = await village.desk.look(asker, code_of)
    found = await village.desk.look(asker, find)
    await village.desk.work(asker, lose, given.tag_id)

    assert found == [NOAH]
    assert await village.desk.work(asker, tap) == Proof.BLOCKED


@pytest.mark.capability("L-12")
async def test_one_tap_in_the_morning_and_one_in_the_afternoon_write_the_day_its_hours_and_what_they_cost(
    village: Village, clock: StoppedClock
) -> None:
    """Diary, hours used and what the fee is reckoned from are read from those two marks; nobody types anything."""
    unit = village.unit("preschool")
    day = unit.today(clock.now())

    def booked(work: Work) -> None:
        kept = work.session.get_one(Unit, unit.id)
        child = work.session.get_one(Child, village.child(NOAH).id)
        teller = Teller("leader", "staff", Trust.STRONG)
        book(work, kept, child, {day: read_hours("8-15")}, teller, get_rules(work, kept))
        decide_hours(work, kept, child, 100, Per.MONTH, from_day=day.replace(day=1), by="leader")

    await village.desk.work(TEST, booked)
    gate = await village.desk.work(TEST, both_hang, village)
    clock.jump(unit.moment(day, time(8, 0)))
    await confirm(village, await touched(village, gate, 1), coming(village, NOAH))
    clock.jump(unit.moment(day, time(16, 0)))
    marte = village.guardian("Marte Bakken").id
    await confirm(village, await touched(village, gate, 2), leaving(village, marte, NOAH))

    def month(look: Look) -> tuple[int, int, int | None]:
        (found,) = read_month(look, unit, [village.child(NOAH).id], day)
        return found.attended, found.counted, found.left

    (row,) = await rows_of(village, NOAH)
    assert (unit.local(row.came_at).hour, row.left_at and unit.local(row.left_at).hour) == (8, 16)
    assert row.fetched_by == marte
    assert await presence(village, NOAH) is Presence.LEFT
    assert await village.desk.look(TEST, month) == (480, 480, 100 * 60 - 480)


def both_hang(work: Work, village: Village) -> str:
    hang_tag(work, village, NOAH)
    return pair_gate(work, village).id


async def touched(village: Village, gate_id: str, number: int) -> str:
    def tap(work: Work) -> str:
        return keep_tap(work, work.session.get_one(TagReader, gate_id), touch(number, work.now)).id

    return await village.desk.work(TEST, tap)


@pytest.mark.capability("L-13")
async def test_a_child_has_several_tags_and_a_guardian_s_tag_lets_staff_pick_among_its_children(
    village: Village,
) -> None:
    asker = as_staff(village.staff(HEAD))

    def hand(work: Work) -> list[str]:
        give(work, village, TUVA, to="Maren Fjeld")
        give(work, village, ODIN, TUVA, to="Anders Fjeld", serial=OTHER)
        return [one.tag.serial for one in list_tags_of(work, get_reach(work), village.child(TUVA).id)]

    def tap(work: Work, serial: str) -> str:
        return keep_tap(work, pair_gate(work, village), touch(1, work.now, serial=serial)).id

    assert await village.desk.work(asker, hand) == [SERIAL, OTHER]
    of_both = await village.desk.work(TEST, tap, OTHER)
    await confirm(village, of_both, coming(village, ODIN), who=HEAD)
    picked = (await presence(village, ODIN), await presence(village, TUVA))
    own = await village.desk.work(TEST, tap, SERIAL)
    await confirm(village, own, coming(village, TUVA), who=HEAD)

    assert picked == (Presence.HERE, Presence.NOT_HEARD)
    assert await presence(village, TUVA) is Presence.HERE
