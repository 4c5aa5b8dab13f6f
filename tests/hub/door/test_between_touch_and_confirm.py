"""What changes between a touch and its confirm counts: a tag blocked or given to others, and who must not come near."""

from collections.abc import Sequence
from datetime import date, timedelta

import pytest

from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.door.by_itself import confirm_by_itself
from hub.door.confirming import NobodyChosenError, SaidOf, Touched, get_touched, list_touched
from hub.door.hand_outs import take_back
from hub.door.lost_tags import lose, settle_suspicion
from hub.door.marks import Way
from hub.door.proving import suspect
from hub.door.readers import TagReader
from hub.door.tags import Suspicion, TagKind
from hub.door.taps import Proof, Tap, TapState, keep_tap
from hub.door.undoing import undo_tap, undo_way
from hub.people.families import Child, Placement
from hub.safety.access import get_reach
from hub.school.day_board import Presence
from tests.blocks import block
from tests.hub.door.at_door import HEAD, NOAH, ODIN, TEACHER, coming, confirm, presence, rows_of, say, tap_of
from tests.hub.door.devices import hang_tag, pair_gate, touch
from tests.hub.door.handing import give
from tests.hub.post.spoken import TEST, as_staff
from tests.village import Village


async def tag_of(village: Village, tap_id: str) -> str:
    return await village.desk.look(TEST, lambda look: look.session.get_one(Tap, tap_id).tag_id or "")


async def shown(village: Village, tap_id: str) -> tuple[Touched, Sequence[Touched]]:
    """By itself, and among those that wait."""

    def read(look: Look) -> tuple[Touched, Sequence[Touched]]:
        reach, unit = get_reach(look), village.unit("preschool")
        return get_touched(look, reach, unit, tap_id), list_touched(look, reach, unit)

    return await village.desk.look(as_staff(village.staff(HEAD)), read)


async def test_a_tag_that_was_blocked_since_the_touch_confirms_nobody(village: Village) -> None:
    tap_id = await tap_of(village, NOAH)
    tag_id = await tag_of(village, tap_id)

    await village.desk.work(as_staff(village.staff(TEACHER)), lose, tag_id)

    one, (listed,) = await shown(village, tap_id)
    assert (one.proof, one.children) == (listed.proof, listed.children) == (Proof.BLOCKED, ())
    with pytest.raises(NobodyChosenError):
        await confirm(village, tap_id, coming(village, NOAH))


async def test_a_touch_by_one_family_never_speaks_of_the_next_that_has_the_tag(
    village: Village, clock: StoppedClock
) -> None:
    tap_id = await tap_of(village, NOAH)
    clock.move(timedelta(minutes=1))

    def give_on(work: Work) -> None:
        give(work, village, ODIN, to=None, receiver="Grandma")

    await village.desk.work(as_staff(village.staff(HEAD)), give_on)

    one, (listed,) = await shown(village, tap_id)
    assert (one.proof, one.children) == (listed.proof, listed.children) == (Proof.UNKNOWN, ())
    with pytest.raises(NobodyChosenError):
        await confirm(village, tap_id, coming(village, ODIN), who=HEAD)


async def test_the_touch_that_tries_a_tag_just_handed_out_counts(village: Village, clock: StoppedClock) -> None:
    await village.desk.work(as_staff(village.staff(HEAD)), lambda work: give(work, village, NOAH).id)
    clock.move(timedelta(seconds=10))

    def tap(work: Work) -> str:
        gate = pair_gate(work, village)
        return keep_tap(work, gate, touch(1, work.now, ago=timedelta(minutes=1))).id

    tap_id = await village.desk.work(TEST, tap)

    one, _ = await shown(village, tap_id)
    assert [on.child.id for on in one.children] == [village.child(NOAH).id]


async def proven_tap(village: Village, *, ago: timedelta = timedelta(0)) -> str:
    """Noah's tag proved itself at a gate that may confirm."""

    def keep(work: Work) -> str:
        tap = keep_tap(work, pair_gate(work, village, confirms_itself=True), touch(1, work.now, ago=ago))
        tap.proof = Proof.PROVEN
        return tap.id

    return await village.desk.work(TEST, keep)


async def by_itself(village: Village, tap_id: str) -> bool:
    def act(work: Work) -> bool:
        tap = work.session.get_one(Tap, tap_id)
        return confirm_by_itself(work, work.session.get_one(TagReader, tap.reader_id), tap)

    return await village.desk.work(TEST, act)


async def test_a_touch_that_staff_took_back_is_not_confirmed_by_itself_when_it_is_sent_again(village: Village) -> None:
    await village.desk.work(TEST, hang_tag, village, NOAH, kind=TagKind.PROVING)
    tap_id = await proven_tap(village)
    assert await by_itself(village, tap_id)

    def undo(work: Work) -> str:
        reach, unit = get_reach(work), village.unit("preschool")
        undo_tap(work, reach, unit, tap_id)
        return work.session.get_one(Tap, tap_id).state

    assert await village.desk.work(as_staff(village.staff(TEACHER)), undo) == TapState.PENDING

    assert not await by_itself(village, tap_id)
    assert await presence(village, NOAH) is Presence.NOT_HEARD


