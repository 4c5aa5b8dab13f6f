"""A proven touch marks a coming by itself where nothing needs a person; everything else waits."""

import pytest

from hub.asker import Trust
from hub.desk import Work
from hub.door.by_itself import confirm_by_itself
from hub.door.tags import TagKind
from hub.door.taps import Proof, keep_tap
from hub.people.families import Child
from hub.school.absences import Reason, report
from hub.school.day_board import Presence
from tests.hub.door.at_door import NOAH, ODIN, TUVA, coming, presence, say
from tests.hub.door.devices import hang_tag, pair_gate, touch
from tests.hub.post.spoken import TEST
from tests.village import Village


async def by_itself(village: Village, *names: str, proof: Proof = Proof.PROVEN, **gate: bool) -> bool:
    def act(work: Work) -> bool:
        reader = pair_gate(work, village, confirms_itself=gate.get("confirms_itself", True))
        tag = hang_tag(work, village, *names, kind=TagKind.PROVING)
        tap = keep_tap(work, reader, touch(1, work.now, serial=tag.serial))
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


async def test_a_touch_at_a_gate_that_may_not_waits(village: Village) -> None:
    assert not await by_itself(village, NOAH, confirms_itself=False)


async def test_a_touch_with_a_clock_in_doubt_waits(village: Village) -> None:
    assert not await by_itself(village, NOAH, is_clock_doubted=True)


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
