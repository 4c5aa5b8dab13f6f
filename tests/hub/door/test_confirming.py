"""What a touch becomes: nothing by itself, and what staff say of it once; for each that is let through, one that is not."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

import pytest

from hub.asker import Trust
from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.door.confirming import (
    AnotherTimeError,
    NobodyChosenError,
    SaidOf,
    Touched,
    cancel_tap,
    confirm_tap,
    get_touched,
    list_touched,
    say_of_children,
)
from hub.door.marks import DoorMark, Way, Why, list_said
from hub.door.taps import Proof, Tap, TapState
from hub.door.undoing import mark_away, undo_tap, undo_way
from hub.door.who_fetches import OTHER
from hub.people.families import Child
from hub.safety.access import NotThereError, get_reach
from hub.school.absences import Reason, report
from hub.school.attendance import mark_here
from hub.school.day_board import Presence
from tests.hub.at_once import at_once
from tests.hub.door.at_door import (
    HEAD,
    NOAH,
    ODIN,
    TEACHER,
    TUVA,
    coming,
    confirm,
    leaving,
    presence,
    rows_of,
    say,
    tap_of,
)
from tests.hub.post.spoken import TEST, as_staff
from tests.hub.school.attendance_day import MONDAY, AttendanceDay
from tests.village import Village

Done = TypeVar("Done")


def by(verb: Callable[..., Done], village: Village, *told: Any) -> Callable[[Work], Done]:
    """The verb as whoever asks does it at the preschool."""

    def act(work: Work) -> Done:
        return verb(work, get_reach(work), village.unit("preschool"), *told)

    return act


async def said_of(village: Village, name: str) -> list[str]:
    def read(look: Look) -> list[str]:
        unit = village.unit("preschool")
        return [row.way for row in list_said(look, unit, unit.today(look.now), [village.child(name).id])]

    return await village.desk.look(TEST, read)


async def test_a_touch_alone_changes_nobody_s_day(village: Village) -> None:
    await tap_of(village, NOAH)

    assert await presence(village, NOAH) is Presence.NOT_HEARD


async def test_a_confirmed_touch_keeps_when_it_was_and_when_it_was_confirmed(
    village: Village, clock: StoppedClock
) -> None:
    touched_at = clock.now() - timedelta(minutes=2)
    tap_id = await tap_of(village, NOAH)

    (mark,) = await confirm(village, tap_id, coming(village, NOAH))

    (row,) = await rows_of(village, NOAH)
    assert (row.came_at, row.marked_at, row.tap_id) == (touched_at, clock.now(), tap_id)
    assert (mark.at, mark.said_at, mark.way) == (touched_at, clock.now(), Way.COMING)


async def test_a_touch_that_was_settled_changes_nothing_more(village: Village) -> None:
    tap_id = await tap_of(village, NOAH)
    await confirm(village, tap_id, coming(village, NOAH))

    again = await confirm(village, tap_id, coming(village, NOAH), who=HEAD)

    assert (again, len(await rows_of(village, NOAH))) == ([], 1)


@pytest.mark.parametrize("is_touch_first", [True, False])
async def test_of_two_leavings_at_once_the_first_is_believed_by_whichever_road_the_second_comes(
    village: Village, is_touch_first: bool
) -> None:
    tap_id = await tap_of(village, NOAH, minutes_ago=0)
    await say(village, coming(village, NOAH))
    by_touch = leaving(village, OTHER, NOAH, name="Nabo Trude", is_checked=True)
    by_hand = leaving(village, village.guardian("Marte Bakken").id, NOAH)

    first = as_staff(village.staff(TEACHER))
    if is_touch_first:
        touching = by(confirm_tap, village, tap_id, by_touch)
        seen = await at_once(village.desk, first, touching, say(village, by_hand, who=HEAD))
    else:
        saying = by(say_of_children, village, by_hand)
        seen = await at_once(village.desk, first, saying, confirm(village, tap_id, by_touch, who=HEAD))

    (row,) = await rows_of(village, NOAH)
    assert [len(marks) for marks in seen] == [1, 0]
    assert row.left_marked_by == village.staff(TEACHER).id
    assert row.fetched_name == ("Nabo Trude" if is_touch_first else "Marte Bakken")


async def test_a_touch_that_is_confirmed_and_cancelled_at_once_is_settled_once(village: Village) -> None:
    tap_id = await tap_of(village, NOAH)
    cancelling = by(cancel_tap, village, tap_id)

    marks, _ = await at_once(
        village.desk,
        as_staff(village.staff(TEACHER)),
        by(confirm_tap, village, tap_id, coming(village, NOAH)),
        village.desk.work(as_staff(village.staff(HEAD)), cancelling),
    )

    tap = await village.desk.look(TEST, lambda look: look.session.get_one(Tap, tap_id))
    assert (len(marks), tap.state, tap.settled_by) == (1, TapState.CONFIRMED, village.staff(TEACHER).id)


async def test_what_is_taken_back_twice_at_once_is_taken_back_once(village: Village) -> None:
    tap_id = await tap_of(village, NOAH)
    await confirm(village, tap_id, coming(village, NOAH))
    undoing = by(undo_tap, village, tap_id)

    await at_once(
        village.desk,
        as_staff(village.staff(TEACHER)),
        undoing,
        village.desk.work(as_staff(village.staff(HEAD)), undoing),
    )

    assert await said_of(village, NOAH) == [Way.COMING, Way.NOT_COME]


async def test_a_touch_that_means_nothing_changes_nobody_s_day(village: Village) -> None:
    tap_id = await tap_of(village, NOAH)

    def cancel(work: Work) -> str:
        cancel_tap(work, get_reach(work), village.unit("preschool"), tap_id)
        return work.session.get_one(Tap, tap_id).state

    assert await village.desk.work(as_staff(village.staff(TEACHER)), cancel) == TapState.CANCELLED
    assert await presence(village, NOAH) is Presence.NOT_HEARD


async def test_one_tag_of_two_children_marks_those_who_are_chosen(village: Village) -> None:
    tap_id = await tap_of(village, ODIN, TUVA)

    await confirm(village, tap_id, coming(village, TUVA), who=HEAD)

    assert (await presence(village, TUVA), await presence(village, ODIN)) == (Presence.HERE, Presence.NOT_HEARD)


async def test_one_confirm_marks_all_the_children_of_a_tag(village: Village) -> None:
    tap_id = await tap_of(village, ODIN, TUVA)

    marks = await confirm(village, tap_id, coming(village, ODIN, TUVA), who=HEAD)

    assert len(marks) == 2
    assert (await presence(village, TUVA), await presence(village, ODIN)) == (Presence.HERE, Presence.HERE)


async def test_a_child_that_the_tag_does_not_stand_for_is_not_confirmed_by_it(village: Village) -> None:
    tap_id = await tap_of(village, NOAH)

    with pytest.raises(NobodyChosenError):
        await confirm(village, tap_id, coming(village, ODIN), who=HEAD)


@pytest.mark.parametrize("proof", [Proof.BLOCKED, Proof.FORGED, Proof.REPLAYED])
async def test_what_may_be_false_stands_for_nobody(village: Village, proof: Proof) -> None:
    tap_id = await tap_of(village, NOAH)

    def doubt(work: Work) -> Touched:
        work.session.get_one(Tap, tap_id).proof = proof
        return get_touched(work, get_reach(work), village.unit("preschool"), tap_id)

    touched = await village.desk.work(as_staff(village.staff(TEACHER)), doubt)

    assert (touched.proof, touched.children) == (proof, ())
    with pytest.raises(NobodyChosenError):
        await confirm(village, tap_id, coming(village, NOAH))


async def test_another_time_needs_a_reason(village: Village, clock: StoppedClock) -> None:
    tap_id = await tap_of(village, NOAH)
    earlier = clock.now() - timedelta(minutes=20)
    (noah,) = coming(village, NOAH).child_ids

    with pytest.raises(AnotherTimeError):
        await confirm(village, tap_id, SaidOf(Way.COMING, [noah], at=earlier))
    (mark,) = await confirm(village, tap_id, SaidOf(Way.COMING, [noah], at=earlier, why=Why.TOUCHED_LATE))

    assert (mark.at, mark.why, (await rows_of(village, NOAH))[0].came_at) == (earlier, Why.TOUCHED_LATE, earlier)


@pytest.mark.parametrize("minutes", [31, 60 * 24, -60 * 24])
async def test_no_time_far_ahead_and_none_of_another_day_counts(
    village: Village, clock: StoppedClock, minutes: int
) -> None:
    (noah,) = coming(village, NOAH).child_ids
    at = clock.now() + timedelta(minutes=minutes)

    with pytest.raises(AnotherTimeError):
        await say(village, SaidOf(Way.COMING, [noah], at=at, why=Why.CLOCK))


async def test_each_state_can_be_taken_back_and_every_row_stays(village: Village, clock: StoppedClock) -> None:
    unit, noah = village.unit("preschool"), village.child(NOAH)

    async def undo(way: Way) -> None:
        def act(work: Work) -> None:
            undo_way(work, get_reach(work), unit, work.session.get_one(Child, noah.id), way)

        await village.desk.work(as_staff(village.staff(TEACHER)), act)

    seen = []
    for step in (Way.COMING, Way.LEAVING, Way.NOT_LEFT, Way.NOT_COME, Way.AWAY, Way.NOT_AWAY):
        clock.move(timedelta(minutes=1))
        if step is Way.COMING:
            await say(village, coming(village, NOAH))
        elif step is Way.LEAVING:
            await say(village, leaving(village, village.guardian("Marte Bakken").id, NOAH))
        elif step is Way.AWAY:
            await village.desk.work(
                as_staff(village.staff(TEACHER)),
                lambda work: mark_away(work, get_reach(work), unit, work.session.get_one(Child, noah.id)),
            )
        else:
            await undo({Way.NOT_LEFT: Way.LEAVING, Way.NOT_COME: Way.COMING, Way.NOT_AWAY: Way.AWAY}[step])
        seen.append(await presence(village, NOAH))

    assert seen == [
        Presence.HERE,
        Presence.LEFT,
        Presence.HERE,
        Presence.NOT_HEARD,
        Presence.AWAY,
        Presence.NOT_HEARD,
    ]
    said = await village.desk.look(TEST, lambda look: list_said(look, unit, unit.today(look.now), [noah.id]))
    assert [row.way for row in said] == ["coming", "leaving", "not_left", "not_come", "away", "not_away"]
    assert len(await rows_of(village, NOAH)) == 1


async def test_what_a_guardian_told_is_not_taken_back_at_the_door(village: Village) -> None:
    unit, noah = village.unit("preschool"), village.child(NOAH)

    def tell(work: Work) -> None:
        child, told_by = work.session.get_one(Child, noah.id), village.guardian("Marte Bakken").id
        day = unit.today(work.now)
        report(work, child, [day], Reason.SICK, told_by=told_by, told_kind="guardian", trust=Trust.CLAIMED)

    def undo(work: Work) -> list[DoorMark]:
        undo_way(work, get_reach(work), unit, work.session.get_one(Child, noah.id), Way.AWAY)
        return list_said(work, unit, unit.today(work.now), [noah.id])

    await village.desk.work(TEST, tell)

    assert await village.desk.work(as_staff(village.staff(TEACHER)), undo) == []
    assert await presence(village, NOAH) is Presence.AWAY


async def test_a_night_s_leaving_stands_in_the_log_of_its_own_day_and_is_taken_back(
    village: Village, clock: StoppedClock
) -> None:
    day = AttendanceDay(village, clock)
    await day.in_shift_care(NOAH)
    day.at(MONDAY, 20)
    await day.come(NOAH)
    day.at(MONDAY + timedelta(days=1), 6)

    (mark,) = await say(village, leaving(village, village.guardian("Marte Bakken").id, NOAH))
    left = await presence(village, NOAH)

    def undo(work: Work) -> list[str]:
        unit = village.unit("preschool")
        undo_way(work, get_reach(work), unit, work.session.get_one(Child, mark.child_id), Way.LEAVING)
        return [row.way for row in list_said(work, unit, unit.today(work.now), [mark.child_id])]

    said = await village.desk.work(as_staff(village.staff(TEACHER)), undo)

    assert (left, said) == (Presence.LEFT, [Way.LEAVING, Way.NOT_LEFT])
    assert await presence(village, NOAH) is Presence.HERE
    assert (await rows_of(village, NOAH))[0].fetched_name is None


async def test_a_touch_whose_confirm_was_taken_back_waits_again(village: Village) -> None:
    tap_id = await tap_of(village, NOAH)
    await confirm(village, tap_id, coming(village, NOAH))

    def undo(work: Work) -> list[str]:
        reach, unit = get_reach(work), village.unit("preschool")
        undo_tap(work, reach, unit, tap_id)
        return [touched.tap.id for touched in list_touched(work, reach, unit)]

    assert await village.desk.work(as_staff(village.staff(TEACHER)), undo) == [tap_id]
    assert await presence(village, NOAH) is Presence.NOT_HEARD


async def test_what_a_touch_of_two_children_said_is_taken_back_of_both(village: Village) -> None:
    """One of them would be here else whom nobody saw."""
    tap_id = await tap_of(village, ODIN, TUVA)
    await confirm(village, tap_id, coming(village, ODIN, TUVA), who=HEAD)

    await village.desk.work(as_staff(village.staff(HEAD)), by(undo_tap, village, tap_id))

    assert (await presence(village, ODIN), await presence(village, TUVA)) == (Presence.NOT_HEARD, Presence.NOT_HEARD)


async def test_what_else_was_said_of_a_child_is_not_taken_back_with_a_touch(village: Village) -> None:
    """Tuva was taken back by hand and came anew; of her the touch says nothing any more."""
    tap_id = await tap_of(village, ODIN, TUVA)
    await confirm(village, tap_id, coming(village, ODIN, TUVA), who=HEAD)
    head = as_staff(village.staff(HEAD))
    await village.desk.work(head, by(undo_way, village, village.child(TUVA), Way.COMING))
    assert (await presence(village, ODIN), await presence(village, TUVA)) == (Presence.HERE, Presence.NOT_HEARD)
    await say(village, coming(village, TUVA), who=HEAD)

    await village.desk.work(head, by(undo_tap, village, tap_id))

    assert (await presence(village, ODIN), await presence(village, TUVA)) == (Presence.NOT_HEARD, Presence.HERE)
    assert await said_of(village, TUVA) == [Way.COMING, Way.NOT_COME, Way.COMING]


async def test_what_was_said_of_a_child_out_of_reach_is_taken_back_by_nobody(village: Village) -> None:
    tap_id = await tap_of(village, "Otso Lindqvist")
    await confirm(village, tap_id, coming(village, "Otso Lindqvist"), who=HEAD)

    with pytest.raises(NotThereError):
        await village.desk.work(as_staff(village.staff(TEACHER)), by(undo_tap, village, tap_id))

    assert await presence(village, "Otso Lindqvist") is Presence.HERE


async def test_a_tag_of_children_out_of_reach_looks_as_one_that_nobody_knows(village: Village) -> None:
    tap_id = await tap_of(village, "Otso Lindqvist")

    def as_seen(look: Look) -> tuple[Proof, int, list[str]]:
        reach, unit = get_reach(look), village.unit("preschool")
        touched = get_touched(look, reach, unit, tap_id)
        return touched.proof, len(touched.children), [one.tap.id for one in list_touched(look, reach, unit)]

    reaching = await village.desk.look(as_staff(village.staff(HEAD)), as_seen)

    assert reaching == (Proof.HINT, 1, [tap_id])
    with pytest.raises(NobodyChosenError):
        await confirm(village, tap_id, coming(village, "Otso Lindqvist"), who=TEACHER)
    with pytest.raises(NotThereError):
        await say(village, coming(village, "Otso Lindqvist"), who=TEACHER)

    assert await village.desk.look(as_staff(village.staff(TEACHER)), as_seen) == (Proof.UNKNOWN, 0, [])


async def test_marks_of_others_stand_beside_those_of_the_door(village: Village) -> None:
    def mark(work: Work) -> None:
        mark_here(work, village.unit("preschool"), [village.child(NOAH)], "x")

    await village.desk.work(TEST, mark)
    tap_id = await tap_of(village, NOAH)

    assert await confirm(village, tap_id, coming(village, NOAH)) == []
    assert len(await rows_of(village, NOAH)) == 1