async def test_a_touch_that_waited_for_staff_is_not_confirmed_by_itself_when_it_is_sent_again_later(
    village: Village, clock: StoppedClock
) -> None:
    await village.desk.work(TEST, hang_tag, village, NOAH, kind=TagKind.PROVING)
    tap_id = await proven_tap(village)

    clock.move(timedelta(hours=1))

    assert not await by_itself(village, tap_id)


async def test_a_tag_that_was_blocked_since_the_touch_confirms_nothing_by_itself(village: Village) -> None:
    tag = await village.desk.work(TEST, hang_tag, village, NOAH, kind=TagKind.PROVING)
    tap_id = await proven_tap(village)

    await village.desk.work(as_staff(village.staff(TEACHER)), lose, tag.id)

    assert not await by_itself(village, tap_id)


async def test_a_tag_that_may_have_a_double_brings_nobody_by_itself_until_somebody_has_looked(village: Village) -> None:
    def doubt(work: Work) -> str:
        tag = hang_tag(work, village, NOAH, kind=TagKind.PROVING)
        suspect(work, tag, Suspicion.REPLAYED)
        return tag.id

    tag_id = await village.desk.work(TEST, doubt)
    tap_id = await proven_tap(village)
    assert not await by_itself(village, tap_id)

    await village.desk.work(
        as_staff(village.staff(TEACHER)), lambda work: settle_suspicion(work, tag_id, is_copied=False)
    )
    assert await by_itself(village, tap_id)


@pytest.mark.parametrize("is_blocked", [True, False])
async def test_a_guardian_who_must_not_come_near_brings_the_child_by_no_touch_alone(
    village: Village, is_blocked: bool
) -> None:
    """Their tag still opens nothing that staff do not see; that of a guardian who may know does."""

    def hand(work: Work) -> None:
        give(work, village, NOAH)

    await village.desk.work(as_staff(village.staff(HEAD)), hand)
    if is_blocked:
        await village.desk.work(TEST, block, village, "Marte Bakken", NOAH)
    tap_id = await proven_tap(village)

    assert await by_itself(village, tap_id) is not is_blocked


async def test_a_child_in_two_groups_of_a_unit_comes_and_goes_once(village: Village) -> None:
    unit = village.unit("preschool")

    def place(work: Work) -> None:
        noah = village.child(NOAH)
        other = village.group("tyttebaer")
        work.session.add(
            Placement(
                id=work.new_id(),
                owner_id=noah.owner_id,
                child_id=noah.id,
                group_id=other.id,
                unit_id=unit.id,
                from_day=date(2024, 8, 1),
            )
        )

    def undo(work: Work) -> None:
        undo_way(work, get_reach(work), unit, work.session.get_one(Child, village.child(NOAH).id), Way.COMING)

    await village.desk.work(TEST, place)
    tap_id = await tap_of(village, NOAH)

    marks = await confirm(village, tap_id, coming(village, NOAH), who=HEAD)
    again = await say(village, SaidOf(Way.COMING, [village.child(NOAH).id]), who=HEAD)

    assert (len(marks), again, len(await rows_of(village, NOAH))) == (1, [], 1)
    await village.desk.work(as_staff(village.staff(HEAD)), undo)
    assert await presence(village, NOAH) is Presence.NOT_HEARD


async def test_a_touch_stirs_no_page_of_whoever_does_not_reach_the_child(village: Village) -> None:
    """And so is it with what staff say of it; a tag that nobody knows is everybody's at the unit."""
    unit = village.unit("preschool")

    def rung(work: Work, *names: str) -> set[str]:
        if names:
            hang_tag(work, village, *names)
        work.rings.clear()
        tap = keep_tap(work, pair_gate(work, village), touch(1, work.now))
        return {ring.id for ring in work.rings} if tap else set()

    assert await village.desk.work(TEST, rung) == {unit.id}
    assert await village.desk.work(TEST, rung, NOAH) == {village.child(NOAH).id}


async def test_a_touch_of_a_tag_that_was_given_back_is_seen_as_one_that_nobody_knows(village: Village) -> None:
    def give_and_take_back(work: Work) -> None:
        take_back(work, give(work, village, NOAH).tag_id)

    await village.desk.work(as_staff(village.staff(HEAD)), give_and_take_back)
    tap_id = await proven_tap(village)

    one, (listed,) = await shown(village, tap_id)

    assert (listed.tap.id, listed.proof, listed.children) == (tap_id, one.proof, one.children)
    assert (one.proof, one.children) == (Proof.UNKNOWN, ())
