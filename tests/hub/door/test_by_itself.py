"""A proven touch marks a coming by itself where nothing needs a person; everything else waits."""

import pytest

from hub.asker import Trust
from hub.desk import Work
from hub.door.by_itself import confirm_by_itself, confirm_by_themselves
from hub.door.confirming import say_of_children
from hub.door.marks import Clash, Way
from hub.door.readers import TagReader
from hub.door.tags import TagKind
from hub.door.taps import Proof, keep_tap
from hub.people.families import Child
from hub.safety.access import get_reach
from hub.school.absences import Reason, report
from hub.school.attendance import mark_here
from hub.school.attendance_denials import WasTold, close_denial, deny
from hub.school.attendance_undoing import take_marks_back
from hub.school.attendance_wishes import Moved
from hub.school.day_board import Presence
from tests.hub.at_once import at_once
from tests.hub.door.at_door import HEAD, NOAH, ODIN, TUVA, coming, keep_clash, presence, rows_of, say
from tests.hub.door.devices import SERIAL, hang_tag, pair_gate, touch
from tests.hub.post.spoken import TEST, as_staff, heard
from tests.village import Village


async def by_itself(
    village: Village, *names: str, proof: Proof = Proof.PROVEN, told: str = SERIAL, **gate: bool
) -> bool:
    """Whether a touch of their tag, whose chip has `told` this serial, was confirmed without staff."""

    def act(work: Work) -> bool:
        reader = pair_gate(work, village, confirms_itself=gate.get("confirms_itself", True))
        tag = hang_tag(work, village, *names, kind=TagKind.PROVING)
        tap = keep_tap(work, reader, touch(1, work.now, serial=told))
        tap.tag_id = tag.id
        tap.proof, tap.is_clock_doubted = proof, gate.get("is_clock_doubted", False)
        return confirm_by_itself(work, reader, tap)

    return await village.desk.work(TEST, act)


async def test_a_proven_touch_at_a_gate_that_may_marks_a_coming_by_itself(village: Village) -> None:
    assert await by_itself(village, NOAH)
    assert await presence(village, NOAH) is Presence.HERE


@pytest.mark.parametrize("proof", [Proof.HINT, Proof.FORGED, Proof.REPLAYED, Proof.BLOCKED, Proof.UNKNOWN])
async def test_a_touch_that_proves_nothing_waits(village: Village, proof: Proof) -> None:
    assert not await by_itself(village, NOAH, proof=proof)
    assert await presence(village, NOAH) is Presence.NOT_HEARD


async def test_a_touch_and_staff_that_say_at_once_that_a_child_came_mark_it_once(village: Village) -> None:
    def touch_gate(work: Work) -> tuple[TagReader, int]:
        reader = pair_gate(work, village, confirms_itself=True)
        tap = keep_tap(
            work, reader, touch(1, work.now, serial=hang_tag(work, village, NOAH, kind=TagKind.PROVING).serial)
        )
        tap.proof = Proof.PROVEN
        return reader, tap.number

    def come(work: Work) -> None:
        say_of_children(work, get_reach(work), village.unit("preschool"), coming(village, NOAH))

    reader, number = await village.desk.work(TEST, touch_gate)
    await at_once(
        village.desk,
        as_staff(village.staff(HEAD)),
        come,
        village.desk.work(TEST, confirm_by_themselves, reader, [number]),
    )

    assert [row.marked_by for row in await rows_of(village, NOAH)] == [village.staff(HEAD).id]


async def test_a_touch_at_a_gate_that_may_not_waits(village: Village) -> None:
    assert not await by_itself(village, NOAH, confirms_itself=False)


async def test_a_touch_with_a_clock_in_doubt_waits(village: Village) -> None:
    assert not await by_itself(village, NOAH, is_clock_doubted=True)


async def test_a_touch_of_a_chip_that_draws_its_serial_anew_waits(village: Village) -> None:
    """It may be a phone that plays what a tag once said to it."""
    assert not await by_itself(village, NOAH, told="08c1d2e3")
    assert await presence(village, NOAH) is Presence.NOT_HEARD


async def test_a_touch_for_two_children_waits(village: Village) -> None:
    assert not await by_itself(village, ODIN, TUVA)


async def test_a_child_that_is_here_already_leaves_by_no_touch_alone(village: Village) -> None:
    await say(village, coming(village, NOAH))

    assert not await by_itself(village, NOAH)
    assert await presence(village, NOAH) is Presence.HERE


async def test_a_child_that_was_told_away_comes_by_no_touch_alone(village: Village) -> None:
    def tell(work: Work) -> None:
        child, today = work.session.get_one(Child, village.child(NOAH).id), village.unit("preschool").today(work.now)
        told_by = village.guardian("Marte Bakken").id
        report(work, child, [today], Reason.SICK, told_by=told_by, told_kind="guardian", trust=Trust.STRONG)

    await village.desk.work(TEST, tell)

    assert not await by_itself(village, NOAH)
    assert await presence(village, NOAH) is Presence.AWAY


async def test_a_child_that_somebody_ticked_as_missing_comes_by_no_touch_alone(village: Village) -> None:
    await village.desk.work(TEST, keep_clash, village, NOAH, Way.MISSING, Clash.MISSING)

    assert not await by_itself(village, NOAH)


@pytest.mark.parametrize("is_closed", [False, True])
async def test_a_child_whose_coming_a_guardian_denies_comes_by_no_touch_alone(
    village: Village, is_closed: bool
) -> None:
    """Staff took the mark back, and nobody has found out yet where the child is."""
    marte = village.guardian("Marte Bakken")

    def say_no(work: Work) -> str:
        (row,) = mark_here(work, village.unit("preschool"), [village.child(NOAH)], "staff")
        message = heard(work, village, marte, "preschool", "NEI", [village.child(NOAH)])
        take_marks_back(work, [row])
        return deny(work, row, WasTold(Moved.CAME, row.came_at), marte.id, message.id).id

    def find_out(work: Work, denial_id: str) -> None:
        close_denial(work, get_reach(work), village.unit("preschool"), denial_id, "at home")

    denial_id = await village.desk.work(TEST, say_no)
    if is_closed:
        await village.desk.work(as_staff(village.staff(HEAD)), find_out, denial_id)

    assert await by_itself(village, NOAH) is is_closed
